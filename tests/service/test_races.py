"""What happens at the same moment, or in an order that no one meant, loses nothing and leaves nothing behind."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from emergescope.catalog.experiments import PlannedRun
from emergescope.config.run import RunConfig
from emergescope.errors import Conflict, LostClaim, NotFound, StoreBusy, StoreError
from emergescope.jobs.executor import Finished, Job, RunStarted
from emergescope.jobs.worker import execute
from emergescope.recording.events import Advanced, FrameReady, Happened
from emergescope.service import heartbeat, runner
from emergescope.service.experiments import Experiments
from emergescope.service.heartbeat import Heartbeat
from emergescope.service.records import now
from emergescope.service.service import Service
from emergescope.store.store import ServerStore, Store, hide
from emergescope.store.tables import Run
from tests.service.hand import HandExecutor, film, submit, undisturbed

ENDS = (Finished("cancelled", 3), Finished("paused", 3), Finished("died", 3, "killed"), Finished("succeeded", 30))


def take_over(service: Service, run: str, status: str = "running") -> None:
    """As another server does that takes this one for dead."""
    with service.store.writing() as session:
        session.connection().exec_driver_sql(
            f"UPDATE runs SET claim = 'another', server = 'other', status = '{status}' WHERE id = '{run}'"
        )


def vanish(service: Service, run: str) -> None:
    service.store.delete_run(run)


@pytest.mark.parametrize("lose", [take_over, vanish])
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.status)
def test_a_run_that_was_lost_ends_quietly_and_its_worker_is_free(
    service: Service, executor: HandExecutor, tiny: RunConfig, lose: object, end: Finished
) -> None:
    lost, waiting = submit(service, tiny), submit(service, tiny)
    assert callable(lose)
    lose(service, lost)
    executor.finish(lost, end)
    assert list(executor.runs) == [waiting]


@pytest.mark.parametrize("lose", [take_over, vanish])
def test_a_server_that_has_lost_a_run_goes_its_rounds_and_stops(
    service: Service, executor: HandExecutor, tiny: RunConfig, lose: object
) -> None:
    executor.workers = 2
    lost, kept = submit(service, tiny), submit(service, tiny)
    assert callable(lose)
    lose(service, lost)
    service._runner.apply_request(lost)
    service._look_after()
    store = service.store
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.database, "close", lambda: None)
        service.close()
    assert store.get_run(kept).status == "queued"
    store.close()


def test_a_run_that_was_lost_and_claimed_again_hears_its_new_worker_alone(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    run = submit(service, tiny)
    before = executor.runs[run]
    messages = list(execute(Job(run, tiny), 1))
    executor.tell(run, *messages[:3])
    take_over(service, run, "queued")  # and it has no worker for it
    before(run, messages[3])
    assert executor.cancelled == [run]
    service.dispatch()
    assert executor.runs[run] is not before
    for message in (Advanced(29, "classifier"), Finished("cancelled", 1)):
        before(run, message)  # the last words of the first worker
    view = service.get(run)
    assert (view.record.status, view.progress.step) == ("running", 0)
    executor.tell(run, *execute(executor.jobs[run], 1))
    assert service.get(run).record.status == "succeeded"
    assert film(service, run) == undisturbed(run, tiny)


def test_a_run_that_comes_back_before_its_loss_was_noticed_has_one_worker(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    executor.workers = 2
    run = submit(service, tiny)
    before = executor.runs[run]
    take_over(service, run, "queued")
    service.dispatch()
    assert executor.runs[run] is not before
    assert executor.cancelled == [run]
    before(run, Finished("cancelled", 1))
    assert service.get(run).record.status == "running"


def test_a_run_that_comes_back_while_a_message_of_it_waits_keeps_its_new_worker(
    service: Service, executor: HandExecutor, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "RETRY", 0.0)
    executor.workers = 2
    run = submit(service, tiny)
    before = executor.runs[run]
    frame = next(message for message in execute(Job(run, tiny), 1) if isinstance(message, FrameReady))

    def busy(*arguments: object, **options: object) -> None:
        take_over(service, run, "queued")
        service.dispatch()
        raise StoreBusy("another program holds it")

    with monkeypatch.context() as patch:
        patch.setattr(service.store, "append_frame", busy)
        before(run, frame)
    assert executor.runs[run] is not before
    assert executor.cancelled == [run]
    executor.tell(run, *execute(executor.jobs[run], 1))
    assert service.get(run).record.status == "succeeded"


def test_a_change_is_decided_while_no_one_else_can_make_one(service: Service, tiny: RunConfig) -> None:
    run = submit(service, tiny)
    store, entered = service.store, threading.Event()
    cancelling = threading.Thread(target=lambda: entered.wait() and service.cancel(run))
    cancelling.start()

    def decide(record: object) -> dict[str, str]:
        entered.set()
        cancelling.join(timeout=0.2)
        assert cancelling.is_alive()
        return {"notes": "first"}

    assert store.change_run(run, decide).wanted is None  # type: ignore[arg-type]
    cancelling.join()
    record = store.get_run(run)
    assert (record.notes, record.wanted) == ("first", "cancel")


def test_a_cancellation_is_not_taken_back_by_a_pause(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    run = submit(service, tiny)
    service.cancel(run)
    with pytest.raises(Conflict, match="is about to be cancelled"):
        service.pause(run)
    executor.finish(run, Finished("died", 3, "killed"))
    assert service.get(run).record.status == "cancelled"


def test_a_run_that_died_and_then_failed_by_itself_is_not_tried_again(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    run = submit(service, tiny)
    executor.tell(run, Finished("died", 3, "killed"))
    executor.finish(run, Finished("failed", 3, "why", "trace"))
    with pytest.raises(Conflict, match="has failed"):
        service.resume(run)


def test_a_run_that_the_executor_does_not_take_is_taken_up_by_the_next_round(
    service: Service, executor: HandExecutor, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise RuntimeError("no cluster")

    with monkeypatch.context() as broken:
        broken.setattr(executor, "submit", refuse)
        with pytest.raises(RuntimeError, match="no cluster"):
            submit(service, tiny)
    service._look_after()
    (run,) = executor.runs
    record = service.get(run).record
    assert (record.status, record.resumes) == ("running", 1)


def test_training_that_is_ahead_of_its_frames_does_not_go_back(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    run = submit(service, tiny)
    messages = list(execute(Job(run, tiny), 1))
    executor.tell(run, messages[0], Advanced(25, "classifier"))
    executor.tell(run, *[m for m in messages if isinstance(m, FrameReady)][:3])
    progress = service.get(run).progress
    assert (progress.step, progress.phase) == (25, "classifier")


def test_the_heart_beats_while_the_rounds_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT", 0.01)
    beats, enough = [0], threading.Event()
    beat = ServerStore.beat

    def count(servers: ServerStore) -> None:
        beat(servers)
        beats[0] += 1
        if beats[0] > 5:
            enough.set()

    monkeypatch.setattr(ServerStore, "beat", count)
    service = Service(Store(tmp_path), HandExecutor(), timeout=0.0)
    service.start()
    with service._runner.lock:
        beats[0] = 0
        enough.clear()
        assert enough.wait(30)
    service.close()


@pytest.mark.parametrize("error", [StoreError("away"), NotFound("gone"), LostClaim("lost"), ZeroDivisionError()])
def test_rounds_go_on_whatever_happens(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT", 0.001)
    calls, again = [0], threading.Event()

    def fail() -> None:
        calls[0] += 1
        if calls[0] == 3:
            again.set()
        raise error

    rounds = heartbeat.Rounds("test", fail)
    rounds.start()
    assert again.wait(30)
    rounds.stop()


def test_what_silenced_everyone_is_no_ones_death(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    store = Store(tmp_path)
    heartbeat = Heartbeat(ServerStore(store, "me", "here"))
    for _ in range(3):
        now[0] += 2
        heartbeat.beat()
    assert heartbeat.timeout == 8
    now[0] += 20  # the database is away, or this server was stopped
    assert heartbeat.timeout == 28  # also before the first beat that comes through
    heartbeat.beat()
    for after in (0, 4, 3.9):
        now[0] += after
        assert heartbeat.timeout == 28
        heartbeat.beat()
    now[0] += 0.2
    assert heartbeat.timeout == 8
    store.close()


def test_a_message_that_cannot_be_followed_is_no_end_of_listening(
    service: Service, monkeypatch: pytest.MonkeyPatch, tiny: RunConfig
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(service._runner, "dispatch", fail)
        service._on_message("queue x")
    run = submit(service, tiny)
    before = service.revision(run)
    service._on_message(f"state {run}")
    assert service.revision(run) > before


def test_an_experiment_with_a_run_that_begins_at_that_moment_is_not_deleted(
    service: Service, executor: HandExecutor, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor.workers = 0
    experiments = Experiments(service, 10)
    view = experiments.submit_runs([PlannedRun("a", "", 0, tiny)], None, [])
    store = service.store
    writing = store.database.writing

    @contextmanager
    def after_a_claim() -> Iterator[Session]:
        monkeypatch.setattr(store.database, "writing", writing)
        assert store.claim_next_queued("claim", "another", now()) is not None
        with writing() as session:
            yield session

    monkeypatch.setattr(store.database, "writing", after_a_claim)
    with pytest.raises(Conflict, match="cancel it first"):
        experiments.delete(view.record.id)
    assert [member.run and member.run.status for member in experiments.get(view.record.id).members] == ["running"]


def test_a_busy_database_is_waited_for_and_is_no_death(
    service: Service, executor: HandExecutor, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "RETRY", 0.0)
    run = submit(service, tiny)
    database = service.store.database
    writing, tries = database.writing, itertools.count()

    @contextmanager
    def busy_half_of_the_time() -> Iterator[Session]:
        with writing() as session:
            yield session
            if next(tries) % 2 == 0:
                raise StoreBusy("another program holds it")  # all that was written is taken back

    monkeypatch.setattr(database, "writing", busy_half_of_the_time)
    messages = list(execute(executor.jobs[run], 1))
    executor.tell(run, *messages)
    view = service.get(run)
    assert (view.record.status, view.record.deaths, service.counts.deaths) == ("succeeded", (), 0)
    assert film(service, run) == undisturbed(run, tiny)
    happened = [(m.step, m.kind, m.text) for m in messages if isinstance(m, Happened)]
    assert happened
    assert [(event.step, event.kind, event.text) for event in view.events] == happened
    assert service.counts.frames == len(film(service, run))
    assert service.counts.ends["succeeded"] == 1


def test_a_death_is_kept_whole_where_the_database_is_busy(
    service: Service, executor: HandExecutor, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "RETRY", 0.0)
    run = submit(service, tiny)
    writing, tries = service.store.database.writing, itertools.count()

    @contextmanager
    def busy_at_first() -> Iterator[Session]:
        if next(tries) < 3:
            raise StoreBusy("another program holds it")
        with writing() as session:
            yield session

    monkeypatch.setattr(service.store.database, "writing", busy_at_first)
    executor.finish(run, Finished("died", 3, "killed"))
    view = service.get(run)
    assert (view.record.status, view.record.resumes, len(view.record.deaths)) == ("running", 1, 1)
    assert [event.kind for event in view.events] == ["interrupted"]
    assert (service.counts.deaths, service.counts.resumes) == (1, 1)


def test_a_server_that_closes_does_not_wait_for_a_busy_database(
    tmp_path: Path, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = HandExecutor()
    service = Service(Store(tmp_path), executor, timeout=0.0)
    run = submit(service, tiny)

    def busy() -> None:
        raise StoreBusy("another program holds it")

    monkeypatch.setattr(service.store.database, "writing", busy)
    telling = threading.Thread(target=executor.tell, args=(run, RunStarted({"patterns": {}}, b"")))
    telling.start()
    service.close()
    telling.join(20)
    assert not telling.is_alive()


def test_what_a_server_left_half_made_goes_with_its_rounds(service: Service, tiny: RunConfig) -> None:
    submit(service, tiny)
    left = submit(service, tiny)
    with service.store.writing() as session:
        hide(session, Run.id == left)
    service._forks.making.add(left)
    service._look_after()
    with service.store.session() as session:
        assert session.scalar(select(Run.id).where(Run.id == left)) == left  # it is being made
    service._forks.making.clear()
    service._look_after()
    with service.store.session() as session:
        assert session.scalar(select(Run.id).where(Run.id == left)) is None
