"""A study that nobody has thought of: two axes and no map, odd dtypes, names with all that must not be read as markup,
a tensor that every third frame lacks. No line of the page knows it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from emergescope.config.base import Record
from emergescope.config.cost import Cost, Share, most_frames
from emergescope.config.run import AnyTraining, Capture, Device, Precision, RunConfig, Stage
from emergescope.recording.display import Axis, Display, EventKind, Facet, Group, Metric, Panel, Tensor
from emergescope.studies.study import Measure, Study

KILNS, GLAZES = 7, 5
NAMES = ('"Käfer" <b>', "Öl & Essig", "it's", "ß→ß", "<script>alert(1)</script>")


class Vat(Record):
    """What is brewed."""

    heat: Annotated[float, Field(ge=0, le=10, title="heat ϑ")] = 0.5
    yeast: Annotated[Literal["wild", "tame"], Field(title="yeast")] = "wild"


class Training(AnyTraining):
    """So many rounds."""

    rounds: Annotated[int, Field(ge=1, le=10_000, title="rounds")] = 30
    dtype: Precision = "float64"
    device: Device = "auto"


class InventedConfig(RunConfig):
    """One brew."""

    study: Literal["invented"] = "invented"
    problem: Annotated[Vat, Field(title="Vat")] = Vat()
    training: Annotated[Training, Field(title="Brewing")] = Training()
    capture: Annotated[Capture, Field(title="Capture")] = Capture()

    @property
    def stages(self) -> tuple[Stage, ...]:
        half = self.training.rounds // 2
        return Stage("mash", half, 1), Stage("boil", self.training.rounds - half, 1)


def display_of(config: InventedConfig, facts: Mapping[str, Any] | None = None) -> Display:
    return Display(
        summary=f"A brew of “<i>heat</i>” {config.problem.heat:g} · seed {config.seed}",
        metrics={
            "foam": Metric("foam <sub>", "foam", "count", low=0, group="froth", colour="series-2", emphasis=True),
            "gärung": Metric("Gärung", low=1e-12, scale="log", group="broth", colour="series-3", strong=True),
        },
        axes={
            "kilns": Axis("kiln", "kilns", KILNS, 20),
            "glazes": Axis("glaze", "glazes", GLAZES, GLAZES, NAMES, (Group("<u>warm</u>", "positive", (0, 2)),)),
        },
        tensors={
            "lustre": Tensor("F16", ("kilns", "glazes"), -1, 1, "lustre of a glaze in a kiln"),
            "height": Tensor("F64", ("kilns",), text="how high it stands"),
            "lit": Tensor("BOOL", ("kilns",), text="whether it is lit"),
            "crack": Tensor("I8", ("glazes",), -100, 100, "cracks of a glaze", always=False),
            "tile": Tensor("I16", ("kilns", 3, 2), text="its tile"),
        },
        panels=(
            Panel("kiln-by-glaze", "matrix", "Lustre of “each” <glaze>", {
                "tensor": "lustre", "rows": "kilns", "columns": "glazes", "order": "height", "range": [-1, 1],
            }, hero=True, text="A row for each kiln.", words=("kiln",)),
            Panel("brew", "curves", "The brew", {"panes": [["gärung"], ["foam"]]}),
            Panel("levels", "density", "Levels", {"tensor": "height", "range": [0, 10], "bins": 10}),
            Panel("cracks", "bars", "Cracks", {"tensor": "crack", "axis": "glazes", "beside": "start"}),
            Panel("lamps", "bars", "Lamps", {"tensor": "lit", "axis": "kilns"}),
            Panel("tiles", "images", "Tiles", {"tensor": "tile", "axis": "kilns"}),
        ),
        events={"boils": EventKind("It boils", "boils", "emergence")},
        facets=(Facet("problem.heat", "heat ϑ", f"{config.problem.heat:g}"), Facet("seed", "seed", str(config.seed))),
        glossary={"kiln": "Where glazes are <em>fired</em>."},
    )  # fmt: skip


def cost_of(config: InventedConfig) -> Cost:
    rounds = config.training.rounds
    return Cost(
        memory_shares=(Share("the vat", "training.rounds", 1000),),
        work_shares=(Share("brewing", "training.rounds", 100 * rounds),),
        steps=rounds,
        steps_path="training.rounds",
        frames=most_frames(config),
        frame_bytes=display_of(config).frame_bytes(),
        pattern_bytes=0,
    )


STUDY = Study(
    id="invented",
    title="Brewing",
    text="Nobody brews like this.",
    config=InventedConfig,
    dynamics="tests.browser.invented.dynamics:InventedDynamics",
    cost=cost_of,
    display=display_of,
    tiny={"training.rounds": 6},
    measures=(Measure("foam", "final foam", 0, 100),),
)
