"""Lemma 5 for the first two steps of a network: predicted before each, compared after it."""

from collections.abc import Iterator

from torch import Tensor

from emergescope.recording.events import Happened
from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.forecast import PullForecast, compare_pull, forecast
from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.hinge.config import Phase, Training
from emergescope.toolkit.hinge.trainer import TrainState
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork


class LemmaFive:
    """Watches the first two gradients of one run."""

    def __init__(self, problem: DictionaryProblem, training: Training, dictionary: Dictionary, shown: Tensor) -> None:
        self._problem = problem
        self._training = training
        self._relevant = dictionary.relevant
        self._shown = shown.tolist()
        self._forecast: PullForecast | None = None

    def watch(self, state: TrainState, network: TwoLayerNetwork) -> tuple[Happened, ...]:
        """After each step, with the network as it is now."""
        if state.step > 2:
            return ()
        expected, self._forecast = self._forecast, None
        told = () if expected is None else tuple(self._compare(expected, state, network))
        self.expect(state.step, network)
        return told

    def _compare(self, expected: PullForecast, state: TrainState, network: TwoLayerNetwork) -> Iterator[Happened]:
        if state.pull is not None:
            pull = network.geometry.coefficients(state.pull)
            found = None if pull is None else compare_pull(expected, pull, self._relevant, self._shown)
            if found is not None:
                predicted, measured = found["relevant"]["predicted"], found["relevant"]["measured"]
                text = f"Lemma 5: gradient along relevant patterns {measured:.3g}, predicted {predicted:.3g}"
                yield Happened(state.step, "gradient", text, found)

    def expect(self, step: int, network: TwoLayerNetwork) -> None:
        """Predict the gradient of the step that comes after `step`."""
        phase = _phase_at(self._training, step + 1)
        if step < 2 and phase is not None:
            self._forecast = forecast(network, self._problem, phase.sigma_xi, self._training.balance)


def _phase_at(training: Training, step: int) -> Phase | None:
    """The phase that makes `step`, counted from 1; None after the last."""
    for phase in training.phases:
        if step <= phase.steps:
            return phase
        step -= phase.steps
    return None
