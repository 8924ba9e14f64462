"""A linear model learns a direction from Gaussian inputs."""

from emergescope.studies.study import Measure, Study

from emergescope.studies._skeleton.config import SkeletonConfig
from emergescope.studies._skeleton.cost import cost_of
from emergescope.studies._skeleton.display import display_of

STUDY = Study(
    id="skeleton",
    title="A linear model",
    text="A linear model learns a direction from Gaussian inputs.",
    config=SkeletonConfig,
    dynamics="emergescope.studies._skeleton.dynamics:SkeletonDynamics",
    cost=cost_of,
    display=display_of,
    tiny={"problem.inputs": 8, "training.steps": 20, "training.batch": 10, "capture.frames": 6},
    measures=(Measure("distance", "final distance to w*", 0, 1),),
    fixed=("problem",),
    # What the parts of a card's picture are, from left to right. Curves and densities have one part; any other kind of
    # hero is drawn at the start, half-way and at the end.
    captions=lambda config: ("the distance to w* over training",),
)
