"""What all configuration records share: frozen, no unknown fields, numbers and names as people write them."""

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from emergescope.config.numbers import as_written

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
