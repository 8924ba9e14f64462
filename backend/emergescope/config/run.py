"""RunConfig: everything that decides the bits of a run, except the machine it runs on."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from emergescope.config.base import Record
from emergescope.config.images import MixtureProblem, TwoClassesProblem
from emergescope.config.method import HingeMethod, Method, NetworkMethod, NtkMethod, RandomFeaturesMethod
from emergescope.config.problem import DictionaryProblem
from emergescope.config.training import SgdTraining, Stage, Training

Problem = DictionaryProblem | TwoClassesProblem | MixtureProblem
AnyTraining = Training | SgdTraining
LARGEST_SEED = 2**31 - 1


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
    max_pictures: Annotated[
        int,
        Field(ge=0, le=2000, title="pictures at most", description="neurons whose weights are shown as pictures"),
    ] = 256


class RunConfig(Record):
    """One run: problem + method + training + capture, and the seed that all its randomness comes from."""

    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED, title="seed", description="all randomness comes from it")] = 0
    problem: Annotated[Problem, Field(discriminator="kind", title="Problem")] = DictionaryProblem()
    method: Annotated[Method, Field(discriminator="kind", title="Method")] = NetworkMethod()
    training: Annotated[AnyTraining, Field(discriminator="kind", title="Training")] = Training()
    capture: Annotated[Capture, Field(title="Capture")] = Capture()

    @field_validator("problem", "method", "training", mode="before")
    @classmethod
    def _first_unless_said(cls, part: Any, info: ValidationInfo) -> Any:
        """Configurations written before there were other kinds, and short ones, leave the kind out."""
        first = {"problem": "dictionary", "method": "network", "training": "phases"}
        return {"kind": first[str(info.field_name)], **part} if isinstance(part, dict) else part

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Training in its stretches: the phases, or first the teacher and then the student."""
        if isinstance(self.training, Training):
            return tuple(Stage(phase.name, phase.steps, phase.samples) for phase in self.training.phases)
        assert isinstance(self.problem, MixtureProblem)  # _fits has seen to it
        training, problem = self.training, self.problem
        mixed = problem.data_samples + problem.injected_samples
        return tuple(
            Stage(name, training.epochs * -(-samples // training.batch), training.batch)
            for name, samples in (("teacher", problem.samples), ("student", mixed))
        )

    @property
    def total_steps(self) -> int:
        return sum(stage.steps for stage in self.stages)

    @model_validator(mode="after")
    def _fits(self) -> "RunConfig":
        kind, methods, training = self.problem.kind, self.problem.methods, self.problem.training
        if self.method.kind not in methods:
            raise PydanticCustomError(
                "method",
                "the problem {problem} is learned by {methods}, not by {method}",
                {
                    "problem": kind,
                    "methods": " or ".join(methods),
                    "method": self.method.kind,
                    "pointer": ["method", "kind"],
                },
            )
        if self.training.kind != training:
            raise PydanticCustomError(
                "training",
                "the problem {problem} needs training of the kind {wanted}, not {training}",
                {
                    "problem": kind,
                    "wanted": training,
                    "training": self.training.kind,
                    "pointer": ["training", "kind"],
                },
            )
        return self

    @model_validator(mode="after")
    def _linear(self) -> "RunConfig":
        phases = self.training.phases if isinstance(self.training, Training) else ()
        for index, phase in enumerate(phases):
            if self.method.kind == "ntk" and phase.sigma_xi > 0:
                raise PydanticCustomError(
                    "smoothed_kernel",
                    "the tangent kernel is that of the network without smoothing noise: set sigma_xi to 0",
                    {"pointer": ["training", "phases", index, "sigma_xi"]},
                )
            if self.method.kind == "random_features" and "a" not in phase.trains:
                raise PydanticCustomError(
                    "nothing_trained",
                    "random features train the output weights alone: let this phase train a",
                    {"pointer": ["training", "phases", index, "trains"]},
                )
        return self


@dataclass(frozen=True)
class PatternsConfig:
    """A RunConfig whose inputs are made of patterns, for those that speak of no other: the theorems, say."""

    problem: DictionaryProblem
    method: HingeMethod
    training: Training

    @classmethod
    def of(cls, config: RunConfig) -> Self | None:
        """None for a problem of another kind."""
        if not isinstance(config.problem, DictionaryProblem):
            return None
        assert isinstance(config.method, NetworkMethod | RandomFeaturesMethod | NtkMethod)  # RunConfig has seen to it
        assert isinstance(config.training, Training)
        return cls(config.problem, config.method, config.training)
