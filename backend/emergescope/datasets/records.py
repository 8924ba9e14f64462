"""What a data set is once it is read."""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Images:
    """pixels: uint8 [n, H, W], or [n, H, W, 3] in colour; labels: int64 [n], numbers of classes from 0."""

    pixels: Pixels
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class DataSet:
    """`digest` is the sha256 of all pixels and labels: who has the same digest has the same data, however packed.
    `notes` say what of the files was passed over or changed, and are no part of it.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    train: Images
    test: Images
    digest: str
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, name: str, title: str, classes: tuple[str, ...], train: Images, test: Images, notes: tuple[str, ...] = ()
    ) -> Self:
        digest = hashlib.sha256()
        for array in (train.pixels, train.labels, test.pixels, test.labels):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return cls(name, title, classes, train, test, digest.hexdigest(), notes)

    def origin(self, role: str) -> dict[str, str]:
        """Where a run's data, or what else it calls them, come from: kept with the run."""
        notes = {f"{role}_notes": "; ".join(self.notes)} if self.notes else {}
        return {role: self.title, f"{role}_digest": self.digest, **notes}
