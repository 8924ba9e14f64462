"""The learning problem: what inputs look like and how labels come about (section 3 of the paper)."""

from math import comb
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

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
    low: Annotated[int, Field(ge=0, title="lowest count")] = 3
    high: Annotated[int, Field(ge=0, title="highest count")] = 5

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
    counts: Annotated[tuple[int, ...], Field(min_length=1, title="positive counts P")] = (1, 3, 5)

    def positive_counts(self, k: int) -> frozenset[int]:
        return frozenset(self.counts)


Labels = Annotated[ParityLabels | MajorityLabels | IntervalLabels | ListLabels, Field(discriminator="rule")]


class DictionaryProblem(Record):
    """Inputs made of patterns: x~ = M phi~ with M in R^{d x D}, labels from the count of k relevant patterns."""

    kind: Literal["dictionary"] = "dictionary"
    d: Annotated[int, Field(ge=2, le=8192, title="ambient dimension d", description="length of an input vector")] = 500
    D: Annotated[int, Field(ge=2, le=4096, title="patterns D", description="columns of the dictionary M")] = 100
    k: Annotated[int, Field(ge=1, le=63, title="relevant patterns k", description="patterns that decide the label")] = 5
    p_o: Annotated[
        float,
        Field(
            title="background probability p_o",
            description="chance of each background pattern; with structure also the share of the parity part; (0, 1/2]",
        ),
    ] = 0.5
    structure: Annotated[
        bool,
        Field(
            title="input structure",
            description="relevant patterns occur together (families F_Xi and, when off, F_Xi0 of the paper)",
        ),
    ] = True
    labels: Labels = ParityLabels()

    @field_validator("D")
    @classmethod
    def _fits(cls, D: int, info: ValidationInfo) -> int:
        d = info.data.get("d")
        if d is not None and d < D:
            reject(f"an orthonormal dictionary has at most d = {d} patterns, not D = {D}: lower D or raise d")
        return D

    @field_validator("k")
    @classmethod
    def _enough_patterns(cls, k: int, info: ValidationInfo) -> int:
        D = info.data.get("D")
        if D is not None and k > D:
            reject(f"k = {k} relevant patterns cannot be chosen from D = {D}: lower k or raise D")
        return k

    @field_validator("p_o")
    @classmethod
    def _probability(cls, p_o: float) -> float:
        if not 0 < p_o <= 0.5:
            reject(f"p_o = {p_o:g} lies outside (0, 1/2], the range of assumption (A2)")
        return p_o

    @field_validator("structure")
    @classmethod
    def _independent(cls, structure: bool, info: ValidationInfo) -> bool:
        if not structure and info.data.get("p_o", 0.5) != 0.5:
            reject("without input structure every pattern occurs with probability 1/2 (A1'): set p_o to 0.5")
        return structure

    @field_validator("labels")
    @classmethod
    def _possible(cls, labels: Labels, info: ValidationInfo) -> Labels:
        k = info.data.get("k")
        if k is None:
            return labels
        if isinstance(labels, IntervalLabels) and labels.high > k:
            reject(f"the interval [{labels.low}, {labels.high}] reaches past k = {k}: choose 0 <= low <= high <= {k}")
        positive = labels.positive_counts(k)
        outside = sorted(c for c in positive if not 0 <= c <= k)
        if outside:
            reject(f"counts {outside} cannot occur with k = {k} relevant patterns: use 0 to {k}")
        if len(positive) in (0, k + 1):
            reject("this rule gives every input the same label: leave at least one count in P and one outside")
        return labels

    @model_validator(mode="after")
    def _learnable(self) -> "DictionaryProblem":
        if not self.structure:
            return self
        if self.labels.rule in ("parity", "majority") and self.k % 2 == 0:
            raise PydanticCustomError(
                "even_k",
                "the input structure needs odd k for {rule} labels (all k patterns must give y = +1 and none y = -1), "
                "not k = {k}: choose {below} or {above}, or switch the structure off",
                {"rule": self.labels.rule, "k": self.k, "below": self.k - 1, "above": self.k + 1, "pointer": ["k"]},
            )
        if self.gamma <= 0:
            raise PydanticCustomError(
                "gamma",
                "with input structure the relevant patterns must correlate with the label (A1), but gamma = {gamma}: "
                "choose a set of counts that holds k = {k} and leaves out 0, or switch the structure off",
                {"gamma": f"{self.gamma:.3g}", "k": self.k, "pointer": ["labels"]},
            )
        return self

    @property
    def gamma(self) -> float:
        """gamma = E[y phi~_i] - E[y] E[phi~_i] for a relevant i under the *structured* law, whether on or off.

        The control without structure starts from the same initialisation as its structured twin, so it needs this too.
        """
        return self._moments(self.p_o)[1]

    @property
    def correlation(self) -> float:
        """The same quantity under the law that inputs really have: 0 for parity without structure."""
        return self._moments(self.p_o if self.structure else 1.0)[1]

    @property
    def positive_share(self) -> float:
        """P(y = +1)."""
        return (1 + self._moments(self.p_o if self.structure else 1.0)[0]) / 2

    def _moments(self, parity_share: float) -> tuple[float, float]:
        """(E[y], Cov(y, phi~_i)) when that share of the inputs has uniform relevant bits, the rest all equal ones."""
        k, positive = self.k, self.labels.positive_counts(self.k)
        y = [1 if c in positive else -1 for c in range(k + 1)]
        share = [comb(k, c) / 2**k for c in range(k + 1)]
        aligned = 1 - parity_share
        e_y = parity_share * sum(y[c] * share[c] for c in range(k + 1)) + aligned * (y[k] + y[0]) / 2
        e_y_phi = parity_share * sum(y[c] * share[c] * c / k for c in range(k + 1)) + aligned * y[k] / 2
        covariance = e_y_phi - e_y / 2
        return e_y, 0.0 if abs(covariance) < 1e-12 else covariance

    @property
    def sigma_tilde(self) -> float:
        """sigma~ = sqrt(sum_j Var(phi~_j)): relevant patterns have variance 1/4, background p_o (1 - p_o)."""
        return float((self.k / 4 + (self.D - self.k) * self.p_o * (1 - self.p_o)) ** 0.5)
