"""Emergescope: watch features emerge inside a neural network while gradient descent runs."""

__version__ = "0.1.0"
