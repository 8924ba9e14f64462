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
            "loss": Metric("loss", low=0, scale="log", group="loss"),
            "distance": Metric("distance to w*", "distance", low=0, emphasis=True, strong=True, colour="series-1"),
        },
        axes={"inputs": Axis("input", "inputs", inputs, inputs)},
        tensors={
            "weights": Tensor("F32", ("inputs",), text="what has been learned of w*"),
            "truth": Tensor("F32", ("inputs",), -1, 1, text="w*"),
        },
        panels=(
            Panel(
                "learning",
                "curves",
                "How near is the model?",
                {
                    "panes": [
                        {"metrics": ["distance"], "title": "distance to w*", "share": 0.7},
                        {"metrics": ["loss"], "title": "loss", "share": 0.3},
                    ]
                },
                hero=True,
                text="The distance falls until the noise in the labels is all that is left.",
                words=("w*",),
            ),
            Panel(
                "weights",
                "bars",
                "What has been learned?",
                {"tensor": "weights", "axis": "inputs", "beside": "truth", "title": "weight"},
                text="Each weight beside that of w*.",
                words=("w*",),
            ),
        ),
        events={
            "found": EventKind("The direction is found", "found", "emergence"),
            "diverged": EventKind("Diverged", "diverged", "major"),
        },
        facets=(
            Facet("problem.inputs", "inputs", str(inputs), f"{inputs} inputs"),
            Facet("problem.noise", "noise", f"{config.problem.noise:g}", f"noise {config.problem.noise:g}"),
            Facet("seed", "seed", str(config.seed), f"seed {config.seed}"),
        ),
        steps="gradient steps",  # what a step is, in the plural, along the axis of charts: rounds, epochs, ...
        glossary={"w*": "The direction that labels come from. It is drawn from the seed and has norm 1."},
    )
