"""What the presets of one giant step promise, on seeds 0 to 4, and that controls fail."""

from statistics import fmean

import pytest

from emergescope.catalog.changes import compare, expectations
from emergescope.catalog.experiments import get_experiment, plan_figure
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.studies.one_step.config import OneStepConfig, mse_name
from emergescope.studies.one_step.spike import spike_of
from emergescope.testing import record

PRESETS = [name for name in load_presets() if name.startswith("one-step/")]
PRINTED = (0.294, 0.319, 0.277, 0.206, 0.172, 0.155, 0.145)


def measured(name: str, seed: int) -> dict[str, float | None]:
    """Metrics after the step; places on the path have no influence on each other, so that no others are looked at."""
    preset = get_preset(name)
    config = apply_overrides(preset.config, {"seed": seed, "training.device": "cpu", "capture.frames": 2})
    assert isinstance(config, OneStepConfig)
    told = record(config)
    metrics = dict(told.frames[-1].metrics)
    expected = compare(expectations(preset, config), "end", metrics)
    assert expected
    assert [(item["label"], item["value"]) for item in expected if not item["ok"]] == []
    kinds = {event.kind for event in told.events.values()}
    assert ("emerged" in kinds) != config.is_control == ("control" in kinds)
    return metrics


def test_the_figure_has_the_preset_and_its_controls() -> None:
    assert len(PRESETS) == 6
    figure = get_experiment("one-step/tanh")
    assert len(plan_figure(figure, range(figure.seeds))) == 15
    lead = get_preset("one-step/tanh")
    assert {member.preset for member in figure.members} >= {lead.id, lead.control}
    assert get_experiment("one-step/how-large").kind == "sweep"


@pytest.mark.soak
@pytest.mark.parametrize("name", [name for name in PRESETS if not name.endswith("long")])
def test_a_quick_preset_gives_what_it_promises(name: str) -> None:
    for seed in range(5):
        measured(name, seed)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["one-step/tanh", "one-step/tanh-long"])
def test_means_are_near_theory_and_the_printed(name: str) -> None:
    config = get_preset(name).config
    assert isinstance(config, OneStepConfig)
    runs = [measured(name, seed) for seed in range(5)]
    spike = spike_of(config)

    def mean(metric: str) -> float:
        return fmean(run[metric] or 0.0 for run in runs)

    assert mean("target_overlap") == pytest.approx(spike.seen_overlap(1), rel=0.03)
    assert mean("top_value") == pytest.approx(spike.top_value(1), rel=0.03)
    for alpha, printed in zip(config.method.alphas, PRINTED, strict=True):
        assert mean(mse_name(alpha)) == pytest.approx(printed, rel=0.07)
