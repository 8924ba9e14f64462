"""How runs on patterns are shown."""

from collections.abc import Mapping
from typing import Any

from emergescope.recording.display import Display, EventKind, Facet, Metric, Panel
from emergescope.studies.patterns.config import PatternsConfig
from emergescope.studies.patterns.motif import SIDE
from emergescope.studies.patterns.theory import theory_of
from emergescope.toolkit import neuron_display as shared

_METHODS = {"network": "network", "random_features": "random features", "ntk": "tangent kernel"}
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

_LENGTHS = (
    {"tensor": "relevant_norm", "title": "relevant", "colour": "positive"},
    {"tensor": "background_norm", "title": "background", "colour": "background"},
)


def display_of(config: PatternsConfig, facts: Mapping[str, Any] | None = None) -> Display:
    problem = config.problem
    in_pictures = problem.dictionary == "pictures"
    of_patterns: dict[str, Any] = {"directions": problem.D, "relevant": problem.k, "noun": "pattern"}
    axes = shared.axes(
        config.capture, facts, neurons=2 * config.method.m, length=problem.d, pictures=in_pictures, **of_patterns
    )
    tensors = shared.neuron_tensors("patterns")
    if in_pictures:
        tensors |= shared.picture_tensors((SIDE, SIDE))
    judged = ["test_accuracy", "test_accuracy_hard", "probe_accuracy", "probe_accuracy_hard", "train_accuracy"]
    return Display(
        summary=_summary(config),
        metrics=_metrics(config),
        axes=axes,
        tensors=tensors,
        panels=(
            shared.map_panel(maps=[shared.parts_map("relevant patterns", "background")]),
            shared.curves_panel("Learning", ["loss"], judged, ["signal_cosine_mean"]),
            *shared.usual_panels("patterns", lines=_LENGTHS, pictures=in_pictures),
            Panel("theory", "comparison", "Theory beside measurement", {"event": "gradient"}),
        ),
        events=_EVENTS,
        facets=_facets(config),
        paper=shared.EMERGENCE,
    )


def _summary(config: PatternsConfig) -> str:
    problem = config.problem
    rule = problem.labels.rule.capitalize()
    what = f"{rule} of {problem.k} patterns among {problem.D}" + ("" if problem.structure else ", without structure")
    return f"{what} · {_METHODS[config.method.kind]}, {2 * config.method.m:,} neurons · seed {config.seed}"


def _facets(config: PatternsConfig) -> tuple[Facet, ...]:
    problem, method = config.problem, config.method
    return (
        Facet("method", "method", _METHODS[method.kind]),
        Facet("problem.structure", "input structure", "on" if problem.structure else "off"),
        Facet("problem.dictionary", "dictionary", problem.dictionary),
        Facet("problem.labels", "labels", problem.labels.rule),
        Facet("problem.k", "k", str(problem.k)),
        Facet("problem.D", "D", str(problem.D)),
        Facet("problem.p_o", "p_o", f"{problem.p_o:g}"),
        Facet("method.m", "pairs m", str(method.m)),
        Facet("seed", "seed", str(config.seed)),
    )


def _metrics(config: PatternsConfig) -> dict[str, Metric]:
    structure = config.problem.structure
    hard = "on the parity part of the inputs" if structure else "on inputs whose count is neither 0 nor k"
    tests, probe, reader = "test, parity part", "probe, parity part", "of a linear reader of the features"
    found = {
        **shared.learning(theory_of(config).lines),
        "test_accuracy_hard": shared.share("test accuracy, parity part", tests, colour="series-2", text=hard),
        "probe_accuracy": shared.share("probe", "probe", colour="series-3", text=reader),
        "probe_accuracy_hard": shared.share(probe, probe, colour="series-4", text=hard),
        **shared.cosines(),
        "signal_to_background": Metric(
            "signal to background", "signal / background", low=0.0, scale="log", group="alignment"
        ),
    }
    if config.method.kind != "network":
        best, parity = "the best case of least squares, without any descent", ", parity part"
        found["ridge_accuracy"] = shared.share("ridge solution", "ridge", text=best)
        found["ridge_accuracy_hard"] = shared.share(f"ridge solution{parity}", f"ridge{parity}", text=best)
    return found
