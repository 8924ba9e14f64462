"""The learning problem: what inputs look like and how labels come about (section 3 and appendix F of the paper)."""

from math import comb
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from emergescope.config.base import Record, reject
from emergescope.studies.patterns.labels import IntervalLabels, Labels, ParityLabels
from emergescope.studies.patterns.motif import MOST_PICTURES, MOTIFS, SIDE, Motif
from emergescope.toolkit.ansatz_display import AnsatzCapture
from emergescope.toolkit.hinge.config import HingeConfig, HingeMethod, NetworkMethod, Training, usual

_OF_PICTURES: JsonDict = {"problem.dictionary": ["pictures"]}
_OF_NETWORKS: JsonDict = {"method.kind": ["network"]}


class DictionaryProblem(Record):
    """Inputs made of patterns: x~ = M phi~ with M in R^{d x D}, labels from the count of k relevant patterns.

    With structure, a share p_o of the inputs has uniform relevant bits (the parity part); the others are *aligned*: as
    many relevant patterns as the set P allows (y = +1), or as few as its complement allows (y = -1). For parity and
    majority with odd k that is all or none of them.
    """

    model_config = ConfigDict(json_schema_extra={"called": "inputs made of patterns"})
    kind: Literal["dictionary"] = "dictionary"
    dictionary: Literal["orthonormal", "incoherent", "pictures"] = Field(
        "orthonormal",
        title="dictionary",
        description="incoherent: random unit vectors, which overlap a little (appendix F), D may exceed d; "
        "pictures: strokes, corners and blobs on 20 x 20 pixels",
    )
    motif: Motif = Field(
        "face",
        title="motif",
        description="of a dictionary of pictures: what the relevant patterns are the parts of",
        json_schema_extra={"when": _OF_PICTURES},
    )
    d: Annotated[int, Field(ge=2, le=8192, title="ambient dimension d", description="length of an input vector")] = 500
    D: Annotated[int, Field(ge=2, le=4096, title="patterns D", description="columns of the dictionary M")] = 100
    k: int = Field(
        5,
        ge=1,
        le=63,
        title="relevant patterns k",
        description="patterns that decide the label",
        json_schema_extra={"at_most": "problem.D"},
    )
    p_o: float = Field(
        0.5,
        title="background probability p_o",
        description="chance of each background pattern; with structure also the share of the parity part",
        json_schema_extra={"minimum": 0, "maximum": 0.5},  # refused below, with the reason
    )
    structure: bool = Field(
        True,
        title="input structure",
        description="relevant patterns occur together (families F_Xi and, when off, F_Xi0 of the paper)",
    )
    labels: Labels = ParityLabels()
    aligned_positive: float = Field(
        0.5,
        gt=0,
        lt=1,
        title="positives among the aligned",
        description="share of the aligned part with y = +1; away from 1/2 the classes are unbalanced (appendix F)",
    )
    input_noise: float = Field(
        0.0,
        ge=0,
        le=10,
        title="input noise σ_ζ",
        description="deviation of Gaussian noise on each coordinate of x; trains in R^d",
    )
    label_noise: float = Field(
        0.0, ge=0, lt=0.5, title="label noise", description="chance that a training label is flipped; tests are clean"
    )

    @field_validator("d")
    @classmethod
    def _canvas(cls, d: int, info: ValidationInfo) -> int:
        if info.data.get("dictionary") == "pictures" and d != SIDE**2:
            reject(f"pictures have {SIDE} x {SIDE} pixels: set d to {SIDE**2}, not {d}")
        return d

    @field_validator("D")
    @classmethod
    def _fits(cls, D: int, info: ValidationInfo) -> int:
        d = info.data.get("d")
        if d is not None and d < D and info.data.get("dictionary") == "orthonormal":
            reject(
                f"an orthonormal dictionary has at most d = {d} patterns, not D = {D}: lower D, raise d, or take an "
                "incoherent dictionary"
            )
        if info.data.get("dictionary") == "pictures" and D > MOST_PICTURES:
            reject(f"at most {MOST_PICTURES} pictures overlap little: set D to {MOST_PICTURES} or less, not {D}")
        return D

    @field_validator("k")
    @classmethod
    def _enough_patterns(cls, k: int, info: ValidationInfo) -> int:
        D = info.data.get("D")
        if D is not None and k > D:
            reject(f"k = {k} relevant patterns cannot be chosen from D = {D}: lower k or raise D")
        motif = info.data.get("motif")
        if info.data.get("dictionary") == "pictures" and motif is not None and k != len(MOTIFS[motif]):
            parts = len(MOTIFS[motif])
            reject(f"the {motif} has {parts} parts, which are the relevant patterns: set k to {parts}, not {k}")
        return k

    @field_validator("p_o")
    @classmethod
    def _probability(cls, p_o: float) -> float:
        if not 0 <= p_o <= 0.5:
            reject(f"p_o = {p_o:g} lies outside [0, 1/2], the range of assumption (A2)")
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
        """Not one that k relevant patterns cannot follow, or that gives every input the same label."""
        if (k := info.data.get("k")) is None:
            return labels
        if isinstance(labels, IntervalLabels) and labels.high > k:
            reject(f"the interval [{labels.low}, {labels.high}] reaches past k = {k}: choose 0 <= low <= high <= {k}")
        positive = labels.positive_counts(k)
        if outside := sorted(c for c in positive if not 0 <= c <= k):
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
                "choose a set P whose largest count exceeds the smallest count outside it, or switch the structure off",
                {"gamma": f"{self.gamma:.3g}", "pointer": ["labels"]},
            )
        return self

    @property
    def aligned_counts(self) -> tuple[int, int]:
        """Relevant patterns in an aligned input with y = +1 and with y = -1."""
        positive = self.labels.positive_counts(self.k)
        return max(positive), min(set(range(self.k + 1)) - positive)

    @property
    def gamma(self) -> float:
        """gamma = E[y phi~_i] - E[y] E[phi~_i] for a relevant i under the *structured* law, whether on or off.

        The control without structure starts from the same initialisation as its structured twin, so it needs this too.
        """
        return self._moments(self.p_o)[1]

    @property
    def correlation(self) -> float:
        """The same quantity under the law that inputs really have: 0 for parity without structure."""
        return self._moments(self._parity_share)[1]

    @property
    def positive_share(self) -> float:
        """P(y = +1) of the training labels."""
        return (1 + self._moments(self._parity_share)[0]) / 2

    @property
    def relevant_probability(self) -> float:
        """P(phi~_i = 1) of a relevant pattern i."""
        return self._moments(self._parity_share)[2]

    @property
    def sigma_tilde(self) -> float:
        """sigma~ = sqrt(sum_j Var(phi~_j)); a pattern of probability p has variance p (1 - p)."""
        p = self.relevant_probability
        return float((self.k * p * (1 - p) + (self.D - self.k) * self.p_o * (1 - self.p_o)) ** 0.5)

    @property
    def _parity_share(self) -> float:
        return self.p_o if self.structure else 1.0

    def _moments(self, parity_share: float) -> tuple[float, float, float]:
        """(E[y], Cov(y, phi~_i), E[phi~_i]) when that share of the inputs has uniform relevant bits."""
        k, positive = self.k, self.labels.positive_counts(self.k)
        # (weight, label, count): the counts of uniform bits, then the two of the aligned part.
        law = [(parity_share * comb(k, c) / 2**k, 1 if c in positive else -1, c) for c in range(k + 1)]
        high, low = self.aligned_counts
        aligned = 1 - parity_share
        law += [(aligned * self.aligned_positive, 1, high), (aligned * (1 - self.aligned_positive), -1, low)]
        kept = 1 - 2 * self.label_noise  # a flipped label keeps that share of its correlation
        e_y = kept * sum(w * y for w, y, _ in law)
        e_phi = sum(w * c / k for w, _, c in law)
        covariance = kept * sum(w * y * c / k for w, y, c in law) - e_y * e_phi
        return e_y, 0.0 if abs(covariance) < 1e-12 else covariance, e_phi

    @property
    def usual_deviations(self) -> tuple[float, float, float]:
        """(sigma_w, sigma_b, sigma_a) of the theory: 1/k, 1/k^2 and sigma~^2 / (gamma k^2), with |gamma| where a
        control without structure has labels of another sign.
        """
        gamma = abs(self.gamma) or 0.5
        return 1 / self.k, 1 / self.k**2, self.sigma_tilde**2 / (gamma * self.k**2)


class PatternsConfig(HingeConfig):
    """One run on inputs made of patterns."""

    study: Literal["patterns"] = "patterns"
    problem: Annotated[DictionaryProblem, Field(title="Problem")] = DictionaryProblem()
    method: HingeMethod = Field(
        NetworkMethod(),
        discriminator="kind",
        title="Method",
        json_schema_extra={"parts": usual(sigma_w="1/k", sigma_b="1/k²", sigma_a="σ̃² / (γ k²)")},
    )
    training: Annotated[Training, Field(title="Training")] = Training()
    capture: Annotated[
        AnsatzCapture,
        Field(
            title="Capture",
            json_schema_extra={"parts": {"max_pictures": {"when": _OF_PICTURES}, "ansatz": {"when": _OF_NETWORKS}}},
        ),
    ] = AnsatzCapture()

    @property
    def shows_ansatz(self) -> bool:
        """Fixed features do not move: there is nothing to compare."""
        return self.capture.ansatz and self.method.kind == "network"

    @model_validator(mode="after")
    def _linear(self) -> Self:
        for index, phase in enumerate(self.training.phases):
            if self.method.kind == "ntk" and phase.sigma_xi > 0:
                raise PydanticCustomError(
                    "smoothed_kernel",
                    "the tangent kernel is that of the network without smoothing noise: set sigma_xi to 0",
                    {"pointer": ["training", "phases", index, "sigma_xi"]},
                )
            if self.method.kind == "random_features" and "a" not in phase.trains:
                raise PydanticCustomError(
                    "nothing_trained",
                    "random features train the output weights alone: let this phase train a",
                    {"pointer": ["training", "phases", index, "trains"]},
                )
        return self
