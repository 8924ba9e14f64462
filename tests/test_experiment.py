"""A whole run: reproducible, in order, honest when it diverges, and giving what the paper says."""

from typing import Any

import pytest

from emergescope.catalog.changes import compare, expectations
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset
from emergescope.config.run import RunConfig
from emergescope.engine import run
from emergescope.recording.codec import encode
from emergescope.recording.events import Captured, Event, Frame, Happened, Started
from emergescope.toolkit.seeds import Stream, generator
from tests.conftest import seeds

SMALL: dict[str, Any] = {
    "method.m": 10,
    "capture.frames": 12,
    "capture.test_samples": 200,
    "capture.probe_samples": 200,
}


def _small(**overrides: Any) -> RunConfig:
    return apply_overrides(get_preset("quick").config, SMALL | overrides)


def _frames(config: RunConfig) -> list[Frame]:
    return [event.frame for event in run(config) if isinstance(event, Captured)]


def _bytes(config: RunConfig) -> list[bytes]:
    return [encode(frame, "run", seq) for seq, frame in enumerate(_frames(config))]


def test_the_same_config_gives_the_same_bits_and_another_seed_others() -> None:
    first = _bytes(_small())
    generator(5, Stream.TEST)  # nothing that is drawn elsewhere may matter
    assert _bytes(_small()) == first
    assert _bytes(_small(seed=1)) != first


def test_events_come_in_order_with_the_start_first() -> None:
    config = _small()
    events: list[Event] = list(run(config))
    start = events[0]
    assert isinstance(start, Started)
    assert start.total_steps == 300
    patterns = start.facts["patterns"]
    assert patterns["shown"][:3] == patterns["relevant"]
    assert sorted(patterns["shown"]) == list(range(20))
    assert start.tensors["dictionary"].shape == (60, 20)
    steps = [event.frame.step for event in events if isinstance(event, Captured)]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, 300)


def test_frames_have_the_shapes_of_the_contract() -> None:
    frame = _frames(_small())[5]
    shapes = {name: (tensor.dtype.name, tensor.shape) for name, tensor in frame.tensors.items()}
    assert shapes == {
        "alignment": ("float16", (20, 20)),
        "signal_cosine": ("float32", (20,)),
        "relevant_norm": ("float32", (20,)),
        "background_norm": ("float32", (20,)),
        "weight_norm": ("float32", (20,)),
        "bias": ("float32", (20,)),
        "output_weight": ("float32", (20,)),
        "layout": ("float32", (20, 2)),
        "landmarks": ("float32", (2, 2)),
        "singular_values": ("float32", (20,)),
    }


def test_large_networks_are_shown_in_part_but_measured_whole() -> None:
    part = {"capture.max_neurons": 7, "capture.max_patterns": 5}
    whole, shown = _frames(_small()), _frames(_small(**part))
    assert shown[3].tensors["alignment"].shape == (7, 5)
    assert [f.metrics for f in shown] == [f.metrics for f in whole]
    start = next(iter(run(_small(**part))))
    assert isinstance(start, Started)
    patterns = start.facts["patterns"]
    assert (start.facts["neurons"], patterns["total"]) == ({"total": 20, "shown": 7}, 20)
    assert patterns["shown"][:3] == patterns["relevant"]
    assert len(set(patterns["shown"])) == 5


def test_a_diverging_run_goes_on_with_nulls_and_says_since_when() -> None:
    wild = _small(**{"training.phases.0.eta": 1e20, "training.phases.0.lambda_w": 1.0})
    events = list(run(wild))
    told = [event for event in events if isinstance(event, Happened) and event.kind == "diverged"]
    assert len(told) == 1
    frames = [event.frame for event in events if isinstance(event, Captured)]
    assert frames[-1].step == 300
    for frame in frames:
        if frame.step > told[0].step:
            assert frame.metrics["loss"] is None
            assert frame.metrics["test_accuracy"] is None
            assert frame.metrics["signal_cosine_mean"] is None
            assert frame.layout["stress"] is None


def test_float64_and_float32_tell_the_same_story() -> None:
    single, double = _frames(_small())[-1], _frames(_small(**{"training.dtype": "float64"}))[-1]
    assert single.metrics["signal_cosine_mean"] == pytest.approx(double.metrics["signal_cosine_mean"], abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(5))
@pytest.mark.parametrize("preset", ["paper/parity", "paper/parity-no-structure"])
def test_the_paper_is_reproduced(preset: str, seed: int) -> None:
    _assert_expected(preset, seed)


@pytest.mark.slow
@pytest.mark.parametrize(
    "preset",
    [
        pytest.param("gradual", marks=pytest.mark.soak),
        "quick",
        "paper/parity-theory",
        "paper/majority",
    ],
)
def test_every_other_preset_gives_what_it_promises(preset: str) -> None:
    _assert_expected(preset, 0)


def _assert_expected(identifier: str, seed: int) -> None:
    preset = get_preset(identifier)
    config = apply_overrides(preset.config, {"seed": seed})
    table = expectations(preset, config)
    assert table, "a preset without expected values promises nothing"
    frames = _frames(config)
    for frame in frames:
        table = compare(table, frame.step, frame.metrics) or table
    table = compare(table, "end", frames[-1].metrics) or table
    assert [row for row in table if not row["ok"]] == []
