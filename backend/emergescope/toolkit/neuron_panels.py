"""Panels of neurons that are compared with directions, and their words: what several studies show in the same way.

Knows no torch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emergescope.recording.display import Panel

ALIGNED = 0.9  # |cos| above which a neuron points at a direction
BINS = 40  # of the cosines over time

GLOSSARY = {
    "neuron": "A unit of the hidden layer, with weights w, a bias b and an output weight a. On the map it is a dot.",
    "cosine": "Of two directions: 1 where they are the same, 0 where they have nothing in common, −1 where they are "
    "opposite. |cos| leaves the sign away.",
    "MDS": "Multidimensional scaling: neurons are placed so that distances on the map come as near as possible to "
    "1 − cosine.",
    "stress": "How much the map distorts those distances: 0 is a perfect map, 0.3 a rough one.",
    "singular value": "How strongly the weights of all neurons together use a direction. One large value: they all "
    "share it.",
}


@dataclass(frozen=True)
class Signal:
    """How to speak of the direction that signed cosines are cosines with.

    short  beside a dot, or on an axis
    word   of the glossary that explains it
    """

    name: str
    short: str
    word: str

    def _signed(self, sign: str) -> str:
        return f"{sign}{self.short}" if len(self.short) == 1 else f"{sign} {self.short}"

    @property
    def plus(self) -> str:
        return self._signed("+")

    @property
    def minus(self) -> str:
        return self._signed("−")

    @property
    def both(self) -> str:
        return self._signed("±")

    @property
    def cosine(self) -> str:
        """What its cosines are called, over a column or in a tip."""
        return f"cos(w, {self.short})"

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Of neurons, by their cosine."""
        return [
            {"name": f"at {self.minus}", "high": -ALIGNED, "colour": "negative"},
            {"name": "between", "low": -ALIGNED, "high": ALIGNED},
            {"name": f"at {self.plus}", "low": ALIGNED, "colour": "positive"},
        ]

    @property
    def colour(self) -> dict[str, Any]:
        """Of a neuron, by its cosine."""
        title = {"range": [-1, 1], "title": self.cosine, "groups": self.groups}
        return {"tensor": "signal_cosine", "scale": "diverging", **title}


def signal_plane(across: str, upwards: str, *, bound: float | None = None) -> dict[str, Any]:
    """The second map: to the right the cosine with the signal, upwards how much of each neuron lies elsewhere."""
    edge = {} if bound is None else {"bound": bound}
    return {
        "id": "plane",
        "title": "Signal plane",
        "text": "Fixed axes: the signal against all else",
        "x": "signal_cosine",
        "y": "background_norm",
        "titles": [across, upwards],
        "ranges": [[-1, 1], [0, 1]],
        **edge,
    }


def map_panel(
    signal: Signal,
    plane: Mapping[str, Any],
    words: Sequence[str] = (),
    *,
    hero: bool = False,
    text: str = "",
    size: tuple[str, str] = ("output_weight", "|a|"),
    vectors: Iterable[tuple[str, str]] = (("bias", "b"), ("output_weight", "a")),
) -> Panel:
    """Each neuron a dot: by the direction of its weights, or on the plane. Its `size`, and further `vectors` that are
    read out, are tensors with their titles.
    """
    show = {
        "axis": "neurons",
        "maps": [
            {
                "id": "mds",
                "title": "MDS",
                "text": "Neurons with similar weights are near each other",
                "positions": "layout",
                "extent": 1.2,  # distances are 1 − cos, so that both stars lie within 1
                "scale": {"length": 0.5, "text": "distance 0.5 = 1 − cos · crowded dots are spread apart"},
            },
            dict(plane),
        ],
        "colour": signal.colour,
        "size": {"tensor": size[0], "title": size[1]},
        "landmarks": {
            "tensor": "landmarks",
            "at": {plane["id"]: [[1, 0], [-1, 0]]},
            "names": [signal.plus, signal.minus],
            "colours": ["positive", "negative"],
        },
        "trails": True,
        "readouts": [
            {"tensor": "signal_cosine", "title": signal.cosine},
            {"tensor": "background_norm", "title": "background"},
            {"tensor": "weight_norm", "title": "|w|"},
            *({"tensor": tensor, "title": title} for tensor, title in vectors),
        ],
    }
    text = text or f"Each dot is a neuron; as features emerge, dots gather at {signal.plus} and {signal.minus}."
    used = ("neuron", signal.word, "cosine", "MDS", "stress", "signal plane", *words)
    return Panel("map", "points", "Neurons, by the direction of their weights", show, hero, text, used)


def curves_panel(
    upper: tuple[str, Iterable[str]],
    lower: tuple[str, Iterable[str]],
    text: str,
    words: Sequence[str],
    *,
    hero: bool = False,
) -> Panel:
    """What is learned, and the loss below it: titles and metrics of both."""
    panes = [
        {"metrics": list(metrics), "title": title, "share": share}
        for (title, metrics), share in ((upper, 0.77), (lower, 0.23))
    ]
    return Panel("curves", "curves", "What the network knows", {"panes": panes}, hero, text, tuple(words))


def matrix(tensor: str, columns: str, order: str, most: float = 1, **more: Any) -> dict[str, Any]:
    """What a panel shows of neurons by something."""
    return {"tensor": tensor, "rows": "neurons", "columns": columns, "order": order, "range": [-most, most], **more}


def directions_panel(most: float, *words: str) -> Panel:
    """Neurons by directions that each have a name, the signal being one of them."""
    show = matrix("alignment", "directions", "signal_cosine", most, title="cos")
    text = "A row for each neuron, a column for each direction: as neurons come to point the same way, columns fill."
    title = "Which direction does each neuron carry?"
    return Panel("alignment", "matrix", title, show, text=text, words=(*words, "cosine"))


def density_panel(signal: Signal, axis: str, text: str, words: Sequence[str] = (), **lines: Any) -> Panel:
    """Cosines of all neurons over time; `lines` below them, with `lines_title`."""
    show = {"tensor": "signal_cosine", "range": [-1, 1], "bins": BINS, "title": axis, "groups": signal.groups, **lines}
    used = ("neuron", "cosine", signal.word, *words)
    return Panel("density", "density", "When do the features emerge?", show, text=text, words=used)


def spectrum_panel() -> Panel:
    title = "How many directions do the weights use?"
    show = {
        "tensor": "singular_values",
        "axis": "ranks",
        "beside": "start",
        "scale": "log",
        "title": "singular value",
    }
    text = "Where one bar leaves the others behind, there is a direction that all neurons share."
    return Panel("spectrum", "bars", title, show, text=text, words=("singular value",))


def pictures_panel(
    signal: Signal,
    references: Mapping[str, Any] | None,
    *,
    hero: bool = False,
    pairs: bool = False,
    words: Sequence[str] = (),
    orders: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> Panel:
    """The weights of each neuron as a picture of what it looks for."""
    show = {
        "tensor": "weights",
        "axis": "pictures",
        "scale": "weights_scale",
        "mark": signal.colour,
        "orders": [{"id": "cosine", "title": "By cosine", "by": "signal_cosine"}, *map(dict, orders)],
        "pairs": pairs,
        **({} if references is None else {"references": dict(references)}),
        **more,
    }
    text = "The weights of each neuron as a picture of what it looks for; the line below has its colour on the map."
    used = ("neuron", signal.word, "cosine", *words)
    return Panel("pictures", "images", "Neurons as pictures", show, hero, text, used)
