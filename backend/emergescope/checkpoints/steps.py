"""Which files of a folder are checkpoints, and of which steps: by numbers in their names, not by the order of texts."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emergescope.checkpoints.shapes import STEPS
from emergescope.errors import InvalidConfig, WeightsError

_DEEPEST = 3  # folders in folders
_MOST_FILES = 100_000
_MOST: Final = 2**31 - 1  # that a step may be
_NUMBER = re.compile(r"\d+", re.ASCII)
_SHARD = re.compile(r"-\d{5}-of-\d{5}(?=\.\w+$)", re.ASCII)
# What trainers keep beside weights, to go on with.
_BESIDE = re.compile(r"(optim(izer)?|scheduler|scaler|sampler|rng_state|random_states|training_args)(_\d+)*\.\w+")
_STEP = re.compile(r"(step|iter|iteration|update|checkpoint|ckpt)[-_= .]?$", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A checkpoint, in one file or in several; it is called by its place in the folder."""

    called: str
    files: tuple[Path, ...]


def find_checkpoints(folder: Path, suffixes: Iterable[str]) -> list[Found]:
    """Those of a folder and of folders in it. Raises WeightsError."""
    ends, groups = set(suffixes), dict[str, list[Path]]()
    seen = 0
    for top, folders, files in os.walk(folder, onerror=_unreadable):
        here = Path(top)
        depth = len(here.relative_to(folder).parts)
        folders[:] = [name for name in sorted(folders) if not name.startswith(".") and depth < _DEEPEST]
        seen += len(files)
        if seen > _MOST_FILES:
            raise WeightsError(f"{folder} has more than {_MOST_FILES:,} files: name the folder of checkpoints alone")
        for name in sorted(files):
            if Path(name).suffix.lower() in ends and not name.startswith(".") and not _BESIDE.fullmatch(name):
                file = here / name
                groups.setdefault(_SHARD.sub("", file.relative_to(folder).as_posix()), []).append(file)
    if not groups:
        raise WeightsError(f"{folder} has no checkpoints, whose names end with {', '.join(sorted(ends))}")
    return [Found(called, tuple(files)) for called, files in groups.items()]


def steps_by_names(names: Sequence[str], pattern: str | None) -> dict[str, int]:
    """The step of each name that has one: what `pattern` finds, else the number that tells names apart; of several
    such numbers that after the word step or the like. Empty where no names have a number, or it is not clear which it
    is. Raises InvalidConfig.
    """
    if pattern is not None:
        return _found_by(pattern, names)
    alike: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        apart = _NUMBER.split(name.rpartition(".")[0])
        if len(apart) > 1:
            alike.setdefault((*apart, Path(name).suffix), []).append(name)
    steps: dict[str, int] = {}
    for around, some in alike.items():
        numbers = [[int(number) for number in _NUMBER.findall(name.rpartition(".")[0])] for name in some]
        column = _telling([*zip(*numbers, strict=True)], around)
        if column is None:
            return {}
        steps |= {name: row[column] for name, row in zip(some, numbers, strict=True)}
    return steps


def _telling(columns: Sequence[Sequence[int]], around: Sequence[str]) -> int | None:
    """Which of the numbers in names is the step."""
    called = [place for place in range(len(columns)) if _STEP.search(around[place])]
    candidates = called or [*range(len(columns))]
    if len(candidates) > 1:
        candidates = [place for place in candidates if len(set(columns[place])) > 1]
    return candidates[0] if len(candidates) == 1 else None


def _found_by(pattern: str, names: Sequence[str]) -> dict[str, int]:
    try:
        wanted = re.compile(pattern, re.ASCII)
    except re.error as error:
        raise InvalidConfig.at("/step_from", f"--step-from {pattern!r} is no regular expression: {error}") from None
    steps: dict[str, int] = {}
    for name in names:
        if (match := wanted.search(name)) is None:
            continue
        text = match[1] if wanted.groups else match[0]
        if not (text and _NUMBER.fullmatch(text)):
            told = f"--step-from {pattern!r} finds {text or ''!r} in {name}, which is no whole number"
            raise InvalidConfig.at("/step_from", f"{told}: put the step in brackets, as in 'step=(\\d+)'")
        steps[name] = int(text)
    if not steps:
        raise InvalidConfig.at("/step_from", f"--step-from {pattern!r} finds nothing in any name, as {names[0]}")
    return steps


def are_epochs(steps: Mapping[str, int]) -> bool:
    """Whether what names count are epochs."""
    return all(
        re.search(rf"(epoch|(?<![a-z])ep)[-_= .]?0*{step}(?!\d)", name, re.IGNORECASE) for name, step in steps.items()
    )


def steps_by_entries(said: Mapping[str, Mapping[str, int]]) -> tuple[dict[str, int], bool]:
    """What checkpoints, by name, say of their steps themselves, and whether that is their epochs. Raises InvalidConfig
    where some say nothing.
    """
    for key in STEPS:
        if all(key in entries for entries in said.values()):
            return {name: entries[key] for name, entries in said.items()}, key == "epoch"
    silent = next((name for name, entries in said.items() if not entries), next(iter(said)))
    neither = f"its name does not say, and neither does an entry that all have ({', '.join(STEPS)})"
    told = f"it is not clear of which step {silent} is: {neither}"
    raise InvalidConfig.at("/step_from", f"{told}; give --step-from, as in --step-from 'epoch=(\\d+)'")


def in_order(steps: Mapping[str, int]) -> list[str]:
    """Names by their steps. Raises WeightsError for two of one step, and for what no step can be."""
    names = sorted(steps, key=lambda name: (steps[name], name))
    for name, following in zip(names, [*names[1:], ""], strict=True):
        if not 0 <= steps[name] <= _MOST:
            raise WeightsError(f"{name}: step {steps[name]} is not from 0 to {_MOST:,}: give --step-from")
        if following and steps[following] == steps[name]:
            advice = "keep one of them, or say with --step-from which number is the step"
            raise WeightsError(f"{name} and {following} are both of step {steps[name]}: {advice}")
    return names


def _unreadable(error: OSError) -> None:
    raise WeightsError(f"{error.filename} cannot be read ({error.strerror})") from None
