"""The panels of the path of one giant step. Knows no torch."""

from math import sqrt

from emergescope.recording.display import Panel
from emergescope.studies.one_step.config import OneStepConfig, mse_name
from emergescope.studies.one_step.readout_theory import readout_errors
from emergescope.studies.one_step.spike import Spike, spike_of

READOUT_COLOURS = ("series-1", "series-2", "series-3", "series-4")
_COSINE = "cos(w, target)"


def panels_of(config: OneStepConfig) -> tuple[Panel, ...]:
    """The first is the hero."""
    expected = spike_of(config)
    return (
        _plane(config, expected),
        _curves(config),
        _turning(expected),
        _spectrum(expected),
        _readouts(config),
        _beside_theory(),
    )


def drawn_readouts(config: OneStepConfig) -> tuple[float, ...]:
    """At most four of the readouts, for a chart in which lines have colours."""
    alphas = config.method.alphas
    most = min(len(alphas), len(READOUT_COLOURS))
    return tuple(alphas[round(i * (len(alphas) - 1) / max(1, most - 1))] for i in range(most))


def _plane(config: OneStepConfig, expected: Spike) -> Panel:
    end = [expected.row * expected.overlap, expected.row * sqrt(max(0.0, 1 - expected.overlap**2))]
    spread = 4.5 / sqrt(config.problem.d)
    far = max(*end, 0.5) + spread
    shown = 2 if expected.row else 1
    show = {
        "axis": "neurons",
        "maps": [
            {
                "id": "plane",
                "title": "plane",
                "x": "along_target",
                "y": "along_noise",
                "titles": ["weight along the target", "weight along the noise of the step"],
                "ranges": [[-spread, far], [-spread, far]],
            }
        ],
        "colour": {"tensor": "target_cosine", "scale": "diverging", "range": _cosines(expected), "title": _COSINE},
        "landmarks": {
            "at": {"plane": [[0, 0], end][:shown]},
            "names": ["before the step", "theory, t = 1"][:shown],
            "colours": ["ink-muted", "series-2"][:shown],
        },
        "trails": True,
        "readouts": [
            {"tensor": "along_target", "title": "along the target"},
            {"tensor": "along_noise", "title": "along the noise"},
            {"tensor": "target_cosine", "title": _COSINE},
        ],
    }
    text = (
        "Each dot is a neuron; to the right lies what the label depends on. All move there together, and up by noise."
    )
    words = ("neuron", "target", "noise of the step", "path")
    return Panel("plane", "points", "Where does the step take the neurons?", show, hero=True, text=text, words=words)


def _cosines(expected: Spike) -> list[float]:
    """The range of neurons’ cosines with the target."""
    most = min(1.0, round(max(expected.cosine(1), 0.2) * 1.5 + 0.05, 1))
    return [-most, most]


def _curves(config: OneStepConfig) -> Panel:
    panes = [
        {"metrics": ["target_overlap", "overlap_predicted"], "title": "overlap with the target"},
        {"metrics": ["top_value", "top_predicted", "second_value"], "title": "singular values"},
        {"metrics": [mse_name(alpha) for alpha in drawn_readouts(config)], "title": "test MSE of readouts"},
    ]
    text = (
        "The direction is found early on the path, and the readouts’ error falls with it. With many samples the whole "
        "step is more than is best."
    )
    words = ("overlap", "spike", "readout", "path")
    return Panel("curves", "curves", "When is the target found?", {"panes": panes}, text=text, words=words)


def _turning(expected: Spike) -> Panel:
    show = {
        "tensor": "target_cosine",
        "range": _cosines(expected),
        "bins": 80,
        "title": f"neurons, by {_COSINE}",
    }
    text = "All neurons at all places of the path: one band that leaves zero, and nobody stays behind."
    return Panel("turning", "density", "Do all neurons turn?", show, text=text, words=("neuron", "target", "path"))


def _spectrum(expected: Spike) -> Panel:
    show = {
        "tensor": "singular_values",
        "axis": "ranks",
        "beside": "start",
        "title": "singular value",
        "theory": [expected.top_value(1)],
        "theory_title": "spike in theory, t = 1",
    }
    text = "The step adds one large singular value to those of random weights."
    return Panel("spectrum", "bars", "What does the step add?", show, text=text, words=("singular value", "spike"))


def _readouts(config: OneStepConfig) -> Panel:
    show = {
        "tensor": "readout_mse",
        "axis": "alphas",
        "beside": "start",
        "title": "test MSE",
        "theory": list(readout_errors(config)),
        "theory_title": "theory, t = 1",
    }
    text = "A readout for each number of samples: bars are its error now, black lines that on random features."
    return Panel(
        "readouts", "bars", "What is the new direction worth?", show, text=text, words=("readout", "random features")
    )


def _beside_theory() -> Panel:
    keys = {name: name for name in ("name", "predicted", "measured")} | {"group": "after the step"}
    show = {"event": "compared", "list": "groups", "title": "spike, cosines and errors", **keys}
    text = "The spike, its direction, how neurons lie, and the readouts’ error, beside what theory expects."
    return Panel("theory", "comparison", "The step beside theory", show, text=text, words=("spike", "overlap"))
