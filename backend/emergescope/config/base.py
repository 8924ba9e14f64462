"""What all configuration records share: frozen, no unknown fields, numbers and names as people write them.

A number is read where it can mean one only, else refused with a sentence; so is it by `frontend/js/ui/numbers.js`, for
the fields of the page: a test holds both against one table.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, NamedTuple, NoReturn, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

_NUMBER = re.compile(r"[+-]?(\d+(_\d+)*(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_SPACED = re.compile(r"[+-]?\d{1,3}( \d{3})+(\.\d+)?", re.ASCII)
_COMMAS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?", re.ASCII)
_OTHER_BASE = re.compile(r"0(x[0-9a-f]+|o[0-7]+|b[01]+)", re.ASCII | re.IGNORECASE)
_LONGEST = 40  # characters of a wrong number that are worth repeating
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {ord("−"): ord("-")}
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # what comes after, the other way round
_FILLERS = set("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs that are blank
_SEEN = {"L", "N", "P", "S"}  # letters, numbers, punctuation, signs


class Record(BaseModel):
    """A frozen configuration record. Unknown fields are errors; NaN and infinities are not numbers here."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, data: Any) -> Any:
        """Text becomes a number where one is needed; true and false do not."""
        if not isinstance(data, dict):
            return data
        fields = cls.model_fields
        return {name: as_written(v, fields[name].annotation) if name in fields else v for name, v in data.items()}


def records_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The records that a field of this type may hold: the members of a union, what a list has."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from records_in(part)


def reject(message: str) -> NoReturn:
    """Refuse the field under validation with `message`, word for word."""
    raise PydanticCustomError("rejected", "{message}", {"message": message})


class NameRule(NamedTuple):
    """Which names are allowed, and the same in words: the one statement of it. Forms read it from the JSON Schema."""

    pattern: str
    words: str

    def field(self, **more: Any) -> Any:
        """Pydantic's field of such a name."""
        return Field(pattern=self.pattern, json_schema_extra={"words": self.words}, **more)


# Ranges of characters: control characters and such as end a line; signs of ASCII but space, - and _. Patterns mean the
# same to pydantic, in browsers and to Python: they have no \w, \d or \s, which some of these take for ASCII alone.
_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_SIGNS = r"!-,./:-@\[-\^`{-~"
WORDS = NameRule(rf"^[^{_CONTROL}{_SIGNS}]+$", "use letters, digits, spaces, - and _")
DIRECTORY = NameRule(
    rf"^[^. /\\:{_CONTROL}][^/\\:{_CONTROL}]*$",
    "write the name of one directory, without / \\ and :, that begins neither with a dot nor with a space",
)
NAME_RULES = {rule.pattern: rule.words for rule in (WORDS, DIRECTORY)}


def check_name(name: str) -> str:
    """The name as it is. Rejects one that cannot be seen, or would spoil the line that it stands in.

    Asked of new names (of runs, tags, experiments, phases): others than these were taken once, and are stored still.
    """
    if any(_steers(character) for character in name):
        reject("leave out control characters, line breaks, and characters that turn text around")
    if not any(unicodedata.category(one)[0] in _SEEN and one not in _FILLERS for one in name):
        reject("write at least one character that can be seen")
    return name


def shown(text: str) -> str:
    """Text of anyone, for a line of a terminal: what would steer that is written out, as \\x1b is."""
    return "".join(one.encode("unicode_escape").decode() if _steers(one) else one for one in text)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _TURNING


@dataclass(frozen=True)
class NoNumber:
    """Stands where a number is needed and could not be read: no field takes it, and parse.py says why."""

    why: str


def read_number(text: str, whole: bool = False) -> float:
    """The number that `text` is. Raises ValueError with a sentence that says what to write instead."""
    plain = " ".join(text.translate(_FULL_WIDTH).split())
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
