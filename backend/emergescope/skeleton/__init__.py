"""A linear model learns a direction from Gaussian inputs."""

from emergescope.skeleton.config import SkeletonConfig
from emergescope.skeleton.cost import cost_of
from emergescope.skeleton.display import display_of
from emergescope.studies.study import Measure, Study

STUDY = Study(
    id="skeleton",
    title="A linear model",
    text="A linear model learns a direction from Gaussian inputs.",
    config=SkeletonConfig,
    dynamics="emergescope.skeleton.dynamics:SkeletonDynamics",
    cost=cost_of,
    display=display_of,
    tiny={"problem.inputs": 8, "training.steps": 20, "training.batch": 10, "capture.frames": 6},
    measures=(Measure("distance", "final distance to w*", 0, 1),),
    fixed=("problem",),
)
