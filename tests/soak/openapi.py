"""Requests drawn from the running server's own OpenAPI document, by schemathesis, with all of its checks.

    python -m tests.soak.openapi --cases 2000

No answer of 500 and above, no status that the document does not name, no answer of another shape than it says.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.api.server_process import ServerProcess

_CONFIG = Path(__file__).with_name("schemathesis.toml")
_PER_EXAMPLE = 30  # cases or so that one more example for each operation brings, over all phases


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=2000, help="at least so many")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="emergescope-openapi-") as data:
        server = ServerProcess(Path(data), log_level="error")
        try:
            code, cases, report = ask(server, given.cases, given.seed, Path(data))
        finally:
            server.stop()
    print(report)
    if cases < given.cases:
        print(f"only {cases} of {given.cases} cases were drawn")
    return code or int(cases < given.cases)


def ask(server: ServerProcess, cases: int, seed: int, scratch: Path) -> tuple[int, int, str]:
    """(exit code, cases that were drawn, report); `scratch` is where schemathesis leaves its files."""
    program = Path(sys.executable).with_name("schemathesis")
    command: list[str | Path] = [
        program,
        "--config-file",
        _CONFIG,
        "run",
        f"http://127.0.0.1:{server.port}/openapi.json",
    ]
    options = ["--checks", "all", "--max-examples", str(max(1, cases // _PER_EXAMPLE)), "--seed", str(seed)]
    flags = ["--no-color", "--continue-on-failure", "--suppress-health-check", "all"]
    done = subprocess.run([*command, *options, *flags], cwd=scratch, capture_output=True, text=True, check=False)
    found = re.search(r"(\d+) generated", done.stdout)
    return done.returncode, int(found[1]) if found else 0, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())
