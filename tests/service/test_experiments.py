"""Experiments through the service: their state, restarts in the middle, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from emergescope.catalog.experiments import PlannedRun, parse_sweep
from emergescope.catalog.limits import Limits
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset
from emergescope.catalog.sweep import Sweep
from emergescope.errors import Conflict, InvalidConfig, NotFound, QueueFull
from emergescope.jobs.executor import Finished
from emergescope.service.experiments import Experiments, ExperimentView
from emergescope.service.phase_diagram import phase_diagram
from emergescope.service.service import Service
from emergescope.store.store import Store
from tests.conftest import TINY
from tests.jobs.inline import InlineExecutor
from tests.service.hand import HandExecutor

GRID = {"method.m": [4, 8], "problem.p_o": [0.3, 0.5]}


def _sweep(grid: dict[str, Any] = GRID) -> Sweep:
    return parse_sweep({"base": {"preset": "quick", "overrides": TINY}, "grid": grid})


def _ids(view: ExperimentView) -> list[str | None]:
    return [m.run.id if m.run else None for m in view.members]


def test_a_sweep_runs_to_its_phase_diagram(tmp_path: Path) -> None:
    service = Service(Store(tmp_path), InlineExecutor())
    experiments = Experiments(service, 100)
    view = experiments.submit_sweep(_sweep(), 2, None, ["lecture"])
    assert (view.status, view.counts["total"], view.counts["succeeded"]) == ("succeeded", 8, 8)
    assert view.finished_at is not None
    assert view.passed is None
    diagram = phase_diagram(_sweep(), view.members)
    assert [axis["title"] for axis in diagram["axes"]] == ["pairs m", "background probability p_o"]
    assert [cell["index"] for cell in diagram["cells"]] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    for cell in diagram["cells"]:
        assert (cell["done"], cell["total"]) == (2, 2)
        accuracies = [service.get(run).record.metrics["test_accuracy"] for run in cell["runs"]]  # type: ignore[index]
        assert cell["values"]["test_accuracy"]["values"] == accuracies
        assert cell["values"]["test_accuracy"]["mean"] == pytest.approx(sum(accuracies) / 2)
        for run in cell["runs"]:
            config = service.get(run).record.config
            assert {"method.m": config["method"]["m"], "problem.p_o": config["problem"]["p_o"]} == cell["cell"]
    service.close()


def test_a_restart_goes_on_with_the_same_runs(tmp_path: Path, service: Service, executor: HandExecutor) -> None:
    experiments = Experiments(service, 100)
    before = experiments.submit_sweep(_sweep(), 1, None, [])
    done, interrupted, *_ = _ids(before)
    executor.finish(str(done), Finished("succeeded", 30))
    assert list(executor.runs) == [interrupted]
    service.close()

    second = HandExecutor()
    service = Service(Store(tmp_path), second, timeout=0.0)
    service.start()
    experiments = Experiments(service, 100)
    after = experiments.get(before.record.id)
    assert _ids(after) == _ids(before)
    assert (after.status, after.counts["succeeded"]) == ("running", 1)
    assert list(second.runs) == [interrupted]
    while second.runs:
        second.finish(next(iter(second.runs)), Finished("succeeded", 30))
    assert experiments.get(before.record.id).status == "succeeded"
    service.close()


def test_paused_runs_keep_an_experiment_open(service: Service, executor: HandExecutor) -> None:
    experiments = Experiments(service, 100)
    view = experiments.submit_sweep(_sweep({"method.m": [4, 8]}), 1, None, [])
    first, second = map(str, _ids(view))
    service.pause(second)
    executor.finish(first, Finished("succeeded", 30))
    view = experiments.get(view.record.id)
    assert (view.status, view.counts["paused"], view.finished_at) == ("paused", 1, None)
    assert experiments.cancel(view.record.id).status == "cancelled"


def test_an_experiment_too_large_for_the_server(tmp_path: Path) -> None:
    service = Service(Store(tmp_path), HandExecutor(), timeout=0.0, limits=Limits(max_queue=3))
    experiments = Experiments(service, 100)
    with pytest.raises(QueueFull, match="lets 3 wait at most"):
        experiments.submit_sweep(_sweep(), 1, None, [])
    service.close()
    service = Service(Store(tmp_path), HandExecutor(), timeout=0.0, limits=Limits(max_steps=10))
    with pytest.raises(InvalidConfig, match="one of the runs is refused: this run would"):
        Experiments(service, 100).submit_sweep(_sweep(), 1, None, [])
    assert service.reader.list_runs(limit=10).items == ()
    service.close()


def test_cancel_ends_what_waits_before_what_runs(service: Service, executor: HandExecutor) -> None:
    experiments = Experiments(service, 100)
    identifier = experiments.submit_sweep(_sweep(), 1, None, []).record.id
    running = next(iter(executor.runs))
    view = experiments.cancel(identifier)
    assert (view.counts["cancelled"], view.counts["running"]) == (3, 1)
    assert executor.cancelled == [running]
    with pytest.raises(Conflict, match="cancel it first"):
        experiments.delete(identifier)
    executor.finish(running, Finished("cancelled", 3))
    assert executor.runs == {}
    assert experiments.get(identifier).status == "cancelled"
    with pytest.raises(Conflict, match="nothing to cancel"):
        experiments.cancel(identifier)
    experiments.delete(identifier)
    with pytest.raises(NotFound):
        service.get(running)


def test_a_figure_has_a_table_that_fills(service: Service) -> None:
    view = Experiments(service, 100).submit_preset("paper/figure-1", [3], "Mine", ["a"])
    assert (view.record.name, view.counts["total"]) == ("Mine", 6)
    assert [row["ok"] for row in view.table] == [None] * 6
    assert [(m.label, m.group) for m in view.members][:2] == [
        ("network", "with structure"),
        ("tangent kernel", "with structure"),
    ]
    assert {m.run.config["seed"] for m in view.members if m.run} == {3}


def test_any_runs_can_be_a_group(service: Service) -> None:
    config = apply_overrides(get_preset("quick").config, TINY)
    view = Experiments(service, 100).submit_runs([PlannedRun("one", "", 0, config)], None, [])
    assert (view.record.kind, view.members[0].label) == ("runs", "one")


def test_more_runs_than_the_limit_are_refused_and_nothing_is_queued(service: Service) -> None:
    experiments = Experiments(service, 5)
    with pytest.raises(InvalidConfig, match="takes 5 at most"):
        experiments.submit_sweep(_sweep(), 2, None, [])
    for preset in ("paper/figure-1", "sweep/width-background"):
        with pytest.raises(InvalidConfig, match="takes 5 at most"):
            experiments.submit_preset(preset, 1, None, [])
    assert service.load()[2:] == (0, 0)


def test_the_list_is_read_with_one_question_for_all_members(service: Service) -> None:
    experiments = Experiments(service, 100)
    made = [experiments.submit_sweep(_sweep(), 1, f"number {i}", []).record.id for i in range(3)]
    page, until = experiments.list(None, 2)
    assert [view.record.id for view in page] == [made[2], made[1]]
    made.append(experiments.submit_sweep(_sweep(), 1, "newer", []).record.id)
    asked: list[str] = []
    note = lambda *given: asked.append(given[2])  # noqa: E731
    event.listen(service.store.database.engine, "before_cursor_execute", note)
    again, following = experiments.list(None, 50, until)
    event.remove(service.store.database.engine, "before_cursor_execute", note)
    assert [view.record.id for view in again] == [made[3], made[2], made[1]]
    assert following is None
    assert again[1:] == page
    assert len([statement for statement in asked if "experiment_members" in statement]) == 1
