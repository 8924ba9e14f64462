"""How neurons that are compared with directions are declared: what the cameras of several studies have in common.

Their panels are in neuron_panels.py. Knows no torch.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from emergescope.config.run import Capture
from emergescope.recording.display import Axis, EventKind, Facet, Group, Metric, Paper, Reference, Tensor
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


def learning(lines: Iterable[ReferenceLine] = (), **more: Any) -> dict[str, Metric]:
    """Metrics of the descent, and of tests, with the lines across them; `more` is of the tests."""
    of_loss, of_tests = (references_of(lines).get(name, ()) for name in ("loss", "test_accuracy"))
    tests: dict[str, Any] = {"emphasis": True, "vital": True, "colour": "ink", "references": of_tests, "passes": 0.95}
    return {
        "loss": Metric("loss", low=0.0, group="loss", vital=True, references=of_loss),
        "train_accuracy": share("training accuracy", "train", colour="ink-muted"),
        "test_accuracy": share("test accuracy", "test accuracy", **(tests | more)),
    }


def references_of(lines: Iterable[ReferenceLine]) -> dict[str, tuple[Reference, ...]]:
    """The lines of a theory by metric."""
    found: dict[str, tuple[Reference, ...]] = {}
    for line in lines:
        found[line.metric] = (*found.get(line.metric, ()), Reference(line.value, line.text))
    return found


def cosine(title: str, short: str, low: float = 0, **more: Any) -> Metric:
    return Metric(title, short, "none", low, 1, group="alignment", **more)


def cosines(signal: str, short: str, **more: Any) -> dict[str, Metric]:
    """With the signal, and with where the neurons began; `more` is of the mean."""
    mean: dict[str, Any] = {"emphasis": True, "passes": 0.5, "colour": "positive", "text": f"of neurons with {signal}"}
    return {
        "signal_cosine_mean": cosine("mean |cos|", short, **(mean | more)),
        "signal_cosine_min": cosine("smallest |cos|", "min |cos|"),
        "initial_cosine_mean": cosine("mean cosine with the start", "cos with start", -1, passes=0.5, falling=True),
    }


def neurons_axis(shown: int, total: int) -> Axis:
    return Axis("neuron", "neurons", shown, total)


def relevance(relevant: int, shown: int, rest: str = "background") -> tuple[Group, ...]:
    """The relevant ones come first; what the `rest` is called."""
    others = tuple(range(relevant, shown))
    return Group("relevant", "positive", tuple(range(relevant))), Group(rest, "background", others)


def axes(
    capture: Capture,
    facts: Mapping[str, Any] | None,
    *,
    neurons: int,
    length: int,
    directions: int,
    relevant: int = 0,
    noun: str = "direction",
    pictures: bool = True,
) -> dict[str, Axis]:
    """Of neurons with `length` weights each, and of the directions that they are compared with, by their plural; the
    first ones are `relevant`, if any are.
    """
    shown, ranks = min(neurons, capture.max_neurons), min(neurons, length)
    compared = min(directions, max(relevant, capture.max_patterns))
    known = (facts or {}).get("patterns") or {}  # once the run has started
    names, numbers = known.get("names"), known.get("shown")
    count = len(numbers) if numbers else compared
    found = {
        "neurons": neurons_axis(shown, neurons),
        f"{noun}s": Axis(
            noun,
            f"{noun}s",
            count,
            directions,
            names and tuple(names),
            relevance(relevant, count) if relevant else (),
            at_most=True,
            short=names and tuple(map(_short, names)),
            numbers=tuple(numbers) if numbers else None,  # their columns among all directions
        ),
        "ranks": Axis("singular value", "singular values", min(LARGEST, ranks), ranks, at_most=True),
    }
    if pictures:
        found["pictures"] = Axis("neuron", "neurons", min(shown, capture.max_pictures), neurons, part_of="neurons")
    return found


def _short(name: str) -> str:
    """Of a direction, for the foot of a narrow column."""
    if name == "difference of class means":
        return "difference"
    return name.replace("mean of ", "mean ").replace("principal direction ", "direction ")


def sums(signal: str, facts: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Of relevant patterns, as a further reference; none where one alone is relevant, or they are not known yet."""
    relevant = ((facts or {}).get("patterns") or {}).get("relevant", ())
    return [{"name": f"{signal}, sum of the relevant patterns", "columns": list(relevant)}] if len(relevant) > 1 else []


def seed_facet(seed: int) -> Facet:
    return Facet("seed", "seed", str(seed), f"seed {seed}")


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
