"""How runs on a sparse parity are shown."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

from emergescope.recording.display import (
    Axis,
    Display,
    EventKind,
    Facet,
    Group,
    Metric,
    Panel,
    Paper,
    Reference,
    Tensor,
)
from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.hidden_progress.theory import theory_of
from emergescope.toolkit import neuron_display as shared

PAPER = Paper(
    "Hidden Progress in Deep Learning: SGD Learns Parities Near the Computational Limit",
    "Barak, Edelman, Goel, Kakade, Malach and Zhang",
    2022,
    "https://arxiv.org/abs/2207.08799",
)
_EVENTS = {
    "progress": EventKind("Hidden progress", "progress", "major"),
    "emerged": EventKind("The error falls", "emerged", "emergence"),
    "accuracy": EventKind("Accurate", "accurate", "major"),
    "control": EventKind("The control fails", "control", "major"),
    "gradient": EventKind("First gradient beside theory", "gradient", "note"),
    **shared.EVENTS,
}
_BRIGHTEST = 4  # of the hidden weights, in units of the largest at the start


def display_of(config: HiddenProgressConfig, facts: Mapping[str, Any] | None = None) -> Display:
    return Display(
        summary=_summary(config),
        metrics=_metrics(config),
        axes=_axes(config, facts),
        tensors=_tensors(),
        panels=_panels(config),
        events=_EVENTS,
        facets=_facets(config),
        paper=PAPER,
    )


def _summary(config: HiddenProgressConfig) -> str:
    problem, method = config.problem, config.method
    labels = ", labels are coin flips" if problem.labels == "random" else ""
    biases = "" if method.biases else " without biases"
    what = f"Parity of {problem.k} inputs among {problem.n:,}{labels}"
    return f"{what} · {method.width:,} neurons{biases}, batch {config.training.batch:,} · seed {config.seed}"


def _facets(config: HiddenProgressConfig) -> tuple[Facet, ...]:
    problem, method, training = config.problem, config.method, config.training
    return (
        Facet("problem.labels", "labels", "coin flips" if problem.labels == "random" else "parity"),
        Facet("method.biases", "biases", "on" if method.biases else "off"),
        Facet("problem.n", "n", str(problem.n)),
        Facet("problem.k", "k", str(problem.k)),
        Facet("training.batch", "batch", str(training.batch)),
        Facet("training.eta", "η", f"{training.eta:g}"),
        Facet("method.width", "width", str(method.width)),
        Facet("seed", "seed", str(config.seed)),
    )


def _axes(config: HiddenProgressConfig, facts: Mapping[str, Any] | None) -> dict[str, Axis]:
    neurons, inputs = config.shown
    problem = config.problem
    known = (facts or {}).get("inputs")
    groups = (
        Group("relevant", "positive", tuple(range(problem.k))),
        Group("background", "background", tuple(range(problem.k, inputs))),
    )
    return {
        "neurons": shared.neurons_axis(neurons, config.method.width),
        "inputs": Axis("input", "inputs", inputs, problem.n, known and tuple(f"x{j}" for j in known["shown"]), groups),
    }


def _tensors() -> dict[str, Tensor]:
    return {
        "weights": Tensor("F32", ("neurons", "inputs"), text="of the hidden layer"),
        "relevant_norm": Tensor("F32", ("neurons",), 0, None, "norm of a neuron’s weights on the relevant inputs"),
        "background_norm": Tensor("F32", ("neurons",), 0, None, "norm of its weights on the others"),
        "bias": Tensor("F32", ("neurons",)),
        "output_weight": Tensor("F32", ("neurons",)),
        "input_moved": Tensor("F32", ("inputs",), 0, None, "how far the weight that moved most is from its start"),
        "input_weight": Tensor("F32", ("inputs",), 0, None, "mean size of an input’s weights"),
    }


def _metrics(config: HiddenProgressConfig) -> dict[str, Metric]:
    lines = theory_of(config).lines

    def metric(name: str, title: str, short: str, **more: Any) -> Metric:
        references = tuple(Reference(one.value, one.text) for one in lines if one.metric == name)
        return Metric(title, short, references=references, **more)

    share: dict[str, Any] = {"unit": "share", "low": 0, "high": 1, "group": "accuracy"}
    moved: dict[str, Any] = {"low": 0, "group": "movement", "scale": "log"}
    size: dict[str, Any] = {"low": 0, "group": "weight"}
    return {
        "loss": metric("loss", "loss of the batch", "batch", low=0, group="loss", colour="ink-muted"),
        "test_loss": metric("test_loss", "loss on tests", "tests", low=0, group="loss", colour="series-1"),
        "test_accuracy": metric("test_accuracy", "test accuracy", "test", emphasis=True, **share),
        "rho": metric(
            "rho", "largest movement ρ", "ρ", emphasis=True, text="max |W − W_0| of the hidden layer", **moved
        ),
        "rho_relevant": metric("rho_relevant", "ρ on relevant inputs", "relevant", colour="positive", **moved),
        "rho_background": metric("rho_background", "ρ on the others", "others", colour="background", **moved),
        "relevant_weight": metric(
            "relevant_weight", "mean |w| on relevant inputs", "relevant", colour="positive", **size
        ),
        "background_weight": metric(
            "background_weight", "largest mean |w| on another", "others", colour="background", **size
        ),
    }


def _panels(config: HiddenProgressConfig) -> tuple[Panel, ...]:
    bright = _BRIGHTEST / sqrt(config.problem.n)
    return (
        Panel(
            "weights",
            "matrix",
            "Hidden weights",
            {
                "tensor": "weights",
                "rows": "neurons",
                "columns": "inputs",
                "order": "relevant_norm",
                "range": [-bright, bright],
            },
            hero=True,
        ),
        Panel(
            "curves",
            "curves",
            "What the error hides",
            {
                "panes": [
                    ["test_accuracy"],
                    ["test_loss", "loss"],
                    ["rho_relevant", "rho_background"],
                    ["relevant_weight", "background_weight"],
                ]
            },
        ),
        Panel("moved", "bars", "Largest movement per input", {"tensor": "input_moved", "axis": "inputs"}),
        Panel(
            "sizes", "bars", "Mean weight per input", {"tensor": "input_weight", "axis": "inputs", "beside": "start"}
        ),
        Panel(
            "neurons",
            "points",
            "Neurons",
            {
                "axis": "neurons",
                "maps": [
                    {
                        "id": "parts",
                        "title": "relevant and others",
                        "x": "relevant_norm",
                        "y": "background_norm",
                        "titles": ["relevant inputs", "others"],
                    }
                ],
                "colour": {"tensor": "output_weight", "scale": "diverging"},
                "trails": True,
            },
        ),
        Panel("theory", "comparison", "First gradient beside theory", {"event": "gradient"}),
    )
