"""Recursive feature machines: kernel machines that learn features by their gradients (Radhakrishnan et al. 2024)."""

from emergescope.studies.rfm.config import RfmConfig
from emergescope.studies.rfm.cost import cost_of
from emergescope.studies.rfm.display import display_of
from emergescope.studies.rfm.theory import theory_of
from emergescope.studies.study import Measure, Study

STUDY = Study(
    id="rfm",
    title="Recursive feature machines",
    text="A kernel machine learns features as networks do once its metric is the average outer product of its own "
    "gradients.",
    config=RfmConfig,
    dynamics="emergescope.studies.rfm.dynamics:RfmDynamics",
    cost=cost_of,
    display=display_of,
    tiny={"problem.d": 8, "problem.n": 120, "training.rounds": 3, "capture.test_samples": 100},
    measures=(
        Measure("emergence_step", "emergence round", 0, None, event="emerged"),
        Measure("r2", "final R² on tests", 0, 1),
        Measure("relevant_share", "final share of M on relevant coordinates", 0, 1),
    ),
    fixed=("problem", "method.bandwidth", "method.metric", "method.centred"),
    theory=theory_of,
    captions=lambda config: ("at the start", "half-way", "at the end"),
    order=50,
)
