"""How runs of a teacher and its student are shown."""

from collections.abc import Mapping
from math import prod
from typing import Any

from emergescope.datasets.sources import CLASSES
from emergescope.recording.display import Display, EventKind, Facet, Metric, Panel
from emergescope.studies.mixture.config import PRINCIPAL, MixtureConfig
from emergescope.toolkit import neuron_display as shared

_MOST_CLASSES = 10_000
_EVENTS = {
    "teacher": EventKind("The teacher is done", "teacher", "major"),
    "data": EventKind("The student agrees on the data part", "data part", "major"),
    "injected": EventKind("The student agrees on half of the injected part", "injected part", "major"),
    "compared": EventKind("How soon each part was learned", "compared", "note"),
    **shared.EVENTS,
}
_PARTS = {  # title, colour, and whether it is vital
    "teacher_accuracy": ("teacher", "ink-muted", False),
    "direct_accuracy": ("learned directly", "ink", True),
    "data_accuracy": ("data part", "series-1", False),
    "data_true_accuracy": ("data part, true labels", "series-1", False),
    "injected_accuracy": ("injected part", "series-2", False),
    "mixture_accuracy": ("mixture", "series-4", False),
}
_PANES = [["loss"], list(_PARTS), ["injected_kappa", "injected_majority"]]


def display_of(config: MixtureConfig, facts: Mapping[str, Any] | None = None) -> Display:
    problem, method, picture = config.problem, config.method, config.neuron_shape
    if method.kind == "resnet18":
        neurons, directions, network = method.width, PRINCIPAL, "ResNet-18"
    else:
        neurons, network = 2 * method.m, "two layers"
        directions = PRINCIPAL + (_MOST_CLASSES if problem.data == "folder" else CLASSES)
    axes = shared.axes(config.capture, facts, neurons=neurons, length=prod(picture), directions=directions)
    metrics = {
        **shared.learning(),
        **{
            name: Metric(title, title, "share", 0, 1, group="accuracy", emphasis=True, colour=colour, vital=vital)
            for name, (title, colour, vital) in _PARTS.items()
        },
        "injected_majority": Metric("commonest label’s share", "commonest label", "share", 0, 1, group="agreement"),
        "injected_kappa": Metric("Cohen’s κ on injected inputs", "κ", "none", -1, 1, group="agreement"),
    }
    data, injected = problem.folder or problem.data, problem.injected_folder or problem.injected
    return Display(
        summary=f"{data} mixed with {problem.ratio:.0%} {injected} · {network} · seed {config.seed}",
        metrics=metrics,
        axes=axes,
        tensors={**shared.neuron_tensors("directions"), **shared.picture_tensors(picture)},
        panels=(
            Panel("curves", "curves", "Teacher and student", {"panes": _PANES}, hero=True),
            Panel("map", "points", "Map of the first layer", shared.map_panel().show),
            *shared.usual_panels("directions", pictures=True),
        ),
        events=_EVENTS,
        facets=(
            Facet("problem.data", "data", data),
            Facet("problem.injected", "injected inputs", injected),
            Facet("problem.ratio", "mixture ratio", f"{problem.ratio:g}"),
            Facet("problem.injected_labels", "injected labels", problem.injected_labels),
            Facet("method", "network", network),
            Facet("seed", "seed", str(config.seed)),
        ),
        paper=shared.EMERGENCE,
    )
