"""How runs that complete a matrix are shown."""

from collections.abc import Mapping
from typing import Any

from emergescope.recording.display import Axis, Display, EventKind, Facet, Metric, Panel, Paper, Tensor
from emergescope.studies.linear_rfm.config import EXPLAINED, LinearRfmConfig
from emergescope.studies.linear_rfm.theory import theory_of
from emergescope.toolkit import neuron_display as shared

PAPER = Paper(
    "Linear Recursive Feature Machines provably recover low-rank matrices",
    "Radhakrishnan, Belkin and Drusvyatskiy",
    2024,
    "https://arxiv.org/abs/2401.04553",
)
_EVENTS = {
    "emerged": EventKind("The matrix emerges", "emerged", "emergence"),
    "halted": EventKind("Stopped", "stopped", "major"),
    "control": EventKind("The control fails", "control", "major"),
    "first_round": EventKind("First round beside theory", "first round", "note"),
    **shared.EVENTS,
}
_GLOSSARY = {
    "known entry": "One of those that rows are fitted to. All others are held out. They only decide, as in the "
    "paper’s code, when the ridge becomes small and when to stop.",
    "held-out error": "The mean square error of entries that are not known. Entries have a mean square of about 1: "
    "that is the error of zeros.",
    "M": "The average gradient outer product of the rows’ predictors, X'X/d of the completed matrix X. The next round "
    "weighs directions by it: those in which the rows lie count, and all others fade.",
    "row space": "The r dimensions in which all rows of the true matrix lie. Nobody tells the method.",
    "singular values": "How much a matrix stretches its main directions. One of rank r has r that are not 0.",
    "order": "Rows and columns stand in the order of the true matrix’s two leading directions, so that those alike are "
    "neighbours. The method does not know this order, and it makes no difference to it.",
    "reference lines": "What fixed features get, at which error a run stops, and the share of the row space in M = I.",
    "theory": "What the first round should give; and which penalty on singular values the rounds lower.",
}
_ALPHAS = {1.0: "series-1", 0.5: "series-2", 0.25: "series-3"}
_ENTRIES = (-2.5, 2.5)  # of the colours; entries have a mean square of 1


def display_of(config: LinearRfmConfig, facts: Mapping[str, Any] | None = None) -> Display:
    square = ("rows", "columns")
    return Display(
        summary=_summary(config),
        metrics=_metrics(config),
        axes={
            "rows": _axis("row", config, facts),
            "columns": _axis("column", config, facts),
            "ranks": Axis(
                "singular value",
                "singular values",
                config.values_shown,
                config.problem.d,
                groups=shared.relevance(
                    min(config.problem.true_rank, config.values_shown), config.values_shown, "rest"
                ),
            ),
        },
        tensors={
            "completed_matrix": Tensor("F16", square, text="entries of the completed matrix"),
            "still_missing": Tensor("F16", square, text="what they lack of the true ones"),
            "m": Tensor("F16", ("columns", "columns"), text="M between columns"),
            "singular_values": Tensor("F32", ("ranks",), 0, None, "of the completed matrix", always=False),
            "true_values": Tensor("F32", ("ranks",), 0, None, "of the true matrix", always=False),
        },
        panels=_panels(),
        events=_EVENTS,
        facets=_facets(config),
        steps="rounds",
        paper=PAPER,
        notes=("A step is a round. A run that has stopped keeps its last state through the rounds that remain.",),
        glossary=_GLOSSARY,
    )


def _axis(noun: str, config: LinearRfmConfig, facts: Mapping[str, Any] | None) -> Axis:
    known = (facts or {}).get(f"{noun}s")
    numbers = known and tuple(known["shown"])
    return Axis(noun, f"{noun}s", config.shown, config.problem.d, numbers=numbers)


def _summary(config: LinearRfmConfig) -> str:
    problem = config.problem
    what = f"{problem.d:,} × {problem.d:,} matrix of rank {problem.true_rank}, {problem.observed:,} entries known"
    return (
        f"{what} · {f'α = {config.method.matrix_power:g}' if config.learns else 'fixed features'} · seed {config.seed}"
    )


def _facets(config: LinearRfmConfig) -> tuple[Facet, ...]:
    problem, alpha = config.problem, config.method.matrix_power
    features = (
        Facet("method.learned", "features", "learned", dash="solid")
        if config.learns
        else Facet("method.learned", "features", "fixed", "fixed features", colour="ink-muted", dash="dash")
    )
    power = Facet("method.matrix_power", "α", f"{alpha:g}", f"α {alpha:g}", colour=_ALPHAS.get(alpha, "series-4"))
    return (
        features,
        *((power,) if config.learns else ()),
        Facet("problem.observed", "known entries", f"{problem.observed:,}", f"{problem.observed:,} entries"),
        Facet("problem.d", "d", str(problem.d), f"d {problem.d}"),
        Facet("problem.true_rank", "rank", str(problem.true_rank), f"rank {problem.true_rank}"),
        shared.seed_facet(config.seed),
    )


def _metrics(config: LinearRfmConfig) -> dict[str, Metric]:
    lines, d = shared.references_of(theory_of(config).lines), config.problem.d
    found: dict[str, Any] = {"emphasis": True, "strong": True}
    error = {**found, "vital": True, "passes": EXPLAINED, "falling": True, "references": lines.get("mse", ())}
    space = {**found, "colour": "positive", "passes": 0.9, "references": lines.get("row_space", ())}
    return {
        "mse": Metric("held-out error", "error", "none", 0, scale="log", group="error", **error),
        "row_space": Metric("share of tr M in the true row space", "row space", "share", 0, 1, group="space", **space),
        "effective_rank": Metric(
            "singular values above 1 % of the largest", "rank", "count", 0, d, "log", colour="series-1"
        ),
        "ridge": Metric("ridge λ", "λ", "none", 0, scale="log", group="ridge", colour="ink-muted"),
    }


def _panels() -> tuple[Panel, ...]:
    entries = {"rows": "rows", "columns": "columns", "range": _ENTRIES}
    spectrum = {"tensor": "singular_values", "axis": "ranks", "beside": "true_values", "scale": "log", "title": "σ"}
    return (
        Panel(
            "completed",
            "matrix",
            "What does it fill in for the entries that nobody told it?",
            {"tensor": "completed_matrix", **entries, "title": "entry"},
            hero=True,
            text="At first only known entries are there. Stripes emerge where others are filled in as they truly are.",
            words=("known entry", "order"),
        ),
        _curves(),
        Panel(
            "spectrum",
            "bars",
            "How many directions does the completed matrix have?",
            spectrum,
            text="As many singular values as the true rank survive, and all others collapse.",
            words=("singular values",),
        ),
        Panel(
            "m",
            "matrix",
            "Which columns does M say belong together?",
            {"tensor": "m", "rows": "columns", "columns": "columns", "range": (-1.5, 1.5), "title": "M"},
            text="The identity at first: each column by itself. Bands emerge when M has found the row space.",
            words=("M", "row space", "order"),
        ),
        Panel(
            "missing",
            "matrix",
            "What does it still get wrong?",
            {"tensor": "still_missing", **entries, "title": "lacks"},
            text="The true entry less what is filled in: blank where it is known, and everywhere once all is found.",
            words=("held-out error", "order"),
        ),
        Panel(
            "theory",
            "comparison",
            "First round beside theory",
            {"event": "first_round", "list": "items", "group": "row_space", "title": "value after the first round"},
            text="What the first round gives, beside what is expected of it; and what the rounds lower.",
            words=("theory", "held-out error", "row space"),
        ),
    )


def _curves() -> Panel:
    panes = [
        {"metrics": ["mse"], "title": "held-out error"},
        {"metrics": ["row_space"], "title": "tr M in the row space"},
        {"metrics": ["effective_rank"], "title": "singular values > 1 %"},
        {"metrics": ["ridge"], "title": "ridge λ"},
    ]
    text = "The error falls together with what M puts outside of the true row space."
    words = ("held-out error", "M", "row space", "reference lines")
    return Panel("curves", "curves", "When does the matrix emerge?", {"panes": panes}, text=text, words=words)
