"""docs/write-a-study.md: its commands, one after the other, in an environment of their own that borrows this one's."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.conftest import do_without

ROOT = Path(__file__).resolve().parents[1]
SETUP = ["make .venv/.dev", ". .venv/bin/activate"]  # done here by `environment`
PROGRAMS = {"pip": "pip", "pytest": "pytest", "emergescope": "emergescope"}


def commands() -> list[str]:
    page = (ROOT / "docs" / "write-a-study.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a command sees: nothing that it installs comes into the environment of the tests."""
    if importlib.util.find_spec("pip") is None:
        do_without("NO TEST OF docs/write-a-study.md: this environment has no pip")
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    python = place / "bin" / "python"
    (packages,) = place.glob("lib/python*/site-packages")
    borrowed = [path for path in sys.path if Path(path).is_dir() and Path(path).resolve() != ROOT]
    (packages / "borrowed.pth").write_text("\n".join(borrowed), "utf-8")
    for name, module in PROGRAMS.items():
        program = place / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{python}" -m {module} "$@"\n', "utf-8")
        program.chmod(0o755)
    # `make test` has settings of pip for its own directory.
    others = ("PYTHONPATH", "PIP_", "PYTEST")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    # A free port; and no index, since none is needed.
    ours = {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "EMERGESCOPE_PORT": "0", "PIP_NO_INDEX": "1"}
    return {**inherited, **ours, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@contextmanager
def served(where: Path, environment: dict[str, str], command: str) -> Iterator[httpx.Client]:
    """A client of the server that the command starts; ended after use."""
    process = subprocess.Popen(
        ["sh", "-c", f"exec {command}"], cwd=where, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        address = re.search(r"http://\S+/", told)
        assert address is not None, told
        with httpx.Client(base_url=address[0], timeout=60) as client:
            yield client
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.slow
def test_the_page_leads_to_a_study_that_runs(environment: dict[str, str], tmp_path: Path) -> None:
    *lines, serve = commands()
    assert lines[: len(SETUP)] == SETUP
    assert serve == "emergescope serve"
    said = {}
    for command in lines[len(SETUP) :]:
        ended = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
        said[command] = ended.stdout
    assert re.search(r"^my_study +A linear model +my_study +2$", said["emergescope studies"], re.MULTILINE)
    assert "within" in said["emergescope run my_study/quick"]
    assert re.search(r"\d+ passed", said["pytest my_study"])
    with served(tmp_path, environment, serve) as client:
        assert "my_study/quick" in [preset["id"] for preset in client.get("api/catalog").json()["presets"]]
        run = client.post("api/runs", json={"preset": "my_study/quick"}).raise_for_status().json()
        with connect(f"ws://{client.base_url.netloc.decode()}/api/runs/{run['id']}/stream?mode=latest") as stream:
            for _ in stream:  # until it is over
                pass
        ended = client.get(f"api/runs/{run['id']}").json()
        assert (ended["status"], ended["error"], ended["expected"][0]["ok"]) == ("succeeded", None, True)
        control = client.post(f"api/runs/{run['id']}/control").raise_for_status().json()
        assert control["preset"] == "my_study/quick-noise"
