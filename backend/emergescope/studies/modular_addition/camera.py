"""Takes frames of a network that adds modulo p: its margin on all pairs, and its neurons as waves; and finds there what
happened: that neurons become cosines, that all frequencies are there, that the largest margin is near.
"""

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, Happened, State
from emergescope.studies.modular_addition.config import ModularAdditionConfig
from emergescope.studies.modular_addition.fourier import Waves, waves_of
from emergescope.studies.modular_addition.network import Network, answers, margins
from emergescope.studies.modular_addition.says import says
from emergescope.studies.modular_addition.theory import applies, largest_margin
from emergescope.toolkit import sentences
from emergescope.toolkit.frame_parts import TellingCamera
from emergescope.toolkit.seeds import shown_neurons
from emergescope.toolkit.sentences import Metrics, passed

EMERGED: Final = 0.5  # share of the neurons in use that are one cosine
NEAR: Final = 0.98  # of the largest margin


class Milestones(sentences.Milestones):
    """Of the frames of one run; sentences say at which step what was told."""

    def __init__(self, config: ModularAdditionConfig) -> None:
        super().__init__()
        self._config = config

    def state(self) -> dict[str, Any]:
        return {"steps": dict(self.told)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.told = dict(state["steps"])

    def watch(self, step: int, metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        return self.first(self._shown(step, {name: value for name, value in metrics.items() if value is not None}))

    def _shown(self, step: int, found: Mapping[str, float]) -> Iterator[Happened]:
        cosines, count = found.get("cosines", 0.0), self._config.frequencies
        yield from passed(
            step,
            ("accuracy", found.get("accuracy", 0) >= 1, 1.0, "every sum is right"),
            ("emerged", cosines >= EMERGED, EMERGED, "most neurons are one cosine each"),
            (
                "frequencies",
                found.get("frequencies", 0) >= count,
                count,
                f"each of the {count} frequencies has a cosine",
            ),
            ("margin", found.get("margin_ratio", 0) >= NEAR, NEAR, f"the margin passes {NEAR:.0%} of the largest one"),
        )
        if step < self._config.total_steps or not {"cosines", "power_median"} <= found.keys():
            return
        if not applies(self._config) and cosines < EMERGED:
            text = (
                f"the control fails: {cosines:.0%} of the neurons are one cosine after {step:,} steps; in the median "
                f"one {1 - found['power_median']:.1%} of the power is at other frequencies"
            )
            yield Happened(step, "control", text, {name: found[name] for name in ("cosines", "power_median")})
        if applies(self._config) and "largest_share" in found:
            yield _beside_theory(step, found, count)


def _beside_theory(step: int, found: Mapping[str, float], count: int) -> Happened:
    """What was measured in the end, as parts of what theory says."""
    parts = (
        ("margin, of γ*", found["margin_ratio"]),
        ("neurons that are one cosine", found["cosines"]),
        ("frequencies in use, of all", found["frequencies"] / count),
        ("largest share of a frequency, of 2/(p − 1)", found["largest_share"] * count),
    )
    items = [
        {"name": name, "at_the_end": True, "predicted": 1.0, "measured": float(f"{value:.4g}")} for name, value in parts
    ]
    text = (
        f"beside theory: the margin is {found['margin_ratio']:.4f} of the largest, {found['cosines']:.0%} of the "
        f"neurons are one cosine, {found['frequencies']:.0f} of {count} frequencies have one, and the largest share is "
        f"{found['largest_share'] * count:.3f} of an equal one"
    )
    return Happened(step, "theory", text, {"parts": items})


class ModularAdditionCamera(TellingCamera):
    """Takes the frames of one run, in order."""

    def __init__(self, config: ModularAdditionConfig) -> None:
        self._milestones: Milestones = Milestones(config)
        super().__init__(self._milestones)
        self._config = config
        self.neurons = shown_neurons(config.method.width, config.shown, config.seed)

    def take(self, state: State, network: Network) -> Look:
        """The frame of `network`, which must not change meanwhile. What cannot be measured is left out of it."""
        attempt = self.attempts.at(state.step)
        measured = dict(attempt("answers", partial(self._answered, network)) or {})
        waves, tensors = attempt("neurons as waves", partial(waves_of, network)), {}
        if waves is not None:
            measured |= attempt("power of the neurons", partial(self._measured, waves)) or {}
            tensors = attempt("pictures of the neurons", partial(self._pictured, network, waves)) or {}
        return self.frame(state, measured, tensors, {}, partial(self._milestones.watch, state.step), self._says)

    def _says(self, frame: Frame) -> Mapping[str, str]:
        return says(frame, self._config.frequencies, self._milestones.told)

    def _answered(self, network: Network) -> Metrics:
        """On all pairs."""
        above = margins(output := network.output())
        training = self._config.training
        least, cubes = float(above.min()), float(network.norms.pow(3).sum())
        loss = -torch.log_softmax(output, 0).gather(0, answers(self._config.problem.p, output.device)).mean()
        found: dict[str, float | None] = {
            "loss": float(loss),
            "penalty": training.lam * float(network.norms.pow(training.exponent).sum()),
            "accuracy": float((above > 0).double().mean()) if math.isfinite(least) else None,
            "margin": least,
        }
        if network.square and cubes > 0:
            found["margin_ratio"] = least / cubes / largest_margin(self._config.problem.p)
        return found

    def _measured(self, waves: Waves) -> Metrics:
        """Of the neurons in use."""
        power, cosines = waves.power[waves.in_use], waves.cosines
        return {
            "neurons": float(waves.counted.sum()),
            "power_median": float(power.median()),
            "power_mean": float(power.mean()),
            "cosines": float(cosines.sum() / waves.in_use.sum()),
            "phase_error": float(waves.phase[waves.in_use].abs().mean()),
            "frequencies": float((waves.per_frequency(cosines.double()) > 0).sum()) if len(power) else None,
            "largest_share": float(self._shares(waves).max()),
        }

    def _shares(self, waves: Waves) -> Tensor:
        """Of each frequency in the penalty."""
        amounts = waves.per_frequency(waves.norm.pow(self._config.training.exponent))
        return amounts / amounts.sum()

    def _pictured(self, network: Network, waves: Waves) -> dict[str, Tensor]:
        shown = self.neurons.to(network.u.device)
        u, power = network.u[shown], waves.power[shown]
        frequency = waves.frequency[shown].double()
        return {
            "spectrum": waves.spectrum[shown].half(),
            "wave": (u / u.abs().amax(1, keepdim=True).clamp(min=1e-30)).half(),
            "power": power,
            "main_frequency": frequency,
            "main_frequency_and_power": power - frequency,
            "main_frequency_and_start": waves.begins[shown] - frequency,
            "phase": waves.phase[shown],
            "norm": waves.norm[shown],
            "neurons_at_frequency": waves.per_frequency(waves.counted),
            "share_of_frequency": self._shares(waves),
        }
