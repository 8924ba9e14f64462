"""`--set KEY=VALUE` and `--seed` as overrides."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from emergescope.errors import InvalidConfig

Change = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, e.g. problem.k=7.")
]


def overrides_of(changes: Sequence[str], seed: int | None = None) -> dict[str, Any]:
    """All of them, by dotted path. Raises InvalidConfig."""
    overrides = dict(parse_change(change) for change in changes)
    return overrides if seed is None else {**overrides, "seed": seed}


def parse_change(text: str) -> tuple[str, Any]:
    """`key=value` as (key, value); the value is JSON where it reads as JSON, else text. Raises InvalidConfig.

    A number stays the text that it is: what is read of it is the business of the setting.
    """
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise InvalidConfig(f"--set takes KEY=VALUE, for example --set problem.k=7, not {text!r}")
    try:
        known = json.loads(value)
    except (ValueError, RecursionError):
        return key.strip(), value
    return key.strip(), value if isinstance(known, int | float) and not isinstance(known, bool) else known
