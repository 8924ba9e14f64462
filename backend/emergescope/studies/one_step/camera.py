"""Takes frames of the path of one giant step: the spectrum of the weights and its leading direction, how neurons lie to
the target, and what a ridge regression on the features gets right; and finds there what has happened.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, Happened, State
from emergescope.studies.one_step.config import OneStepConfig, mse_name
from emergescope.studies.one_step.network import draw_samples, features, ridge_readouts
from emergescope.studies.one_step.readout_theory import readout_errors
from emergescope.studies.one_step.says import BY_CHANCE, STANDS_OUT, says
from emergescope.studies.one_step.spike import spike_of
from emergescope.toolkit import sentences
from emergescope.toolkit.frame_parts import TellingCamera
from emergescope.toolkit.neuron_display import LARGEST
from emergescope.toolkit.seeds import Stream, shown_neurons
from emergescope.toolkit.sentences import Metrics
from emergescope.toolkit.spectrum import eigenvectors
from emergescope.toolkit.step_path import Path


class Milestones(sentences.Milestones):
    """Of the frames of one run; sentences say at which of them what was told."""

    def __init__(self, config: OneStepConfig) -> None:
        super().__init__()
        self._config = config
        self.start: dict[str, float | None] = {}  # metrics of the first frame

    def state(self) -> dict[str, Any]:
        return {"steps": dict(self.told), "start": dict(self.start)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.told, self.start = dict(state["steps"]), dict(state["start"])

    def watch(self, step: int, metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        if step == 0:
            self.start = dict(metrics)
        return self.first(self._shown(step, metrics))

    def _shown(self, step: int, metrics: Metrics) -> Iterator[Happened]:
        first, second, overlap = (metrics.get(name) for name in ("top_value", "second_value", "target_overlap"))
        if first is None or second is None or overlap is None:
            return
        chance = self._config.problem.d**-0.5
        stands_out, seen = first > STANDS_OUT * second, overlap > BY_CHANCE * chance
        if stands_out:
            text = f"a spike leaves the bulk: the largest singular value is {first:.3g}, the second {second:.3g}"
            yield Happened(step, "spike", text, {"threshold": STANDS_OUT, "top_value": first, "second_value": second})
        if stands_out and seen:
            text = f"the leading direction has found the target: its cosine is {overlap:.2f}, by chance {chance:.2f}"
            yield Happened(step, "emerged", text, {"threshold": BY_CHANCE * chance, "target_overlap": overlap})
        if step == self._config.total_steps:
            yield self._compared(step, metrics, first, overlap)
            if self._config.is_control and not seen:
                yield self._control(step, metrics, overlap, chance)

    def _control(self, step: int, metrics: Metrics, overlap: float, chance: float) -> Happened:
        why = "there was no step" if self._config.method.eta == 0 else "labels of the step are shuffled"
        text = f"the control fails: {why}; the leading direction has a cosine of {overlap:.2f}, by chance {chance:.2f}"
        name = mse_name(self._config.method.alphas[0])
        return Happened(step, "control", text, {"target_overlap": overlap, name: metrics.get(name)})

    def _compared(self, step: int, metrics: Metrics, top: float, overlap: float) -> Happened:
        """The end of the path beside theory. The size of the spike is per neuron, so that all are of order 1."""
        config, expected = self._config, spike_of(self._config)
        root, predicted = config.method.width**0.5, (expected.seen_overlap(1), expected.top_value(1))
        rows = [
            ("spike / √p", predicted[1] / root, top / root),
            ("overlap", predicted[0], overlap),
            ("mean cos", expected.cosine(1), metrics.get("mean_cosine")),
        ]
        errors = list(zip(config.method.alphas, readout_errors(config), strict=True))
        for alpha, error in (errors[0], errors[-1])[: len(errors)]:
            rows.append((f"MSE, α = {alpha:g}", error, metrics.get(mse_name(alpha))))
        groups = [
            {"name": name, "after the step": True, "predicted": _short(said), "measured": _short(found)}
            for name, said, found in rows
        ]
        text = f"at t = 1 the overlap is {overlap:.3f}, predicted {predicted[0]:.3f}; the largest singular value is "
        return Happened(step, "compared", f"{text}{top:.2f}, predicted {predicted[1]:.2f}", {"groups": groups})


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


class OneStepCamera(TellingCamera):
    """Takes the frames of one path, in order; a snapshot is the place t on it.

    direction  [d] of the step, averaged over neurons
    neurons    [m] that are shown
    """

    def __init__(self, config: OneStepConfig, path: Path, direction: Tensor) -> None:
        self._milestones: Milestones = Milestones(config)
        super().__init__(self._milestones)
        self._config, self._path = config, path
        self._noise = direction.clone()  # of the step, where it is not the target
        self._noise[0] = 0
        self._noise /= self._noise.norm()
        self.neurons = shown_neurons(config.method.width, config.capture.max_neurons, config.seed)
        x, self._fit_labels = draw_samples(config, Stream.RIDGE_FIT, config.readout_samples[-1], path.start)
        self._fit = path.of_inputs(x)
        x, self._test_labels = draw_samples(config, Stream.TEST, config.capture.test_samples, path.start)
        self._tests = path.of_inputs(x)

    def take(self, state: State, t: float) -> Look:
        """The frame of the weights at t. What cannot be measured is left out of it."""
        attempt = self.attempts.at(state.step)
        w, expected = self._path.at(t), spike_of(self._config)
        theory = {"top_predicted": expected.top_value(t), "overlap_predicted": expected.seen_overlap(t)}
        measured: dict[str, float | None] = {**state.metrics, **theory}
        tensors: dict[str, Tensor] = {}
        parts: Mapping[str, Callable[[], tuple[Metrics, Mapping[str, Tensor]]]] = {
            "spectrum": partial(self._spectrum, w),
            "neurons": partial(self._lie, w),
            "readouts": partial(self._readouts, t),
        }
        for what, look in parts.items():
            found = attempt(what, look)
            if found is not None:
                measured |= found[0]
                tensors |= found[1]
        return self.frame(state, measured, tensors, {}, partial(self._milestones.watch, state.step), self._says)

    def _says(self, frame: Frame) -> Mapping[str, str]:
        return says(frame, self._config, self._milestones.told, self._milestones.start)

    def _spectrum(self, w: Tensor) -> tuple[Metrics, Mapping[str, Tensor]]:
        """Singular values, largest first, and the cosine of the leading direction of the inputs with the target."""
        count = min(LARGEST, *w.shape)
        if not bool(w.isfinite().all()):
            lost = dict.fromkeys(("top_value", "second_value", "target_overlap"))
            return lost, {"singular_values": torch.full((count,), torch.nan)}
        squares, vectors = eigenvectors(w.T @ w)
        values = squares.flip(0)[:count].clamp(min=0).sqrt()
        overlap = abs(float(vectors[0, -1]))
        metrics = {"top_value": float(values[0]), "second_value": float(values[1]), "target_overlap": overlap}
        return metrics, {"singular_values": values}

    def _lie(self, w: Tensor) -> tuple[Metrics, Mapping[str, Tensor]]:
        """Along the target, and along what else the step has of its samples."""
        neurons, target = self.neurons.to(w.device), w[:, 0]
        cosine, noise = target / w.norm(dim=1), w @ self._noise
        tensors = {"along_target": target, "along_noise": noise, "target_cosine": cosine}
        return {"mean_cosine": float(cosine.mean())}, {name: one[neurons] for name, one in tensors.items()}

    def _readouts(self, t: float) -> tuple[Metrics, Mapping[str, Tensor]]:
        """The mean square error of each on tests."""
        names = [mse_name(alpha) for alpha in self._config.method.alphas]
        received = self._fit.at(t)
        if not bool(received.isfinite().all()):
            return dict.fromkeys(names), {"readout_mse": torch.full((len(names),), torch.nan)}
        fit, tests = features(received), features(self._tests.at(t))
        readouts = ridge_readouts(fit, self._fit_labels, self._config.readout_samples, self._config.method.ridge)
        errors = tests.double() @ readouts - self._test_labels.double()[:, None]
        mse = errors.square().mean(0)
        return dict(zip(names, mse.tolist(), strict=True)), {"readout_mse": mse}
