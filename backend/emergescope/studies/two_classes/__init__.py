"""Two classes of real images, learned by the network of the paper (figure 3)."""

from emergescope.studies.study import DataNeed, Measure, Section, Study
from emergescope.studies.two_classes.config import TwoClassesConfig
from emergescope.studies.two_classes.cost import cost_of
from emergescope.studies.two_classes.display import display_of
from emergescope.toolkit.hinge.config import TINY
from emergescope.toolkit.neuron_display import MEASURES


def _data(config: TwoClassesConfig) -> tuple[DataNeed, ...]:
    source = config.problem
    setting = "folder" if source.data == "folder" else "data"
    return (DataNeed(f"problem.{setting}", source.data, source.folder, 2),)


STUDY = Study(
    id="two_classes",
    title="Two classes of images",
    text="Neurons gather at two centres where the labels of images mean something.",
    config=TwoClassesConfig,
    dynamics="emergescope.studies.two_classes.dynamics:TwoClassesDynamics",
    cost=cost_of,
    display=display_of,
    tiny=TINY,
    measures=(*MEASURES, Measure("signal_cosine_mean", "final mean |cos| with ±s", 0, 1)),
    fixed=("method", *(f"problem.{name}" for name in ("data", "folder", "size", "classes"))),
    data=_data,
    sections=(
        Section(
            "images",
            "Real images",
            "Real images have such patterns too: nobody says what they are, and the neurons of a network that learns "
            "two classes gather about two opposite pictures all the same.",
        ),
    ),
    captions=lambda config: ("at the start", "half-way", "at the end"),
    kind="two_classes",
    order=10,
)
