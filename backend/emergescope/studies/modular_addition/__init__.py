"""Modular addition: a network that maximises its margin learns cosines of every frequency (Morwani et al. 2023)."""

from emergescope.studies.modular_addition.config import ModularAdditionConfig
from emergescope.studies.modular_addition.cost import cost_of
from emergescope.studies.modular_addition.display import display_of
from emergescope.studies.modular_addition.theory import theory_of
from emergescope.studies.study import Measure, Study

STUDY = Study(
    id="modular_addition",
    title="Modular addition",
    text="A network that adds on a clock with the largest margin has a cosine in each neuron, of every frequency.",
    config=ModularAdditionConfig,
    dynamics="emergescope.studies.modular_addition.dynamics:ModularAdditionDynamics",
    cost=cost_of,
    display=display_of,
    tiny={
        "problem.p": 7,
        "method.width": 24,
        "training.steps": 60,
        "training.doubling_every": 10,
        "capture.frames": 6,
    },
    measures=(
        Measure("emergence_step", "emergence step", 0, None, event="emerged"),
        Measure("margin_ratio", "final margin, of the largest", 0, 1),
        Measure("cosines", "neurons that are one cosine", 0, 1),
    ),
    fixed=("problem.p", "method"),
    theory=theory_of,
    captions=lambda config: ("at the start", "half-way", "at the end"),
    order=80,
)
