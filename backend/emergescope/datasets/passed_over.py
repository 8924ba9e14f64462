"""What a look at a tree of images passes over, counted, and said in a sentence for each kind of thing."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SAVE = "save them as JPEG or PNG"
_NAMED = 3  # of many things, so many are named


@dataclass
class PassedOver:
    """Files are counted by the ends of their names.

    unread  pictures of kinds that are not read
    of      the same by class: how many of how many pictures
    others  files that are no pictures
    loose   pictures outside of the directories of the classes
    empty   directories without images
    left    names of what systems and programs leave behind
    """

    unread: Counter[str] = field(default_factory=Counter)
    of: dict[str, tuple[int, int]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    loose: int = 0
    empty: list[str] = field(default_factory=list)
    left: set[str] = field(default_factory=set)

    def add_class(self, name: str, unread: int, pictures: int) -> None:
        """Count a class of so many pictures; it may be one of the training and of the test images."""
        if unread:
            before = self.of.get(name, (0, 0))
            self.of[name] = (before[0] + unread, before[1] + pictures)

    def in_words(self) -> Iterator[str]:
        if self.unread:
            places = named(f"{few:,} of {many:,} in {text(name)}" for name, (few, many) in self.of.items())
            what = f"{_count(self.unread.total(), 'picture')} passed over, of kinds that are not read"
            yield f"{what} ({counted(self.unread)}; {places}): {SAVE}"
        if self.others:
            yield f"{_count(self.others.total(), 'file')} passed over, no pictures ({counted(self.others)})"
        if self.loose:
            yield f"{_count(self.loose, 'picture')} passed over, outside of the directories of the classes"
        if self.empty:
            what = _count(len(self.empty), "directory", "directories")
            yield f"{what} passed over, without images: {named(self.empty)}"
        if self.left:
            yield f"passed over, as systems and programs leave it behind: {named(sorted(self.left))}"


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


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
