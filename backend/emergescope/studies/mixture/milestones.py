"""What happened between teacher and student, found at frames: the teacher is done, the student agrees with it, and how
much later on injected inputs. Used by the camera of mixtures.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from emergescope.recording.events import Happened
from emergescope.studies.mixture.config import MixtureConfig
from emergescope.toolkit.sentences import Metrics, Milestones, passed

AGREED: Final = 0.9  # with the teacher, on the data part
HALF: Final = 0.5  # on the injected part
OWN: Final = 0.9  # of a part's own final value: what the speeds of the two parts are compared by


class MixtureMilestones(Milestones):
    """Of the frames of one run; the last compares the two parts."""

    def __init__(self, config: MixtureConfig) -> None:
        super().__init__()
        teacher, student = config.stages
        self._taught, self._last = teacher.steps, config.total_steps
        self._epoch = student.steps / config.training.epochs
        self._curve: list[tuple[int, float, float]] = []

    def state(self) -> dict[str, Any]:
        return {**super().state(), "curve": [list(point) for point in self._curve]}

    def restore(self, state: Mapping[str, Any]) -> None:
        super().restore(state)
        self._curve = [(step, data, injected) for step, data, injected in state["curve"]]

    def watch(self, step: int, metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        return self.first(self._found(step, metrics))

    def _found(self, step: int, metrics: Metrics) -> Iterator[Happened]:
        accuracy, majority = metrics.get("teacher_accuracy"), metrics.get("injected_majority")
        if step == self._taught and accuracy is not None and majority is not None:
            text = (
                f"the teacher is done: {accuracy:.1%} of test images right; of injected inputs it gives "
                f"{majority:.0%} the same label"
            )
            yield Happened(step, "teacher", text, {"accuracy": accuracy, "majority": majority})
        data, injected = metrics.get("data_accuracy"), metrics.get("injected_accuracy")
        if data is None or injected is None:
            return
        self._curve.append((step, data, injected))
        agrees = "the student agrees with the teacher on"
        yield from passed(
            step,
            ("data", data >= AGREED, AGREED, f"{agrees} {AGREED:.0%} of the data part"),
            ("injected", injected >= HALF, HALF, f"{agrees} half of the injected part"),
        )
        if step == self._last:
            yield self._compared(step, data, injected, metrics.get("injected_kappa"))

    def _compared(self, step: int, data: float, injected: float, agreement: float | None) -> Happened:
        """How soon each part had come to 90% of where it ended."""
        epochs = {
            name: (next(at for at, *values in self._curve if values[part] >= OWN * final) - self._taught) / self._epoch
            for part, (name, final) in enumerate((("data", data), ("injected", injected)))
        }
        chance = "" if agreement is None else f" (kappa {agreement:.2f})"
        text = (
            f"agreement with the teacher ends at {data:.1%} on the data part and {injected:.1%} on the injected part"
            f"{chance}; {OWN:.0%} of that was reached after {epochs['data']:.2g} and {epochs['injected']:.2g} epochs"
        )
        return Happened(step, "compared", text, {"data": data, "injected": injected, "epochs": epochs})
