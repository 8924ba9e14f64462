"""Where a run may be forked, and what a fork may change. Used by the service."""

import re
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from emergescope.catalog.changes import changes, name_with
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import study_of
from emergescope.config.base import shown
from emergescope.config.run import RunConfig
from emergescope.errors import Conflict, FieldError, InvalidConfig
from emergescope.service.records import damaged, is_recording
from emergescope.store.shapes import RunRecord


def fork_config(parent: RunRecord, reached: int, step: int, overrides: Mapping[str, Any]) -> RunConfig:
    """The configuration of a fork of `parent`, of which step `reached` is done, at `step`. Raises InvalidConfig."""
    if parent.damage is not None:
        raise Conflict(f"run {parent.id} cannot be forked: {damaged(parent)}")
    if is_recording(parent):
        raise Conflict(f"run {parent.id} is a recording: it cannot be forked here, its loop is elsewhere")
    origin = parent.origin
    first = origin["step"] if origin else 0
    if origin and step < first:
        instead = f"fork run {origin['run']} instead"
        raise InvalidConfig.at("/step", f"run {parent.id} is itself a fork, at step {first}: {instead}")
    if step > reached:
        trained = f"run {parent.id} has trained steps {first} to {reached}"
        raise InvalidConfig.at("/step", f"{trained}: fork it at one of them")
    try:
        base = parse_config(parent.config)
    except InvalidConfig as error:  # of a version whose rules were others
        raise Conflict(f"run {parent.id} cannot be forked: its settings cannot be read: {error.detail}") from None
    config = apply_overrides(base, overrides)
    check_fork(base, config, step)
    return config


def fork_name(parent: RunRecord, step: int, base: RunConfig, config: RunConfig) -> str:
    """The name of a fork that was given none: its parent's, the step, and what is otherwise from there on."""
    title = re.sub(r", from step [0-9]+(: .*)?$", "", shown(parent.name))
    return name_with(f"{title}, from step {step}", changes(config, base))


def check_fork(parent: RunConfig, child: RunConfig, step: int) -> None:
    """Raises InvalidConfig, with pointers into the configuration, where a fork at `step` cannot go on as `child`."""
    study = study_of(parent)
    wrong = [
        FieldError("/" + path.replace(".", "/"), "a fork cannot change this: start a new run instead")
        for path in (study.fixed_in_forks if parent.study == child.study else ("study",))
        if attrgetter(path)(parent) != attrgetter(path)(child)
    ]
    if parent.study == child.study:
        wrong += study.check_fork(parent, child)
    if child.total_steps <= step:
        over = f"the fork would be over at step {child.total_steps}, before it begins at {step}"
        # The setting that decides how many steps there are, or the list of such settings.
        setting = re.split(r"\.\d", study.cost(child).steps_path)[0]
        free = parent.study == child.study and setting not in study.fixed
        more = f"add steps to {setting}, or " if free else ""
        pointer = "/" + setting.replace(".", "/") if free else "/step"
        wrong.append(FieldError(pointer, f"{over}: {more}fork at an earlier step"))
    if wrong:
        raise InvalidConfig("; ".join(f"{f.pointer[1:].replace('/', '.')}: {f.message}" for f in wrong), wrong)
