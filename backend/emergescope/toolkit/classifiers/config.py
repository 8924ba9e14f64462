"""Settings of classifiers for many classes, and of their SGD with momentum."""

from typing import Annotated, Literal

from pydantic import Field

from emergescope.config.base import Record
from emergescope.config.run import AnyTraining, Device, Precision


class ClassifierMethod(Record):
    """Two layers for many classes: g(x) = A clip(W x + b, 0, 1) + c."""

    kind: Literal["two_layer_classifier"] = "two_layer_classifier"
    m: Annotated[int, Field(ge=1, le=5000, title="pairs m")] = 9
    """the network has 2m hidden units"""


class ResNetMethod(Record):
    """ResNet-18 for small images: a 3 x 3 stem and no pooling after it."""

    kind: Literal["resnet18"] = "resnet18"
    width: Annotated[int, Field(ge=1, le=256, title="width")] = 16
    """channels of the first stage; 64 in the original"""
    stem_stride: Annotated[Literal[1, 2], Field(title="stem stride")] = 1
    """2 halves the picture at once, and the work by four"""


class SgdTraining(AnyTraining):
    """SGD with momentum on the cross-entropy, the learning rate falling along a cosine; the same for all networks."""

    kind: Literal["sgd"] = "sgd"
    epochs: Annotated[int, Field(ge=1, le=1000, title="epochs")] = 15
    """passes over its own training data, of each network"""
    batch: Annotated[int, Field(ge=1, le=10_000, title="batch")] = 128
    eta: Annotated[float, Field(gt=0, le=1e30, title="learning rate η")] = 0.03
    """at the start; 0 at the end"""
    momentum: Annotated[float, Field(ge=0, lt=1, title="momentum")] = 0.9
    dtype: Precision = "float32"
    device: Device = "auto"
