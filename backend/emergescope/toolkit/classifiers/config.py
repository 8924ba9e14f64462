"""Settings of classifiers for many classes, and of their SGD with momentum."""

from typing import Annotated, Literal

from pydantic import Field

from emergescope.config.base import Record
from emergescope.config.run import AnyTraining, Device, Precision


class ClassifierMethod(Record):
    """Two layers for many classes: g(x) = A clip(W x + b, 0, 1) + c."""

    kind: Literal["two_layer_classifier"] = "two_layer_classifier"
    m: Annotated[int, Field(ge=1, le=5000, title="pairs m", description="the network has 2m hidden units")] = 9


class ResNetMethod(Record):
    """ResNet-18 for small images: a 3 x 3 stem and no pooling after it."""

    kind: Literal["resnet18"] = "resnet18"
    width: Annotated[
        int, Field(ge=1, le=256, title="width", description="channels of the first stage; 64 in the original")
    ] = 16
    stem_stride: Annotated[
        Literal[1, 2], Field(title="stem stride", description="2 halves the picture at once, and the work by four")
    ] = 1


class SgdTraining(AnyTraining):
    """SGD with momentum on the cross-entropy, the learning rate falling along a cosine; the same for all networks."""

    kind: Literal["sgd"] = "sgd"
    epochs: Annotated[
        int, Field(ge=1, le=1000, title="epochs", description="passes over its own training data, of each network")
    ] = 15
    batch: Annotated[int, Field(ge=1, le=10_000, title="batch")] = 128
    eta: Annotated[float, Field(gt=0, le=1e30, title="learning rate η", description="at the start; 0 at the end")] = (
        0.03
    )
    momentum: Annotated[float, Field(ge=0, lt=1, title="momentum")] = 0.9
    dtype: Precision = "float32"
    device: Device = "auto"
