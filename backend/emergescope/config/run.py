"""RunConfig: everything that decides the bits of a run, except the machine it runs on."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from emergescope.config.base import Record
from emergescope.config.method import Method, NetworkMethod
from emergescope.config.problem import DictionaryProblem

Parameter = Literal["w", "b", "a"]


class Phase(Record):
    """A stretch of gradient descent with its own step size, penalties, noise and sample size."""

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w -]+$", title="name")] = "features"
    steps: Annotated[int, Field(ge=1, le=1_000_000, title="steps")] = 100
    samples: Annotated[
        int, Field(ge=1, le=1_000_000, title="samples n", description="fresh samples for each gradient step")
    ] = 1000
    eta: Annotated[float, Field(gt=0, title="learning rate η")] = 0.01
    lambda_w: Annotated[float, Field(ge=0, title="weight decay λ_w", description="λ = 1/(2η) forgets the old w")] = 0.0
    lambda_a: Annotated[float, Field(ge=0, title="weight decay λ_a", description="λ = 1/(2η) forgets the old a")] = 0.0
    sigma_xi: Annotated[
        float, Field(ge=0, title="smoothing noise σ_ξ", description="noise inside the activation, in closed form")
    ] = 0.0
    trains: Annotated[
        tuple[Parameter, ...],
        Field(min_length=1, title="trains", description="parameters that move; the others are held still"),
    ] = ("w", "b", "a")


class Training(Record):
    """Gradient descent on the hinge loss with l2 penalties, in phases."""

    phases: Annotated[tuple[Phase, ...], Field(min_length=1, max_length=32, title="phases")] = (Phase(),)
    balance: Annotated[
        bool,
        Field(
            title="balance classes", description="each sample weighs 1/(2 P(y)), for unbalanced classes (appendix F)"
        ),
    ] = False
    dtype: Annotated[Literal["float32", "float64"], Field(title="precision")] = "float32"
    device: Annotated[
        Literal["auto", "cpu", "cuda"], Field(title="device", description="auto: CUDA where there is one, else the CPU")
    ] = "auto"

    @property
    def total_steps(self) -> int:
        return sum(phase.steps for phase in self.phases)


class Capture(Record):
    """When the network is looked at, and how closely."""

    frames: Annotated[
        int, Field(ge=2, le=5000, title="frames", description="about as many; starts and ends of phases are always in")
    ] = 60
    spacing: Annotated[
        Literal["linear", "geometric"], Field(title="spacing", description="geometric: denser at the start")
    ] = "linear"
    probe_every: Annotated[
        int,
        Field(
            ge=0, le=1000, title="probe every", description="frames between two probes; phase ends are always probed"
        ),
    ] = 1
    probe_samples: Annotated[int, Field(ge=10, le=100_000, title="probe samples")] = 10_000
    test_samples: Annotated[int, Field(ge=10, le=100_000, title="test samples")] = 5000
    max_neurons: Annotated[int, Field(ge=2, le=10_000, title="neurons shown at most")] = 2000
    max_patterns: Annotated[int, Field(ge=1, le=4096, title="patterns shown at most")] = 512


class RunConfig(Record):
    """One run: problem + method + training + capture, and the seed that all its randomness comes from."""

    seed: Annotated[int, Field(ge=0, le=2**31 - 1, title="seed", description="all randomness comes from it")] = 0
    problem: Annotated[DictionaryProblem, Field(title="Problem")] = DictionaryProblem()
    method: Annotated[Method, Field(discriminator="kind", title="Method")] = NetworkMethod()
    training: Annotated[Training, Field(title="Training")] = Training()
    capture: Annotated[Capture, Field(title="Capture")] = Capture()

    @field_validator("method", mode="before")
    @classmethod
    def _network_unless_said(cls, method: Any) -> Any:
        """Configurations written before there were other methods, and short ones, leave the kind out."""
        return {"kind": "network", **method} if isinstance(method, dict) else method

    @model_validator(mode="after")
    def _linear(self) -> "RunConfig":
        if self.method.kind == "ntk":
            for index, phase in enumerate(self.training.phases):
                if phase.sigma_xi > 0:
                    raise PydanticCustomError(
                        "smoothed_kernel",
                        "the tangent kernel is that of the network without smoothing noise: set sigma_xi to 0",
                        {"pointer": ["training", "phases", index, "sigma_xi"]},
                    )
        if self.method.kind == "random_features":
            for index, phase in enumerate(self.training.phases):
                if "a" not in phase.trains:
                    raise PydanticCustomError(
                        "nothing_trained",
                        "random features train the output weights alone: let this phase train a",
                        {"pointer": ["training", "phases", index, "trains"]},
                    )
        return self
