"""What frames of a run on patterns show beside: a probe of the features, and how the relevant patterns stand out."""

from collections.abc import Mapping
from functools import partial

from emergescope.config.run import probe_steps
from emergescope.recording.capture import Attempts
from emergescope.studies.patterns.config import PatternsConfig
from emergescope.studies.patterns.milestones import ALIGNED, Milestones
from emergescope.toolkit.alignment import Alignment, signal_to_background
from emergescope.toolkit.hinge.camera import HingeCamera
from emergescope.toolkit.hinge.samples import Drawn
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.probe import accuracy, fit_probe
from emergescope.toolkit.seeds import Stream
from emergescope.toolkit.sentences import accuracies, directions, percent

_TESTED = {"test_accuracy": "the tests", "test_accuracy_hard": "those that single patterns do not decide"}


class PatternsCamera(HingeCamera):
    """Probes every so many frames, as the configuration says."""

    def __init__(
        self,
        config: PatternsConfig,
        network: TwoLayerNetwork,
        problem: Drawn,
        constant: Mapping[str, float | None] | None = None,
    ) -> None:
        watcher = Milestones(config.problem, problem.dictionary.relevant, config.total_steps)
        super().__init__(config.seed, config.capture, network, problem, watcher, constant)
        self._probed = probe_steps(config)

    def probe(self, attempt: Attempts, step: int, network: TwoLayerNetwork) -> Mapping[str, float | None]:
        return (attempt("probe", partial(self._probe, network)) or {}) if step in self._probed else {}

    def separation(self, seen: Alignment, network: TwoLayerNetwork) -> Mapping[str, float | None]:
        relevant, background = network.geometry.relevant, network.geometry.background
        return {"signal_to_background": signal_to_background(seen.cosine, relevant, background)}

    def says(self, seen: Alignment, metrics: Mapping[str, float | None]) -> Mapping[str, str]:
        size = seen.signal_cosine.abs()
        near = int((size > ALIGNED).sum())
        of_map = directions(near, len(size), metrics.get("signal_cosine_mean"), "±s, the sum of the relevant patterns")
        said = {"map": of_map, "curves": accuracies(metrics, _TESTED)}
        probe = metrics.get("probe_accuracy")
        if probe is not None:
            said["curves"] += f" A linear probe of the features reads {percent(probe)} of the labels."
        return {panel: text.strip() for panel, text in said.items() if text}

    def _probe(self, network: TwoLayerNetwork) -> dict[str, float | None]:
        if not network.is_finite():
            return {"probe_accuracy": None, "probe_accuracy_hard": None}
        samples = self.capture.probe_samples
        features = network.b.new_empty(samples, network.neurons)
        labels = network.b.new_empty(samples)
        row = 0
        for batch in self.problem.sampler(Stream.PROBE_FIT).chunks(samples):
            rows = slice(row, row + batch.y.numel())
            network.features(batch.x, out=features[rows])
            labels[rows] = batch.y
            row = rows.stop
        direction, offset = fit_probe(features, labels)
        output, y, hard = self.outputs(network, direction, Stream.PROBE_SCORE)
        output = output - offset
        found = {"probe_accuracy": accuracy(output, y)}
        return found if hard is None else {**found, "probe_accuracy_hard": accuracy(output[hard], y[hard])}
