"""The model of a method at its start, and what of it is trained."""

from emergescope.toolkit.hinge.config import HingeMethod, Training
from emergescope.toolkit.hinge.ntk import LinearisedNetwork
from emergescope.toolkit.hinge.random_features import RandomFeatures
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork


def start_model(method: HingeMethod, network: TwoLayerNetwork) -> TwoLayerNetwork:
    """`network` as drawn, with its hidden layer held still, or linearised."""
    if method.kind == "ntk":
        return LinearisedNetwork(network)
    if method.kind == "random_features":
        return RandomFeatures(network.geometry, network.q, network.b, network.a, network.outside)
    return network


def trained_phases(method: HingeMethod, training: Training) -> Training:
    """`training` as the method does it: random features hold w and b still in every phase."""
    if method.kind != "random_features":
        return training
    phases = tuple(phase.model_copy(update={"trains": ("a",)}) for phase in training.phases)
    return training.model_copy(update={"phases": phases})
