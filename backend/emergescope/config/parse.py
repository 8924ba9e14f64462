"""From plain data to a RunConfig, with every rejected field named by a JSON pointer."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError

from emergescope.config.base import NAME_RULES, NoNumber
from emergescope.config.labels import Labels
from emergescope.config.method import Method
from emergescope.config.run import AnyTraining, Problem, RunConfig
from emergescope.errors import FieldError, InvalidConfig

# Pydantic puts the chosen member of a tagged union into the location; a JSON pointer has no such step.
_UNION_TAGS: dict[int | str, set[Any]] = {
    "labels": {rule.model_fields["rule"].default for rule in get_args(get_args(Labels)[0])},
    **{
        part: {member.model_fields["kind"].default for member in get_args(union)}
        for part, union in (("problem", Problem), ("method", Method), ("training", AnyTraining))
    },
}

_NAMES = {rule.pattern: rule.words for rule in NAME_RULES}


DEEPEST = 32  # levels of lists and objects in what is sent; a configuration has half a dozen


def parse_config(data: Mapping[str, Any]) -> RunConfig:
    """Validate `data`. Raises InvalidConfig with one FieldError for each rejected field."""
    check_depth(data)
    try:
        return RunConfig.model_validate(data)
    except ValidationError as error:
        fields = field_errors(error)
        detail = "; ".join(f"{f.pointer or '/'}: {f.message}" for f in fields)
        raise InvalidConfig(detail, fields) from None


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


def field_errors(error: ValidationError, prefix: str = "") -> list[FieldError]:
    """The errors of a pydantic validation as pointers (below `prefix`) and messages."""
    found = []
    for item in error.errors(include_url=False):
        extra = item.get("ctx", {}).get("pointer", [])
        where = prefix + _pointer((*_without_tags(item["loc"]), *extra))
        refused, named = item.get("input"), _NAMES.get(item.get("ctx", {}).get("pattern", ""))
        message = refused.why if isinstance(refused, NoNumber) else named or _message(item["type"], item["msg"])
        found.append(FieldError(where, message))
    return found


def _without_tags(loc: tuple[int | str, ...]) -> Iterator[int | str]:
    before: int | str = ""
    for part in loc:
        if before not in _UNION_TAGS or part not in _UNION_TAGS[before]:
            yield part
        before = part  # also where it is a tag: a member's field may have its name


def _pointer(parts: Iterable[int | str]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _message(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such field: remove it or correct its name"
    return message[:1].lower() + message[1:] if message[:6] == "Input " else message
