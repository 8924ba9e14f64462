"""What is said of frames of two classes of images: accuracy alone is not called a feature."""

import numpy as np
import pytest

from emergescope.studies.two_classes.says import of_curves, says
from tests.studies.frames import CLUSTERS, PICTURES, TENSORS, frame, lost

NAMES = ["difference of class means", "mean of 0", "principal direction 1"]
METRICS = {"loss": 0.4, "test_accuracy": 0.99, "train_accuracy": 0.5, "cluster_share": 0.88, "silhouette": 0.9}
NEAR = "of the neurons lie within cos 0.9 of one of two centres (silhouette 0.90)"


@pytest.mark.parametrize(
    ("coins", "changes", "words"),
    [
        (False, {}, f"99 % of new images right; 88 % {NEAR}."),
        (
            False,
            {"cluster_share": 0.0},
            f"Accuracy without clusters: 99 % of new images right, but only 0 % {NEAR}.",
        ),
        (False, {"test_accuracy": 0.6, "cluster_share": 0.0}, f"60 % of new images right; 0 % {NEAR}."),
        (
            True,
            {"test_accuracy": 0.5, "cluster_share": 0.95},
            f"Labels are coin flips: 95 % {NEAR}, and 50 % of the flips are told.",
        ),
        (False, {"cluster_share": None}, "99 % of new images right; the neurons have no two clusters."),
        (False, {"silhouette": None}, f"99 % of new images right; 88 % {NEAR[:-18]}."),
        (False, {"loss": None}, "The loss is not a number any more: the run has diverged."),
        (False, {"test_accuracy": None}, f"The network is not a number any more; 88 % {NEAR}."),
    ],
)
def test_accuracy_alone_is_not_called_a_feature(coins: bool, changes: dict[str, float | None], words: str) -> None:
    assert of_curves({**METRICS, **changes}, coins=coins).replace("\u00a0", " ") == words


def test_clusters_that_were_not_measured_are_not_said_to_be_missing() -> None:
    assert of_curves({"test_accuracy": 0.6}, coins=False) == (
        "60\u00a0% of new images right; clusters not measured at this step."
    )


def test_each_panel_says_what_is_seen() -> None:
    found = says(frame(METRICS, {**TENSORS, **PICTURES, **CLUSTERS}), NAMES, 8, coins=False)
    assert found["map"] == (
        "88\u00a0% of the neurons lie within cos 0.9 of a centre, silhouette 0.90. MDS stress 0.31."
    )
    assert found["pictures"] == (
        "2 of 4 neurons lie within cos 0.9 of one of two centres; silhouette 0.90. Pictures of 4 of 8 neurons."
    )
    assert found["density"] == "2 of 4 neurons lie within |cos| > 0.9 of ± difference."
    assert found["alignment"] == (
        "Over all neurons, the largest mean |cos| is that with the difference of class means (0.43), "
        "then the mean of 0 (0.30)."
    )


def test_where_there_are_no_clusters_neurons_are_told_by_the_signal() -> None:
    clusters = {**CLUSTERS, "centre_cosine": np.full(4, np.nan, np.float32)}
    found = says(frame({"cluster_share": None}, {**TENSORS, **PICTURES, **clusters}), NAMES, 4, coins=False)
    assert found["pictures"] == "The neurons have no two clusters."
    assert found["map"].startswith("2 of 4 neurons now point at + difference or − difference (|cos| > 0.9).")


def test_weights_that_are_lost_are_told_everywhere() -> None:
    tensors = lost({**TENSORS, **PICTURES, **CLUSTERS})
    found = says(frame(dict.fromkeys(METRICS), tensors, stress=None), NAMES, 4, coins=False)
    assert found["map"] == "4 of 4 neurons are not a number any more and cannot be drawn."
    assert found["alignment"] == found["spectrum"] == found["pictures"] == "The weights are no longer numbers."
