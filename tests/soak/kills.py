"""kill -9 of random workers and servers while runs train: nothing seen is lost, and every run ends as if undisturbed.

    python -m tests.soak.kills --kills 100 --seconds 900

A viewer of each run keeps the hash of every frame it sees. Workers and servers are killed at random moments; a server
is started again at once. Once all kills are done every run is led to its end (one that died too often is resumed, as a
person would), and three things are checked: each frame that was seen is there, byte for byte; each run succeeded; its
film equals that of the same configuration trained here, without any disturbance, to the bit.
"""

import argparse
import hashlib
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from websockets.exceptions import WebSocketException

from emergescope.catalog.parse import parse_config
from emergescope.jobs.executor import Job
from emergescope.jobs.worker import execute
from emergescope.recording.codec import read_metadata
from emergescope.recording.events import FrameReady
from tests.api.server_process import ServerProcess

_OPEN = ("queued", "running", "paused")
_EVERY = 3  # one kill of so many is of a server, so that a short campaign has both, whatever its luck
_PHASE = {"name": "features", "samples": 1000, "eta": 0.5, "trains": ["w", "b", "a"]}
# Runs of some seconds, of all methods.
KINDS: tuple[dict[str, Any], ...] = (
    {"preset": "gradual", "overrides": {"capture.frames": 60, "capture.probe_samples": 1000}},
    {"preset": "quick", "overrides": {"training.phases": [_PHASE | {"steps": 6000}], "capture.frames": 120}},
    {"preset": "paper/parity-random-features", "overrides": {"training.phases.0.steps": 4000}},
    {"preset": "paper/parity-ntk", "overrides": {"training.phases.0.steps": 1500}},
    {"preset": "quick", "overrides": {"problem.input_noise": 0.1, "training.phases": [_PHASE | {"steps": 4000}]}},
)


@dataclass
class Watched:
    """A run, and the SHA-256 of each frame that anyone saw of it, by seq."""

    id: str
    seen: dict[int, str] = field(default_factory=dict)
    twice: int = 0  # frames that came again with other bytes


@dataclass
class Campaign:
    """Kills until `kills` are done or `seconds` are over."""

    data: Path
    kills: int
    seconds: float
    seed: int
    at_once: int = 3  # runs that wait or train
    pause: float = 7.0  # seconds between two kills, at most
    kinds: tuple[dict[str, Any], ...] = KINDS
    runs: list[Watched] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.server = ServerProcess(self.data, workers=2, own_workers=True)
        self.stopped = threading.Event()

    def go(self) -> list[str]:
        """What is wrong in the end; nothing, if all is well."""
        began = time.monotonic()
        while self.done.total() < self.kills and time.monotonic() - began < self.seconds:
            self._fill()
            time.sleep(self.chance.uniform(0.2, self.pause))
            self._kill()
        self._lead_to_the_end()
        self.stopped.set()
        wrong = [f"only {self.done.total()} of {self.kills} kills in {self.seconds:.0f} s"]
        wrong = wrong if self.done.total() < self.kills else []
        for run in self.runs:
            wrong += self._check(run)
        self.server.stop()
        return wrong

    def _fill(self) -> None:
        """Keep some runs waiting or running, each with a viewer."""
        statuses = [self.server.run(run.id)["status"] for run in self.runs]
        for _ in range(self.at_once - sum(status in _OPEN for status in statuses)):
            body = self.chance.choice(self.kinds)
            body = {**body, "overrides": {**body["overrides"], "seed": len(self.runs)}}
            response = self.server.client.post("/api/runs", json=body)
            assert response.status_code == 201, response.text
            run = Watched(response.json()["id"])
            self.runs.append(run)
            threading.Thread(target=self._watch, args=(run,), daemon=True).start()

    def _kill(self) -> None:
        if (self.done.total() + 1) % _EVERY == 0:
            self.server.kill()
            self.done["servers"] += 1
            self.server = ServerProcess(self.data, workers=2, own_workers=True)
        else:
            self._kill_worker()

    def _kill_worker(self) -> None:
        """Once there is one: a server that has just begun may have none yet."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(psutil.NoSuchProcess, IndexError):  # it has just ended
                self.chance.choice(self.server.workers()).kill()
                self.done["workers"] += 1
                return
            time.sleep(0.05)

    def _watch(self, run: Watched) -> None:
        """See frames as a browser does: come back after a lost connection with the last seq."""
        while not self.stopped.is_set():
            try:
                with self.server.stream(run.id, f"after={max(run.seen, default=-1)}") as stream:
                    for message in stream:
                        if isinstance(message, bytes):
                            self._see(run, message)
                return
            except (OSError, WebSocketException):
                time.sleep(0.2)

    @staticmethod
    def _see(run: Watched, blob: bytes) -> None:
        seq, found = int(read_metadata(blob)["seq"]), hashlib.sha256(blob).hexdigest()
        run.twice += run.seen.setdefault(seq, found) != found

    def _lead_to_the_end(self) -> None:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            states = [self.server.run(run.id) for run in self.runs]
            for state in states:
                if state["status"] == "failed" and state["deaths"]:
                    self.server.client.post(f"/api/runs/{state['id']}/resume")
                    self.done["resumed by hand"] += 1
            if all(state["status"] == "succeeded" for state in states):
                return
            time.sleep(0.5)

    def _check(self, run: Watched) -> list[str]:
        state = self.server.run(run.id)
        wrong = [] if state["status"] == "succeeded" else [f"{run.id} is {state['status']}: {state['error']}"]
        wrong += [f"{run.id}: {run.twice} frames came twice, with other bytes"] if run.twice else []
        job = Job(run.id, parse_config(state["config"]))
        film = {m.seq: m.blob for m in execute(job, 1) if isinstance(m, FrameReady)}
        kept = {seq: self._frame(run.id, seq) for seq in film}
        for seq, found in run.seen.items():
            if hashlib.sha256(kept.get(seq, b"")).hexdigest() != found:
                wrong.append(f"{run.id}: frame {seq} that was seen is not there as it was")
        if kept != film:
            differ = [seq for seq in film if kept[seq] != film[seq]]
            wrong.append(f"{run.id}: frames {differ} differ from those of an undisturbed run")
        self.done["resumes"] += len(state["deaths"])
        self.done["frames seen"] += len(run.seen)
        self.done["frames compared"] += len(film)
        return wrong

    def _frame(self, run_id: str, seq: int) -> bytes:
        response: httpx.Response = self.server.client.get(f"/api/runs/{run_id}/frames/{seq}")
        return response.content if response.status_code == 200 else b""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=900, help="no more kills after so long")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="emergescope-kills-") as data:
        began = time.monotonic()
        campaign = Campaign(Path(data), given.kills, given.seconds, given.seed)
        wrong = campaign.go()
    for what, count in [*campaign.done.items(), ("runs", len(campaign.runs))]:
        print(f"{what:>18}  {count}")
    print(f"{'seconds':>18}  {time.monotonic() - began:.0f}")
    print(*(wrong or ["every frame is there, every run ended, to the bit"]), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
