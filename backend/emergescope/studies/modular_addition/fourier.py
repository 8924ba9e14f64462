"""Neurons as waves: how the power of their weights is spread over frequencies, which is the largest, and whether the
three parts of a neuron are in phase there.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from emergescope.studies.modular_addition.network import Network

IN_USE = 0.1  # of the largest norm; a penalty leaves neurons that nothing needs with less
COSINE = 0.95  # share of the power at one frequency from which on a neuron counts as one cosine


@dataclass(frozen=True)
class Waves:
    """Of all neurons, [m] each but the first.

    spectrum   [m, (p − 1)/2] the share of each frequency 1, 2, ... in the power of u; the mean of u is left out
    frequency  the largest one, from 1 on
    begins     where the wave of u begins at that frequency, as a part of its length from 0 to 1
    phase      of u plus that of v minus that of w at that frequency, in degrees from −180 to 180
    in_use     which ones are large enough to count
    """

    spectrum: Tensor
    frequency: Tensor
    begins: Tensor
    phase: Tensor
    norm: Tensor
    in_use: Tensor

    @property
    def power(self) -> Tensor:
        """The share of the largest frequency."""
        return self.spectrum.amax(1)

    @property
    def cosines(self) -> Tensor:
        """Which of the neurons in use are one cosine."""
        return self.in_use & (self.power >= COSINE)

    @property
    def counted(self) -> Tensor:
        """1 for a neuron in use, 0 for another; NaN where its weights are no numbers."""
        return self.in_use.double().where(self.norm.isfinite(), torch.nan)

    def per_frequency(self, amounts: Tensor) -> Tensor:
        """Amounts of neurons, summed by their largest frequency."""
        return amounts.new_zeros(self.spectrum.shape[1]).index_add_(0, self.frequency - 1, amounts)


def waves_of(network: Network) -> Waves:
    """In double precision: the phase of a neuron that has all but vanished is one as well."""
    u, v, w = (torch.fft.rfft(part.double(), dim=1)[:, 1:] for part in network.moving.values())
    power = u.abs().square()
    spectrum = power / power.sum(1, keepdim=True).clamp(min=1e-300)
    largest = spectrum.argmax(1)
    of_u, of_v, of_w = (part.gather(1, largest[:, None])[:, 0] for part in (u, v, w))
    begins = (of_u.angle() / (2 * torch.pi)).remainder(1)
    phase = (of_u * of_v * of_w.conj()).angle().rad2deg()
    norm = network.norms.double()
    return Waves(spectrum, largest + 1, begins, phase, norm, norm >= IN_USE * norm.max())
