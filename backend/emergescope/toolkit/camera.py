"""What cameras that compare neurons with directions have in common: who is shown, how they lie, and their map."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from emergescope.config.run import Capture
from emergescope.recording.events import Saved, Started
from emergescope.toolkit.alignment import Alignment, Neurons, align
from emergescope.toolkit.dictionary import Known
from emergescope.toolkit.frame_parts import TellingCamera, as_bytes, finite
from emergescope.toolkit.map_maker import Layout, MapMaker
from emergescope.toolkit.neuron_display import LARGEST
from emergescope.toolkit.seeds import shown_neurons
from emergescope.toolkit.sentences import Metrics, Milestones, Past
from emergescope.toolkit.spectrum import singular_values


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
    neurons   [n] indices of those shown; where weights are pictures, the first ones have theirs
    patterns  [p] columns of the dictionary shown, relevant ones first; on the device of the weights
    names     of those, where they have any
    """

    def __init__(
        self,
        capture: Capture,
        seed: int,
        problem: Known,
        milestones: Milestones,
        total: int,
        patterns: Tensor,
        past: Past | None = None,
    ) -> None:
        super().__init__(milestones, past)
        self._known, self.total = problem, total
        self.neurons = shown_neurons(total, capture.max_neurons, seed).to(patterns.device)
        self.patterns, self._pictures = patterns, min(len(self.neurons), capture.max_pictures)
        self.names = [problem.names[j] for j in patterns.tolist()] if problem.names else []
        self._maps = MapMaker()
        self._first: Tensor | None = None

    def started(self, total_steps: int) -> Started:
        """What is known of the run before its first step."""
        problem = self._known
        matrix = problem.dictionary.matrix
        patterns = {
            "total": matrix.shape[1],
            "relevant": list(problem.dictionary.relevant),
            "shown": self.patterns.tolist(),
            "names": self.names or None,
            "signal": problem.signal,
        }
        facts = {
            "patterns": patterns,
            "neurons": {"total": self.total, "shown": len(self.neurons)},
            "pictures": problem.picture and {"shape": list(problem.picture), "rows": list(range(self._pictures))},
            "facts": dict(problem.facts),
        }
        tensors = {"dictionary": matrix.to(torch.float32).numpy()}
        return Started(total_steps, facts, problem.provenance, tensors)

    def align(self, network: Neurons) -> Alignment | None:
        """How all its neurons lie to all directions."""
        return self.attempts("directions of the neurons", partial(align, network))

    def look(self, network: Neurons) -> Still:
        """How its neurons lie to the directions, and on the map that follows the last one."""
        seen, layout = self.align(network), None
        if seen is not None:
            unit, signal = seen.unit, network.geometry.signal_in
            layout = self.attempts("map", lambda: self._maps.draw(unit[self.neurons], signal(unit)))
        return self.still(network, seen, layout)

    def still(self, network: Neurons, seen: Alignment | None, layout: Layout | None) -> Still:
        """With the spectrum, and tensors of the neurons shown."""
        tensors: dict[str, Tensor] = {}
        if layout is not None:  # the last two points are the stars
            tensors |= {"layout": layout.positions[:-2], "landmarks": layout.positions[-2:]}
        if seen is not None:
            neurons = self.neurons
            tensors |= {
                "alignment": seen.cosine.index_select(0, neurons).index_select(1, self.patterns).to(torch.float16),
                "signal_cosine": seen.signal_cosine[neurons],
                "relevant_norm": seen.relevant_norm[neurons],
                "background_norm": seen.background_norm[neurons],
                "weight_norm": seen.norm[neurons],
            }
        spectrum = self.attempts("singular values", lambda: singular_values(network.weights(), LARGEST))
        if spectrum is not None:
            tensors["singular_values"] = spectrum
        return Still(network.q, seen, layout, tensors)

    def cosines(self, seen: Alignment, beside: Metrics, *, first: bool) -> Metrics:
        """How all neurons lie to the signal; what was measured `beside`; and how they lie to where they began, which is
        what is seen at the `first` frame.
        """
        if first:
            self._first = seen.unit.clone()
        size = seen.signal_cosine.abs()
        metrics: Metrics = {"signal_cosine_mean": float(size.mean()), "signal_cosine_min": float(size.min()), **beside}
        if self._first is None:
            return metrics
        shared = min(seen.unit.shape[1], self._first.shape[1])  # the part outside the span is dropped once it is gone
        turned = (seen.unit[:, :shared] * self._first[:, :shared]).sum(1).mean()
        return {**metrics, "initial_cosine_mean": float(turned)}

    def pictured(self, weights: Callable[[], Tensor]) -> Mapping[str, Tensor]:
        """Tensors of pictures of the neurons shown, from the weights [n, d] of all; none where they are no pictures."""
        if (shape := self._known.picture) is None:
            return {}
        shown = self.neurons[: self._pictures]
        found = self.attempts("pictures of the neurons", lambda: as_bytes(weights()[shown], shape))
        return {} if found is None else dict(zip(("weights_scale", "weights"), found, strict=True))

    def save(self) -> Saved:
        return Saved({} if self._maps.last is None else {"map": self._maps.last}, super().save().data)

    def restore(self, saved: Saved) -> None:
        super().restore(saved)
        self._maps.last = saved.tensors.get("map")
