"""Read the database from beside a running server. Used by the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emergescope.store.engine import FILE, open_engine
from emergescope.store.store import Reader


@contextmanager
def open_reader(directory: Path) -> Iterator[Reader | None]:
    """A Reader on the database in `directory`, None where there is none yet; takes no lock. Raises StoreError."""
    path = directory / FILE
    if not path.exists():
        yield None
        return
    engine = open_engine(path)
    try:
        yield Reader(engine, path)
    finally:
        engine.dispose()
