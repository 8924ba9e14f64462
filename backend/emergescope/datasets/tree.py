"""What of a tree of images is used: which directories are classes, which files are pictures, what is for tests.

Whoever lists trees, accepts a run or reads images asks here, so that all agree. No picture is read. What is passed over
is said, in `notes`.
"""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from emergescope.datasets.files import DataFile
from emergescope.datasets.kinds import is_left_behind, kind_of, suffix_of
from emergescope.datasets.parts import choose_parts
from emergescope.datasets.passed_over import SAVE, PassedOver, counted, named, text
from emergescope.errors import DataBroken

_LIST, _LISTED = "val_annotations.txt", "images"  # Tiny ImageNet's
_LARGEST_LIST = 10**8  # bytes
_MOST = 10_000_000  # images, for which no size leaves room
_FIFTH = 5
_REMEDY = "Mend it or take it out of the tree."

Labelled = tuple[str, int]  # the path of an image, and the number of its class


@dataclass(frozen=True)
class Tree:
    """Images for training and for tests, in order. `base` holds all of them; `notes` say what is used, and what not."""

    base: Path
    name: str
    classes: tuple[str, ...]
    train: list[Labelled]
    test: list[Labelled]
    notes: tuple[str, ...]

    def file(self, path: str) -> DataFile:
        """One of its images. Raises DataBroken for a link that leaves the tree."""
        file = DataFile(Path(path), _shown(self.base, self.name, path), _REMEDY)
        if not Path(os.path.realpath(path)).is_relative_to(self.base):
            raise file.broken("it is a link that leaves the tree, and such links are not followed")
        return file


def look(base: Path, name: str) -> Tree:
    """The tree called `name`, which lies at `base`, a path without links. Raises DataBroken."""
    return _Look(base, name).tree()


def same(name: str) -> str:
    """One spelling of a name: systems write letters with accents in two ways."""
    return unicodedata.normalize("NFC", name)


class _Look:
    """One look at a tree."""

    def __init__(self, base: Path, name: str) -> None:
        self._base, self._name = base, name
        self._notes: list[str] = []
        self._passed_over = PassedOver()
        self._known: dict[Path, tuple[list[tuple[str, bool]], list[str]]] = {}  # directories that were read

    def tree(self) -> Tree:
        base = self._unwrapped(self._base)
        if base != self._base:
            self._notes.append(f"its images lie further down, in {self._shown(base)}")
        train, test, classes = self._split(base)
        notes = map(text, (*self._notes, *self._passed_over.in_words()))
        return Tree(self._base, self._name, tuple(map(text, classes)), train, test, tuple(notes))

    def _split(self, base: Path) -> tuple[list[Labelled], list[Labelled], list[str]]:
        """(images for training, for tests, names of the classes)."""
        directories = self._names_of_parts(base)
        try:
            parts = choose_parts(directories)
        except ValueError as error:
            raise self._broken(base, str(error)) from None
        if parts is None:
            return self._fifths(base)
        if (parts.train, parts.test) not in (("train", "val"), ("train", "test")):
            self._notes.append(f"{parts.train} is for training, {parts.test} for tests")
        if beside := [name for name in directories if name not in (parts.train, parts.test)]:
            self._notes.append(f"beside {parts.train} and {parts.test}, not used: {named(beside)}")
        for name in (parts.train, parts.test):
            if not Path(os.path.realpath(base / name)).is_relative_to(self._base):
                raise self._broken(base / name, "it is a link that leaves the tree, and such links are not followed")
        train, classes = self._labelled(self._unwrapped(base / parts.train, of_part=True))
        return train, self._tests(base / parts.test, classes, parts.train), classes

    def _fifths(self, base: Path) -> tuple[list[Labelled], list[Labelled], list[str]]:
        every, classes = self._labelled(base)
        train: list[Labelled] = []
        test: list[Labelled] = []
        counts = [0] * len(classes)
        for path, label in every:
            counts[label] += 1
            (train if counts[label] % _FIFTH else test).append((path, label))
        if not test:
            raise self._broken(base, "none of its classes has five images, of which one would be for tests")
        return train, test, classes

    def _tests(self, base: Path, classes: list[str], train: str) -> list[Labelled]:
        if os.path.lexists(base / _LIST):
            return list(self._listed(base, {name: number for number, name in enumerate(classes)}))
        base = self._unwrapped(base, of_part=True, classes=classes)
        found, names = self._labelled(base)
        numbers = {spelling: number for of in (same, str) for number, spelling in enumerate(map(of, classes))}
        known = [name if name in numbers else same(name) for name in names]
        if unknown := [name for name, spelling in zip(names, known, strict=True) if spelling not in numbers]:
            raise self._broken(base / unknown[0], f"{train} has no class of that name")
        return [(path, numbers[known[label]]) for path, label in found]

    def _listed(self, base: Path, numbers: dict[str, int]) -> Iterator[Labelled]:
        """Tiny ImageNet: a line for each image, its name and its class and more, between tabs."""
        file = DataFile(base / _LIST, self._shown(base / _LIST), _REMEDY)
        if (size := file.size) > _LARGEST_LIST:
            raise file.broken(f"it has {size:,} bytes, too many for a list")
        with file.opened() as stream:
            lines = stream.read(size).decode("utf-8", "replace").splitlines()
        if not lines:
            raise file.broken("it is empty")
        for number, line in enumerate(lines, 1):
            name, label, *_ = [*line.split("\t"), "", ""]
            is_name = name.isprintable() and name == os.path.basename(name) and not name.startswith(".")
            if not name or not is_name or label not in numbers:
                raise file.broken(f"line {number} does not name an image and a class of train")
            yield os.path.join(base, _LISTED, name), numbers[label]

    def _labelled(self, base: Path) -> tuple[list[Labelled], list[str]]:
        """The images of each directory in `base`, and the names of those that have any."""
        directories = [name for name, is_directory in self._entries(base) if is_directory]
        if not directories:
            raise self._broken(base, "it has no directories, one for each class")
        self._passed_over.loose += len(list(self._pictures_in(base)))
        found: list[Labelled] = []
        classes: list[str] = []
        for name in directories:
            unread: Counter[str] = Counter()
            before = len(found)
            for path in self._walk(base / name, unread):
                found.append((path, len(classes)))
                if len(found) > _MOST:
                    raise self._broken(self._base, f"it has more than {_MOST:,} images: take fewer")
            read = len(found) - before
            if read:
                classes.append(name)
            elif unread:
                kinds = f"its pictures are of kinds that are not read here ({counted(unread)})"
                raise self._broken(base / name, f"{kinds}: {SAVE}")
            else:
                self._passed_over.empty.append(self._shown(base / name))
            self._passed_over.unread += unread
            self._passed_over.add_class(name, unread.total(), unread.total() + read)
        if not classes:
            raise self._broken(base, "there are no images in its directories, one for each class")
        return found, classes

    def _unwrapped(self, here: Path, *, of_part: bool = False, classes: Sequence[str] = ()) -> Path:
        """`here`; or, where all its pictures lie in one folder that has the parts or several classes, that folder. One
        class is enough that is known to be one.
        """
        if (not of_part and self._is_split(here)) or any(self._pictures_in(here)):
            return here
        full = self._full(here)
        if len(full) != 1:
            return here
        below = self._unwrapped(here / full[0], of_part=of_part, classes=classes)
        if not of_part and self._is_split(below):
            return below
        full = self._full(below)
        return below if len(full) > 1 or any(name in classes for name in full) else here

    def _is_split(self, directory: Path) -> bool:
        """Whether it has parts, or looks like it."""
        try:
            return choose_parts(self._names_of_parts(directory)) is not None
        except ValueError:
            return True

    def _names_of_parts(self, directory: Path) -> list[str]:
        """What may be parts: directories, and links to such, for one part may stand for the other."""
        found, links = self._read(directory)
        return sorted([*(name for name, is_directory in found if is_directory), *links])

    def _full(self, directory: Path) -> list[str]:
        """The directories in it that have pictures at any depth."""
        found, _ = self._read(directory)
        return [name for name, is_directory in found if is_directory and self._has_pictures(directory / name)]

    def _has_pictures(self, directory: Path) -> bool:
        return any(self._pictures_in(directory)) or len(self._full(directory)) > 0

    def _pictures_in(self, directory: Path) -> Iterator[str]:
        """Names of those that lie in it, and not deeper."""
        for name, is_directory in self._read(directory)[0]:
            if not is_directory and kind_of(directory, name) != "other":
                yield name

    def _walk(self, directory: Path, unread: Counter[str]) -> Iterator[str]:
        """Images at any depth: those of a directory first, then those below, each in the order of their names."""
        waiting = [directory]
        while waiting:
            here = waiting.pop()
            entries = self._entries(here)
            for name, is_directory in entries:
                kind = "other" if is_directory else kind_of(here, name)
                if kind == "picture":
                    yield os.path.join(here, name)
                elif not is_directory:
                    (unread if kind == "unread" else self._passed_over.others)[suffix_of(name)] += 1
            waiting += [here / name for name, is_directory in reversed(entries) if is_directory]

    def _entries(self, directory: Path) -> list[tuple[str, bool]]:
        """(name, is a directory), sorted. Links to directories could lead anywhere, and back."""
        found, links = self._read(directory)
        if links:
            raise self._broken(directory / links[0], "it is a link to a directory, and such links are not followed")
        return found

    def _read(self, directory: Path) -> tuple[list[tuple[str, bool]], list[str]]:
        """(name, is a directory), sorted; none that is hidden or was left behind. And the links to directories."""
        if directory in self._known:
            return self._known[directory]
        found: list[tuple[str, bool]] = []
        links: list[str] = []
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    name = entry.name
                    if is_left_behind(name):
                        self._passed_over.left.add("._*" if name.startswith("._") else name)
                    elif not entry.is_symlink():
                        found.append((name, entry.is_dir()))
                    elif os.path.isdir(entry.path):
                        links.append(name)
                    else:
                        found.append((name, False))
        except OSError as error:
            raise self._broken(directory, f"it cannot be read ({error.strerror})") from None
        self._known[directory] = sorted(found), sorted(links)
        return self._known[directory]

    def _shown(self, path: Path) -> str:
        return _shown(self._base, self._name, path)

    def _broken(self, path: Path, why: str) -> DataBroken:
        return DataBroken(f"{self._shown(path)} cannot be used: {text(why)}")


def _shown(base: Path, name: str, path: str | Path) -> str:
    return text(Path(name) / Path(path).relative_to(base))
