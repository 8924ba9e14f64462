"""A store of each kind: what is promised of one holds for the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emergescope.store.store import Store


@pytest.fixture
def store(where: Path | str) -> Iterator[Store]:
    store = Store(where)
    yield store
    store.close()
