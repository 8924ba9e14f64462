"""Events of emergence: each once, at the first frame that shows it."""

import math
from dataclasses import replace

import torch

from emergescope.studies.patterns.camera import Milestones
from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.toolkit.alignment import Alignment

PROBLEM = DictionaryProblem(d=10, D=10, k=5)
RELEVANT = (0, 2, 4, 6, 8)


def _seen(cosine: torch.Tensor, signal: torch.Tensor) -> Alignment:
    empty = torch.zeros(0)
    return Alignment(empty, empty, cosine, signal, empty, empty)


def _still() -> Alignment:
    return _seen(torch.full((4, 10), 0.1), torch.full((4,), 0.1))


def test_patterns_are_told_when_a_neuron_first_carries_them() -> None:
    watch = Milestones(PROBLEM, RELEVANT, 100)
    assert watch.watch(0, _still(), {}) == ()
    cosine = torch.full((4, 10), 0.1)
    cosine[1, 2] = -0.36
    cosine[2, 3] = 0.9  # a background pattern: not told
    (event,) = watch.watch(5, _seen(cosine, torch.full((4,), 0.1)), {})
    assert (event.step, event.kind) == (5, "carried")
    assert event.data == {"patterns": [2], "threshold": round(0.8 / math.sqrt(5), 4)}
    assert watch.watch(6, _seen(cosine, torch.full((4,), 0.1)), {}) == ()


def test_emergence_probe_and_accuracy_pass_once() -> None:
    watch = Milestones(PROBLEM, RELEVANT, 100)
    half = torch.tensor([0.6, -0.6, 0.1, 0.1])
    assert [e.kind for e in watch.watch(1, replace(_still(), signal_cosine=half), {})] == ["emerged"]
    all_there = {"probe_accuracy_hard": 0.95, "probe_accuracy": 0.99, "test_accuracy": 0.96}
    found = watch.watch(2, replace(_still(), signal_cosine=torch.tensor([0.95, -0.95, 0.1, 0.1])), all_there)
    assert [e.kind for e in found] == ["aligned", "probe", "accuracy"]
    assert watch.watch(3, replace(_still(), signal_cosine=half), all_there) == ()


def test_the_control_fails_once_its_neurons_have_turned_for_nothing() -> None:
    watch = Milestones(PROBLEM.model_copy(update={"structure": False}), RELEVANT, 100)
    assert watch.watch(1, _still(), {"probe_accuracy_hard": 0.5, "initial_cosine_mean": 0.9}) == ()
    (event,) = watch.watch(2, _still(), {"probe_accuracy_hard": 0.51, "initial_cosine_mean": 0.3})
    assert (event.step, event.kind) == (2, "control")
    assert "51.0%" in event.text
    assert watch.watch(100, _still(), {"probe_accuracy_hard": 0.5, "initial_cosine_mean": 0.3}) == ()


def test_a_control_that_does_not_move_fails_at_the_end() -> None:
    watch = Milestones(PROBLEM.model_copy(update={"structure": False}), RELEVANT, 100)
    metrics = {"probe_accuracy_hard": 0.5, "initial_cosine_mean": 1.0}
    assert watch.watch(50, _still(), metrics) == ()
    assert [e.kind for e in watch.watch(100, _still(), metrics)] == ["control"]


def test_with_structure_nothing_is_called_a_control() -> None:
    watch = Milestones(PROBLEM, RELEVANT, 100)
    assert watch.watch(100, _still(), {"probe_accuracy_hard": 0.5, "initial_cosine_mean": 0.0}) == ()
