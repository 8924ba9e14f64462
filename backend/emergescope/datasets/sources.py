"""The data sets that are known by name: how a configuration names them, their classes, their files in torchvision's
layout, and where those come from. Knows no torch.

The sums are torchvision's, of what is downloaded. Of IDX files, those of the unpacked content stand beside them: it is
the same however a file was packed, and Debian has packed Fashion-MNIST anew.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic.config import JsonDict

from emergescope.config.base import DIRECTORY, Record, reject
from emergescope.datasets.cifar import read_batches
from emergescope.datasets.files import DataFile, Images, names_in
from emergescope.datasets.idx import read_idx
from emergescope.datasets.svhn import read_svhn

DataName = Literal["mnist-5k", "mnist", "fashion-mnist", "cifar10", "svhn", "folder"]
FolderName = Annotated[str, DIRECTORY.field(min_length=1, max_length=100)]

BUILT_IN_TRAINING = 4000  # images of mnist-5k that are for training
CLASSES = 10  # of all data sets but folders
VARIABLE = "EMERGESCOPE_DATA_DIR"
DIGITS = tuple("0123456789")


_OF_FOLDERS: JsonDict = {"problem.data": ["folder"]}


class ImageSource(Record):
    """Where the images come from: a data set that is there, by name."""

    data: Annotated[DataName, Field(title="data set")] = "mnist-5k"
    """mnist-5k needs no files; the others lie in the server's directory of data sets"""

    folder: Annotated[FolderName | None, Field(title="folder", json_schema_extra={"when": _OF_FOLDERS})] = None
    """for the data set folder: a directory with one directory for each class"""

    size: Annotated[int, Field(ge=8, le=96, title="picture size", json_schema_extra={"when": _OF_FOLDERS})] = 32
    """side in pixels that images of folders are scaled to"""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.data == "folder") != (self.folder is not None):
            reject("name a folder for the data set folder, and for no other")
        return self


def picture_shape(source: ImageSource) -> tuple[int, ...]:
    """(height, width), or (height, width, 3) for colours, of the images of a source."""
    if source.data == "folder":
        return (source.size, source.size, 3)
    return (32, 32, 3) if source.data in ("cifar10", "svhn") else (28, 28)


# Images for training and for tests together; of folders as many as in Tiny ImageNet.
IMAGES = {
    "mnist-5k": 5000,
    "mnist": 70_000,
    "fashion-mnist": 70_000,
    "cifar10": 60_000,
    "svhn": 100_000,
    "folder": 100_000,
}


@dataclass(frozen=True)
class Part:
    """A file as it is read, or as it is fetched. `md5` is that of its content: of what is read, unpacked."""

    name: str
    md5: str
    addresses: tuple[str, ...] = ()

    @classmethod
    def at(cls, name: str, md5: str, *places: str) -> Self:
        """One that is to be had at those places."""
        return cls(name, md5, tuple(f"{place}{name}" for place in places))


@dataclass(frozen=True)
class Source:
    """A data set. `counts`: images for training and for tests that the original has.

    places    directories below that of the data sets where its files may lie; the first is torchvision's
    parts     its files: those for training, then those for tests, which are `tests` many
    read      reads the files of either, which have images of this shape and so many classes
    packable  its files may be gzipped
    """

    name: DataName
    title: str
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    counts: tuple[int, int]
    places: tuple[str, ...]
    parts: tuple[Part, ...]
    downloads: tuple[Part, ...]
    read: Callable[[Sequence[DataFile], tuple[int, ...], int], Images]
    tests: int = 1
    packable: bool = False
    hint: str = ""

    @property
    def how(self) -> str:
        """How to get it, in a sentence."""
        place = f"{VARIABLE}/{self.places[0]}".rstrip("/")
        return f"`emergescope data fetch {self.name}` downloads it, or put torchvision's files into {place}{self.hint}."


@dataclass(frozen=True)
class Found:
    """Where the files of a data set are. `place` is below the directory of data sets, "." for that itself."""

    place: str | None
    files: tuple[DataFile, ...]
    missing: tuple[str, ...]


def find(source: Source, root: Path | None) -> Found:
    """Look in each of its places, and in `root` itself if that bears its name; the place with most files counts."""
    if root is None:
        return Found(None, (), tuple(part.name for part in source.parts))
    places = [*source.places]
    if root.resolve().name.lower() in {place.lower() for place in source.places}:
        places.append("")
    found = [_look(source, root, place) for place in dict.fromkeys(places)]
    best = max(found, key=lambda one: len(one.files))
    return best if best.files else replace(best, place=None)


def _look(source: Source, root: Path, place: str) -> Found:
    directory = root
    for step in Path(place).parts:
        directory /= _alike(directory, step, os.path.isdir) or step
    files, missing = [], []
    for part in source.parts:
        # As torchvision does: what is unpacked is read, though the packed file is beside it.
        names = (part.name, f"{part.name}.gz") if source.packable else (part.name,)
        found = next(filter(None, (_alike(directory, name, os.path.isfile) for name in names)), None)
        if found is None:
            missing.append(names[-1])
        else:
            remedy = f"Take it away and get it again: `emergescope data fetch {source.name}`."
            files.append(DataFile(directory / found, (directory / found).relative_to(root).as_posix(), remedy))
    return Found(directory.relative_to(root).as_posix(), tuple(files), tuple(missing))


def _alike(directory: Path, wanted: str, is_kind: Callable[[Path], bool]) -> str | None:
    """A file, or a directory, of that very name, or else of one that mirrors and unpackers write instead of it: in
    large letters, or "train-images.idx3-ubyte" for "train-images-idx3-ubyte".
    """

    def plain(name: str) -> str:
        return re.sub(r"\.(?=idx[0-9])", "-", name.lower())

    names = [name for name in names_in(directory) if plain(name) == plain(wanted) and is_kind(directory / name)]
    return wanted if wanted in names else next(iter(names), None)


_IDX = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def _idx(
    name: DataName, title: str, classes: tuple[str, ...], base: str, mirrors: tuple[str, ...], sums: str, hint: str = ""
) -> Source:
    """`sums`: for each file, the sum of its content and of what is downloaded."""
    plain, packed = sums.split()[::2], sums.split()[1::2]
    return Source(
        name,
        title,
        classes,
        shape=(28, 28),
        counts=(60_000, 10_000),
        places=(f"{base}/raw", base, name, name.replace("-", "_")),
        parts=tuple(map(Part, _IDX, plain)),
        downloads=tuple(Part.at(f"{part}.gz", md5, *mirrors) for part, md5 in zip(_IDX, packed, strict=True)),
        read=read_idx,
        tests=2,
        packable=True,
        hint=hint,
    )


_MNIST = _idx(
    "mnist",
    "MNIST",
    DIGITS,
    "MNIST",
    ("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"),
    """
    6bbc9ace898e44ae57da46a324031adb f68b3c2dcbeaaa9fbdd348bbdeb94873
    a25bea736e30d166cdddb491f175f624 d53e105ee54ea40749a09fcbcd1e9432
    2646ac647ad5339dbf082846283269ea 9fb629c4189551a2d022fa330f9573f3
    27ae3e4e09519cfbb04c329615203637 ec29112dd5afa0611ce80d1b7f02629c
    """,
)
_FASHION = _idx(
    "fashion-mnist",
    "Fashion-MNIST",
    ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    "FashionMNIST",
    ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    """
    f4a8712d7a061bf5bd6d2ca38dc4d50a 8d4fb7e6c68d591d4c3dfef9ec88bf0d
    9018921c3c673c538a1fc5bad174d6f9 25c81989df183df01b3e8a0aad5dffbe
    8181f5470baa50b63fa0f6fddb340f0a bef4ecab320f06d8554ea6380940ec79
    15d484375f8d13e6eb1aabb0c3f46965 bb300cfdad3c16e7a12a480ee83cd310
    """,
    hint="; Debian has it as the package dataset-fashion-mnist, in /usr/share/datasets",
)
_CIFAR10 = Source(
    "cifar10",
    "CIFAR-10",
    ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    shape=(32, 32, 3),
    counts=(50_000, 10_000),
    places=("cifar-10-batches-py",),
    parts=(
        Part("data_batch_1", "c99cafc152244af753f735de768cd75f"),
        Part("data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"),
        Part("data_batch_3", "54ebc095f3ab1f0389bbae665268c751"),
        Part("data_batch_4", "634d18415352ddfa80567beed471001a"),
        Part("data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"),
        Part("test_batch", "40351d587109b95175f43aff81a1287e"),
    ),
    downloads=(
        Part.at("cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a", "https://www.cs.toronto.edu/~kriz/"),
    ),
    read=read_batches,
)
_SVHN_PLACE = "http://ufldl.stanford.edu/housenumbers/"
_SVHN_FILES = (
    Part.at("train_32x32.mat", "e26dedcc434d2e4c54c9b2d4a06d8373", _SVHN_PLACE),
    Part.at("test_32x32.mat", "eb5a983be6a315427106f1b164d9cef3", _SVHN_PLACE),
)
_SVHN = Source(
    "svhn",
    "SVHN, cropped digits",
    DIGITS,
    shape=(32, 32, 3),
    counts=(73_257, 26_032),
    places=("", "SVHN", "svhn"),
    parts=_SVHN_FILES,
    downloads=_SVHN_FILES,
    read=read_svhn,
)
SOURCES: Mapping[str, Source] = {source.name: source for source in (_MNIST, _FASHION, _CIFAR10, _SVHN)}


def title_of(source: ImageSource) -> str:
    """What it is called, in short: "SVHN", or the name of a folder."""
    known = SOURCES.get("mnist" if source.data == "mnist-5k" else source.data)
    return str(source.folder) if known is None else known.title.partition(",")[0]


def origin_of(source: ImageSource) -> str:
    """The same with how much there is of it, where that is only a part."""
    return f"{title_of(source)} (5,000 built in)" if source.data == "mnist-5k" else title_of(source)
