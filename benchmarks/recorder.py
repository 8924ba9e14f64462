"""What recording costs a loop: a two-layer network in plain PyTorch, steps of about 2 ms, a snapshot every 50 steps.

Blocks of steps with and without snapshots alternate in one run; the ratio of neighbours is what counts, and must stay
below 1.03. Also: what a snapshot costs that is not due, and how many of a step a frame takes in its own thread.

python -m benchmarks.recorder [--rounds 60] [--threads 1]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from emergescope.recorder import Recorder, record

INPUTS, NEURONS, DIRECTIONS = 500, 600, 100
EVERY, STEPS = 50, 100
STEP = 0.002  # seconds
MOST = 1.03


class Loop:
    """Steps of a network on noise; `batch` decides how long one takes."""

    def __init__(self) -> None:
        chance = torch.Generator().manual_seed(0)
        self.first, self.second = torch.nn.Linear(INPUTS, NEURONS), torch.nn.Linear(NEURONS, 1)
        parameters = [*self.first.parameters(), *self.second.parameters()]
        self._optimiser = torch.optim.SGD(parameters, lr=1e-4)
        self._inputs = torch.randn(20_000, INPUTS, generator=chance)
        self.directions = torch.linalg.qr(torch.randn(INPUTS, DIRECTIONS, generator=chance)).Q
        self.batch, self.step = 64, 0

    def run(self, steps: int, look: Callable[[int, torch.Tensor], None] | None = None) -> tuple[float, float]:
        """Seconds that so many steps take, and those that this thread computes; `look` is called after each."""
        began, own = time.perf_counter(), time.thread_time()
        for _ in range(steps):
            x = self._inputs[: self.batch]
            loss = torch.relu(1 - self.second(self.first(x).clamp(0, 1))).mean()
            self._optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimiser.step()
            if look is not None:
                look(self.step, loss)
            self.step += 1
        return time.perf_counter() - began, time.thread_time() - own

    def calibrate(self) -> float:
        """Choose the batch; seconds of a step then."""
        for _ in range(3):
            self.run(20)
            each = self._each()
            self.batch = min(len(self._inputs), max(1, round(self.batch * STEP / each)))
        return self._each()

    def _each(self) -> float:
        return statistics.median(self.run(20)[0] / 20 for _ in range(5))


def ratios(loop: Loop, rec: Recorder, rounds: int) -> list[tuple[float, float]]:
    """Of blocks with snapshots to those beside them without: of seconds, and of those that the loop's thread computes.
    A block ends 50 steps after its last snapshot, so that its frame is made within the block.
    """

    def look(step: int, loss: torch.Tensor) -> None:
        rec.snapshot(step, loop.first, metrics={"loss": loss})

    found = []
    loop.run(STEPS, look)
    for turn in range(rounds):
        times = {}
        for recorded in (True, False) if turn % 2 else (False, True):
            times[recorded] = loop.run(STEPS, look if recorded else None)
        found.append((times[True][0] / times[False][0], times[True][1] / times[False][1]))
    return found


def not_due(rec: Recorder, layer: torch.nn.Module, calls: int = 100_000) -> float:
    """Seconds of a snapshot that is not due."""
    metrics = {"loss": 1.0}
    began = time.perf_counter()
    for _ in range(calls):
        rec.snapshot(1, layer, metrics=metrics)
    return (time.perf_counter() - began) / calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    loop = Loop()
    each = loop.calibrate()
    with tempfile.TemporaryDirectory() as folder:
        relevant = range(5)
        path = Path(folder) / "run"
        with record("bench", directory=path, directions=loop.directions, relevant=relevant, every=EVERY) as rec:
            found = ratios(loop, rec, given.rounds)
        with record("idle", directory=Path(folder) / "idle", every=1000) as rec:
            rec.snapshot(0, loop.first)
            idle = not_due(rec, loop.first)
    table = Table("recording a loop", "", box=None, pad_edge=False)
    table.add_row(f"a step, {given.threads} threads, batch {loop.batch}", f"{1000 * each:.2f} ms")
    table.add_row("a snapshot that is not due", f"{1e6 * idle:.2f} µs")
    ratio, own = (statistics.median(kind) for kind in zip(*found, strict=True))
    low, _, high = statistics.quantiles([wall for wall, _ in found], n=4)
    table.add_row(f"with a snapshot every {EVERY} steps, against without", f"{ratio:.4f} ({low:.3f} to {high:.3f})")
    table.add_row("  of what the loop's own thread computes", f"{own:.4f}")
    table.add_row(f"below {MOST}", "yes" if ratio < MOST else "no")
    Console().print(table)


if __name__ == "__main__":
    main()
