"""What names in a tree of images, and how its files begin, say of them; no picture is read. And names in words."""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

# Read whatever they hold; broken ones are refused. Other files are pictures if they begin as one.
_PICTURES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".pnm")
)
# Of raw pictures Pillow would read a small preview. That one of the rest is not read is worth a word.
_RAW = frozenset((".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".pef", ".raf", ".raw", ".rw2", ".srw"))
_UNREAD = _RAW | {".avif", ".eps", ".heic", ".heif", ".hif", ".ico", ".jp2", ".jxl", ".psd", ".svg", ".tga", ".xcf"}
_BEGINNING = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|BM.{4}\0{4}|II[*+]\0|MM\0[*+]|RIFF.{4}WEBP|P[1-6]\s", re.DOTALL
)
_OPTIONAL = {  # features of Pillow, and how their pictures begin
    "avif": re.compile(rb".{4}ftyp.{0,40}avi[fs]", re.DOTALL),
    "jpg_2000": re.compile(rb"\0{3}\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
}
_LOOKED_AT = 64  # bytes of a beginning
_GLANCED_AT = 5  # files of a directory
_LEFT_BEHIND = frozenset(
    ("__macosx", "__pycache__", "@eadir", "#recycle", "$recycle.bin", "lost+found", "system volume information")
) | {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"}
_PART = re.compile(
    r"(?P<before>.*[ _-])?(?:(?P<train>train(?:ing)?)|(?P<val>val(?:id(?:ation)?)?)|(?P<test>test(?:ing)?))"
    r"(?:[ _-]?(?:set|data|images))?",
    re.IGNORECASE,
)
_NAMED = 3  # of many things, so many are named


def choose_parts(names: Sequence[str]) -> tuple[str, str] | None:
    """The parts among the directories of a tree: that for training, and with it val, or else test.

    Usual names in any case; with something before them ("seg_train") if both have it, for a class may be called
    "night train". None where there are no parts, ValueError where one is missing, or it is open which is meant.
    """
    roles: dict[str, dict[str, list[str]]] = {}
    for name in names:
        if found := _PART.fullmatch(name):
            role = str(found.lastgroup)
            roles.setdefault((found["before"] or "").casefold(), {}).setdefault(role, []).append(name)
    for before, by_role in sorted(roles.items()):
        of_tests = "val" if "val" in by_role else "test"
        train, test = by_role.get("train"), by_role.get(of_tests)
        if train and test:
            return _the_one("train", train), _the_one(of_tests, test)
        if train and not before:
            raise ValueError(
                f"it has a directory {train[0]}, and neither val nor test: put the images for tests into a directory "
                f"test beside it, each class in one of its own; if {train[0]} is a class, give it another name"
            )
        if test and not before:
            raise ValueError(
                f"it has a directory {test[0]}, and none for training: put the directories of the classes into one "
                f"called train; if {test[0]} is a class, give it another name"
            )
    return None


def _the_one(role: str, names: Sequence[str]) -> str:
    """The directory of that very name, or the only one that can be meant."""
    if role not in names and len(names) > 1:
        raise ValueError(f"each of {' and '.join(sorted(names))} could be meant: call the right one {role}")
    return role if role in names else names[0]


def kind_of(directory: Path, name: str) -> Literal["picture", "unread", "other"]:
    """A picture; one of a kind that is not read here; or no picture."""
    suffix = suffix_of(name)
    if suffix in _PICTURES or (suffix not in _RAW and _begins_as_picture(os.path.join(directory, name))):
        return "picture"
    return "unread" if suffix in _UNREAD else "other"


def suffix_of(name: str) -> str:
    """The end of a name, ".jpg", in small letters."""
    before, dot, end = name.rpartition(".")
    return f".{end.lower()}" if before and dot else ""


def is_left_behind(name: str) -> bool:
    """Whether it is hidden, or what systems and programs leave beside the files of their users."""
    return name.startswith(".") or name.casefold() in _LEFT_BEHIND


def shows_pictures(tree: Path, most: int = 10_000) -> bool:
    """Whether a picture is among its first entries: a glance, where a look could take long. Follows no links."""
    left = [os.path.realpath(tree)]
    while left and most >= 0:
        if os.path.islink(here := left.pop()):
            continue
        # Of one directory at a time: os.walk calls itself for those below, and may do so too often.
        _, directories, files = next(os.walk(here), (here, [], []))
        left += [os.path.join(here, name) for name in sorted(directories, reverse=True) if not is_left_behind(name)]
        names = [name for name in files if not is_left_behind(name)]
        if any(suffix_of(name) in _PICTURES | _UNREAD for name in names):
            return True
        if any(kind_of(Path(here), name) == "picture" for name in names[:_GLANCED_AT]):
            return True
        most -= 1 + len(names)
    return False


def text(name: str | Path) -> str:
    """A name as it can be written down: file names may hold bytes that are no text."""
    return os.fsencode(name).decode("utf-8", "replace")


def named(names: Iterable[str]) -> str:
    """The first of some names."""
    every = [text(name) for name in names]
    return ", ".join([*every[:_NAMED], *(["…"] if len(every) > _NAMED else [])])


def counted(suffixes: Counter[str]) -> str:
    """ "95 .heic, 2 .svg", the most frequent first."""
    return named(f"{count:,} {suffix or 'without an ending'}" for suffix, count in suffixes.most_common())


def many(number: int, one: str, more: str = "") -> str:
    """A number of things: "1 file", "2 files"."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _begins_as_picture(path: str) -> bool:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # others could make us wait for ever
            return False
        with open(path, "rb", buffering=0) as file:
            beginning = file.read(_LOOKED_AT)
    except OSError:
        return False
    if _BEGINNING.match(beginning):
        return True
    return any(begins.match(beginning) and _can_read(feature) for feature, begins in _OPTIONAL.items())


@cache
def _can_read(feature: str) -> bool:
    """Whether the installed Pillow was built with it."""
    # Imported here: whoever has no such pictures does without.
    from PIL import features  # noqa: PLC0415

    return bool(features.check(feature))
