"""From plain data to a configuration of its study, with every rejected field named by a JSON pointer."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from emergescope.catalog.registry import get_study, load_studies
from emergescope.catalog.schema import kinds
from emergescope.config.base import NAME_RULES, NoNumber, records_in
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig

_NAMES = {rule.pattern: rule.words for rule in NAME_RULES}
_USUAL = "patterns"


DEEPEST = 32  # levels of lists and objects in what is sent; a configuration has half a dozen


def parse_config(data: Mapping[str, Any]) -> RunConfig:
    """Validate `data`. Raises InvalidConfig with one FieldError for each rejected field."""
    check_depth(data)
    data = upgrade(data)
    kind = get_study(data["study"]).config
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        fields = field_errors(error, kind)
        detail = "; ".join(f"{f.pointer or '/'}: {f.message}" for f in fields)
        raise InvalidConfig(detail, fields) from None


def upgrade(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """`data` as this version writes it: configurations of the time before studies had names do not say theirs."""
    if "study" in data:
        return data
    writer, problem = _writer(data), data.get("problem")
    if writer is None and isinstance(problem, Mapping) and "kind" in problem:
        known = [str(record.model_fields["kind"].default) for record in kinds("problem")]
        message = f"there is no problem {str(problem['kind'])[:40]!r}; there are: {', '.join(known)}"
        raise InvalidConfig(message, [FieldError("/problem/kind", message)])
    return {"study": writer or _USUAL, **data}


def rewritten(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """`data` once a part may have become one of another study, by its kind."""
    study, writer = get_study(data["study"]), _writer(data)
    return {**data, "study": writer} if writer is not None and study.named_by_kind else data


def _writer(data: Mapping[str, Any]) -> str | None:
    return next((study.id for study in load_studies().values() if study.wrote(data)), None)


def check_depth(data: object) -> None:
    """Raises InvalidConfig for what is nested so deeply that to go through it would exhaust the stack."""
    level = [data]
    for _ in range(DEEPEST):
        level = [item for part in level for item in _items(part)]
        if not level:
            return
    message = f"lists and objects are nested more than {DEEPEST} levels deep: no setting is"
    raise InvalidConfig(message, [FieldError("", message)])


def _items(part: object) -> Iterable[object]:
    return part.values() if isinstance(part, Mapping) else part if isinstance(part, list | tuple) else ()


def field_errors(error: ValidationError, record: type[BaseModel], prefix: str = "") -> list[FieldError]:
    """The errors of a validation of `record` as pointers (below `prefix`) and messages."""
    found, other_kinds = [], []
    for item in error.errors(include_url=False):
        extra = item.get("ctx", {}).get("pointer", [])
        where = prefix + _pointer((*_without_tags(item["loc"], record), *extra))
        if (wrong := _wrong_kind(item, where, record)) is not None:
            other_kinds.append(wrong)
            continue
        refused, named = item.get("input"), _NAMES.get(item.get("ctx", {}).get("pattern", ""))
        message = refused.why if isinstance(refused, NoNumber) else named or _message(item["type"], item["msg"])
        found.append(FieldError(where, message))
    # What else is wrong with a part of another kind follows from its kind.
    parts = tuple(field.pointer.removesuffix("/kind") + "/" for field in other_kinds)
    return other_kinds + [field for field in found if not field.pointer.startswith(parts)] if parts else found


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
    fields: dict[str, FieldInfo] = record.model_fields
    tagged = False
    for part in loc:
        if tagged:
            tagged = False
            continue
        yield part
        field = fields.get(str(part))
        if field is not None:
            tagged = field.discriminator is not None
            fields = _fields_in(field)


def _fields_in(field: FieldInfo) -> dict[str, FieldInfo]:
    """The fields of all records that a field may hold."""
    return {name: one for record in records_in(field.annotation) for name, one in record.model_fields.items()}


def _pointer(parts: Iterable[int | str]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _message(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such field: remove it or correct its name"
    return message[:1].lower() + message[1:] if message[:6] == "Input " else message
