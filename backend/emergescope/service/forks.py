"""Where a run may be forked, and what a fork may change. Used by the service."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from emergescope.config import DictionaryProblem, NtkMethod, Problem, RunConfig, Training, apply_overrides, parse_config
from emergescope.config.changes import changes, name_with
from emergescope.config.names import shown
from emergescope.errors import Conflict, FieldError, InvalidConfig
from emergescope.service.records import damaged
from emergescope.store import RunRecord

# What a network was drawn with, and who is shown, stays: the state at the fork would not fit anything else.
_FIXED = {
    "seed",
    "problem.kind",
    "method",
    *(f"training.{name}" for name in ("dtype", "device")),
    *(f"capture.{name}" for name in ("max_neurons", "max_patterns", "max_pictures")),
}
_FIXED_OF = {
    "dictionary": {f"problem.{name}" for name in ("d", "dictionary", "D", "k", "input_noise")},
    "two_classes": {f"problem.{name}" for name in ("data", "folder", "size", "classes")},
    # The order of samples and the ends of stages follow from the epochs.
    "mixture": {"problem", "training.epochs", "training.batch"},
}


def fork_config(parent: RunRecord, reached: int, step: int, overrides: Mapping[str, Any]) -> RunConfig:
    """The configuration of a fork of `parent`, of which step `reached` is done, at `step`. Raises InvalidConfig."""
    if parent.damage is not None:
        raise Conflict(f"run {parent.id} cannot be forked: {damaged(parent)}")
    origin = parent.origin
    first = origin["step"] if origin else 0
    if origin and step < first:
        _refuse_step(f"run {parent.id} is itself a fork, at step {first}: fork run {origin['run']} instead")
    if step > reached:
        _refuse_step(f"run {parent.id} has trained steps {first} to {reached}: fork it at one of them")
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


def _refuse_step(message: str) -> NoReturn:
    raise InvalidConfig(message, [FieldError("/step", message)])


def check_fork(parent: RunConfig, child: RunConfig, step: int) -> None:
    """Raises InvalidConfig, with pointers into the configuration, where a fork at `step` cannot go on as `child`."""
    wrong = [
        FieldError("/" + path.replace(".", "/"), "a fork cannot change this: start a new run instead")
        for path, before, after in _pairs(parent, child)
        if before != after
    ]
    if (
        isinstance(parent.method, NtkMethod)
        and parent.method.sigma_a is None
        and _drawn(parent.problem) != _drawn(child.problem)
    ):
        message = "a fork cannot change by what the tangent kernel's output weights were drawn: start a new run instead"
        wrong.append(FieldError("/problem", message))
    if child.total_steps <= step:
        phased = isinstance(child.training, Training)
        message = (
            f"the fork would be over at step {child.total_steps}, before it begins at {step}: "
            + ("add steps to a phase, or " if phased else "")
            + "fork at an earlier step"
        )
        wrong.append(FieldError("/training/phases" if phased else "/step", message))
    if wrong:
        raise InvalidConfig("; ".join(f"{f.pointer[1:].replace('/', '.')}: {f.message}" for f in wrong), wrong)


def _drawn(problem: Problem) -> tuple[float, float] | None:
    """What sigma_a is computed from where it is left to the theory. A tangent kernel keeps these weights for good."""
    return (problem.gamma, problem.sigma_tilde) if isinstance(problem, DictionaryProblem) else None


def _pairs(parent: RunConfig, child: RunConfig) -> Iterator[tuple[str, Any, Any]]:
    fixed = _FIXED | (_FIXED_OF[parent.problem.kind] if parent.problem.kind == child.problem.kind else set())
    for path in sorted(fixed):
        before: Any = parent
        after: Any = child
        for name in path.split("."):
            before, after = getattr(before, name), getattr(after, name)
        yield path, before, after
