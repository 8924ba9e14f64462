"""Settings of sparse parity, learned online by a network with one hidden layer."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from emergescope.config.base import Record, reject
from emergescope.config.run import UNPROBED, AnyTraining, Device, Precision, RunConfig, Stage
from emergescope.toolkit.ansatz_display import AnsatzCapture

ROWS = 4096  # samples at a time, where many are drawn


class SparseParity(Record):
    """Inputs are n fair signs, and the label is the product of k of them. Which ones is drawn from the seed."""

    n: Annotated[int, Field(ge=2, le=4096, title="inputs n", description="fair signs, each -1 or +1")] = 50
    k: int = Field(
        3,
        ge=1,
        le=4096,
        title="relevant inputs k",
        description="the label is the product of these",
        json_schema_extra={"at_most": "problem.n"},
    )
    labels: Literal["parity", "random"] = Field(
        "parity", title="labels", description="random: the control; training labels are coin flips, tests are not"
    )

    @field_validator("k")
    @classmethod
    def _among_the_inputs(cls, k: int, info: ValidationInfo) -> int:
        n = info.data.get("n")
        if n is not None and k > n:
            reject(f"k = {k} relevant inputs cannot be among n = {n}: lower k, or raise n")
        return k


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
