"""What happened to the neurons of two classes of images, found at frames: two clusters, accuracy, and the controls.

Thresholds are stated in the events and in docs/real-data.md. Used by the camera.
"""

from collections.abc import Iterator
from typing import Final

from emergescope.recording.events import Happened
from emergescope.toolkit.alignment import Alignment
from emergescope.toolkit.clusters import NEAR
from emergescope.toolkit.sentences import Metrics, Milestones, passed

HALF, MOST, NONE = 0.5, 0.9, 0.1  # share of neurons near a centre
ACCURACY: Final = 0.95


class ImageMilestones(Milestones):
    """Of the frames of one run.

    random_labels  training labels are coin flips
    last           the last step of the run
    """

    def __init__(self, random_labels: bool, last: int) -> None:
        super().__init__()
        self._find = _of_coins if random_labels else _of_classes
        self._last = last

    def watch(self, step: int, seen: Alignment, metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        share, accuracy = metrics.get("cluster_share"), metrics.get("test_accuracy")
        if share is None or accuracy is None:
            return ()
        return self.first(self._find(step, step == self._last, share, accuracy))


def _of_classes(step: int, over: bool, share: float, accuracy: float) -> Iterator[Happened]:
    half = f"features emerged: two clusters, and half of the neurons have cos > {NEAR} with a centre"
    tight = f"two tight clusters: {MOST:.0%} of the neurons have cos > {NEAR} with a centre"
    yield from passed(
        step,
        ("emerged", share > HALF, HALF, half),
        ("aligned", share > MOST, MOST, tight),
        ("accuracy", accuracy >= ACCURACY, ACCURACY, f"accuracy passes {ACCURACY:.0%}"),
    )
    if over and accuracy >= ACCURACY and share < NONE:
        text = (
            f"accuracy without clusters: {accuracy:.1%} of the tests are right, and {share:.0%} of the neurons "
            f"have cos > {NEAR} with a centre"
        )
        yield Happened(step, "control", text, {"test_accuracy": accuracy, "cluster_share": share})


def _of_coins(step: int, over: bool, share: float, accuracy: float) -> Iterator[Happened]:
    # Accuracy says nothing here: one direction that all neurons share may part the classes by chance.
    if share > HALF:
        text = "two clusters, though labels are coin flips: clusters alone do not show that anything was learned"
        yield Happened(step, "control", text, {"cluster_share": share})
    elif over and share < NONE:
        text = f"the control: labels are coin flips, and {share:.0%} of the neurons have cos > {NEAR} with a centre"
        yield Happened(step, "control", text, {"cluster_share": share})
