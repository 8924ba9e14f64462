"""Takes frames of one step at growing sizes: the spectrum of the features, what each spike holds, and how much of each
degree of the target a ridge regression on them learns; and finds there what has happened.
"""

from collections.abc import Mapping
from functools import partial
from typing import TypeAlias

import torch
from torch import Tensor

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, State
from emergescope.studies.spikes.config import SHOWN, SpikesConfig
from emergescope.studies.spikes.expected import STANDS_OUT, expected_at
from emergescope.studies.spikes.milestones import Milestones
from emergescope.studies.spikes.network import draw_samples, features, hermite
from emergescope.studies.spikes.panels import FARTHEST, spike_levels
from emergescope.studies.spikes.says import says
from emergescope.toolkit.frame_parts import TellingCamera
from emergescope.toolkit.neuron_display import LARGEST
from emergescope.toolkit.seeds import Stream
from emergescope.toolkit.sentences import Metrics
from emergescope.toolkit.spectrum import eigenvectors
from emergescope.toolkit.step_path import Path

_SMOOTH = 12  # degrees of polynomials of the projection, which spikes are made of
Part: TypeAlias = tuple[Metrics, Mapping[str, Tensor]]


class SpikesCamera(TellingCamera):
    """Takes the frames of one step, in order of its size; a snapshot is the exponent a of it.

    direction  [d] in which the step moves neurons
    """

    def __init__(self, config: SpikesConfig, path: Path, direction: Tensor) -> None:
        self._milestones: Milestones = Milestones(config)
        super().__init__(self._milestones)
        self._config = config
        x, self._fit_labels = draw_samples(config, Stream.RIDGE_FIT, config.method.samples, path.start)
        self._fit = path.of_inputs(x)
        along = x @ direction
        smooth = _unit(torch.stack([hermite(k, along) for k in range(1, _SMOOTH + 1)], 1))
        self._polynomials = smooth[:, :SHOWN]
        self._smooth = _orthonormal(smooth)
        self._shown = (along.abs() <= FARTHEST).nonzero()[: config.shown, 0]
        self._shown = torch.cat([self._shown, self._shown.new_zeros(config.shown - len(self._shown))])
        self._along = along[self._shown].repeat(SHOWN)
        x, self._test_labels = draw_samples(config, Stream.TEST, config.capture.test_samples, path.start)
        self._tests = path.of_inputs(x)
        degrees = torch.stack([hermite(k, x[:, 0].double()) for k in range(1, SHOWN + 1)], 1)
        degrees -= degrees.mean(0)
        self._regression = torch.cholesky_solve(degrees.T, torch.linalg.cholesky(degrees.T @ degrees))

    def take(self, state: State, exponent: float) -> Look:
        """The frame of this exponent. What cannot be measured is left out of it."""
        attempt = self.attempts.at(state.step)
        expected = expected_at(self._config, exponent)
        measured: dict[str, float | None] = {**state.metrics, "edge_predicted": expected.edge}
        measured |= {f"predicted_{k}": expected.value(k) for k in range(1, SHOWN + 1)}
        tensors: dict[str, Tensor] = {}
        found: Part | None = attempt("features", partial(self._features, self._config.method.eta(exponent)))
        if found is not None:
            measured |= found[0]
            tensors |= found[1]
        cosines = tensors.get("cosines")
        watch = partial(self._milestones.watch, state.step, None if cosines is None else cosines.tolist())
        return self.frame(state, measured, tensors, {}, watch, self._says)

    def _says(self, frame: Frame) -> Mapping[str, str]:
        return says(frame, self._config, self._milestones.left)

    def _features(self, eta: float) -> Part:
        """Of the features of the readout's samples, less their mean, the eigenvectors; all else follows from those. The
        bulk is what is left once all that follows smoothly from the projection on the step's direction is taken away.
        """
        h = features(self._fit.at(eta), self._config)
        if not bool(h.isfinite().all()):
            return self._lost()
        mean = h.mean(0)
        h -= mean
        gram, projected = h.T @ h, self._smooth @ h
        squares, vectors = eigenvectors(gram)
        squares = squares.clamp(min=0)
        rest = torch.linalg.eigvalsh(gram.addmm_(projected.T, projected, alpha=-1))
        edge = float(rest[-1].clamp(min=0) / len(h)) ** 0.5
        metrics: dict[str, float | None] = {}
        tensors: dict[str, Tensor] = {}
        for part in (self._spikes(h, squares, vectors, edge), self._readout(h, mean, squares, vectors, eta)):
            metrics |= part[0]
            tensors |= part[1]
        return metrics, tensors

    def _spikes(self, h: Tensor, squares: Tensor, vectors: Tensor, edge: float) -> Part:
        """Singular values in units of √n, those that stand out of the bulk, and the cosines of leading left singular
        vectors with polynomials of the projection on the step's direction.
        """
        values = (squares.flip(0)[:LARGEST] / len(h)).sqrt()
        left = _unit(h @ vectors[:, -SHOWN:].flip(1))
        cosines = left.T @ self._polynomials
        signs = torch.where(cosines.diagonal() < 0, -1.0, 1.0).to(cosines)
        entries = (left[self._shown] * signs * len(h) ** 0.5 + spike_levels(left)).T.flatten()
        metrics = {f"singular_{k + 1}": float(values[k]) for k in range(SHOWN)}
        metrics |= {f"carried_{k + 1}": float(cosines[k, k].abs()) for k in range(SHOWN)}
        metrics |= {"bulk_edge": edge, "spike_count": float((values > STANDS_OUT * edge).sum())}
        which = torch.arange(SHOWN, dtype=torch.uint8).repeat_interleave(len(self._shown))
        tensors = {"projection": self._along, "vector_entry": entries, "spike": which, "cosines": cosines.abs()}
        return metrics, {**tensors, "singular_values": values}

    def _readout(self, h: Tensor, mean: Tensor, squares: Tensor, vectors: Tensor, eta: float) -> Part:
        """Ridge regression with an intercept: its error on tests, and how much of each degree of the target it has."""
        labels = self._fit_labels - self._fit_labels.mean()
        along = (vectors.T @ (h.T @ labels)).double() / (squares.double() + self._config.method.ridge * len(h))
        readout = vectors.double() @ along
        tests = features(self._tests.at(eta), self._config).sub_(mean)
        said = tests.double() @ readout + self._fit_labels.double().mean()
        parts = self._regression @ said
        weights = self._config.problem.degrees
        learnt = torch.stack([parts[k] / w if w else parts[k] * torch.nan for k, w in enumerate(weights)])
        metrics: dict[str, float | None] = {"test_mse": float((said - self._test_labels).square().mean())}
        metrics |= {f"learnt_{k}": float(learnt[k - 1]) for k, weight in enumerate(weights, 1) if weight}
        return metrics, {"learnt": learnt}

    def _lost(self) -> Part:
        """Where weights are no numbers."""
        names = [f"{name}_{k}" for name in ("singular", "carried") for k in range(1, SHOWN + 1)]
        names += [f"learnt_{k}" for k, weight in enumerate(self._config.problem.degrees, 1) if weight]
        count = min(LARGEST, self._config.method.width)
        return dict.fromkeys((*names, "bulk_edge", "spike_count", "test_mse")), {
            "singular_values": torch.full((count,), torch.nan)
        }


def _orthonormal(columns: Tensor) -> Tensor:
    """Rows that span what the columns do."""
    wide = columns.double()
    rows: Tensor = torch.linalg.solve_triangular(torch.linalg.cholesky(wide.T @ wide), wide.T, upper=False)
    return rows.to(columns)


def _unit(columns: Tensor) -> Tensor:
    """Columns less their mean, of length one."""
    centred = columns - columns.mean(0)
    unit: Tensor = centred / centred.norm(dim=0).clamp(min=1e-30)
    return unit
