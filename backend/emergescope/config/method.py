"""How the problem is learned: the network of the paper, one of the two methods with fixed features that it beats, or a
classifier for many classes.
"""

from typing import Annotated, Literal

from pydantic import Field

from emergescope.config.base import Record


class _TwoLayers(Record):
    """The two layers that all methods start from, with paired initialisation (section 3.1)."""

    m: Annotated[int, Field(ge=1, le=10_000, title="pairs m", description="the network has 2m neurons")] = 300
    sigma_w: Annotated[
        float | None, Field(gt=0, title="initial σ_w", description="deviation of initial w; theory: 1/k, images: 0.003")
    ] = None
    sigma_b: Annotated[
        float | None,
        Field(ge=0, title="initial σ_b", description="deviation of initial b; theory: 1/k², images: 0.001"),
    ] = None
    sigma_a: Annotated[
        float | None,
        Field(ge=0, title="initial σ_a", description="deviation of initial a; theory: σ̃² / (γ k²), images: 0.05"),
    ] = None


class NetworkMethod(_TwoLayers):
    """The two-layer network of equation (2), g(x) = sum_i a_i sigma(<w_i, x> + b_i), with paired initialisation."""

    kind: Literal["network"] = "network"


class RandomFeaturesMethod(_TwoLayers):
    """The hidden layer stays as it was drawn; the output layer alone is trained, whatever a phase says it trains."""

    kind: Literal["random_features"] = "random_features"
    ridge: Annotated[
        float,
        Field(
            gt=0, le=1e6, title="ridge penalty", description="of the ridge solution, per sample, features standardised"
        ),
    ] = 1e-3
    ridge_samples: Annotated[
        int, Field(ge=10, le=100_000, title="ridge samples", description="training samples of the ridge solution")
    ] = 10_000


class NtkMethod(_TwoLayers):
    """The network linearised at its initialisation, that is, kernel descent with its neural tangent kernel."""

    kind: Literal["ntk"] = "ntk"
    ridge: Annotated[
        float,
        Field(
            gt=0,
            le=1e6,
            title="ridge penalty",
            description="of the ridge solution, in units of the kernel's mean diagonal",
        ),
    ] = 1.0
    ridge_samples: Annotated[
        int, Field(ge=10, le=20_000, title="ridge samples", description="training samples of the ridge solution")
    ] = 4000


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


HingeMethod = NetworkMethod | RandomFeaturesMethod | NtkMethod
Method = HingeMethod | ClassifierMethod | ResNetMethod
