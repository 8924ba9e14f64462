"""How runs are shown: what their numbers and tensors are, and how to draw them. Imports no torch."""

from collections.abc import Mapping
from typing import Any

from emergescope.recording.display import Axis, Display, EventKind, Facet, Metric, Panel, Tensor

from emergescope.studies._skeleton.config import SkeletonConfig


def display_of(config: SkeletonConfig, facts: Mapping[str, Any] | None = None) -> Display:
    """For a configuration; `facts` are those of `Dynamics.started`, once a run has begun."""
    inputs = config.problem.inputs
    return Display(
        summary=f"A direction among {inputs} inputs · noise {config.problem.noise:g} · seed {config.seed}",
        metrics={
            "loss": Metric("loss", low=0, scale="log", group="loss", colour="series-1"),
            "distance": Metric("distance to w*", low=0, group="distance", emphasis=True, colour="series-2"),
        },
        axes={"inputs": Axis("input", "inputs", inputs, inputs)},
        tensors={"weights": Tensor("F32", ("inputs",), text="what has been learned of w*")},
        panels=(
            Panel("learning", "curves", "Learning", {"panes": [["loss"], ["distance"]]}, hero=True),
            Panel("weights", "bars", "Weights", {"tensor": "weights", "beside": "start"}),
        ),
        events={
            "found": EventKind("The direction is found", "found", "emergence"),
            "diverged": EventKind("Diverged", "diverged", "major"),
        },
        facets=(
            Facet("problem.inputs", "inputs", str(inputs)),
            Facet("problem.noise", "noise", f"{config.problem.noise:g}"),
            Facet("seed", "seed", str(config.seed)),
        ),
    )
