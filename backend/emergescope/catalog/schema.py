"""One JSON Schema for the configurations of those studies whose parts are told apart by their kind, for forms."""

from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, create_model

from emergescope.catalog.registry import load_studies
from emergescope.config.base import Record, records_in


def kinds(part: str) -> list[type[Record]]:
    """The records that a part of a configuration may be, of all studies; of each kind the first."""
    found: dict[str, type[Record]] = {}
    for study in load_studies().values():
        field = study.config.model_fields.get(part)
        for record in records_in(field.annotation) if field else ():
            kind = record.model_fields["kind"].default if "kind" in record.model_fields else None
            if issubclass(record, Record) and isinstance(kind, str):
                found.setdefault(kind, record)
    return list(found.values())


def joint_schema() -> dict[str, Any]:
    """As if all studies were one, whose parts may be of any kind."""
    first = next(iter(load_studies().values())).config.model_fields
    fields: dict[str, Any] = {}
    for name, field in first.items():
        if name == "study":
            continue
        records = kinds(name)
        settings = field
        if records:
            settings = Field(title=field.title, discriminator="kind") if len(records) > 1 else Field(title=field.title)
        fields[name] = (Annotated[reduce(or_, records) if records else field.annotation, settings], field.default)
    return create_model("RunConfig", __base__=Record, **fields).model_json_schema()
