"""How runs on patterns are shown."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, sqrt
from typing import Any

from emergescope.recording.display import Display, EventKind, Facet, Metric, Panel
from emergescope.studies.patterns.config import DictionaryProblem, PatternsConfig
from emergescope.studies.patterns.motif import SIDE
from emergescope.studies.patterns.theory import theory_of
from emergescope.studies.patterns.words import GLOSSARY, METHODS, SIGNAL, part_of
from emergescope.toolkit import neuron_display as shared
from emergescope.toolkit import neuron_panels as panels
from emergescope.toolkit.ansatz_display import with_ansatz

_EVENTS = {
    "carried": EventKind("A pattern is carried by a neuron", "carried"),
    "emerged": EventKind("Features emerged", "emerged", "emergence"),
    "aligned": EventKind("Half of the neurons at ±s", "at ±s", "major"),
    "probe": EventKind("The features carry the hard inputs", "probe", "major"),
    "accuracy": EventKind("Accurate", "accurate", "major"),
    "control": EventKind("The control fails", "control", "major"),
    "gradient": EventKind("Gradient beside Lemma 5", "Lemma 5", "note"),
    **shared.EVENTS,
}
_LINES = {
    "lines": [
        {"tensor": "relevant_norm", "title": "relevant", "colour": "positive"},
        {"tensor": "background_norm", "title": "background", "colour": "background"},
    ],
    "lines_title": "length of w/|w| along patterns",
}
_PLANE = panels.signal_plane("signal cosine cos(w, s)", "share of w along background patterns", bound=1)


def display_of(config: PatternsConfig, facts: Mapping[str, Any] | None = None) -> Display:
    problem, neurons = config.problem, 2 * config.method.m
    in_pictures = problem.dictionary == "pictures"
    of_patterns: dict[str, Any] = {"directions": problem.D, "relevant": problem.k, "noun": "pattern"}
    axes = shared.axes(config.capture, facts, neurons=neurons, length=problem.d, pictures=in_pictures, **of_patterns)
    tensors = shared.neuron_tensors("patterns")
    if in_pictures:
        tensors |= shared.picture_tensors((SIDE, SIDE))
    display = Display(
        summary=_summary(config),
        metrics=_metrics(config),
        axes=axes,
        tensors=tensors,
        panels=_panels(config, axes["pictures"].shown if in_pictures else 0, facts),
        events=_EVENTS,
        facets=_facets(config),
        paper=shared.EMERGENCE,
        glossary={**panels.GLOSSARY, **GLOSSARY},
    )
    return with_ansatz(display, "patterns") if config.shows_ansatz else display


def _summary(config: PatternsConfig) -> str:
    method, neurons = config.method, f"{2 * config.method.m:,} neurons"
    size = neurons if method.kind == "network" else f"{METHODS[method.kind].name}, {neurons}"
    return " · ".join([*_problem(config.problem), size, f"seed {config.seed}"])


def _problem(problem: DictionaryProblem) -> list[str]:
    kind = {
        "orthonormal": "",
        "incoherent": " of an incoherent dictionary",
        "pictures": f" that are pictures, motif {problem.motif}",
    }
    what = f"{problem.labels.rule.capitalize()} of {problem.k} patterns among {problem.D:,}{kind[problem.dictionary]}"
    noise = [f"input noise {problem.input_noise:.3g}"] if problem.input_noise > 0 else []
    flips = [f"{100 * problem.label_noise:.3g}\u00a0% of labels flipped"] if problem.label_noise > 0 else []
    return [what + ("" if problem.structure else ", without input structure"), *noise, *flips]


def _facets(config: PatternsConfig) -> tuple[Facet, ...]:
    problem, method = config.problem, config.method
    look = METHODS[method.kind]
    structure = Facet("problem.structure", "input structure", "on", "structure", dash="solid")
    if not problem.structure:
        structure = replace(structure, value="off", short="no structure", dash="dash")
    return (
        Facet("method", "method", look.name, look.short, look.colour),
        structure,
        Facet("problem.dictionary", "dictionary", problem.dictionary),
        Facet("problem.labels", "labels", problem.labels.rule),
        Facet("problem.k", "k", str(problem.k), f"k {problem.k}"),
        Facet("problem.D", "D", str(problem.D), f"D {problem.D}"),
        Facet("problem.p_o", "p_o", f"{problem.p_o:g}", f"p_o {problem.p_o:g}"),
        Facet("problem.input_noise", "input noise", f"{problem.input_noise:g}", f"noise {problem.input_noise:g}"),
        Facet("problem.label_noise", "label noise", f"{problem.label_noise:g}", f"flips {problem.label_noise:g}"),
        Facet("method.m", "neurons", f"{2 * method.m:,}", f"{2 * method.m:,} neurons"),
        shared.seed_facet(config.seed),
    )


def _metrics(config: PatternsConfig) -> dict[str, Metric]:
    structure, part = config.problem.structure, part_of(config.problem)
    rule = part.removesuffix(" part")
    hard = f"on the {part} of the inputs" if structure else "on inputs whose count is neither 0 nor k"
    reader = "of a linear reader of the features"
    probe: dict[str, Any] = {"colour": "series-1", "text": hard, "passes": 0.9, "strong": True}
    found = {
        **shared.learning(theory_of(config).lines, colour="ink-soft"),
        "test_accuracy_hard": shared.share(f"test accuracy, {part}", f"test, {rule}", strong=True, text=hard),
        "probe_accuracy": shared.share("probe", "probe", colour="series-1", text=reader),
        "probe_accuracy_hard": shared.share(f"probe, {part}", f"probe, {rule}", **probe),
        **shared.cosines("±s", "mean |cos|", strong=True),
        "signal_to_background": Metric(
            "signal to background", "signal / background", low=0.0, scale="log", group="alignment"
        ),
    }
    if config.method.kind != "network":
        look: dict[str, Any] = {"colour": METHODS[config.method.kind].colour, "dash": "dash"}
        look["text"] = "the best case of least squares, without any descent"
        found["ridge_accuracy"] = shared.share("ridge solution", "ridge solution", **look)
        of_part = look | {"dash": "dot"}
        found["ridge_accuracy_hard"] = shared.share(f"ridge solution, {part}", f"ridge, {rule}", **of_part)
    return found


def _panels(config: PatternsConfig, pictures: int, facts: Mapping[str, Any] | None) -> tuple[Panel, ...]:
    rival = ["ridge_accuracy", "ridge_accuracy_hard"] if config.method.kind != "network" else []
    known = ["test_accuracy", "test_accuracy_hard", "probe_accuracy", "probe_accuracy_hard", "signal_cosine_mean"]
    part = part_of(config.problem)
    told = f"When the probe of the {part} rises, the features carry it; when the test does, the network uses them."
    emerging = "All neurons at all steps: where features emerge, one cloud around 0 parts in two, at +s and −s."
    density = panels.density_panel(SIGNAL, "neurons, by cosine with s", emerging, ["background"], **_LINES)
    references = {"axis": "patterns", "sums": shared.sums(SIGNAL.name, facts)}
    pairs = pictures == 2 * config.method.m
    shown = (panels.pictures_panel(SIGNAL, references, hero=True, pairs=pairs),) if pictures else ()
    return (
        panels.map_panel(SIGNAL, _PLANE, ["background"], hero=not pictures),
        *shown,
        panels.curves_panel(
            ("accuracy, cosine", [*known, *rival]),
            ("hinge loss", ["loss"]),
            told,
            ("probe", part, "reference lines", "cosine"),
        ),
        density,
        _carried(config.problem.k),
        panels.spectrum_panel(),
        _beside_theory(),
    )


def _carried(k: int) -> Panel:
    """Which pattern each neuron carries; one at s has cosine 1/√k with each relevant pattern."""
    most, whole = min(1.0, ceil(13 / sqrt(k)) / 10), 1 / sqrt(k)  # shows neurons of a single pattern without paling all
    inside = [
        {"value": sign * whole, "text": f"{text}1/√k", "note": f"what a neuron at {at} has with each relevant pattern"}
        for sign, text, at in ((1, "", SIGNAL.plus), (-1, "−", SIGNAL.minus))
        if k > 1 and whole < 0.85 * most
    ]
    ends = [
        {"value": sign * most, "text": f"{text}{most:g}", **({"note": f"and {side}"} if most < 1 else {})}
        for sign, text, side in ((1, "", "above"), (-1, "−", "below"))
    ]
    ticks = sorted(
        [*ends, *inside, {"value": 0, "text": "0"}], key=lambda tick: float(str(tick["value"])), reverse=True
    )
    show = panels.matrix(
        "alignment", "patterns", "signal_cosine", most, title="cos", first="signal_cosine", first_title="s", ticks=ticks
    )
    text = "A row for each neuron: once features emerge, the columns of the relevant patterns stand out."
    words = ("relevant pattern", "background", SIGNAL.word, "cosine")
    return Panel("alignment", "matrix", "Which pattern does each neuron carry?", show, text=text, words=words)


def _beside_theory() -> Panel:
    keys = {name: name for name in ("predicted", "measured", "deviation")}
    show = {
        "event": "gradient",
        "list": "patterns",
        "name": "pattern",
        "group": "relevant",
        "title": "T, mean over neurons ± deviation",
        **keys,
    }
    text = "The first two gradients along each pattern, measured, beside what Lemma 5 predicts of them."
    words = ("Lemma 5", "relevant pattern", "background", "input structure")
    return Panel("theory", "comparison", "Theory beside measurement", show, text=text, words=words)
