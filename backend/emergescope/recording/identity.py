"""What runs are called by machines."""

import secrets

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # no 0 and o, 1 and l: ids are read aloud in classrooms
LENGTH = 12


def new_id() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
