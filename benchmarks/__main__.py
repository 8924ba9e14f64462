"""`make bench`: our speed as ratios, each pair taken in turn in this one run. Absolute times are this machine's only.

python -m benchmarks [--rounds 3]
"""

import argparse
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from sklearn.manifold import MDS

from benchmarks import yardstick
from emergescope.catalog.registry import get_preset
from emergescope.studies.patterns.config import PatternsConfig
from emergescope.studies.patterns.drawn import Sampler, draw_dictionary
from emergescope.toolkit.alignment import align
from emergescope.toolkit.hinge.dynamics import descend
from emergescope.toolkit.hinge.geometry import Geometry
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork, initialise
from emergescope.toolkit.map_maker import dissimilarity, first_positions, mds
from emergescope.toolkit.seeds import Stream, generator

HERE = Path(__file__).parent
OURS = [sys.executable, "-m", "emergescope", "run", "paper/parity", "--json"]
FIGURE_1 = [sys.executable, "-m", "emergescope", "reproduce", "paper/figure-1", "--seeds", "1", "--json"]
FIGURE_1_BY_HAND = [sys.executable, str(HERE / "yardstick.py"), "--figure-1"]
BY_HAND = [sys.executable, str(HERE / "yardstick.py"), "--snapshots", "40", "--steps", "1500"]


def in_turn(ours: Callable[[], None], theirs: Callable[[], None], rounds: int) -> tuple[float, float]:
    """Median seconds of each, measured alternately after one warm-up of both."""
    ours()
    theirs()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for work, spent in zip((ours, theirs), times, strict=True):
            began = time.perf_counter()
            work()
            spent.append(time.perf_counter() - began)
    return statistics.median(times[0]), statistics.median(times[1])


def process(command: list[str]) -> Callable[[], None]:
    """Run a command to its end, imports and all."""

    def work() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    return work


def fresh(preset: str) -> tuple[PatternsConfig, TwoLayerNetwork, Sampler]:
    """The configuration of a preset, its network before training, and its training samples."""
    config = get_preset(preset).config
    assert isinstance(config, PatternsConfig)
    dictionary = draw_dictionary(config.problem, generator(0, Stream.DICTIONARY))
    geometry = Geometry(dictionary, torch.float32, "cpu")
    chance = generator(0, Stream.INITIALISATION)
    network = initialise(config.method, config.problem.usual_deviations, geometry, chance, torch.float32, "cpu")
    return config, network, Sampler(config.problem, dictionary, generator(0, Stream.TRAINING))


def step_pair() -> tuple[Callable[[], None], Callable[[], None]]:
    """100 classifier steps on 500 fresh samples: pattern space in closed form, and R^500 with autograd."""
    config, network, sampler = fresh("paper/parity")
    phase = config.training.phases[-1].model_copy(update={"eta": 1e-6})  # stays where all samples have a gradient
    other_chance = torch.Generator().manual_seed(0)
    inputs, other = yardstick.Inputs(other_chance), yardstick.Network(other_chance)

    def ours() -> None:
        for _ in range(100):
            descend(network, phase, sampler)

    def theirs() -> None:
        for _ in range(100):
            yardstick.descend(other, *inputs.draw(500), eta=1e-6, decay=0.0, noise=0.0)

    return ours, theirs


def map_pair() -> tuple[Callable[[], None], Callable[[], None]]:
    """One map of 600 neurons: ours from the frame before, and scikit-learn's from scratch."""
    config, network, sampler = fresh("gradual")
    unit = align(network).unit
    before = mds(dissimilarity(unit), first_positions(unit, torch.eye(unit.shape[1])[0]), 300).positions
    for _ in range(3):
        descend(network, config.training.phases[0], sampler)
    delta = dissimilarity(align(network).unit)
    reference = ((delta + delta.T) / 2).double().numpy()

    def ours() -> None:
        mds(delta, before, 40)

    def theirs() -> None:
        MDS(2, dissimilarity="precomputed", n_init=1, random_state=0).fit_transform(reference)

    return ours, theirs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    warnings.filterwarnings("ignore", category=FutureWarning, module="sklearn")
    torch.set_num_threads(1)
    table = Table("ours against by hand", "ours", "by hand", "ratio", box=None, pad_edge=False)
    pairs = [
        ("paper/parity, whole command, 40 frames", (process(OURS), process(BY_HAND))),
        ("paper/figure-1, its six runs in worker processes", (process(FIGURE_1), process(FIGURE_1_BY_HAND))),
        ("100 training steps, one thread", step_pair()),
        ("map of 600 neurons, one thread", map_pair()),
    ]
    for name, (ours, theirs) in pairs:
        a, b = in_turn(ours, theirs, rounds)
        table.add_row(name, f"{a:.3f} s", f"{b:.3f} s", f"{a / b:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
