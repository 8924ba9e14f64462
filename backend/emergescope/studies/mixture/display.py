"""How runs of a teacher and its student are shown."""

from collections.abc import Mapping
from math import prod
from typing import Any

from emergescope.datasets.source import picture_shape
from emergescope.recording.display import Axis, Display, EventKind, Facet, Metric, Panel
from emergescope.studies.mixture.config import MixtureConfig
from emergescope.toolkit import neuron_display as shared

_KERNEL = 3  # side of the filters of a ResNet's stem
_PRINCIPAL, _MOST_CLASSES = 8, 10_000
_EVENTS = {
    "teacher": EventKind("The teacher is done", "teacher", "major"),
    "data": EventKind("The student agrees on the data part", "data part", "major"),
    "injected": EventKind("The student agrees on half of the injected part", "injected part", "major"),
    "compared": EventKind("How soon each part was learned", "compared", "note"),
    **shared.EVENTS,
}
_PARTS = {
    "teacher_accuracy": ("teacher", "ink-muted"),
    "direct_accuracy": ("learned directly", "ink"),
    "data_accuracy": ("data part", "series-1"),
    "data_true_accuracy": ("data part, true labels", "series-1"),
    "injected_accuracy": ("injected part", "series-2"),
    "mixture_accuracy": ("mixture", "series-4"),
}


def display_of(config: MixtureConfig, facts: Mapping[str, Any] | None = None) -> Display:
    problem, method, capture = config.problem, config.method, config.capture
    shape = picture_shape(problem)
    if method.kind == "resnet18":
        neurons, picture, network = method.width, (_KERNEL, _KERNEL, *shape[2:]), "ResNet-18"
        directions = _PRINCIPAL
    else:
        neurons, picture, network = 2 * method.m, shape, "two layers"
        directions = _PRINCIPAL + (_MOST_CLASSES if problem.data == "folder" else 10)
    shown = min(neurons, capture.max_neurons)
    axes = {
        "neurons": shared.neurons_axis(shown, neurons),
        "directions": shared.directions_axis(
            "direction", "directions", min(directions, capture.max_patterns), directions, 1, facts
        ),
        "ranks": shared.ranks_axis(neurons, prod(picture)),
        "pictures": Axis("neuron", "neurons", min(shown, capture.max_pictures), neurons),
    }
    metrics = {
        **shared.learning(),
        **{
            name: Metric(
                title,
                title,
                "share",
                0,
                1,
                group="accuracy",
                emphasis=True,
                colour=colour,
                vital=name == "direct_accuracy",
            )
            for name, (title, colour) in _PARTS.items()
        },
        "injected_majority": Metric("commonest label’s share", "commonest label", "share", 0, 1, group="agreement"),
        "injected_kappa": Metric("Cohen’s κ on injected inputs", "κ", "none", -1, 1, group="agreement"),
    }
    data, injected = problem.folder or problem.data, problem.injected_folder or problem.injected
    return Display(
        summary=f"{data} mixed with {problem.ratio:.0%} {injected} · {network} · seed {config.seed}",
        metrics=metrics,
        axes=axes,
        tensors={**shared.neuron_tensors("neurons", "directions"), **shared.picture_tensors("pictures", picture)},
        panels=(
            Panel(
                "curves",
                "curves",
                "Teacher and student",
                {"panes": [["loss"], list(_PARTS), ["injected_kappa", "injected_majority"]]},
                hero=True,
            ),
            Panel("map", "points", "Map of the first layer", shared.map_panel().show),
            *shared.usual_panels("directions", density=False, pictures=True),
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
