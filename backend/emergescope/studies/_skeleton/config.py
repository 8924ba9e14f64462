"""Settings, with titles, bounds and the usual values. Imports no torch."""

from typing import Annotated, Literal

from emergescope.config.base import Record
from emergescope.config.run import AnyTraining, Capture, Device, Precision, RunConfig, Stage
from pydantic import Field


class Problem(Record):
    """y = <w*, x> + noise, for Gaussian x and a direction w* that is drawn."""

    inputs: Annotated[int, Field(ge=1, le=10_000, title="inputs d")] = 20
    noise: Annotated[float, Field(ge=0, le=100, title="noise σ", description="deviation of the noise in y")] = 0.1


class Training(AnyTraining):
    """Gradient descent on the mean square loss, with fresh samples in each step."""

    steps: Annotated[int, Field(ge=1, le=1_000_000, title="steps")] = 200
    batch: Annotated[int, Field(ge=1, le=100_000, title="samples of a step")] = 50
    eta: Annotated[float, Field(gt=0, le=1e30, title="learning rate η")] = 0.05
    dtype: Precision = "float32"
    device: Device = "auto"


class SkeletonConfig(RunConfig):
    """One run."""

    study: Literal["skeleton"] = "skeleton"
    problem: Annotated[Problem, Field(title="Problem")] = Problem()
    training: Annotated[Training, Field(title="Training")] = Training()
    capture: Annotated[Capture, Field(title="Capture")] = Capture()

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (Stage("descent", self.training.steps, self.training.batch),)
