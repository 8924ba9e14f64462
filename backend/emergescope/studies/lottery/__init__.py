"""Lottery tickets of a sparse parity: the few neurons that learn, rewound and alone (Edelman et al. 2023)."""

from emergescope.studies.lottery.config import LotteryConfig
from emergescope.studies.lottery.cost import cost_of
from emergescope.studies.lottery.display import display_of
from emergescope.studies.lottery.theory import theory_of
from emergescope.studies.study import Measure, Study

STUDY = Study(
    id="lottery",
    title="Lottery tickets",
    text="A wide network buys many tickets: the few neurons that come to matter can learn the task alone, and as "
    "many others cannot.",
    config=LotteryConfig,
    dynamics="emergescope.studies.lottery.dynamics:LotteryDynamics",
    cost=cost_of,
    display=display_of,
    tiny={
        "problem.n": 12,
        "problem.k": 2,
        "method.width": 20,
        "method.kept_neurons": 3,
        "method.copies": 4,
        "training.steps": 20,
        "capture.frames": 8,
        "capture.test_samples": 200,
    },
    measures=(
        Measure("rewound_learned", "rewound copies that learn", 0, 1),
        Measure("redrawn_learned", "of those drawn anew", 0, 1),
        Measure("full_error", "final error of the full network", 0, 0.5),
        Measure("emergence_step", "emergence step", 0, None, event="emerged"),
    ),
    fixed=("problem.n", "problem.k", "method", "training.steps"),
    theory=theory_of,
    captions=lambda config: ("at the start", "half-way", "at the end"),
    order=90,
)
