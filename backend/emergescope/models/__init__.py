"""The two-layer network of the paper, in pattern space or in R^d. Uses problems and config."""

from emergescope.models.geometry import AmbientGeometry, Geometry, make_geometry
from emergescope.models.initialisation import initialise
from emergescope.models.two_layer import Gradient, TwoLayerNetwork, put

__all__ = ["AmbientGeometry", "Geometry", "Gradient", "TwoLayerNetwork", "initialise", "make_geometry", "put"]
