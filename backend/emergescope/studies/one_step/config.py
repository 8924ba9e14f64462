"""Settings of one giant gradient step on the hidden layer, and of ridge regressions on the features that it leaves."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from emergescope.config.base import Record, reject
from emergescope.config.run import UNPROBED, AnyTraining, Capture, Device, Precision, RunConfig, Stage

_Ratio = Annotated[float, Field(gt=0, le=100)]


class OneDirection(Record):
    """Inputs are Gaussian, x ~ N(0, I), and the label is a function of the first one."""

    d: Annotated[int, Field(ge=2, le=20_000, title="inputs d")] = 1000
    label_function: Literal["tanh", "sin"] = Field("tanh", title="label", description="this function of one input")
    labels: Literal["target", "shuffled"] = Field(
        "target",
        title="labels of the step",
        description="shuffled: a control; the step sees labels of other samples, the readouts true ones",
    )


class GiantStep(Record):
    """A network of tanh units with rows of unit norm, and equal output weights. One step on the hidden layer, with a
    step size that grows as the width; then a readout anew, by ridge regression on fresh samples.
    """

    width: Annotated[int, Field(ge=2, le=20_000, title="width p", description="hidden units")] = 1000
    alpha_0: Annotated[
        float, Field(gt=0, le=100, title="samples of the step α₀", description="per input: α₀ d in all")
    ] = 0.5
    eta: float = Field(
        1.0,
        ge=0,
        le=1e30,
        title="step size η̃",
        description="in units of the width; 0: a control, the weights stay random",
    )
    ridge: Annotated[float, Field(gt=0, le=1e6, title="ridge λ", description="of the readouts")] = 0.01
    alphas: Annotated[
        tuple[_Ratio, ...],
        Field(min_length=1, max_length=12, title="samples of readouts α", description="per input; a readout for each"),
    ] = (0.2, 0.67, 1.13, 1.6, 2.07, 2.53, 3.0)

    @field_validator("alphas")
    @classmethod
    def _rise(cls, alphas: tuple[float, ...]) -> tuple[float, ...]:
        if any(round(100 * later) <= round(100 * one) for one, later in pairwise(alphas)):
            reject("each α must be larger than the one before, by a hundredth at least")
        return alphas


class StepPath(AnyTraining):
    """The one step, shown as a path: W₀ + t (W₁ - W₀)."""

    steps: Annotated[
        int, Field(ge=1, le=10_000, title="points of the path", description="places at which the step is looked at")
    ] = 60
    dtype: Precision = "float32"
    device: Device = "auto"


class OneStepConfig(RunConfig):
    study: Literal["one_step"] = "one_step"
    problem: Annotated[OneDirection, Field(title="Problem")] = OneDirection()
    method: Annotated[GiantStep, Field(title="Method")] = GiantStep()
    training: Annotated[StepPath, Field(title="The step")] = StepPath()
    capture: Annotated[
        Capture,
        Field(
            title="Capture",
            json_schema_extra={"parts": {**UNPROBED, "max_pictures": {"when": False}, "max_patterns": {"when": False}}},
        ),
    ] = Capture(frames=61)

    @field_validator("method")
    @classmethod
    def _has_samples(cls, method: GiantStep, info: ValidationInfo) -> GiantStep:
        problem = info.data.get("problem")
        if problem is not None and min(method.alpha_0, method.alphas[0]) * problem.d < 1:
            reject(f"a share of d = {problem.d} inputs that is less than one sample: raise α₀ and α, or d")
        return method

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (Stage("step", self.training.steps, self.step_samples),)

    @property
    def step_samples(self) -> int:
        return round(self.method.alpha_0 * self.problem.d)

    @property
    def readout_samples(self) -> tuple[int, ...]:
        """Of each readout, rising: the larger samples hold the smaller ones."""
        return tuple(round(alpha * self.problem.d) for alpha in self.method.alphas)

    @property
    def shown(self) -> int:
        """How many neurons the frames show."""
        return min(self.method.width, self.capture.max_neurons)

    @property
    def is_control(self) -> bool:
        """Whether the step cannot teach anything."""
        return self.method.eta == 0 or self.problem.labels == "shuffled"


def mse_name(alpha: float) -> str:
    """The metric of the readout on α d samples: test_mse_0_20."""
    return f"test_mse_{alpha:.2f}".replace(".", "_")
