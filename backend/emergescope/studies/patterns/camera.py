"""What frames of a run on patterns show beside: a probe of the features, and how the relevant patterns stand out."""

from collections.abc import Mapping
from functools import partial

from emergescope.recording.attempts import Attempts
from emergescope.recording.schedule import probe_steps
from emergescope.studies.patterns.config import PatternsConfig
from emergescope.studies.patterns.milestones import ALIGNED, Milestones
from emergescope.toolkit.alignment import Alignment, signal_to_background
from emergescope.toolkit.hinge.camera import HingeCamera
from emergescope.toolkit.hinge.samples import Drawn
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.probe import fit_probe, judge
from emergescope.toolkit.seeds import Stream
from emergescope.toolkit.sentences import Metrics, accuracies, directions, percent

_TESTED = {"test_accuracy": "the tests", "test_accuracy_hard": "those that single patterns do not decide"}


class PatternsCamera(HingeCamera):
    """Probes every so many frames, as the configuration says."""

    def __init__(
        self, config: PatternsConfig, network: TwoLayerNetwork, problem: Drawn, constant: Metrics | None = None
    ) -> None:
        watcher = Milestones(config.problem, problem.dictionary.relevant, config.total_steps)
        super().__init__(config, network, problem, watcher, constant)
        self._probed = probe_steps(config)

    def probe(self, attempt: Attempts, step: int, network: TwoLayerNetwork) -> Metrics:
        return (attempt("probe", partial(self._probe, network)) or {}) if step in self._probed else {}

    def separation(self, seen: Alignment, network: TwoLayerNetwork) -> Metrics:
        relevant, background = network.geometry.relevant, network.geometry.background
        return {"signal_to_background": signal_to_background(seen.cosine, relevant, background)}

    def says(self, seen: Alignment, metrics: Metrics) -> Mapping[str, str]:
        size = seen.signal_cosine.abs()
        near = int((size > ALIGNED).sum())
        of_map = directions(near, len(size), metrics.get("signal_cosine_mean"), "±s, the sum of the relevant patterns")
        said = {"map": of_map, "curves": accuracies(metrics, _TESTED)}
        if (probe := metrics.get("probe_accuracy")) is not None:
            said["curves"] += f" A linear probe of the features reads {percent(probe)} of the labels."
        return {panel: text.strip() for panel, text in said.items() if text}

    def _probe(self, network: TwoLayerNetwork) -> Metrics:
        if not network.is_finite():
            return {"probe_accuracy": None, "probe_accuracy_hard": None}
        samples = self.capture.probe_samples
        features, labels = network.b.new_empty(samples, network.neurons), network.b.new_empty(samples)
        row = 0
        for batch in self.problem.sampler(Stream.PROBE_FIT).chunks(samples):
            rows = slice(row, row + batch.y.numel())
            network.features(batch.x, out=features[rows])
            labels[rows] = batch.y
            row = rows.stop
        direction, offset = fit_probe(features, labels)
        output, y, hard = self.outputs(network, direction, Stream.PROBE_SCORE)
        return judge("probe_accuracy", output - offset, y, hard)
