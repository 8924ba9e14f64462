"""Runs of addition modulo 5: what frames, events and sentences tell; that controls fail; and what presets promise."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from emergescope.catalog.changes import compare, expectations
from emergescope.catalog.experiments import get_experiment
from emergescope.catalog.limits import estimate
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.config.run import frame_steps
from emergescope.errors import InvalidConfig
from emergescope.recording.events import Frame, State
from emergescope.studies.modular_addition.camera import ModularAdditionCamera
from emergescope.studies.modular_addition.says import says
from emergescope.testing import Recording, record
from emergescope.toolkit.sentences import LOST
from tests.conftest import seeds
from tests.studies.modular_addition.runs import RELU, configured, of_largest_margin

PRESETS = [name for name in load_presets() if name.startswith("modular-addition/")]
QUICK = [name for name in PRESETS if not name.endswith("p71")]


@cache
def lead() -> Recording:
    return record(configured())


def kinds(run: Recording) -> set[str]:
    return {kind for _, kind, _ in run.events}


def number(frame: Frame, name: str) -> float:
    value = frame.metrics[name]
    assert value is not None
    return value


def test_neurons_become_cosines_and_the_margin_the_largest() -> None:
    run = lead()
    first, last = run.frames[0], run.frames[-1]
    assert number(first, "margin_ratio") < 0.3
    assert number(first, "cosines") < 0.5
    assert number(last, "margin_ratio") == pytest.approx(1, abs=0.002)
    assert [number(last, name) for name in ("accuracy", "cosines", "frequencies")] == [1, 1, 2]
    assert number(last, "largest_share") == pytest.approx(0.5, abs=0.001)
    assert number(last, "phase_error") < 0.1
    assert kinds(run) == {"accuracy", "emerged", "frequencies", "margin", "theory"}
    (told,) = [event for event in run.events.values() if event.kind == "theory"]
    assert told.step == 1600
    assert told.data is not None
    assert [item["measured"] for item in told.data["parts"]] == pytest.approx([1, 1, 1, 1], abs=0.002)


@pytest.mark.parametrize("parts", [RELU, {"training": {"lam": 0.0}}])
def test_controls_get_all_sums_right_and_fail(parts: dict[str, dict[str, Any]]) -> None:
    run = record(configured(**parts))
    last = run.frames[-1]
    assert number(last, "accuracy") == 1
    assert number(last, "cosines") < 0.5
    assert ("margin_ratio" in last.metrics) == (parts is not RELU)
    assert number(last, "margin_ratio") < 0.8 if parts is not RELU else number(last, "power_median") < 0.95
    assert {"accuracy", "control"} <= kinds(run)
    assert not {"margin", "theory"} & kinds(run)


def test_the_network_of_the_paper_is_seen_as_what_it_is() -> None:
    config = configured(problem={"p": 7})
    frame = ModularAdditionCamera(config).take(State(3, "training"), of_largest_margin(7)).frame
    metrics = {name: number(frame, name) for name in frame.metrics}
    ones = ("margin_ratio", "accuracy", "cosines", "power_median", "power_mean")
    assert [metrics[name] for name in ones] == pytest.approx([1] * 5)
    assert metrics["largest_share"] == pytest.approx(1 / 3)
    assert (metrics["neurons"], metrics["frequencies"]) == (24, 3)
    assert metrics["penalty"] == pytest.approx(1e-4 * 24 * (3 * 7 / 2) ** 1.5)
    loss = np.log(1 + 6 * np.exp(-metrics["margin"]))
    assert metrics["loss"] == pytest.approx(loss, rel=1e-6)
    assert frame.tensors["neurons_at_frequency"].tolist() == [8, 8, 8]
    order = np.argsort(-frame.tensors["main_frequency_and_power"], kind="stable")
    assert frame.tensors["main_frequency"][order].tolist() == [1] * 8 + [2] * 8 + [3] * 8


def test_a_frame_says_what_its_numbers_are() -> None:
    first, last = (dict(frame.says) for frame in (lead().frames[0], lead().frames[-1]))
    assert first["curves"].endswith("there is no margin before all are.")
    ratio = number(lead().frames[-1], "margin_ratio")
    assert last["curves"] == (
        f"Every sum is right, first at step 400, and the margin is {ratio:.3f} of the largest that there is."
    )
    assert last["spectrum"] == (
        "Half of the neurons have at least 100.0% of their power at one frequency; 2 of 2 frequencies have a neuron "
        "that is that cosine alone."
    )
    assert last["shares"] == "Between 0.500 and 0.500 of the penalty is at a frequency; equal shares would be 0.500."
    assert last["phases"].startswith("The phase of w misses that of u plus that of v by 0.0°")
    neurons = number(lead().frames[-1], "neurons")
    assert last["density"].startswith(f"{neurons:.0f} of the {neurons:.0f} neurons in use are one cosine; most first")
    assert last["bars"].startswith(f"{neurons:.0f} neurons are in use, ")
    assert last["waves"].endswith("from 0 to 4, with 100.0% of its power.")


def test_nothing_is_said_of_what_was_not_measured() -> None:
    assert says(Frame(3, "training", {}, {}, {}), 2, {}) == {}
    part = says(Frame(3, "training", {"accuracy": 0.25, "power_median": 0.4}, {}, {}), 2, {})
    assert part == {"curves": "25.0% of all sums are right."}


def test_a_run_that_diverges_says_that_its_weights_are_no_numbers() -> None:
    run = record(configured(training={"eta": 1e20, "steps": 20}))
    last = run.frames[-1]
    assert "diverged" in kinds(run)
    assert "unmeasured" not in kinds(run)
    assert {name: value for name, value in last.metrics.items() if value is not None} == {}
    assert set(last.says.values()) == {LOST}
    assert last.says.keys() == lead().frames[-1].says.keys()


@pytest.mark.parametrize(
    ("part", "settings", "pointer", "words"),
    [
        ("problem", {"p": 8}, "/problem/p", "p = 8 is even: take an odd p"),
        ("problem", {"p": 1}, "/problem/p", "greater than or equal to 3"),
        ("method", {"activation": "cube"}, "/method/activation", "'square' or 'relu'"),
        ("method", {"deviation": 0}, "/method/deviation", "greater than 0"),
        ("training", {"penalty": "none"}, "/training/penalty", "'cubes' or 'squares'"),
        ("training", {"lam": -1}, "/training/lam", "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(part: str, settings: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        configured(**{part: settings})
    assert pointer in [field.pointer for field in caught.value.fields]
    assert words in caught.value.detail


def test_the_cost_follows_what_costs() -> None:
    base = configured()
    for path, value in (("training.steps", 9000), ("method.width", 300), ("problem.p", 51)):
        more = apply_overrides(base, {path: value})
        assert estimate(more).work > estimate(base).work
        assert estimate(more).memory >= estimate(base).memory


def test_the_figure_has_the_preset_and_its_controls() -> None:
    figure = get_experiment("modular-addition/cosines")
    assert {member.preset for member in figure.members} == set(QUICK)
    assert get_preset("modular-addition/p23").control in QUICK


@pytest.mark.soak
@pytest.mark.parametrize("seed", seeds(5))
@pytest.mark.parametrize("name", QUICK)
def test_a_preset_gives_what_it_promises(name: str, seed: int) -> None:
    preset = get_preset(name)
    config = apply_overrides(preset.config, {"seed": seed, "training.device": "cpu"})
    run, expected = record(config), expectations(preset, config)
    assert [frame.step for frame in run.frames] == frame_steps(config)
    for frame in run.frames:
        for step in (frame.step, *(("end",) if frame.step == config.total_steps else ())):
            expected = compare(expected, step, frame.metrics) or expected
    assert [(item["label"], item["value"]) for item in expected if not item["ok"]] == []
    assert ("control" in kinds(run)) == (name != "modular-addition/p23")
    assert ("margin" in kinds(run)) == (name == "modular-addition/p23")
