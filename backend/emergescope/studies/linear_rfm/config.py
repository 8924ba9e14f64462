"""Settings of matrix completion by a linear recursive feature machine."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from emergescope.config.base import Record, reject
from emergescope.config.run import UNPROBED, AnyTraining, Capture, Device, Precision, RunConfig, Stage

AT_ONCE = 2**22  # numbers of the kernels of rows that are solved together
_MOST_VALUES = 100  # singular values that are kept
EXPLAINED = 0.1  # held-out error from which on the ridge is the small one
_UNUSED = {name: {"when": False} for name in ("test_samples", "max_neurons", "max_pictures")}
_SHOWN = {"max_patterns": {"title": "rows and columns shown at most"}}


class LowRankMatrix(Record):
    """A d × d matrix of rank r, of Gaussian factors and mean square entry 1, of which some entries are known."""

    d: Annotated[int, Field(ge=2, le=2000, title="size d", description="rows, and columns")] = 100
    true_rank: int = Field(2, ge=1, le=2000, title="rank r", json_schema_extra={"at_most": "problem.d"})
    observed: Annotated[
        int, Field(ge=1, le=4_000_000, title="known entries n", description="drawn at random; the others are held out")
    ] = 1600

    @field_validator("true_rank")
    @classmethod
    def _no_more_than_rows(cls, r: int, info: ValidationInfo) -> int:
        d = info.data.get("d")
        if d is not None and r > d:
            reject(f"a matrix of d = {d} rows has no rank r = {r}: lower r, or raise d")
        return r

    @field_validator("observed")
    @classmethod
    def _some_held_out(cls, known: int, info: ValidationInfo) -> int:
        d = info.data.get("d")
        if d is not None and known >= d * d:
            reject(f"a matrix of d = {d} has {d * d:,} entries, and some must be held out: lower n, or raise d")
        return known


class LinearFeatures(Record):
    """Predictions are linear in features that are M^α; M is the average gradient outer product of the round before."""

    learned: bool = Field(True, title="learned features", description="without: the control; M stays the identity")
    matrix_power: float = Field(
        1.0,
        gt=0,
        le=2,
        title="power α",
        description="½ is as a log-determinant, ¼ as the nuclear norm",
        json_schema_extra={"when": {"method.learned": [True]}},
    )


class Rounds(AnyTraining):
    """In each round every row is fitted to its known entries by ridge regression, and M is taken anew."""

    most_rounds: Annotated[int, Field(ge=1, le=100_000, title="rounds at most")] = 400
    ridge: Annotated[float, Field(gt=0, le=1e6, title="ridge λ at first")] = 5e-2
    small_ridge: Annotated[
        float, Field(gt=0, le=1e6, title="small ridge λ", description="after a held-out error below 0.1")
    ] = 1e-3
    target_error: Annotated[
        float, Field(ge=0, le=1, title="held-out error to stop at", description="mean square; an entry has about 1")
    ] = 1e-3
    most_idle: Annotated[
        int, Field(ge=0, le=100_000, title="idle rounds at most", description="without a lower error, in all")
    ] = 20
    dtype: Precision = "float64"
    device: Device = "auto"


class LinearRfmConfig(RunConfig):
    """One run on a matrix."""

    study: Literal["linear_rfm"] = "linear_rfm"
    problem: Annotated[LowRankMatrix, Field(title="Problem")] = LowRankMatrix()
    method: Annotated[LinearFeatures, Field(title="Method")] = LinearFeatures()
    training: Annotated[Rounds, Field(title="Training")] = Rounds()
    capture: Annotated[
        Capture, Field(title="Capture", json_schema_extra={"parts": {**UNPROBED, **_UNUSED, **_SHOWN}})
    ] = Capture(frames=100, spacing="geometric", max_patterns=120)

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (Stage("rounds", self.training.most_rounds, self.problem.observed),)

    @property
    def shown(self) -> int:
        """How many rows the frames show, and how many columns."""
        return min(self.problem.d, self.capture.max_patterns)

    @property
    def values_shown(self) -> int:
        """How many singular values the frames have."""
        return min(self.problem.d, _MOST_VALUES)

    @property
    def learns(self) -> bool:
        return self.method.learned

    @property
    def share_known(self) -> float:
        return self.problem.observed / self.problem.d**2

    @property
    def schatten(self) -> float:
        """The p of the Schatten penalty that the rounds lower: see theory.py."""
        return 2 - 4 * self.method.matrix_power
