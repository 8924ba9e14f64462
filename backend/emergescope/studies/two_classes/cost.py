"""What a run on two classes of images takes."""

from dataclasses import replace
from math import prod

from emergescope.config.cost import Cost
from emergescope.datasets.source import IMAGES, picture_shape
from emergescope.studies.two_classes.config import TwoClassesConfig
from emergescope.studies.two_classes.display import display_of
from emergescope.toolkit.hinge.cost import HingeInputs, HingeSizes

_HEADER = 2000  # bytes of a frame's names, shapes and metrics: with clusters they are more than elsewhere
_REFERENCES = 11  # directions that the neurons are compared with
_OF_ALL = 35, 100  # images in two classes of the sets that are known (SVHN), at most; of folders it may be more


def cost_of(config: TwoClassesConfig) -> Cost:
    problem = config.problem
    d, read = prod(picture_shape(problem)), IMAGES[problem.data]
    inputs = HingeInputs(
        d,
        _REFERENCES,
        1,
        ambient=True,
        picture=d,
        read=read,
        images=read * _OF_ALL[0] // _OF_ALL[1],
        reads="problem.size" if problem.data == "folder" else "problem.data",
    )
    cost = HingeSizes(config.method, config.training, config.capture, inputs).cost()
    return replace(cost, frame_bytes=display_of(config).frame_bytes() + _HEADER)
