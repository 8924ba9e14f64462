"""How runs of a recursive feature machine are shown."""

from collections.abc import Mapping
from typing import Any

from emergescope.recording.display import Axis, Display, EventKind, Facet, Metric, Panel, Paper, Tensor
from emergescope.studies.rfm.config import RfmConfig
from emergescope.studies.rfm.theory import theory_of
from emergescope.toolkit import neuron_display as shared

PAPER = Paper(
    "Mechanism for Feature Learning in Neural Networks and Backpropagation-Free Machine Learning Models",
    "Radhakrishnan, Beaglehole, Pandit and Belkin",
    2024,
    "https://arxiv.org/abs/2212.13881",
)
_EVENTS = {
    "emerged": EventKind("Relevant coordinates have nearly all of M", "emerged", "emergence"),
    "accurate": EventKind("Accurate", "accurate", "major"),
    "control": EventKind("The control fails", "control", "major"),
    "singular": EventKind("Kernel matrix not positive definite", "singular", "major"),
    "limit": EventKind("M beside its limit", "limit", "note"),
    **shared.EVENTS,
}
_GLOSSARY = {
    "metric M": "The matrix by which the kernel measures distances, √((x − z)ᵀ M (x − z)). A coordinate with a large "
    "entry counts, one with a small entry is overlooked.",
    "average gradient outer product": "The average of ∇f ∇fᵀ over the training points: how much, and along which "
    "directions, the prediction changes there. It is M in the next round.",
    "relevant coordinate": "One of the few coordinates that decide the target. They come first in all pictures.",
    "round": "M becomes the average gradient outer product of the machine, and the machine is fitted anew. Round 0 is "
    "the first fit, with M the identity: an ordinary kernel machine.",
    "R²": "The share of the target’s variance that predictions explain: 1 is a perfect fit, 0 no better than a "
    "constant.",
    "reference lines": "What a constant gets wrong, and the limit of M’s entries for x0 and x1 as the machine becomes "
    "the target.",
}
_METRICS = {"learned": "M learned", "identity": "M = I", "permuted": "M permuted"}


def display_of(config: RfmConfig, facts: Mapping[str, Any] | None = None) -> Display:
    problem = config.problem
    points, coordinates = config.shown
    known = (facts or {}).get("coordinates")
    names = known and tuple(f"x{j}" for j in known["shown"])
    groups = shared.relevance(len(problem.relevant), coordinates, "other")
    ranks = min(problem.d, shared.LARGEST)
    return Display(
        summary=_summary(config),
        metrics=_metrics(config),
        axes={
            "coordinates": Axis("coordinate", "coordinates", coordinates, problem.d, names, groups),
            "ranks": Axis("eigenvalue", "eigenvalues", ranks, problem.d),
            "points": Axis("test point", "test points", points, config.capture.test_samples),
        },
        tensors=_tensors(problem.target == "gated"),
        panels=_panels(problem.target == "gated"),
        events=_EVENTS,
        facets=_facets(config),
        steps="rounds",
        paper=PAPER,
        glossary=_GLOSSARY,
    )


def _summary(config: RfmConfig) -> str:
    problem = config.problem
    target = "x0 x1 where x5 > 0" if problem.target == "gated" else "x0 x1"
    how = _METRICS[config.method.metric]
    return f"{target}, among {problem.d:,} coordinates · {problem.n:,} points, {how} · seed {config.seed}"


def _facets(config: RfmConfig) -> tuple[Facet, ...]:
    problem, method = config.problem, config.method
    colour = {"learned": "series-1", "identity": "series-2", "permuted": "series-3"}[method.metric]
    gated = problem.target == "gated"
    return (
        Facet("method.metric", "metric", method.metric, _METRICS[method.metric], colour),
        Facet("problem.target", "target", problem.target, problem.target, dash="solid" if gated else "dash"),
        Facet("problem.d", "d", str(problem.d), f"d {problem.d}"),
        Facet("problem.n", "n", f"{problem.n:,}", f"n {problem.n:,}"),
        Facet("method.ridge", "ridge", f"{method.ridge:g}", f"ridge {method.ridge:g}"),
        Facet("method.bandwidth", "L", f"{method.bandwidth:g}", f"L {method.bandwidth:g}"),
        shared.seed_facet(config.seed),
    )


def _metrics(config: RfmConfig) -> dict[str, Metric]:
    lines = shared.references_of(theory_of(config).lines)
    error: dict[str, Any] = {"low": 0, "group": "error", "scale": "log"}
    share: dict[str, Any] = {"unit": "share", "low": 0, "high": 1, "passes": 0.8, "colour": "positive"}
    rows: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("relevant_share", "share of M on relevant coordinates", "share", {**share, "emphasis": True, "strong": True}),
        ("r2", "R² on tests", "R²", {"high": 1, "group": "r2", "emphasis": True, "strong": True, "passes": 0.8}),
        ("test_mse", "mean squared error on tests", "tests", {**error, "emphasis": True, "strong": True}),
        ("train_mse", "mean squared error in training", "training", {**error, "colour": "ink-muted"}),
        ("smooth_entry", "entry of M for x0 and x1", "x0, x1", {"low": 0, "scale": "log", "colour": "positive"}),
    )
    return {name: Metric(title, short, references=lines.get(name, ()), **more) for name, title, short, more in rows}


def _tensors(gated: bool) -> dict[str, Tensor]:
    gate = {"gate": Tensor("F32", ("points",), text="x5 of each test point")} if gated else {}
    return {
        "metric": Tensor("F32", ("coordinates", "coordinates"), -1, 1, "M, divided by its largest entry"),
        "shares": Tensor("F32", ("coordinates",), 0, 1, "share of the trace of M"),
        "eigenvalues": Tensor("F32", ("ranks",), 0, 1, "of M, as shares of its trace, largest first"),
        "target": Tensor("F32", ("points",), text="f* of each test point"),
        "predicted": Tensor("F32", ("points",), text="f of each test point"),
        **gate,
    }


def _panels(gated: bool) -> tuple[Panel, ...]:
    metric = {"tensor": "metric", "rows": "coordinates", "columns": "coordinates", "range": [-1, 1], "title": "M / max"}
    shares = {"tensor": "shares", "axis": "coordinates", "beside": "start", "title": "share of the trace"}
    spectrum = {"tensor": "eigenvalues", "axis": "ranks", "beside": "start", "title": "share of the trace"}
    return (
        Panel(
            "metric",
            "matrix",
            "Which coordinates count in the metric M?",
            metric,
            hero=True,
            text="M by coordinates, the relevant ones first: in the end little is left but their corner.",
            words=("metric M", "average gradient outer product", "relevant coordinate", "round"),
        ),
        _curves(),
        Panel(
            "shares",
            "bars",
            "How much of M does each coordinate have?",
            shares,
            text="The diagonal of M as shares of its trace, beside that of the identity.",
            words=("metric M", "relevant coordinate"),
        ),
        Panel(
            "spectrum",
            "bars",
            "How many directions does M use?",
            spectrum,
            text="Eigenvalues of M as shares of its trace: as features emerge few are left.",
            words=("metric M",),
        ),
        _predictions(gated),
        _beside_theory(),
    )


def _curves() -> Panel:
    panes = [
        {"metrics": ["relevant_share"], "title": "share of M"},
        {"metrics": ["r2"], "title": "R²"},
        {"metrics": ["test_mse", "train_mse"], "title": "squared error"},
        {"metrics": ["smooth_entry"], "title": "entry of M"},
    ]
    text = "As M finds the relevant coordinates, the error on new points falls; on training points it is small at once."
    words = ("round", "R²", "relevant coordinate", "reference lines")
    return Panel("curves", "curves", "Does the error fall?", {"panes": panes}, text=text, words=words)


def _predictions(gated: bool) -> Panel:
    parts = {"x": "target", "y": "predicted", "titles": ["target f*", "prediction f"]}
    groups = [
        {"name": "x5 < 0: target 0", "high": 0, "colour": "negative"},
        {"name": "x5 > 0", "low": 0, "colour": "positive"},
    ]
    gate = {"tensor": "gate", "scale": "diverging", "range": [-1, 1], "title": "x5", "groups": groups}
    show: dict[str, Any] = {
        "axis": "points",
        "maps": [{"id": "fit", "title": "fit", **parts}],
        "readouts": [{"tensor": "target", "title": "f*"}, {"tensor": "predicted", "title": "f"}],
        **({"colour": gate} if gated else {}),
    }
    text = "Each dot is a new point: the better the machine, the nearer dots are to the diagonal."
    return Panel("predictions", "points", "What does it predict at new points?", show, text=text, words=("R²",))


def _beside_theory() -> Panel:
    keys = {name: name for name in ("name", "predicted", "measured", "deviation")}
    show = {"event": "limit", "list": "groups", "group": "relevant", "title": "entry of M", **keys}
    text = "Entries of M after the last round, beside those of the average outer product of the target’s own gradients."
    words = ("metric M", "average gradient outer product")
    return Panel("theory", "comparison", "Is M what theory says?", show, text=text, words=words)
