"""One gradient step of growing size: one spike in the features for each degree of the target (Moniri et al. 2023)."""

from emergescope.studies.spikes.config import SpikesConfig
from emergescope.studies.spikes.cost import cost_of
from emergescope.studies.spikes.display import display_of
from emergescope.studies.spikes.theory import theory_of
from emergescope.studies.study import Measure, Study

STUDY = Study(
    id="spikes",
    title="Spikes that join as the step grows",
    text="The larger a single gradient step, the more degrees of the target the features hold: each comes as one more "
    "singular value that leaves the bulk, at a step size that theory knows.",
    config=SpikesConfig,
    dynamics="emergescope.studies.spikes.dynamics:SpikesDynamics",
    cost=cost_of,
    display=display_of,
    tiny={
        "problem.d": 60,
        "method.width": 60,
        "method.samples": 400,
        "training.steps": 8,
        "capture.frames": 9,
        "capture.test_samples": 200,
        "capture.max_neurons": 50,
    },
    measures=(
        Measure("spike_count", "spikes in the features", 0, 4),
        Measure("test_mse", "test MSE", 0, None),
        Measure("learnt_2", "part of degree 2 that is learnt", 0, 1),
        Measure("emerged", "place at which degree 2 is learnt", 0, None, event="degree_2"),
    ),
    theory=theory_of,
    captions=lambda config: ("smallest step", "on the way", "largest step"),
    order=72,
)
