"""How neurons that are compared with directions are shown: what the cameras of several studies have in common.

Knows no torch.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from emergescope.config.run import Capture
from emergescope.recording.display import Axis, EventKind, Group, Metric, Panel, Paper, Reference, Tensor
from emergescope.studies.study import Measure, ReferenceLine

EMERGENCE = Paper(
    "A Theoretical Analysis on Feature Learning in Neural Networks: "
    "Emergence from Inputs and Advantage over Fixed Features",
    "Shi, Wei and Liang",
    2022,
    "https://openreview.net/forum?id=wMpS-Z_AI_E",
)
LARGEST = 64  # singular values that are kept
MEASURES = (
    Measure("emergence_step", "emergence step", 0, None, event="emerged"),
    Measure("test_accuracy", "final test accuracy", 0.5, 1),
)
EVENTS = {
    "diverged": EventKind("Diverged", "diverged", "major"),
    "unmeasured": EventKind("Not measured", "unmeasured", "note"),
}


def share(title: str, short: str = "", group: str = "accuracy", **more: Any) -> Metric:
    return Metric(title, short, "share", 0, 1, group=group, **more)


def learning(lines: Iterable[ReferenceLine] = ()) -> dict[str, Metric]:
    """Metrics of the descent, and of tests, with the lines across them."""
    of_loss, of_tests = (references_of(lines).get(name, ()) for name in ("loss", "test_accuracy"))
    tests: dict[str, Any] = {"emphasis": True, "vital": True, "colour": "ink", "references": of_tests}
    return {
        "loss": Metric("loss", low=0.0, group="loss", colour="series-1", vital=True, references=of_loss),
        "train_accuracy": share("training accuracy", "train", colour="ink-muted"),
        "test_accuracy": share("test accuracy", "test", **tests),
    }


def references_of(lines: Iterable[ReferenceLine]) -> dict[str, tuple[Reference, ...]]:
    """The lines of a theory by metric."""
    found: dict[str, tuple[Reference, ...]] = {}
    for line in lines:
        found[line.metric] = (*found.get(line.metric, ()), Reference(line.value, line.text))
    return found


def cosine(title: str, short: str, low: float = 0, **more: Any) -> Metric:
    return Metric(title, short, "none", low, 1, group="alignment", **more)


def cosines(signal: str = "±s") -> dict[str, Metric]:
    return {
        "signal_cosine_mean": cosine("mean |cos|", "mean |cos|", emphasis=True, text=f"of neurons with {signal}"),
        "signal_cosine_min": cosine("smallest |cos|", "min |cos|"),
        "initial_cosine_mean": cosine("mean cosine with the start", "cos with start", -1),
    }


def neurons_axis(shown: int, total: int) -> Axis:
    return Axis("neuron", "neurons", shown, total)


def relevance(relevant: int, shown: int) -> tuple[Group, ...]:
    """The relevant ones come first."""
    rest = tuple(range(relevant, shown))
    return Group("relevant", "positive", tuple(range(relevant))), Group("background", "background", rest)


def axes(
    capture: Capture,
    facts: Mapping[str, Any] | None,
    *,
    neurons: int,
    length: int,
    directions: int,
    relevant: int = 1,
    noun: str = "direction",
    pictures: bool = True,
) -> dict[str, Axis]:
    """Of neurons with `length` weights each, and of the directions that they are compared with, by their plural."""
    shown, ranks = min(neurons, capture.max_neurons), min(neurons, length)
    compared = min(directions, max(relevant, capture.max_patterns))
    names = ((facts or {}).get("patterns") or {}).get("names")  # known, where there are any, once the run has started
    count, named, groups = len(names) if names else compared, names and tuple(names), relevance(relevant, compared)
    found = {
        "neurons": neurons_axis(shown, neurons),
        f"{noun}s": Axis(noun, f"{noun}s", count, directions, named, groups, at_most=True),
        "ranks": Axis("singular value", "singular values", min(LARGEST, ranks), ranks, at_most=True),
    }
    if pictures:
        found["pictures"] = Axis("neuron", "neurons", min(shown, capture.max_pictures), neurons)
    return found


def neuron_tensors(directions: str) -> dict[str, Tensor]:
    """Of neurons on a map, compared with directions."""
    one = ("neurons",)
    return {
        "alignment": Tensor("F16", ("neurons", directions), -1, 1, "cosine of each neuron with each direction"),
        "signal_cosine": Tensor("F32", one, -1, 1, "cosine of each neuron with the signal"),
        "relevant_norm": Tensor("F32", one, 0, None, "of the part along the relevant directions, of a unit vector"),
        "background_norm": Tensor("F32", one, 0, None, "of the part along the others"),
        "weight_norm": Tensor("F32", one, 0, None, "norm of the weights"),
        "bias": Tensor("F32", one),
        "output_weight": Tensor("F32", one),
        "layout": Tensor("F32", ("neurons", 2), text="positions on the map"),
        "landmarks": Tensor("F32", (2, 2), text="positions of the signal and its opposite"),
        "singular_values": Tensor("F32", ("ranks",), 0, None, "of the weights, largest first"),
    }


def picture_tensors(shape: tuple[int, ...]) -> dict[str, Tensor]:
    return {
        "weights": Tensor("U8", ("pictures", *shape), 0, 255, "weights as pictures, each on its own scale"),
        "weights_scale": Tensor("F32", ("pictures",), 0, None, "the weight that is black or white in the picture"),
    }


def map_panel(**more: Any) -> Panel:
    show = {
        "axis": "neurons",
        "maps": [{"id": "mds", "title": "angles", "positions": "layout"}, *more.pop("maps", [])],
        "colour": {"tensor": "signal_cosine", "scale": "diverging"},
        "size": "weight_norm",
        "landmarks": {"tensor": "landmarks", "names": ["+s", "−s"]},
        "trails": True,
        **more,
    }
    return Panel("map", "points", "Map of the neurons", show, hero=True)


def parts_map(signal: str, rest: str, title: str = "signal and rest") -> dict[str, Any]:
    """A second map: how much of each neuron lies along the signal, and how much elsewhere."""
    return {"id": "parts", "title": title, "x": "relevant_norm", "y": "background_norm", "titles": [signal, rest]}


def curves_panel(title: str, *panes: Iterable[str]) -> Panel:
    """Curves of metrics, those of a pane in one picture."""
    return Panel("curves", "curves", title, {"panes": [list(pane) for pane in panes]})


def matrix(tensor: str, columns: str, order: str, most: float = 1) -> dict[str, Any]:
    """What a panel shows of neurons by something."""
    return {"tensor": tensor, "rows": "neurons", "columns": columns, "order": order, "range": [-most, most]}


def usual_panels(
    directions: str, *, lines: tuple[Mapping[str, str], ...] = (), pictures: bool = False
) -> tuple[Panel, ...]:
    """Below the map and the curves. `lines` below the density: tensors, whose means are drawn."""
    over_time = {"tensor": "signal_cosine", "range": [-1, 1], "bins": 40, **({"lines": lines} if lines else {})}
    spectrum = {"tensor": "singular_values", "beside": "start", "scale": "log"}
    images = {"tensor": "weights", "scale": "weights_scale", "axis": "pictures"}
    return (
        Panel("alignment", "matrix", "Neurons and directions", matrix("alignment", directions, "signal_cosine")),
        Panel("density", "density", "Cosines over time", over_time),
        Panel("spectrum", "bars", "Singular values", spectrum),
        *((Panel("pictures", "images", "Weights as pictures", images),) if pictures else ()),
    )
