"""However a command ends, it is a sentence and an exit code; the frames that it leaves can be gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from emergescope.recording.codec import decode
from tests.cli.command import emergescope
from tests.cli.test_cli import FAST
from tests.conftest import LONG

SHORT = ["quick", *FAST, "--set", "training.phases.0.steps=20"]
ENDLESS = ["quick", *(f"--set={name}={json.dumps(value)}" for name, value in LONG.items())]


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts commands; what is left of them at the end is killed."""
    pipe = subprocess.PIPE
    with ExitStack() as started:

        def start(*arguments: str) -> subprocess.Popen[str]:
            command = [sys.executable, "-m", "emergescope", *arguments]
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
            started.enter_context(process)
            started.callback(process.kill)
            return process

        yield start


def interrupt(process: subprocess.Popen[str]) -> str:
    """Ctrl-C; returns what it says on stderr until its end."""
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    return err


def frames_of(out: Path) -> list[Path]:
    return sorted(out.glob("[0-9]*.safetensors"))


def wait_for_frames(process: subprocess.Popen[str], out: Path, count: int = 3) -> None:
    while len(frames_of(out)) < count:
        assert process.poll() is None
        time.sleep(0.02)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has it")
@pytest.mark.parametrize(
    ("arguments", "unbuffered"),
    [(["presets"], ""), (["presets"], "1"), (["--help"], ""), (["list"], "1"), (["run", *SHORT, "--json"], "")],
)
def test_output_that_cannot_be_written(tmp_path: Path, arguments: list[str], unbuffered: str) -> None:
    command = [sys.executable, "-m", "emergescope", *arguments]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "error: the output cannot be used: No space left on device\n"


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    for arguments in (["presets"], ["run", *SHORT]):
        reader, writer = os.pipe()
        os.close(reader)
        command = [sys.executable, "-m", "emergescope", *arguments]
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False)
        os.close(writer)
        assert done.stderr == ""


def test_ctrl_c_leaves_whole_frames_that_the_same_command_goes_on_with(tmp_path: Path, start: Start) -> None:
    out = tmp_path / "frames"
    arguments = ["run", *ENDLESS, "--out", str(out)]
    process = start(*arguments)
    wait_for_frames(process, out)
    said = interrupt(process)
    left = frames_of(out)
    assert said == f"interrupted: its frames ({len(left)}) are in {out}; the same command begins again\n"
    others = {file.name for file in out.iterdir()} - {file.name for file in left}
    assert others - {"events.jsonl"} == {"run.json", "patterns.safetensors"}
    before = [file.read_bytes() for file in left]
    assert [decode(frame)[1] for frame in before] == list(range(len(left)))

    other = emergescope("run", *ENDLESS, "--seed", "7", "--set", "method.m=60", "--out", str(out))
    assert (other.returncode, other.stdout) == (2, "")
    assert "with another method.m, seed: choose another, or remove them first" in other.stderr
    assert [file.read_bytes() for file in left] == before

    again = start(*arguments)
    assert again.stderr is not None
    assert again.stderr.readline().startswith(f"{out} has frames of this run ({len(left)}): it begins again")
    wait_for_frames(again, out, len(left) + 1)
    again.kill()  # as a crash
    again.communicate()
    assert [file.read_bytes() for file in left] == before


def test_a_run_that_was_left_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert emergescope("run", *SHORT, "--out", str(one)).returncode in (0, 1)
    two.mkdir()
    whole = frames_of(one)
    begun = json.loads((one / "run.json").read_text("utf-8"))
    begun["run"] |= {"status": "running", "metrics": None, "finished_at": None}
    (two / "run.json").write_text(json.dumps(begun))
    (two / "events.jsonl").write_text('{"step": 1, "kind": "mine", "text": "of befo')
    (two / whole[0].name).write_bytes(whole[0].read_bytes())
    (two / ".000001.safetensors.1.part").write_bytes(b"half")
    again = emergescope("run", *SHORT, "--out", str(two))
    assert "has frames of this run (1)" in again.stderr
    assert [file.read_bytes() for file in frames_of(two)] == [file.read_bytes() for file in whole]
    assert {file.name for file in two.iterdir()} == {file.name for file in one.iterdir()}
    ended = emergescope("run", *SHORT, "--out", str(two))
    assert (ended.returncode, "it has a run that has ended: choose another" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["000000.safetensors"], "frames (1) of a run that is not known"),
        (["thesis.tex"], "is not an empty directory, choose another"),
        (["000000.safetensors", "unfinished.json"], "frames (1) of a run that is not known"),
        (["000000.safetensors", "run.json"], "is not the beginning of a run: run.json is not JSON"),
    ],
)
def test_a_directory_with_anything_else_in_it_is_refused(tmp_path: Path, files: list[str], words: str) -> None:
    for name in files:
        (tmp_path / name).write_text("mine")
    done = emergescope("run", *SHORT, "--out", str(tmp_path))
    assert (done.returncode, words in done.stderr) == (2, True)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == dict.fromkeys(files, "mine")


def test_ctrl_c_at_a_question(data: Path, start: Start) -> None:
    process = start("db", "vacuum", "--data", str(data), "--keep", "30")
    assert process.stderr is not None
    asked = ""
    while not asked.endswith("[y/N]: "):
        asked += process.stderr.read(1)
    assert interrupt(process).strip() == "interrupted"


@pytest.mark.slow
def test_ctrl_c_while_a_figure_is_reproduced(start: Start) -> None:
    process = start("reproduce", "paper/figure-2", "--seeds", "1", "--workers", "1")
    while not (children := subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, check=False).stdout):
        assert process.poll() is None
    assert children
    assert interrupt(process).strip() == "interrupted"


def test_ctrl_c_stops_the_server(tmp_path: Path, start: Start) -> None:
    process = start("serve", "--port", "0", "--workers", "1", "--data", str(tmp_path))
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Emergescope is at ")
    process.stdout.readline()
    assert interrupt(process).endswith("interrupted: the server has stopped; what trained goes on at the next start\n")
