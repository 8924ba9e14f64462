"""What cameras have in common: how a frame is made and told of; and, where neurons are compared with directions, who is
shown, how they lie, and their map.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from emergescope.config.run import RunConfig
from emergescope.recording.capture import Attempts, Look
from emergescope.recording.events import Frame, Happened, Saved, Started, State
from emergescope.toolkit.alignment import Alignment, Neurons, align
from emergescope.toolkit.dictionary import Known
from emergescope.toolkit.frame_parts import (
    DIRECTIONS,
    EVENTS,
    MAP,
    PICTURES,
    SENTENCES,
    SPECTRUM,
    Pictures,
    as_array,
    finite,
)
from emergescope.toolkit.map_maker import Layout, MapMaker
from emergescope.toolkit.neuron_display import LARGEST
from emergescope.toolkit.seeds import shown_neurons
from emergescope.toolkit.sentences import Metrics, Milestones
from emergescope.toolkit.spectrum import singular_values


class TellingCamera:
    """Makes frames of what was measured in a run, in order of step, with sentences and events about them.

    attempts  what cannot be measured is left out
    """

    def __init__(self, milestones: Milestones) -> None:
        self.attempts, self._milestones = Attempts(), milestones

    def frame(
        self,
        state: State,
        measured: Metrics,
        tensors: Mapping[str, Tensor],
        layout: Mapping[str, str | float | None],
        watch: Callable[[Metrics], tuple[Happened, ...]] = lambda metrics: (),
        says: Callable[[Metrics], Mapping[str, str]] = lambda metrics: {},
    ) -> Look:
        """The frame, and of its metrics what `watch` finds that has happened, and what `says` says then."""
        metrics = {name: finite(value) for name, value in measured.items()}
        happened = self.attempts(EVENTS, partial(watch, metrics)) or ()
        frame = Frame(
            step=state.step,
            phase=state.stage,
            metrics=metrics,
            layout=layout,
            tensors={name: as_array(t) for name, t in tensors.items()},
            says=self.attempts(SENTENCES, partial(says, metrics)) or {},
        )
        return Look(frame, (*happened, *self.attempts.events()))

    def save(self) -> Saved:
        """What it remembers of the frames taken so far."""
        return Saved({}, {**self._milestones.state(), **self.attempts.state()})

    def restore(self, saved: Saved) -> None:
        """Remember what `save` has said."""
        self._milestones.restore(saved.data)
        self.attempts.restore(saved.data)


@dataclass(frozen=True)
class Still:
    """What follows from the weights `q` alone, as far as it could be measured."""

    q: Tensor
    seen: Alignment | None
    layout: Layout | None
    tensors: Mapping[str, Tensor]

    @property
    def made(self) -> dict[str, str | float | None]:
        """How the map was made, for the frame."""
        return {"method": "mds", "stress": None if self.layout is None else finite(self.layout.stress)}


class NeuronCamera(TellingCamera):
    """Compares neurons with directions; remembers the last map, from which the next one starts.

    total     how many neurons there are
    neurons   [n] indices of those shown
    patterns  [p] columns of the dictionary shown, relevant ones first
    picture   the shape of the weights, where they are pictures
    """

    def __init__(
        self,
        config: RunConfig,
        problem: Known,
        milestones: Milestones,
        total: int,
        patterns: Tensor,
        picture: tuple[int, ...] | None,
        device: torch.device,
    ) -> None:
        super().__init__(milestones)
        self._config, self._known, self._total, capture = config, problem, total, config.capture
        self.neurons = shown_neurons(total, capture.max_neurons, config.seed).to(device)
        self.patterns = patterns.to(device)
        self._pictures = None if picture is None else Pictures(picture, len(self.neurons), capture.max_pictures)
        self._maps = MapMaker()

    @property
    def started(self) -> Started:
        """What is known of the run before its first step."""
        problem, names, shown = self._known, self._known.names, self.patterns.tolist()
        matrix = problem.dictionary.matrix
        patterns = {
            "total": matrix.shape[1],
            "relevant": list(problem.dictionary.relevant),
            "shown": shown,
            "names": names and [names[j] for j in shown],
            "signal": problem.signal,
        }
        facts = {
            "patterns": patterns,
            "neurons": {"total": self._total, "shown": len(self.neurons)},
            "pictures": self._pictures and self._pictures.facts(),
            "facts": dict(problem.facts),
        }
        tensors = {"dictionary": matrix.to(torch.float32).numpy()}
        return Started(self._config.total_steps, facts, problem.provenance, tensors)

    def look(self, network: Neurons) -> Still:
        """How its neurons lie to the directions, and on the map that follows the last one."""
        seen, layout = self.attempts(DIRECTIONS, partial(align, network)), None
        if seen is not None:
            unit, signal = seen.unit, network.geometry.signal_in
            layout = self.attempts(MAP, lambda: self._maps.draw(unit[self.neurons], signal(unit)))
        return self.still(network, seen, layout)

    def still(self, network: Neurons, seen: Alignment | None, layout: Layout | None) -> Still:
        """With the spectrum, and tensors of the neurons shown."""
        tensors: dict[str, Tensor] = {}
        if layout is not None:  # the last two points are the stars
            tensors |= {"layout": layout.positions[:-2], "landmarks": layout.positions[-2:]}
        if seen is not None:
            neurons = self.neurons
            tensors |= {
                "alignment": seen.cosine[neurons][:, self.patterns].to(torch.float16),
                "signal_cosine": seen.signal_cosine[neurons],
                "relevant_norm": seen.relevant_norm[neurons],
                "background_norm": seen.background_norm[neurons],
                "weight_norm": seen.norm[neurons],
            }
        spectrum = self.attempts(SPECTRUM, lambda: {"singular_values": singular_values(network.weights(), LARGEST)})
        return Still(network.q, seen, layout, tensors | (spectrum or {}))

    def pictured(self, weights: Callable[[], Tensor]) -> Mapping[str, Tensor]:
        """Tensors of pictures of the neurons shown, from the weights [n, d] of all; none where they are no pictures."""
        if (pictures := self._pictures) is None:
            return {}
        return self.attempts(PICTURES, lambda: pictures.take(weights()[self.neurons])) or {}

    def save(self) -> Saved:
        return Saved({} if self._maps.last is None else {"map": self._maps.last}, super().save().data)

    def restore(self, saved: Saved) -> None:
        super().restore(saved)
        self._maps.last = saved.tensors.get("map")
