"""A service whose workers say what the test has them say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emergescope.jobs.executor import Finished
from emergescope.service.service import Service
from emergescope.store.store import Store
from tests.service.hand import HandExecutor


@pytest.fixture
def executor() -> HandExecutor:
    return HandExecutor()


@pytest.fixture
def service(tmp_path: Path, executor: HandExecutor) -> Iterator[Service]:
    service = Service(Store(tmp_path), executor, timeout=0.0)
    service.start()
    yield service
    if not executor.closed:
        executor.close()
        for run in list(executor.runs):
            executor.finish(run, Finished("cancelled", 0))
        service.close()
