"""What a run on patterns takes."""

from dataclasses import replace

from emergescope.config.cost import Cost, Share
from emergescope.studies.patterns.config import PatternsConfig
from emergescope.studies.patterns.display import display_of
from emergescope.toolkit.ansatz_display import SETTING, ansatz_memory, ansatz_work
from emergescope.toolkit.hinge.cost import hinge_cost


def cost_of(config: PatternsConfig) -> Cost:
    problem, neurons = config.problem, 2 * config.method.m
    coordinates = problem.d if problem.input_noise > 0 else problem.D
    cost = hinge_cost(config, display_of(config), d=problem.d, D=problem.D, coordinates=coordinates)
    if not config.shows_ansatz:
        return cost
    most = max(coordinates, problem.D)
    memory = Share("the feature ansatz", SETTING, ansatz_memory(most))
    work = cost.frames * ansatz_work(most, neurons, config.capture.test_samples)
    return replace(
        cost,
        memory_shares=(*cost.memory_shares, memory),
        work_shares=(*cost.work_shares, Share("the feature ansatz", SETTING, work)),
    )
