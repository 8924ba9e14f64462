"""The command line as a process that is forked from one in which torch is loaded: each would take three seconds to."""

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

from tests.forked import start

_TIMEOUT = 120


def emergescope(
    *arguments: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """`emergescope ARGUMENTS`, once it has ended: its exit code and what it printed."""
    with tempfile.TemporaryDirectory() as directory:
        out, err = Path(directory, "out"), Path(directory, "err")
        around = os.environ | {"COLUMNS": "160"} | dict(environment or {})
        process = start(_command, (arguments, out, err), cwd or Path.cwd(), around)
        process.join(_TIMEOUT)
        if process.exitcode is None:
            process.kill()
            process.join()
        assert process.exitcode is not None
        return CompletedProcess(arguments, process.exitcode, out.read_text("utf-8"), err.read_text("utf-8"))


def _command(arguments: tuple[str, ...], out: Path, err: Path) -> None:
    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    sys.argv = ["emergescope", *arguments]
    from emergescope.cli import main  # noqa: PLC0415 - in its environment

    main()
