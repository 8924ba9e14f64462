"""`emergescope db` called here rather than in a process of its own, and a database for it."""

import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import torch
from safetensors.numpy import save

from emergescope.cli.main import main
from emergescope.recording.capture import Checkpoint
from emergescope.recording.events import Checkpointed, Happened, Saved
from emergescope.store.forking import CheckpointStore, ForkStore
from emergescope.store.records import NewRun
from emergescope.store.store import Store
from tests.store.films import film_frame

ENDED = datetime.now(UTC) - timedelta(days=100)
Db = Callable[..., tuple[int, str, str]]


@pytest.fixture
def db(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Db:
    """Runs `emergescope db …` on the data in tmp_path / "data": (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, answer: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["emergescope", "db", *arguments])
        monkeypatch.setattr(sys, "stdin", StringIO(answer))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def fill(where: Path | str) -> None:
    """A run `a` of 80 frames with two checkpoints that ended long ago, and a fork `b` of it."""
    store = Store(where)
    store.create_run(NewRun("a", "A run", None, (), {}, 1000, [], ENDED))
    store.start_run("a", None, save({}, {"format": "emergescope.patterns", "version": "1", "run": "a"}), facts={})
    for seq in range(80):
        frame = film_frame("a", seq)
        store.append_frame("a", None, frame, step=frame.step)
    checkpoints = CheckpointStore(store)
    for step in (100, 790):
        state = Checkpoint(step, step // 10 + 1, False, Saved({"generator": torch.zeros(4, dtype=torch.uint8)}))
        checkpoints.add("a", None, Checkpointed(step, step // 10 + 1, state.encode()), ENDED)
    store.add_event("a", Happened(100, "emerged", "features emerged"))
    store.update_run("a", status="succeeded", finished_at=ENDED)
    ForkStore(store, "server").create(NewRun("b", "A fork", None, (), {}, 1000, [], ENDED), "a", 300, ENDED)
    store.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("made")
    fill(directory)
    return directory


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "data")
