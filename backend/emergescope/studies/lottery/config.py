"""Settings of lottery tickets: a sparse parity, a network that begins sparse, and which of its neurons train alone."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from emergescope.config.base import Record, reject
from emergescope.config.run import UNPROBED, AnyTraining, Capture, Device, Precision, RunConfig, Stage
from emergescope.toolkit.parity import SparseParity

FULL, REWOUND, REDRAWN = STAGES = ("full", "rewound", "redrawn")


class FiveInputs(SparseParity):
    """A sparse parity, usually of five inputs."""

    k: int = Field(
        5,
        ge=1,
        le=4096,
        title="relevant inputs k",
        description="the label is the product of these",
        json_schema_extra={"at_most": "problem.n"},
    )


class Tickets(Record):
    """ReLU units that begin with few weights that are not zero; a few of them are kept, rewound, and trained alone."""

    width: Annotated[int, Field(ge=2, le=1000, title="width", description="hidden units of the full network")] = 100
    nonzero_weights: Annotated[
        int,
        Field(ge=1, le=64, title="weights at the start", description="of each neuron, all of them 1; others are zero"),
    ] = 2
    biases: Annotated[
        float, Field(ge=0, le=1000, title="biases at the start", description="of each neuron, uniform in ± this")
    ] = 1.0
    tickets: Annotated[
        int | None,
        Field(
            ge=0,
            le=1000,
            title="tickets",
            description="exactly so many neurons of the full network begin on as many relevant inputs as they can",
            json_schema_extra={"usual": "by chance", "at_most": "method.width"},
        ),
    ] = None
    kept_neurons: Annotated[
        int,
        Field(
            ge=1,
            le=100,
            title="neurons kept",
            description="rewound to their start and trained alone",
            json_schema_extra={"at_most": "method.width"},
        ),
    ] = 5
    kept_norm: Annotated[
        Literal["largest", "smallest"],
        Field(title="norm of the kept", description="after training; smallest: the control"),
    ] = "largest"
    copies: Annotated[
        int,
        Field(ge=1, le=100, title="copies", description="trainings of the kept, and of as many drawn anew"),
    ] = 10

    @model_validator(mode="after")
    def _among_them(self) -> Self:
        if self.kept_neurons > self.width:
            reject(f"{self.kept_neurons} neurons cannot be kept of {self.width}: lower kept, or raise width")
        if self.tickets is not None and self.tickets > self.width:
            reject(f"{self.tickets} tickets cannot be among {self.width} neurons: lower tickets, or raise width")
        return self

    @property
    def chosen(self) -> str:
        """Who is kept: "5 largest"."""
        return f"{self.kept_neurons} {self.kept_norm}"

    @property
    def alone(self) -> int:
        """Neurons of all copies together."""
        return self.copies * self.kept_neurons


class OnlineStages(AnyTraining):
    """Plain gradient descent on the hinge loss, the same in all three stages, on samples that are never seen again."""

    steps: Annotated[int, Field(ge=1, le=10_000_000, title="steps", description="of each stage")] = 30_000
    batch: Annotated[
        int, Field(ge=1, le=10_000, title="batch B", description="fresh samples in each step, of each copy its own")
    ] = 32
    eta: Annotated[float, Field(gt=0, le=1e30, title="learning rate η")] = 0.1
    dtype: Precision = "float32"
    device: Device = "auto"


class LotteryConfig(RunConfig):
    """One run: the full network, then copies of its kept neurons, then as many that are drawn anew."""

    study: Literal["lottery"] = "lottery"
    problem: Annotated[FiveInputs, Field(title="Problem")] = FiveInputs()
    method: Annotated[Tickets, Field(title="Method")] = Tickets()
    training: Annotated[OnlineStages, Field(title="Training")] = OnlineStages()
    capture: Annotated[
        Capture,
        Field(
            title="Capture",
            json_schema_extra={"parts": {**UNPROBED, "max_pictures": {"when": False}, "max_neurons": {"when": False}}},
        ),
    ] = Capture(frames=120, test_samples=8192)

    @model_validator(mode="after")
    def _enough_inputs(self) -> Self:
        if self.method.nonzero_weights > self.problem.n:
            reject(f"{self.method.nonzero_weights} weights at the start need as many inputs: raise n, or lower nonzero")
        if self.method.tickets is not None and self.problem.n in (self.problem.k, self.method.nonzero_weights):
            reject("every neuron is a ticket, however it begins: leave tickets empty, or raise n")
        return self

    @property
    def stages(self) -> tuple[Stage, ...]:
        batch, method = self.training.batch, self.method
        samples = (batch, batch * method.copies, batch * method.copies)
        return tuple(Stage(name, self.training.steps, each) for name, each in zip(STAGES, samples, strict=True))

    @property
    def inputs_shown(self) -> int:
        """Relevant inputs are always among them."""
        return min(self.problem.n, max(self.problem.k, self.capture.max_patterns))

    @property
    def hopeless(self) -> str | None:
        """Why few of the rewound may learn, where that is so."""
        if self.problem.labels == "random":
            return "labels are coin flips"
        if self.method.kept_norm == "smallest":
            return "the smallest neurons are not those that learn"
        return "no neuron began with luck" if self.method.tickets == 0 else None

    @property
    def full_overlap(self) -> int:
        """The most relevant inputs that a neuron can begin on."""
        return min(self.method.nonzero_weights, self.problem.k)
