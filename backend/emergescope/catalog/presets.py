"""The presets of all studies: a configuration, why it is worth watching, and what it should give."""

import difflib
from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from emergescope.catalog.files import Expectation, Preset
from emergescope.catalog.registry import find_studies
from emergescope.errors import FieldError, InvalidConfig

__all__ = ["LONGEST_ID", "Expectation", "Preset", "get_preset", "load_presets", "look_up"]

T = TypeVar("T")
LONGEST_ID = 100  # characters


@cache
def load_presets() -> Mapping[str, Preset]:
    """The presets of all studies by id (`quick`, `paper/parity`), in gallery order."""
    found = [preset for one in find_studies() if one.study is not None for preset in one.presets]
    return {preset.id: preset for preset in sorted(found, key=lambda p: p.order)}


def get_preset(identifier: str) -> Preset:
    """The preset of that id. Raises InvalidConfig naming the nearest ones."""
    return look_up("preset", load_presets(), identifier)


def look_up(what: str, known: Mapping[str, T], identifier: str) -> T:
    """known[identifier]. Raises InvalidConfig naming the nearest ids, and `what` they are of."""
    if identifier in known:
        return known[identifier]
    near = difflib.get_close_matches(identifier, known, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    message = f"there is no {what} {identifier[:LONGEST_ID]!r}; {hint}There are: {', '.join(known)}"
    raise InvalidConfig(message, [FieldError("/preset", message)])
