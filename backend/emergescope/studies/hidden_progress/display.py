"""How runs on a sparse parity are shown."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

from emergescope.recording.display import Axis, Display, EventKind, Facet, Metric, Panel, Paper, Tensor
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
_TENSORS = {
    "weights": Tensor("F32", ("neurons", "inputs"), text="of the hidden layer"),
    "relevant_norm": Tensor("F32", ("neurons",), 0, None, "norm of a neuron’s weights on the relevant inputs"),
    "background_norm": Tensor("F32", ("neurons",), 0, None, "norm of its weights on the others"),
    "bias": Tensor("F32", ("neurons",)),
    "output_weight": Tensor("F32", ("neurons",)),
    "input_moved": Tensor("F32", ("inputs",), 0, None, "how far the weight that moved most is from its start"),
    "input_weight": Tensor("F32", ("inputs",), 0, None, "mean size of an input’s weights"),
}
_BRIGHTEST = 4  # of the hidden weights, in units of the largest at the start


def display_of(config: HiddenProgressConfig, facts: Mapping[str, Any] | None = None) -> Display:
    neurons, inputs = config.shown
    known, groups = (facts or {}).get("inputs"), shared.relevance(config.problem.k, inputs)
    names = known and tuple(f"x{j}" for j in known["shown"])
    return Display(
        summary=_summary(config),
        metrics=_metrics(config),
        axes={
            "neurons": shared.neurons_axis(neurons, config.method.width),
            "inputs": Axis("input", "inputs", inputs, config.problem.n, names, groups),
        },
        tensors=_TENSORS,
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


def _metrics(config: HiddenProgressConfig) -> dict[str, Metric]:
    lines = shared.references_of(theory_of(config).lines)
    accuracy: dict[str, Any] = {"unit": "share", "high": 1, "emphasis": True}
    moved: dict[str, Any] = {"group": "movement", "scale": "log"}
    rho = {**moved, "emphasis": True, "text": "max |W − W_0| of the hidden layer"}
    rows: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("loss", "loss of the batch", "batch", {"group": "loss", "colour": "ink-muted"}),
        ("test_loss", "loss on tests", "tests", {"group": "loss", "colour": "series-1"}),
        ("test_accuracy", "test accuracy", "test", {"group": "accuracy", **accuracy}),
        ("rho", "largest movement ρ", "ρ", rho),
        ("rho_relevant", "ρ on relevant inputs", "relevant", {**moved, "colour": "positive"}),
        ("rho_background", "ρ on the others", "others", {**moved, "colour": "background"}),
        ("relevant_weight", "mean |w| on relevant inputs", "relevant", {"group": "weight", "colour": "positive"}),
        ("background_weight", "largest mean |w| on another", "others", {"group": "weight", "colour": "background"}),
    )
    return {
        name: Metric(title, short, low=0, references=lines.get(name, ()), **more) for name, title, short, more in rows
    }


def _panels(config: HiddenProgressConfig) -> tuple[Panel, ...]:
    weights = shared.matrix("weights", "inputs", "relevant_norm", _BRIGHTEST / sqrt(config.problem.n))
    errors, losses = ["test_accuracy"], ["test_loss", "loss"]
    movements, sizes = ["rho_relevant", "rho_background"], ["relevant_weight", "background_weight"]
    points = {
        "axis": "neurons",
        "maps": [shared.parts_map("relevant inputs", "others", "relevant and others")],
        "colour": {"tensor": "output_weight", "scale": "diverging"},
        "trails": True,
    }
    means = {"tensor": "input_weight", "axis": "inputs", "beside": "start"}
    return (
        Panel("weights", "matrix", "Hidden weights", weights, hero=True),
        shared.curves_panel("What the error hides", errors, losses, movements, sizes),
        Panel("moved", "bars", "Largest movement per input", {"tensor": "input_moved", "axis": "inputs"}),
        Panel("sizes", "bars", "Mean weight per input", means),
        Panel("neurons", "points", "Neurons", points),
        Panel("theory", "comparison", "First gradient beside theory", {"event": "gradient"}),
    )
