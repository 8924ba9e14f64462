"""A teacher labels a mixture of images and injected inputs, and a student learns it (figure 4)."""

from emergescope.studies.mixture.config import MixtureConfig
from emergescope.studies.mixture.cost import cost_of
from emergescope.studies.mixture.display import display_of
from emergescope.studies.study import DataNeed, Measure, Section, Study


def _data(config: MixtureConfig) -> tuple[DataNeed, ...]:
    source = config.problem
    setting = "folder" if source.data == "folder" else "data"
    needs = [DataNeed(f"problem.{setting}", source.data, source.folder, 2)]
    if source.injected_folder is not None:
        needs.append(DataNeed("problem.injected_folder", "folder", source.injected_folder, 1))
    return tuple(needs)


STUDY = Study(
    id="mixture",
    title="Teacher and student",
    text="What a network learns from inputs with structure, and from those without.",
    config=MixtureConfig,
    dynamics="emergescope.studies.mixture.dynamics:MixtureDynamics",
    cost=cost_of,
    display=display_of,
    tiny={"problem.samples": 200, "method.m": 4, "training.epochs": 2, "capture.frames": 6, "capture.test_samples": 50},
    measures=(
        Measure("data_accuracy", "data part, against the teacher", 0, 1),
        Measure("data_true_accuracy", "data part, true labels", 0, 1),
        Measure("injected_accuracy", "injected part, against the teacher", 0, 1),
        Measure("mixture_accuracy", "the whole mixture", 0, 1),
    ),
    # The order of samples and the ends of stages follow from the epochs.
    fixed=("problem", "method", "training.epochs", "training.batch"),
    data=_data,
    sections=(
        Section(
            "mixture",
            "Teacher and student",
            "What networks make use of is the structure of inputs: of one teacher’s labels a student learns those of "
            "images soon and well, and those of inputs without structure late, and worse.",
        ),
    ),
    captions=lambda config: ("data, injected and direct over training",),
    kind="mixture",
    order=20,
)
