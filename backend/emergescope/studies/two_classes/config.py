"""Settings of figure 3: two classes of images, learned by the network of the paper."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from emergescope.config.base import reject
from emergescope.config.run import Capture
from emergescope.datasets.sources import CLASSES, ImageSource
from emergescope.toolkit.hinge.config import HingeConfig, NetworkMethod, Training, usual


class TwoClassesProblem(ImageSource):
    """Two classes of images, centred and scaled to mean square norm 1 (figure 3). There is no dictionary: neurons are
    compared with the class means, their difference, and the principal directions.
    """

    model_config = ConfigDict(json_schema_extra={"called": "two classes of images"})

    kind: Literal["two_classes"] = "two_classes"
    classes: tuple[Annotated[int, Field(ge=0, le=9999)], Annotated[int, Field(ge=0, le=9999)]] = Field(
        (0, 1), title="classes", description="two numbers of classes; y = +1 for the first"
    )
    random_labels: bool = Field(
        False, title="random labels", description="the control: training labels are coin flips, tests are not"
    )

    @field_validator("classes")
    @classmethod
    def _there(cls, classes: tuple[int, int], info: ValidationInfo) -> tuple[int, int]:
        if classes[0] == classes[1]:
            reject("choose two different classes")
        if info.data.get("data", "folder") != "folder" and max(classes) >= CLASSES:
            reject(f"this data set has the classes 0 to {CLASSES - 1}")
        return classes


class TwoClassesConfig(HingeConfig):
    """One run on two classes of images."""

    study: Literal["two_classes"] = "two_classes"
    problem: Annotated[TwoClassesProblem, Field(title="Problem")] = TwoClassesProblem()
    method: Annotated[
        NetworkMethod,
        Field(title="Method", json_schema_extra={"parts": usual(sigma_w="0.003", sigma_b="0.001", sigma_a="0.05")}),
    ] = NetworkMethod()
    training: Annotated[Training, Field(title="Training")] = Training()
    capture: Annotated[Capture, Field(title="Capture")] = Capture()
