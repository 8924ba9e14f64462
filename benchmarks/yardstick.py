"""The preset `paper/parity`, or figure 1, as one would write it by hand: the yardstick of `make bench`.

Plain PyTorch in the ambient space R^500 with autograd; at each snapshot the cosines with all patterns, the test
accuracy, and a 2D map of the neurons by scikit-learn's MDS. Figure 1: two networks without snapshots, and ridge
solutions of random features and the tangent kernel, with structure and without. One process, two threads; prints JSON.

    python benchmarks/yardstick.py --snapshots 40 --steps 1500
    python benchmarks/yardstick.py --figure-1
"""

import argparse
import json
import math
import time
import warnings

import numpy as np
import torch
from sklearn.manifold import MDS
from torch import Tensor

D_AMBIENT, D_PATTERNS, K, M, P_O = 500, 100, 5, 300, 0.5
SIGMA_TILDE = math.sqrt(D_PATTERNS * P_O * (1 - P_O))
GAMMA = (1 - P_O) / 2
TEST = 5000


class Inputs:
    """x = M phi with parity labels; one random dictionary and relevant set."""

    def __init__(self, chance: torch.Generator, structure: bool = True) -> None:
        self.chance = chance
        self.structure = structure
        self.dictionary = torch.linalg.qr(torch.randn(D_AMBIENT, D_PATTERNS, generator=chance)).Q
        self.relevant = torch.randperm(D_PATTERNS, generator=chance)[:K]

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """x [n, 500] and y [n]."""
        bits = torch.rand(n, D_PATTERNS, generator=self.chance) < P_O
        if self.structure:
            aligned = torch.rand(n, 1, generator=self.chance) >= P_O
            together = torch.rand(n, 1, generator=self.chance) < 0.5
            bits[:, self.relevant] = torch.where(aligned, together, bits[:, self.relevant])
        y = bits[:, self.relevant].sum(1) % 2 * 2.0 - 1
        return (bits.float() - P_O) @ (self.dictionary.T / SIGMA_TILDE), y


class Network(torch.nn.Module):
    def __init__(self, chance: torch.Generator) -> None:
        super().__init__()
        w = torch.randn(M, D_AMBIENT, generator=chance) / K
        b = torch.randn(M, generator=chance) / K**2
        a = torch.randn(M, generator=chance) * SIGMA_TILDE**2 / (GAMMA * K**2)
        self.w = torch.nn.Parameter(torch.cat([w, w]))
        self.b = torch.nn.Parameter(torch.cat([b, b]))
        self.a = torch.nn.Parameter(torch.cat([a, -a]))

    def forward(self, x: Tensor, noise: float = 0.0) -> Tensor:
        z = torch.addmm(self.b, x, self.w.T)
        hidden = z.clamp(0, 1) if noise == 0 else _smooth(z, noise) - _smooth(z - 1, noise)
        return torch.mv(hidden, self.a)


def _smooth(u: Tensor, noise: float) -> Tensor:
    t = u / noise
    density = torch.exp(-0.5 * t * t) / math.sqrt(2 * math.pi)
    return noise * density + u * 0.5 * (1 + torch.erf(t / math.sqrt(2)))


def descend(network: Network, x: Tensor, y: Tensor, eta: float, decay: float, noise: float) -> None:
    loss = torch.relu(1 - y * network(x, noise)).mean()
    if decay:
        loss = loss + decay * (network.w.square().sum() + network.a.square().sum())
    parameters = list(network.parameters())
    with torch.no_grad():
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.sub_(gradient, alpha=eta)


@torch.no_grad()
def look(network: Network, inputs: Inputs, test: tuple[Tensor, Tensor]) -> dict[str, float]:
    unit = network.w / network.w.norm(dim=1, keepdim=True)
    signal = inputs.dictionary[:, inputs.relevant].sum(1) / math.sqrt(K)
    alignment = unit @ inputs.dictionary
    points = torch.cat([unit, signal[None], -signal[None]])
    delta = (1 - points @ points.T).clamp(min=0).double().fill_diagonal_(0)
    symmetric = ((delta + delta.T) / 2).numpy()
    layout = MDS(2, dissimilarity="precomputed", n_init=1, random_state=0).fit_transform(symmetric)
    x, y = test
    return {
        "signal_cosine": float((unit @ signal).abs().mean()),
        "largest_alignment": float(alignment.abs().max()),
        "test_accuracy": float((network(x).sign() == y).float().mean()),
        "extent": float(np.abs(layout).max()),
    }


def train(network: Network, inputs: Inputs, step: int) -> None:
    """The `step`-th gradient step of the preset, counted from 1."""
    noise = K**-1.5
    match step:
        case 1:
            descend(network, *inputs.draw(50_000), eta=0.003, decay=0.0, noise=noise)
        case 2:
            descend(network, *inputs.draw(50_000), eta=100.0, decay=0.005, noise=noise)
        case _:
            descend(network, *inputs.draw(500), eta=0.01, decay=0.0, noise=0.0)


@torch.no_grad()
def accuracy(output: Tensor, y: Tensor) -> float:
    return float((output.sign() == y).float().mean())


@torch.no_grad()
def fixed_features(structure: bool) -> dict[str, float]:
    """Ridge solutions of random features and of the tangent kernel, at a fresh start."""
    chance = torch.Generator().manual_seed(0)
    inputs, network = Inputs(chance, structure), Network(chance)
    (x, y), (xt, yt) = inputs.draw(10_000), inputs.draw(TEST)

    def hidden(points: Tensor) -> Tensor:
        return torch.addmm(network.b, points, network.w.T).clamp(0, 1)[:, :M]

    h, ht = hidden(x), hidden(xt)
    mean, deviation = h.mean(0), h.std(0) + 1e-8
    h, ht = (h - mean) / deviation, (ht - mean) / deviation
    direction = torch.linalg.solve(h.T @ h + 1e-2 * len(x) * torch.eye(M), h.T @ y)
    x, y = x[:4000], y[:4000]

    def tangents(points: Tensor) -> tuple[Tensor, Tensor]:
        z = torch.addmm(network.b, points, network.w.T)
        return z.clamp(0, 1), ((z > 0) & (z < 1)) * network.a

    (act, slope), (act_t, slope_t) = tangents(x), tangents(xt)
    kernel = act @ act.T + (slope @ slope.T) * (x @ x.T + 1)
    weights = torch.linalg.solve(kernel + kernel.trace() / len(x) * torch.eye(len(x)), y)
    kernel_t = act_t @ act.T + (slope_t @ slope.T) * (xt @ x.T + 1)
    return {"random features": accuracy(ht @ direction, yt), "tangent kernel": accuracy(kernel_t @ weights, yt)}


def figure_1(steps: int) -> dict[str, dict[str, float]]:
    """Final accuracies of the three methods, with structure and without."""
    found = {}
    for structure in (True, False):
        chance = torch.Generator().manual_seed(0)
        inputs, network = Inputs(chance, structure), Network(chance)
        x, y = inputs.draw(TEST)
        for step in range(1, steps + 3):
            train(network, inputs, step)
        name = "structure" if structure else "no structure"
        found[name] = {"network": accuracy(network(x), y), **fixed_features(structure)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1500, help="mini-batch steps after the two feature steps")
    parser.add_argument("--snapshots", type=int, default=40)
    parser.add_argument("--figure-1", action="store_true")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning, module="sklearn")
    torch.set_num_threads(2)
    began = time.perf_counter()
    if arguments.figure_1:
        found = figure_1(arguments.steps)
        print(json.dumps({"seconds": round(time.perf_counter() - began, 3), **found}))
        return
    chance = torch.Generator().manual_seed(0)
    inputs, network = Inputs(chance), Network(chance)
    test = inputs.draw(TEST)
    wanted = set(np.unique(np.geomspace(1, arguments.steps + 2, arguments.snapshots).astype(int)).tolist())
    seen: dict[str, float] = {}
    for step in range(1, arguments.steps + 3):
        train(network, inputs, step)
        if step in wanted:
            seen = look(network, inputs, test)
    print(json.dumps({"snapshots": len(wanted), "seconds": round(time.perf_counter() - began, 3), **seen}))


if __name__ == "__main__":
    main()
