"""What all configuration records share: frozen, no unknown fields, errors in plain words."""

from typing import Any, NamedTuple, NoReturn

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Record(BaseModel):
    """A frozen configuration record. Unknown fields are errors; NaN and infinities are not numbers here."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


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
