"""Takes frames of a two-layer network in training: alignment, map, spectrum and accuracy, and what a study adds."""

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, Happened, Saved, State
from emergescope.toolkit.alignment import Alignment
from emergescope.toolkit.camera import NeuronCamera, Still
from emergescope.toolkit.hinge.config import HingeConfig
from emergescope.toolkit.hinge.samples import Drawn
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.map_maker import Layout
from emergescope.toolkit.probe import judge
from emergescope.toolkit.seeds import Stream, relevant_first
from emergescope.toolkit.sentences import Metrics, Milestones, Past


class HingeMilestones(Milestones):
    """Of the frames of one run; each study has its own kind."""

    def watch(self, step: int, seen: Alignment, metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        raise NotImplementedError


class HingeCamera(NeuronCamera):
    """Takes the frames of one run, in order. A study adds what it looks at beside: `probe`, `separation` and `more`.

    constant  metrics that are the same in every frame
    """

    def __init__(
        self,
        config: HingeConfig,
        network: TwoLayerNetwork,
        problem: Drawn,
        watcher: HingeMilestones,
        constant: Metrics,
        past: Past | None = None,
    ) -> None:
        self.problem, self.capture = problem, config.capture
        self._constant, self._watcher, geometry = constant, watcher, network.geometry
        patterns = relevant_first(geometry.relevant, geometry.background, config.capture.max_patterns, config.seed)
        shown = patterns.to(network.q.device)
        super().__init__(config.capture, config.seed, problem, watcher, network.neurons, shown, past)
        self._still: Still | None = None

    def probe(self, step: int, network: TwoLayerNetwork) -> Metrics:
        """Metrics of what the features carry."""
        return {}

    def separation(self, seen: Alignment, network: TwoLayerNetwork) -> Metrics:
        """Metrics of how the relevant directions stand out."""
        return {}

    def more(self, seen: Alignment, network: TwoLayerNetwork) -> tuple[Metrics, Mapping[str, Tensor]]:
        """Metrics and tensors of what else there is to see."""
        return {}, {}

    def says(self, frame: Frame) -> Mapping[str, str]:
        """Sentences about this frame, by panel."""
        return {}

    def take(self, state: State, network: TwoLayerNetwork) -> Look:
        """The frame of `network`, which must not change meanwhile. Frames are to be taken in order of step. What cannot
        be measured is left out of it.
        """
        attempt = self.attempts.at(state.step)
        if self._still is None or self._still.q is not network.q:  # fixed features share them from first to last
            self._still = self.look(network)
        seen, layout = self._still.seen, self._still.made
        measured = {**state.metrics, **(attempt("test accuracy", partial(self._tested, network)) or {})}
        measured |= self.probe(state.step, network)
        tensors = {"bias": network.b[self.neurons], "output_weight": network.a[self.neurons], **self._still.tensors}
        tensors |= self.pictured(network.ambient_weights)
        if seen is None:
            return self.frame(state, {**measured, **self._constant}, tensors, layout, says=self.says)
        measured |= attempt("mean cosines", partial(self._cosines, state.step, seen, network)) or {}
        metrics_of, tensors_of = self.more(seen, network)
        watch, measured = partial(self._watcher.watch, state.step, seen), {**measured, **metrics_of, **self._constant}
        return self.frame(state, measured, {**tensors, **tensors_of}, layout, watch, self.says)

    def save(self) -> Saved:
        saved, layout = super().save(), None if self._still is None else self._still.layout
        stress = {} if layout is None else {"stress": torch.tensor(layout.stress, dtype=torch.float64)}
        return Saved({**saved.tensors, **stress}, saved.data)

    def go_on(self, saved: Saved, network: TwoLayerNetwork) -> None:
        """Remember what `save` has said; `network` is as it was drawn, and will go on from where it was then."""
        self.restore(saved)
        seen, last = self.align(network), self._maps.last
        if seen is None:
            return
        self._first = seen.unit
        if last is not None and "stress" in saved.tensors:  # for fixed features, whose weights stay as they are
            self._still = self.still(network, seen, Layout(last, float(saved.tensors["stress"])))

    def _tested(self, network: TwoLayerNetwork) -> dict[str, float | None]:
        return judge("test_accuracy", *self.outputs(network, None, Stream.TEST))

    def _cosines(self, step: int, seen: Alignment, network: TwoLayerNetwork) -> Metrics:
        return self.cosines(seen, self.separation(seen, network), first=step == 0)

    def outputs(
        self, network: TwoLayerNetwork, direction: Tensor | None, stream: Stream
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """(features @ direction, or the network's output without one; labels; hard), each [test_samples]."""
        outputs, labels, known = [], [], []
        # The same generator state each time: all frames are judged on the same inputs, and none are kept in memory.
        for batch in self.problem.sampler(stream).chunks(self.capture.test_samples):
            outputs.append(network.output(batch.x) if direction is None else network.features(batch.x) @ direction)
            labels.append(batch.y)
            if (hard := self.problem.hard(batch)) is not None:
                known.append(hard)
        return torch.cat(outputs), torch.cat(labels), torch.cat(known) if known else None
