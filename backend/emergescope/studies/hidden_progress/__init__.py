"""Sparse parity, learned online: progress that neither loss nor error shows (Barak et al. 2022)."""

from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.hidden_progress.cost import cost_of
from emergescope.studies.hidden_progress.display import display_of
from emergescope.studies.hidden_progress.theory import theory_of
from emergescope.studies.study import Measure, Study
from emergescope.toolkit.ansatz_display import SETTING
from emergescope.toolkit.neuron_display import MEASURES

STUDY = Study(
    id="hidden_progress",
    title="Hidden progress",
    text="A network that learns the product of a few inputs among many does not stumble on them: while its error is "
    "still that of a coin, its weights already make progress, step by step.",
    config=HiddenProgressConfig,
    dynamics="emergescope.studies.hidden_progress.dynamics:HiddenProgressDynamics",
    cost=cost_of,
    display=display_of,
    tiny={
        "problem.n": 12,
        "problem.k": 2,
        "method.width": 20,
        "training.steps": 40,
        "capture.frames": 6,
        "capture.test_samples": 200,
    },
    measures=(*MEASURES, Measure("rho", "final largest movement ρ", 0, None)),
    fixed=("problem.n", "problem.k", "method", SETTING),
    theory=theory_of,
    captions=lambda config: ("at the start", "half-way", "at the end"),
    order=40,
)
