"""The service: order of the queue, what is kept of a run, what happens to runs when a server stops."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emergescope.config import RunConfig, get_preset
from emergescope.errors import Conflict, NotFound
from emergescope.experiment import Advanced, Happened
from emergescope.frames import decode
from emergescope.jobs.executor import Finished, FrameReady, Listener, RunStarted
from emergescope.jobs.inline import InlineExecutor
from emergescope.jobs.worker import execute
from emergescope.service import RunView, Service
from emergescope.store import Store


class HandExecutor:
    """An executor whose workers say what the test has them say."""

    name = "hand"

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self.runs: dict[str, Listener] = {}
        self.cancelled: list[str] = []
        self.closed = False

    def submit(self, run_id: str, config: RunConfig, listener: Listener) -> None:
        self.runs[run_id] = listener

    def cancel(self, run_id: str) -> None:
        self.cancelled.append(run_id)

    def close(self) -> None:
        self.closed = True

    def finish(self, run_id: str, end: Finished) -> None:
        self.runs.pop(run_id)(run_id, end)


@pytest.fixture
def executor() -> HandExecutor:
    return HandExecutor()


@pytest.fixture
def service(tmp_path: Path, executor: HandExecutor) -> Iterator[Service]:
    service = Service(Store(tmp_path), executor)
    service.start()
    yield service
    if not executor.closed:
        service.close()


def submit(service: Service, config: RunConfig) -> RunView:
    return service.submit(config, None, None, [])


def status(service: Service, *views: RunView) -> list[str]:
    return [service.get(view.record.id).record.status for view in views]


def test_a_run_from_beginning_to_end(tmp_path: Path, tiny: RunConfig) -> None:
    rung: list[str] = []
    service = Service(Store(tmp_path), InlineExecutor(), rung.append)
    view = service.submit(tiny, None, get_preset("quick"), ["a"])
    run_id, record = view.record.id, view.record
    assert (record.status, record.name, record.preset, record.tags) == ("succeeded", "A first look", "quick", ("a",))
    assert (view.progress.step, view.progress.total, view.progress.phase) == (30, 30, "classifier")
    assert record.facts is not None
    assert set(record.facts) == {"patterns", "neurons", "facts", "provenance"}
    assert set(rung) == {run_id}
    frames = [m for m in execute(run_id, tiny, 1) if isinstance(m, FrameReady)]
    assert [blob for _, blob in service.reader.blobs_after(run_id, -1, 100, 10**9)] == [f.blob for f in frames]
    assert decode(service.reader.frame_blob(run_id, 0))[0] == run_id
    assert record.metrics is not None
    assert record.metrics["loss"] == frames[-1].metrics["loss"]
    assert record.started_at is not None
    assert record.finished_at is not None
    assert record.created_at <= record.started_at <= record.finished_at
    service.close()


def test_queued_runs_start_oldest_first_when_a_worker_is_free(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    first, second, third = (submit(service, tiny) for _ in range(3))
    assert status(service, first, second, third) == ["running", "queued", "queued"]
    assert service.load() == ("hand", 1, 1, 2)
    executor.finish(first.record.id, Finished("succeeded", 30))
    assert status(service, first, second, third) == ["succeeded", "running", "queued"]
    executor.finish(second.record.id, Finished("failed", 3, "why", "trace"))
    assert status(service, third) == ["running"]
    assert service.get(second.record.id).record.error == {"message": "why", "step": 3, "traceback": "trace"}


def test_cancel(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    running, queued = submit(service, tiny), submit(service, tiny)
    assert service.cancel(queued.record.id).record.status == "cancelled"
    assert service.cancel(running.record.id).record.status == "running"
    assert executor.cancelled == [running.record.id]
    executor.finish(running.record.id, Finished("cancelled", 7))
    assert service.get(running.record.id).record.status == "cancelled"
    assert service.get(running.record.id).record.error is None
    with pytest.raises(Conflict, match="already been cancelled"):
        service.cancel(running.record.id)


def test_a_running_run_cannot_be_deleted(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    run = submit(service, tiny).record.id
    with pytest.raises(Conflict, match="cancel it first"):
        service.delete(run)
    executor.finish(run, Finished("succeeded", 30))
    service.delete(run)
    with pytest.raises(NotFound):
        service.get(run)


def test_progress_and_events_of_a_running_run(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    run = submit(service, tiny).record.id
    assert service.get(run).progress.seconds is None
    tell, before = executor.runs[run], service.revision(run)
    tell(run, RunStarted({"patterns": {}}, b""))
    tell(run, Advanced(12, "features"))
    progress = service.get(run).progress
    assert (progress.step, progress.total, progress.phase) == (12, 30, "features")
    assert progress.seconds is not None
    assert progress.eta == pytest.approx(progress.seconds * 18 / 12)
    tell(run, Happened(13, "diverged", "the loss is not a number"))
    assert [(e.step, e.kind) for e in service.get(run).events] == [(13, "diverged")]
    assert service.revision(run) == before + 2  # started, happened; progress is no change of state


def test_a_frame_is_committed_before_the_bell_rings(tmp_path: Path, tiny: RunConfig) -> None:
    seen: list[int] = []
    store, executor = Store(tmp_path), HandExecutor()
    service = Service(store, executor, lambda run_id: seen.append(len(store.frames_after(run_id))))
    run = submit(service, tiny).record.id
    for message in execute(run, tiny, 1):
        executor.runs[run](run, message)
        if isinstance(message, FrameReady):
            assert seen[-1] == message.seq + 1
    service.close()


def test_stopping_the_server_fails_what_runs_and_keeps_the_queue(
    tmp_path: Path, service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    running, queued = submit(service, tiny), submit(service, tiny)
    tell = executor.runs[running.record.id]
    messages = [m for m in execute(running.record.id, tiny, 1) if not isinstance(m, Happened)]
    for message in messages[:4]:
        tell(running.record.id, message)
    service.close()
    assert executor.closed
    tell(running.record.id, messages[4])  # a worker's last words come too late

    second = HandExecutor()
    service = Service(Store(tmp_path), second)
    service.start()
    record = service.get(running.record.id).record
    step = messages[3].step  # type: ignore[union-attr]
    assert record.error == {"message": f"the server stopped at step {step}", "step": step, "traceback": None}
    assert (record.status, record.frames_count) == ("failed", 3)
    assert list(second.runs) == [queued.record.id]
    service.close()


def test_a_server_that_was_killed_leaves_nothing_running(
    tmp_path: Path, service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    run = submit(service, tiny).record.id
    messages = [m for m in execute(run, tiny, 1) if not isinstance(m, Happened)]
    for message in messages[:3]:
        executor.runs[run](run, message)
    service._store.close()  # as the operating system does: nothing is said to anybody
    executor.closed = True
    recovered = Service(Store(tmp_path), HandExecutor())
    recovered.start()
    record = recovered.get(run).record
    assert (record.status, record.frames_count) == ("failed", 2)
    assert record.error is not None
    assert record.error["message"] == f"the server stopped at step {record.step}"
    recovered.close()
