"""What all configuration records share: frozen, no unknown fields, errors in plain words."""

from typing import NoReturn

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Record(BaseModel):
    """A frozen configuration record. Unknown fields are errors; NaN and infinities are not numbers here."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


def reject(message: str) -> NoReturn:
    """Refuse the field under validation with `message`, word for word."""
    raise PydanticCustomError("rejected", "{message}", {"message": message})
