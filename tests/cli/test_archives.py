"""`emergescope export` and `import`: a run goes from one database into another."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from emergescope.store.store import Store
from tests.archive.films import ID, film, store_run, write_run
from tests.cli.command import emergescope
from tests.cli.test_cli import FAST
from tests.cli.test_ending import frames_of


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with closing(Store(tmp_path / "data")) as store:
        store_run(store)
    return tmp_path / "data"


def test_a_run_goes_from_one_database_into_another(data: Path, tmp_path: Path, postgres_url: str) -> None:
    file, there, more = tmp_path / "a run.zip", {"EMERGESCOPE_DATABASE_URL": postgres_url}, tmp_path / "more.zip"
    with closing(Store(data)):  # a server has it
        done = emergescope("export", ID, str(file), "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Run {ID} is in {file} (")
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".part")] == []
    brought = emergescope("import", str(file), environment=there)
    assert brought.returncode == 0, brought.stderr
    assert brought.stdout == f"Run {ID} is here: Ein Lauf: “größer”, 6 frames\n"
    with closing(Store(data)) as one, closing(Store(postgres_url)) as other:
        assert film(one) == film(other)
    assert emergescope("export", ID, str(more), environment=there).returncode == 0
    assert more.read_bytes() == file.read_bytes()
    again = emergescope("import", str(file), environment=there)
    assert again.returncode == 1
    assert f"there is a run {ID} already" in again.stderr


def test_what_run_has_written_is_brought_in(tmp_path: Path) -> None:
    out, data = tmp_path / "out", tmp_path / "data"
    assert emergescope("run", "quick", *FAST, "--out", str(out)).returncode in (0, 1)
    done = emergescope("import", str(out), "--data", str(data))
    assert done.returncode == 0, done.stderr
    with closing(Store(data)) as store:
        [run] = store.list_runs().items
        assert (run.status, run.preset, run.step, run.damage) == ("succeeded", "quick", run.total_steps, None)
        assert list(film(store, run.id).values()) == [file.read_bytes() for file in frames_of(out)]
        file = tmp_path / "run.zip"
    assert emergescope("export", run.id, str(file), "--data", str(data)).returncode == 0
    assert run.id in emergescope("list", "--data", str(data)).stdout


def test_what_cannot_be_exported(data: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.zip"
    there.write_text("mine")
    for arguments, code, words in (
        (("export", ID, str(there)), 2, f"{there} exists, and an export overwrites nothing"),
        (("export", "nothing", str(tmp_path / "a.zip")), 1, "there is no run 'nothing'"),
        (("export", ID, str(tmp_path / "no" / "a.zip")), 1, "No such file or directory"),
    ):
        done = emergescope(*arguments, "--data", str(data))
        assert (done.returncode, done.stdout) == (code, "")
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    done = emergescope("export", ID, str(tmp_path / "a.zip"), "--data", str(tmp_path / "none"))
    assert (done.returncode, "there is no database yet" in done.stderr) == (1, True)
    assert {one.name for one in tmp_path.iterdir()} == {"data", "there.zip"}
    assert there.read_text() == "mine"


def test_what_cannot_be_brought_in(tmp_path: Path, data: Path) -> None:
    write_run(tmp_path / "run")
    with closing(Store(data)):
        done = emergescope("import", str(tmp_path / "run"), "--data", str(data))
    assert (done.returncode, "is in use by another server" in done.stderr) == (1, True)
    (tmp_path / "run" / "000003.safetensors").write_bytes(b"x")
    done = emergescope("import", str(tmp_path / "run"), "--data", str(tmp_path / "new"))
    assert done.returncode == 1
    assert done.stderr.startswith("error: Not a readable run file: 000003.safetensors is damaged")
    assert not (tmp_path / "new").exists()


def test_help_is_instant_and_importing_needs_no_torch() -> None:
    program = "import sys; import emergescope.service.archives; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout == "False\n"
