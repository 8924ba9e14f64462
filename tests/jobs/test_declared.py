"""A study whose frames are not what its display declares is stopped, and told what to correct."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import pytest
from pydantic import Field
from tests.jobs.inline import InlineExecutor

from emergescope.catalog import registry
from emergescope.catalog.registry import Found
from emergescope.config.cost import Cost, Share
from emergescope.config.run import AnyTraining, Capture, Device, Precision, RunConfig, Stage
from emergescope.jobs.executor import Finished, Job, Message
from emergescope.recording.capture import Look
from emergescope.recording.display import Axis, Display, Metric, Panel, Tensor
from emergescope.recording.events import Array, Frame, FrameReady, Saved, Started, State
from emergescope.studies.study import Context, Study

STEPS = 3


class CountingTraining(AnyTraining):
    dtype: Precision = "float32"
    device: Device = "cpu"


class CountingConfig(RunConfig):
    study: Literal["counting"] = "counting"
    training: Annotated[CountingTraining, Field(title="Training")] = CountingTraining()
    capture: Annotated[Capture, Field(title="Capture")] = Capture()

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (Stage("counting", STEPS, 1),)


class Counting:
    """Counts, and shows of each step what `Counting.shows` says."""

    shows: ClassVar[Callable[[int], Frame]]

    def __init__(self, config: CountingConfig, context: Context, saved: Saved | None) -> None:
        self.snapshot_bytes = 1
        self.started = Started(STEPS, {}, {}, {})

    def camera(self, saved: Saved | None) -> "Counting":
        return self

    def train(self, after: int) -> Iterator[State]:
        yield from (State(step, "counting") for step in range(after + 1, STEPS + 1))

    def snapshot(self) -> None: ...

    def take(self, state: State, snapshot: object) -> Look:
        return Look(Counting.shows(state.step))

    def save(self) -> Saved:
        return Saved()


def display_of(config: CountingConfig, facts: Mapping[str, Any] | None = None) -> Display:
    return Display(
        "Counting",
        {"count": Metric("count", low=0)},
        {"rows": Axis("row", "rows", 3, 3), "columns": Axis("column", "columns", 5, 9, at_most=True)},
        {"x": Tensor("F16", ("rows", "columns"))},
        (Panel("x", "matrix", "x", {"tensor": "x"}),),
    )


STUDY = Study(
    "counting",
    "Counting",
    "",
    CountingConfig,
    f"{__name__}:Counting",
    lambda config: Cost((Share("x", "seed", 1),), (Share("x", "seed", 1),), STEPS, "seed", STEPS + 1, 10_000, 0),
    display_of,
    {},
)


def frame_of(
    step: int, *, metric: str = "count", name: str = "x", says: str = "x", tensor: Array | None = None
) -> Frame:
    kept = np.zeros((3, 5), np.float16) if tensor is None else tensor
    return Frame(step, "counting", {metric: 1.0}, {}, {name: kept}, {says: "All of them are 0."})


@pytest.fixture(autouse=True)
def _counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_studies", lambda: (Found("counting", __name__, STUDY),))


def run(monkeypatch: pytest.MonkeyPatch, **of_step_2: Any) -> list[Message]:
    """What is told of a run whose frame of step 2 is another one."""
    shows = staticmethod(lambda step: frame_of(step, **(of_step_2 if step == 2 else {})))
    monkeypatch.setattr(Counting, "shows", shows, raising=False)
    told: list[Message] = []
    InlineExecutor().submit(Job("a", CountingConfig()), lambda run_id, message: told.append(message))
    return told


def test_frames_as_declared_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(monkeypatch, tensor=np.zeros((3, 2), np.float16))  # of the columns there are at most five
    assert [message.step for message in told if isinstance(message, FrameReady)] == [0, 1, 2, 3]
    assert told[-1] == Finished("succeeded", STEPS)


@pytest.mark.parametrize(
    ("of_step_2", "sentence"),
    [
        (
            {"tensor": np.zeros((3, 4), np.float32)},
            "the tensor 'x' of the frame of step 2 is F32 [3, 4], and its display declares F16 [3, at most 5]: "
            "correct one of them",
        ),
        (
            {"tensor": np.zeros((2, 5), np.float16)},
            "the tensor 'x' of the frame of step 2 is F16 [2, 5], and its display declares F16 [3, at most 5]: "
            "correct one of them",
        ),
        (
            {"tensor": np.zeros((3, 6), np.float16)},
            "the tensor 'x' of the frame of step 2 is F16 [3, 6], and its display declares F16 [3, at most 5]: "
            "correct one of them",
        ),
        (
            {"tensor": np.zeros((3, 5, 1), np.complex64)},
            "the tensor 'x' of the frame of step 2 is complex64 [3, 5, 1], and its display declares "
            "F16 [3, at most 5]: correct one of them",
        ),
        (
            {"name": "y"},
            "its display does not declare the tensor 'y' of the frame of step 2: declare it, or leave it out",
        ),
        (
            {"metric": "sum"},
            "its display does not declare the metric 'sum' of the frame of step 2: declare it, or leave it out",
        ),
        (
            {"says": "y"},
            "its display has no panel 'y', and the frame of step 2 says something of it: declare it, or leave it out",
        ),
    ],
)
def test_a_frame_that_breaks_its_declaration_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, of_step_2: dict[str, Any], sentence: str
) -> None:
    ended = run(monkeypatch, **of_step_2)[-1]
    assert isinstance(ended, Finished)
    assert (ended.status, ended.message, ended.traceback) == ("failed", f"study counting: {sentence}", None)
    assert run(monkeypatch)[-1] == Finished("succeeded", STEPS)  # the next one goes on
