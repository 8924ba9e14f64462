"""Gradient descent: the trainer, an iterator of states. Uses models and problems."""

from emergescope.training.trainer import TrainState, train

__all__ = ["TrainState", "train"]
