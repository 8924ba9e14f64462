"""What a search for runs looks into: text without regard to case, or to how its letters are put together.

Databases do not fold alike (SQLite knows the case of ASCII alone), so it is done here, once, as a run is written.
"""

import unicodedata
from collections.abc import Iterable


def fold(text: str) -> str:
    """Text as it is compared: "STRASSE" and "straße" are one, and so are the letter ä and an a with two dots added."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.replace("\0", "\N{REPLACEMENT CHARACTER}")  # which PostgreSQL cannot keep


def searchable(identifier: str, name: str, preset: str | None, notes: str, tags: Iterable[str]) -> str:
    """All words by which a run is found, folded."""
    return fold("\n".join((identifier, name, preset or "", notes, *tags)))
