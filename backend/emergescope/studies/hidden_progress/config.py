"""Settings of sparse parity, learned online by a network with one hidden layer."""

from typing import Annotated, Literal

from pydantic import Field

from emergescope.config.base import Record
from emergescope.config.run import UNPROBED, AnyTraining, Device, Precision, RunConfig, Stage
from emergescope.toolkit.ansatz_display import AnsatzCapture
from emergescope.toolkit.parity import SparseParity


class OneHiddenLayer(Record):
    """ReLU units, and an output layer that is trained as well. All begins uniform in ±1/√(number of inputs)."""

    width: Annotated[int, Field(ge=1, le=10_000, title="width", description="hidden units")] = 100
    biases: bool = Field(True, title="biases", description="in both layers; without them an odd parity has no gradient")


class OnlineDescent(AnyTraining):
    """Plain gradient descent on the hinge loss, each step on samples that are drawn for it and never seen again."""

    steps: Annotated[int, Field(ge=1, le=10_000_000, title="steps")] = 4000
    batch: Annotated[int, Field(ge=1, le=100_000, title="batch B", description="fresh samples in each step")] = 32
    eta: Annotated[float, Field(gt=0, le=1e30, title="learning rate η")] = 0.1
    dtype: Precision = "float32"
    device: Device = "auto"


class HiddenProgressConfig(RunConfig):
    """One run on a sparse parity."""

    study: Literal["hidden_progress"] = "hidden_progress"
    problem: Annotated[SparseParity, Field(title="Problem")] = SparseParity()
    method: Annotated[OneHiddenLayer, Field(title="Method")] = OneHiddenLayer()
    training: Annotated[OnlineDescent, Field(title="Training")] = OnlineDescent()
    capture: Annotated[
        AnsatzCapture,
        Field(title="Capture", json_schema_extra={"parts": {**UNPROBED, "max_pictures": {"when": False}}}),
    ] = AnsatzCapture(test_samples=8192)

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (Stage("training", self.training.steps, self.training.batch),)

    @property
    def shown(self) -> tuple[int, int]:
        """How many neurons and inputs the frames show; relevant inputs are always among them."""
        inputs = min(self.problem.n, max(self.problem.k, self.capture.max_patterns))
        return min(self.method.width, self.capture.max_neurons), inputs

    @property
    def cannot_be_learned(self) -> bool:
        """Whether no network of this kind has a smaller hinge loss than one that says nothing: see theory.py."""
        return not self.method.biases and self.problem.k % 2 == 1 and self.problem.k > 1
