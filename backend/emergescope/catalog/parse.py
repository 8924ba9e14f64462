"""From plain data to a configuration of its study, each rejected field named by a JSON pointer; and the schema."""

import re
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError, create_model

from emergescope.catalog.registry import get_study, load_studies
from emergescope.config.base import NAME_RULES, NoNumber, Record, records_in
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig

DEEPEST = 32  # levels of lists and objects in what is sent; a configuration has half a dozen
_USUAL = "patterns"

R = TypeVar("R", bound=Record)


def parse_config(data: Mapping[str, Any]) -> RunConfig:
    """Validate `data`. Raises InvalidConfig with one FieldError for each rejected field."""
    check_depth(data)
    data = upgrade(data)
    return validated(get_study(data["study"]).config, data)


def validated(record: type[R], data: Mapping[str, Any]) -> R:
    """A record of plain data. Raises InvalidConfig with pointers into it."""
    try:
        return record.model_validate(data)
    except ValidationError as error:
        fields = _field_errors(error, record)
        raise InvalidConfig("; ".join(f"{f.pointer or '/'}: {f.message}" for f in fields), fields) from None


def upgrade(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """`data` as this version writes it: configurations of the time before studies had names do not say theirs."""
    if "study" in data:
        return data
    writer, problem = _writer(data), data.get("problem")
    if writer is None and isinstance(problem, Mapping) and "kind" in problem:
        known = ", ".join(record.model_fields["kind"].default for record in kinds("problem"))
        said = str(problem["kind"])[:40]
        raise InvalidConfig.at("/problem/kind", f"there is no problem {said!r}; there are: {known}")
    return {"study": writer or _USUAL, **data}


def rewritten(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """`data` once a part may have become one of another study, by its kind."""
    study, writer = get_study(data["study"]), _writer(data)
    return {**data, "study": writer} if writer is not None and study.kind else data


def _writer(data: Mapping[str, Any]) -> str | None:
    """The study that the kind of the problem alone says, of a configuration that nobody has checked."""
    problem = data.get("problem")
    kind = problem.get("kind") if isinstance(problem, Mapping) else None
    return next((study.id for study in load_studies().values() if study.kind and study.kind == kind), None)


def problem_kinds(study: str) -> list[str | None]:
    """The kinds of problems by which a configuration that names no study is of this one; None where it says no kind."""
    known = load_studies().get(study)
    kinds: list[str | None] = [known.kind] if known and known.kind else []
    return [*kinds, None] if study == _USUAL else kinds


def check_depth(data: object) -> None:
    """Raises InvalidConfig for what is nested so deeply that to go through it would exhaust the stack."""
    level = [data]
    for _ in range(DEEPEST):
        parts = [part for part in level if isinstance(part, Mapping | list | tuple)]
        level = [item for part in parts for item in (part.values() if isinstance(part, Mapping) else part)]
        if not level:
            return
    raise InvalidConfig.at("", f"lists and objects are nested more than {DEEPEST} levels deep: no setting is")


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


def schemas() -> dict[str, dict[str, Any]]:
    """A JSON Schema of its configurations for each study. `fixed` has the settings that a fork cannot change, `telling`
    what tells runs apart, most telling first.
    """
    return {
        name: {
            **study.config.model_json_schema(),
            "fixed": list(study.fixed_in_forks),
            "telling": [facet.key for facet in study.display(study.usual, None).facets],
        }
        for name, study in load_studies().items()
    }


def joint_schema() -> dict[str, Any]:
    """One JSON Schema for forms: as if all studies whose parts have a kind were one, whose parts may be of any kind."""
    fields: dict[str, Any] = {}
    for name, field in next(iter(load_studies().values())).config.model_fields.items():
        if records := kinds(name):
            tag = "kind" if len(records) > 1 else None
            settings = Field(title=field.title, discriminator=tag)
            fields[name] = (Annotated[reduce(or_, records), settings], field.default)
        elif name != "study":
            fields[name] = (Annotated[field.annotation, field], field.default)
    return create_model("RunConfig", __base__=Record, **fields).model_json_schema()


def _field_errors(error: ValidationError, record: type[BaseModel]) -> list[FieldError]:
    """The errors of a validation of `record` as pointers and messages."""
    found, other_kinds = [], []
    for item in error.errors(include_url=False):
        refused, context = item.get("input"), item.get("ctx", {})
        path = (*_without_tags(item["loc"], record), *context.get("pointer", ()))
        where = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
        if (wrong := _wrong_kind(item, where, record)) is not None:
            other_kinds.append(wrong)
        elif isinstance(refused, NoNumber):
            found.append(FieldError(where, refused.why))
        elif item["type"] == "extra_forbidden":
            found.append(FieldError(where, "there is no such field: remove it or correct its name"))
        else:
            message = NAME_RULES.get(context.get("pattern", ""), item["msg"])
            found.append(FieldError(where, re.sub("^Input ", "input ", message)))
    # What else is wrong with a part of another kind follows from its kind.
    parts = tuple(field.pointer.removesuffix("/kind") + "/" for field in other_kinds)
    return other_kinds + [field for field in found if not field.pointer.startswith(parts)]


def _wrong_kind(item: Any, where: str, record: type[BaseModel]) -> FieldError | None:
    """One sentence for a part that is of a kind which this study does not have."""
    context = item.get("ctx", {})
    if item["type"] == "union_tag_invalid" and context["discriminator"] == "'kind'":
        where, there, tags = f"{where}/kind", context["tag"], context["expected_tags"]
    elif item["type"] == "literal_error" and where.endswith("/kind"):
        there, tags = item["input"], context["expected"]
    else:
        return None
    study, part = record.model_fields["study"].default, where.split("/")[-2]
    choices = " or ".join(tag.strip(" '") for tag in tags.replace(" or ", ",").split(","))
    return FieldError(where, f"the {part} of the study {study} is {choices}, not {str(there)[:40]}")


def _without_tags(loc: tuple[int | str, ...], record: type[BaseModel]) -> Iterator[int | str]:
    """Pydantic puts the chosen member of a tagged union into the location; a JSON pointer has no such step."""
    records, tagged = [record], False
    for part in loc:
        if tagged:
            tagged = False
            continue
        yield part
        fields = {name: field for one in records for name, field in one.model_fields.items()}
        if (field := fields.get(str(part))) is not None:
            tagged, records = field.discriminator is not None, list(records_in(field.annotation))
