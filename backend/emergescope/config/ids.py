"""Ids of runs and experiments."""

import re
import secrets

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # no 0 and o, 1 and l: ids are read aloud in classrooms
_LENGTH = 12


def new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def is_id(text: object) -> bool:
    return isinstance(text, str) and re.fullmatch(f"[{_ALPHABET}]{{{_LENGTH}}}", text) is not None
