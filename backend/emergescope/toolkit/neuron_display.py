"""How neurons that are compared with directions are shown: what the cameras of several studies have in common.

Knows no torch.
"""

from collections.abc import Mapping
from typing import Any

from emergescope.recording.display import Axis, EventKind, Group, Metric, Panel, Paper, Reference, Tensor

EMERGENCE = Paper(
    "A Theoretical Analysis on Feature Learning in Neural Networks: "
    "Emergence from Inputs and Advantage over Fixed Features",
    "Shi, Wei and Liang",
    2022,
    "https://openreview.net/forum?id=wMpS-Z_AI_E",
)
LARGEST = 64  # singular values that are kept
EVENTS = {
    "diverged": EventKind("Diverged", "diverged", "major"),
    "unmeasured": EventKind("Not measured", "unmeasured", "note"),
}


def learning(*, low: float = 0.0, references: tuple[Reference, ...] = ()) -> dict[str, Metric]:
    """Metrics of the descent, and of tests. `low` is what guessing gives."""
    return {
        "loss": Metric("loss", low=0.0, group="loss", colour="series-1", vital=True),
        "train_accuracy": Metric("training accuracy", "train", "share", 0, 1, group="accuracy", colour="ink-muted"),
        "test_accuracy": Metric(
            "test accuracy",
            "test",
            "share",
            0,
            1,
            group="accuracy",
            emphasis=True,
            vital=True,
            colour="ink",
            references=references,
        ),
    }


def cosines(signal: str = "±s") -> dict[str, Metric]:
    return {
        "signal_cosine_mean": Metric(
            "mean |cos|", "mean |cos|", "none", 0, 1, group="alignment", emphasis=True, text=f"of neurons with {signal}"
        ),
        "signal_cosine_min": Metric("smallest |cos|", "min |cos|", "none", 0, 1, group="alignment"),
        "initial_cosine_mean": Metric("mean cosine with the start", "cos with start", "none", -1, 1, group="alignment"),
    }


def neurons_axis(shown: int, total: int) -> Axis:
    return Axis("neuron", "neurons", shown, total)


def directions_axis(
    noun: str, plural: str, shown: int, total: int, relevant: int, facts: Mapping[str, Any] | None
) -> Axis:
    """The relevant ones come first. Names, where there are any, are known once the run has started."""
    known = (facts or {}).get("patterns") or {}
    names = known.get("names")
    groups = (
        Group("relevant", "positive", tuple(range(relevant))),
        Group("background", "background", tuple(range(relevant, shown))),
    )
    return Axis(noun, plural, len(names) if names else shown, total, names and tuple(names), groups, at_most=True)


def neuron_tensors(neurons: str, directions: str) -> dict[str, Tensor]:
    """Of neurons on a map, compared with directions."""
    one: tuple[str, ...] = (neurons,)
    return {
        "alignment": Tensor("F16", (neurons, directions), -1, 1, "cosine of each neuron with each direction"),
        "signal_cosine": Tensor("F32", one, -1, 1, "cosine of each neuron with the signal"),
        "relevant_norm": Tensor("F32", one, 0, None, "of the part along the relevant directions, of a unit vector"),
        "background_norm": Tensor("F32", one, 0, None, "of the part along the others"),
        "weight_norm": Tensor("F32", one, 0, None, "norm of the weights"),
        "bias": Tensor("F32", one),
        "output_weight": Tensor("F32", one),
        "layout": Tensor("F32", (neurons, 2), text="positions on the map"),
        "landmarks": Tensor("F32", (2, 2), text="positions of the signal and its opposite"),
        "singular_values": Tensor("F32", ("ranks",), 0, None, "of the weights, largest first"),
    }


def picture_tensors(pictures: str, shape: tuple[int, ...]) -> dict[str, Tensor]:
    return {
        "weights": Tensor("U8", (pictures, *shape), 0, 255, "weights as pictures, each on its own scale"),
        "weights_scale": Tensor("F32", (pictures,), 0, None, "the weight that is black or white in the picture"),
    }


def ranks_axis(neurons: int, length: int) -> Axis:
    most = min(LARGEST, neurons, length)
    return Axis("singular value", "singular values", most, min(neurons, length), at_most=True)


def map_panel(title: str = "Map of the neurons", **more: Any) -> Panel:
    show = {
        "axis": "neurons",
        "maps": [{"id": "mds", "title": "angles", "positions": "layout"}, *more.pop("maps", [])],
        "colour": {"tensor": "signal_cosine", "scale": "diverging"},
        "size": "weight_norm",
        "landmarks": {"tensor": "landmarks", "names": ["+s", "−s"]},
        "trails": True,
        **more,
    }
    return Panel("map", "points", title, show, hero=True)


def parts_map(signal: str, rest: str) -> dict[str, Any]:
    """A second map: how much of each neuron lies along the signal, and how much elsewhere."""
    return {
        "id": "parts",
        "title": "signal and rest",
        "x": "relevant_norm",
        "y": "background_norm",
        "titles": [signal, rest],
    }


def usual_panels(directions: str, *, density: bool = True, pictures: bool = False) -> tuple[Panel, ...]:
    """Below the map and the curves."""
    panels = [
        Panel(
            "alignment",
            "matrix",
            "Neurons and directions",
            {
                "tensor": "alignment",
                "rows": "neurons",
                "columns": directions,
                "order": "signal_cosine",
                "range": [-1, 1],
            },
        )
    ]
    if density:
        panels.append(
            Panel("density", "density", "Cosines over time", {"tensor": "signal_cosine", "range": [-1, 1], "bins": 40})
        )
    panels.append(
        Panel("spectrum", "bars", "Singular values", {"tensor": "singular_values", "beside": "start", "scale": "log"})
    )
    if pictures:
        panels.append(
            Panel(
                "pictures",
                "images",
                "Weights as pictures",
                {"tensor": "weights", "scale": "weights_scale", "axis": "pictures"},
            )
        )
    return tuple(panels)
