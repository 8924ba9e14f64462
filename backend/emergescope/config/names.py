"""Names that people give (of runs, tags, experiments, phases): what is refused in them, and how others are shown.

Other names than these were taken once, and are stored still.
"""

import unicodedata

from emergescope.config.base import reject

_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # what comes after, the other way round
_FILLERS = set("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs that are blank
_SEEN = {"L", "N", "P", "S"}  # letters, numbers, punctuation, signs


def check_name(name: str) -> str:
    """The name as it is. Rejects one that cannot be seen, or would spoil the line that it stands in."""
    if any(_steers(character) for character in name):
        reject("leave out control characters, line breaks, and characters that turn text around")
    if not any(unicodedata.category(one)[0] in _SEEN and one not in _FILLERS for one in name):
        reject("write at least one character that can be seen")
    return name


def shown(text: str) -> str:
    """Text of anyone, for a line of a terminal: what would steer that is written out, as \\x1b is."""
    return "".join(one.encode("unicode_escape").decode() if _steers(one) else one for one in text)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _TURNING
