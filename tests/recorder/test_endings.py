"""However a loop ends, its recording is readable, and says how it ended."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from emergescope.archive.directory import RunDirectory
from emergescope.recording.events import Frame
from tests.recorder.films import events, frames, run_of, steps
from tests.recorder.loops import STEPS

ROOT = Path(__file__).resolve().parents[2]


class Ended(NamedTuple):
    """A program that is over, and where it recorded to."""

    code: int
    said: str
    path: Path


def _start(name: str, path: Path, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.recorder.loops", name, str(path)]
    paths = os.pathsep.join([str(ROOT / "backend"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": paths, **environment}, stderr=subprocess.PIPE, text=True
    )


def _end(program: subprocess.Popen[str], path: Path) -> Ended:
    _, said = program.communicate(timeout=120)
    return Ended(program.returncode, said, path)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """One after the other would take seconds each: most of it is loading torch."""
    root = tmp_path_factory.mktemp("loops")
    names = ["raises", "raises_without_with", "interrupted", "exits", "exits_well", "just_ends", "killed", "forks"]
    programs = {name: _start(name, root / name) for name in names}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    group = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    for rank in "01":
        programs[f"rank {rank}"] = _start("distributed", root / f"rank {rank}", RANK=rank, **group)
    found = {name: _end(program, root / name) for name, program in programs.items()}
    found["goes_on"] = _end(_start("goes_on", root / "killed"), root / "killed")
    return found


def _whole(path: Path) -> list[Frame]:
    """Frames of a recording that is over, which has all files of one."""
    assert {"run.json", "SHA256SUMS", "index.safetensors"} <= {file.name for file in path.iterdir()}
    assert RunDirectory.open(path).over
    return frames(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "code", "status", "message"),
    [
        ("raises", 1, "failed", "ValueError: the loss is strange"),
        ("raises_without_with", 1, "failed", "ValueError: the loss is strange"),
        ("interrupted", -signal.SIGINT, "cancelled", "interrupted"),
        ("exits", 3, "failed", "the program ended itself: 3"),
        ("exits_well", 0, "succeeded", None),
        ("just_ends", 0, "succeeded", None),
    ],
)
def test_a_loop_that_ends(ended: dict[str, Ended], name: str, code: int, status: str, message: str | None) -> None:
    program = ended[name]
    assert program.code == code, program.said
    assert [frame.step for frame in _whole(program.path)] == [*range(STEPS)]
    run = run_of(program.path)
    assert run["status"] == status
    assert (run["error"] and run["error"]["message"]) == message
    if status == "failed" and "raises" in name:
        assert "loops.py" in run["error"]["traceback"]
        assert "ValueError: the loss is strange" in program.said  # it is not swallowed
    assert f"'run': {STEPS} frames in {program.path}" in program.said


@pytest.mark.slow
def test_one_that_was_killed_goes_on_after_its_last_frame(ended: dict[str, Ended]) -> None:
    assert ended["killed"].code == -signal.SIGKILL
    again = ended["goes_on"]
    assert again.code == 0, again.said
    found = _whole(again.path)
    assert [frame.step for frame in found] == [*range(2 * STEPS)]
    assert run_of(again.path)["status"] == "succeeded"
    assert "initial_cosine_mean" in found[STEPS - 1].metrics
    assert "initial_cosine_mean" not in found[STEPS].metrics  # where its neurons began is not known any more


@pytest.mark.slow
def test_forks_and_the_workers_of_a_loader_record_nothing(ended: dict[str, Ended]) -> None:
    program = ended["forks"]
    assert program.code == 0, program.said
    assert [frame.step for frame in _whole(program.path)] == [*range(STEPS)]
    assert events(program.path) == []
    assert program.said.count("frames in") == 1


@pytest.mark.slow
def test_of_a_group_the_first_process_records(ended: dict[str, Ended]) -> None:
    first, second = ended["rank 0"], ended["rank 1"]
    assert (first.code, second.code) == (0, 0), first.said + second.said
    assert [frame.metrics["rank"] for frame in _whole(first.path)] == [0.0] * STEPS
    assert not second.path.exists()
    assert steps(first.path) == [*range(STEPS)]
