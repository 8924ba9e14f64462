"""What the presets of sparse parity promise, on seeds 0 to 4, and that the controls fail."""

import pytest

from emergescope.catalog.changes import compare, expectations
from emergescope.catalog.experiments import get_experiment, plan_figure
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.config.run import frame_steps
from emergescope.recording.events import Happened
from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.hidden_progress.says import STANDS_OUT
from tests.conftest import seeds
from tests.studies.hidden_progress.runs import Film

PRESETS = [name for name in load_presets() if name.startswith("hidden-progress/")]


def test_they_expect_what_is_measured_when_it_is() -> None:
    assert len(PRESETS) == 6
    for name in PRESETS:
        preset = get_preset(name)
        assert isinstance(preset.config, HiddenProgressConfig)
        assert preset.expected
        assert {item.step for item in preset.expected} <= {"end", *frame_steps(preset.config)}


def test_the_figure_has_the_preset_and_its_controls() -> None:
    figure = get_experiment("hidden-progress/parity")
    runs = plan_figure(figure, range(figure.seeds))
    assert len(runs) == 5 * figure.seeds
    assert {run.group for run in runs} == {"batch of 32", "batch of 512"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(5))
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_what_it_promises(name: str, seed: int) -> None:
    preset = get_preset(name)
    config = apply_overrides(preset.config, {"seed": seed, "training.device": "cpu"})
    assert isinstance(config, HiddenProgressConfig)
    film = Film(config)
    expected = expectations(preset, config)
    for frame in film.frames:
        for step in (frame.step, *(("end",) if frame.step == config.total_steps else ())):
            expected = compare(expected, step, frame.metrics) or expected
    assert [(item["label"], item["value"]) for item in expected if not item["ok"]] == []
    learns = config.problem.labels == "parity" and config.method.biases
    assert bool(film.of("accuracy")) == learns
    assert bool(film.of("control")) != learns
    if learns:
        _predicted(film.of("gradient")[0])
    else:
        assert all((frame.metrics["test_accuracy"] or 0) < 0.55 for frame in film.frames)
        assert not any(_stands_out(frame.metrics) for frame in film.frames)
    if name.endswith("large-batch"):
        assert film.of("progress")[0].step < film.of("emerged")[0].step


def _stands_out(metrics: object) -> bool:
    assert isinstance(metrics, dict)
    return bool(metrics["rho_relevant"] > STANDS_OUT * metrics["rho_background"])


def _predicted(event: Happened) -> None:
    assert event.data is not None
    for group in ("relevant", "background"):
        found = event.data[group]
        assert abs(found["measured"] - found["predicted"]) < 4 * found["deviation"]
