"""Loops of `emergescope list` and `emergescope db check` beside runs: none of them fails, and no run notices.

    python -m tests.soak.readers --seconds 60
    python -m tests.soak.readers --seconds 60 --postgres

A server trains one run after the other while people look at its database again and again, each time with a process of
their own, as a cron job does. In the end no reader failed, no worker died, and each run's film is that of the same
configuration trained here without anyone beside it, to the bit.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from emergescope.catalog.parse import parse_config
from emergescope.jobs.executor import Job
from emergescope.jobs.worker import execute
from emergescope.recording.events import FrameReady
from tests.api.server_process import ServerProcess
from tests.postgres import PostgresServer, find_postgres

_LIST = ("list", "--limit", "200")
READERS = (_LIST, _LIST, ("db", "check"), ("db", "check"))
_PHASE = {"name": "features", "samples": 1000, "eta": 0.5, "trains": ["w", "b", "a"]}


@dataclass
class Crowd:
    """Readers beside a server on the database at `url`, or else in `data`, for `seconds`; each reads once at least."""

    data: Path
    seconds: float
    url: str | None = None
    steps: int = 4000  # of each run
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def go(self) -> list[str]:
        """What is wrong in the end; nothing, if all is well."""
        self._server = ServerProcess(self.data, database_url=self.url or "")
        self._over = threading.Event()
        self._runs = [self._submit()]
        readers = [threading.Thread(target=self._read, args=(arguments,)) for arguments in READERS]
        for reader in readers:
            reader.start()
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            self._server.wait_for(self._runs[-1])
            if time.monotonic() < end:
                self._runs.append(self._submit())
        self._over.set()
        for reader in readers:
            reader.join()
        for run_id in self._runs:
            self._check(run_id)
        self._server.stop()
        return self.wrong

    def _submit(self) -> str:
        overrides = {
            "training.phases": [_PHASE | {"steps": self.steps}],
            "capture.frames": 120,
            "seed": self.done["runs"],
        }
        self.done["runs"] += 1
        return self._server.submit(overrides)

    def _read(self, arguments: tuple[str, ...]) -> None:
        place = {"EMERGESCOPE_DATA": str(self.data), "EMERGESCOPE_DATABASE_URL": self.url or ""}
        command = [sys.executable, "-m", "emergescope", *arguments]
        while True:
            read = subprocess.run(command, env=os.environ | place, capture_output=True, text=True, check=False)
            self.done[" ".join(arguments)] += 1
            if read.returncode != 0 or (arguments == _LIST and self._runs[0] not in read.stdout):
                self.wrong.append(f"{' '.join(arguments)}: {read.stdout}{read.stderr}")
            if self._over.is_set():
                return

    def _check(self, run_id: str) -> None:
        run = self._server.wait_for(run_id)
        if run["status"] != "succeeded" or run["deaths"]:
            self.wrong.append(f"run {run_id} is {run['status']}: {run['error']}, {run['deaths']}")
        film = {
            m.seq: m.blob for m in execute(Job(run_id, parse_config(run["config"])), 1) if isinstance(m, FrameReady)
        }
        kept = {seq: self._server.client.get(f"/api/runs/{run_id}/frames/{seq}").content for seq in film}
        if run["frames"]["count"] != len(film) or kept != film:
            self.wrong.append(f"run {run_id}: its frames are not those of an undisturbed run")
        self.done["deaths"] += len(run["deaths"])
        self.done["frames compared"] += len(film)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own rather than on SQLite")
    given = parser.parse_args()
    postgres = None
    if given.postgres:
        binaries = find_postgres()
        if binaries is None:
            print("SKIPPED: PostgreSQL is not installed")
            return 0
        postgres = PostgresServer(binaries)
    try:
        with tempfile.TemporaryDirectory(prefix="emergescope-readers-") as data:
            crowd = Crowd(Path(data), given.seconds, None if postgres is None else postgres.create())
            wrong = crowd.go()
    finally:
        if postgres is not None:
            postgres.stop()
    for what, count in crowd.done.items():
        print(f"{what:>16}  {count}")
    print(*(wrong or ["no reader failed, no worker died, every frame is that of an undisturbed run"]), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
