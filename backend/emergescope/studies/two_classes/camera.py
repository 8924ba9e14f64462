"""What frames of two classes of images show beside: two clusters among the neurons."""

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor

from emergescope.recording.attempts import Attempts
from emergescope.studies.two_classes.config import TwoClassesConfig
from emergescope.studies.two_classes.images import PRINCIPAL, DrawnImages
from emergescope.studies.two_classes.milestones import ImageMilestones
from emergescope.toolkit.alignment import Alignment
from emergescope.toolkit.clusters import NEAR, principal_direction, silhouette, two_means
from emergescope.toolkit.hinge.camera import HingeCamera
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.pictures import as_bytes
from emergescope.toolkit.sentences import Metrics, accuracies, percent

_Found = tuple[Metrics, Mapping[str, Tensor]]


class TwoClassesCamera(HingeCamera):
    """Looks in each frame for two clusters among the directions of all neurons; the first lies nearer to the signal."""

    def __init__(self, config: TwoClassesConfig, network: TwoLayerNetwork, problem: DrawnImages) -> None:
        watcher = ImageMilestones(config.problem.random_labels, config.total_steps)
        super().__init__(config, network, problem, watcher)
        self._signal = network.geometry.signal_in(network.weights())
        self._principal, self._shape = problem.names.index(PRINCIPAL), problem.picture

    def more(self, attempt: Attempts, seen: Alignment) -> _Found:
        return attempt("clusters", partial(self._clusters, seen)) or ({}, {})

    def says(self, seen: Alignment, metrics: Metrics) -> Mapping[str, str]:
        said = {"curves": accuracies(metrics, {"test_accuracy": "the test images"})}
        if (share := metrics.get("cluster_share")) is not None:
            said["map"] = f"{percent(share)} of the neurons have cos > {NEAR} with the centre of one of two clusters."
        return {panel: text for panel, text in said.items() if text}

    def _clusters(self, seen: Alignment) -> _Found:
        """Metrics over all neurons, tensors of those shown, and of the centres. Where weights are not finite, or all
        the same, there are no clusters: metrics are None, cosines NaN.
        """
        unit, shown = seen.unit, self._neurons
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
