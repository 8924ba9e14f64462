"""A run as a directory: it goes on after whatever ended the program, and nothing that was recorded is overwritten."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from safetensors.numpy import load

from emergescope.archive.directory import Head, RunDirectory
from emergescope.catalog.registry import get_preset
from emergescope.config.ids import new_id
from emergescope.errors import InvalidConfig
from emergescope.recording.codec import INDEX_FORMAT, read_metadata
from emergescope.recording.events import Happened
from tests.store.films import film_frame

CONFIG = get_preset("quick").config
ID = "abcdefghijkm"


def head(run_id: str = ID) -> Head:
    config = CONFIG.model_dump(mode="json")
    return Head(run_id, "Gödel's", config, CONFIG.total_steps, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), ("a", "b"))


def told(directory: Path) -> dict[str, object]:
    run: dict[str, object] = json.loads((directory / "run.json").read_text("utf-8"))["run"]
    return run


def files(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def test_a_run_is_written_from_its_begin_to_its_end(tmp_path: Path) -> None:
    out = RunDirectory.begin(tmp_path / "new" / "run", head())
    assert (out.next_seq, out.last_step, out.over) == (0, None, False)
    assert set(files(out.path)) == {"run.json"}
    assert told(out.path)["status"] == "running"
    out.known({"neurons": {"total": 4, "shown": 4}}, b"tensors")
    for seq in range(3):
        out.add_frame(film_frame(ID, seq))
    out.add_event(Happened(10, "kind", 'a "line"\nand another', {"x": 1}))
    out.finish("succeeded", seconds=1.5, expected=[{"label": "loss"}], besides={"steps": 3})
    assert out.over
    frames = {f"{seq:06d}.safetensors": film_frame(ID, seq).blob for seq in range(3)}
    kept = files(out.path)
    assert kept.keys() == {
        *frames, "run.json", "events.jsonl", "patterns.safetensors", "index.safetensors", "SHA256SUMS",
    }  # fmt: skip
    assert {name: kept[name] for name in frames} == frames
    assert json.loads(kept["events.jsonl"]) == {
        "step": 10, "kind": "kind", "text": 'a "line"\nand another', "data": {"x": 1},
    }  # fmt: skip
    document = json.loads(kept["run.json"])
    assert (document["format"], document["version"], document["steps"]) == ("emergescope.run", 1, 3)
    run = document["run"]
    assert (run["id"], run["name"], run["tags"], run["status"]) == (ID, "Gödel's", ["a", "b"], "succeeded")
    assert (run["step"], run["phase"], run["seconds"]) == (20, "features", 1.5)
    assert run["metrics"] == {"loss": 1 / 3, "bad": None}
    assert (run["expected"], run["facts"]) == ([{"label": "loss"}], {"neurons": {"total": 4, "shown": 4}})
    assert run["created_at"] == "2026-01-02T03:04:05Z"
    assert read_metadata(kept["index.safetensors"], INDEX_FORMAT)["run"] == ID
    index = load(kept["index.safetensors"])
    assert (index["step"].tolist(), index["there"].tolist()) == ([0, 10, 20], [1, 1, 1])
    checked = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=out.path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count(": OK") == len(kept) - 1


def test_it_goes_on_after_its_last_whole_frame_and_event(tmp_path: Path) -> None:
    out = RunDirectory.begin(tmp_path, head())
    for seq in range(2):
        out.add_frame(film_frame(ID, seq))
    out.add_event(Happened(0, "one", "whole"))
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"step": 1, "kind": "two", "te')  # as a crash leaves it
    (tmp_path / ".000002.safetensors.77.part").write_bytes(b"half")
    again = RunDirectory.open(tmp_path)
    assert (again.next_seq, again.last_step, again.over) == (2, 10, False)
    assert again.head == head()
    again.add_event(Happened(10, "two", "after it"))
    again.add_frame(film_frame(ID, 2))
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert kinds == ["one", "two"]
    again.finish("failed", error={"message": "no more", "step": 20, "traceback": None})
    ended = RunDirectory.open(tmp_path)
    assert (ended.over, ended.next_seq) == (True, 3)
    before = files(tmp_path)
    changes: list[Callable[[], None]] = [
        lambda: ended.add_frame(film_frame(ID, 3)),
        lambda: ended.known({}, b""),
        lambda: ended.add_event(Happened(0, "late", "late")),
        lambda: ended.finish("succeeded"),
        ended.rewind,
    ]
    for change in changes:
        with pytest.raises(InvalidConfig, match="the run is over"):
            change()
    assert files(tmp_path) == before


def test_an_end_that_was_cut_short_is_no_end(tmp_path: Path) -> None:
    out = RunDirectory.begin(tmp_path, head())
    out.add_frame(film_frame(ID, 0))
    out.finish("succeeded")
    whole = files(tmp_path)
    (tmp_path / "SHA256SUMS").unlink()
    again = RunDirectory.open(tmp_path)
    assert (again.over, told(tmp_path)["status"], told(tmp_path)["finished_at"]) == (False, "running", None)
    assert set(files(tmp_path)) == {"run.json", "000000.safetensors"}
    again.finish("succeeded")
    assert files(tmp_path).keys() == whole.keys()
    assert files(tmp_path)["index.safetensors"] == whole["index.safetensors"]


def test_frames_come_in_turn(tmp_path: Path) -> None:
    out = RunDirectory.begin(tmp_path, head())
    out.add_frame(film_frame(ID, 0, step=5))
    before = files(tmp_path)
    with pytest.raises(InvalidConfig, match="frame 2 came where 1 is due"):
        out.add_frame(film_frame(ID, 2))
    with pytest.raises(InvalidConfig, match="frame 1 is of step 5, and the one before of step 5"):
        out.add_frame(film_frame(ID, 1, step=5))
    out.known({}, b"late, but the first")
    with pytest.raises(InvalidConfig, match="other tensors"):
        out.known({}, b"others")
    assert files(tmp_path).items() >= {**before, "run.json": (tmp_path / "run.json").read_bytes()}.items()


def test_a_run_that_begins_again_keeps_no_frame_of_before(tmp_path: Path) -> None:
    out = RunDirectory.begin(tmp_path, head())
    for seq in range(3):
        out.add_frame(film_frame(ID, seq))
    out.add_event(Happened(0, "one", "of before"))
    out.rewind()
    assert {"000000.safetensors", "000002.safetensors"} <= files(tmp_path).keys()  # until others come
    out.add_frame(film_frame(ID, 0, neurons=7))
    out.finish("succeeded")
    assert {"000000.safetensors", "run.json", "index.safetensors", "SHA256SUMS"} == files(tmp_path).keys()
    assert (tmp_path / "000000.safetensors").read_bytes() == film_frame(ID, 0, neurons=7).blob


def _spoil(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda path: (path / name).write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: (path / "run.json").unlink(), "it has no run.json"),
        (_spoil("thesis.tex", b"mine"), "thesis.tex is no file of a run"),
        (_spoil("run.json", b"{"), "run.json is not JSON in UTF-8"),
        (_spoil("run.json", b'{"format": "emergescope.run", "version": 2}'), "version 2 is not readable here"),
        (lambda path: (path / "000000.safetensors").unlink(), "000000.safetensors is missing among its frames"),
        (_spoil("000001.safetensors", b"half"), "its header is not whole"),
        (_spoil("000001.safetensors", film_frame("other2222222", 1).blob), "is not frame 1 of run abcdefghijkm"),
    ],
)
def test_what_is_no_beginning_of_a_run_is_refused(tmp_path: Path, spoil: Callable[[Path], object], words: str) -> None:
    out = RunDirectory.begin(tmp_path, head())
    for seq in range(2):
        out.add_frame(film_frame(ID, seq))
    spoil(tmp_path)
    before = files(tmp_path)
    with pytest.raises(InvalidConfig, match=words) as refused:
        RunDirectory.open(tmp_path)
    assert refused.value.detail.startswith(f"{tmp_path} is not the beginning of a run: ")
    assert files(tmp_path) == before


def test_begin_takes_an_empty_directory_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InvalidConfig, match=r"is not an empty directory \(notes.txt is there\)"):
        RunDirectory.begin(tmp_path, head())
    with pytest.raises(InvalidConfig, match="choose another directory"):
        RunDirectory.begin(tmp_path / "notes.txt", head())
    with pytest.raises(InvalidConfig, match="choose another directory"):
        RunDirectory.open(tmp_path / "nothing")
    assert files(tmp_path) == {"notes.txt": b"mine"}


WRITER = """
import sys
from pathlib import Path
from emergescope.archive.directory import RunDirectory
from emergescope.recording.events import Happened
from tests.store.films import film_frame
out = RunDirectory.open(Path(sys.argv[1]))
while True:
    out.add_event(Happened(out.next_seq, "frame", "x" * 5000, {"seq": out.next_seq}))
    out.add_frame(film_frame(out.head.id, out.next_seq))
"""


def test_killed_at_any_moment_it_goes_on(tmp_path: Path) -> None:
    run_id = new_id()
    RunDirectory.begin(tmp_path, head(run_id))
    for want in (3, 9):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)])
        while len(list(tmp_path.glob("*.safetensors"))) < want:
            assert writer.poll() is None
            time.sleep(0.005)
        writer.kill()
        writer.wait()
        opened = RunDirectory.open(tmp_path)
        assert opened.next_seq == len(list(tmp_path.glob("*.safetensors"))) >= want
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert {event["data"]["seq"] for event in events} >= set(range(opened.next_seq))
    opened.finish("cancelled")
    for seq in range(opened.next_seq):
        assert (tmp_path / f"{seq:06d}.safetensors").read_bytes() == film_frame(run_id, seq).blob
