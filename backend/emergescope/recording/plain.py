"""Plain JSON that anybody may have sent: how large it may be, and which texts and numbers can be kept."""

import re
from collections.abc import Iterable, Iterator, Mapping

from emergescope.errors import FieldError, InvalidConfig

LARGEST = 2**53  # of a number: beyond it JSON's readers do not agree
_DEEPEST = 12  # levels of lists and objects
_MOST_ENTRIES = 1000  # of an object
_MOST_ITEMS = 100_000  # of a list
_MOST_VALUES = 500_000  # in all
_LONGEST_TEXT = 4000  # characters
_MOST_ERRORS = 20
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,100}")
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")  # characters that no database and no UTF-8 takes

Wrong = tuple[str, str]  # a JSON pointer, and what is wrong there


def refuse(wrong: Iterable[Wrong]) -> None:
    """Raises InvalidConfig where anything is wrong."""
    found = [FieldError(pointer, message) for (pointer, message), _ in zip(wrong, range(_MOST_ERRORS), strict=False)]
    if found:
        raise InvalidConfig("; ".join(f"{one.pointer or '/'}: {one.message}" for one in found[:3]), found)


def oversized(data: object) -> Iterator[Wrong]:
    """What is larger or deeper than what people send, or is text that cannot be kept; the first such thing alone."""
    level: list[tuple[str, object]] = [("", data)]
    count = 0
    for _ in range(_DEEPEST):
        for pointer, value in level:
            if (wrong := _unfit(value)) is not None:
                yield pointer, wrong
                return
        level = [(at(pointer, key), one) for pointer, value in level for key, one in _items(value)]
        count += len(level)
        if count > _MOST_VALUES:
            yield "", f"there are {_MOST_VALUES:,} values at most"
            return
    if level:
        yield level[0][0], f"lists and objects are nested more than {_DEEPEST} levels deep"


def _unfit(value: object) -> str | None:
    wrong = None
    match value:
        case str() if len(value) > _LONGEST_TEXT:
            wrong = f"a text has {_LONGEST_TEXT:,} characters at most"
        case str() if _UNKEEPABLE.search(value):
            wrong = "leave out characters that are no text (NUL, halves of surrogate pairs)"
        case int() if abs(value) > LARGEST:
            wrong = "a number is 2^53 at most"
        case Mapping() if len(value) > _MOST_ENTRIES:
            wrong = f"an object has {_MOST_ENTRIES:,} entries at most"
        case Mapping() if not all(isinstance(key, str) and is_name(key) for key in value):
            wrong = "a name has 1 to 100 characters, and no control characters"
        case list() | tuple() if len(value) > _MOST_ITEMS:
            wrong = f"a list has {_MOST_ITEMS:,} items at most"
    return wrong


def _items(value: object) -> Iterable[tuple[object, object]]:
    if isinstance(value, Mapping):
        return value.items()
    return enumerate(value) if isinstance(value, list | tuple) else ()


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and not _UNKEEPABLE.search(text)


def at(pointer: str, key: object) -> str:
    """The pointer to a part of what a pointer points to."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
