"""What many viewers of one run cost: a real server with one worker, and viewers in a process of their own beside it.

python -m benchmarks.viewers [--viewers 500] [--rate 10] [--seconds 60] [--rounds 2]

In turn nobody watches (half of `seconds`) and all do (`seconds`), in the same run; so the ratio of training speeds
holds on any machine, while the times are this machine's only. It is judged only if other programs left the machine
alone: what they take falls on one side of the ratio as easily as on the other. The server is a real one that also
writes down when each frame was committed. Exits with 1 if a promise is broken or cannot be judged.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from rich.console import Console
from rich.table import Table
from tests.api.server_process import ServerProcess

from benchmarks.audience import shake_hands

PROMISED_LATENCY, PROMISED_RATIO, PROMISED_MB = 0.250, 0.85, 10.0
QUIET = 0.1  # cores that other programs may take in any window for the ratio to say something
SETTLE = 3.0  # seconds after viewers have come or gone that are not counted
NEVER_READING = 10  # viewers that never read, for what each costs
_PHASE = {"name": "features", "samples": 2000, "eta": 0.1, "trains": ["w"]}
_LOOK = {"capture.probe_every": 0, "capture.test_samples": 100}
# 600 neurons and 500 patterns: frames of 0.6 MB, so that a viewer that does not read is behind at once.
_LARGE = {
    **_LOOK,
    "problem.d": 500,
    "problem.D": 500,
    "method.m": 300,
    "capture.frames": 80,
    "training.phases": [{**_PHASE, "steps": 100, "samples": 50}],
}
_LOG = "commits.txt"
_PROGRAM = f"""
import sys, time
from pathlib import Path
from emergescope.api import serve
from emergescope.settings import Settings
from emergescope.store.store import Store

data = Path(sys.argv[2])
log = open(data / {_LOG!r}, "a", buffering=1)
append = Store.append_frame

def logged(store, run_id, claim, frame, **changes):
    append(store, run_id, claim, frame, **changes)
    log.write(f"{{run_id}} {{frame.seq}} {{frame.step}} {{time.monotonic()}}\\n")

Store.append_frame = logged
serve(Settings.load(port=int(sys.argv[1]), data=data, workers=int(sys.argv[3]), log_level="warning"))
"""


class Commit(NamedTuple):
    """When a frame was in the store."""

    seq: int
    step: int
    time: float


@dataclass(frozen=True)
class Window:
    """A stretch of training: steps per second, and the cores taken by the server, the viewers, and other programs."""

    speed: float
    server: float
    viewers: float
    others: float


@dataclass
class Found:
    """What was measured: windows with nobody there, one more than windows with all there, and what all saw then."""

    alone: list[Window] = field(default_factory=list)
    watched: list[Window] = field(default_factory=list)
    disconnected: int = 0
    committed: list[float] = field(default_factory=list)  # frames per second while all were there
    shares: list[float] = field(default_factory=list)  # of those frames, that each viewer was shown
    latencies: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Of training speeds: each window with all there against the quiet before and after it."""
        pairs = zip(self.watched, self.alone, self.alone[1:], strict=False)
        return statistics.mean(window.speed / ((a.speed + b.speed) / 2) for window, a, b in pairs)


class Server(ServerProcess):
    """A server that keeps the times of its commits."""

    program = _PROGRAM

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._log = data / _LOG

    def commits(self, run_id: str) -> list[Commit]:
        lines = (line.split() for line in self._log.read_text("utf-8").splitlines())
        return [Commit(int(seq), int(step), float(at)) for run, seq, step, at in lines if run == run_id]

    def speed(self, run_id: str, begin: float, end: float) -> float:
        """Training steps per second between two times, from the frames committed between them."""
        inside = [commit for commit in self.commits(run_id) if begin <= commit.time <= end]
        return (inside[-1].step - inside[0].step) / (inside[-1].time - inside[0].time)


def steps_per_second(server: Server) -> float:
    """Of the run that is to be watched, when nobody does; the first try warms the worker."""
    for steps in (200, 4000):
        run_id = server.submit({**_LOOK, "capture.frames": 20, "training.phases": [{**_PHASE, "steps": steps}]})
        run = server.wait_for(run_id)
        assert run["status"] == "succeeded", run["error"]
    return server.speed(run_id, 0, time.monotonic())


def start_film(server: Server, rate: float, seconds: float) -> str:
    """A run that makes `rate` frames of 9 kB a second, for longer than `seconds`."""
    frames = round(rate * seconds)
    assert frames <= 5000, "too many frames for one run: ask for fewer seconds, rounds or frames a second"
    phase = {**_PHASE, "steps": round(steps_per_second(server) * seconds)}
    run_id = server.submit({**_LOOK, "capture.frames": frames, "training.phases": [phase]})
    while server.run(run_id)["frames"]["count"] < 3:
        time.sleep(0.1)
    return run_id


def look(server: Server, run_id: str, seconds: float, audience: psutil.Process | None = None) -> Window:
    """Measure a window that begins now."""

    def cores() -> tuple[float, float, float, float]:
        machine, processes = psutil.cpu_times(), [[server.process], server.workers(), [audience] if audience else []]
        ours, workers, viewers = (sum(sum(process.cpu_times()[:2]) for process in group) for group in processes)
        busy = sum(machine) - machine.idle - getattr(machine, "iowait", 0.0)
        return ours, viewers, busy - ours - workers - viewers, time.monotonic()

    *before, begin = cores()
    time.sleep(seconds)
    *after, end = cores()
    return Window(
        server.speed(run_id, begin, end), *((b - a) / (end - begin) for a, b in zip(before, after, strict=True))
    )


def watch(server: Server, run_id: str, viewers: int, seconds: float, found: Found) -> None:
    """Let all viewers watch for a while, and add what they saw to `found`."""
    command = [sys.executable, "-m", "benchmarks.audience", str(server.port), run_id, str(viewers)]
    audience = subprocess.Popen([*command, str(SETTLE + seconds + 1)], stdout=subprocess.PIPE, text=True)
    assert audience.stdout is not None
    begin = float(audience.stdout.readline()) + SETTLE
    time.sleep(max(0.0, begin - time.monotonic()))
    found.watched.append(look(server, run_id, seconds, psutil.Process(audience.pid)))
    seen: dict[str, Any] = json.loads(audience.communicate()[0])
    end = begin + seconds
    committed = {commit.seq: commit.time for commit in server.commits(run_id) if begin <= commit.time <= end}
    counts = [0] * viewers
    for viewer, seq, at in seen["receipts"]:
        if seq in committed:
            counts[viewer] += 1
            found.latencies.append(at - committed[seq])
    found.disconnected += seen["disconnected"]
    found.committed.append(len(committed) / seconds)
    found.shares += [count / len(committed) for count in counts]


def never_reading(server: Server) -> tuple[float, float, float]:
    """(size of a stream, growth of the server with one viewer that never reads, growth per viewer of ten), in MB."""
    run_id = server.submit(_LARGE)
    for _ in range(3):  # what is loaded and cached once for all
        run = server.wait_for(run_id)
        with server.stream(run_id) as stream:
            size = sum(len(message) for message in stream if isinstance(message, bytes)) / 1e6
    assert run["status"] == "succeeded", run["error"]
    time.sleep(1)
    before = server.process.memory_info().rss
    growth = []
    connections = []
    for count in (1, NEVER_READING - 1):
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", server.port))
            shake_hands(connection, server.port, f"/api/runs/{run_id}/stream")
            connections.append(connection)
        peak = 0
        for _ in range(50):
            time.sleep(0.1)
            peak = max(peak, server.process.memory_info().rss)
        growth.append((peak - before) / 1e6)
    for connection in connections:
        connection.close()
    return size, growth[0], growth[1] / NEVER_READING


def measure(server: Server, options: argparse.Namespace) -> Found:
    """Nobody, all, nobody, all, ..., nobody."""
    quiet = options.seconds / 2
    length = (options.rounds + 1) * (quiet + SETTLE) + options.rounds * (options.seconds + SETTLE + 10)
    run_id = start_film(server, options.rate, 1.3 * length)
    found = Found()
    for remaining in reversed(range(options.rounds + 1)):
        time.sleep(SETTLE)
        found.alone.append(look(server, run_id, quiet))
        if remaining:
            watch(server, run_id, options.viewers, options.seconds, found)
    server.client.post(f"/api/runs/{run_id}/cancel").raise_for_status()
    server.wait_for(run_id)
    return found


def report(found: Found, size: float, one: float, each: float) -> tuple[Table, bool]:
    """The table, and whether all promises are seen to be kept."""
    table = Table("", "measured", "promised", "", box=None, pad_edge=False)
    verdicts = []

    def row(name: str, value: str, promise: str = "", verdict: str | bool = "") -> None:
        words = {True: "kept", False: "BROKEN"}
        table.add_row(name, value, promise, words[verdict] if isinstance(verdict, bool) else verdict)
        verdicts.append(verdict)

    p50, p95, p99 = percentiles(found.latencies, (50, 95, 99))
    others = max(window.others for window in found.alone + found.watched)
    memory = f"< {PROMISED_MB:.0f} MB"
    row("disconnected", f"{found.disconnected}", "0", found.disconnected == 0)
    row("frames per second", " ".join(f"{rate:.1f}" for rate in found.committed))
    row("of them shown to each viewer", f"{min(found.shares):.0%} to {max(found.shares):.0%}")
    row("commit to receipt, median", f"{1000 * p50:.0f} ms")
    row("commit to receipt, p95", f"{1000 * p95:.0f} ms", f"< {1000 * PROMISED_LATENCY:.0f} ms", p95 < PROMISED_LATENCY)
    row("commit to receipt, p99, longest", f"{1000 * p99:.0f} ms, {1000 * max(found.latencies):.0f} ms")
    row("training steps per second, nobody there", " ".join(f"{window.speed:.0f}" for window in found.alone))
    row("training steps per second, all there", " ".join(f"{window.speed:.0f}" for window in found.watched))
    verdict = found.ratio > PROMISED_RATIO if others < QUIET else "NOT JUDGED: the machine was not quiet"
    row("training speed, ratio", f"{found.ratio:.3f}", f"> {PROMISED_RATIO}", verdict)
    row("cores that other programs took, nobody there", " ".join(f"{window.others:.2f}" for window in found.alone))
    row("cores that other programs took, all there", " ".join(f"{window.others:.2f}" for window in found.watched))
    row("cores that the server took, nobody there", " ".join(f"{window.server:.2f}" for window in found.alone))
    row("cores that the server took, all there", " ".join(f"{window.server:.2f}" for window in found.watched))
    row("cores that the viewers took themselves", " ".join(f"{window.viewers:.2f}" for window in found.watched))
    row(f"one that never reads its {size:.0f} MB", f"{one:.1f} MB", memory, one < PROMISED_MB)
    row(f"each of {NEVER_READING} of that kind", f"{each:.1f} MB", memory, each < PROMISED_MB)
    return table, all(verdict in {True, ""} for verdict in verdicts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--rate", type=float, default=10, help="frames a second")
    parser.add_argument("--seconds", type=float, default=60, help="that all viewers watch, in each round")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        server = Server(Path(data))
        try:
            table, kept = report(measure(server, options), *never_reading(server))
        finally:
            server.stop()
    table.title = f"{options.viewers} viewers on {os.cpu_count()} cores"
    Console(width=140).print(table)
    sys.exit(not kept)


def percentiles(values: Sequence[float], wanted: Sequence[int]) -> list[float]:
    cuts = statistics.quantiles(values, n=100)
    return [cuts[percent - 1] for percent in wanted]


if __name__ == "__main__":
    main()
