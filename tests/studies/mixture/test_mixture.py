"""Teacher, student and direct training in one film: the same bits each time, from every checkpoint, at any ratio."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from emergescope.catalog.parse import parse_config
from emergescope.config.run import RunConfig
from emergescope.engine import run
from emergescope.recording.capture import Checkpoint
from emergescope.recording.events import Captured, Checkpointed, Event, Frame, Happened, Paused, Started

TWO_LAYER = {"kind": "two_layer_classifier", "m": 4}
RESNET = {"kind": "resnet18", "width": 2, "stem_stride": 2}
STEPS = 3 * 4, 3 * 7  # of teacher and student: epochs times batches


def small(method: dict[str, Any] = TWO_LAYER, **problem: Any) -> RunConfig:
    """Steps 1 to 12 are the teacher's; at ratio 1/2 the student's are 13 to 33."""
    return parse_config(
        {
            "problem": {"kind": "mixture", "samples": 200, **problem},
            "method": method,
            "training": {"kind": "sgd", "epochs": 3, "batch": 64, "eta": 0.05},
            "capture": {"frames": 19, "test_samples": 100},
        }
    )


def frames(events: Sequence[Event]) -> list[Frame]:
    return [event.frame for event in events if isinstance(event, Captured)]


def same(one: Sequence[Frame], other: Sequence[Frame]) -> bool:
    return len(one) == len(other) and all(
        (a.step, a.phase, a.metrics, a.layout) == (b.step, b.phase, b.metrics, b.layout)
        and a.tensors.keys() == b.tensors.keys()
        and all(np.array_equal(t, b.tensors[name], equal_nan=True) for name, t in a.tensors.items())
        for a, b in zip(one, other, strict=True)
    )


def paused(config: RunConfig, at: int) -> tuple[list[Event], Checkpoint]:
    """A run that stops after step `at`, and its checkpoint as read back from its bytes."""
    events = list(run(config, stop=lambda step: step == at))
    assert events[-1] == Paused(at)
    (kept,) = [event for event in events if isinstance(event, Checkpointed)][-1:]
    return events, Checkpoint.decode(kept.blob)


@pytest.mark.parametrize("method", [TWO_LAYER, RESNET], ids=["two layers", "ResNet"])
def test_a_run_goes_on_to_the_bit_from_any_stage(method: dict[str, Any]) -> None:
    config = small(method, injected="natural", injected_labels="balanced")
    whole = list(run(config))
    assert same(frames(whole), frames(list(run(config))))
    for at in (5, 12, 13, 27):
        before, kept = paused(config, at)
        after = list(run(config, start=kept))
        assert same(frames(before) + frames(after), frames(whole)), at
        happened = [event for event in [*before, *after] if isinstance(event, Happened)]
        assert happened == [event for event in whole if isinstance(event, Happened)], at


def test_another_seed_gives_another_run() -> None:
    one, other = small(), small().model_copy(update={"seed": 1})
    assert not same(frames(list(run(one))), frames(list(run(other))))


def test_frames_tell_of_the_stage_that_they_show() -> None:
    events = list(run(small()))
    film = frames(events)
    assert [(f.step > 0) + (f.step > 12) for f in film] == [
        ["start", "teacher", "student"].index(f.phase) for f in film
    ]
    assert {"test_accuracy", "teacher_accuracy"} <= film[0].metrics.keys()
    taught = next(index for index, frame in enumerate(film) if frame.step == 12)
    assert "injected_majority" in film[taught].metrics
    assert "data_accuracy" not in film[taught].metrics
    for frame in film[taught + 1 :]:
        m = frame.metrics
        values = [m[name] for name in ("teacher_accuracy", "direct_accuracy", "data_accuracy", "injected_accuracy")]
        assert all(value is not None and 0 <= value <= 1 for value in values)
        assert m["mixture_accuracy"] == pytest.approx(((m["data_accuracy"] or 0) + (m["injected_accuracy"] or 0)) / 2)
        assert m["data_true_accuracy"] == m["test_accuracy"]
        assert m["teacher_accuracy"] == film[taught].metrics["test_accuracy"]
    # The student begins elsewhere than the teacher ended.
    assert not np.array_equal(film[taught].tensors["weights"], film[taught + 1].tensors["weights"])


@pytest.mark.parametrize(
    ("method", "shape", "n", "p"), [(TWO_LAYER, (8, 28, 28), 8, 18), (RESNET, (2, 3, 3), 2, 8)], ids=["two", "ResNet"]
)
def test_frames_have_the_first_layer(method: dict[str, Any], shape: tuple[int, ...], n: int, p: int) -> None:
    events = list(run(small(method)))
    started, last = events[0], frames(events)[-1]
    assert isinstance(started, Started)
    assert started.facts["pictures"] == {"shape": list(shape[1:]), "rows": list(range(n))}
    assert len(started.facts["patterns"]["names"]) == started.facts["patterns"]["total"] == p
    assert (started.facts["neurons"], started.total_steps) == ({"total": n, "shown": n}, sum(STEPS))
    shapes = {name: t.shape for name, t in last.tensors.items()}
    assert shapes["weights"] == shape
    assert (shapes["alignment"], shapes["layout"], shapes["landmarks"]) == ((n, p), (n, 2), (2, 2))
    assert {shapes[name] for name in ("bias", "output_weight", "weight_norm", "weights_scale")} == {(n,)}


@pytest.mark.parametrize(("ratio", "steps"), [(0.0, 12), (0.25, 15), (0.75, 15), (1.0, 12)])
def test_every_ratio_can_be_learned(ratio: float, steps: int) -> None:
    config = small(ratio=ratio)
    assert config.stages[1].steps == steps
    metrics = frames(list(run(config)))[-1].metrics
    expected = (1 - ratio) * (metrics["data_accuracy"] or 0) + ratio * (metrics["injected_accuracy"] or 0)
    assert metrics["mixture_accuracy"] == pytest.approx(expected)
    assert metrics["direct_accuracy"] == pytest.approx(_direct_alone(), abs=0)


def _direct_alone() -> float | None:
    """Direct training, which knows of no mixture."""
    return frames(list(run(small())))[-1].metrics["direct_accuracy"]


def test_at_ratio_0_student_and_teacher_learn_the_same_images() -> None:
    metrics = frames(list(run(small(ratio=0))))[-1].metrics
    assert (metrics["data_accuracy"] or 0) > 0.5
    assert (metrics["injected_accuracy"] or 1) < (metrics["data_accuracy"] or 0)


def test_balanced_labels_take_the_majority_away() -> None:
    shares = [
        frames(list(run(small(RESNET, injected_labels=labels))))[-1].metrics["injected_majority"]
        for labels in ("teacher", "balanced")
    ]
    assert shares[1] is not None
    assert shares[0] is not None
    assert shares[1] < 0.25 < shares[0]


def test_what_happened_is_told_once_and_in_words() -> None:
    happened = [event for event in run(small()) if isinstance(event, Happened)]
    assert [event.kind for event in happened] == ["teacher", "injected", "compared"]
    assert happened[0].step == STEPS[0]
    assert "test images right" in happened[0].text
    assert happened[-1].step == sum(STEPS)
    data = happened[-1].data
    assert data is not None
    assert 0 < data["epochs"]["data"] <= 3
    assert 0 < data["epochs"]["injected"] <= 3


def test_a_diverging_run_says_so_and_goes_on() -> None:
    config = small().model_copy(update={"training": small().training.model_copy(update={"eta": 1e38})})
    events = list(run(config))
    assert [event.kind for event in events if isinstance(event, Happened)] == ["diverged"]
    last = frames(events)[-1].metrics
    assert last["loss"] is None
    assert last["test_accuracy"] is None
    assert "data_accuracy" not in last  # there is nobody to agree with
