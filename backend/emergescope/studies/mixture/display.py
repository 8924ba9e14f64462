"""How runs of a teacher and its student are shown."""

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

from emergescope.datasets.sources import CLASSES, origin_of, title_of
from emergescope.recording.display import Display, EventKind, Facet, Metric, Panel
from emergescope.studies.mixture.config import PRINCIPAL, MixtureConfig, MixtureProblem
from emergescope.studies.mixture.words import GLOSSARY, NATURAL, SIGNAL
from emergescope.toolkit import neuron_display as shared
from emergescope.toolkit import neuron_panels as panels

_MOST_CLASSES = 10_000
_MOST = 0.6  # of the colours of cosines: no neuron of such a first layer is like any of the directions
_EVENTS = {
    "teacher": EventKind("The teacher is done", "teacher", "major"),
    "data": EventKind("The student agrees on the data part", "data part", "major"),
    "injected": EventKind("The student agrees on half of the injected part", "injected part", "major"),
    "compared": EventKind("How soon each part was learned", "compared", "note"),
    **shared.EVENTS,
}
_PARTS: dict[str, dict[str, Any]] = {
    "teacher_accuracy": {"short": "teacher", "title": "teacher", "colour": "ink-muted"},
    "direct_accuracy": {"short": "direct", "title": "learned directly", "vital": True, "emphasis": True},
    "data_accuracy": {
        "short": "data part",
        "title": "data part",
        "colour": "series-1",
        "strong": True,
        "passes": 0.9,
        "emphasis": True,
    },
    "data_true_accuracy": {
        "short": "data, true labels",
        "title": "data part, true labels",
        "colour": "series-1",
        "dash": "dash",
    },
    "mixture_accuracy": {"short": "mixture", "title": "mixture", "colour": "series-4"},
    "injected_accuracy": {
        "short": "injected part",
        "title": "injected part",
        "colour": "series-2",
        "strong": True,
        "emphasis": True,
    },
}
_INJECTED = {"gauss": "Gaussian inputs", "natural": "natural patches"}
_PLANE = panels.signal_plane(f"cosine with the {SIGNAL.name}", "share of w along the other directions")


def display_of(config: MixtureConfig, facts: Mapping[str, Any] | None = None) -> Display:
    problem, method, picture = config.problem, config.method, config.neuron_shape
    if method.kind == "resnet18":
        neurons, directions = method.width, PRINCIPAL
    else:
        neurons = 2 * method.m
        directions = PRINCIPAL + (_MOST_CLASSES if problem.data == "folder" else CLASSES)
    axes = shared.axes(config.capture, facts, neurons=neurons, length=prod(picture), directions=directions)
    what = f"Teacher and student on {origin_of(problem)}, {_ratio(problem)} {_injected(problem)}"
    balanced = ", balanced labels" if problem.injected_labels == "balanced" else ""
    return Display(
        summary=f"{what}{balanced} · {_network(config)} · seed {config.seed}",
        metrics=_metrics(),
        axes=axes,
        tensors={**shared.neuron_tensors("directions"), **shared.picture_tensors(picture)},
        panels=_panels(axes["pictures"].shown),
        events=_EVENTS,
        facets=_facets(config),
        paper=shared.EMERGENCE,
        notes=(NATURAL,) if problem.injected == "natural" else (),
        glossary={**panels.GLOSSARY, **GLOSSARY},
    )


def _ratio(problem: MixtureProblem) -> str:
    return f"{100 * problem.ratio:.3g}\u00a0%"


def _injected(problem: MixtureProblem) -> str:
    return _INJECTED.get(problem.injected) or f"inputs from {problem.injected_folder}"


def _network(config: MixtureConfig) -> str:
    method = config.method
    return f"ResNet-18 of width {method.width:,}" if method.kind == "resnet18" else f"{2 * method.m:,} units"


def _facets(config: MixtureConfig) -> tuple[Facet, ...]:
    problem, epochs = config.problem, config.training.epochs
    balanced = problem.injected_labels == "balanced"
    colour = "series-2" if config.method.kind == "resnet18" else "series-1"
    return (
        Facet("problem.ratio", "mixture ratio", _ratio(problem)),
        Facet("problem.injected", "injected inputs", _injected(problem)),
        Facet("problem.data", "data", title_of(problem)),
        Facet("problem.injected_labels", "injected labels", "balanced" if balanced else "teacher’s labels"),
        Facet("method", "network", _network(config), colour=colour),
        Facet("training.epochs", "epochs", str(epochs), f"{epochs} epochs"),
        shared.seed_facet(config.seed),
    )


def _metrics() -> dict[str, Metric]:
    own: dict[str, Any] = {"unit": "share", "low": 0, "high": 1, "group": "accuracy"}
    return {
        **shared.learning(emphasis=False),
        **{name: Metric(**(own | look)) for name, look in _PARTS.items()},
        "injected_majority": Metric("commonest label’s share", "commonest label", "share", 0, 1, group="agreement"),
        "injected_kappa": Metric("Cohen’s κ on injected inputs", "κ", "none", -1, 1, group="agreement"),
    }


def _panels(pictures: int) -> tuple[Panel, ...]:
    told = "The student learns the data part soon, and the injected part later or not at all."
    curves = panels.curves_panel(
        ("accuracy", _PARTS), ("cross-entropy", ["loss"]), told, ("teacher and student", "injected part"), hero=True
    )
    cosines = f"cosine with the {SIGNAL.name}"
    turning = panels.density_panel(SIGNAL, cosines, "All neurons of the first layer at all steps, by that cosine.")
    shown = panels.pictures_panel(SIGNAL, {"axis": "directions", "sums": []}, anew=["student"])
    return (
        curves,
        *((shown,) if pictures else ()),
        panels.map_panel(SIGNAL, _PLANE, text="Each dot is a neuron of the first layer."),
        replace(turning, title="How do the weights turn?"),
        panels.directions_panel(_MOST, SIGNAL.word),
        panels.spectrum_panel(),
    )
