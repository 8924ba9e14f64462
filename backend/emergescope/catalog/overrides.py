"""Overrides: changes to a configuration by dotted path (`training.phases.0.eta`), or nested, in REST and `--set`."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from emergescope.catalog.parse import check_depth, parse_config, rewritten
from emergescope.catalog.registry import load_studies
from emergescope.config.base import records_in
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig

TAGS = ("kind", "rule")  # what tells the members of a union apart
_LONGEST_PATH = 200  # characters


def apply_overrides(base: RunConfig, overrides: Mapping[str, Any]) -> RunConfig:
    """A new configuration: `base` with `overrides` merged in. Raises InvalidConfig, suggesting the nearest path."""
    check_depth(overrides)
    data = base.model_dump(mode="json")
    known = sorted(set(config_paths(base)))
    # Those of other studies are possible beside an override of the kind, but no one is to be pointed to them.
    possible = {*known, *(path for study in load_studies().values() for path in _paths(study.config, None, ""))}
    for path, value in _flatten(overrides):
        if ".".join(path) not in possible:
            _refuse_path(path, known)
        try:
            _assign(data, path, value)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            message = "what this would change is not there: another kind has it, or another override has replaced it"
            raise InvalidConfig(f"{'.'.join(path)}: {message}", [FieldError("/" + "/".join(path), message)]) from None
    merged = data if "study" in overrides else rewritten(data)
    return parse_config(merged if merged["study"] == base.study else _without_what_it_lacks(merged, base))


def _without_what_it_lacks(data: Mapping[str, Any], base: RunConfig) -> Mapping[str, Any]:
    """`data`, which has become one of another study than `base`, without what only the captures of that one have, and
    nobody has set.
    """
    study, capture = load_studies().get(str(data["study"])), data["capture"]
    if study is None or not isinstance(capture, Mapping):
        return data
    known, usual = type(study.usual.capture).model_fields, type(base.capture)().model_dump(mode="json")
    return {**data, "capture": {name: v for name, v in capture.items() if name in known or v != usual.get(name)}}


def config_paths(config: RunConfig) -> Iterator[str]:
    """Every dotted path that an override may name, given the lists in `config`; of a union, those of all members."""
    return _paths(type(config), config, "")


def path_title(config: RunConfig, path: str) -> str:
    """What a form calls the setting at a dotted path, with the name of the phase that it belongs to."""
    title, owner, _ = _named(config, path)
    return title + (f" of {owner}" if owner else "")


def path_label(config: RunConfig, path: str) -> str:
    """The same in short: the symbol that a title ends with, and the phase only where there are others."""
    title, owner, several = _named(config, path)
    symbol = title.rsplit(" ", 1)[-1]
    short = symbol if len(symbol) == 1 or "_" in symbol else title[:1].lower() + title[1:]
    return short + (f" of {owner}" if several else "")


def called(record: type[BaseModel] | None, tag: str) -> str:
    """The name of a member of a union, for people."""
    more = record.model_config.get("json_schema_extra") if record else None
    return str(more["called"]) if isinstance(more, dict) and "called" in more else tag.replace("_", " ")


def value_at(config: RunConfig, path: str) -> Any:
    """What a configuration has at a dotted path; None where it has nothing."""
    value: Any = config
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, tuple) else getattr(value, part, None)
    return value


def field_at(config: RunConfig, path: str) -> FieldInfo | None:
    """The declaration of the setting at a dotted path; None where there is none."""
    above, _, name = path.rpartition(".")
    owner = value_at(config, above) if above else config
    return type(owner).model_fields.get(name) if isinstance(owner, BaseModel) else None


def _named(config: RunConfig, path: str) -> tuple[str, str, bool]:
    """The title of a setting, what its phase is called or "" for none, and whether there are several phases."""
    value: Any = config
    title, owner, several = path, "", False
    for part in path.split("."):
        if isinstance(value, tuple):
            several = len(value) > 1
            names, value = [getattr(item, "name", part) for item in value], value[int(part)]
            owner = names[int(part)]
            if names.count(owner) > 1:  # its place tells it from the others
                owner = f"{type(value).__name__.lower()} {int(part) + 1}"
        else:
            # The kind of a part is called as the part is.
            title = title if part in TAGS and title else type(value).model_fields[part].title or part
            value = getattr(value, part)
    return title[:1].lower() + title[1:] if path.rpartition(".")[2] in TAGS else title, owner, several


def _paths(record: type[BaseModel], value: BaseModel | None, prefix: str) -> Iterator[str]:
    """Of the fields of `record`; lists are as long as those in `value`, which is one of it."""
    for name, field in record.model_fields.items():
        yield prefix + name
        now = getattr(value, name, None)
        if isinstance(now, tuple):
            for index, item in enumerate(now):
                yield f"{prefix}{name}.{index}"
                if isinstance(item, BaseModel):
                    yield from _paths(type(item), item, f"{prefix}{name}.{index}.")
        else:
            for member in records_in(field.annotation):
                yield from _paths(member, now if isinstance(now, member) else None, f"{prefix}{name}.")


def _flatten(overrides: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in overrides.items():
        path = (*prefix, *str(key).split("."))
        # A record with its tag replaces the old one whole: the fields of another member would be left over.
        if isinstance(value, Mapping) and value and not any(tag in value for tag in TAGS):
            yield from _flatten(value, path)
        else:
            # A copy: a later override may go into it, and the list is still the caller's.
            yield path, deepcopy(dict(value) if isinstance(value, Mapping) else value)


def _assign(data: Any, path: Sequence[str], value: Any) -> None:
    for part in path[:-1]:
        data = data[int(part)] if isinstance(data, list) else data[part]
    last = path[-1]
    if not isinstance(data, list) and last in TAGS and data.get(last) != value:
        data.clear()  # another member of the union: its fields start at their defaults
    data[int(last) if isinstance(data, list) else last] = value


def _refuse_path(path: Sequence[str], known: Sequence[str]) -> None:
    name = ".".join(path)
    if len(name) > _LONGEST_PATH:
        long = f"there is no setting of {len(name):,} characters"
        raise InvalidConfig.at("", f"{long}: paths have {_LONGEST_PATH} at most")
    # A right name in the wrong place says more than a similar path: `eta` means `training.phases.0.eta`.
    by_leaf = {k.rsplit(".", 1)[-1]: k for k in reversed(known)}
    near = [by_leaf[path[-1]]] if path[-1] in by_leaf else difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    near = near or [by_leaf[leaf] for leaf in difflib.get_close_matches(path[-1], by_leaf, n=1, cutoff=0.6)]
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InvalidConfig.at("/" + "/".join(path), f"there is no setting {name!r}{hint}")
