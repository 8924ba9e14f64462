"""Runs of recursive feature machines: what small ones learn, that controls fail, and sentences that hold."""

import numpy as np
import pytest

from emergescope.catalog.changes import compare, expectations
from emergescope.catalog.experiments import get_experiment, plan_figure
from emergescope.catalog.limits import estimate
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.recording.capture import Checkpoint
from emergescope.recording.events import Frame
from emergescope.studies.rfm.camera import Milestones
from emergescope.studies.rfm.says import says
from emergescope.testing import Recording, record
from tests.studies.rfm.test_machine import configured

METRICS = ("learned", "identity", "permuted")
PRESETS = [name for name in load_presets() if name.startswith("rfm/")]


def kinds(run: Recording) -> set[str]:
    return {kind for _, kind, _ in run.events}


@pytest.fixture(scope="module")
def runs() -> dict[str, Recording]:
    """The same points with each metric."""
    problem = {"d": 12, "n": 500}
    return {name: record(configured(problem=problem, method={"metric": name})) for name in METRICS}


def test_the_metric_finds_the_relevant_coordinates_and_controls_do_not(runs: dict[str, Recording]) -> None:
    first, last = ({name: run.frames[k].metrics for name, run in runs.items()} for k in (0, -1))
    r2 = {name: metrics["r2"] or 0 for name, metrics in last.items()}
    share = {name: metrics["relevant_share"] or 0 for name, metrics in last.items()}
    assert first["learned"] == first["identity"] == first["permuted"] == last["identity"]
    assert share["learned"] > 0.95
    assert share["permuted"] < share["identity"] == pytest.approx(3 / 12)
    assert r2["learned"] > r2["identity"] + 0.1 > r2["permuted"] + 0.3
    assert "emerged" in kinds(runs["learned"])
    assert "limit" in kinds(runs["learned"])
    for control in ("identity", "permuted"):
        assert kinds(runs[control]) == {"control"}


def test_frames_are_of_the_metric_that_is_used(runs: dict[str, Recording]) -> None:
    learned, moved = (runs[name].frames[-1].tensors for name in ("learned", "permuted"))
    np.testing.assert_allclose(np.sort(learned["shares"]), np.sort(moved["shares"]), rtol=1e-5)
    assert set(np.argsort(learned["shares"])[-3:]) == {0, 1, 2}  # relevant ones come first
    assert not set(np.argsort(moved["shares"])[-3:]) & {0, 1, 2}
    assert float(np.abs(learned["metric"]).max()) == 1
    np.testing.assert_allclose(learned["eigenvalues"].sum(), 1, rtol=1e-5)


def test_a_control_goes_on_to_the_bit() -> None:
    config = configured(method={"metric": "permuted"})
    whole, first = record(config), record(config, stop=(2).__eq__)
    rest = record(config, Checkpoint.decode(first.checkpoint))
    assert [frame.metrics for frame in (*first.frames, *rest.frames)] == [frame.metrics for frame in whole.frames]
    assert rest.frames[-1].says == whole.frames[-1].says


def test_a_kernel_that_rounding_spoils_ends_in_words() -> None:
    run = record(
        configured(method={"ridge": 1e-12, "bandwidth": 1e6}, training={"dtype": "float32"}, problem={"n": 300})
    )
    assert kinds(run) == {"diverged", "singular"}
    (text,) = [event.text for (_, kind, _), event in run.events.items() if kind == "singular"]
    assert text == ("the kernel matrix is not positive definite in float32: raise the ridge, or compute in float64")
    last = run.frames[-1]
    assert last.metrics["r2"] is None
    assert set(last.says.values()) == {"The weights are no longer numbers."}


def test_sentences_have_the_numbers_of_their_frame() -> None:
    config = configured(problem={"d": 20})
    assert says(Frame(2, "rounds", {}, {}, {}), config, {}) == {}
    metrics = {"relevant_share": 0.953, "r2": 0.85, "test_mse": 0.0047}
    tensors = {"shares": np.array([0.3, 0.4, 0.2, 0.05, 0.05]), "eigenvalues": np.array([0.5, 0.4, 0.06, 0.04])}
    said = says(Frame(3, "rounds", metrics, {}, tensors), config, {"emerged": 2})
    assert said["metric"] == (
        "x0, x1 and x5 have 95.3\u00a0% of the trace of M, 15\u00a0% would be their even share; "
        "more than 80\u00a0% since round 2."
    )
    assert said["curves"] == "On new points the mean squared error is 0.0047: 85\u00a0% of the variance is explained."
    assert said["shares"].endswith("has 20\u00a0% of the trace, the largest of the others shown 5\u00a0%.")
    assert said["spectrum"] == "3 of the 4 largest eigenvalues are at least a tenth of the largest."
    first = says(Frame(0, "start", {"relevant_share": 0.15, "r2": -0.1, "test_mse": 0.04}, {}, {}), config, {})
    assert first["metric"] == "M is the identity: x0, x1 and x5 have 15\u00a0% of its trace, as any three coordinates."
    assert first["curves"].endswith("more than that of a constant.")


def test_milestones_are_told_once_and_kept() -> None:
    watcher = Milestones(configured(training={"rounds": 3}))
    seen = ((0, 0.5, 0.15), (1, 0.75, 0.91), (2, 0.85, 0.98), (3, 0.9, 0.99))
    told = [[e.kind for e in watcher.watch(k, {"r2": r2, "relevant_share": share})] for k, r2, share in seen]
    assert told == [[], ["emerged"], ["accurate"], []]
    again = Milestones(configured())
    again.restore(watcher.state())
    assert again.told == {"emerged": 1, "accurate": 2}


def test_the_cost_follows_what_costs() -> None:
    base = configured()
    for path, value in (("problem.n", 600), ("problem.d", 80), ("capture.test_samples", 1000)):
        more = apply_overrides(base, {path: value})
        assert estimate(more).work > estimate(base).work
        assert estimate(more).memory > estimate(base).memory
    for path, change in (("training.rounds", 9), ("method.metric", "permuted")):
        assert estimate(apply_overrides(base, {path: change})).work > estimate(base).work


def test_the_experiment_has_the_presets_and_their_controls() -> None:
    assert len(PRESETS) == 5
    figure = get_experiment("rfm/features")
    assert {run.preset.id for run in plan_figure(figure, range(1)) if run.preset} == set(PRESETS)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_what_it_promises(name: str, seed: int) -> None:
    preset = get_preset(name)
    config = apply_overrides(preset.config, {"seed": seed, "training.device": "cpu"})
    run, expected = record(config), expectations(preset, config)
    for frame in run.frames:
        for step in (frame.step, *(("end",) if frame.step == config.total_steps else ())):
            expected = compare(expected, step, frame.metrics) or expected
    assert expected
    assert [(item["label"], item["value"]) for item in expected if not item["ok"]] == []
    assert ("control" in kinds(run)) == ("identity" in name or "permuted" in name)
