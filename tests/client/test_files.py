"""Runs as files, from a server and to one: whole or not at all."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from emergescope import AsyncClient, Client
from emergescope.client import Run
from emergescope.client.errors import Invalid, Missing, NotPossible
from emergescope.errors import InvalidConfig
from tests.cli.command import emergescope as command
from tests.client.conftest import TOKEN
from tests.conftest import TINY
from tests.loops import run_async


def test_a_run_goes_to_a_file_and_comes_back(client: Client, tmp_path: Path) -> None:
    run = client.wait(client.submit("quick", TINY, name="Carried"))
    frames = [frame.tensors["alignment"].tobytes() for frame in client.frames(run)]
    path = client.export(run, tmp_path / "film.zip")
    assert [file.name for file in tmp_path.iterdir()] == ["film.zip"]
    assert "run.json" in ZipFile(path).namelist()
    with pytest.raises(InvalidConfig, match="is there already: choose another name"):
        client.export(run, path)
    with pytest.raises(NotPossible, match=run.id):
        client.import_(path)
    client.delete(run)
    back = client.import_(str(path))
    assert (back.id, back.name, back.status, back.frames) == (run.id, "Carried", "succeeded", run.frames)
    assert [frame.tensors["alignment"].tobytes() for frame in client.frames(back)] == frames


def test_what_cannot_be_carried(client: Client, finished: Run, tmp_path: Path) -> None:
    with pytest.raises(Missing, match="nobody"):
        client.export("nobody", tmp_path / "film.zip")
    with pytest.raises(InvalidConfig, match="cannot be used"):
        client.export(finished, tmp_path / "nowhere" / "film.zip")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InvalidConfig, match="cannot be used"):
        client.import_(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Invalid) as refused:
        client.import_(tmp_path / "notes.txt")
    assert refused.value.title == "Not a readable run file"


def test_coroutines_carry_the_same_bytes(client: Client, url: str, finished: Run, tmp_path: Path) -> None:
    async def carry() -> Run:
        async with AsyncClient(url, TOKEN) as other:
            path = await other.export(finished, tmp_path / "other.zip")
            await other.delete(finished)
            return await other.import_(path)

    one = client.export(finished, tmp_path / "one.zip").read_bytes()
    back = run_async(carry())
    assert back.frames == finished.frames
    with ZipFile(tmp_path / "other.zip") as other, ZipFile(tmp_path / "one.zip") as first:
        assert one[:2] == b"PK"
        assert {name: other.read(name) for name in other.namelist()} == {
            name: first.read(name) for name in first.namelist()
        }


def test_commands_carry_runs_of_a_server(client: Client, url: str, tmp_path: Path) -> None:
    environment = {"EMERGESCOPE_TOKEN": TOKEN, "EMERGESCOPE_URL": url}
    run = client.wait(client.submit("quick", TINY, name="By hand"))
    path = tmp_path / "film.zip"
    done = command("export", run.id, str(path), environment=environment)
    assert (done.returncode, done.stderr) == (0, f"Server {url}\n")
    assert done.stdout == f"{path} has the run {run.id}\n"
    client.delete(run)
    done = command("import", str(path), environment=environment)
    assert (done.returncode, done.stderr) == (0, f"Server {url}\n")
    assert done.stdout == f"{run.id} is the run of {path}: By hand\n{url}/runs/{run.id}\n"
    assert client.get(run).frames == run.frames
    here = command("import", str(path), "--data", str(tmp_path / "data"), environment=environment)
    assert (here.returncode, "Server" in here.stderr) == (0, False), here.stderr
