"""Commands that speak to a server: what they print, how they end, and which server, if any, they mean."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from rich.cells import cell_len

from emergescope import Client
from tests.api.server_process import ServerProcess
from tests.cli.command import emergescope
from tests.cli.terminal import on_terminal
from tests.conftest import LONG, TINY

FEW = [f"--set={name}={json.dumps(value)}" for name, value in TINY.items()]
MANY = [f"--set={name}={json.dumps(value)}" for name, value in LONG.items()]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the server."""
    return tmp_path_factory.mktemp("remote")


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(data)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def url(server: ServerProcess) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        yield client


def done_on(url: str, *arguments: str) -> CompletedProcess[str]:
    done = emergescope(*arguments, environment={"EMERGESCOPE_URL": url})
    assert "Traceback" not in done.stderr
    return done


def test_run_submits_and_watches(url: str, client: Client) -> None:
    done = emergescope("run", "quick", *FEW, "--seed", "4", "--url", url)
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"Server {url}\n"
    run = client.get(next(client.list()))
    lines = done.stdout.splitlines()
    assert lines[: len(run.events)] == [f"step {event.step}: {event.text}" for event in run.events]
    assert lines[len(run.events)] == f"{run.id} {run.name}: succeeded, 30 steps, 13 frames"
    assert "not judged" in done.stdout  # other settings than the preset's
    assert run.json["config"]["seed"] == 4

    as_json = emergescope("run", "quick", *FEW, "--json", "--url", url)
    assert json.loads(as_json.stdout) == client.get(next(client.list())).json
    detached = emergescope("run", "quick", *FEW, "--detach", "--url", url)
    assert detached.stdout.split() == [next(client.list()).id]


def test_run_that_misses_its_band_exits_1(url: str, client: Client) -> None:
    short = ["--set=capture.frames=5", "--set=capture.test_samples=100"]  # nothing that would change what applies
    wild = ["--set=training.phases.0.eta=1e20", "--set=training.phases.0.lambda_w=1"]
    done = emergescope("run", "quick", *short, *wild, "--url", url)
    assert done.returncode == 1
    assert ": diverged, " in done.stdout
    assert next(client.list()).outcome == "diverged"


def test_watch_shows_progress_metrics_and_events_on_a_terminal(
    url: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGESCOPE_URL", url)
    phases = [{**LONG["training.phases"][0], "steps": 3000}]
    run = client.submit("quick", {**LONG, "training.phases": phases, "capture.frames": 100})
    shown = on_terminal(120, "watch", run.id, live=True)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert shown.startswith(f"Server {url}\n")
    assert re.search(r"features .*step [1-9]\d* of 3000 .*test accuracy 0\.\d+ · mean \|cos\| 0\.\d+", shown)
    over = client.get(run)
    lines = [line.strip() for line in shown.replace("\r", "\n").splitlines()]
    for event in over.events:
        assert sum(line == f"step {event.step}: {event.text}" for line in lines) == 1
    assert f"{run.id} {run.name}: succeeded, 3000 steps, {over.frames} frames" in lines


def test_ctrl_c_leaves_the_run_running(url: str, client: Client) -> None:
    run = client.submit("quick", LONG)
    command = [sys.executable, "-m", "emergescope", "watch", run.id, "--url", url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("step 1: ")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    on = f"{run.id} --url {url}"
    commands = f"`emergescope watch {on}` shows it again, `emergescope cancel {on}` ends it"
    assert err == f"Server {url}\ninterrupted: the run goes on at {url}; {commands}\n"
    assert client.get(run).status == "running"

    paused = done_on(url, "pause", run.id)
    assert (paused.returncode, paused.stdout) == (0, f"{run.id} pauses: {run.name}\n")
    for update in client.watch(run):
        if getattr(update, "status", "") == "paused":
            break
    forked = done_on(url, "fork", run.id, "--step", "0", "--set", "training.phases.0.eta=0.5", "--name", "Other")
    fork = next(client.list())
    lines = [f"{fork.id} is a fork of {run.id} at step 0: Other", f"{url}/runs/{fork.id}"]
    assert forked.stdout.splitlines() == lines
    assert fork.json["origin"] == {"run": run.id, "step": 0}
    assert done_on(url, "resume", run.id).stdout == f"{run.id} goes on: {run.name}\n"
    for one in (fork, run):
        assert done_on(url, "cancel", one.id).stdout.startswith(f"{one.id} ends: ")
        assert client.wait(one).status == "cancelled"
    assert done_on(url, "watch", run.id).returncode == 1


def test_list_is_the_same_as_on_its_machine(data: Path, url: str, client: Client) -> None:
    client.wait(client.submit("quick", TINY, name="[bold]Mine"))
    sweep = {"base": {"preset": "quick", "overrides": TINY}, "grid": {"method.m": [7]}}
    client.wait(client.submit_experiment(sweep=sweep, name="Widths").run_ids[0])
    there = emergescope("list", "--url", url)
    assert (there.returncode, there.stderr) == (0, f"Server {url}\n")
    assert there.stdout == emergescope("list", "--data", str(data)).stdout
    assert "[bold]Mine · " in there.stdout
    assert "of Widths" in there.stdout
    less = emergescope("list", "--limit", "1", "--url", url)
    assert len(less.stdout.splitlines()) == 2
    assert "--limit 2 shows more" in less.stderr


def test_presets_of_a_server(url: str) -> None:
    there = emergescope("presets", "--url", url)
    assert there.stdout == emergescope("presets").stdout
    assert there.stderr == f"Server {url}\n"


def test_the_environment_names_a_server_and_is_told(url: str, tmp_path: Path) -> None:
    assert done_on(url, "list").stderr.startswith(f"Server {url}\n")
    # What has a meaning here alone means here; so does a blank.
    for local in (["list", "--data", str(tmp_path)], ["list", "--url", ""]):
        done = emergescope(*local, environment={"EMERGESCOPE_URL": url}, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("No runs yet")
    done = done_on(url, "run", "quick", *FEW, "--threads", "1", "--json")
    assert json.loads(done.stdout)["provenance"]["threads"] == 1
    assert "Server" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["list", "--data", "here", "--url", "{url}"], 2, "--data is for work on this machine, and --url for a server"),
        (["run", "quick", "--out", "here", "--url", "{url}"], 2, "--out is for work on this machine"),
        (["run", "quick", "--data-dir", "here", "--url", "{url}"], 2, "--data-dir is for work on this machine"),
        (["run", "quick", "--detach", "--url", ""], 2, "--detach leaves a run to a server"),
        (["run", "quikc", "--url", "{url}"], 2, "did you mean 'quick'"),
        (["run", "quick", "--set", "problem.k=4", "--url", "{url}"], 2, "odd k"),
        (["fork", "nobody", "--step", "1", "--set", "x", "--url", "{url}"], 2, "KEY=VALUE"),
        (["watch", "nobody", "--url", "{url}"], 1, "Not found: there is no run 'nobody'"),
        (["list", "--url", "http://127.0.0.1:1"], 1, "No answer: no server answers at http://127.0.0.1:1"),
        (["list", "--url", "127.0.0.1"], 2, "write it as http://127.0.0.1:8470"),
    ],
)
def test_what_goes_wrong_is_a_sentence(url: str, arguments: list[str], code: int, words: str) -> None:
    done = emergescope(*(argument.replace("{url}", url) for argument in arguments))
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_terminal_that_is_narrow(url: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    run = client.wait(client.submit("quick", TINY, name="Narrow"))
    monkeypatch.setenv("EMERGESCOPE_URL", url)
    lines = on_terminal(40, "list").splitlines()
    assert max(map(cell_len, lines)) <= 40
    assert any(line.startswith(run.id) for line in lines)
