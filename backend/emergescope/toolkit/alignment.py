"""How neurons lie to patterns: cosines in R^d, whatever the coordinates that the network works in."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from emergescope.toolkit.hinge.geometry import Geometry


class Neurons(Protocol):
    """Weights q [n, c] in the coordinates of `geometry`, and the same in orthonormal ones."""

    @property
    def geometry(self) -> Geometry: ...
    @property
    def q(self) -> Tensor: ...
    def weights(self) -> Tensor: ...


@dataclass(frozen=True)
class InSpace:
    """Neurons whose weights q [n, d] are kept as they are, in R^d."""

    geometry: Geometry
    q: Tensor

    def weights(self) -> Tensor:
        return self.q


@dataclass(frozen=True)
class Alignment:
    """Of all n neurons and all D patterns.

    unit             [n, c] w_i / |w_i|, in orthonormal coordinates of the part of R^d that they use
    norm             [n] |w_i|
    cosine           [n, D] cos(w_i, M_j)
    signal_cosine    [n] cos(w_i, s), s the sum of the relevant patterns (Lemma 4)
    relevant_norm    [n] norm of the part of w_i / |w_i| in the span of the relevant patterns
    background_norm  [n] norm of the part of w_i / |w_i| in the span of the background patterns
    """

    unit: Tensor
    norm: Tensor
    cosine: Tensor
    signal_cosine: Tensor
    relevant_norm: Tensor
    background_norm: Tensor


def align(network: Neurons) -> Alignment:
    """Alignment of every neuron of `network`. A neuron of zero weight has cosine 0 with everything."""
    geometry = network.geometry
    weights = network.weights()
    norm = weights.norm(dim=1)
    inverse = norm.clamp(min=1e-30).reciprocal()[:, None]
    q, unit = geometry.products(network.q) * inverse, weights * inverse
    relevant_norm, background_norm = geometry.part_norms(q, unit)
    return Alignment(
        unit=unit,
        norm=norm,
        cosine=q / geometry.pattern_norm,
        signal_cosine=q[:, geometry.relevant].sum(1) / geometry.signal_norm,
        relevant_norm=relevant_norm,
        background_norm=background_norm,
    )


def signal_to_background(cosine: Tensor, relevant: list[int], background: list[int]) -> float | None:
    """Mean |cos| with the relevant patterns over mean |cos| with background ones; None without background."""
    if not background:
        return None
    strength = cosine.abs().mean(0)
    return float(strength[relevant].mean() / strength[background].mean())
