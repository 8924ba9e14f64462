"""What happened to the neurons of two classes of images, found at frames: two clusters, accuracy, and the controls.

Thresholds are stated in the events and in docs/real-data.md. Used by capture.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from emergescope.recording.events import Happened
from emergescope.toolkit.alignment import Alignment
from emergescope.toolkit.clusters import NEAR

HALF, MOST, NONE = 0.5, 0.9, 0.1  # share of neurons near a centre
ACCURACY: Final = 0.95


class ImageMilestones:
    """Watches the frames of one run, in order, and tells each event once.

    random_labels  training labels are coin flips
    last           the last step of the run
    """

    def __init__(self, random_labels: bool, last: int) -> None:
        self._random_labels = random_labels
        self._last = last
        self._seen: set[str] = set()

    def state(self) -> dict[str, list[Any]]:
        """What has been told, as JSON."""
        return {"told": sorted(self._seen)}

    def restore(self, state: Mapping[str, Sequence[Any]]) -> None:
        self._seen = set(state["told"])

    def watch(self, step: int, seen: Alignment, metrics: Mapping[str, float | None]) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        share, accuracy = metrics.get("cluster_share"), metrics.get("test_accuracy")
        if share is None or accuracy is None:
            return ()
        found = self._of_coins if self._random_labels else self._of_classes
        return tuple(found(step, share, accuracy))

    def _of_classes(self, step: int, share: float, accuracy: float) -> Iterator[Happened]:
        if share > HALF:
            text = f"features emerged: two clusters, and half of the neurons have cos > {NEAR} with a centre"
            yield from self._once(step, "emerged", text, {"threshold": HALF})
        if share > MOST:
            text = f"two tight clusters: {MOST:.0%} of the neurons have cos > {NEAR} with a centre"
            yield from self._once(step, "aligned", text, {"threshold": MOST})
        if accuracy >= ACCURACY:
            yield from self._once(step, "accuracy", f"accuracy passes {ACCURACY:.0%}", {"threshold": ACCURACY})
        if step == self._last and accuracy >= ACCURACY and share < NONE:
            text = (
                f"accuracy without clusters: {accuracy:.1%} of the tests are right, and {share:.0%} of the neurons "
                f"have cos > {NEAR} with a centre"
            )
            yield from self._once(step, "control", text, {"test_accuracy": accuracy, "cluster_share": share})

    def _of_coins(self, step: int, share: float, accuracy: float) -> Iterator[Happened]:
        # Accuracy says nothing here: one direction that all neurons share may part the classes by chance.
        if share > HALF:
            text = "two clusters, though labels are coin flips: clusters alone do not show that anything was learned"
            yield from self._once(step, "control", text, {"cluster_share": share})
        elif step == self._last and share < NONE:
            text = f"the control: labels are coin flips, and {share:.0%} of the neurons have cos > {NEAR} with a centre"
            yield from self._once(step, "control", text, {"cluster_share": share})

    def _once(self, step: int, kind: str, text: str, data: Mapping[str, Any]) -> Iterator[Happened]:
        if kind not in self._seen:
            self._seen.add(kind)
            yield Happened(step, kind, text, data)
