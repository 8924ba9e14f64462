"""Out of a database as a file and into another one: the same bytes for every frame, and the same file once more."""

import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from emergescope.archive.reading import read_run
from emergescope.archive.zipping import RunZip
from emergescope.errors import ArchiveError, Conflict, NotFound
from emergescope.service.archives import export_run, import_here, import_run
from emergescope.store.importing import IMPORTED, ImportStore
from emergescope.store.retention import RetentionStore, Rules
from emergescope.store.store import ServerStore, Store
from emergescope.store.tables import Run
from tests.archive.films import BEGAN, EVENTS, ID, PATTERNS, film, frame, store_run, summed, write_run, zipped


def bring_in(content: bytes, store: Store) -> str:
    with read_run(BytesIO(content)) as archive:
        return import_run(archive, ImportStore(store, "me"), ServerStore(store, "me", "here").leftovers(8.0))


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "source")
    yield store
    store.close()


@pytest.fixture
def target(where: Path | str) -> Iterator[Store]:
    store = Store(where)
    yield store
    store.close()


def test_a_run_is_the_same_in_another_database(source: Store, target: Store) -> None:
    frames = store_run(source)
    content = b"".join(export_run(source, ID).parts())
    assert bring_in(content, target) == ID
    assert film(target) == frames
    was, now = source.get_run(ID), target.get_run(ID)
    assert replace(now, number=was.number) == was
    assert target.index_after(ID) == source.index_after(ID)
    assert target.patterns_blob(ID) == PATTERNS
    told = target.events(ID)
    assert [(e.step, e.kind, e.text, e.data) for e in told[:-1]] == [
        (e.step, e.kind, e.text, None if e.data is None else dict(e.data)) for e in EVENTS
    ]
    assert (told[-1].kind, told[-1].step) == (IMPORTED, 40)
    assert target.list_runs().items[0].id == ID
    assert b"".join(export_run(target, ID).parts()) == content


def test_a_thinned_film_keeps_its_metrics_and_sketches(source: Store, target: Store) -> None:
    store_run(source, frames=200)
    whole = source.index_after(ID)
    RetentionStore(source).apply(Rules(keep=0), BEGAN + timedelta(days=1))
    kept = film(source)
    assert 1 < len(kept) < 100
    content = b"".join(export_run(source, ID).parts())
    bring_in(content, target)
    assert film(target) == kept
    rows = target.index_after(ID)
    assert [replace(row, there=True) for row in rows] == list(whole)
    assert [row.seq for row in rows if row.there] == list(kept)
    was, now = source.get_run(ID), target.get_run(ID)
    assert (now.frames_count, now.frames_next, now.frames_bytes) == (was.frames_count, 200, was.frames_bytes)
    assert b"".join(export_run(target, ID).parts()) == content


def test_the_zip_has_the_files_of_the_directory(source: Store, tmp_path: Path) -> None:
    files = write_run(tmp_path / "run")
    store_run(source)
    with zipfile.ZipFile(BytesIO(b"".join(export_run(source, ID).parts()))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        exported = {name: archive.read(name) for name in names}
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names == sorted(names)
    assert exported.keys() == files.keys()
    same = files.keys() - {"run.json", "SHA256SUMS"}  # which say when it ended
    assert {name: exported[name] for name in same} == {name: files[name] for name in same}


def test_a_frame_is_asked_for_when_the_one_before_has_been_taken(tmp_path: Path) -> None:
    """Nobody holds all of a film."""
    write_run(tmp_path / "run")
    asked = []

    def frames() -> Iterator[tuple[int, bytes]]:
        for seq in range(3):
            asked.append(seq)
            yield seq, frame(seq).blob

    with read_run(tmp_path / "run") as archive:
        parts = RunZip(archive.run, frames(), (), b"", None).parts()
    for seq in range(3):
        assert frame(seq).blob in next(parts)
        assert asked == list(range(seq + 1))


def test_a_directory_is_brought_in_as_its_zip_is(tmp_path: Path) -> None:
    files = write_run(tmp_path / "run")
    (tmp_path / "run.zip").write_bytes(zipped(files))
    for place in ("run", "run.zip"):
        run = import_here(tmp_path / place, tmp_path / f"data of {place}")
        assert (run.status, run.frames_count, run.step, run.metrics) == ("failed", 6, 40, {"loss": 1 / 6, "gain": 0.5})
        store = Store(tmp_path / f"data of {place}")
        assert film(store) == {seq: frame(seq).blob for seq in range(6)}
        store.close()


def test_a_run_that_is_there_is_left_as_it_is(source: Store, target: Store) -> None:
    store_run(source)
    content = b"".join(export_run(source, ID).parts())
    bring_in(content, target)
    target.update_run(ID, name="Mine")
    with pytest.raises(Conflict, match=f"there is a run {ID} already"):
        bring_in(content, target)
    assert target.get_run(ID).name == "Mine"
    target.delete_run(ID)
    assert bring_in(content, target) == ID


@pytest.mark.parametrize("status", ["queued", "running"])
def test_what_goes_on_is_not_exported(source: Store, status: str) -> None:
    store_run(source, status=status)
    with pytest.raises(Conflict, match=f"run {ID} is {status}: it can be exported once it is over, or paused"):
        export_run(source, ID)
    with pytest.raises(NotFound):
        export_run(source, "nothing")


def test_what_fails_half_way_leaves_nothing(tmp_path: Path, target: Store) -> None:
    """A directory that changes between the time when it is verified and the time when it is used."""
    write_run(tmp_path / "run", frames=70)  # more than are written at once
    store = ImportStore(target, "me")
    with read_run(tmp_path / "run") as archive:
        (tmp_path / "run" / "000069.safetensors").write_bytes(frame(68).blob)
        with pytest.raises(ArchiveError, match=r"000069.safetensors"):
            import_run(archive, store, ())
    assert target.list_runs().total == 0
    assert ServerStore(target, "me", "here").leftovers(8.0) == ()
    assert not store.making
    (tmp_path / "run" / "000069.safetensors").write_bytes(frame(69).blob)
    with read_run(tmp_path / "run") as archive:
        import_run(archive, store, ())
    assert len(film(target)) == 70


def test_what_a_crash_has_left_gives_way(target: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write_run(tmp_path / "run")

    class Died(BaseException):
        pass

    def die(*given: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr("emergescope.store.importing.remove", die)
        patch.setattr(ImportStore, "_finish", die)
        with pytest.raises(Died):
            bring_in(zipped(files), target)
    assert target.list_runs().total == 0
    assert ServerStore(target, "me", "here").leftovers(8.0) == (ID,)
    bring_in(zipped(files), target)
    assert len(film(target)) == 6


def test_readers_pass_over_what_they_do_not_know(target: Store, tmp_path: Path) -> None:
    files = write_run(tmp_path / "run")
    files["run.json"] = files["run.json"].replace(b'"run": {', b'"later": 1, "run": {"later": {"a": 1},', 1)
    assert bring_in(zipped(summed(files)), target) == ID


@pytest.mark.parametrize("released", sorted(Path("tests/store/released").glob("*.db")), ids=lambda path: path.stem)
def test_runs_of_earlier_versions_go_out_and_in(tmp_path: Path, released: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    shutil.copy(released, tmp_path / "one" / "emergescope.db")
    with closing(Store(tmp_path / "one")) as one, closing(Store(tmp_path / "two")) as two:
        over = [run.id for run in one.list_runs(limit=1000).items if run.status not in ("queued", "running")]
        for run_id in over:
            content = b"".join(export_run(one, run_id).parts())
            bring_in(content, two)
            assert film(two, run_id) == film(one, run_id)
            assert b"".join(export_run(two, run_id).parts()) == content
    assert len(over) >= 2


def test_a_run_of_a_study_that_is_not_here_goes_out_but_not_in(source: Store, target: Store) -> None:
    store_run(source)
    with source.writing() as session:
        session.execute(update(Run).values(config={"study": "nowhere", "alpha": 1}))
    content = b"".join(export_run(source, ID).parts())
    with pytest.raises(ArchiveError, match="there is no study 'nowhere' here"):
        bring_in(content, target)


def test_names_of_earlier_versions_are_written_out(source: Store, target: Store) -> None:
    """Which took such as would steer a terminal."""
    store_run(source, name="a\x1b[2Jb", tags=["c\nd"], notes="NUL \0 of someone")
    bring_in(b"".join(export_run(source, ID).parts()), target)
    run = target.get_run(ID)
    assert (run.name, run.tags, run.notes) == ("a\\x1b[2Jb", ("c\\nd",), "NUL \N{REPLACEMENT CHARACTER} of someone")


def test_the_page_on_files_reads_one_without_any_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path("docs/files.md").read_text("utf-8")
    (tmp_path / "run.zip").write_bytes(zipped(write_run(tmp_path / "run")))
    monkeypatch.chdir(tmp_path)
    [program] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert "emergescope" not in program
    found: dict[str, Any] = {}
    exec(program, found)
    assert found["index"]["step"].tolist() == [0, 8, 16, 24, 32, 40]
    assert found["frame"]["a"].shape == (4, 2)
    assert found["settings"]["settings"] == {"lr": 0.1}
