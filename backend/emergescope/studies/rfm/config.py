"""Settings of a recursive feature machine on a product of two coordinates among many."""

from typing import Annotated, Literal

from pydantic import Field

from emergescope.config.base import Record
from emergescope.config.run import UNPROBED, AnyTraining, Capture, Device, Precision, RunConfig, Stage

ROWS = 1024  # points at a time, where kernels of many are needed


class Product(Record):
    """Inputs are Gaussian, and few of their coordinates decide the target: x0, x1, and perhaps the sign of x5."""

    target: Literal["gated", "product"] = Field(
        "gated", title="target", description="gated: x0 x1 where x5 > 0, else 0; product: x0 x1"
    )
    d: Annotated[int, Field(ge=6, le=1000, title="coordinates d", description="of an input; most mean nothing")] = 20
    deviation: Annotated[
        float, Field(gt=0, le=1e3, title="standard deviation σ", description="of each coordinate, around 0")
    ] = 0.5
    n: Annotated[int, Field(ge=2, le=20_000, title="training points n", description="without noise")] = 4000

    @property
    def relevant(self) -> tuple[int, ...]:
        """The coordinates that decide the target: those in which it is smooth first."""
        return (0, 1, 5) if self.target == "gated" else (0, 1)


class KernelMachine(Record):
    """Kernel ridge regression with the kernel exp(-√((x - z)ᵀ M (x - z)) / L)."""

    bandwidth: Annotated[float, Field(gt=0, le=1e6, title="bandwidth L")] = 10.0
    ridge: Annotated[float, Field(gt=0, le=1e6, title="ridge", description="added to the kernel's diagonal")] = 1e-3
    metric: Literal["learned", "identity", "permuted"] = Field(
        "learned",
        title="metric M",
        description="identity and permuted are controls: M stays the identity; or it is the diagonal of the learned "
        "one, each relevant coordinate's value given to another coordinate",
    )
    centred: bool = Field(
        False, title="centred gradients", description="their mean is taken off before their outer products are averaged"
    )


class Rounds(AnyTraining):
    """In each round M becomes the average outer product of the gradients of the machine, which is then fitted anew."""

    rounds: Annotated[int, Field(ge=1, le=1000, title="rounds", description="after a first fit with M = I")] = 5
    dtype: Precision = "float64"
    device: Device = "auto"


class RfmConfig(RunConfig):
    """One run of a recursive feature machine. Its steps are rounds."""

    study: Literal["rfm"] = "rfm"
    problem: Annotated[Product, Field(title="Problem")] = Product()
    method: Annotated[KernelMachine, Field(title="Method")] = KernelMachine()
    training: Annotated[Rounds, Field(title="Training")] = Rounds()
    capture: Annotated[
        Capture,
        Field(
            title="Capture",
            json_schema_extra={
                "parts": {**UNPROBED, "max_pictures": {"when": False}, "max_neurons": {"title": "points shown at most"}}
            },
        ),
    ] = Capture(test_samples=4000, max_neurons=500, max_patterns=128)

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (Stage("rounds", self.training.rounds, self.problem.n),)

    @property
    def shown(self) -> tuple[int, int]:
        """How many test points and coordinates the frames show; relevant coordinates are always among them."""
        capture = self.capture
        coordinates = min(self.problem.d, max(len(self.problem.relevant), capture.max_patterns))
        return min(capture.test_samples, capture.max_neurons), coordinates
