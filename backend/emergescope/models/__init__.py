"""The two-layer network of the paper, in pattern space. Uses problems and config."""

from emergescope.models.geometry import Geometry
from emergescope.models.initialisation import initialise
from emergescope.models.two_layer import Gradient, TwoLayerNetwork

__all__ = ["Geometry", "Gradient", "TwoLayerNetwork", "initialise"]
