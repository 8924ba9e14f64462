"""A fork begins as its parent was, to the bit, and goes on otherwise."""

from pathlib import Path

import pytest

from emergescope.config.run import RunConfig
from emergescope.errors import Conflict, InvalidConfig
from emergescope.jobs.executor import Finished, Job, Message, Origin
from emergescope.jobs.worker import execute
from emergescope.recording.events import Advanced, FrameReady, Happened
from emergescope.service.service import Service
from emergescope.store.forking import CheckpointStore
from emergescope.store.store import Store
from tests.conftest import TINY, quick
from tests.jobs.inline import InlineExecutor
from tests.patterns import patterns
from tests.service.hand import HandExecutor, film, stops_after, submit, undisturbed


def forked(service: Service, executor: HandExecutor, config: RunConfig) -> str:
    """A run that is over."""
    run = submit(service, config)
    executor.tell(run, *execute(executor.jobs[run], 1))
    return run


def test_a_fork_begins_as_its_parent_was_and_differs_from_there(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    parent = forked(service, executor, tiny)
    changes = {
        "training.phases.0.eta": patterns(tiny).training.phases[0].eta * 3,
        "problem.structure": False,
        "problem.p_o": 0.5,
    }
    view = service.fork(parent, 17, changes, None, ["what if"])
    fork = view.record
    assert fork.origin == {"run": parent, "step": 17, "config": tiny.model_dump(mode="json")}
    assert (fork.name, fork.tags, fork.preset) == (
        f"{service.get(parent).record.name}, from step 17: input structure off, η of features = 3",
        ("what if",),
        None,
    )
    until = [f for f in service.reader.frames_after(parent) if f.step <= 17]
    assert service.reader.frames_after(fork.id) == tuple(until)
    job = executor.jobs[fork.id]
    assert job.origin == Origin(tiny, 17)
    executor.tell(fork.id, *execute(job, 1))
    assert service.get(fork.id).record.status == "succeeded"
    ours, theirs = film(service, fork.id), film(service, parent)
    shared = len(until)
    assert [ours[seq] for seq in range(shared)] == [theirs[seq] for seq in range(shared)]
    assert all(ours[seq] != theirs[seq] for seq in range(shared, len(theirs)))
    facts = service.get(fork.id).record.facts
    assert facts is not None
    assert facts["facts"]["gamma"] == pytest.approx(0)  # the correlation is gone with the structure


def test_a_fork_that_changes_nothing_is_its_parent(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    from emergescope.recording.codec import decode  # noqa: PLC0415

    parent = forked(service, executor, tiny)
    fork = service.fork(parent, 11, {}, None, []).record.id
    executor.tell(fork, *execute(executor.jobs[fork], 1))
    ours, theirs = film(service, fork), film(service, parent)
    assert ours.keys() == theirs.keys()
    for seq, blob in ours.items():
        (_, _, a), (_, _, b) = decode(blob), decode(theirs[seq])
        assert (a.step, a.metrics) == (b.step, b.metrics)
        assert all((a.tensors[name] == b.tensors[name]).all() for name in a.tensors)
    events = [[(e.step, e.kind, e.text) for e in service.get(run).events] for run in (fork, parent)]
    assert events[0] == events[1]


def test_a_fork_of_a_fork_and_one_that_dies_on_the_way(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    parent = forked(service, executor, tiny)
    fork = service.fork(parent, 11, {"training.phases.0.eta": 0.5}, None, []).record.id
    # Paused before it has even come to the step of the fork: the parent's only checkpoint is its last.
    executor.tell(fork, *execute(executor.jobs[fork], 1, stops_after(4)))
    service.resume(fork) if service.get(fork).record.status == "paused" else None
    executor.tell(fork, *execute(executor.jobs[fork], 1))
    assert service.get(fork).record.status == "succeeded"
    again = service.fork(fork, 20, {"training.phases.1.eta": 0.25}, None, []).record.id
    executor.tell(again, *execute(executor.jobs[again], 1))
    ours, theirs = film(service, again), film(service, fork)
    steps = {f.seq: f.step for f in service.reader.frames_after(again)}
    assert all((ours[seq] == theirs[seq]) == (steps[seq] <= 20) for seq in ours)
    with pytest.raises(InvalidConfig, match=f"itself a fork, at step 11: fork run {parent} instead"):
        service.fork(fork, 5, {}, None, [])


@pytest.mark.parametrize(
    ("step", "overrides", "pointer", "what"),
    [
        (31, {}, "/step", "has trained steps 0 to 30"),
        (10, {"problem.k": 5}, "/problem/k", "a fork cannot change this"),
        (10, {"seed": 5}, "/seed", "a fork cannot change this"),
        (10, {"method.m": 5}, "/method", "a fork cannot change this"),
        (10, {"capture.max_neurons": 5}, "/capture/max_neurons", "a fork cannot change this"),
        (30, {}, "/training/phases", "add steps to training.phases, or fork at an earlier step"),
    ],
)
def test_forks_that_cannot_be(
    service: Service,
    executor: HandExecutor,
    tiny: RunConfig,
    step: int,
    overrides: dict[str, object],
    pointer: str,
    what: str,
) -> None:
    parent = forked(service, executor, tiny)
    with pytest.raises(InvalidConfig, match=what) as caught:
        service.fork(parent, step, overrides, None, [])
    assert [f.pointer for f in caught.value.fields] == [pointer]
    assert len(service.reader.list_runs(limit=10).items) == 1


def told(messages: list[Message]) -> list[tuple[int, str]]:
    return [(m.step, m.kind) for m in messages if isinstance(m, Happened)]


@pytest.mark.parametrize("end", [Finished("cancelled", 17), Finished("failed", 17, "why"), None], ids=str)
def test_a_fork_where_training_was_ahead_of_what_was_kept(
    service: Service, executor: HandExecutor, tiny: RunConfig, end: Finished | None
) -> None:
    executor.workers = 2
    parent = submit(service, tiny)
    messages = list(execute(Job(parent, tiny), 1))
    kept = [m for m in messages if not isinstance(m, Happened)][:4]  # the last frame without what it showed
    assert [m.step for m in kept if isinstance(m, FrameReady)][-1] < 10
    executor.tell(parent, *kept, Advanced(17, "features"))
    if end is not None:
        executor.finish(parent, end)
    fork = service.fork(parent, 17, {}, None, []).record.id
    executor.tell(fork, *execute(executor.jobs[fork], 1))
    view = service.get(fork)
    assert view.record.status == "succeeded"
    frames = undisturbed(fork, tiny)
    have = len(service.reader.frames_after(parent))
    assert film(service, fork) == frames | film(service, parent)
    assert 0 < have < len(frames)
    assert [(e.step, e.kind) for e in view.events] == told(messages)


def test_a_fork_of_a_run_that_waits(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    executor.workers = 0
    parent = submit(service, tiny)
    service.pause(parent)
    executor.workers = 1
    fork = service.fork(parent, 0, {}, None, []).record.id
    executor.tell(fork, *execute(executor.jobs[fork], 1))
    assert film(service, fork) == undisturbed(fork, tiny)


def test_events_of_a_fork_follow_each_other(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    parent = submit(service, tiny)
    executor.tell(parent, Happened(1, "one", "before"), Finished("died", 2, "killed"), Happened(3, "two", "after"))
    executor.finish(parent, Finished("cancelled", 4))
    fork = service.fork(parent, 0, {}, None, []).record.id
    assert service.get(fork).events == ()
    executor.finish(fork, Finished("cancelled", 0))
    with service.store.writing() as session:
        session.connection().exec_driver_sql(f"UPDATE runs SET step = 4 WHERE id = '{parent}'")
    fork = service.fork(parent, 4, {}, None, []).record.id
    executor.tell(fork, Happened(5, "three", "its own"))
    assert [(e.number, e.kind) for e in service.get(fork).events] == [(0, "one"), (1, "two"), (2, "three")]


FIXED = {
    **TINY,
    "method": {"kind": "random_features"},
    "problem.input_noise": 0.1,
    **{f"training.phases.{phase}.trains": ["a"] for phase in (0, 1)},
}


@pytest.mark.parametrize("stop", [17, 11])
def test_the_best_case_of_a_fork_is_its_own(service: Service, executor: HandExecutor, stop: int) -> None:
    parent = submit(service, quick(FIXED))
    service.pause(parent)
    executor.tell(parent, *execute(executor.jobs[parent], 1, stops_after(stop)))
    changes = {"problem.structure": False, "problem.p_o": 0.5}
    service.resume(parent)
    executor.tell(parent, *execute(executor.jobs[parent], 1))
    assert CheckpointStore(service.store).steps(parent) == [stop, 30]
    fork = service.fork(parent, 17, changes, None, []).record.id
    messages = list(execute(executor.jobs[fork], 1, stops_after(6)))  # on its way if it has one, or just after
    executor.tell(fork, *messages[:-1], Finished("died", 17, "killed"))
    executor.tell(fork, *execute(executor.jobs[fork], 1))
    *_, last = (m for m in execute(Job("other", quick(FIXED | changes)), 1) if isinstance(m, FrameReady))
    metrics = service.get(fork).record.metrics
    assert metrics is not None
    assert metrics["ridge_accuracy"] == last.metrics["ridge_accuracy"] != ridge_of(service, parent)


def ridge_of(service: Service, run: str) -> float | None:
    metrics = service.get(run).record.metrics
    assert metrics is not None
    value: float | None = metrics["ridge_accuracy"]
    return value


def test_a_tangent_kernel_keeps_the_weights_it_was_drawn_with(service: Service, executor: HandExecutor) -> None:
    parent = forked(service, executor, quick({**TINY, "method": {"kind": "ntk", "m": 10}}))
    with pytest.raises(InvalidConfig, match="were drawn") as caught:
        service.fork(parent, 10, {"problem.p_o": 0.1}, None, [])
    assert [f.pointer for f in caught.value.fields] == ["/problem"]
    service.fork(parent, 10, {"training.phases.0.eta": 0.1}, None, [])


def test_a_fork_without_a_checkpoint_of_its_own_is_not_forked(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    parent = forked(service, executor, tiny)
    fork = service.fork(parent, 11, {"training.phases.0.eta": 0.5}, None, []).record.id
    executor.tell(fork, Advanced(13, "features"))
    with pytest.raises(Conflict, match="no checkpoint at or before step 13"):
        service.fork(fork, 13, {}, None, [])
    assert len(service.reader.list_runs(limit=10).items) == 2


def test_an_inline_run_leaves_a_last_checkpoint(tmp_path: Path, tiny: RunConfig) -> None:
    service = Service(Store(tmp_path), InlineExecutor())
    run = submit(service, tiny)
    assert CheckpointStore(service.store).steps(run) == [30]
    longer = service.fork(run, 30, {"training.phases.1.steps": patterns(tiny).training.phases[1].steps + 12}, None, [])
    assert (longer.record.status, longer.progress.step) == ("succeeded", 42)
    service.close()


def test_a_fork_has_the_thinning_of_its_film_and_not_the_deaths_of_its_parent(
    service: Service, executor: HandExecutor, tiny: RunConfig
) -> None:
    parent = submit(service, tiny)
    executor.tell(parent, Finished("died", 2, "killed"))
    executor.tell(parent, *execute(executor.jobs[parent], 1))
    service.store.add_event(parent, Happened(30, "thinned", "film thinned from 13 to 9 frames"))
    fork = service.fork(parent, 11, {}, None, [])
    kinds = [event.kind for event in fork.events]
    assert "interrupted" not in kinds
    assert "thinned" in kinds
    assert (fork.record.deaths, fork.record.resumes) == ((), 0)
