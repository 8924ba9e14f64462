"""The network of the paper on two classes of images (figure 3); and what its frames show beside: two clusters among the
neurons, accuracy, and the controls.

Thresholds are stated in the events and in docs/real-data.md.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

import torch
from torch import Tensor

from emergescope.datasets import load
from emergescope.recording.events import Frame, Happened, Saved
from emergescope.studies.study import Context
from emergescope.studies.two_classes.config import TwoClassesConfig
from emergescope.studies.two_classes.images import PRINCIPAL, DrawnImages
from emergescope.studies.two_classes.says import says
from emergescope.toolkit.alignment import Alignment
from emergescope.toolkit.clusters import NEAR, principal_direction, silhouette, two_means
from emergescope.toolkit.frame_parts import as_bytes
from emergescope.toolkit.hinge.camera import HingeCamera, HingeMilestones
from emergescope.toolkit.hinge.dynamics import HingeDynamics
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.sentences import Metrics, passed

HALF, MOST, NONE = 0.5, 0.9, 0.1  # share of neurons near a centre
ACCURACY: Final = 0.95


class ImageMilestones(HingeMilestones):
    """Of the frames of one run.

    random_labels  training labels are coin flips
    last           the last step of the run
    """

    def __init__(self, random_labels: bool, last: int) -> None:
        super().__init__()
        self._find = _of_coins if random_labels else _of_classes
        self._last = last

    def watch(self, step: int, seen: Alignment, metrics: Metrics) -> tuple[Happened, ...]:
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


_Found = tuple[Metrics, Mapping[str, Tensor]]


class TwoClassesCamera(HingeCamera):
    """Looks in each frame for two clusters among the directions of all neurons; the first lies nearer to the signal."""

    def __init__(self, config: TwoClassesConfig, network: TwoLayerNetwork, problem: DrawnImages) -> None:
        watcher = ImageMilestones(config.problem.random_labels, config.total_steps)
        super().__init__(config, network, problem, watcher, {})
        self._signal = network.geometry.signal_in(network.weights())
        self._coins = config.problem.random_labels
        self._principal, self._shape = problem.names.index(PRINCIPAL), problem.picture

    def more(self, seen: Alignment, network: TwoLayerNetwork) -> _Found:
        return self.attempts("clusters", partial(self._clusters, seen)) or ({}, {})

    def says(self, frame: Frame) -> Mapping[str, str]:
        return says(frame, self.names, self.total, coins=self._coins)

    def _clusters(self, seen: Alignment) -> _Found:
        """Metrics over all neurons, tensors of those shown, and of the centres. Where weights are not finite, or all
        the same, there are no clusters: metrics are None, cosines NaN.
        """
        unit, shown = seen.unit, self.neurons
        axis, found = principal_direction(unit), two_means(unit, self._signal)
        metrics = {
            "silhouette": None if found is None else silhouette(unit, found.label),
            "cluster_share": None if found is None else found.share,
            "axis_cosine_mean": None if axis is None else float((unit @ axis).abs().mean()),
            "principal_cosine_mean": float(seen.cosine[:, self._principal].abs().mean()),
        }
        if found is None:
            label, cosine = torch.zeros(len(shown), dtype=torch.uint8), torch.full((len(shown),), torch.nan)
            centres = unit.new_zeros(2, unit.shape[1])
        else:
            label, cosine, centres = found.label[shown].byte(), found.cosine[shown], found.centres
        _, pixels = as_bytes(centres, self._shape)
        return metrics, {"cluster": label, "centre_cosine": cosine, "centres": pixels}


class TwoClassesDynamics(HingeDynamics):
    """Raises EmergescopeError where the images are not there."""

    def __init__(self, config: TwoClassesConfig, context: Context, saved: Saved | None) -> None:
        self._config, problem = config, config.problem
        data = load(problem.data, context.data_dir, folder=problem.folder, size=problem.size, classes=2)
        self._images = DrawnImages(problem, data, config.seed, context.device, context.dtype)
        super().__init__(config, context, saved, self._images)

    def camera(self, saved: Saved | None) -> HingeCamera:
        return self.look_with(TwoClassesCamera(self._config, self.model, self._images), saved)
