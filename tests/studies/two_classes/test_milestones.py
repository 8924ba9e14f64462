"""Events of two classes of images: clusters and accuracy, each once, and what controls are told to show."""

import pytest
import torch

from emergescope.studies.two_classes.dynamics import ImageMilestones
from emergescope.toolkit.alignment import Alignment

EMPTY = torch.zeros(0)
SEEN = Alignment(EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY)


def _told(watch: ImageMilestones, step: int, share: float | None, accuracy: float | None = 0.5) -> list[str]:
    metrics = {"cluster_share": share, "test_accuracy": accuracy}
    return [event.kind for event in watch.watch(step, SEEN, metrics)]


def test_clusters_and_accuracy_are_told_once() -> None:
    watch = ImageMilestones(random_labels=False, last=60)
    assert _told(watch, 1, 0.5) == []
    assert _told(watch, 2, 0.51, 0.95) == ["emerged", "accuracy"]
    assert _told(watch, 3, 0.91, 0.99) == ["aligned"]
    assert _told(watch, 60, 0.95, 0.99) == []


@pytest.mark.parametrize(
    ("step", "share", "accuracy", "told"),
    [(60, 0.09, 0.95, True), (59, 0.09, 0.95, False), (60, 0.1, 0.95, False), (60, 0.09, 0.94, False)],
)
def test_accuracy_without_clusters_is_told_at_the_end(step: int, share: float, accuracy: float, told: bool) -> None:
    watch = ImageMilestones(random_labels=False, last=60)
    assert ("control" in _told(watch, step, share, accuracy)) is told


def test_coin_flips_are_told_as_a_control_and_their_accuracy_is_not() -> None:
    watch = ImageMilestones(random_labels=True, last=60)
    assert _told(watch, 5, 0.4, 0.99) == []
    (event,) = watch.watch(6, SEEN, {"cluster_share": 0.6, "test_accuracy": 0.99})
    assert (event.step, event.kind, event.data) == (6, "control", {"cluster_share": 0.6})
    assert "coin flips" in event.text
    assert _told(watch, 60, 0.95) == []
    assert _told(ImageMilestones(random_labels=True, last=60), 60, 0.05) == ["control"]
    assert _told(ImageMilestones(random_labels=True, last=60), 60, 0.3) == []


def test_what_was_told_is_remembered_and_what_is_no_number_says_nothing() -> None:
    first, second = (ImageMilestones(random_labels=False, last=60) for _ in range(2))
    assert _told(first, 2, 0.6) == ["emerged"]
    second.restore(first.state())
    assert _told(second, 3, 0.6) == []
    assert _told(second, 4, None, 0.99) == []
    assert _told(second, 4, 0.99, None) == []
