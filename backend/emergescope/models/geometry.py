"""Pattern space: what q = M^T w knows of w, for any dictionary.

x = M phi lies in the span of M, so the network needs only <q_i, phi> with q_i = M^T w_i, and gradients in w are
combinations of patterns. The part of w outside the span is never pushed: it keeps its direction and only shrinks by the
weight decay, all neurons alike. So w_i = (part in the span, given by q_i) + c r_i with r_i fixed and c one number.
"""

import torch
from torch import Tensor

from emergescope.problems import Dictionary


class Geometry:
    """Inner products of R^d, computed in pattern space.

    gram      [D, D] M^T M, or None when M is orthonormal
    relevant  [k] indices A
    """

    def __init__(self, dictionary: Dictionary, dtype: torch.dtype, device: torch.device | str) -> None:
        matrix = dictionary.matrix
        self.relevant = list(dictionary.relevant)
        self.background = [j for j in range(matrix.shape[1]) if j not in dictionary.relevant]
        self._matrix = matrix
        self._signal_q = (matrix.T @ dictionary.signal).to(device=device, dtype=dtype)
        self.gram: Tensor | None = None
        self._white: Tensor | None = None
        self._white_background: Tensor | None = None
        self.pattern_norm = matrix.norm(dim=0).to(device=device, dtype=dtype)
        self.signal_norm = float(dictionary.signal.norm())
        if not dictionary.is_orthonormal:
            gram = dictionary.gram
            self.gram = gram.to(device=device, dtype=dtype)
            self._white = _whitener(gram).to(device=device, dtype=dtype)
            background = gram[self.background][:, self.background]
            self._white_background = _whitener(background).to(device=device, dtype=dtype)

    def split(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """Weights w [n, d] (float64) as (q, outside): q = M^T w_i [n, D], and orthonormal coordinates [n, r] of the
        parts outside the span of M, r <= min(n, d - D).
        """
        q = w @ self._matrix
        inside = torch.linalg.lstsq(self._matrix, w.T, driver="gelsd").solution if self.gram is not None else q.T
        rest = w - (self._matrix @ inside).T
        u, s, _ = torch.linalg.svd(rest, full_matrices=False)
        keep = s > 1e-9 * w.norm()
        return q, u[:, keep] * s[keep]

    def coordinates(self, q: Tensor) -> Tensor:
        """Orthonormal coordinates of the in-span parts, [n, D]: their inner products are those of R^d."""
        return q if self._white is None else q @ self._white

    def signal_in(self, weights: Tensor) -> Tensor:
        """The unit vector along s = sum of the relevant patterns, [c], in the coordinates of `weights` [n, c]."""
        signal = weights.new_zeros(weights.shape[1])
        # <M_j, s> is what q holds for w = s; the span of M comes first among the coordinates.
        inside = self.coordinates(self._signal_q[None])[0] / self.signal_norm
        signal[: inside.numel()] = inside
        return signal

    def background_norm(self, q: Tensor) -> Tensor:
        """Norm of the projection of each w_i on the span of the background patterns, [n]."""
        part = q[:, self.background]
        if self._white_background is not None:
            part = part @ self._white_background
        norm: Tensor = part.norm(dim=1)
        return norm


def _whitener(gram: Tensor) -> Tensor:
    """gram^{-1/2}: q @ it has the inner products q G^+ q^T, also where the patterns are linearly dependent."""
    values, vectors = torch.linalg.eigh(gram)
    keep = values > 1e-10 * values.max() if values.numel() else values > 0
    scaled: Tensor = vectors[:, keep] * values[keep].rsqrt()
    return scaled
