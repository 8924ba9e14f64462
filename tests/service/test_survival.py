"""Runs survive: they pause, resume and fork, and go on by themselves when a worker or a server died, to the bit."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emergescope import engine
from emergescope.config.run import RunConfig
from emergescope.errors import Conflict
from emergescope.jobs.executor import Finished, Job, Message, RunStarted
from emergescope.jobs.worker import execute
from emergescope.recording.events import Advanced, Checkpointed, Event, FrameReady, Happened
from emergescope.service.service import Service
from emergescope.store.forking import CheckpointStore
from emergescope.store.store import Store
from tests.service.hand import HandExecutor, film, stops_after, submit, undisturbed

DIED = Finished("died", 12, "the worker process was killed by signal 9 (SIGKILL)")


def test_pause_and_resume_to_the_bit(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    run = submit(service, tiny)
    assert service.pause(run).record.wanted == "pause"
    assert executor.paused == [run]
    executor.tell(run, *execute(executor.jobs[run], 1, stops_after(13)))
    view = service.get(run)
    assert (view.record.status, view.record.wanted, view.progress.step) == ("paused", None, 13)
    with pytest.raises(Conflict, match="is paused"):
        service.pause(run)
    assert service.resume(run).record.status == "running"
    assert executor.jobs[run].checkpoint is not None
    executor.tell(run, *execute(executor.jobs[run], 1))
    assert service.get(run).record.status == "succeeded"
    assert film(service, run) == undisturbed(run, tiny)
    for impossible in (service.pause, service.resume):
        with pytest.raises(Conflict, match="has succeeded"):
            impossible(run)


def test_a_run_that_goes_on_elsewhere_says_so(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    run = submit(service, tiny)
    service.pause(run)
    executor.tell(run, *execute(executor.jobs[run], 1, stops_after(13)))
    service.resume(run)
    started, *rest = execute(executor.jobs[run], 1)
    assert isinstance(started, RunStarted)
    here = {**started.facts["provenance"], "threads": 2}  # type: ignore[dict-item]
    executor.tell(run, RunStarted({**started.facts, "provenance": here}, started.patterns), *rest)
    view = service.get(run)
    assert [e.text for e in view.events if e.kind == "elsewhere"] == [
        "goes on elsewhere (threads 1 before, 2 now): the last bits of what follows may differ"
    ]
    assert view.record.facts is not None
    assert view.record.facts["provenance"]["threads"] == 1


def test_a_queued_run_is_paused_at_once_and_keeps_its_place(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    first, second, third = (submit(service, tiny) for _ in range(3))
    assert service.pause(second).record.status == "paused"
    service.resume(second)
    executor.finish(first, Finished("succeeded", 30))
    assert list(executor.runs) == [second]
    assert service.get(third).record.status == "queued"


def test_a_run_that_is_resumed_while_it_stops(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    run = submit(service, tiny)
    service.pause(run)
    with pytest.raises(Conflict, match="about to pause"):
        service.resume(run)
    assert service.cancel(run).record.wanted == "cancel"
    executor.tell(run, Finished("paused", 3))
    assert service.get(run).record.status == "cancelled"


def test_a_worker_that_dies_three_times_costs_nothing(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    run = submit(service, tiny)
    for attempt in range(3):
        messages = list(execute(executor.jobs[run], 1, stops_after(6)))
        executor.tell(run, *messages[:-1])
        # A few more frames arrive after the last checkpoint; those come again.
        rest = [m for m in execute(executor.jobs[run], 1) if isinstance(m, FrameReady | Happened)]
        have = service.get(run).record.frames_next
        executor.tell(run, *[m for m in rest if isinstance(m, Happened) or m.seq >= have][:2])
        executor.tell(run, DIED)
        record = service.get(run).record
        assert (record.status, record.resumes, len(record.deaths)) == ("running", attempt + 1, attempt + 1)
        assert executor.jobs[run].checkpoint is not None
    executor.tell(run, *execute(executor.jobs[run], 1))
    view = service.get(run)
    assert view.record.status == "succeeded"
    assert film(service, run) == undisturbed(run, tiny)
    told = [(e.step, e.kind) for e in view.events if e.kind != "interrupted"]
    assert told == [(m.step, m.kind) for m in execute(Job(run, tiny), 1) if isinstance(m, Happened)]
    interrupted = [e.text for e in view.events if e.kind == "interrupted"]
    assert interrupted[0] == f"{DIED.message}: goes on from step 6 (1 of 3)"
    assert len(interrupted) == 3
    assert service.counts.deaths == service.counts.resumes == 3


def test_two_events_of_the_same_step_and_kind_are_two(
    service: Service, executor: HandExecutor, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = engine.run

    def twice(*args: Any, **more: Any) -> Iterator[Event]:
        for event in once(*args, **more):
            yield event
            if isinstance(event, Happened):
                yield replace(event, text=f"{event.text}, again")

    monkeypatch.setattr(engine, "run", twice)
    run = submit(service, tiny)
    messages = list(execute(executor.jobs[run], 1))
    second = [i for i, message in enumerate(messages) if isinstance(message, Happened)][1]
    executor.tell(run, *messages[:second], DIED)  # the first was kept, the second was not
    executor.tell(run, *list(execute(executor.jobs[run], 1, stops_after(6)))[:-1], DIED)
    executor.tell(run, *execute(executor.jobs[run], 1))
    texts = [event.text for event in service.get(run).events if event.kind != "interrupted"]
    assert texts == [message.text for message in messages if isinstance(message, Happened)]
    assert film(service, run) == {m.seq: m.blob for m in messages if isinstance(m, FrameReady)}


def test_the_fourth_death_fails_it_with_its_history_and_a_person_may_resume_it(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    run = submit(service, tiny)
    executor.tell(run, *list(execute(executor.jobs[run], 1, stops_after(6)))[:-1])
    for _ in range(4):
        executor.tell(run, DIED)
    record = service.get(run).record
    assert (record.status, record.resumes) == ("failed", 3)
    assert record.error is not None
    assert record.error["message"] == f"{DIED.message}, and it has gone on by itself 3 times already"
    assert [(death["step"], death["reason"]) for death in record.deaths] == [(12, DIED.message)] * 4
    assert service.resume(run).record.status == "running"
    executor.tell(run, *execute(executor.jobs[run], 1))
    record = service.get(run).record
    assert (record.status, record.error, len(record.deaths)) == ("succeeded", None, 4)
    assert film(service, run) == undisturbed(run, tiny)


def test_a_run_that_fails_by_itself_is_not_tried_again(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    run = submit(service, tiny)
    executor.finish(run, Finished("failed", 3, "why", "trace"))
    assert service.get(run).record.status == "failed"
    with pytest.raises(Conflict, match="has failed; only a paused run"):
        service.resume(run)


@pytest.mark.parametrize(("wanted", "status"), [("pause", "paused"), ("cancel", "cancelled")])
def test_what_was_wanted_of_a_run_that_dies_is_done(
    service: Service, executor: HandExecutor, tiny: RunConfig, wanted: str, status: str
) -> None:
    run = submit(service, tiny)
    getattr(service, wanted)(run)
    executor.tell(run, DIED)
    record = service.get(run).record
    assert (record.status, record.wanted, record.resumes) == (status, None, 0)


def stopping(executor: HandExecutor, service: Service, run: str, messages: list[Message]) -> None:
    """Close the service; the worker says its messages when it is asked to pause."""
    executor.pause = lambda run_id: executor.tell(run, *messages)  # type: ignore[method-assign]
    service.close()


def test_a_server_that_stops_lets_runs_go_on_at_the_next_start(
    tmp_path: Path, service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    running, queued = submit(service, tiny), submit(service, tiny)
    *messages, end = execute(executor.jobs[running], 1, stops_after(13))
    executor.tell(running, *messages[:3])
    stopping(executor, service, running, [*messages[3:], end])
    assert executor.closed
    executor.tell(running, Advanced(29, "classifier"))  # a worker's last words come too late

    second = HandExecutor()
    service = Service(Store(tmp_path), second, timeout=0.0)
    service.start()
    record = service.get(running).record
    assert (record.status, record.resumes, record.deaths) == ("running", 0, ())
    second.tell(running, *execute(second.jobs[running], 1))
    assert film(service, running) == undisturbed(running, tiny)
    assert service.get(running).record.status == "succeeded"
    assert list(second.jobs) == [running, queued]
    service.close()


def test_a_server_that_was_killed_costs_one_resume(
    tmp_path: Path, service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    run = submit(service, tiny)
    messages = [m for m in execute(Job(run, tiny), 1) if not isinstance(m, Happened)]
    executor.tell(run, *messages[:3])
    service._beats.stop()
    service._rounds.stop()
    service.store.close()  # as the operating system does: nothing is said to anybody
    executor.closed = True
    second = HandExecutor()
    recovered = Service(Store(tmp_path), second, timeout=0.0)
    recovered.start()
    record = recovered.get(run).record
    assert (record.status, record.frames_count, record.resumes) == ("running", 2, 1)
    assert record.deaths[0]["reason"] == f"the server stopped at step {record.step}"
    assert second.jobs[run].checkpoint is None  # it had none yet
    second.tell(run, *execute(second.jobs[run], 1))
    assert film(recovered, run) == undisturbed(run, tiny)
    recovered.close()


def test_a_run_whose_end_could_not_be_kept_is_taken_up_by_the_next_round(
    service: Service, executor: HandExecutor, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit(service, tiny)

    def full(*args: object, **changes: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "change_run", full)
        with pytest.raises(OSError, match="no space"):
            executor.tell(run, Finished("died", 4, "no space left on device"))
    assert service.get(run).record.status == "running"
    service._look_after()
    record = service.get(run).record
    assert (record.status, record.resumes) == ("running", 1)


def test_a_server_that_lost_a_run_writes_nothing(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    run = submit(service, tiny)
    messages = list(execute(Job(run, tiny), 1))
    executor.tell(run, *messages[:4])
    before = service.get(run).record
    with service.store.writing() as session:  # as another server does that takes it over
        session.connection().exec_driver_sql(f"UPDATE runs SET claim = 'another' WHERE id = '{run}'")
    executor.tell(run, *messages[4:])
    after = service.get(run).record
    assert (after.frames_count, after.status) == (before.frames_count, "running")
    assert executor.cancelled == [run]
    assert service.load()[2] == 0


def test_checkpoints_of_a_long_run_are_few_and_spread(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    run = submit(service, tiny)
    for step in range(1, 200):
        executor.tell(run, Checkpointed(step, 0, b"state"))
    steps = CheckpointStore(service.store).steps(run)
    assert len(steps) == 16
    assert (steps[0], steps[-1]) == (1, 199)
    gaps = [b - a for a, b in itertools.pairwise(steps)]
    assert max(gaps) <= 3 * 199 / 16
