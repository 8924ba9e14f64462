"""Which directories of a tree are its parts: the images for training, and those for tests. By their names alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_PART = re.compile(
    r"(?P<before>.*[ _-])?(?:(?P<train>train(?:ing)?)|(?P<val>val(?:id(?:ation)?)?)|(?P<test>test(?:ing)?))"
    r"(?:[ _-]?(?:set|data|images))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Parts:
    """Names of two directories."""

    train: str
    test: str


def choose_parts(names: Sequence[str]) -> Parts | None:
    """The parts among the directories of a tree: those for training, and with them val, or else test.

    Usual names in any case; with something before them ("seg_train") if both have it, for a class may be called
    "night train". None where there are no parts, ValueError where one is missing, or it is open which is meant.
    """
    roles: dict[str, dict[str, list[str]]] = {}
    for name in names:
        if found := _PART.fullmatch(name):
            role = next(role for role in ("train", "val", "test") if found[role])
            roles.setdefault((found["before"] or "").casefold(), {}).setdefault(role, []).append(name)
    for before, found_roles in sorted(roles.items()):
        train, test = found_roles.get("train"), found_roles.get("val") or found_roles.get("test")
        if train and test:
            return Parts(_the_one("train", train), _the_one("val" if found_roles.get("val") else "test", test))
        if not before and train:
            raise ValueError(
                f"it has a directory {train[0]}, and neither val nor test: put the images for tests into a directory "
                f"test beside it, each class in one of its own; if {train[0]} is a class, give it another name"
            )
        if not before and test:
            raise ValueError(
                f"it has a directory {test[0]}, and none for training: put the directories of the classes into one "
                f"called train; if {test[0]} is a class, give it another name"
            )
    return None


def _the_one(role: str, names: Sequence[str]) -> str:
    """The directory of that very name, or the only one that can be meant."""
    if role in names:
        return role
    if len(names) > 1:
        raise ValueError(f"each of {' and '.join(sorted(names))} could be meant: call the right one {role}")
    return names[0]
