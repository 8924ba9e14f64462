"""Takes frames of a network that learns a sparse parity: its weights, how far they have moved, its error; and finds
there what happened: progress that the error hides, the fall of the error, and that controls fail.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor

from emergescope.recording.capture import Look
from emergescope.recording.events import Happened, State
from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.hidden_progress.network import Network, Samples
from emergescope.toolkit import sentences
from emergescope.toolkit.frame_parts import TellingCamera
from emergescope.toolkit.probe import accuracy
from emergescope.toolkit.seeds import relevant_first, shown_neurons
from emergescope.toolkit.sentences import Metrics, passed

CHANCE: Final = 0.55  # accuracy below which the error is that of a coin
# Largest movement on relevant inputs over that on others. On seeds 0 to 4 the controls stay below 1.7.
STANDS_OUT: Final = 2.0
EMERGED, ACCURATE = 0.9, 0.99  # accuracy


class Milestones(sentences.Milestones):
    """Of the frames of one run; sentences say at which step what was told."""

    def __init__(self, config: HiddenProgressConfig) -> None:
        super().__init__()
        self._last = config.total_steps
        self._coins = config.problem.labels == "random"
        self._hopeless = config.cannot_be_learned

    def state(self) -> dict[str, Any]:
        return {"steps": dict(self.told)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.told = dict(state["steps"])

    def watch(self, step: int, metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        accuracy = metrics.get("test_accuracy")
        return () if accuracy is None else self.first(self._shown(step, accuracy, metrics))

    def _shown(self, step: int, accuracy: float, metrics: Metrics) -> Iterator[Happened]:
        moved = _moved(metrics)
        if moved is not None and accuracy < CHANCE and moved[0] > STANDS_OUT * moved[1]:
            text = (
                f"hidden progress: the error is {1 - accuracy:.1%}, that of a coin, and the largest movement of a "
                f"weight is {moved[0]:.2g} on the relevant inputs, {moved[1]:.2g} on the others"
            )
            data = {"threshold": STANDS_OUT, "relevant": moved[0], "background": moved[1], "test_accuracy": accuracy}
            yield Happened(step, "progress", text, data)
        yield from passed(
            step,
            ("emerged", accuracy >= EMERGED, EMERGED, f"the error has fallen below {1 - EMERGED:.0%}"),
            ("accuracy", accuracy >= ACCURATE, ACCURATE, f"accuracy passes {ACCURATE:.0%}"),
        )
        if step == self._last and accuracy < CHANCE and (self._coins or self._hopeless):
            why = "labels are coin flips" if self._coins else "without biases an odd parity has no gradient"
            text = f"the control fails: {why}, and the error is {1 - accuracy:.1%} after {step:,} steps"
            yield Happened(step, "control", text, {"test_accuracy": accuracy, "rho": metrics.get("rho")})

    def says(self, metrics: Metrics) -> dict[str, str]:
        """Sentences about a frame that has been watched, by panel."""
        accuracy, moved = metrics.get("test_accuracy"), _moved(metrics)
        found: dict[str, str] = {}
        if accuracy is not None:
            found["curves"] = self._of_the_error(accuracy)
        if moved is not None:
            found["moved"] = _of_the_movement(*moved)
        relevant, other = metrics.get("relevant_weight"), metrics.get("background_weight")
        if relevant is not None and other:
            found["weights"] = (
                f"The relevant inputs have a weight of {relevant:.3g} on average, {relevant / other:.2g} times that of "
                "the heaviest other input."
            )
        return found

    def _of_the_error(self, accuracy: float) -> str:
        error = f"The error is {1 - accuracy:.1%}"
        progress, emerged = self.told.get("progress"), self.told.get("emerged")
        if accuracy < CHANCE:
            seen = "." if progress is None else f", and since step {progress:,} the weights show what it hides."
            return f"{error}, that of a coin{seen}"
        if emerged is None:
            return f"{error}, less than that of a coin."
        before = "" if progress is None else f"; the weights had shown it from step {progress:,} on"
        return f"{error}. It fell below {1 - EMERGED:.0%} by step {emerged:,}{before}."


def _moved(metrics: Metrics) -> tuple[float, float] | None:
    """The largest movement of a weight on relevant inputs, and on others."""
    relevant, other = metrics.get("rho_relevant"), metrics.get("rho_background")
    return None if relevant is None or other is None else (relevant, other)


def _of_the_movement(relevant: float, other: float) -> str:
    if relevant == other == 0:
        return "No weight has moved yet."
    text = f"The largest movement of a weight is {relevant:.2g} on the relevant inputs, and {other:.2g} on the others"
    return f"{text}." if relevant > STANDS_OUT * other else f"{text}: they do not stand out."


class HiddenProgressCamera(TellingCamera):
    """Takes the frames of one run, in order.

    network  as it was drawn: movements are from there
    tests    samples from their beginning: all frames are judged on the same ones, and none are kept in memory
    neurons  [m] that are shown
    inputs   [p] that are shown, relevant ones first
    """

    def __init__(
        self, config: HiddenProgressConfig, relevant: list[int], network: Network, tests: Callable[[], Samples]
    ) -> None:
        self._milestones: Milestones = Milestones(config)
        super().__init__(self._milestones)
        self._config, self._tests = config, tests
        neurons, inputs = config.shown
        others = sorted(set(range(config.problem.n)) - set(relevant))
        self.neurons = shown_neurons(config.method.width, neurons, config.seed)
        self.inputs = relevant_first(relevant, others, inputs, config.seed)
        self._start, self._relevant, self._others = network.w.clone(), relevant, others

    def take(self, state: State, network: Network) -> Look:
        """The frame of `network`, which must not change meanwhile. What cannot be measured is left out of it."""
        attempt, milestones = self.attempts.at(state.step), self._milestones
        measured = {**state.metrics, **(attempt("test accuracy", partial(self._judged, network)) or {})}
        measured |= attempt("movement of the weights", partial(self._movement, network)) or {}
        tensors = attempt("weights", partial(self._pictured, network)) or {}
        return self.frame(state, measured, tensors, {}, partial(milestones.watch, state.step), milestones.says)

    def _judged(self, network: Network) -> Metrics:
        margins = torch.cat([network.output(x) * y for x, y in self._tests().chunks(self._config.capture.test_samples)])
        loss = (1 - margins).clamp_(min=0).mean()
        return {"test_loss": float(loss), "test_accuracy": accuracy(margins, torch.ones_like(margins))}

    def _movement(self, network: Network) -> Metrics:
        """How far weights have moved at most, and how large they are, on relevant inputs and on others."""
        moved, size = self._moved(network), network.w.abs().mean(0)
        found: dict[str, float | None] = {
            "rho": float(moved.max()),
            "rho_relevant": float(moved[self._relevant].max()),
            "relevant_weight": float(size[self._relevant].mean()),
        }
        if len(self._others):
            found["rho_background"] = float(moved[self._others].max())
            found["background_weight"] = float(size[self._others].max())
        return found

    def _pictured(self, network: Network) -> Mapping[str, Tensor]:
        neurons, inputs = self.neurons.to(network.w.device), self.inputs.to(network.w.device)
        w = network.w[neurons]
        return {
            "weights": w[:, inputs],
            "relevant_norm": w[:, self._relevant].norm(dim=1),
            "background_norm": w[:, self._others].norm(dim=1),
            "bias": network.b[neurons],
            "output_weight": network.a[neurons],
            "input_moved": self._moved(network)[inputs],
            "input_weight": network.w.abs().mean(0)[inputs],
        }

    def _moved(self, network: Network) -> Tensor:
        return (network.w - self._start).abs().amax(0)
