"""What every run has: a study, a seed, when and how closely it is looked at, and how much it computes with."""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator
from pydantic.config import JsonDict

from emergescope.config.base import Record

LARGEST_SEED = 2**31 - 1
# Of `Capture`, in the forms of studies that have no probe.
UNPROBED: JsonDict = {"probe_every": {"when": False}, "probe_samples": {"when": False}}


@dataclass(frozen=True)
class Stage:
    """A stretch of training: how many steps, and samples in each."""

    name: str
    steps: int
    samples: int


class Capture(Record):
    """When the network is looked at, and how closely."""

    frames: Annotated[int, Field(ge=2, le=5000, title="frames")] = 60
    """about as many; starts and ends of phases are always in"""
    spacing: Annotated[Literal["linear", "geometric"], Field(title="spacing")] = "linear"
    """geometric: denser at the start"""
    probe_every: Annotated[int, Field(ge=0, le=1000, title="probe every")] = 1
    """frames between two probes; phase ends are always probed"""
    probe_samples: Annotated[int, Field(ge=10, le=100_000, title="probe samples")] = 10_000
    test_samples: Annotated[int, Field(ge=10, le=100_000, title="test samples")] = 5000
    max_neurons: Annotated[int, Field(ge=2, le=10_000, title="neurons shown at most")] = 2000
    max_patterns: Annotated[int, Field(ge=1, le=4096, title="patterns shown at most")] = 512
    max_pictures: Annotated[int, Field(ge=0, le=2000, title="pictures at most")] = 256
    """neurons whose weights are shown as pictures"""


Precision = Annotated[Literal["float32", "float64"], Field(title="precision")]
Device = Annotated[
    Literal["auto", "cpu", "cuda"], Field(title="device", description="auto: CUDA where there is one, else the CPU")
]


class AnyTraining(Record):
    """How a study trains; its own kind has these two fields, where its forms want them."""

    if TYPE_CHECKING:
        dtype: Precision
        device: Device


class RunConfig(Record):
    """One run. Each study has its own kind of it, in which `study` is a Literal, the study's id."""

    study: str
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED, title="seed", description="all randomness comes from it")] = 0
    if TYPE_CHECKING:  # each kind declares them after what is its own: fields keep their order in forms
        training: AnyTraining
        capture: Capture

    @model_validator(mode="before")
    @classmethod
    def _first_unless_said(cls, data: Any) -> Any:
        """Short configurations leave out which kind of a part they mean: it is the usual one."""
        if not isinstance(data, dict):
            return data
        said = dict(data)
        for name, field in cls.model_fields.items():
            part, tag = data.get(name), field.discriminator
            if isinstance(part, dict) and isinstance(tag, str):
                said[name] = {tag: getattr(field.default, tag), **part}
        return said

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Training in its stretches."""
        raise NotImplementedError

    @property
    def total_steps(self) -> int:
        return sum(stage.steps for stage in self.stages)


def frame_steps(config: RunConfig) -> list[int]:
    """Sorted steps: 0, the end of each phase, and at least `capture.frames` in all if there are that many steps."""
    capture, total = config.capture, config.total_steps
    wanted = count = min(capture.frames, total + 1)
    if wanted > total:
        return list(range(wanted))
    while True:
        spaced = np.linspace(0, total, count) if capture.spacing == "linear" else np.geomspace(1, total, count)
        # Rounding makes the early steps of a geometric spacing coincide: ask for more until there are enough.
        steps = np.union1d(spaced.round().astype(int), [0, *phase_ends(config)])
        if len(steps) >= wanted:
            return [int(step) for step in steps]
        count += wanted - len(steps)


def probe_steps(config: RunConfig) -> set[int]:
    """The frame steps that are probed: every `probe_every`-th frame, the first, and the end of each phase."""
    steps, every = frame_steps(config), config.capture.probe_every
    regular = set(steps[::every]) if every else set()
    return regular | set(phase_ends(config)) | {0}


def phase_ends(config: RunConfig) -> list[int]:
    """The last step of each phase."""
    return list(itertools.accumulate(stage.steps for stage in config.stages))
