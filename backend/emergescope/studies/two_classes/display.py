"""How runs on two classes of images are shown."""

from collections.abc import Mapping
from math import prod
from typing import Any

from emergescope.datasets.sources import picture_shape
from emergescope.recording.display import Display, EventKind, Facet, Metric, Panel, Tensor
from emergescope.studies.two_classes.config import TwoClassesConfig
from emergescope.toolkit import neuron_display as shared

DIRECTIONS = 11  # the difference of the class means, both, and the principal ones
_EVENTS = {
    "emerged": EventKind("Two clusters", "clusters", "emergence"),
    "aligned": EventKind("Two tight clusters", "tight", "major"),
    "accuracy": EventKind("Accurate", "accurate", "major"),
    "control": EventKind("What the control shows", "control", "major"),
    **shared.EVENTS,
}


def display_of(config: TwoClassesConfig, facts: Mapping[str, Any] | None = None) -> Display:
    problem = config.problem
    neurons, shape = 2 * config.method.m, picture_shape(problem)
    axes = shared.axes(config.capture, facts, neurons=neurons, length=prod(shape), directions=DIRECTIONS)
    tensors = {
        **shared.neuron_tensors("directions"),
        **shared.picture_tensors(shape),
        "cluster": Tensor("U8", ("neurons",), 0, 1, "the cluster of each neuron"),
        "centre_cosine": Tensor("F32", ("neurons",), -1, 1, "cosine with the centre of its cluster"),
        "centres": Tensor("U8", (2, *shape), 0, 255, "the centres as pictures"),
    }
    near, principal = "share of neurons near a centre", "mean |cos| with the first principal direction"
    metrics = {
        **shared.learning(),
        "cluster_share": shared.share(near, "near a centre", "clusters", emphasis=True, colour="series-2"),
        "silhouette": Metric("silhouette", "silhouette", "none", -1, 1, group="clusters"),
        **shared.cosines("the difference of the class means"),
        "axis_cosine_mean": shared.cosine("mean |cos| with the neurons’ main axis", "main axis"),
        "principal_cosine_mean": shared.cosine(principal, "principal direction"),
    }
    data = problem.folder or problem.data
    first, second = problem.classes
    labels = ", random labels" if problem.random_labels else ""
    return Display(
        summary=f"Classes {first} and {second} of {data}{labels} · {neurons:,} neurons · seed {config.seed}",
        metrics=metrics,
        axes=axes,
        tensors=tensors,
        panels=(
            shared.map_panel(
                colour={"tensor": "cluster", "scale": "categories"},
                maps=[shared.parts_map("difference of class means", "all else")],
            ),
            shared.curves_panel(
                "Learning",
                ["loss"],
                ["test_accuracy", "train_accuracy"],
                ["cluster_share", "silhouette"],
                ["signal_cosine_mean"],
            ),
            *shared.usual_panels("directions", pictures=True),
            Panel("centres", "images", "Centres of the clusters", {"tensor": "centres"}),
        ),
        events=_EVENTS,
        facets=(
            Facet("problem.data", "data", data),
            Facet("problem.classes", "classes", " and ".join(map(str, problem.classes))),
            Facet("problem.random_labels", "labels", "random" if problem.random_labels else "true"),
            Facet("method.m", "pairs m", str(config.method.m)),
            Facet("seed", "seed", str(config.seed)),
        ),
        paper=shared.EMERGENCE,
    )
