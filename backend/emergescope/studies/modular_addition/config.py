"""Settings of modular addition, learned by a network with one hidden layer whose size is penalised neuron by neuron."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from emergescope.config.base import Record, reject
from emergescope.config.run import UNPROBED, AnyTraining, Capture, Device, Precision, RunConfig, Stage


class ModularAddition(Record):
    """Inputs are all pairs (a, b) of numbers below p, and the answer is the remainder of a + b."""

    p: Annotated[int, Field(ge=3, le=499, title="modulus p", description="odd; all p² pairs are trained on")] = 23

    @field_validator("p")
    @classmethod
    def _odd(cls, p: int) -> int:
        if p % 2 == 0:
            reject(f"p = {p} is even: take an odd p, so that each frequency is a cosine and a sine")
        return p


class OneHiddenLayer(Record):
    """f_c(a, b) = Σᵢ σ(uᵢ[a] + vᵢ[b]) wᵢ[c], without biases; all begins Gaussian."""

    width: Annotated[int, Field(ge=1, le=10_000, title="width m", description="neurons")] = 200
    activation: Literal["square", "relu"] = Field(
        "square", title="activation σ", description="square: x², of which the theorem speaks; relu: the control"
    )
    deviation: Annotated[
        float, Field(gt=0, le=1e6, title="initial deviation", description="of each weight at the start")
    ] = 0.1

    @property
    def degree(self) -> int:
        """Weights twice as large make the outputs 2^degree times as large."""
        return 3 if self.activation == "square" else 2


class FullBatchDescent(AnyTraining):
    """Gradient descent on the mean cross-entropy over all pairs plus λ times a penalty; η doubles as it goes on."""

    steps: Annotated[int, Field(ge=1, le=10_000_000, title="steps")] = 20_000
    eta: Annotated[float, Field(gt=0, le=1e30, title="first learning rate η")] = 0.05
    doublings: Annotated[int, Field(ge=0, le=60, title="doublings", description="how often η is doubled")] = 10
    doubling_every: Annotated[int, Field(ge=1, le=10_000_000, title="steps between doublings")] = 1000
    penalty: Literal["cubes", "squares"] = Field(
        "cubes",
        title="penalty",
        description="sum over neurons of |θᵢ|³ (cubes), or of |θᵢ|² (squares: weight decay); θᵢ = (uᵢ, vᵢ, wᵢ)",
    )
    lam: Annotated[float, Field(ge=0, le=1e6, title="weight of the penalty λ")] = 1e-4
    dtype: Precision = "float32"
    device: Device = "auto"

    @property
    def exponent(self) -> int:
        """Of the norm of a neuron in the penalty."""
        return 3 if self.penalty == "cubes" else 2

    def rate(self, step: int) -> float:
        """The learning rate of a step, the first one being 1."""
        return self.eta * 2.0 ** min(self.doublings, (step - 1) // self.doubling_every)


class ModularAdditionConfig(RunConfig):
    """One run on addition modulo p."""

    study: Literal["modular_addition"] = "modular_addition"
    problem: Annotated[ModularAddition, Field(title="Problem")] = ModularAddition()
    method: Annotated[OneHiddenLayer, Field(title="Method")] = OneHiddenLayer()
    training: Annotated[FullBatchDescent, Field(title="Training")] = FullBatchDescent()
    capture: Annotated[
        Capture,
        Field(
            title="Capture",
            json_schema_extra={
                "parts": {
                    **UNPROBED,
                    **{name: {"when": False} for name in ("test_samples", "max_patterns", "max_pictures")},
                }
            },
        ),
    ] = Capture(frames=101)

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (Stage("training", self.training.steps, self.problem.p**2),)

    @property
    def shown(self) -> int:
        """How many neurons the frames show."""
        return min(self.method.width, self.capture.max_neurons)

    @property
    def frequencies(self) -> int:
        """1 to (p − 1)/2: frequency p − j is the same as j, and 0 is the mean."""
        return self.problem.p // 2
