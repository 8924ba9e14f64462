"""Numbers as people write them: reads what can mean one number only, and refuses the rest with a sentence.

`frontend/js/numbers.js` has the same rules for fields of the page; a test holds both against one table.
"""

import math
import re
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"[+-]?(\d+(_\d+)*(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_SPACED = re.compile(r"[+-]?\d{1,3}( \d{3})+(\.\d+)?", re.ASCII)
_COMMAS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?", re.ASCII)
_OTHER_BASE = re.compile(r"0(x[0-9a-f]+|o[0-7]+|b[01]+)", re.ASCII | re.IGNORECASE)
_LONGEST = 40  # characters of a wrong number that are worth repeating
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {ord("−"): ord("-")}


@dataclass(frozen=True)
class NoNumber:
    """Stands where a number is needed and could not be read: no field takes it, and parse.py says why."""

    why: str


def read_number(text: str, whole: bool = False) -> float:
    """The number that `text` is. Raises ValueError with a sentence that says what to write instead."""
    plain = _SPACES.sub(" ", text.translate(_FULL_WIDTH)).strip()
    if plain == "":
        raise ValueError("a number is needed")
    if _SPACED.fullmatch(plain):
        plain = plain.replace(" ", "")
    if _COMMAS.fullmatch(plain) and (whole or plain.count(",") > 1 or "." in plain):
        plain = plain.replace(",", "")
    if _NUMBER.fullmatch(plain) is None or (whole and _POINTS.fullmatch(plain)):
        raise ValueError(_instead(plain, whole))
    value = float(plain)
    if not math.isfinite(value):
        raise ValueError(f"{cut(plain)} is too large")
    if whole and not value.is_integer():
        raise ValueError(f"{cut(plain)} is not a whole number")
    if plain.lstrip("+-").replace("_", "").isdigit():
        return int(plain)
    return int(value) if whole else value


def as_written(value: Any, annotation: Any) -> Any:
    """The value of a field of this type: a plain number where one is needed, or NoNumber; so in a list of numbers."""
    if not isinstance(value, str | bool | list | tuple) or (kind := _number_in(annotation)) is None:
        return value
    if isinstance(value, list | tuple):
        return [as_written(item, kind) for item in value]
    if isinstance(value, bool):
        return NoNumber(f"{str(value).lower()} is not a number")
    try:
        return read_number(value, kind is int)
    except ValueError as error:
        return NoNumber(str(error))


def _number_in(annotation: Any) -> type | None:
    """int or float where a field is a number or a list of numbers, perhaps None; else None."""
    if annotation is int or annotation is float:
        return annotation
    origin, kinds = get_origin(annotation), [kind for kind in get_args(annotation) if kind not in (type(None), ...)]
    if origin is Literal:
        kinds = [type(kind) for kind in kinds]
    elif origin not in (Union, UnionType, tuple):
        return None
    found = {_number_in(kind) for kind in kinds}
    return found.pop() if len(found) == 1 else None


def _instead(plain: str, whole: bool) -> str:
    """What is wrong with a text that is no number, and what it may have been meant to be."""
    name = cut(plain)
    if _POINTS.fullmatch(plain) and (plain.count(".") > 1 or "," in plain or whole):
        thousands = plain.replace(".", "").replace(",", ".")
        either = "" if plain.count(".") > 1 or "," in plain else f" or {plain.partition('.')[0]}"
        return f"{name}: write {thousands}{either}"
    if _DECIMAL_COMMA.fullmatch(plain) and whole:
        return f"{name} is not a whole number"
    if _DECIMAL_COMMA.fullmatch(plain):
        thousands = f"{plain.replace(',', '')} or " if _COMMAS.fullmatch(plain) else ""
        return f"{name}: write {thousands}{plain.replace(',', '.')}"
    if _OTHER_BASE.fullmatch(plain):
        return f"{name} is not a decimal number: write {int(plain, 0)}"
    return f"{name} is not a number"


def cut(text: str, most: int = _LONGEST) -> str:
    """At most so many characters of a text."""
    return text if len(text) <= most else text[: most - 1] + "…"
