"""Problems of real images: two classes (figure 3 of the paper), and mixtures labelled by a teacher (figure 4)."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from emergescope.config.base import DIRECTORY, Record, reject

DataName = Literal["mnist-5k", "mnist", "fashion-mnist", "cifar10", "svhn", "folder"]
FolderName = Annotated[str, DIRECTORY.field(min_length=1, max_length=100)]

BUILT_IN_TRAINING = 4000  # images of mnist-5k that are for training
CLASSES = 10  # of all data sets but folders


class ImageSource(Record):
    """Where the images come from: a data set that is there, by name."""

    data: Annotated[
        DataName,
        Field(
            title="data set",
            description="mnist-5k needs no files; the others lie in the server's directory of data sets",
        ),
    ] = "mnist-5k"
    folder: Annotated[
        FolderName | None,
        Field(title="folder", description="for the data set folder: a directory with one directory for each class"),
    ] = None
    size: Annotated[
        int,
        Field(ge=8, le=96, title="picture size", description="side in pixels that images of folders are scaled to"),
    ] = 32

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.data == "folder") != (self.folder is not None):
            reject("name a folder for the data set folder, and for no other")
        return self


class TwoClassesProblem(ImageSource):
    """Two classes of images, centred and scaled to mean square norm 1 (figure 3). There is no dictionary: neurons are
    compared with the class means, their difference, and the principal directions.
    """

    model_config = ConfigDict(json_schema_extra={"methods": ["network"], "training": "phases"})
    methods: ClassVar = ("network",)
    training: ClassVar = "phases"

    kind: Literal["two_classes"] = "two_classes"
    classes: Annotated[
        tuple[Annotated[int, Field(ge=0, le=9999)], Annotated[int, Field(ge=0, le=9999)]],
        Field(title="classes", description="two numbers of classes; y = +1 for the first"),
    ] = (0, 1)
    random_labels: Annotated[
        bool, Field(title="random labels", description="the control: training labels are coin flips, tests are not")
    ] = False

    @field_validator("classes")
    @classmethod
    def _there(cls, classes: tuple[int, int], info: ValidationInfo) -> tuple[int, int]:
        if classes[0] == classes[1]:
            reject("choose two different classes")
        if info.data.get("data", "folder") != "folder" and max(classes) >= CLASSES:
            reject(f"this data set has the classes 0 to {CLASSES - 1}")
        return classes


class MixtureProblem(ImageSource):
    """A teacher learns the data L, labels a mixture of L and of injected inputs U, and a student learns that mixture
    (figure 4). Beside the student a third network learns L directly.
    """

    model_config = ConfigDict(json_schema_extra={"methods": ["two_layer_classifier", "resnet18"], "training": "sgd"})
    methods: ClassVar = ("two_layer_classifier", "resnet18")
    training: ClassVar = "sgd"

    kind: Literal["mixture"] = "mixture"
    injected: Annotated[
        Literal["gauss", "natural", "folder"],
        Field(
            title="injected inputs",
            description="Gaussian with the data's mean and deviation; patches of photographs; images of a folder",
        ),
    ] = "gauss"
    injected_folder: Annotated[FolderName | None, Field(title="injected folder")] = None
    injected_labels: Annotated[
        Literal["teacher", "balanced"],
        Field(
            title="injected labels",
            description="balanced: the teacher's logits are standardised per class on the injected inputs, so that no "
            "label takes most of them",
        ),
    ] = "teacher"
    ratio: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            title="mixture ratio",
            description="share of injected inputs in what the student learns",
            json_schema_extra={"control": "slider", "step": 0.05},
        ),
    ] = 0.5
    samples: Annotated[
        int,
        Field(
            ge=10,
            le=1_000_000,
            title="samples",
            description="images of the data at ratio 1/2, and injected inputs; of neither are there ever more",
        ),
    ] = 4000

    @field_validator("samples")
    @classmethod
    def _there(cls, samples: int, info: ValidationInfo) -> int:
        if info.data.get("data") == "mnist-5k" and samples > BUILT_IN_TRAINING:
            reject(f"mnist-5k has {BUILT_IN_TRAINING:,} training images: lower samples, or take the data set mnist")
        return samples

    @model_validator(mode="after")
    def _injectable(self) -> Self:
        if (self.injected == "folder") != (self.injected_folder is not None):
            reject("name an injected folder for injected inputs from a folder, and for no others")
        return self

    @property
    def data_samples(self) -> int:
        """Images of L that the student learns."""
        return self.samples if self.ratio <= 0.5 else round(self.samples * (1 - self.ratio) / self.ratio)

    @property
    def injected_samples(self) -> int:
        return self.samples if self.ratio >= 0.5 else round(self.samples * self.ratio / (1 - self.ratio))


def picture_shape(source: ImageSource) -> tuple[int, ...]:
    """(height, width), or (height, width, 3) for colours, of the images of a source."""
    if source.data == "folder":
        return (source.size, source.size, 3)
    return (32, 32, 3) if source.data in ("cifar10", "svhn") else (28, 28)
