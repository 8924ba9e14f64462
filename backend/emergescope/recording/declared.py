"""Frames held against the display of their run: names, dtypes and shapes. Used where frames are made, and by tests."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from emergescope.errors import EmergescopeError
from emergescope.recording.display import Display
from emergescope.recording.frame import Array, Frame

if TYPE_CHECKING:
    from emergescope.recording.capture_thread import Camera, Look
    from emergescope.recording.state import Saved, State

_DTYPES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint8": "U8",
    "bool": "BOOL",
}


class DeclaredCamera:
    """The camera of a run, which takes no frame that its display does not declare."""

    def __init__(self, camera: "Camera", display: Display, study: str) -> None:
        self._camera, self._display, self._study = camera, display, study

    def take(self, state: "State", snapshot: Any) -> "Look":
        """Raises EmergescopeError with the first thing that is not as declared."""
        look = self._camera.take(state, snapshot)
        for wrong in undeclared(look.frame, self._display):
            raise EmergescopeError(f"study {self._study}: {wrong}")
        return look

    def save(self) -> "Saved":
        return self._camera.save()


def undeclared(frame: Frame, display: Display) -> Iterator[str]:
    """What of a frame is not as its display declares it, each in a sentence."""
    of = f"of the frame of step {frame.step}"
    for name in frame.metrics.keys() - display.metrics.keys():
        yield f"its display does not declare the metric {name!r} {of}: declare it, or leave it out"
    for name, tensor in frame.tensors.items():
        if name not in display.tensors:
            yield f"its display does not declare the tensor {name!r} {of}: declare it, or leave it out"
        elif not _fits(name, tensor, display):
            said = _words(display.tensors[name].dtype, _sizes(name, display))
            found = _words(dtype_of(tensor), tensor.shape)
            yield f"the tensor {name!r} {of} is {found}, and its display declares {said}: correct one of them"
    for panel in frame.says.keys() - {panel.id for panel in display.panels}:
        yield f"its display has no panel {panel!r}, and {of[3:]} says something of it: declare it, or leave it out"


def dtype_of(tensor: Array) -> str:
    """As safetensors calls it; NumPy's own name where frames have no such numbers."""
    return _DTYPES.get(tensor.dtype.name, tensor.dtype.name)


def _fits(name: str, tensor: Array, display: Display) -> bool:
    declared = display.tensors[name]
    if dtype_of(tensor) != declared.dtype or tensor.ndim != len(declared.shape):
        return False
    for length, shown, axis in zip(tensor.shape, display.shape_of(name), declared.shape, strict=True):
        fewer = isinstance(axis, str) and display.axes[axis].at_most
        if length > shown or (length < shown and not fewer):
            return False
    return True


def _sizes(name: str, display: Display) -> list[str]:
    sizes = zip(display.shape_of(name), display.tensors[name].shape, strict=True)
    return [f"at most {n}" if isinstance(axis, str) and display.axes[axis].at_most else str(n) for n, axis in sizes]


def _words(dtype: str, shape: Sequence[object]) -> str:
    return f"{dtype} [{', '.join(map(str, shape))}]"
