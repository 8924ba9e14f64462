"""Takes frames of a network that learns a sparse parity: its weights, how far they have moved, its error; and finds
there what happened: progress that the error hides, the fall of the error, and that controls fail.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, Happened, Saved, State
from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.hidden_progress.network import Network
from emergescope.studies.hidden_progress.says import CHANCE, EMERGED, STANDS_OUT, moved, says
from emergescope.toolkit import sentences
from emergescope.toolkit.feature_ansatz import Found, feature_ansatz
from emergescope.toolkit.frame_parts import TellingCamera
from emergescope.toolkit.parity_samples import Samples
from emergescope.toolkit.probe import accuracy
from emergescope.toolkit.seeds import relevant_first, shown_neurons
from emergescope.toolkit.sentences import Metrics, passed

ACCURATE: Final = 0.99  # accuracy


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
        size = moved(metrics)
        if size is not None and accuracy < CHANCE and size[0] > STANDS_OUT * size[1]:
            text = (
                f"hidden progress: the error is {1 - accuracy:.1%}, that of a coin, and the largest movement of a "
                f"weight is {size[0]:.2g} on the relevant inputs, {size[1]:.2g} on the others"
            )
            data = {"threshold": STANDS_OUT, "relevant": size[0], "background": size[1], "test_accuracy": accuracy}
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
        self._gradient: str | None = None  # what was said of the first one
        self._config, self._tests = config, tests
        neurons, inputs = config.shown
        others = sorted(set(range(config.problem.n)) - set(relevant))
        self.neurons = shown_neurons(config.method.width, neurons, config.seed)
        self.inputs = relevant_first(relevant, others, inputs, config.seed)
        self._start, self._relevant, self._others = network.w.clone(), relevant, others

    def take(self, state: State, network: Network) -> Look:
        """The frame of `network`, which must not change meanwhile. What cannot be measured is left out of it."""
        attempt = self.attempts.at(state.step)
        self._gradient = next((event.text for event in state.events if event.kind == "gradient"), self._gradient)
        measured = {**state.metrics, **(attempt("test accuracy", partial(self._judged, network)) or {})}
        measured |= attempt("movement of the weights", partial(self._movement, network)) or {}
        tensors = attempt("weights", partial(self._pictured, network)) or {}
        if self._config.capture.ansatz:
            of_it = attempt("feature ansatz", partial(self._ansatz, network)) or ({}, {})
            measured, tensors = {**measured, **of_it[0]}, {**tensors, **of_it[1]}
        return self.frame(state, measured, tensors, {}, partial(self._milestones.watch, state.step), self._says)

    def _says(self, frame: Frame) -> Mapping[str, str]:
        return says(frame, len(self._relevant), self._milestones.told, self._gradient)

    def save(self) -> Saved:
        saved = super().save()
        return Saved(saved.tensors, {**saved.data, "gradient": self._gradient})

    def restore(self, saved: Saved) -> None:
        super().restore(saved)
        self._gradient = saved.data.get("gradient")  # earlier versions kept none

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

    def _ansatz(self, network: Network) -> Found:
        samples = self._tests().chunks(self._config.capture.test_samples)
        return feature_ansatz(network.w - self._start, (network.input_gradient(x) for x, _ in samples), self.inputs)

    def _moved(self, network: Network) -> Tensor:
        return (network.w - self._start).abs().amax(0)
