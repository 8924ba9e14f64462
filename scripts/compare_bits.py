"""Compares the frames that two checkouts make, bit by bit, on this machine.

    python scripts/compare_bits.py BEFORE AFTER [--frames N] [NAME ...]

For every preset whose data are there (its first N frames) and for a small configuration of every kind of problem,
method, dictionary and label rule (frame_digests.py names them), both checkouts train on one thread of the CPU, and the
SHA-256 of each frame's tensors and metrics are compared. Bits depend on the processor, so no digest is kept: only two
checkouts on one machine can be compared. Exit code 1 when any differ. For changes that must not change any result.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

PROGRAM = "scripts/frame_digests.py"


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the frames of two checkouts, bit by bit.")
    parser.add_argument("before", type=Path, help="a checkout")
    parser.add_argument("after", type=Path, help="another one")
    parser.add_argument("names", nargs="*", metavar="NAME", help="presets and cases; all of them when none is named")
    parser.add_argument("--frames", type=int, default=20, help="of each run, at most")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        write_tree(Path(data) / "tree")
        runs = [start(place, data, chosen.frames, chosen.names) for place in (chosen.before, chosen.after)]
        before, after = (read(run) for run in runs)
    wrong = 0
    for name in sorted(before.keys() | after.keys()):
        told = difference(before.get(name), after.get(name))
        wrong += told is not None
        first = before.get(name) or [""]
        what = told or (first[0] if isinstance(first[0], str) else f"{len(first)} frames")
        print(f"{'DIFFERS' if told else 'equal  '}  {name}: {what}")
    print(f"{len(before.keys() | after.keys()) - wrong} equal, {wrong} not")
    return wrong > 0


def difference(before: list[Any] | None, after: list[Any] | None) -> str | None:
    """The first thing in which the frames of two runs differ, in words; None if they are equal."""
    if before is None or after is None:
        return f"{'the first' if before is None else 'the second'} checkout does not know it"
    for one, other in zip(before, after, strict=False):
        if one != other:
            if not (isinstance(one, dict) and isinstance(other, dict)):
                return f"{one} against {other}"
            names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
            return f"frame of step {one['step']}: {', '.join(names)}"
    return None if len(before) == len(after) else f"{len(before)} frames against {len(after)}"


def start(place: Path, data: str, frames: int, names: list[str]) -> "subprocess.Popen[str]":
    """frame_digests.py of that checkout, with its package."""
    one = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment = {**os.environ, **one, "PYTHONPATH": str(place.resolve() / "backend")}
    command = [sys.executable, str(place / PROGRAM), data, str(frames), *names]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def read(run: "subprocess.Popen[str]") -> dict[str, list[Any]]:
    """What a process of `start` printed: the digests of each run's frames."""
    assert run.stdout is not None
    found = dict(json.loads(line) for line in run.stdout)
    if run.wait():
        raise SystemExit("a checkout could not be run: see above")
    return found


def write_tree(root: Path) -> None:
    """Two classes of small pictures, 30 of each."""
    draw = np.random.default_rng(0)
    for name, bright in (("dark", 60), ("light", 190)):
        (root / name).mkdir(parents=True)
        for index in range(30):
            pixels = np.clip(draw.normal(bright, 40, (8, 8, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(root / name / f"{index}.png")


if __name__ == "__main__":
    sys.exit(main())
