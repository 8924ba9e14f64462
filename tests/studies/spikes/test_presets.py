"""What the presets of one step at growing sizes promise, on seeds 0 to 4, and that controls fail."""

import pytest

from emergescope.catalog.changes import compare, expectations
from emergescope.catalog.experiments import get_experiment, plan_figure
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.studies.spikes.config import SpikesConfig
from emergescope.studies.spikes.expected import departure
from emergescope.testing import record

PRESETS = [name for name in load_presets() if name.startswith("spikes/")]
QUICK = [name for name in PRESETS if not name.endswith("long")]


def test_the_figure_has_the_preset_and_its_controls() -> None:
    figure = get_experiment("spikes/regimes")
    assert len(plan_figure(figure, range(figure.seeds))) == 20
    assert {member.preset for member in figure.members} == set(QUICK)
    lead = get_preset("spikes/sin")
    assert lead.control in QUICK
    for name in PRESETS:
        config = get_preset(name).config
        assert isinstance(config, SpikesConfig)
        assert config.is_control == (name not in ("spikes/sin", "spikes/sin-long"))


@pytest.mark.soak
@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("seed", range(5))
def test_a_quick_preset_gives_what_it_promises(name: str, seed: int) -> None:
    preset = get_preset(name)
    config = apply_overrides(preset.config, {"seed": seed, "training.device": "cpu"})
    assert isinstance(config, SpikesConfig)
    told = record(config)
    promised = expectations(preset, config)
    for frame in told.frames:
        at = "end" if frame.step == config.total_steps else frame.step
        promised = compare(promised, at, frame.metrics) or promised
    assert [(item["label"], item["value"]) for item in promised if not item["ok"]] == []
    kinds = {event.kind for event in told.events.values()}
    assert ("control" in kinds) == config.is_control
    assert ("degree_2" in kinds) != config.is_control
    if not config.is_control:
        found = {one.kind: one.data["exponent"] for one in told.events.values() if one.data and "held" in one.data}
        predicted = {f"spike_{k}": departure(config, k) for k in range(1, 5)}
        assert found == pytest.approx(predicted, abs=0.03)
