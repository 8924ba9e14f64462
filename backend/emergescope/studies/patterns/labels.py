"""Label rules: which counts of relevant patterns give y = +1 (the set P of section 3). Used by the problem."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from emergescope.config.base import Record, reject


class ParityLabels(Record):
    """Example 2: y = +1 when the number of relevant patterns in the input is odd."""

    rule: Literal["parity"] = "parity"

    def positive_counts(self, k: int) -> frozenset[int]:
        return frozenset(range(1, k + 1, 2))


class MajorityLabels(Record):
    """Example 1: y = +1 when more than half of the relevant patterns are in the input."""

    rule: Literal["majority"] = "majority"

    def positive_counts(self, k: int) -> frozenset[int]:
        return frozenset(range(k // 2 + 1, k + 1))


class IntervalLabels(Record):
    """y = +1 when the number of relevant patterns lies in [low, high]."""

    rule: Literal["interval"] = "interval"
    low: int = Field(3, ge=0, title="lowest count", json_schema_extra={"at_most": "problem.labels.high"})
    high: int = Field(5, ge=0, title="highest count", json_schema_extra={"at_most": "problem.k"})

    @model_validator(mode="after")
    def _not_empty(self) -> "IntervalLabels":
        if self.low > self.high:
            reject(f"the interval [{self.low}, {self.high}] holds no counts: low must not exceed high")
        return self

    def positive_counts(self, k: int) -> frozenset[int]:
        return frozenset(range(self.low, min(self.high, k) + 1))


class ListLabels(Record):
    """y = +1 when the number of relevant patterns is one of `counts` (any P)."""

    rule: Literal["list"] = "list"
    counts: Annotated[tuple[int, ...], Field(min_length=1, max_length=64, title="positive counts P")] = (1, 3, 5)

    def positive_counts(self, k: int) -> frozenset[int]:
        return frozenset(self.counts)


Labels = Annotated[ParityLabels | MajorityLabels | IntervalLabels | ListLabels, Field(discriminator="rule")]
