"""Takes frames of a network that learns a sparse parity: its weights, how far they have moved, and its error."""

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor

from emergescope.recording.capture import Attempts, Look
from emergescope.recording.events import Frame, Saved, State
from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.hidden_progress.milestones import Milestones
from emergescope.studies.hidden_progress.network import Network
from emergescope.studies.hidden_progress.samples import Samples
from emergescope.toolkit.frame_parts import EVENTS, as_array, choose, finite
from emergescope.toolkit.probe import accuracy
from emergescope.toolkit.seeds import Stream, generator


class HiddenProgressCamera:
    """Takes the frames of one run, in order.

    network  as it was drawn: movements are from there
    tests    samples from their beginning: all frames are judged on the same ones, and none are kept in memory
    neurons  [m] that are shown
    inputs   [p] that are shown, relevant ones first
    """

    def __init__(
        self, config: HiddenProgressConfig, relevant: list[int], network: Network, tests: Callable[[], Samples]
    ) -> None:
        self._config, self._tests = config, tests
        neurons, inputs = config.shown
        others = torch.tensor([j for j in range(config.problem.n) if j not in set(relevant)], dtype=torch.int64)
        picked = choose(len(others), inputs - len(relevant), generator(config.seed, Stream.SHOWN_PATTERNS))
        self.neurons = choose(config.method.width, neurons, generator(config.seed, Stream.SHOWN_NEURONS))
        self.inputs = torch.cat([torch.tensor(relevant, dtype=torch.int64), others[picked]])
        self._start = network.w.clone()
        device = network.w.device
        self._relevant, self._others = torch.tensor(relevant, device=device), others.to(device)
        self._milestones = Milestones(config)
        self._attempts = Attempts()

    def take(self, state: State, network: Network) -> Look:
        """The frame of `network`, which must not change meanwhile. What cannot be measured is left out of it."""
        attempt = self._attempts.at(state.step)
        measured = {**state.metrics, **(attempt("test accuracy", partial(self._judged, network)) or {})}
        measured |= attempt("movement of the weights", partial(self._movement, network)) or {}
        metrics = {name: finite(value) for name, value in measured.items()}
        tensors = attempt("weights", partial(self._pictured, network)) or {}
        happened = attempt(EVENTS, partial(self._milestones.watch, state.step, metrics)) or ()
        frame = Frame(
            step=state.step,
            phase=state.stage,
            metrics=metrics,
            layout={},
            tensors={name: as_array(t) for name, t in tensors.items()},
            says=attempt("sentences", partial(self._milestones.says, metrics)) or {},
        )
        return Look(frame, (*happened, *attempt.events()))

    def save(self) -> Saved:
        """What it remembers of the frames taken so far."""
        return Saved({}, {**self._milestones.state(), **self._attempts.state()})

    def restore(self, saved: Saved) -> None:
        """Remember what `save` has said."""
        self._milestones.restore(saved.data)
        self._attempts.restore(saved.data)

    def _judged(self, network: Network) -> Mapping[str, float | None]:
        margins = torch.cat([network.output(x) * y for x, y in self._tests().chunks(self._config.capture.test_samples)])
        loss = (1 - margins).clamp_(min=0).mean()
        return {"test_loss": float(loss), "test_accuracy": accuracy(margins, torch.ones_like(margins))}

    def _movement(self, network: Network) -> Mapping[str, float | None]:
        """How far weights have moved at most, and how large they are, on relevant inputs and on others."""
        moved, size = (network.w - self._start).abs().amax(0), network.w.abs().mean(0)
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
            "input_moved": (network.w - self._start).abs().amax(0)[inputs],
            "input_weight": network.w.abs().mean(0)[inputs],
        }
