"""What a run on patterns takes."""

from emergescope.config.cost import Cost
from emergescope.studies.patterns.config import PatternsConfig
from emergescope.toolkit.hinge.cost import HingeInputs, HingeSizes


def cost_of(config: PatternsConfig) -> Cost:
    problem = config.problem
    inputs = HingeInputs(
        problem.d,
        problem.D,
        problem.k,
        ambient=problem.input_noise > 0,
        overlap=problem.dictionary != "orthonormal",
        picture=problem.d if problem.dictionary == "pictures" else 0,
    )
    return HingeSizes(config.method, config.training, config.capture, inputs).cost()
