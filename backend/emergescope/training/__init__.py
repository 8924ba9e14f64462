"""Gradient descent: the trainer, an iterator of states; SGD for classifiers. Uses models and problems."""

from emergescope.training.sgd import Sgd
from emergescope.training.trainer import TrainState, train

__all__ = ["Sgd", "TrainState", "train"]
