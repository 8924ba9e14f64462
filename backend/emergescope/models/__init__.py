"""The two-layer network of the paper, in pattern space or in R^d; classifiers of images. Uses problems and config."""

from emergescope.models.classifier import Classifier, Descent, TwoLayerClassifier, two_layer_classifier
from emergescope.models.geometry import AmbientGeometry, Geometry, make_geometry
from emergescope.models.initialisation import initialise
from emergescope.models.resnet import ResNet18, resnet18
from emergescope.models.teacher import Teacher, kappa
from emergescope.models.two_layer import Gradient, TwoLayerNetwork, put

__all__ = [
    "AmbientGeometry",
    "Classifier",
    "Descent",
    "Geometry",
    "Gradient",
    "ResNet18",
    "Teacher",
    "TwoLayerClassifier",
    "TwoLayerNetwork",
    "initialise",
    "kappa",
    "make_geometry",
    "put",
    "resnet18",
    "two_layer_classifier",
]
