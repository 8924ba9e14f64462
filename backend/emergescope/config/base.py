"""What all configuration records share: frozen, no unknown fields, numbers as people write them, plain errors."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, NamedTuple, NoReturn, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from emergescope.config.numbers import read_number


@dataclass(frozen=True)
class NoNumber:
    """Stands where a number is needed and could not be read: no field takes it, and parse.py says why."""

    why: str


class Record(BaseModel):
    """A frozen configuration record. Unknown fields are errors; NaN and infinities are not numbers here."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, data: Any) -> Any:
        """Text becomes a number where one is needed; true and false do not."""
        if not isinstance(data, dict):
            return data
        return {name: _read(value, cls, name) for name, value in data.items()}


def plain_number(value: Any, whole: bool) -> Any:
    """`value`, read as a number where it is text; a NoNumber where it may mean another one, or is true or false."""
    if isinstance(value, bool):
        return NoNumber(f"{str(value).lower()} is not a number")
    if not isinstance(value, str):
        return value
    try:
        return read_number(value, whole)
    except ValueError as error:
        return NoNumber(str(error))


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
    """Which names are allowed, and the same in words: the one statement of it. Forms read it from the JSON Schema.

    A pattern means the same to pydantic, in browsers and to Python: it has no \\w, \\d or \\s, which some of them take
    for ASCII alone.
    """

    pattern: str
    words: str

    def field(self, **more: Any) -> Any:
        """Pydantic's field of such a name."""
        return Field(pattern=self.pattern, json_schema_extra={"words": self.words}, **more)


# Ranges of characters: control characters and such as end a line; signs of ASCII but space, - and _.
_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_SIGNS = r"!-,./:-@\[-\^`{-~"
WORDS = NameRule(rf"^[^{_CONTROL}{_SIGNS}]+$", "use letters, digits, spaces, - and _")
DIRECTORY = NameRule(
    rf"^[^. /\\:{_CONTROL}][^/\\:{_CONTROL}]*$",
    "write the name of one directory, without / \\ and :, that begins neither with a dot nor with a space",
)
NAME_RULES = (WORDS, DIRECTORY)


def _read(value: Any, record: type[BaseModel], name: Any) -> Any:
    if not isinstance(value, str | bool | list | tuple) or name not in record.model_fields:
        return value
    kind = _number_in(record.model_fields[name].annotation)
    if kind is None:
        return value
    if isinstance(value, list | tuple):
        return [plain_number(item, kind is int) for item in value]
    return plain_number(value, kind is int)


def _number_in(annotation: Any) -> type | None:
    """int or float where a field is a number or a list of numbers, perhaps None; else None."""
    if annotation in (int, float):
        return annotation if isinstance(annotation, type) else None
    origin, kinds = get_origin(annotation), [kind for kind in get_args(annotation) if kind not in (type(None), ...)]
    if origin is Literal:
        kinds = [type(kind) for kind in kinds]
    elif origin not in (Union, UnionType, tuple):
        return None
    found = {_number_in(kind) for kind in kinds}
    return found.pop() if len(found) == 1 else None
