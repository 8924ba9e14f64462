"""`survey`: which data sets there are, and how to get the others."""

import hashlib
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from emergescope.datasets.entries import shows_pictures
from emergescope.datasets.files import LARGEST, PIECE, DataFile, names_in
from emergescope.datasets.idx import count_idx
from emergescope.datasets.sources import DIGITS, SOURCES, Source, find
from emergescope.datasets.tree import find_tree, is_folder_name
from emergescope.errors import DataBroken, DataMissing

_FOLDER_HOW = "It is a tree of images: a directory for each class."
_ONE_CLASS = "one class, which is enough for injected inputs, and not for what learns to tell classes apart"


@dataclass(frozen=True)
class Listing:
    """A data set, whether it is there or not.

    folder    of a tree of images: its name
    builtin   it comes with a package, and needs no files
    images    how many, for training and for tests together, where that is known without reading them
    original  whether its files are the original ones, by their sums; None where there are no sums, or not all files
    where     the place of its files below the directory of data sets, "." for that itself
    missing   names of files that are not there
    trouble   what is wrong with a file, where that shows without reading it as images
    notes     what of a tree is passed over, or read as something else
    """

    name: str
    title: str
    classes: tuple[str, ...]
    present: bool
    how: str
    folder: str | None = None
    builtin: bool = False
    images: int | None = None
    original: bool | None = None
    where: str | None = None
    missing: tuple[str, ...] = ()
    trouble: str | None = None
    notes: tuple[str, ...] = ()


def survey(root: Path | None) -> list[Listing]:
    """Every known data set, then the trees of images in `root`. Sums are computed once for each state of a file."""
    built_in = Listing("mnist-5k", "MNIST, 5,000 images", DIGITS, True, "It is built in.", builtin=True, images=5000)
    known = [_listing(source, root) for source in SOURCES.values()]
    return [built_in, *known, *([] if root is None else _folders(root))]


def _listing(source: Source, root: Path | None) -> Listing:
    found = find(source, root)
    listing = Listing(source.name, source.title, source.classes, not found.missing, source.how)
    listing = replace(listing, where=found.place, missing=found.missing)
    if found.missing:
        return listing
    try:
        sums = [_md5(file, file.size, file.status().st_mtime_ns) for file in found.files]
        listing = replace(listing, original=sums == [part.md5 for part in source.parts])
        if listing.original:
            return replace(listing, images=sum(source.counts))
        if source.packable:
            return replace(listing, images=sum(count_idx(file, source.shape) for file in found.files[::2]))
    except DataBroken as error:
        return replace(listing, trouble=error.detail)
    return listing


def _folders(root: Path) -> list[Listing]:
    known = {place.split("/")[0] for source in SOURCES.values() for place in source.places}
    names = [name for name in names_in(root) if is_folder_name(name) and name not in known]
    return [_folder(root, name) for name in names if os.path.isdir(root / name) and shows_pictures(root / name)]


def _folder(root: Path, name: str) -> Listing:
    """A tree of images, as a run would read it."""
    # Imported here, with Pillow: whoever has no trees does without.
    from emergescope.datasets.pictures import examine  # noqa: PLC0415

    listing = Listing("folder", name, (), True, _FOLDER_HOW, folder=name, where=name)
    try:
        tree = find_tree(root, name)
        notes = (*([_ONE_CLASS] if len(tree.classes) == 1 else []), *tree.notes, *examine(tree))
    except (DataMissing, DataBroken) as error:
        return replace(listing, trouble=error.detail)
    return replace(listing, classes=tree.classes, images=len(tree.train) + len(tree.test), notes=notes)


@lru_cache(maxsize=256)
def _md5(file: DataFile, size: int, written: int) -> str | None:
    """The sum of a file's content, unpacked; None for more than any original has. Raises DataBroken."""
    found, left = hashlib.md5(usedforsecurity=False), LARGEST
    with file.opened() as stream:
        while piece := stream.read(PIECE):
            found.update(piece)
            left -= len(piece)
            if left < 0:
                return None
    return found.hexdigest()
