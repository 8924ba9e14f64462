"""Thousands of recorded runs without training: copies of one in the server's database. Used by tests of the lists."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from emergescope.store.tables import searchable

_COPIED = ("frames", "sketches")
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def copy_run(data: Path, run_id: str, copies: int, name: str = "Copy") -> list[str]:
    """Ids of copies of a run that is over, with its frames, the oldest first. They are called as "Copy 0007"."""
    ids = [f"{name.lower()}{i:05d}" for i in range(copies)]
    with closing(sqlite3.connect(data / "emergescope.db", timeout=20)) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(runs)") if row[1] != "number"]
        kept = dict(zip(columns, _row(database, columns, run_id), strict=True))
        rows = []
        for i, copy in enumerate(ids):
            title, at = f"{name} {i:04d}", f"{_BEGINNING + timedelta(minutes=i):%Y-%m-%d %H:%M:%S.%f}"
            own = {"id": copy, "name": title, "created_at": at, "search": searchable(copy, title, None, "", ())}
            rows.append(tuple((kept | own)[column] for column in columns))
        places = ", ".join("?" for _ in columns)
        database.executemany(f"INSERT INTO runs ({', '.join(columns)}) VALUES ({places})", rows)
        for table in _COPIED:
            others = ", ".join(r[1] for r in database.execute(f"PRAGMA table_info({table})") if r[1] != "run_id")
            command = f"INSERT INTO {table} (run_id, {others}) SELECT ?, {others} FROM {table} WHERE run_id = ?"
            database.executemany(command, [(copy, run_id) for copy in ids])
    return ids


def _row(database: sqlite3.Connection, columns: list[str], run_id: str) -> tuple[object, ...]:
    row: tuple[object, ...] = database.execute(
        f"SELECT {', '.join(columns)} FROM runs WHERE id = ?", (run_id,)
    ).fetchone()
    return row
