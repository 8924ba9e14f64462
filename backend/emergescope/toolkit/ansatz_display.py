"""What a study with a first layer declares to show the neural feature ansatz: a setting, a metric, tensors, panels, a
statement, sentences. Knows no torch; the numbers are those of feature_ansatz.py.
"""

from dataclasses import replace

import numpy as np
from pydantic import Field

from emergescope.config.run import Capture
from emergescope.recording.display import Display, Metric, Panel, Tensor
from emergescope.recording.events import Frame
from emergescope.studies.study import Statement
from emergescope.toolkit.sentences import LOST

COSINE, MOVED, GRADIENT = "ansatz_cosine", "ansatz_moved", "ansatz_gradient"
SETTING = "capture.ansatz"
WORD = "feature ansatz"
_MOVED, _GRADIENT = "(W − W₀)ᵀ(W − W₀)", "(mean of g gᵀ)^½"
_SIDES = {MOVED: _MOVED, GRADIENT: _GRADIENT}
_WHAT = (
    f"That the first layer moves along the directions in which the output changes with the input: {_MOVED} is, up to a "
    "factor, the square root of the mean of g gᵀ, g the gradient of the output with respect to the input. Observed in "
    "many networks, and exact in few."
)
_METRIC = Metric(
    "cosine of the feature ansatz",
    "ansatz",
    low=-1,
    high=1,
    group="ansatz",
    colour="series-1",
    text=f"of the entries of {_MOVED}, less their mean, with those of {_GRADIENT}",
    strong=True,
)


class AnsatzCapture(Capture):
    """What any study captures; and whether the feature ansatz is looked at."""

    ansatz: bool = Field(
        False,
        title="feature ansatz",
        description="in each frame, how the first layer has moved beside how the output changes with the inputs",
    )


def with_ansatz(display: Display, axis: str) -> Display:
    """The display with what shows the ansatz along an axis, of inputs or of directions among them: the cosine over
    time, above the test accuracy, and the two matrices.
    """
    panes = [{"metrics": [COSINE], "title": "cosine"}, {"metrics": ["test_accuracy"], "title": "accuracy"}]
    text = f"The closer to 1, the more do the weights lie along those {axis} along which the output changes."
    title = "Do the weights hold the gradient’s outer product?"
    panels = (
        Panel("ansatz", "curves", title, {"panes": panes}, text=text, words=(WORD,)),
        _matrix(MOVED, axis, f"Along which {axis} have the weights moved?", _MOVED),
        _matrix(GRADIENT, axis, f"Along which {axis} does the output change?", _GRADIENT),
    )
    return replace(
        display,
        metrics={**display.metrics, COSINE: _METRIC},
        tensors={**display.tensors, **{name: _tensor(axis, what) for name, what in _SIDES.items()}},
        panels=(*display.panels, *panels),
        glossary={**display.glossary, WORD: _WHAT},
    )


def _tensor(axis: str, formula: str) -> Tensor:
    return Tensor("F16", (axis, axis), -1, 1, f"{formula}, in units of its largest entry", always=False)


def _matrix(tensor: str, axis: str, title: str, formula: str) -> Panel:
    show = {"tensor": tensor, "rows": axis, "columns": axis, "range": [-1, 1], "title": "entry"}
    text = f"{formula} in units of its largest entry: a row and a column for each of the {axis}, relevant ones first."
    return Panel(tensor, "matrix", title, show, text=text, words=(WORD,))


def ansatz_memory(inputs: int) -> int:
    """Bytes of a look at it: matrices of the inputs in double precision, and what their eigenvectors take."""
    return 8 * 8 * inputs**2


def ansatz_work(inputs: int, neurons: int, samples: int) -> int:
    """Operations of a look at it: the gradients, their outer products, the square root."""
    return 2 * samples * inputs * (2 * neurons + inputs) + 12 * inputs**3 + 2 * neurons * inputs**2


def statement() -> Statement:
    """What the ansatz says, and where it is more than an observation."""
    return Statement(
        "feature-ansatz",
        "The neural feature ansatz",
        "(W − W₀)ᵀ(W − W₀) ∝ (E[∇f(x) ∇f(x)ᵀ])^½",
        "Trained first layers are observed to have moved along the directions in which the output changes with the "
        "input, so that the entries of both matrices have a cosine near 1. For a linear network f = aᵀWx with balanced "
        "layers, aaᵀ = WWᵀ, it is an identity: E[∇f ∇fᵀ] = WᵀaaᵀW = (WᵀW)².",
        None,
        False,
        (
            "Layers are balanced, as gradient flow from weights near 0 leaves them.",
            "The network is linear, or activations keep to one side for most inputs.",
        ),
        (
            "With ReLUs and at finite steps it is only approximate, and the cosine says how well it holds.",
            "Weights do not begin near 0 here: W₀ is subtracted on the left, and the gradient still has its part.",
            "Means are subtracted from the entries, so the cosine is that between patterns of entries and not sizes.",
        ),
    )


def says(frame: Frame, relevant: int, axis: str) -> dict[str, str]:
    """Sentences by panel; the first `relevant` ones of the axis are so."""
    found = {
        "ansatz": _of_the_cosine(frame),
        MOVED: _of_side(frame, MOVED, relevant, axis, "of how far the weights have moved"),
    }
    found[GRADIENT] = _of_side(frame, GRADIENT, relevant, axis, "of how much the output changes")
    return {panel: text for panel, text in found.items() if text}


def _of_the_cosine(frame: Frame) -> str | None:
    if COSINE not in frame.metrics:
        moved = frame.tensors.get(MOVED)
        return None if moved is None or moved.any() else "No weight has moved yet."
    cosine = frame.metrics[COSINE]
    if cosine is None:
        return LOST
    how = "nearly the same" if cosine > 0.9 else "alike" if cosine > 0.5 else "hardly alike"
    return f"Where the weights have moved and where the output changes are {how}: their cosine is {cosine:.2f}."


def _of_side(frame: Frame, name: str, relevant: int, axis: str, what: str) -> str | None:
    """By the diagonal, whose sum is the sum of squares of what moved."""
    side = frame.tensors.get(name)
    if side is None or len(side) <= relevant:
        return None
    if not np.isfinite(side).all():
        return LOST
    diagonal = side.astype(np.float64).diagonal()
    if not diagonal.sum() > 0:
        return "No weight has moved yet." if name == MOVED else "The output is the same for all inputs."
    share, even = diagonal[:relevant].sum() / diagonal.sum(), relevant / len(side)
    return f"{share:.0%} {what} is along the {relevant} relevant {axis}; spread evenly it would be {even:.0%}."
