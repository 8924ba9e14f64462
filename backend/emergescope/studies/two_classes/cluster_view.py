"""What a frame of two classes of images tells of clusters: metrics over all neurons, tensors of those shown. Used by
the camera.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from emergescope.toolkit.alignment import Alignment
from emergescope.toolkit.clusters import principal_direction, silhouette, two_means
from emergescope.toolkit.pictures import as_bytes

PRINCIPAL = "principal direction 1"


@dataclass(frozen=True)
class ClusterLook:
    """Metrics silhouette, cluster_share, axis_cosine_mean and principal_cosine_mean; tensors `cluster` uint8 [n],
    `centre_cosine` [n] and `centres` uint8 [2, *shape] of the n neurons shown.
    """

    metrics: dict[str, float | None]
    tensors: dict[str, Tensor]


class ClusterView:
    """Looks for two clusters among the directions of all neurons.

    neurons    [n] indices of those shown
    signal     [d] the unit vector to which the first cluster lies nearer
    principal  column of the dictionary: first principal direction of the images
    shape      of a picture
    """

    def __init__(self, neurons: Tensor, signal: Tensor, principal: int, shape: tuple[int, ...]) -> None:
        self._neurons, self._signal, self._principal, self._shape = neurons, signal, principal, shape

    def look(self, seen: Alignment) -> ClusterLook:
        """Where weights are not finite, or all the same, there are no clusters: metrics are None, cosines NaN."""
        unit = seen.unit
        metrics: dict[str, float | None] = {"silhouette": None, "cluster_share": None, "axis_cosine_mean": None}
        metrics["principal_cosine_mean"] = float(seen.cosine[:, self._principal].abs().mean())
        axis, found = principal_direction(unit), two_means(unit, self._signal)
        if axis is not None:
            metrics["axis_cosine_mean"] = float((unit @ axis).abs().mean())
        if found is None:
            n = len(self._neurons)
            label, cosine = torch.zeros(n, dtype=torch.uint8), torch.full((n,), torch.nan)
            centres = unit.new_zeros(2, unit.shape[1])
        else:
            metrics |= {"silhouette": silhouette(unit, found.label), "cluster_share": found.share}
            label, cosine, centres = found.label[self._neurons].byte(), found.cosine[self._neurons], found.centres
        _, pixels = as_bytes(centres, self._shape)
        return ClusterLook(metrics, {"cluster": label, "centre_cosine": cosine, "centres": pixels})
