"""What the presets of lottery tickets promise, on seeds 0 to 4, and that their controls fail."""

import pytest

from emergescope.catalog.changes import compare, expectations
from emergescope.catalog.experiments import get_experiment, plan_figure
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.testing import record

PRESETS = [name for name in load_presets() if name.startswith("lottery/")]


def test_the_figure_has_the_preset_and_its_controls() -> None:
    figure = get_experiment("lottery/tickets")
    assert {run.preset.id for run in plan_figure(figure, range(figure.seeds)) if run.preset} == {*PRESETS}
    lead = get_preset("lottery/parity-50-5")
    assert lead.control in PRESETS


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_what_it_promises(name: str, seed: int) -> None:
    preset = get_preset(name)
    config = apply_overrides(preset.config, {"seed": seed, "training.device": "cpu"})
    expected, run = expectations(preset, config), record(config)
    for frame in run.frames:
        for step in (frame.step, *(("end",) if frame.step == config.total_steps else ())):
            expected = compare(expected, step, frame.metrics) or expected
    assert [(item["label"], item["value"]) for item in expected if not item["ok"]] == []
    controls = {"lottery/parity-50-5-smallest", "lottery/parity-50-5-no-ticket"}
    assert ("control" in {kind for _, kind, _ in run.events}) == (name in controls)
