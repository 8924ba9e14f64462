"""Runs that were brought in as files are as they were; without a checkpoint none is trained once more, silently."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from emergescope.archive.reading import read_run
from emergescope.catalog.registry import get_preset
from emergescope.config.run import RunConfig
from emergescope.errors import Conflict
from emergescope.jobs.worker import execute
from emergescope.service.archives import export_run
from emergescope.service.service import Service
from emergescope.store.store import Store
from tests.service.hand import HandExecutor, film, stops_after, submit


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Service]:
    """Another service, on a database of its own."""
    service = Service(Store(tmp_path / "elsewhere"), HandExecutor(), timeout=0.0)
    yield service
    service.close()


def carry(run: str, service: Service, elsewhere: Service) -> None:
    with read_run(BytesIO(b"".join(export_run(service.reader, run).parts()))) as archive:
        elsewhere.bring_in(archive)


def test_a_fork_goes_with_the_frames_of_the_run_that_it_comes_from(
    service: Service, executor: HandExecutor, elsewhere: Service, tiny: RunConfig
) -> None:
    parent = submit(service, tiny)
    executor.tell(parent, *execute(executor.jobs[parent], 1))
    fork = service.fork(parent, 17, {"training.phases.0.eta": 0.5}, "A fork", []).record.id
    executor.tell(fork, *execute(executor.jobs[fork], 1))
    carry(fork, service, elsewhere)
    assert film(elsewhere, fork) == film(service, fork)
    was, now = service.get(fork), elsewhere.get(fork)
    assert (now.record.origin, now.record.name, now.changes) == (was.record.origin, "A fork", was.changes)
    assert elsewhere.reader.index_after(fork) == service.reader.index_after(fork)


def test_without_a_checkpoint_it_is_neither_resumed_nor_forked(
    service: Service, executor: HandExecutor, elsewhere: Service, tiny: RunConfig
) -> None:
    run = submit(service, tiny)
    service.pause(run)
    executor.tell(run, *execute(executor.jobs[run], 1, stops_after(12)))
    assert service.get(run).record.status == "paused"
    carry(run, service, elsewhere)
    before = elsewhere.get(run).record
    assert (before.status, before.step, before.damage) == ("paused", 12, None)
    with pytest.raises(Conflict, match="in which there are no checkpoints: it cannot be resumed; start a new run"):
        elsewhere.resume(run)
    with pytest.raises(Conflict, match="in which there are no checkpoints: it cannot be forked; start a new run"):
        elsewhere.fork(run, 5, {"training.phases.0.eta": 0.5}, None, [])
    assert elsewhere.get(run).record == before
    assert elsewhere.reader.list_runs().total == 1
    assert elsewhere.cancel(run).record.status == "cancelled"


def test_it_is_found_by_its_configuration(
    service: Service, executor: HandExecutor, elsewhere: Service, tiny: RunConfig
) -> None:
    run = service.submit(tiny, None, get_preset("quick"), []).record.id
    executor.tell(run, *execute(executor.jobs[run], 1))
    settings = tiny.model_dump(mode="json")
    assert elsewhere.reader.run_like("quick", settings) is None
    carry(run, service, elsewhere)
    assert elsewhere.reader.run_like("quick", settings) == run


def test_what_is_being_brought_in_is_no_leftover(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    """Rounds of the service remove hidden runs that nobody makes."""
    run = submit(service, tiny)
    executor.tell(run, *execute(executor.jobs[run], 1))
    content, frames = b"".join(export_run(service.reader, run).parts()), film(service, run)
    service.delete(run)
    with read_run(BytesIO(content)) as archive:
        verified = archive.frames()

        class Slow:
            """The archive, with rounds of the service between two frames."""

            def __getattr__(self, name: str) -> object:
                return getattr(archive, name)

            def frames(self) -> Iterator[object]:
                for frame in verified:
                    service._look_after()
                    yield frame

        service.bring_in(Slow())  # type: ignore[arg-type]
    assert film(service, run) == frames
