"""How runs on modular addition are shown."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emergescope.recording.display import Axis, Display, EventKind, Facet, Metric, Panel, Paper, Tensor
from emergescope.studies.modular_addition.config import ModularAdditionConfig
from emergescope.studies.modular_addition.theory import theory_of
from emergescope.toolkit import neuron_display as shared

PAPER = Paper(
    "Feature Emergence via Margin Maximization: Case Studies in Algebraic Tasks",
    "Morwani, Edelman, Oncescu, Zhao and Kakade",
    2023,
    "https://arxiv.org/abs/2311.07568",
)
_EVENTS = {
    "accuracy": EventKind("Every sum is right", "all right", "major"),
    "emerged": EventKind("Most neurons are one cosine", "cosines", "emergence"),
    "frequencies": EventKind("Every frequency has a cosine", "frequencies", "major"),
    "margin": EventKind("Near the largest margin", "margin", "major"),
    "control": EventKind("The control fails", "control", "major"),
    "theory": EventKind("The end beside theory", "theory", "note"),
    **shared.EVENTS,
}
_GLOSSARY = {
    "neuron": "A unit of the hidden layer: u, what it gives the first number; v, the second; w, each answer. It "
    "squares u[a] + v[b], or leaves out what is negative (ReLU), and adds w times that to the answers.",
    "frequency": "How often a wave goes up and down while a number runs once around the clock, from 0 to p − 1. "
    "Frequency p − j looks the same as j, so that there are (p − 1)/2.",
    "power": "Weights are a sum of cosines of all frequencies (their Fourier transform). Power is the square of such a "
    "cosine’s height; its share says how much of the neuron it is. The mean of the weights is left out.",
    "one cosine": "A neuron whose u has 95 % of its power at one frequency.",
    "in use": "Neurons whose weights are larger than a tenth of the largest ones’. The penalty makes those small that "
    "nothing needs.",
    "margin": "By how much the right answer is above the best wrong one, on the pair where that is least, for weights "
    "scaled to Σᵢ |θᵢ|³ = 1. It is drawn in units of γ*, the largest there is.",
    "penalty": "Sum over neurons of the cube of a neuron’s length (of the square, in the control); λ times it is added "
    "to the loss.",
    "phase": "Where a wave begins. Neurons work together where the phase of w is that of u plus that of v.",
    "reference lines": "What theory says: γ*, and the number of all frequencies; and what guessing gets right.",
}


def display_of(config: ModularAdditionConfig, facts: Mapping[str, Any] | None = None) -> Display:
    p, count = config.problem.p, config.frequencies
    short = tuple(map(str, range(1, count + 1)))
    names = tuple(f"frequency {j}" for j in short)
    return Display(
        summary=_summary(config),
        metrics=_metrics(config),
        axes={
            "neurons": shared.neurons_axis(config.shown, config.method.width),
            "frequencies": Axis("frequency", "frequencies", count, count, names, short=short),
            "numbers": Axis("number", "numbers", p, p, tuple(f"a = {a}" for a in range(p))),
        },
        tensors=_tensors(count),
        panels=_panels(config),
        events=_EVENTS,
        facets=_facets(config),
        paper=PAPER,
        glossary=_GLOSSARY,
    )


def _summary(config: ModularAdditionConfig) -> str:
    method, training = config.method, config.training
    kind = "squares" if method.activation == "square" else "ReLUs"
    power = "³" if training.penalty == "cubes" else "²"
    what = f"Addition modulo {config.problem.p}"
    return f"{what} · {method.width:,} {kind}, penalty {training.lam:g} Σ|θ|{power} · seed {config.seed}"


def _facets(config: ModularAdditionConfig) -> tuple[Facet, ...]:
    method, training = config.method, config.training
    activation = ("x²", "squares", "series-1") if method.activation == "square" else ("ReLU", "ReLUs", "series-2")
    penalty = Facet("training.penalty", "penalty", "Σ|θ|³", "|θ|³", dash="solid")
    if training.penalty == "squares":
        penalty = replace(penalty, value="Σ|θ|²", short="|θ|²", dash="dash")
    return (
        Facet("method.activation", "activation", *activation),
        penalty,
        Facet("problem.p", "p", str(config.problem.p), f"p {config.problem.p}"),
        Facet("method.width", "neurons", f"{method.width:,}", f"{method.width:,} neurons"),
        Facet("training.lam", "λ", f"{training.lam:g}", f"λ {training.lam:g}"),
        shared.seed_facet(config.seed),
    )


def _tensors(count: int) -> dict[str, Tensor]:
    neurons, frequencies = ("neurons",), ("frequencies",)
    return {
        "spectrum": Tensor("F16", ("neurons", "frequencies"), 0, 1, "share of each frequency in the power of u"),
        "wave": Tensor("F16", ("neurons", "numbers"), -1, 1, "u, the largest being 1 or −1"),
        "power": Tensor("F32", neurons, 0, 1, "share of the largest frequency"),
        "main_frequency": Tensor("F32", neurons, 1, count, "the largest frequency"),
        "main_frequency_and_power": Tensor("F32", neurons, -count, 1, "the share of the largest frequency minus it"),
        "main_frequency_and_start": Tensor("F32", neurons, -count, 1, "where the wave of u begins minus its frequency"),
        "phase": Tensor("F32", neurons, -180, 180, "of u plus that of v minus that of w, in degrees"),
        "norm": Tensor("F32", neurons, 0, None, "of u, v and w together"),
        "neurons_at_frequency": Tensor("F32", frequencies, 0, None, "neurons in use, by their largest frequency"),
        "share_of_frequency": Tensor(
            "F32", frequencies, 0, None, "of the penalty, by the largest frequency of a neuron"
        ),
    }


def _metrics(config: ModularAdditionConfig) -> dict[str, Metric]:
    lines, count = shared.references_of(theory_of(config).lines), config.frequencies
    strong: dict[str, Any] = {"strong": True, "emphasis": True}
    cosine: dict[str, Any] = {"unit": "share", "low": 0, "high": 1, "group": "cosines"}
    counted: dict[str, Any] = {"unit": "count", "low": 0, "group": "frequencies"}
    rows: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("loss", "cross-entropy", "loss", {"low": 0, "group": "loss", "scale": "log", "strong": True}),
        ("penalty", "λ × penalty", "penalty", {"low": 0, "group": "loss", "scale": "log", "colour": "ink-muted"}),
        ("accuracy", "sums right", "right", {"unit": "share", "low": 0, "high": 1, "group": "accuracy", **strong}),
        ("margin", "least margin, unscaled", "margin", {"group": "unscaled"}),
        ("margin_ratio", "margin / γ*", "margin", {"high": 1, "group": "margin", "passes": 0.98, **strong}),
        ("power_median", "share of the largest frequency, median", "median power", {**cosine, **strong}),
        ("power_mean", "share of the largest frequency, mean", "mean power", {**cosine, "colour": "ink-muted"}),
        ("cosines", "neurons that are one cosine", "one cosine", {**cosine, "colour": "positive", "passes": 0.5}),
        ("phase_error", "mean phase error in degrees", "phase error", {"low": 0, "high": 180, "group": "phase"}),
        ("frequencies", "frequencies with a cosine", "frequencies", {"high": count, **counted, "colour": "positive"}),
        ("neurons", "neurons in use", "in use", {"high": config.method.width, **counted, "group": "neurons"}),
        ("largest_share", "largest share of a frequency", "largest share", {**cosine, "group": "share"}),
    )
    return {name: Metric(title, short, references=lines.get(name, ()), **more) for name, title, short, more in rows}


def _panels(config: ModularAdditionConfig) -> tuple[Panel, ...]:
    spectrum = _rows("spectrum", "frequencies", "main_frequency_and_power", [0, 1], "share")
    waves = _rows("wave", "numbers", "main_frequency_and_start", [-1, 1], "u")
    neurons = {"tensor": "neurons_at_frequency", "axis": "frequencies", "title": "neurons in use"}
    shares: dict[str, Any] = {"tensor": "share_of_frequency", "axis": "frequencies", "title": "share of the penalty"}
    if config.training.penalty == "cubes":
        shares |= {"theory": 1 / config.frequencies, "theory_title": "2/(p − 1)"}
    return (
        Panel(
            "spectrum",
            "matrix",
            "Which frequencies is each neuron made of?",
            spectrum,
            hero=True,
            text="A row for each neuron, a column for each frequency: a bright cell alone in its row is one cosine.",
            words=("neuron", "frequency", "power", "one cosine"),
        ),
        _curves(),
        Panel(
            "waves",
            "matrix",
            "What does each neuron give each number?",
            waves,
            text="A row for each neuron, by its frequency and then by where its wave begins: noise turns into stripes.",
            words=("neuron", "frequency"),
        ),
        _density(),
        _phases(config),
        Panel(
            "bars",
            "bars",
            "Is every frequency used?",
            neurons,
            text="Neurons in use by their largest frequency: none of the frequencies stays empty.",
            words=("frequency", "in use"),
        ),
        Panel(
            "shares",
            "bars",
            "Do the frequencies share equally?",
            shares,
            text="However many neurons it has, each frequency ends with the same part of the penalty.",
            words=("frequency", "penalty"),
        ),
        _beside_theory(),
    )


def _rows(tensor: str, columns: str, order: str, ends: list[int], title: str) -> dict[str, Any]:
    return {"tensor": tensor, "rows": "neurons", "columns": columns, "order": order, "range": ends, "title": title}


def _curves() -> Panel:
    panes = [
        {"metrics": ["accuracy"], "title": "sums right"},
        {"metrics": ["margin_ratio"], "title": "margin / γ*"},
        {"metrics": ["cosines", "power_median"], "title": "one cosine"},
        {"metrics": ["frequencies"], "title": "frequencies"},
        {"metrics": ["loss", "penalty"], "title": "loss"},
    ]
    text = "Every sum is right long before the margin is as large as it can be; neurons become cosines in between."
    words = ("margin", "one cosine", "penalty", "reference lines")
    return Panel("curves", "curves", "When do waves emerge?", {"panes": panes}, text=text, words=words)


def _density() -> Panel:
    show = {
        "tensor": "power",
        "range": [0, 1],
        "bins": 40,
        "title": "share of the largest frequency",
        "groups": [
            {"name": "mixed", "high": 0.95},
            {"name": "one cosine", "low": 0.95, "colour": "positive"},
        ],
    }
    text = "How many neurons have which share of their power at one frequency, over time: all arrive at the top."
    words = ("neuron", "power", "one cosine")
    return Panel("density", "density", "When does each neuron become one cosine?", show, text=text, words=words)


def _phases(config: ModularAdditionConfig) -> Panel:
    titles, ranges = ["phase of u + v − w, in degrees", "share of the largest frequency"], [[-180, 180], [0, 1]]
    plane = {"id": "phases", "title": "phases", "x": "phase", "y": "power", "titles": titles, "ranges": ranges}
    scale = {"scale": "sequential", "range": [1, config.frequencies], "title": "frequency"}
    readouts = {"main_frequency": "frequency", "power": "its share", "phase": "phase error °", "norm": "|θ|"}
    show = {
        "axis": "neurons",
        "maps": [plane],
        "colour": {"tensor": "main_frequency", **scale},
        "size": {"tensor": "norm", "title": "|θ|"},
        "trails": True,
        "readouts": [{"tensor": tensor, "title": title} for tensor, title in readouts.items()],
    }
    text = "Each dot is a neuron: those that are one cosine are at the top, those in phase in the middle."
    words = ("neuron", "phase", "power", "in use")
    return Panel("phases", "points", "Are the parts of each neuron in phase?", show, text=text, words=words)


def _beside_theory() -> Panel:
    keys = {"list": "parts", "name": "name", "group": "at_the_end"}
    show = {"event": "theory", "title": "as a part of what is predicted", **keys}
    text = "What the theorem says of networks with the largest margin, beside the end of the run."
    words = ("margin", "one cosine", "frequency", "penalty")
    return Panel("theory", "comparison", "What must such a network look like?", show, text=text, words=words)
