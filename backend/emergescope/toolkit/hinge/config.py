"""Settings of the two-layer network of the paper, of the methods with fixed features that it beats, and of gradient
descent in phases (section 3.1).
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict

from emergescope.config.base import WORDS, Record, check_name
from emergescope.config.run import AnyTraining, Device, Precision, RunConfig, Stage

Parameter = Literal["w", "b", "a"]
# Settings by path that make a run of a second.
TINY = {
    "method.m": 10,
    "training.phases.0.steps": 20,
    "training.phases.0.samples": 50,
    "capture.frames": 6,
    "capture.test_samples": 50,
}


def usual(**values: str) -> JsonDict:
    """What stands, in a study's form, in fields that are left empty."""
    return {name: {"usual": value} for name, value in values.items()}


class _TwoLayers(Record):
    """The two layers that all methods start from, with paired initialisation (section 3.1)."""

    m: Annotated[int, Field(ge=1, le=10_000, title="pairs m", description="the network has 2m neurons")] = 300
    sigma_w: float | None = Field(None, gt=0, title="initial σ_w", description="deviation of initial w")
    sigma_b: float | None = Field(None, ge=0, title="initial σ_b", description="deviation of initial b")
    sigma_a: float | None = Field(None, ge=0, title="initial σ_a", description="deviation of initial a")


class NetworkMethod(_TwoLayers):
    """The two-layer network of equation (2), g(x) = sum_i a_i sigma(<w_i, x> + b_i), with paired initialisation."""

    model_config = ConfigDict(json_schema_extra={"called": "network"})

    kind: Literal["network"] = "network"


class RandomFeaturesMethod(_TwoLayers):
    """The hidden layer stays as it was drawn; the output layer alone is trained, whatever a phase says it trains."""

    model_config = ConfigDict(json_schema_extra={"called": "random features"})

    kind: Literal["random_features"] = "random_features"
    ridge: float = Field(
        1e-3,
        gt=0,
        le=1e6,
        title="ridge penalty",
        description="of the ridge solution, per sample, features standardised",
    )
    ridge_samples: int = Field(
        10_000, ge=10, le=100_000, title="ridge samples", description="training samples of the ridge solution"
    )


class NtkMethod(_TwoLayers):
    """The network linearised at its initialisation, that is, kernel descent with its neural tangent kernel."""

    model_config = ConfigDict(json_schema_extra={"called": "tangent kernel"})

    kind: Literal["ntk"] = "ntk"
    ridge: float = Field(
        1.0,
        gt=0,
        le=1e6,
        title="ridge penalty",
        description="of the ridge solution, in units of the kernel's mean diagonal",
    )
    ridge_samples: int = Field(
        4000, ge=10, le=20_000, title="ridge samples", description="training samples of the ridge solution"
    )


HingeMethod = NetworkMethod | RandomFeaturesMethod | NtkMethod


class Phase(Record):
    """A stretch of gradient descent with its own step size, penalties, noise and sample size."""

    name: Annotated[str, WORDS.field(min_length=1, max_length=40, title="name"), AfterValidator(check_name)] = (
        "features"
    )
    steps: Annotated[int, Field(ge=1, le=1_000_000, title="steps")] = 100
    samples: int = Field(
        1000,
        ge=1,
        le=1_000_000,
        title="samples n",
        description="fresh samples for each gradient step; of images at most all there are",
    )
    eta: Annotated[float, Field(gt=0, le=1e30, title="learning rate η")] = 0.01
    lambda_w: Annotated[float, Field(ge=0, title="weight decay λ_w", description="λ = 1/(2η) forgets the old w")] = 0.0
    lambda_a: Annotated[float, Field(ge=0, title="weight decay λ_a", description="λ = 1/(2η) forgets the old a")] = 0.0
    sigma_xi: float = Field(
        0.0, ge=0, le=1e30, title="smoothing noise σ_ξ", description="noise inside the activation, in closed form"
    )
    trains: tuple[Parameter, ...] = Field(
        ("w", "b", "a"),
        min_length=1,
        max_length=8,
        title="trains",
        description="parameters that move; the others are held still",
    )


class Training(AnyTraining):
    """Gradient descent on the hinge loss with l2 penalties, in phases."""

    model_config = ConfigDict(json_schema_extra={"called": "gradient descent in phases"})

    kind: Literal["phases"] = "phases"
    phases: Annotated[
        tuple[Phase, ...],
        Field(min_length=1, max_length=32, title="phases", json_schema_extra={"stages": "steps"}),
    ] = (Phase(),)
    balance: bool = Field(
        False, title="balance classes", description="each sample weighs 1/(2 P(y)), for unbalanced classes (appendix F)"
    )
    dtype: Precision = "float32"
    device: Device = "auto"


class HingeConfig(RunConfig):
    """One run on the hinge loss."""

    if TYPE_CHECKING:  # as in RunConfig
        method: HingeMethod
        training: Training

    @property
    def stages(self) -> tuple[Stage, ...]:
        return tuple(Stage(phase.name, phase.steps, phase.samples) for phase in self.training.phases)
