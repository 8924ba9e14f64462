"""Learning from inputs made of patterns (section 3), watched by Lemma 5 while it has something to say."""

from functools import partial
from typing import Final

from emergescope.recording.events import Happened, Saved
from emergescope.studies.patterns.camera import PatternsCamera
from emergescope.studies.patterns.config import PatternsConfig
from emergescope.studies.patterns.drawn import DrawnDictionary
from emergescope.studies.patterns.lemma import LemmaFive
from emergescope.studies.study import Context
from emergescope.toolkit.hinge.camera import HingeCamera
from emergescope.toolkit.hinge.config import NetworkMethod
from emergescope.toolkit.hinge.dynamics import HingeDynamics
from emergescope.toolkit.hinge.trainer import TrainState

LEMMA: Final = "gradient beside Lemma 5"


class PatternsDynamics(HingeDynamics):
    """A network or fixed features on a dictionary that is drawn from the seed."""

    def __init__(self, config: PatternsConfig, context: Context, saved: Saved | None) -> None:
        self._config = config
        drawn = DrawnDictionary(config.problem, config.seed, context.device, context.dtype)
        geometry = drawn.geometry(context.dtype, context.device)
        super().__init__(config, context, saved, drawn, geometry, config.problem.usual_deviations)
        self._lemma: LemmaFive | None = None

    def camera(self, saved: Saved | None) -> HingeCamera:
        camera = PatternsCamera(self._config, self.model, self.problem, self.best)
        if isinstance(self._config.method, NetworkMethod):
            dictionary = self.problem.dictionary
            self._lemma = LemmaFive(self._config.problem, self._config.training, dictionary, camera.patterns)
        return self.look_with(camera, saved)

    def expect(self, step: int) -> None:
        if self._lemma is not None:
            self.attempts(LEMMA, partial(self._lemma.expect, step, self.model))

    def watch(self, state: TrainState) -> tuple[Happened, ...]:
        if self._lemma is None:
            return ()
        return self.attempts.at(state.step)(LEMMA, partial(self._lemma.watch, state, self.model)) or ()
