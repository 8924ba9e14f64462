"""The service: order of the queue, what is kept of a run, cancelling and deleting, limits."""

from pathlib import Path

import pytest
from sqlalchemy import event

from emergescope.catalog.limits import Limits
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset
from emergescope.config.run import RunConfig
from emergescope.errors import Conflict, InvalidConfig, NotFound, QueueFull
from emergescope.jobs.executor import Finished, Job, RunStarted
from emergescope.jobs.worker import execute
from emergescope.recording.codec import decode
from emergescope.recording.events import Advanced, FrameReady, Happened
from emergescope.service.records import new_record
from emergescope.service.service import RunView, Service
from emergescope.store.records import QueuePlace
from emergescope.store.retention import Rules
from emergescope.store.store import Store, new_run
from tests.conftest import TINY, quick
from tests.jobs.inline import InlineExecutor
from tests.service.hand import HandExecutor


def submit(service: Service, config: RunConfig) -> RunView:
    return service.submit(config, None, None, [])


def status(service: Service, *views: RunView) -> list[str]:
    return [service.get(view.record.id).record.status for view in views]


def test_a_run_from_beginning_to_end(tmp_path: Path, tiny: RunConfig) -> None:
    rung: list[str] = []
    service = Service(Store(tmp_path), InlineExecutor(), rung.append)
    view = service.submit(tiny, None, get_preset("quick"), ["a"])
    run_id, record = view.record.id, view.record
    assert (record.status, record.preset, record.tags) == ("succeeded", "quick", ("a",))
    assert record.name.startswith("A first look: phases = features, classifier")
    assert (view.progress.step, view.progress.total, view.progress.phase) == (30, 30, "classifier")
    assert record.facts is not None
    assert set(record.facts) == {"patterns", "neurons", "pictures", "facts", "provenance"}
    assert set(rung) == {run_id}
    frames = [m for m in execute(Job(run_id, tiny), 1) if isinstance(m, FrameReady)]
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


def test_the_queue_tells_each_run_its_place_with_one_question(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    running = submit(service, tiny)
    waiting = [new_record(tiny, f"number {place}", None, []) for place in range(1, 301)]
    with service.store.writing() as session:
        session.add_all(new_run(record) for record in waiting)
    assert service.get(running.record.id).queue is None
    assert service.get(waiting[59].id).queue == QueuePlace(60, 300)
    asked: list[str] = []
    engine = service.store.database.engine
    listener = lambda *given: asked.append(given[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", listener)
    views = service.views(service.reader.list_runs(limit=200).items)
    event.remove(engine, "before_cursor_execute", listener)
    assert [view.queue for view in views] == [QueuePlace(place, 300) for place in range(300, 100, -1)]
    assert len([statement for statement in asked if "row_number" in statement]) == 1
    service.cancel(waiting[0].id)
    executor.finish(running.record.id, Finished("succeeded", 30))
    assert service.get(waiting[1].id).queue is None  # it runs
    assert service.get(waiting[59].id).queue == QueuePlace(58, 298)


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
    service = Service(store, executor, lambda run_id: seen.append(len(store.frames_after(run_id))), timeout=0.0)
    run = submit(service, tiny).record.id
    for message in execute(Job(run, tiny), 1):
        executor.runs[run](run, message)
        if isinstance(message, FrameReady):
            assert seen[-1] == message.seq + 1
    service.close()


def test_limits(tmp_path: Path, tiny: RunConfig) -> None:
    service = Service(Store(tmp_path), HandExecutor(), timeout=0.0, limits=Limits(max_steps=30, max_queue=1))
    for _ in range(2):  # one runs, one waits
        submit(service, tiny)
    with pytest.raises(QueueFull, match="1 runs wait already"):
        submit(service, tiny)
    longer = apply_overrides(tiny, {"training.phases.0.steps": 31})
    with pytest.raises(InvalidConfig, match=r"lower training\.phases\.0\.steps"):
        submit(service, longer)
    service.close()


def test_films_are_thinned_in_the_rounds_of_a_server_that_has_rules(tmp_path: Path) -> None:
    service = Service(Store(tmp_path), InlineExecutor(), rules=Rules(keep=0))
    film = quick(TINY | {"capture.frames": 200, "training.phases.0.steps": 190})
    first = submit(service, film).record
    before = service.revision(first.id)
    service._look_after()
    assert [event.kind for event in service.get(first.id).events if event.kind == "thinned"] == ["thinned"]
    assert len(service.reader.frames_after(first.id)) < first.frames_next
    assert service.revision(first.id) > before
    second = submit(service, film).record
    service._look_after()  # it is not time again
    assert len(service.reader.frames_after(second.id)) == second.frames_next
    service.close()
