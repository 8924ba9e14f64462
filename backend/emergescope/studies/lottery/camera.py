"""Takes frames of the three stages, the neurons of all networks there are one below the other, and finds there what
happened: the error falls, neurons are kept, copies of them learn alone, and others do not.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, Happened, State
from emergescope.studies.lottery.config import FULL, REDRAWN, REWOUND, STAGES, LotteryConfig
from emergescope.studies.lottery.network import Copies, kept_neurons, overlaps
from emergescope.studies.lottery.says import FAILED, LEARNED, said_of_kept, says
from emergescope.studies.lottery.theory import overlap_law
from emergescope.toolkit import sentences
from emergescope.toolkit.frame_parts import TellingCamera
from emergescope.toolkit.parity_samples import Samples
from emergescope.toolkit.seeds import relevant_first
from emergescope.toolkit.sentences import Metrics, passed

EMERGED, ACCURATE = 0.1, 0.01  # errors of the full network
FEW = 0.3  # share of copies that may learn where a control fails


@dataclass(frozen=True)
class Seen:
    """The networks that there are: those of later stages once the stage before them is over. `kept`: neurons of the
    full one.
    """

    full: Copies
    kept: Tensor | None = None
    rewound: Copies | None = None
    redrawn: Copies | None = None

    def of(self, stage: str) -> Copies | None:
        found: Copies | None = getattr(self, stage)
        return found

    def copied(self) -> "Seen":
        """That stays as it is while training goes on."""
        rewound, redrawn = (None if one is None else one.snapshot() for one in (self.rewound, self.redrawn))
        return Seen(self.full.snapshot(), self.kept, rewound, redrawn)


class Milestones(sentences.Milestones):
    """Of the frames of one run; `leading`: the neurons that would be kept, and since which frame it is these."""

    def __init__(self, config: LotteryConfig) -> None:
        super().__init__()
        self._config, self._leading, self._since = config, list[int](), 0

    def state(self) -> dict[str, Any]:
        return {"steps": dict(self.told), "leading": self._leading, "since": self._since}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.told, self._leading, self._since = dict(state["steps"]), state["leading"], state["since"]

    def watch(self, step: int, leading: list[int], overlap: list[int], metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show; `overlap` is that of the leading neurons at the start."""
        if set(leading) != set(self._leading):
            self._leading, self._since = leading, step
        return self.first(self._shown(step, leading, overlap, metrics))

    def _shown(self, step: int, leading: list[int], overlap: list[int], metrics: Metrics) -> Iterator[Happened]:
        config = self._config
        error = metrics.get("full_error")
        if error is not None:
            yield from passed(
                step,
                ("emerged", error <= EMERGED, EMERGED, f"the full network’s error has fallen below {EMERGED:.0%}"),
                ("accuracy", error <= ACCURATE, ACCURATE, f"the full network’s error has fallen below {ACCURATE:.0%}"),
            )
        if step >= config.training.steps:
            since = f"they have been the {config.method.kept_norm} since step {self._since:,}"
            text = f"{said_of_kept(config.method, overlap)}; {since}"
            yield Happened(step, "neurons_kept", text, {"neurons": leading, "overlap": overlap, "since": self._since})
        for stage in (REWOUND, REDRAWN):
            share = metrics.get(f"{stage}_learned")
            text = f"half of the {config.method.copies} {stage} copies have an error below {LEARNED:.0%}"
            yield from passed(step, (f"{stage}_learn", share is not None and share >= 0.5, LEARNED, text))
        if step == config.total_steps:
            yield from self._compared(step, metrics)

    def _compared(self, step: int, metrics: Metrics) -> Iterator[Happened]:
        rewound, redrawn = (metrics.get(f"{stage}_learned") for stage in (REWOUND, REDRAWN))
        if rewound is None or redrawn is None:
            return
        copies = self._config.method.copies
        learned = round(copies * rewound), round(copies * redrawn)
        counts = f"{learned[0]} of {copies} rewound copies learn, and {learned[1]} of {copies} redrawn"
        yield Happened(step, "compared", counts, {"rewound": rewound, "redrawn": redrawn, "threshold": LEARNED})
        why = self._config.hopeless
        if rewound <= FEW and why is not None:
            yield Happened(step, "control", f"the control fails: {why}; {counts}", {"rewound": rewound})


class LotteryCamera(TellingCamera):
    """Takes the frames of one run, in order.

    start, redrawn  networks as they were drawn
    tests           samples from their beginning: all frames are judged on the same ones, and none are kept in memory
    inputs          [p] that are shown, relevant ones first
    """

    def __init__(
        self, config: LotteryConfig, relevant: list[int], start: Copies, redrawn: Copies, tests: Callable[[], Samples]
    ) -> None:
        self._milestones: Milestones = Milestones(config)
        super().__init__(self._milestones)
        self._config, self._relevant, self._tests = config, relevant, tests
        others = sorted(set(range(config.problem.n)) - set(relevant))
        self.inputs = relevant_first(relevant, others, config.inputs_shown, config.seed)
        self._others = others
        # Of all neurons as they began; which were rewound is not known yet.
        self._overlap, self._redrawn_overlap = (
            overlaps(net.w.flatten(0, 1), relevant) for net in (start, redrawn.snapshot())
        )

    def take(self, state: State, seen: Seen) -> Look:
        """The frame of networks that must not change meanwhile. What cannot be measured is left out of it."""
        attempt = self.attempts.at(state.step)
        kept = seen.kept if seen.kept is not None else kept_neurons(seen.full, self._config.method)
        leading, overlap = kept.tolist(), self._overlap[kept].tolist()
        tensors, measured = dict[str, Tensor](), dict(state.metrics)
        for stage in STAGES:
            measured |= attempt(f"errors of stage {stage}", partial(self._judged, stage, seen, tensors)) or {}
        measured["kept_overlap"] = sum(overlap) / len(overlap)
        tensors |= attempt("weights", partial(self._pictured, seen, kept)) or {}
        watch = partial(self._milestones.watch, state.step, leading, overlap)
        return self.frame(state, measured, tensors, {}, watch, self._says)

    def _says(self, frame: Frame) -> Mapping[str, str]:
        return says(frame, self._config)

    def _judged(self, stage: str, seen: Seen, tensors: dict[str, Tensor]) -> Metrics:
        """The error of each copy; of several their median, how many have learned, and how many have not at all."""
        network = seen.of(stage)
        if network is None:
            tensors[f"{stage}_errors"] = torch.empty(0)
            return {}
        count, wrong = self._config.capture.test_samples, torch.zeros_like(network.c)
        for x, y in self._tests().chunks(count):
            margin = network.output(x).mul_(y)
            # An output of exactly zero is half right; one that is not a number spoils the error.
            wrong += torch.where(margin.isnan(), torch.nan, (1 - margin.sign()) / 2).sum(1)
        errors = wrong / count
        if stage == FULL:
            return {"full_error": float(errors)}
        tensors[f"{stage}_errors"] = errors
        return {
            f"{stage}_error": float(errors.quantile(0.5)),
            f"{stage}_quarter": float(errors.quantile(0.25)),
            f"{stage}_learned": float((errors < LEARNED).float().mean()),
            f"{stage}_failed": float((~(errors <= FAILED)).float().mean()),
        }

    def _pictured(self, seen: Seen, kept: Tensor) -> Mapping[str, Tensor]:
        """Rows of all networks there are, in the order of the stages."""
        networks = [network for stage in STAGES if (network := seen.of(stage)) is not None]
        w = torch.cat([network.w.flatten(0, 1) for network in networks])
        method, inputs = self._config.method, self.inputs.to(w.device)
        norm, ends = w.norm(dim=1), [method.width, method.width + method.alone]
        full, mark = norm[: ends[0]], torch.zeros_like(norm)
        mark[kept] = 1
        mark[ends[0] : ends[1]] = 1
        mark[ends[1] :] = -1
        # One network below the other: of the full one the largest first, of the copies in turn.
        alone = torch.arange(len(w) - ends[0], device=w.device, dtype=w.dtype)
        place = torch.cat([1 + full / (1 + full), -alone / max(1, 2 * method.alone)])
        again = self._overlap[kept].repeat(method.copies)
        overlap = torch.cat([self._overlap, again, self._redrawn_overlap])[: len(w)]
        return {
            "weights": w[:, inputs],
            "stage_and_norm": place,
            "kept_mark": mark,
            "neuron_overlap": overlap.to(torch.uint8),
            "relevant_norm": w[:, self._relevant].norm(dim=1),
            "background_norm": w[:, self._others].norm(dim=1),
            "overlap_share": _shares(self._overlap, self._config.full_overlap),
            "kept_share": _shares(self._overlap[kept], self._config.full_overlap),
        }


def _shares(overlap: Tensor, most: int) -> Tensor:
    """The share of neurons with each overlap, [most + 1]."""
    return overlap.bincount(minlength=most + 1).to(torch.float32) / len(overlap)


def drawn(config: LotteryConfig, overlap: Tensor) -> Happened:
    """How many neurons of the full network begin on relevant inputs, beside what chance has them do."""
    shares, law = _shares(overlap, config.full_overlap).tolist(), overlap_law(config)
    groups = [
        {
            "name": f"{number} relevant",
            "relevant": number == config.full_overlap,
            "predicted": float(f"{chance:.4g}"),
            "measured": float(f"{share:.4g}"),
            "deviation": float(f"{(chance * (1 - chance) / len(overlap)) ** 0.5:.2g}"),
        }
        for number, (share, chance) in enumerate(zip(shares, law, strict=True))
    ]
    tickets = int((overlap == config.full_overlap).sum())
    text = (
        f"{tickets} of {len(overlap)} neurons begin on {config.full_overlap} relevant inputs; "
        f"chance expects {len(overlap) * law[-1]:.2g}"
    )
    return Happened(0, "tickets_drawn", text, {"groups": groups, "tickets": tickets})
