"""How runs on a sparse parity are shown."""

from collections.abc import Mapping
from dataclasses import replace
from math import sqrt
from typing import Any

from emergescope.recording.display import Axis, Display, EventKind, Facet, Metric, Panel, Paper, Tensor
from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.hidden_progress.theory import theory_of
from emergescope.toolkit import neuron_display as shared
from emergescope.toolkit import neuron_panels as panels
from emergescope.toolkit.ansatz_display import with_ansatz

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
_GLOSSARY = {
    "relevant input": "One of the k inputs whose product is the label. All others are noise.",
    "hidden progress": "What the weights show while loss and error do not: those on relevant inputs move further than "
    "those on others. The noise of small batches covers it.",
    "movement ρ": "How far the weight that moved most is from its start.",
    "reference lines": "What a coin gets right; and, without biases, a loss that no such network can pass.",
    "first gradient": "What gradient descent sees before its first step. In expectation it is a little larger on "
    "relevant inputs; a batch adds noise that only many steps average out.",
}
_BRIGHTEST = 4  # of the hidden weights, in units of the largest at the start


def display_of(config: HiddenProgressConfig, facts: Mapping[str, Any] | None = None) -> Display:
    neurons, inputs = config.shown
    known, groups = (facts or {}).get("inputs"), shared.relevance(config.problem.k, inputs, "other")
    names = known and tuple(f"x{j}" for j in known["shown"])
    display = Display(
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
        glossary={"neuron": panels.GLOSSARY["neuron"], **_GLOSSARY},
    )
    return with_ansatz(display, "inputs") if config.capture.ansatz else display


def _summary(config: HiddenProgressConfig) -> str:
    problem, method = config.problem, config.method
    labels = ", labels are coin flips" if problem.labels == "random" else ""
    biases = "" if method.biases else " without biases"
    what = f"Parity of {problem.k} inputs among {problem.n:,}{labels}"
    return f"{what} · {method.width:,} neurons{biases}, batch {config.training.batch:,} · seed {config.seed}"


def _facets(config: HiddenProgressConfig) -> tuple[Facet, ...]:
    problem, method, training = config.problem, config.method, config.training
    labels = Facet("problem.labels", "labels", "parity", dash="solid")
    if problem.labels == "random":
        labels = replace(labels, value="coin flips", dash="dash")
    biases = ("on", "biases", "series-1") if method.biases else ("off", "no biases", "series-2")
    return (
        labels,
        Facet("method.biases", "biases", *biases),
        Facet("problem.n", "n", str(problem.n), f"n {problem.n}"),
        Facet("problem.k", "k", str(problem.k), f"k {problem.k}"),
        Facet("training.batch", "batch", str(training.batch), f"batch {training.batch}"),
        Facet("training.eta", "η", f"{training.eta:g}", f"η {training.eta:g}"),
        Facet("method.width", "neurons", f"{method.width:,}", f"{method.width:,} neurons"),
        shared.seed_facet(config.seed),
    )


def _metrics(config: HiddenProgressConfig) -> dict[str, Metric]:
    lines = shared.references_of(theory_of(config).lines)
    accuracy: dict[str, Any] = {"unit": "share", "high": 1, "emphasis": True, "strong": True, "passes": 0.9}
    moved: dict[str, Any] = {"group": "movement", "scale": "log"}
    rho = {**moved, "emphasis": True, "text": "max |W − W₀| of the hidden layer"}
    relevant: dict[str, Any] = {"colour": "positive", "strong": True}
    rows: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("loss", "loss of the batch", "batch", {"group": "loss", "colour": "ink-muted"}),
        ("test_loss", "loss on tests", "tests", {"group": "loss", "strong": True}),
        ("test_accuracy", "test accuracy", "test", {"group": "accuracy", **accuracy}),
        ("rho", "largest movement ρ", "ρ", rho),
        ("rho_relevant", "ρ on relevant inputs", "relevant", {**moved, **relevant}),
        ("rho_background", "ρ on the others", "others", {**moved, "colour": "background"}),
        ("relevant_weight", "mean |w| on relevant inputs", "relevant", {"group": "weight", **relevant}),
        ("background_weight", "largest mean |w| on another", "others", {"group": "weight", "colour": "background"}),
    )
    return {
        name: Metric(title, short, low=0, references=lines.get(name, ()), **more) for name, title, short, more in rows
    }


def _panels(config: HiddenProgressConfig) -> tuple[Panel, ...]:
    brightest = _BRIGHTEST / sqrt(config.problem.n)
    weights = panels.matrix("weights", "inputs", "relevant_norm", brightest, title="w")
    moved = {"tensor": "input_moved", "axis": "inputs", "title": "largest |w − w₀|"}
    means = {"tensor": "input_weight", "axis": "inputs", "beside": "start", "title": "mean |w|"}
    relevant = ("relevant input",)
    return (
        Panel(
            "weights",
            "matrix",
            "What weight does each neuron give each input?",
            weights,
            hero=True,
            text="A row for each neuron, a column for each input: columns that stand out are inputs that count.",
            words=("neuron", *relevant),
        ),
        _curves(),
        Panel(
            "moved",
            "bars",
            "How far has each input’s largest weight moved?",
            moved,
            text="Weights on relevant inputs that move further than those on others show what the error still hides.",
            words=(*relevant, "movement ρ"),
        ),
        Panel(
            "sizes",
            "bars",
            "How large are the weights of each input?",
            means,
            text="The mean size of each input’s weights, beside that at the start.",
            words=relevant,
        ),
        _neurons(),
        _beside_theory(),
    )


def _curves() -> Panel:
    panes = [
        {"metrics": ["test_accuracy"], "title": "accuracy"},
        {"metrics": ["test_loss", "loss"], "title": "hinge loss"},
        {"metrics": ["rho_relevant", "rho_background"], "title": "largest movement"},
        {"metrics": ["relevant_weight", "background_weight"], "title": "mean |w|"},
    ]
    text = "The error stays that of a coin for long and then falls at once; the weights’ movement may show it coming."
    words = ("hidden progress", "relevant input", "movement ρ", "reference lines")
    return Panel("curves", "curves", "What the error hides", {"panes": panes}, text=text, words=words)


def _neurons() -> Panel:
    across, upwards = "norm of w on relevant inputs", "norm of w on the others"
    show = {
        "axis": "neurons",
        "maps": [{"id": "parts", "title": "parts", **_parts(across, upwards)}],
        "colour": {"tensor": "output_weight", "scale": "diverging", "title": "a"},
        "trails": True,
        "readouts": [
            {"tensor": "relevant_norm", "title": "on relevant inputs"},
            {"tensor": "background_norm", "title": "on the others"},
            {"tensor": "bias", "title": "b"},
            {"tensor": "output_weight", "title": "a"},
        ],
    }
    text = "Each dot is a neuron: those that learn the parity move to the right, and down."
    words = ("neuron", "relevant input")
    return Panel("neurons", "points", "Neurons, by where their weights lie", show, text=text, words=words)


def _parts(across: str, upwards: str) -> dict[str, Any]:
    return {"x": "relevant_norm", "y": "background_norm", "titles": [across, upwards]}


def _beside_theory() -> Panel:
    keys = {name: name for name in ("name", "predicted", "measured", "deviation")}
    title = "size of an entry, per unit of output weight"
    show = {"event": "gradient", "list": "groups", "group": "relevant", "title": title, **keys}
    text = "The first gradient on relevant inputs and on the others, measured on many samples, beside its expectation."
    words = ("first gradient", "relevant input")
    return Panel("theory", "comparison", "First gradient beside theory", show, text=text, words=words)
