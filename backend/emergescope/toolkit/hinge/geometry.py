"""The coordinates that the network works in, and what they know of R^d.

*Pattern space*, q = M^T w, for any dictionary: x = M phi lies in the span of M, so the network needs only <q_i, phi>
with q_i = M^T w_i, and gradients in w are combinations of patterns. The part of w outside the span is never pushed: it
keeps its direction and only shrinks by the weight decay, all neurons alike. So w_i = (part in the span, given by q_i)
+ c r_i with r_i fixed and c one number. *Ambient space*, q = w, for inputs with noise, which leave the span.
"""

import torch
from torch import Tensor

from emergescope.toolkit.dictionary import Dictionary


class Geometry:
    """Pattern space: inner products of R^d from q = M^T w.

    gram      [D, D] M^T M, or None when M is orthonormal
    relevant  [k] indices A
    d         length of an input

    `pictures`: weights will be looked at in R^d, so what `ambient` needs is kept.
    """

    def __init__(
        self, dictionary: Dictionary, dtype: torch.dtype, device: torch.device | str, *, pictures: bool = False
    ) -> None:
        def placed(t: Tensor) -> Tensor:
            return t.to(device=device, dtype=dtype)

        self._matrix, self._signal = matrix, signal = dictionary.matrix, dictionary.signal
        self.d, D = matrix.shape
        self.relevant = list(dictionary.relevant)
        self.background = [j for j in range(D) if j not in dictionary.relevant]
        # From q and from the coordinates outside the span to R^d: [c, d], and [r, d] once `split` knows it.
        self._lift = placed(torch.linalg.pinv(matrix)) if pictures else None
        self._outside: Tensor | None = None
        self.pattern_norm, self.signal_norm = placed(matrix.norm(dim=0)), float(signal.norm())
        self.gram: Tensor | None = None
        self._white: Tensor | None = None
        self._white_parts: tuple[Tensor, ...] = ()
        if not dictionary.is_orthonormal:
            gram = dictionary.gram
            self.gram, self._white = placed(gram), placed(_whitener(gram))
            parts = self.relevant, self.background
            self._white_parts = tuple(placed(_whitener(gram[part][:, part])) for part in parts)

    def split(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """Weights w [n, d] (float64) as (q, outside): q [n, c], and orthonormal coordinates [n, r] of the parts outside
        the span of M, r <= min(n, d - D).
        """
        q = w @ self._matrix
        inside = torch.linalg.lstsq(self._matrix, w.T, driver="gelsd").solution if self.gram is not None else q.T
        rest = w - (self._matrix @ inside).T
        u, s, vt = torch.linalg.svd(rest, full_matrices=False)
        keep = s > 1e-9 * w.norm()
        if self._lift is not None:
            self._outside = vt[keep].to(self._lift)
        return q, u[:, keep] * s[keep]

    def products(self, q: Tensor) -> Tensor:
        """M^T w_i, [n, D]."""
        return q

    def coefficients(self, gradient: Tensor) -> Tensor | None:
        """A sum over samples of x, [n, c], as coefficients in the dictionary [n, D]; None where they are not unique."""
        return gradient

    def coordinates(self, q: Tensor) -> Tensor:
        """Orthonormal coordinates of the w_i (of their in-span parts), [n, D]: inner products are those of R^d."""
        return q if self._white is None else q @ self._white

    def patterns(self) -> Tensor:
        """The patterns in those coordinates, [c, D]."""
        products = torch.eye(len(self.pattern_norm)).to(self.pattern_norm) if self.gram is None else self.gram
        return self.coordinates(products).T

    def signal_in(self, weights: Tensor) -> Tensor:
        """The unit vector along s = sum of the relevant patterns, [c], in the coordinates of `weights` [n, c]."""
        signal = weights.new_zeros(weights.shape[1])
        # The span of M comes first among the coordinates.
        s = self._to_q(self._signal).to(device=weights.device, dtype=weights.dtype)
        inside = self.coordinates(s[None])[0] / self.signal_norm
        signal[: inside.numel()] = inside
        return signal

    def part_norms(self, products: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Norms of the projections of each w_i on the spans of relevant and of background patterns, [n] each; from the
        products with the patterns and from the `weights` in orthonormal coordinates.
        """
        relevant, background = products[:, self.relevant], products[:, self.background]
        if self._white_parts:
            relevant, background = relevant @ self._white_parts[0], background @ self._white_parts[1]
        return relevant.norm(dim=1), background.norm(dim=1)

    def ambient(self, q: Tensor, outside: Tensor) -> Tensor:
        """The w_i in R^d, [n, d], from q and what `split`, called before, said of the parts outside: for `pictures`."""
        assert self._lift is not None
        assert self._outside is not None
        weights: Tensor = q @ self._lift + outside @ self._outside
        return weights

    def _to_q(self, w: Tensor) -> Tensor:
        return self._matrix.T @ w


class AmbientGeometry(Geometry):
    """Ambient space: q = w in R^d, gradients are used as they come."""

    def __init__(self, dictionary: Dictionary, dtype: torch.dtype, device: torch.device | str) -> None:
        super().__init__(dictionary, dtype, device)
        self.gram, self._white = None, None  # of the coordinates, which are orthonormal here
        self._patterns = dictionary.matrix.to(device=device, dtype=dtype)
        d, D = dictionary.matrix.shape
        self._inverse = torch.linalg.pinv(dictionary.matrix).T.to(device=device, dtype=dtype) if d >= D else None

    def split(self, w: Tensor) -> tuple[Tensor, Tensor]:
        return w, w.new_zeros(w.shape[0], 0)

    def products(self, q: Tensor) -> Tensor:
        return q @ self._patterns

    def ambient(self, q: Tensor, outside: Tensor) -> Tensor:
        return q

    def patterns(self) -> Tensor:
        return self._patterns

    def coefficients(self, gradient: Tensor) -> Tensor | None:
        return None if self._inverse is None else gradient @ self._inverse

    def _to_q(self, w: Tensor) -> Tensor:
        return w


class ImageGeometry(AmbientGeometry):
    """Ambient space without patterns: background is all of R^d but the signal s, not the span of the references."""

    def part_norms(self, products: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        signal = self.signal_in(weights)
        along = weights @ signal
        return along.abs(), (weights - along[:, None] * signal).norm(dim=1)


def _whitener(gram: Tensor) -> Tensor:
    """gram^{-1/2}: q @ it has the inner products q G^+ q^T, also where the patterns are linearly dependent."""
    values, vectors = torch.linalg.eigh(gram)
    keep = values > 1e-10 * values.max() if values.numel() else values > 0
    scaled: Tensor = vectors[:, keep] * values[keep].rsqrt()
    return scaled
