"""Low-rank matrix completion by linear recursive feature machines (Radhakrishnan, Belkin and Drusvyatskiy 2024)."""

from emergescope.studies.linear_rfm.config import LinearRfmConfig
from emergescope.studies.linear_rfm.cost import cost_of
from emergescope.studies.linear_rfm.display import display_of
from emergescope.studies.linear_rfm.theory import theory_of
from emergescope.studies.study import Measure, Study

STUDY = Study(
    id="linear_rfm",
    title="Linear recursive feature machines",
    text="Ridge regression that learns its features anew in each round fills in a matrix of low rank from few entries.",
    config=LinearRfmConfig,
    dynamics="emergescope.studies.linear_rfm.dynamics:LinearRfmDynamics",
    cost=cost_of,
    display=display_of,
    tiny={
        "problem.d": 20,
        "problem.true_rank": 1,
        "problem.observed": 120,
        "training.most_rounds": 30,
        "capture.frames": 8,
    },
    measures=(
        Measure("emergence_step", "round of emergence", 0, None, event="emerged"),
        Measure("mse", "final held-out error", 0, 1),
        Measure("row_space", "final share in the row space", 0, 1),
    ),
    fixed=("problem",),
    theory=theory_of,
    captions=lambda config: ("at the start", "half-way", "at the end"),
    order=60,
)
