"""Settings of one gradient step whose size is a power of the number of samples, and of a readout on the features."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from emergescope.config.base import Record, reject
from emergescope.config.run import UNPROBED, AnyTraining, Capture, Device, Precision, RunConfig, Stage

SHOWN = 4  # spikes that are looked at, and degrees
# Where the asymptotic theory has one spike more: at (l - 1) / 2l for l = 2, 3, 4.
THRESHOLDS = ((1 / 4, "1/4"), (1 / 3, "1/3"), (3 / 8, "3/8"))
_Weight = Annotated[float, Field(ge=-10, le=10)]


class SeveralDegrees(Record):
    """Inputs are Gaussian, x ~ N(0, I), and the label is a polynomial of the first one: a sum of Hermite polynomials of
    degree 1, 2, ..., of length one each, with these weights.
    """

    d: Annotated[int, Field(ge=2, le=20_000, title="inputs d")] = 1000
    degrees: Annotated[
        tuple[_Weight, ...],
        Field(min_length=1, max_length=3, title="weights of degrees", description="1, 2, 3 of the target"),
    ] = (1.0, 0.5, 0.5)
    labels: Literal["target", "shuffled"] = Field(
        "target",
        title="labels of the step",
        description="shuffled: a control; the step sees labels of other samples, the readout true ones",
    )

    @property
    def square(self) -> float:
        """The mean square of the target."""
        return sum(weight**2 for weight in self.degrees)

    @field_validator("degrees")
    @classmethod
    def _says_something(cls, degrees: tuple[float, ...]) -> tuple[float, ...]:
        if not any(degrees):
            reject("the target is zero: give one degree a weight that is not")
        return degrees


class SmallStep(Record):
    """A network with rows of unit norm and an activation σ(z + b), less its mean. One step on the hidden layer; then a
    readout anew, by ridge regression on fresh samples.
    """

    width: Annotated[int, Field(ge=8, le=20_000, title="width N", description="hidden units")] = 1000
    activation: Literal["sin", "tanh"] = Field("sin", title="activation σ")
    input_shift: float = Field(
        0.7,
        ge=-3,
        le=3,
        title="shift b",
        description="0: a control, the activation is odd, and has no part of even degree",
    )
    output_weights: Literal["normal", "equal"] = Field(
        "normal",
        title="output weights",
        description="equal: a control, all spikes would lie in one direction, so that there is one",
    )
    samples: Annotated[
        int,
        Field(ge=8, le=1_000_000, title="samples n", description="of the step, and as many fresh ones of the readout"),
    ] = 8000
    step_constant: Annotated[float, Field(gt=0, le=1e6, title="constant C", description="the step size is C nᵃ")] = 1.5
    ridge: Annotated[float, Field(gt=0, le=1e6, title="ridge λ", description="of the readout, per sample")] = 0.01

    def eta(self, exponent: float) -> float:
        """The step size C nᵃ."""
        return float(self.step_constant * self.samples**exponent)


class Exponents(AnyTraining):
    """One step at each of several sizes, C nᵃ."""

    from_exponent: float = Field(0.0, ge=-1, le=1, title="first exponent a")
    to_exponent: float = Field(0.5, ge=-1, le=1, validate_default=True, title="last exponent a")
    steps: Annotated[int, Field(ge=1, le=10_000, title="exponents after the first", description="evenly spaced")] = 50
    dtype: Precision = "float32"
    device: Device = "auto"

    @field_validator("to_exponent")
    @classmethod
    def _rise(cls, last: float, info: ValidationInfo) -> float:
        first = info.data.get("from_exponent")
        if first is not None and last <= first:
            reject(f"exponents rise: the last one must be above the first, {first:g}")
        return last

    def at(self, step: int) -> float:
        """The exponent a of a step."""
        return self.from_exponent + (self.to_exponent - self.from_exponent) * step / self.steps


class SpikesConfig(RunConfig):
    study: Literal["spikes"] = "spikes"
    problem: Annotated[SeveralDegrees, Field(title="Problem")] = SeveralDegrees()
    method: Annotated[SmallStep, Field(title="Method")] = SmallStep()
    training: Annotated[Exponents, Field(title="Step sizes")] = Exponents()
    capture: Annotated[
        Capture,
        Field(
            title="Capture",
            json_schema_extra={"parts": {**UNPROBED, "max_pictures": {"when": False}, "max_patterns": {"when": False}}},
        ),
    ] = Capture(frames=51, test_samples=4000, max_neurons=500)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stretches of exponents between thresholds of the asymptotic theory: those that end below 1/4, ..."""
        training, found, begun = self.training, [], 0
        for threshold, name in THRESHOLDS:
            share = (threshold - training.from_exponent) / (training.to_exponent - training.from_exponent)
            end = min(training.steps, max(0, int(share * training.steps + 1e-9)))
            if end > begun:
                found.append(Stage(f"a < {name}", end - begun, self.method.samples))
                begun = end
        if training.steps > begun:
            found.append(Stage("a > 3/8", training.steps - begun, self.method.samples))
        return tuple(found)

    @property
    def shown(self) -> int:
        """How many samples the frames show."""
        return min(self.method.samples, self.capture.max_neurons)

    @property
    def is_control(self) -> bool:
        """Whether one of the things is lacking that spikes or the target need."""
        method = self.method
        return self.problem.labels == "shuffled" or method.output_weights == "equal" or method.input_shift == 0
