"""What the presets of matrix completion promise, on seeds 0 to 4, and that the controls fail."""

import pytest

from emergescope.catalog.changes import compare, expectations
from emergescope.catalog.experiments import get_experiment, plan_figure
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.testing import record

PRESETS = [name for name in load_presets() if name.startswith("linear-rfm/")]
LONG = "linear-rfm/published"


def test_the_figure_has_the_presets_and_their_controls() -> None:
    figure = get_experiment("linear-rfm/completion")
    assert {member.preset for member in figure.members} == {*PRESETS} - {LONG}
    assert len(plan_figure(figure, range(figure.seeds))) == 5 * figure.seeds
    for lead in ("entries-1600", "entries-1200"):
        assert get_preset(f"linear-rfm/{lead}").control in PRESETS


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", [name for name in PRESETS if name != LONG])
def test_a_preset_gives_what_it_promises(name: str, seed: int) -> None:
    preset = get_preset(name)
    config = apply_overrides(preset.config, {"seed": seed, "training.device": "cpu"})
    run, expected = record(config), expectations(preset, config)
    for frame in run.frames:
        for step in (frame.step, *(("end",) if frame.step == config.total_steps else ())):
            expected = compare(expected, step, frame.metrics) or expected
    assert [(item["label"], item["value"]) for item in expected if not item["ok"]] == []
    kinds = {event.kind for event in run.events.values()}
    fails = name.endswith(("fixed", "quarter"))
    assert {"halted", "first_round"} <= kinds
    assert ("control" in kinds) == fails
    assert ("emerged" in kinds) != fails
