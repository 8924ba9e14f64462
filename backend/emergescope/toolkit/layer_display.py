"""How a layer of any network is shown that is compared with directions. Knows no torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil, sqrt
from typing import Any

from emergescope.config.run import Capture
from emergescope.recording.declared import renamed
from emergescope.recording.display import Axis, EventKind, Metric, Panel, Tensor
from emergescope.toolkit import neuron_display as shared
from emergescope.toolkit import neuron_panels as panels
from emergescope.toolkit.neuron_panels import Signal

EMERGED, ALIGNED = 0.5, 0.9  # |cos| with the signal of half of the neurons
EVENTS = {
    "emerged": EventKind("Features emerged", "emerged", "emergence"),
    "aligned": EventKind("Half of the neurons at the signal", "aligned", "major"),
    **shared.EVENTS,
}
LEADING = "signal_cosine_mean"  # the metric of a layer that is drawn beside those of its training


@dataclass(frozen=True)
class LayerShown:
    """A layer as its camera sees it.

    relevant  how many directions are relevant, which come first; 0 where nobody said
    facts     of the camera, before the first frame
    vectors   of "bias" and "output_weight", those that there are
    rows      names of the neurons shown, where they have any
    """

    neurons: int
    length: int
    directions: int
    relevant: int
    signal: Signal
    facts: Mapping[str, Any]
    picture: tuple[int, ...] | None
    vectors: tuple[str, ...]
    rows: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Parts:
    """Parts of a display."""

    metrics: Mapping[str, Metric] = field(default_factory=dict)
    axes: Mapping[str, Axis] = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    panels: tuple[Panel, ...] = ()
    glossary: Mapping[str, str] = field(default_factory=dict)


def parts_of(layer: LayerShown, capture: Capture, prefix: str = "", *, first: bool = True) -> Parts:
    """What a display says of the layer. Of several, each has a `prefix` before the names of all that is its own, and
    the directions of the `first` one are the patterns of the run.
    """
    in_pictures = layer.picture is not None
    sizes: dict[str, Any] = {"neurons": layer.neurons, "length": layer.length, "directions": layer.directions}
    axes = shared.axes(capture, layer.facts, **sizes, relevant=layer.relevant, pictures=in_pictures)
    axes["neurons"] = replace(axes["neurons"], names=layer.rows)
    absent = {"bias", "output_weight"} - set(layer.vectors)
    tensors = {name: one for name, one in shared.neuron_tensors("directions").items() if name not in absent}
    if layer.picture is not None:
        tensors |= shared.picture_tensors(layer.picture)
    parts = Parts(
        metrics=_metrics(layer),
        axes=axes,
        tensors=tensors,
        panels=_panels(layer, axes["pictures"].shown if in_pictures else 0, first=first),
        glossary={**panels.GLOSSARY, **_glossary(layer)},
    )
    return _prefixed(parts, prefix) if prefix else parts


def _metrics(layer: LayerShown) -> dict[str, Metric]:
    found = shared.cosines(layer.signal.both, f"|cos|, {layer.signal.short}", strong=True)
    if 0 < layer.relevant < layer.directions:
        title = "signal to background"
        found["signal_to_background"] = Metric(title, "signal / background", low=0.0, scale="log", group="alignment")
    return found


def _panels(layer: LayerShown, pictures: int, *, first: bool) -> tuple[Panel, ...]:
    signal, rest = layer.signal, "background directions" if layer.relevant else "all other directions"
    bound = 1.0 if layer.relevant else None
    plane = panels.signal_plane(signal.cosine, f"share of w along {rest}", bound=bound)
    both = (("bias", "b"), ("output_weight", "a"))
    dots = panels.map_panel(
        signal,
        plane,
        hero=first and not pictures,
        size=("output_weight", "|a|") if "output_weight" in layer.vectors else ("weight_norm", "|w|"),
        vectors=[(name, title) for name, title in both if name in layer.vectors],
    )
    references = {"axis": "directions", "sums": shared.sums(signal.name, layer.facts)} if first else None
    shown = (panels.pictures_panel(signal, references, hero=first),) if pictures else ()
    lines: dict[str, Any] = {}
    if layer.relevant:
        lines["lines"] = [
            {"tensor": "relevant_norm", "title": "relevant", "colour": "positive"},
            {"tensor": "background_norm", "title": "background", "colour": "background"},
        ]
        lines["lines_title"] = "length of w/|w| along directions"
    emerging = f"All neurons at all steps: where features emerge, they come to lie at {signal.both}."
    most = min(1.0, ceil(13 / sqrt(layer.relevant)) / 10) if layer.relevant else 1.0
    return (
        *shown,
        dots,
        panels.density_panel(signal, f"neurons, by {signal.cosine}", emerging, **lines),
        panels.directions_panel(most, signal.word),
        panels.spectrum_panel(),
    )


def _glossary(layer: LayerShown) -> dict[str, str]:
    signal, stars = layer.signal, f"The stars are {layer.signal.plus} and {layer.signal.minus}."
    what = "The sum of the relevant directions" if layer.relevant else "The first of the directions"
    rest = "background directions" if layer.relevant else "all other directions"
    return {
        signal.word: f"{what}, with which signed cosines are cosines. {stars}",
        "signal plane": f"The other map, with fixed axes: to the right {signal.cosine}, upwards the length of the part "
        f"along {rest}.",
    }


def _prefixed(parts: Parts, prefix: str) -> Parts:
    def own(name: str) -> str:
        return f"{prefix}.{name}"

    names = {
        "axis": {name: own(name) for name in parts.axes},
        "tensor": {name: own(name) for name in parts.tensors},
    }
    return Parts(
        metrics={own(name): replace(one, title=f"{prefix}: {one.title}") for name, one in parts.metrics.items()},
        axes={own(name): replace(one, part_of=one.part_of and own(one.part_of)) for name, one in parts.axes.items()},
        tensors={
            own(name): replace(one, shape=tuple(own(n) if isinstance(n, str) else n for n in one.shape))
            for name, one in parts.tensors.items()
        },
        panels=tuple(
            replace(renamed(one, names), id=own(one.id), title=f"{prefix}: {one.title}") for one in parts.panels
        ),
        glossary=parts.glossary,
    )
