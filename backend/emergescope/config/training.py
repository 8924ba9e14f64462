"""How networks are trained: gradient descent in phases (section 3.1), or SGD with momentum for classifiers."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from emergescope.config.base import WORDS, Record
from emergescope.config.names import check_name

Parameter = Literal["w", "b", "a"]
Precision = Annotated[Literal["float32", "float64"], Field(title="precision")]
Device = Annotated[
    Literal["auto", "cpu", "cuda"], Field(title="device", description="auto: CUDA where there is one, else the CPU")
]


@dataclass(frozen=True)
class Stage:
    """A stretch of training: how many steps, and samples in each."""

    name: str
    steps: int
    samples: int


class Phase(Record):
    """A stretch of gradient descent with its own step size, penalties, noise and sample size."""

    name: Annotated[str, WORDS.field(min_length=1, max_length=40, title="name"), AfterValidator(check_name)] = (
        "features"
    )
    steps: Annotated[int, Field(ge=1, le=1_000_000, title="steps")] = 100
    samples: Annotated[
        int,
        Field(
            ge=1,
            le=1_000_000,
            title="samples n",
            description="fresh samples for each gradient step; of images at most all there are",
        ),
    ] = 1000
    eta: Annotated[float, Field(gt=0, le=1e30, title="learning rate η")] = 0.01
    lambda_w: Annotated[float, Field(ge=0, title="weight decay λ_w", description="λ = 1/(2η) forgets the old w")] = 0.0
    lambda_a: Annotated[float, Field(ge=0, title="weight decay λ_a", description="λ = 1/(2η) forgets the old a")] = 0.0
    sigma_xi: Annotated[
        float,
        Field(ge=0, le=1e30, title="smoothing noise σ_ξ", description="noise inside the activation, in closed form"),
    ] = 0.0
    trains: Annotated[
        tuple[Parameter, ...],
        Field(
            min_length=1, max_length=8, title="trains", description="parameters that move; the others are held still"
        ),
    ] = ("w", "b", "a")


class Training(Record):
    """Gradient descent on the hinge loss with l2 penalties, in phases."""

    kind: Literal["phases"] = "phases"
    phases: Annotated[tuple[Phase, ...], Field(min_length=1, max_length=32, title="phases")] = (Phase(),)
    balance: Annotated[
        bool,
        Field(
            title="balance classes", description="each sample weighs 1/(2 P(y)), for unbalanced classes (appendix F)"
        ),
    ] = False
    dtype: Precision = "float32"
    device: Device = "auto"

    @property
    def total_steps(self) -> int:
        return sum(phase.steps for phase in self.phases)


class SgdTraining(Record):
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
