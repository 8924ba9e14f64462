"""What of a tree of images is used: which directories are classes, which files are pictures, what is for tests.

Whoever lists trees, accepts a run or reads images asks here, so that all agree. No picture is read. What is passed over
is said, in `notes`.
"""

import os
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from emergescope.datasets.entries import choose_parts, counted, is_left_behind, kind_of, many, named, suffix_of, text
from emergescope.datasets.files import DataFile, names_in
from emergescope.datasets.sources import FolderName
from emergescope.errors import DataBroken, DataMissing

_LIST, _LISTED = "val_annotations.txt", "images"  # Tiny ImageNet's
_LARGEST_LIST = 10**8  # bytes
_MOST = 10_000_000  # images, for which no size leaves room
_FIFTH = 5
_REMEDY = "Mend it or take it out of the tree."
_LEAVES = "it is a link that leaves the tree, and such links are not followed"
_NAME: TypeAdapter[str] = TypeAdapter(FolderName)
_SAVE = "save them as JPEG or PNG"

Labelled = tuple[str, int]  # the path of an image, and the number of its class


@dataclass
class _Entries:
    """Names in a directory, sorted; none that is hidden or was left behind."""

    files: list[str] = field(default_factory=list)
    directories: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)  # to directories: they could lead anywhere, and back


@dataclass
class _Class:
    """A directory of pictures: those that are read, and the ends of the names of those that are not."""

    path: Path
    pictures: list[str] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)


class Tree:
    """What of a tree of images is used, found in one look. Raises DataBroken.

    classes      their names
    train, test  images, in order
    notes        what is read as something else, and what is passed over
    """

    def __init__(self, base: Path, name: str) -> None:
        """`base`: where it lies, a path without links."""
        self._base, self.name = base, name
        self._known: dict[Path, _Entries] = {}  # directories that were read
        self._seen: list[_Class] = []  # of both parts
        self._others: Counter[str] = Counter()  # files that are no pictures, by the ends of their names
        self._loose = 0  # pictures outside of the directories of the classes
        self._left: set[str] = set()  # names of what systems and programs leave behind
        folder = self._unwrapped(base)
        notes = [] if folder == base else [f"its images lie further down, in {self._shown(folder)}"]
        classes, self.train, self.test = self._split(folder, notes)
        self.classes = tuple(text(one.path.name) for one in classes)
        self.notes = tuple(map(text, (*notes, *self._passed_over())))

    def file(self, path: str) -> DataFile:
        """One of its images. Raises DataBroken for a link that leaves the tree."""
        file = DataFile(Path(path), self._shown(path), _REMEDY)
        if not self._holds(path):
            raise file.broken(_LEAVES)
        return file

    def _passed_over(self) -> Iterator[str]:
        """What is not used, counted: a sentence for each kind of thing."""
        if unread := [one for one in self._seen if one.unread]:
            kinds, few, all_of = Counter[str](), Counter[str](), Counter[str]()
            for one in unread:
                kinds += one.unread
                few[one.path.name] += one.unread.total()
                all_of[one.path.name] += one.unread.total() + len(one.pictures)
            places = named(f"{few[name]:,} of {all_of[name]:,} in {name}" for name in few)
            what = f"{many(kinds.total(), 'picture')} passed over, of kinds that are not read"
            yield f"{what} ({counted(kinds)}; {places}): {_SAVE}"
        if self._others:
            yield f"{many(self._others.total(), 'file')} passed over, no pictures ({counted(self._others)})"
        if self._loose:
            yield f"{many(self._loose, 'picture')} passed over, outside of the directories of the classes"
        if empty := [self._shown(one.path) for one in self._seen if not one.pictures]:
            yield f"{many(len(empty), 'directory', 'directories')} passed over, without images: {named(empty)}"
        if self._left:
            yield f"passed over, as systems and programs leave it behind: {named(sorted(self._left))}"

    def _split(self, base: Path, notes: list[str]) -> tuple[list[_Class], list[Labelled], list[Labelled]]:
        """(the classes, images for training, for tests)."""
        directories = self._names_of_parts(base)
        try:
            parts = choose_parts(directories)
        except ValueError as error:
            raise self._broken(base, str(error)) from None
        if parts is None:
            classes = self._classes(base)
            every = [(n, (path, label)) for label, one in enumerate(classes) for n, path in enumerate(one.pictures, 1)]
            train, test = [one for n, one in every if n % _FIFTH], [one for n, one in every if n % _FIFTH == 0]
            if not test:
                raise self._broken(base, "none of its classes has five images, of which one would be for tests")
            return classes, train, test
        if parts not in (("train", "val"), ("train", "test")):
            notes.append(f"{parts[0]} is for training, {parts[1]} for tests")
        if beside := [name for name in directories if name not in parts]:
            notes.append(f"beside {' and '.join(parts)}, not used: {named(beside)}")
        for name in parts:
            if not self._holds(base / name):
                raise self._broken(base / name, _LEAVES)
        classes = self._classes(self._unwrapped(base / parts[0], ()))
        tests = self._tests(base / parts[1], [one.path.name for one in classes], parts[0])
        return classes, [(path, n) for n, one in enumerate(classes) for path in one.pictures], tests

    def _tests(self, base: Path, classes: list[str], train: str) -> list[Labelled]:
        numbers = {name: number for number, name in enumerate(classes)}
        if os.path.lexists(base / _LIST):
            return list(self._listed(base, numbers))
        numbers = {same(name): number for name, number in numbers.items()} | numbers
        found: list[Labelled] = []
        for one in self._classes(self._unwrapped(base, classes)):
            number = numbers.get(one.path.name, numbers.get(same(one.path.name)))
            if number is None:
                raise self._broken(one.path, f"{train} has no class of that name")
            found += [(path, number) for path in one.pictures]
        return found

    def _listed(self, base: Path, numbers: Mapping[str, int]) -> Iterator[Labelled]:
        """Tiny ImageNet: a line for each image, its name and its class and more, between tabs."""
        file = DataFile(base / _LIST, self._shown(base / _LIST), _REMEDY)
        if (size := file.size) > _LARGEST_LIST:
            raise file.broken(f"it has {size:,} bytes, too many for a list")
        with file.opened() as stream:
            lines = stream.read(size).decode("utf-8", "replace").splitlines()
        if not lines:
            raise file.broken("it is empty")
        for number, line in enumerate(lines, 1):
            name, label, *_ = [*line.split("\t"), ""]
            is_name = name.isprintable() and name == os.path.basename(name) and not name.startswith(".")
            if not name or not is_name or label not in numbers:
                raise file.broken(f"line {number} does not name an image and a class of train")
            yield os.path.join(base, _LISTED, name), numbers[label]

    def _classes(self, base: Path) -> list[_Class]:
        """The directories in `base` that have images."""
        directories = self._followed(base).directories
        if not directories:
            raise self._broken(base, "it has no directories, one for each class")
        self._loose += len(list(self._pictures_in(base)))
        found: list[_Class] = []
        left = _MOST
        for name in directories:
            found.append(one := _Class(base / name))
            one.pictures += islice(self._walk(one.path, one.unread), left + 1)
            left -= len(one.pictures)
            if left < 0:
                raise self._broken(self._base, f"it has more than {_MOST:,} images: take fewer")
            if one.unread and not one.pictures:
                kinds = f"its pictures are of kinds that are not read here ({counted(one.unread)})"
                raise self._broken(one.path, f"{kinds}: {_SAVE}")
        self._seen += found
        if not any(one.pictures for one in found):
            raise self._broken(base, "there are no images in its directories, one for each class")
        return [one for one in found if one.pictures]

    def _unwrapped(self, here: Path, classes: Collection[str] | None = None) -> Path:
        """`here`; or, where all its pictures lie in one folder that has the parts or several classes, that folder. Of a
        part it is known which classes there are: it has no parts itself, and one class is enough.
        """

        def is_split(directory: Path) -> bool:
            try:
                return classes is None and choose_parts(self._names_of_parts(directory)) is not None
            except ValueError:
                return True  # or looks like it

        below = [here]
        while not (is_split(below[-1]) or any(self._pictures_in(below[-1]))) and len(self._full(below[-1])) == 1:
            below.append(below[-1] / self._full(below[-1])[0])
        for folder in reversed(below[1:]):
            full = self._full(folder)
            if is_split(folder) or len(full) > 1 or any(name in (classes or ()) for name in full):
                return folder
        return here

    def _names_of_parts(self, directory: Path) -> list[str]:
        """What may be parts: directories, and links to such, for one part may stand for the other."""
        found = self._read(directory)
        return sorted([*found.directories, *found.links])

    def _full(self, directory: Path) -> list[str]:
        """The directories in it that have pictures at any depth."""
        names = self._read(directory).directories
        return [name for name in names if any(self._pictures_in(directory / name)) or self._full(directory / name)]

    def _pictures_in(self, directory: Path) -> Iterator[str]:
        """Names of those that lie in it, and not deeper."""
        return (name for name in self._read(directory).files if kind_of(directory, name) != "other")

    def _walk(self, directory: Path, unread: Counter[str]) -> Iterator[str]:
        """Images at any depth: those of a directory first, then those below, each in the order of their names."""
        entries = self._followed(directory)
        for name in entries.files:
            if (kind := kind_of(directory, name)) == "picture":
                yield os.path.join(directory, name)
            else:
                (unread if kind == "unread" else self._others)[suffix_of(name)] += 1
        for name in entries.directories:
            yield from self._walk(directory / name, unread)

    def _followed(self, directory: Path) -> _Entries:
        """What is in a directory of which all is used."""
        if links := self._read(directory).links:
            raise self._broken(directory / links[0], "it is a link to a directory, and such links are not followed")
        return self._read(directory)

    def _read(self, directory: Path) -> _Entries:
        if directory in self._known:
            return self._known[directory]
        found = self._known[directory] = _Entries()
        try:
            with os.scandir(directory) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    if is_left_behind(entry.name):
                        self._left.add("._*" if entry.name.startswith("._") else entry.name)
                    elif entry.is_dir(follow_symlinks=False):
                        found.directories.append(entry.name)
                    elif entry.is_symlink() and os.path.isdir(entry.path):
                        found.links.append(entry.name)
                    else:
                        found.files.append(entry.name)
        except OSError as error:
            raise self._broken(directory, f"it cannot be read ({error.strerror})") from None
        return found

    def _holds(self, path: str | Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self._base)

    def _shown(self, path: str | Path) -> str:
        return text(Path(self.name) / Path(path).relative_to(self._base))

    def _broken(self, path: Path, why: str) -> DataBroken:
        return DataBroken(f"{self._shown(path)} cannot be used: {text(why)}")


def find_tree(root: Path, folder: str, classes: int = 1) -> Tree:
    """What of a tree is used; it must have so many classes. Reads no picture. Raises DataMissing, DataBroken."""
    try:
        tree = Tree(_find_folder(root, folder), folder)
    except RecursionError:
        raise DataBroken(f"{folder} cannot be used: its directories lie too deep in each other") from None
    if len(tree.classes) < classes:
        raise DataBroken(
            f"{folder} cannot be used: it has one class only, {tree.classes[0]}, and {classes} are needed: "
            "put a directory for each class into it"
        )
    return tree


def _find_folder(root: Path, folder: str) -> Path:
    """Where a tree of that name lies, which is that of a single directory. Raises DataMissing."""
    if not is_folder_name(folder):
        raise DataMissing(f"{folder!r} is not the name of a directory in the directory of data sets")
    alike = [folder, *(name for name in names_in(root) if same(name) == same(folder))]
    # Of a path that cannot even be looked at, pathlib would raise.
    if (path := next((root / name for name in alike if os.path.isdir(root / name)), None)) is None:
        raise DataMissing(
            f"there is no folder {folder} in the directory of data sets: put a directory of that name there, with one "
            "directory of images for each class"
        )
    return path.resolve()


def is_folder_name(name: str) -> bool:
    """Whether a configuration may name it."""
    try:
        _NAME.validate_python(name)
    except ValidationError:
        return False
    return True


def same(name: str) -> str:
    """One spelling of a name: systems write letters with accents in two ways."""
    return unicodedata.normalize("NFC", name)
