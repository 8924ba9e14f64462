"""A callback of Keras 3, on any of its backends, that records a layer of the model which is trained."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from emergescope.adapters.loop import Layer, Loop, Metrics
from emergescope.errors import InvalidConfig
from emergescope.recording.events import Array


class RecordCallback(keras.callbacks.Callback):  # type: ignore[misc]  # a class of a library without types
    """`model.fit(..., callbacks=[RecordCallback("my run", "dense", directions=M, every=50)])`.

    Steps are batches, counted over all epochs. Metrics are those that Keras reports by these names. Further options are
    those of `emergescope.record`.
    """

    def __init__(self, name: str, layer: Layer, metrics: Metrics = ("loss",), **options: Any) -> None:
        super().__init__()
        self._loop, self._taken = Loop(name, layer, metrics, options), 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        self._loop.begin()
        self._loop.step(self._taken, self.model, neurons_of, {})

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._taken += 1
        self._loop.step(self._taken, self.model, neurons_of, logs or {})

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        self._loop.end()


def neurons_of(model: Any, name: str) -> Array:
    """The weights of a layer by its name, a row for each neuron. Keras keeps them as [inputs, neurons], and those of
    convolutions as [height, width, channels, filters]: here channels come first, as in PyTorch.
    """
    known = [layer.name for layer in model.layers if layer.weights]
    if name not in known:
        raise InvalidConfig.at("/layer", f"the model has no layer {name!r}; with weights it has {', '.join(known)}")
    kernel: Array = keras.ops.convert_to_numpy(model.get_layer(name).weights[0].value)
    filters = np.moveaxis(kernel, (-1, -2), (0, 1))
    return filters.reshape(len(filters), -1)
