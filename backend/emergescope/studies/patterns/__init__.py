"""Features emerge from structured inputs: a dictionary of patterns, of which a few decide the label."""

from emergescope.errors import FieldError
from emergescope.studies.patterns.config import PatternsConfig
from emergescope.studies.patterns.cost import cost_of
from emergescope.studies.patterns.display import display_of
from emergescope.studies.patterns.theory import theory_of
from emergescope.studies.study import Measure, Section, Study
from emergescope.toolkit.ansatz_display import SETTING
from emergescope.toolkit.hinge.config import TINY
from emergescope.toolkit.neuron_display import MEASURES


def _check_fork(parent: PatternsConfig, child: PatternsConfig) -> list[FieldError]:
    """A tangent kernel keeps for good the output weights that it was drawn with."""
    drawn = [(config.problem.gamma, config.problem.sigma_tilde) for config in (parent, child)]
    if parent.method.kind != "ntk" or parent.method.sigma_a is not None or drawn[0] == drawn[1]:
        return []
    message = "a fork cannot change by what the tangent kernel's output weights were drawn: start a new run instead"
    return [FieldError("/problem", message)]


def _captions(config: PatternsConfig) -> tuple[str, ...]:
    """Where features come with a step or two, nothing of them is seen after the first of them; else half of the way is
    behind, or half of the film.
    """
    sudden = config.problem.structure and config.training.phases[0].steps == 1
    return "at the start", "after one step" if sudden else "half-way", "at the end"


STUDY = Study(
    id="patterns",
    title="Patterns",
    text="Inputs made of patterns; the label depends on how many of a few relevant ones are there.",
    config=PatternsConfig,
    dynamics="emergescope.studies.patterns.dynamics:PatternsDynamics",
    cost=cost_of,
    display=display_of,
    tiny={"problem.d": 30, "problem.D": 20, "problem.k": 3, "capture.probe_samples": 50, **TINY},
    measures=(*MEASURES, Measure("signal_cosine_mean", "final mean |cos| with ±s", 0, 1)),
    fixed=("method", SETTING, *(f"problem.{name}" for name in ("d", "dictionary", "motif", "D", "k", "input_noise"))),
    check_fork=_check_fork,
    theory=theory_of,
    sections=(
        Section(
            "patterns",
            "Patterns",
            "Where inputs are made of patterns, a few of which decide the label, gradient descent turns a network’s "
            "neurons onto these few within its first steps, and so learns what fixed features do not.",
        ),
        Section(
            "pictures",
            "Patterns as pictures",
            "The same where it can be seen: neurons that begin as noise become the picture that decides the label.",
        ),
    ),
    captions=_captions,
    kind="dictionary",
    order=0,
)
