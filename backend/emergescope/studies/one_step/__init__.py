"""One giant gradient step on the hidden layer: a spike that points at the target (Cui et al. 2024)."""

from emergescope.studies.one_step.config import OneStepConfig
from emergescope.studies.one_step.cost import cost_of
from emergescope.studies.one_step.display import display_of
from emergescope.studies.one_step.theory import theory_of
from emergescope.studies.study import Measure, Study

STUDY = Study(
    id="one_step",
    title="One giant step",
    text="One large gradient step turns all neurons of a random network towards the target, and theory says how far.",
    config=OneStepConfig,
    dynamics="emergescope.studies.one_step.dynamics:OneStepDynamics",
    cost=cost_of,
    display=display_of,
    tiny={
        "problem.d": 80,
        "method.width": 80,
        "training.steps": 8,
        "capture.frames": 9,
        "capture.test_samples": 200,
    },
    measures=(
        Measure("target_overlap", "cosine of the leading direction with the target", 0, 1),
        Measure("top_value", "largest singular value", 0, None),
        Measure("emerged", "step of the target’s emergence", 0, None, event="emerged"),
    ),
    theory=theory_of,
    captions=lambda config: ("before the step", "on the way", "after it"),
    order=70,
)
