"""`emergescope db check` finds damage and names it, and takes nothing for damage that is none."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from emergescope.store.sqlite import FILE
from emergescope.store.store import Store
from tests.cli.conftest import Db


def change(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / FILE)) as database, database:
        database.execute(statement)


def test_a_whole_database_is_well_also_beside_a_server(db: Db, data: Path) -> None:
    with closing(Store(data)):
        code, out, _ = db("check")
        assert (code, out) == (0, "2 runs, 111 frames, 3 checkpoints: all is well\n")
    before = (data / FILE).read_bytes()
    code, out, _ = db("check", "--quick", "--json")
    assert (code, json.loads(out)) == (0, {"ok": True, "runs": 2, "frames": 111, "checkpoints": 3, "troubles": []})
    assert (data / FILE).read_bytes() == before


FRAME_7 = "frames SET {} WHERE run_id = 'a' AND seq = 7"
FRAME_3 = "(SELECT blob FROM frames WHERE run_id = 'a' AND seq = 3)"  # as long, by chance


@pytest.mark.parametrize(
    ("damage", "words", "is_quick"),
    [
        (FRAME_7.format(f"blob = {FRAME_3}"), "frame 7: its bytes have another seq than its row: 3, not 7", False),
        (FRAME_7.format("blob = zeroblob(size)"), "run a, frame 7: ", False),
        (FRAME_7.format("blob = zeroblob(9)"), "run a, frame 7: it has 9 bytes where its row says", True),
        (FRAME_7.format("step = 71"), "another step than its row: 70, not 71", False),
        (FRAME_7.format("step = 9"), "it is of step 9, the frame before of step 60", True),
        (FRAME_7.format("metrics = '{}'"), "another metrics than its row", False),
        (FRAME_7.format("metrics = '{'"), "run a, frame 7: its metrics do not fit", True),
        (FRAME_7.format("seq = 700"), "run a: frames 80 to 699 are missing", True),
        ("runs SET frames_count = 3 WHERE id = 'a'", "run a: frames_count is 3, but its frames give 80", True),
        ("runs SET frames_bytes = 3 WHERE id = 'a'", "run a: frames_bytes is 3, but its frames give", True),
        ("runs SET frames_next = 3 WHERE id = 'a'", "run a: frames_next is 3, but its frames give 80", True),
        ("events SET number = 4", "run a: of 5 events there are 1", True),
        ("checkpoints SET blob = zeroblob(size)", "run a: its checkpoint at step 100: ", False),
        ("checkpoints SET frames = 4 WHERE step = 100", "another number of frames than its row: 11, not 4", False),
        ("patterns SET blob = x'00'", "run a: its patterns: ", False),
        ("patterns SET run_id = 'x' WHERE run_id = 'a'", "database: a row of patterns belongs to no row of runs", True),
    ],
)
def test_damage_is_found_and_named(db: Db, data: Path, damage: str, words: str, is_quick: bool) -> None:
    change(data, f"UPDATE {damage}")
    code, out, _ = db("check")
    assert code == 1
    assert words in out
    assert "restore the database from a backup" in out
    assert (db("check", "--quick")[0] == 1) is is_quick
    troubles = json.loads(db("check", "--json")[1])["troubles"]
    assert len(troubles) == out.count("\n") - 1


def test_a_damaged_file_is_found(db: Db, data: Path) -> None:
    content = bytearray((data / FILE).read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    (data / FILE).write_bytes(content)
    code, out, err = db("check")
    assert (code, err) == (1, "")
    assert "database: " in out
    (data / FILE).write_bytes(b"these are my holiday notes" * 1000)
    code, out, err = db("check")
    assert (code, err) == (1, "")
    assert "file is not a database" in out


def test_what_was_thinned_is_no_damage(db: Db, data: Path) -> None:
    assert db("vacuum", "--keep", "30", "--yes")[0] == 0
    code, out, _ = db("check")
    assert (code, out) == (0, "2 runs, 91 frames, 2 checkpoints: all is well\n")
