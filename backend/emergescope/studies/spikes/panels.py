"""The panels of one step at growing sizes. Knows no torch."""

from typing import TYPE_CHECKING

from emergescope.recording.display import Panel
from emergescope.studies.spikes.config import SHOWN, SpikesConfig
from emergescope.studies.spikes.expected import gradient_of

if TYPE_CHECKING:
    from torch import Tensor

FARTHEST = 2.5  # projection of a sample that is shown
APART = 7.0  # from spike to spike, in the picture of all
SPIKES = tuple(f"spike {k}" for k in range(1, SHOWN + 1))
DEGREES = tuple(f"degree {k}" for k in range(1, SHOWN + 1))


def spike_levels(like: "Tensor") -> "Tensor":
    """Where in the picture of all spikes the zero of each lies, the first on top."""
    return like.new_tensor([APART * (SHOWN - 1 - k) for k in range(SHOWN)])


def panels_of(config: SpikesConfig) -> tuple[Panel, ...]:
    """The first is the hero."""
    return (_shapes(), _curves(), _learning(config), _carried(), _learnt(config), _spectrum(), _beside_theory())


def _shapes() -> Panel:
    show = {
        "axis": "entries",
        "maps": [
            {
                "id": "shapes",
                "title": "spikes",
                "x": "projection",
                "y": "vector_entry",
                "titles": ["sample’s projection on the direction of the step", "entry, a level for each spike"],
                "ranges": [[-FARTHEST - 1.8, FARTHEST + 0.3], [-4.0, APART * (SHOWN - 1) + 4.5]],
            }
        ],
        "colour": {"tensor": "spike", "scale": "categories", "names": list(SPIKES), "title": "singular vector"},
        "landmarks": {
            "at": {"shapes": [[-FARTHEST - 1.3, APART * (SHOWN - 1 - k)] for k in range(SHOWN)]},
            "names": list(SPIKES),
            "colours": [f"series-{k + 1}" for k in range(SHOWN)],
        },
        "readouts": [
            {"tensor": "projection", "title": "projection"},
            {"tensor": "vector_entry", "title": "entry, shifted"},
        ],
    }
    text = (
        "Each dot is a sample: to the right its projection on the direction of the step, upwards its entry in a left "
        "singular vector of the features. A cloud holds nothing; a line, a parabola, a cubic are what is held."
    )
    words = ("spike", "direction of the step", "left singular vector")
    return Panel("shapes", "points", "What does each spike hold?", show, hero=True, text=text, words=words)


def _curves() -> Panel:
    places = range(1, SHOWN + 1)
    values = [f"{name}_{k}" for name in ("singular", "predicted") for k in places]
    panes = [{"metrics": [*values, "bulk_edge", "edge_predicted"], "title": "singular values / √n"}]
    text = (
        "One spike after the other leaves the bulk, near where the dashed lines of theory do. Upright lines are the "
        "limits 1/4, 1/3 and 3/8 of the paper."
    )
    words = ("exponent a", "spike", "bulk", "theory", "limit")
    return Panel("curves", "curves", "When does each spike leave the bulk?", {"panes": panes}, text=text, words=words)


def _learning(config: SpikesConfig) -> Panel:
    learnt = [f"learnt_{k}" for k, weight in enumerate(config.problem.degrees, 1) if weight]
    panes = [{"metrics": learnt, "title": "part of each degree"}, {"metrics": ["test_mse"], "title": "test MSE"}]
    text = "One degree of the target after the other is learnt, each when its spike comes, or a little before."
    words = ("exponent a", "degree", "readout")
    return Panel("learning", "curves", "When is each degree learnt?", {"panes": panes}, text=text, words=words)


def _carried() -> Panel:
    show = {"tensor": "cosines", "rows": "spikes", "columns": "degrees", "range": [0, 1], "title": "|cos|"}
    text = "Each spike holds the Hermite polynomial of its own degree: cells on the diagonal light up one by one."
    words = ("spike", "degree", "left singular vector")
    return Panel("carried", "matrix", "Which degree is in which spike?", show, text=text, words=words)


def _learnt(config: SpikesConfig) -> Panel:
    overlap = gradient_of(config.problem, config.method).overlap
    show = {
        "tensor": "learnt",
        "axis": "target_degrees",
        "beside": "start",
        "title": "part learnt",
        "theory": [overlap ** (2 * k) for k in range(1, len(config.problem.degrees) + 1)],
        "theory_title": "all that the direction of the step allows",
    }
    text = "Degree 1 is linear, and is learnt from random features as well; degrees 2 and 3 wait for their spikes."
    words = ("degree", "readout", "direction of the step")
    return Panel("learnt", "bars", "How much of each degree is learnt?", show, text=text, words=words)


def _spectrum() -> Panel:
    show = {
        "tensor": "singular_values",
        "axis": "ranks",
        "beside": "start",
        "scale": "log",
        "title": "singular value / √n",
    }
    text = "The bulk of random features on the right, and the spikes that have left it on the left."
    return Panel("spectrum", "bars", "How many spikes are there?", show, text=text, words=("spike", "bulk"))


def _beside_theory() -> Panel:
    keys = {name: name for name in ("name", "predicted", "measured")} | {"group": "left"}
    show = {"event": "compared", "list": "groups", "title": "exponent a at which it leaves the bulk", **keys}
    text = "Where each spike left the bulk, beside what theory expects at this size; and the limit of the paper."
    words = ("spike", "theory", "limit")
    return Panel("theory", "comparison", "Thresholds beside theory", show, text=text, words=words)
