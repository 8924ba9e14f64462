"""Pickles of plain values and arrays of whole numbers, as CIFAR-10 has them, read without the pickle module's machine.

That machine calls what a file names, and a file can name anything. Here opcodes are taken one by one (pickletools knows
how each is written), and only those that such data need are carried out, on values that this module makes itself:
nothing is looked up, nothing is called, and what is kept is no larger than the file.
"""

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

_MOST = 1_000_000  # opcodes; a batch of CIFAR-10 has 40,000
_RECONSTRUCT, _NDARRAY, _DTYPE, _ENCODE = "_reconstruct", "ndarray", "dtype", "encode"
_FROM_BUFFER, _SCALAR = "_frombuffer", "scalar"
_NAMES = {  # what batches name, written by NumPy 1 and 2, Python 2 and 3
    **{
        (f"numpy.{core}.{module}", name): name
        for core in ("core", "_core")
        for module, name in (("multiarray", _RECONSTRUCT), ("multiarray", _SCALAR), ("numeric", _FROM_BUFFER))
    },
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): _DTYPE,
    ("_codecs", "encode"): _ENCODE,
}
_INTEGERS = frozenset(f"{sign}{size}" for sign in "iu" for size in (1, 2, 4, 8))
_HOW = "save it again with pickle's protocol 4, its data as an array of bytes and its labels as a list of numbers"


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

    @property
    def dtype(self) -> np.dtype[np.integer[Any]]:
        return np.dtype(self.order + self.code)


def read_pickle(data: bytes) -> dict[str, Any]:
    """The dictionary in `data`: its keys as text, its arrays of whole numbers, Python 2's strings as bytes. Raises
    ValueError.
    """
    try:
        result = _Machine(room=len(data)).run(data)
    except (IndexError, KeyError, TypeError, EOFError, OverflowError) as error:
        raise ValueError(f"it is not a sound pickle ({type(error).__name__})") from None
    if not isinstance(result, dict):
        raise ValueError("it does not hold a dictionary")
    return {_text(key): value.value if isinstance(value, _Array) else value for key, value in result.items()}


class _Machine:
    """A stack, marks on it, and a memory of what may be named again. `room`: bytes that may be encoded anew."""

    def __init__(self, room: int) -> None:
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []  # what lies below each mark
        self._memory: dict[int, Any] = {}
        self._room = room

    def run(self, data: bytes) -> object:
        stream = BytesIO(data)
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
            if opcode.name in _VALUES:
                self._stack.append(_VALUES[opcode.name](argument))
            elif opcode.name in _MOVES:
                _MOVES[opcode.name](self, argument)
            elif opcode.name == "STOP":
                if stream.tell() != len(data):
                    raise ValueError("it goes on behind its end")
                return self._stack.pop()
        raise ValueError(f"it has more than {_MOST:,} opcodes")

    def _mark(self, _: Any) -> None:
        self._below.append(self._stack)
        self._stack = []

    def _since_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._below.pop()
        return items

    def _last(self, count: int) -> list[Any]:
        return [self._stack.pop() for _ in range(count)][::-1]

    def _tuple(self, items: list[Any]) -> None:
        self._stack.append(tuple(items))

    def _extend(self, items: list[Any]) -> None:
        _extend(self._stack[-1], items)

    def _keep(self, place: int | None) -> None:
        self._memory[len(self._memory) if place is None else place] = self._stack[-1]

    def _recall(self, place: int) -> None:
        self._stack.append(self._memory[place])

    def _name(self, words: list[Any]) -> None:
        module, name = words
        self._stack.append(_named(module, name))

    def _call(self, _: Any) -> None:
        what, arguments = self._last(2)
        made = _made(what, arguments)
        self._room -= len(made) if isinstance(made, bytes) else 0
        if self._room < 0:
            raise ValueError("it would be larger in memory than it is on disk")
        self._stack.append(made)

    def _set_state(self, _: Any) -> None:
        state = self._stack.pop()
        _build(self._stack[-1], state)


_VALUES: Mapping[str, Callable[[Any], Any]] = {  # opcodes that push a value, from their argument
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1"), lambda number: number),
    **dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES"), lambda text: text),
    "BYTEARRAY8": bytes,
    **dict.fromkeys(("BINSTRING", "SHORT_BINSTRING"), lambda text: text.encode("latin-1")),  # decoded by pickletools
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_LIST": lambda _: [],
    "EMPTY_DICT": lambda _: {},
    "EMPTY_TUPLE": lambda _: (),
}
_MOVES: Mapping[str, Callable[[_Machine, Any], None]] = {  # the others
    "MARK": _Machine._mark,
    "TUPLE": lambda machine, _: machine._tuple(machine._since_mark()),
    "TUPLE1": lambda machine, _: machine._tuple(machine._last(1)),
    "TUPLE2": lambda machine, _: machine._tuple(machine._last(2)),
    "TUPLE3": lambda machine, _: machine._tuple(machine._last(3)),
    "APPEND": lambda machine, _: machine._extend(machine._last(1)),
    "SETITEM": lambda machine, _: machine._extend(machine._last(2)),
    **dict.fromkeys(("APPENDS", "SETITEMS"), lambda machine, _: machine._extend(machine._since_mark())),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine._keep),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _Machine._recall),
    "GLOBAL": _Machine._name,
    "STACK_GLOBAL": lambda machine, _: machine._name(machine._last(2)),
    "REDUCE": _Machine._call,
    "BUILD": _Machine._set_state,
}
_OPCODES = {
    opcode.code.encode("latin-1"): opcode
    for opcode in pickletools.opcodes
    if opcode.name in {*_VALUES, *_MOVES, "PROTO", "FRAME", "STOP"}
}


def _named(module: object, name: object) -> _Name:
    if not isinstance(module, str) or not isinstance(name, str):
        raise ValueError("it names something by what is not text")
    if (module, name) not in _NAMES:
        raise ValueError(f"it names {module:.60}.{name:.60}, which no data set needs; nothing of it was run")
    return _Name(_NAMES[module, name])


def _made(what: object, arguments: tuple[Any, ...]) -> object:
    """In place of a call."""
    match what, arguments:
        case _Name(name=_RECONSTRUCT), (_Name(name=_NDARRAY), (0,), b"b" | "b"):
            return _Array()
        case _Name(name=_DTYPE), (bytes() | str() as code, *_) if (text := _text(code)) in _INTEGERS:
            return _Integers(text)
        case _Name(name=_ENCODE), (str() as text, "latin1" | b"latin1"):
            return text.encode("latin-1")
        case _Name(name=_FROM_BUFFER), (bytes() as raw, _Integers() as kind, tuple() as shape, "C" | "F" as order):
            return _Array(_array(raw, kind, shape, order))
        case _Name(name=_SCALAR), (_Integers() as kind, bytes() as raw):
            return int(_array(raw, kind, (1,), "C")[0])
    raise ValueError(f"it makes something else than arrays of whole numbers; if it is your own, {_HOW}")


def _build(target: object, state: object) -> None:
    match target, state:
        case _Integers(), (int(), b"<" | b">" | b"|" | "<" | ">" | "|" as order, *_):
            target.order = _text(order)
            return
        case _Array(value=None), (1, tuple() as shape, _Integers() as kind, bool() as by_columns, bytes() as raw):
            target.value = _array(raw, kind, shape, "F" if by_columns else "C")
            return
    raise ValueError(f"it builds something else than arrays of whole numbers; if it is your own, {_HOW}")


def _array(raw: bytes, kind: _Integers, shape: tuple[Any, ...], order: Literal["C", "F"]) -> NDArray[np.integer[Any]]:
    """The bytes of a file as an array, without a copy."""
    if not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError("it has an array of no shape")
    if (size := _product(shape) * kind.dtype.itemsize) != len(raw):
        raise ValueError(f"it has an array that claims {size:,} bytes and has {len(raw):,}")
    return np.frombuffer(raw, kind.dtype).reshape(shape, order=order)


def _product(shape: tuple[int, ...]) -> int:
    if len(shape) > 8:
        raise ValueError("it has an array of too many dimensions")
    size = 1
    for side in shape:
        size *= side
    return size


def _extend(target: object, items: list[Any]) -> None:
    if isinstance(target, list):
        target.extend(items)
    elif isinstance(target, dict) and len(items) % 2 == 0:
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[_text(key)] = value  # text alone: to hash nested tuples can take for ever
    else:
        raise ValueError("it fills what is neither a list nor a dictionary")


def _text(key: object) -> str:
    if isinstance(key, bytes):
        return key.decode("latin-1")
    if not isinstance(key, str):
        raise ValueError("it has a dictionary whose keys are not text")
    return key
