"""What frames of two classes of images show beside: two clusters among the neurons."""

from collections.abc import Mapping
from functools import partial

from torch import Tensor

from emergescope.recording.capture import Attempts
from emergescope.studies.two_classes.cluster_view import PRINCIPAL, ClusterView
from emergescope.studies.two_classes.config import TwoClassesConfig
from emergescope.studies.two_classes.images import DrawnImages
from emergescope.studies.two_classes.milestones import ImageMilestones
from emergescope.toolkit.alignment import Alignment
from emergescope.toolkit.clusters import NEAR
from emergescope.toolkit.hinge.camera import HingeCamera
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.sentences import accuracies, percent


class TwoClassesCamera(HingeCamera):
    """Looks for clusters in each frame."""

    def __init__(self, config: TwoClassesConfig, network: TwoLayerNetwork, problem: DrawnImages) -> None:
        watcher = ImageMilestones(config.problem.random_labels, config.total_steps)
        super().__init__(config.seed, config.capture, network, problem, watcher)
        signal = network.geometry.signal_in(network.weights())
        self._clusters = ClusterView(self._neurons, signal, problem.names.index(PRINCIPAL), problem.picture)

    def more(self, attempt: Attempts, seen: Alignment) -> tuple[Mapping[str, float | None], Mapping[str, Tensor]]:
        found = attempt("clusters", partial(self._clusters.look, seen))
        return ({}, {}) if found is None else (found.metrics, found.tensors)

    def says(self, seen: Alignment, metrics: Mapping[str, float | None]) -> Mapping[str, str]:
        said = {"curves": accuracies(metrics, {"test_accuracy": "the test images"})}
        if (share := metrics.get("cluster_share")) is not None:
            said["map"] = f"{percent(share)} of the neurons have cos > {NEAR} with the centre of one of two clusters."
        return {panel: text for panel, text in said.items() if text}
