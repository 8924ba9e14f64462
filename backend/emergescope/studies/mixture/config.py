"""Settings of figure 4: a teacher, a student of a mixture that the teacher labels, and how such classifiers learn."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from emergescope.config.base import Record, reject
from emergescope.config.run import UNPROBED, AnyTraining, Capture, Device, Precision, RunConfig, Stage
from emergescope.datasets.sources import BUILT_IN_TRAINING, FolderName, ImageSource, picture_shape

PRINCIPAL = 8  # directions of largest variance that the first layer is compared with ...
LOOKED_AT = 2000  # ... and images that they are computed from
_KERNEL = 3  # side of the filters of a ResNet's stem


class MixtureProblem(ImageSource):
    """A teacher learns the data L, labels a mixture of L and of injected inputs U, and a student learns that mixture
    (figure 4). Beside the student a third network learns L directly.
    """

    model_config = ConfigDict(json_schema_extra={"called": "teacher, mixture, student"})

    kind: Literal["mixture"] = "mixture"
    injected: Annotated[Literal["gauss", "natural", "folder"], Field(title="injected inputs")] = "gauss"
    """Gaussian with the data's mean and deviation; patches of photographs; images of a folder"""
    injected_folder: Annotated[
        FolderName | None,
        Field(title="injected folder", json_schema_extra={"when": {"problem.injected": ["folder"]}}),
    ] = None
    injected_labels: Annotated[
        Literal["teacher", "balanced"],
        Field(
            title="injected labels",
            description="balanced: the teacher's logits are standardised per class on the injected inputs, so that no "
            "label takes most of them",
        ),
    ] = "teacher"
    ratio: Annotated[
        float, Field(ge=0, le=1, title="mixture ratio", json_schema_extra={"control": "slider", "step": 0.05})
    ] = 0.5
    """share of injected inputs in what the student learns"""
    samples: Annotated[int, Field(ge=10, le=1_000_000, title="samples")] = 4000
    """images of the data at ratio 1/2, and injected inputs; of neither are there ever more"""

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


class ClassifierMethod(Record):
    """Two layers for many classes: g(x) = A clip(W x + b, 0, 1) + c."""

    model_config = ConfigDict(json_schema_extra={"called": "two-layer classifier"})

    kind: Literal["two_layer_classifier"] = "two_layer_classifier"
    m: Annotated[int, Field(ge=1, le=5000, title="pairs m")] = 9
    """the network has 2m hidden units"""


class ResNetMethod(Record):
    """ResNet-18 for small images: a 3 x 3 stem and no pooling after it."""

    model_config = ConfigDict(json_schema_extra={"called": "ResNet-18"})

    kind: Literal["resnet18"] = "resnet18"
    width: Annotated[int, Field(ge=1, le=256, title="width")] = 16
    """channels of the first stage; 64 in the original"""
    stem_stride: Annotated[Literal[1, 2], Field(title="stem stride")] = 1
    """2 halves the picture at once, and the work by four"""


class SgdTraining(AnyTraining):
    """SGD with momentum on the cross-entropy, the learning rate falling along a cosine; the same for all networks."""

    model_config = ConfigDict(json_schema_extra={"called": "SGD with momentum"})

    kind: Literal["sgd"] = "sgd"
    epochs: Annotated[int, Field(ge=1, le=1000, title="epochs")] = 15
    """passes over its own training data, of each network"""
    batch: Annotated[int, Field(ge=1, le=10_000, title="batch")] = 128
    eta: Annotated[float, Field(gt=0, le=1e30, title="learning rate η")] = 0.03
    """at the start; 0 at the end"""
    momentum: Annotated[float, Field(ge=0, lt=1, title="momentum")] = 0.9
    dtype: Precision = "float32"
    device: Device = "auto"


class MixtureConfig(RunConfig):
    """One run of a teacher, a student, and a third network that learns the data directly."""

    study: Literal["mixture"] = "mixture"
    problem: Annotated[MixtureProblem, Field(title="Problem")] = MixtureProblem()
    method: Annotated[ClassifierMethod | ResNetMethod, Field(discriminator="kind", title="Method")] = ClassifierMethod()
    training: Annotated[SgdTraining, Field(title="Training")] = SgdTraining()
    capture: Annotated[Capture, Field(title="Capture", json_schema_extra={"parts": UNPROBED})] = Capture()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """First the teacher, then the student."""
        problem, training = self.problem, self.training
        mixed = problem.data_samples + problem.injected_samples
        return tuple(
            Stage(name, training.epochs * -(-samples // training.batch), training.batch)
            for name, samples in (("teacher", problem.samples), ("student", mixed))
        )

    @property
    def neuron_shape(self) -> tuple[int, ...]:
        """Of a neuron of the first layer, as a picture."""
        shape = picture_shape(self.problem)
        return (_KERNEL, _KERNEL, *shape[2:]) if self.method.kind == "resnet18" else shape
