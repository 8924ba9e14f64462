"""Settings of a source of images: which data set, and how large its pictures are. Knows no torch."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from emergescope.config.base import DIRECTORY, Record, reject

DataName = Literal["mnist-5k", "mnist", "fashion-mnist", "cifar10", "svhn", "folder"]
FolderName = Annotated[str, DIRECTORY.field(min_length=1, max_length=100)]

BUILT_IN_TRAINING = 4000  # images of mnist-5k that are for training
CLASSES = 10  # of all data sets but folders


class ImageSource(Record):
    """Where the images come from: a data set that is there, by name."""

    data: Annotated[DataName, Field(title="data set")] = "mnist-5k"
    """mnist-5k needs no files; the others lie in the server's directory of data sets"""

    folder: Annotated[FolderName | None, Field(title="folder")] = None
    """for the data set folder: a directory with one directory for each class"""

    size: Annotated[int, Field(ge=8, le=96, title="picture size")] = 32
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
