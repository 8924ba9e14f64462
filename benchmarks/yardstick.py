"""The preset `paper/parity` as one would write it by hand: the yardstick that `make bench` measures against.

Plain PyTorch in the ambient space R^500 with autograd; at each snapshot the cosines with all patterns, the test
accuracy, and a 2D map of the neurons by scikit-learn's MDS. One process, two threads. Prints one JSON object.

    python benchmarks/yardstick.py --snapshots 40 --steps 1500
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
    """x = M phi with parity labels and input structure; one random dictionary and relevant set."""

    def __init__(self, chance: torch.Generator) -> None:
        self.chance = chance
        self.dictionary = torch.linalg.qr(torch.randn(D_AMBIENT, D_PATTERNS, generator=chance)).Q
        self.relevant = torch.randperm(D_PATTERNS, generator=chance)[:K]

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """x [n, 500] and y [n]."""
        bits = torch.rand(n, D_PATTERNS, generator=self.chance) < P_O
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1500, help="mini-batch steps after the two feature steps")
    parser.add_argument("--snapshots", type=int, default=40)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning, module="sklearn")
    torch.set_num_threads(2)
    began = time.perf_counter()
    chance = torch.Generator().manual_seed(0)
    inputs, network = Inputs(chance), Network(chance)
    test = inputs.draw(TEST)
    wanted = set(np.unique(np.geomspace(1, arguments.steps + 2, arguments.snapshots).astype(int)).tolist())
    seen: dict[str, float] = {}
    noise = K**-1.5
    for step in range(1, arguments.steps + 3):
        match step:
            case 1:
                descend(network, *inputs.draw(50_000), eta=0.003, decay=0.0, noise=noise)
            case 2:
                descend(network, *inputs.draw(50_000), eta=100.0, decay=0.005, noise=noise)
            case _:
                descend(network, *inputs.draw(500), eta=0.01, decay=0.0, noise=0.0)
        if step in wanted:
            seen = look(network, inputs, test)
    print(json.dumps({"snapshots": len(wanted), "seconds": round(time.perf_counter() - began, 3), **seen}))


if __name__ == "__main__":
    main()
