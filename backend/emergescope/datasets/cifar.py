"""CIFAR-10, the version for Python: six pickles with 10,000 images each, a row of 3,072 bytes for an image.

The pickle module calls what a file names, and a file can name anything. Here opcodes are taken one by one (pickletools
knows how each is written, and what it takes off the stack), and only those that such data need are carried out, on
values that are made here: nothing is looked up, nothing is called, and what is kept is no larger than the file.
"""

import math
import pickletools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from emergescope.datasets.files import DataFile, Images, paired

_LARGEST_BATCH = 10**8  # bytes; those of the original have a third of that
_MOST = 1_000_000  # opcodes; a batch of CIFAR-10 has 40,000
_NAMES = {  # what batches name, written by NumPy 1 and 2, Python 2 and 3
    *((f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}
_INTEGERS = frozenset(f"{sign}{size}" for sign in "iu" for size in (1, 2, 4, 8))
_HOW = "save it again with pickle's protocol 4, its data as an array of bytes and its labels as a list of numbers"


def read_batches(files: Sequence[DataFile], shape: tuple[int, ...], classes: int) -> Images:
    """Images [H, W, 3] of some batches, in order. Raises DataBroken."""
    batches = [_read_batch(file, shape, classes) for file in files]
    return Images(*(np.concatenate([getattr(batch, name) for batch in batches]) for name in ("pixels", "labels")))


def _read_batch(file: DataFile, shape: tuple[int, ...], classes: int) -> Images:
    if (size := file.size) > _LARGEST_BATCH:
        raise file.broken(f"it has {size:,} bytes, and a batch has {_LARGEST_BATCH:,} at most")
    with file.opened() as stream:
        data = stream.read(size)
    try:
        found = read_pickle(data)
    except ValueError as error:
        raise file.broken(str(error)) from None
    rows, labels = found.get("data"), found.get("labels")
    height, width, colours = shape
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.shape[1] != height * width * colours:
        raise file.broken(f"its data are not rows of {height * width * colours:,} bytes")
    if rows.dtype != np.uint8:
        raise file.broken(f"its data are {rows.dtype} and not bytes: save them as uint8, if it is your own")
    if isinstance(labels, np.ndarray) and labels.ndim == 1:
        labels = labels.tolist()
    if not isinstance(labels, list) or not all(type(label) is int and 0 <= label < classes for label in labels):
        raise file.broken(f"its labels are not a list of numbers from 0 to {classes - 1}")
    planes = rows.reshape(-1, colours, height, width)  # red, green, blue
    pixels = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
    return paired([file], pixels, np.array(labels, np.int64), classes)


def read_pickle(data: bytes) -> dict[str, Any]:
    """The dictionary in `data`: its keys as text, its arrays of whole numbers, Python 2's strings as bytes. Raises
    ValueError.
    """
    try:
        result = _carried_out(data)
    except (IndexError, KeyError, TypeError, EOFError, OverflowError) as error:
        raise ValueError(f"it is not a sound pickle ({type(error).__name__})") from None
    if not isinstance(result, dict):
        raise ValueError("it does not hold a dictionary")
    return {_text(key): value.value if isinstance(value, _Array) else value for key, value in result.items()}


def _carried_out(data: bytes) -> object:
    """What is left when all opcodes were carried out."""
    stream, stack = BytesIO(data), list[Any]()
    below: list[list[Any]] = []  # what lies below each mark
    memory: dict[int, Any] = {}  # what may be named again
    room = len(data)  # bytes that may be encoded anew
    for _ in range(_MOST):
        code = stream.read(1)
        if code not in _OPCODES:  # or at the end
            what = "it is no pickle of plain values and arrays of whole numbers"
            raise ValueError(f"{what} (opcode {code.hex() or 'missing'}); if it is your own, {_HOW}")
        opcode = _OPCODES[code]
        argument: Any = None
        if opcode.name == "GLOBAL":  # pickletools would undo escapes in its lines, and pickle does not
            argument = [stream.readline().rstrip(b"\n").decode() for _ in range(2)]
        elif opcode.arg is not None:
            argument = opcode.arg.reader(stream)
        match opcode.name:
            case "MARK":
                below.append(stack)
                stack = []
            case "BINPUT" | "LONG_BINPUT" | "MEMOIZE":
                memory[len(memory) if argument is None else argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memory[argument])
            case "STOP":
                if stream.tell() != len(data):
                    raise ValueError("it goes on behind its end")
                return stack.pop()
            case name if name in _MADE:
                taken, operands = list[Any](), opcode.stack_before
                if pickletools.markobject in operands:
                    taken, stack, operands = stack, below.pop(), operands[:-2]
                taken = [stack.pop() for _ in operands][::-1] + taken
                stack.append(made := _MADE[name](argument, *taken))
                room -= len(made) if name == "REDUCE" and isinstance(made, bytes) else 0
                if room < 0:
                    raise ValueError("it would be larger in memory than it is on disk")
    raise ValueError(f"it has more than {_MOST:,} opcodes")


@dataclass(frozen=True)
class _Name:
    """Stands for something that a pickle would call."""

    name: str


@dataclass
class _Array:
    """An array that is being built."""

    value: NDArray[np.integer[Any]] | None = None


@dataclass
class _Integers:
    """A type of whole numbers, and how their bytes are ordered once that is known."""

    code: str
    order: str = "|"


def _named(module: object, name: object) -> _Name:
    if not isinstance(module, str) or not isinstance(name, str):
        raise ValueError("it names something by what is not text")
    if (module, name) not in _NAMES:
        raise ValueError(f"it names {module:.60}.{name:.60}, which no data set needs; nothing of it was run")
    return _Name(name)


def _called(what: object, arguments: object) -> object:
    """In place of a call."""
    match what, arguments:
        case _Name("_reconstruct"), (_Name("ndarray"), (0,), b"b" | "b"):
            return _Array()
        case _Name("dtype"), (bytes() | str() as code, *_) if (text := _text(code)) in _INTEGERS:
            return _Integers(text)
        case _Name("encode"), (str() as text, "latin1" | b"latin1"):
            return text.encode("latin-1")
        case _Name("_frombuffer"), (bytes() as raw, _Integers() as kind, tuple() as shape, "C" | "F" as order):
            return _Array(_array(raw, kind, shape, order))
        case _Name("scalar"), (_Integers() as kind, bytes() as raw):
            return int(_array(raw, kind, (1,), "C")[0])
    raise ValueError(f"it makes something else than arrays of whole numbers; if it is your own, {_HOW}")


def _built(target: object, state: object) -> object:
    """`target`, once it has its state."""
    match target, state:
        case _Integers(), (int(), b"<" | b">" | b"|" | "<" | ">" | "|" as order, *_):
            target.order = _text(order)
        case _Array(None), (1, tuple() as shape, _Integers() as kind, bool() as by_columns, bytes() as raw):
            target.value = _array(raw, kind, shape, "F" if by_columns else "C")
        case _:
            raise ValueError(f"it builds something else than arrays of whole numbers; if it is your own, {_HOW}")
    return target


def _array(raw: bytes, kind: _Integers, shape: tuple[Any, ...], order: Literal["C", "F"]) -> NDArray[np.integer[Any]]:
    """The bytes of a file as an array, without a copy."""
    if not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError("it has an array of no shape")
    if len(shape) > 8:
        raise ValueError("it has an array of too many dimensions")
    dtype = np.dtype(kind.order + kind.code)
    if (size := math.prod(shape) * dtype.itemsize) != len(raw):
        raise ValueError(f"it has an array that claims {size:,} bytes and has {len(raw):,}")
    return np.frombuffer(raw, dtype).reshape(shape, order=order)


def _filled(target: object, items: Sequence[Any]) -> object:
    """`target`, with more in it."""
    if isinstance(target, list):
        target.extend(items)
    elif isinstance(target, dict) and len(items) % 2 == 0:
        # Keys are text alone: to hash nested tuples can take for ever.
        target.update((_text(key), value) for key, value in zip(items[::2], items[1::2], strict=True))
    else:
        raise ValueError("it fills what is neither a list nor a dictionary")
    return target


def _text(key: object) -> str:
    if isinstance(key, bytes):
        return key.decode("latin-1")
    if not isinstance(key, str):
        raise ValueError("it has a dictionary whose keys are not text")
    return key


# What opcodes push, of their argument and what they take off the stack.
_MADE: Mapping[str, Callable[..., object]] = {
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1"), lambda number: number),
    **dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES"), lambda text: text),
    **dict.fromkeys(("BINSTRING", "SHORT_BINSTRING"), lambda text: text.encode("latin-1")),  # decoded by pickletools
    "BYTEARRAY8": bytes,
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_LIST": lambda _: [],
    "EMPTY_DICT": lambda _: {},
    **dict.fromkeys(("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"), lambda _, *items: items),
    **dict.fromkeys(("APPEND", "APPENDS", "SETITEM", "SETITEMS"), lambda _, target, *items: _filled(target, items)),
    "GLOBAL": lambda words: _named(*words),
    "STACK_GLOBAL": lambda _, module, name: _named(module, name),
    "REDUCE": lambda _, what, arguments: _called(what, arguments),
    "BUILD": lambda _, target, state: _built(target, state),
}
_OTHERS = ("PROTO", "FRAME", "MARK", "BINPUT", "LONG_BINPUT", "MEMOIZE", "BINGET", "LONG_BINGET", "STOP")
_OPCODES = {code.code.encode("latin-1"): code for code in pickletools.opcodes if code.name in {*_MADE, *_OTHERS}}
