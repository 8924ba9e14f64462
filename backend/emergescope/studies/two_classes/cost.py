"""What a run on two classes of images takes."""

from math import prod

from emergescope.config.cost import Cost
from emergescope.datasets.sources import IMAGES, picture_shape
from emergescope.studies.two_classes.config import TwoClassesConfig
from emergescope.studies.two_classes.display import DIRECTIONS, display_of
from emergescope.toolkit.hinge.cost import hinge_cost


def cost_of(config: TwoClassesConfig) -> Cost:
    problem = config.problem
    d, reads = prod(picture_shape(problem)), "problem.size" if problem.data == "folder" else "problem.data"
    # Two classes have at most 35% of the images of a set that is known; of folders it may be more.
    images = IMAGES[problem.data] * 35 // 100
    return hinge_cost(config, display_of(config), d=d, D=DIRECTIONS, coordinates=d, images=images, reads=reads)
