"""Learning from inputs made of patterns (section 3), watched by Lemma 5 while it has something to say."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from emergescope.recording.events import Happened, Saved
from emergescope.studies.patterns.camera import PatternsCamera
from emergescope.studies.patterns.config import PatternsConfig
from emergescope.studies.patterns.drawn import DrawnDictionary
from emergescope.studies.patterns.lemma import PullForecast, compare_pull, forecast
from emergescope.studies.study import Context
from emergescope.toolkit.hinge.camera import HingeCamera
from emergescope.toolkit.hinge.dynamics import HingeDynamics, TrainState

LEMMA: Final = "gradient beside Lemma 5"


class PatternsDynamics(HingeDynamics):
    """A network or fixed features on a dictionary that is drawn from the seed."""

    def __init__(self, config: PatternsConfig, context: Context, saved: Saved | None) -> None:
        self._config = config
        drawn = DrawnDictionary(config.problem, config.seed, context.device, context.dtype)
        super().__init__(config, context, saved, drawn)
        # The phases that make the first two steps: of them Lemma 5 speaks, where the hidden layer moves.
        phases = [phase for phase in config.training.phases for _ in range(min(phase.steps, 2))][:2]
        self._phases = phases if config.method.kind == "network" else []
        self._forecast: PullForecast | None = None
        told = {} if saved is None else saved.data.get("gradients", {})  # earlier versions kept none
        self._gradients: dict[int, Mapping[str, Any]] = {int(step): found for step, found in told.items()}

    def camera(self, saved: Saved | None) -> HingeCamera:
        constant = self.best or {}
        return self.look_with(PatternsCamera(self._config, self.model, self.problem, constant, self._gradients), saved)

    def save(self) -> Saved:
        saved = super().save()
        return Saved(saved.tensors, {**saved.data, "gradients": {str(s): one for s, one in self._gradients.items()}})

    def watch(self, state: TrainState) -> tuple[Happened, ...]:
        return self.attempts.at(state.step)(LEMMA, partial(self._lemma_5, state)) or ()

    def _lemma_5(self, state: TrainState) -> tuple[Happened, ...]:
        """The gradient of this step beside its forecast; makes that of the next one."""
        expected, self._forecast, camera = self._forecast, None, self._camera
        found = None
        if expected is not None and state.pull is not None and camera is not None:
            pull = self.model.geometry.coefficients(state.pull)
            relevant = self.problem.dictionary.relevant
            found = None if pull is None else compare_pull(expected, pull, relevant, camera.patterns.tolist())
        if state.step < len(self._phases):
            sigma_xi, balance = self._phases[state.step].sigma_xi, self._config.training.balance
            self._forecast = forecast(self.model, self._config.problem, sigma_xi, balance)
        if found is None:
            return ()
        self._gradients[state.step] = found
        predicted, measured = found["relevant"]["predicted"], found["relevant"]["measured"]
        text = f"Lemma 5: gradient along relevant patterns {measured:.3g}, predicted {predicted:.3g}"
        return (Happened(state.step, "gradient", text, found),)
