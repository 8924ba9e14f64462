"""What a run on patterns takes."""

from emergescope.config.cost import Cost
from emergescope.studies.patterns.config import PatternsConfig
from emergescope.studies.patterns.display import display_of
from emergescope.toolkit.hinge.cost import hinge_cost


def cost_of(config: PatternsConfig) -> Cost:
    problem = config.problem
    coordinates = problem.d if problem.input_noise > 0 else problem.D
    return hinge_cost(config, display_of(config), d=problem.d, D=problem.D, coordinates=coordinates)
