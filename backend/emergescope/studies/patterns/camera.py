"""What frames of a run on patterns show beside: a probe of the features, how the relevant patterns stand out, and what
happened to the features: patterns carried, features emerged, the control failed.

Thresholds are stated in the events and in docs/experiments.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from torch import Tensor

from emergescope.config.run import probe_steps
from emergescope.recording.events import Frame, Happened
from emergescope.studies.patterns.config import DictionaryProblem, PatternsConfig
from emergescope.studies.patterns.says import MARKS, Gradients, Subject, says
from emergescope.studies.patterns.words import part_of
from emergescope.toolkit.alignment import Alignment, signal_to_background
from emergescope.toolkit.feature_ansatz import Found, feature_ansatz
from emergescope.toolkit.hinge.camera import HingeCamera, HingeMilestones
from emergescope.toolkit.hinge.samples import Drawn
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.probe import fit_probe, judge
from emergescope.toolkit.seeds import Stream
from emergescope.toolkit.sentences import Metrics, Past, passed

CARRIED: Final = 0.8  # of 1 / sqrt(k), which is |cos(w, M_j)| of a neuron at +s or -s
EMERGED, ALIGNED = 0.5, 0.9  # |cos(w, s)| of half of the neurons
PROBE, ACCURACY = 0.9, 0.95
TURNED, CHANCE = 0.5, 0.6  # the control fails: mean cos with the start below, probe below
_NAMED = 8  # patterns that a sentence names


class Milestones(HingeMilestones):
    """Of the frames of one run; each pattern is told once as well.

    relevant    dictionary columns
    last        the last step of the run
    """

    def __init__(self, problem: DictionaryProblem, relevant: Sequence[int], last: int) -> None:
        super().__init__()
        self._structure, self._relevant, self._last = problem.structure, tuple(relevant), last
        self._threshold = CARRIED / problem.k**0.5
        self._carried: set[int] = set()

    def state(self) -> dict[str, Any]:
        return {"carried": sorted(self._carried), **super().state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        super().restore(state)
        self._carried = set(state["carried"])

    def watch(self, step: int, seen: Alignment, metrics: Metrics) -> tuple[Happened, ...]:
        return (*self._newly_carried(step, seen.cosine), *self.first(self._shown(step, seen.signal_cosine, metrics)))

    def _newly_carried(self, step: int, cosine: Tensor) -> Iterator[Happened]:
        best = cosine[:, list(self._relevant)].abs().amax(0).tolist()
        new = [j for j, c in zip(self._relevant, best, strict=True) if c >= self._threshold and j not in self._carried]
        if not new:
            return
        self._carried.update(new)
        named = ", ".join(map(str, new[:_NAMED])) + (f" and {len(new) - _NAMED} more" if len(new) > _NAMED else "")
        one = len(new) == 1
        what = f"pattern {named} is carried by a neuron" if one else f"patterns {named} are carried by neurons"
        text = f"{what}: |cos| ≥ {self._threshold:.2f}"
        yield Happened(step, "carried", text, {"patterns": new, "threshold": round(self._threshold, 4)})

    def _shown(self, step: int, signal_cosine: Tensor, metrics: Metrics) -> Iterator[Happened]:
        size, hard = signal_cosine.abs(), metrics.get("probe_accuracy_hard")
        probe, what = (metrics.get("probe_accuracy"), "the inputs") if hard is None else (hard, "the hard inputs")
        emerged, aligned = (float((size > least).float().mean()) >= 0.5 for least in (EMERGED, ALIGNED))
        accurate = (metrics.get("test_accuracy") or 0.0) >= ACCURACY
        yield from passed(
            step,
            ("emerged", emerged, EMERGED, f"features emerged: half of the neurons have |cos| > {EMERGED} with ±s"),
            ("aligned", aligned, ALIGNED, f"half of the neurons at ±s: |cos| > {ALIGNED}"),
            ("probe", (probe or 0.0) >= PROBE, PROBE, f"probe passes {PROBE:.0%}: the features carry {what}"),
            ("accuracy", accurate, ACCURACY, f"accuracy passes {ACCURACY:.0%}"),
        )
        if not self._structure and probe is not None and probe < CHANCE:
            turned, over = metrics.get("initial_cosine_mean"), step == self._last
            if over or (turned is not None and turned < TURNED):
                how = "training is over" if over else "the neurons have left their initial directions"
                text = f"the control fails: {how}, and the probe is at {probe:.1%}"
                yield Happened(step, "control", text, {"probe_accuracy": probe})


class PatternsCamera(HingeCamera):
    """Probes every so many frames, as the configuration says.

    gradients  those that were compared with Lemma 5; whoever trains adds them, each before the frame of its step
    """

    def __init__(
        self, config: PatternsConfig, network: TwoLayerNetwork, problem: Drawn, constant: Metrics, gradients: Gradients
    ) -> None:
        watcher = Milestones(config.problem, problem.dictionary.relevant, config.total_steps)
        super().__init__(config, network, problem, watcher, constant, Past(MARKS))
        self._probed, self._gradients = probe_steps(config), gradients
        part, relevant = part_of(config.problem), config.problem.k
        self._start = network.q.clone() if config.shows_ansatz else None
        self._subject = Subject(config.method.kind, part, relevant, network.neurons)

    def probe(self, step: int, network: TwoLayerNetwork) -> Metrics:
        return (self.attempts("probe", partial(self._probe, network)) or {}) if step in self._probed else {}

    def separation(self, seen: Alignment, network: TwoLayerNetwork) -> Metrics:
        relevant, background = network.geometry.relevant, network.geometry.background
        return {"signal_to_background": signal_to_background(seen.cosine, relevant, background)}

    def more(self, seen: Alignment, network: TwoLayerNetwork) -> tuple[Metrics, Mapping[str, Tensor]]:
        none: Found = ({}, {})
        return none if self._start is None else self.attempts("feature ansatz", partial(self._ansatz, network)) or none

    def says(self, frame: Frame) -> Mapping[str, str]:
        # Training, which tells the gradients, is ahead of this thread: a frame knows those until its own step.
        return says(frame, self.past, self._subject, dict(self._gradients))

    def _ansatz(self, network: TwoLayerNetwork) -> Found:
        """Between patterns: along what is orthogonal to all of them, noise apart, there are no inputs."""
        assert self._start is not None
        geometry, samples = network.geometry, self.problem.sampler(Stream.TEST).chunks(self.capture.test_samples)
        gradients = (geometry.coordinates(network.input_gradient(batch.x)) for batch in samples)
        moved = geometry.coordinates(network.q - self._start)
        return feature_ansatz(moved, gradients, self.patterns, geometry.patterns())

    def _probe(self, network: TwoLayerNetwork) -> Metrics:
        if not network.is_finite():
            return {"probe_accuracy": None, "probe_accuracy_hard": None}
        samples = self.capture.probe_samples
        features, labels = network.b.new_empty(samples, network.neurons), network.b.new_empty(samples)
        row = 0
        for batch in self.problem.sampler(Stream.PROBE_FIT).chunks(samples):
            rows = slice(row, row + batch.y.numel())
            network.features(batch.x, out=features[rows])
            labels[rows] = batch.y
            row = rows.stop
        direction, offset = fit_probe(features, labels)
        output, y, hard = self.outputs(network, direction, Stream.PROBE_SCORE)
        return judge("probe_accuracy", output - offset, y, hard)
