"""Files of weights, from anywhere: what is in one is known before any of it is read, and nothing in it is run.

A reader is given the open file's path and yields its `Weights`; formats are told apart by the ends of names.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from math import prod
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError, safe_open

from emergescope.checkpoints.arrays import open_npy, open_npz
from emergescope.checkpoints.pickled import open_pickled
from emergescope.checkpoints.shapes import SUFFIXES, Weights, steps_said
from emergescope.errors import WeightsError

_MOST_NUMBERS: Final = 2**28  # of a tensor: 1 GB in single precision
_LARGEST_FLOAT: Final = 8  # bytes


@contextmanager
def open_safetensors(path: Path) -> Iterator[Weights]:
    """A file of safetensors, whose header has been held against its length."""
    try:
        with safe_open(path, "pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - no mapping
            yield Weights(shapes, steps_said(file.metadata() or {}), file.get_tensor)
    except SafetensorError as error:
        raise WeightsError(f"it is no sound file of safetensors: {str(error)[:200]}") from None


Reader = Callable[[Path], AbstractContextManager[Weights]]
_OTHERS: Final[Mapping[str, Reader]] = {".safetensors": open_safetensors, ".npz": open_npz, ".npy": open_npy}


@contextmanager
def open_weights(files: Sequence[Path], called: str) -> Iterator[Weights]:
    """The tensors of a checkpoint, in one file or in several. Raises WeightsError that begins with its name."""
    with _of(called), ExitStack() as opened:
        parts = [opened.enter_context(_open(file)) for file in files]
        where: dict[str, Weights] = {}
        for part in parts:
            for name in part.shapes:
                if name in where:
                    raise WeightsError(f"two of its files have a tensor {name[:100]!r}")
                where[name] = part
        shapes = {name: part.shapes[name] for name, part in where.items()}
        said = {key: step for part in parts for key, step in part.said.items()}
        yield Weights(shapes, said, lambda name: _read(where[name], name))


def read_directions(path: Path) -> Any:
    """The one array of a file, or the one that is called "directions". Raises WeightsError that names the file."""
    with _of(str(path)):
        if path.suffix.lower() not in (ends := (*SUFFIXES, ".npy")):
            raise WeightsError(f"directions come from a file whose name ends with {', '.join(ends)}")
        with _open(path) as weights:
            name = next(iter(weights.shapes)) if len(weights.shapes) == 1 else "directions"
            if name not in weights.shapes:
                there = ", ".join(repr(name[:60]) for name in [*weights.shapes][:8]) or "none"
                raise WeightsError(f'directions are one array, or the one called "directions", and it has {there}')
            return _read(weights, name)


@contextmanager
def _open(path: Path) -> Iterator[Weights]:
    if not path.is_file():
        raise WeightsError("it is no plain file" if path.exists() else "there is no such file")
    try:
        with _OTHERS.get(path.suffix.lower(), open_pickled)(path) as weights:
            yield weights
    except OSError as error:
        raise WeightsError(f"it cannot be read ({error.strerror or error})") from None
    except MemoryError:
        raise WeightsError("it needs more memory than there is") from None


def _read(weights: Weights, name: str) -> Any:
    """A tensor of floating-point numbers, of the shape that was declared."""
    shape = weights.shapes[name]
    if prod(shape) > _MOST_NUMBERS:
        raise WeightsError(f"{name!r} has {prod(shape):,} numbers, and {_MOST_NUMBERS:,} are the most of a layer")
    found = weights.read(name)
    kind = str(found.dtype).removeprefix("torch.")
    if not ("float" in kind and found.dtype.itemsize <= _LARGEST_FLOAT):
        raise WeightsError(f"{name!r} holds {kind}, and weights are floating-point numbers")
    if tuple(found.shape) != shape:
        raise WeightsError(f"{name!r} is {[*found.shape]}, and {[*shape]} was declared")
    return found


@contextmanager
def _of(called: str) -> Iterator[None]:
    try:
        yield
    except WeightsError as error:
        raise WeightsError(f"{called}: {error.detail}") from None
