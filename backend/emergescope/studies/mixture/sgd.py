"""SGD with momentum on the cross-entropy, step by step: how the classifiers of figure 4 are trained."""

import math

import torch
from torch import Tensor

from emergescope.studies.mixture.classifier import Classifier, Descent
from emergescope.studies.mixture.config import SgdTraining
from emergescope.toolkit.hinge.two_layer import Moving
from emergescope.toolkit.seeds import Stream, generator

_VELOCITY = "velocity."


class Sgd(Moving):
    """Trains one network on its own rows of a table of inputs. v <- mu v + grad, theta <- theta - eta_t v, with eta_t
    falling from eta to 0 along half a cosine; in each epoch all rows once, in a new order that depends on nothing but
    the seed and the epoch.

    network  trained in place
    inputs   [N, ...], labels int64 [N]
    rows     [n] int64, the rows of `inputs` that it learns
    """

    def __init__(
        self,
        network: Classifier,
        inputs: Tensor,
        labels: Tensor,
        rows: Tensor,
        training: SgdTraining,
        seed: int,
        stream: Stream,
    ) -> None:
        self.network = network
        self._inputs, self._labels, self._rows = inputs, labels, rows
        self._training = training
        self._batches = -(-len(rows) // training.batch)
        # One seed for each epoch: the order at a step follows from the step alone.
        self._seeds = torch.randint(2**62, (training.epochs,), generator=generator(seed, stream)).tolist()
        self._epoch, self._order = -1, rows
        self._velocity = {name: torch.zeros_like(t) for name, t in network.parameters.items()}

    @property
    def steps(self) -> int:
        """All that there are."""
        return self._training.epochs * self._batches

    def step(self, done: int) -> Descent:
        """The step after `done`, which is below `steps`; tells of its batch before it was taken."""
        batch = self.batch(done)
        descent = self.network.descent(self._inputs[batch], self._labels[batch])
        eta = self.eta(done)
        for name, theta in self.network.parameters.items():
            velocity = self._velocity[name].mul_(self._training.momentum).add_(descent.gradient[name])
            theta.sub_(velocity, alpha=eta)
        return descent

    def eta(self, done: int) -> float:
        """The learning rate of the step after `done`."""
        return self._training.eta * (1 + math.cos(math.pi * done / self.steps)) / 2

    def batch(self, done: int) -> Tensor:
        """Rows of `inputs` in the step after `done`; the last batch of an epoch has what is left."""
        epoch, place = divmod(done, self._batches)
        if epoch != self._epoch:
            order = torch.randperm(len(self._rows), generator=torch.Generator().manual_seed(self._seeds[epoch]))
            self._epoch, self._order = epoch, self._rows[order.to(self._rows.device)]
        return self._order[place * self._training.batch : (place + 1) * self._training.batch]

    @property
    def moving(self) -> dict[str, Tensor]:
        return self.network.moving | {_VELOCITY + name: t for name, t in self._velocity.items()}
