"""What the adapters have in common: a recording that begins and ends with a loop, and looks at one of its layers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emergescope.errors import InvalidConfig
from emergescope.recorder import Recorder, record
from emergescope.recorder.endings import warn
from emergescope.recording.display import Metric

Layer = str | Callable[[Any], Any]
Metrics = Mapping[str, Metric | Mapping[str, Any] | str] | Iterable[str]


class Loop:
    """Records one layer of the model that a loop trains.

    layer    its name in the model; or a function from the model to whatever `Recorder.snapshot` takes. What is wrong
             with it is raised where training begins, and only told from then on
    metrics  those that the loop reports and the film shows: by name, or names alone
    options  what else `record` takes
    """

    def __init__(self, name: str, layer: Layer, metrics: Metrics, options: Mapping[str, Any]) -> None:
        self._name, self._layer, self._options = name, layer, options
        self._metrics = metrics if isinstance(metrics, Mapping) else tuple(metrics)
        self._found = self._failed = False
        self.recorder: Recorder | None = None

    def begin(self, **known: Any) -> None:
        """The loop begins; `known` is what `record` takes and the loop knows, where nothing else was said."""
        self.recorder = record(self._name, **{**known, "metrics": self._metrics, **self._options})

    def step(self, number: int, model: Any, find: Callable[[Any, str], Any], reported: Mapping[str, Any]) -> None:
        """The model after `number` updates, with what was reported; `find` finds a layer in it by its name."""
        if self.recorder is None or not self.recorder.is_due(number):
            return
        try:
            weights = self._layer(model) if callable(self._layer) else find(model, self._layer)
        except Exception as error:
            if not self._found:
                raise
            if not self._failed:
                warn(f"recording {self._name!r}: from step {number} on there is no such layer: {error}")
            self._failed = True
            return  # it is no reason to end training
        self._found = True
        self.recorder.snapshot(number, weights, {name: reported[name] for name in self._metrics if name in reported})

    def end(self, error: BaseException | None = None) -> None:
        """The loop is over, by this exception if by one."""
        if self.recorder is not None:
            self.recorder.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)


def submodule(model: Any, name: str) -> Any:
    """The layer of a PyTorch model by its name, "encoder.0.fc1". Raises InvalidConfig that names those there are."""
    try:
        return model.get_submodule(name)
    except AttributeError:
        known = [one for one, part in model.named_modules() if getattr(part, "weight", None) is not None]
        listed = ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
        raise InvalidConfig.at("/layer", f"the model has no layer {name!r}; with weights it has {listed}") from None
