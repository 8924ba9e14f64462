"""Power cuts, simulated: `python -m tests.soak.power_cut --copies 50`.

A process writes frames and announces each one after its commit. At random moments it is stopped, as a power cut stops
everything at one instant, and its database and log are copied. What was announced must be in every copy, byte for byte,
and the copy must be whole. A disk loses more than that at a power cut: whatever it has not been told to keep. So each
copy is spoilt in three ways that a flushed log must survive:

cut    the log ends at a random byte after the last announced commit
torn   the log after that commit is overwritten with noise, and goes on with noise
half   pages that a checkpoint may have been writing into the database are noise
"""

import argparse
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from select import select
from typing import IO

from emergescope.store.integrity import Check
from emergescope.store.opening import look, open_reader
from emergescope.store.records import NewRun
from emergescope.store.sqlite import FILE
from emergescope.store.store import Store
from tests.store.films import LARGE, film_frame

WAYS = ("as it was", "cut", "torn", "half")
_PER_WRITER = 10  # copies of one database, so that it stays small
_RUNS = ("a", "b", "c")
_NEURONS = (4, 60, LARGE, LARGE)
_LOG, _INDEX = FILE + "-wal", FILE + "-shm"
_HEADER, _PAGE_HEADER = 32, 24  # bytes of the log's header, and of each page in it


@dataclass(frozen=True)
class Cut:
    """What was there at one instant: a directory, the announced frames, and how far the log is known to be on disk."""

    directory: Path
    announced: dict[tuple[str, int], str]
    safe: int


def write(directory: Path, seed: int) -> None:
    """Commit frames until stopped; tell each on stdout once it is committed."""
    rng = random.Random(seed)
    store = Store(directory)
    for run in _RUNS:
        store.create_run(NewRun(run, run, None, (), {}, 10**6, [], datetime.now(UTC)))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    due = dict.fromkeys(_RUNS, 0)
    while True:
        run = rng.choice(_RUNS)
        frame = film_frame(run, due[run], rng.choice(_NEURONS))
        store.append_frame(run, None, frame, step=frame.step)
        os.write(1, f"{run} {frame.seq} {sha256(frame.blob).hexdigest()}\n".encode())
        due[run] += 1


def simulate(copies: int, seed: int, deadline: float) -> dict[str, list[str]]:
    """What went wrong, by the way in which a copy was spoilt: one entry for each copy, empty if it is well."""
    rng = random.Random(seed)
    results: dict[str, list[str]] = {way: [] for way in WAYS}
    while (left := copies - len(results["as it was"])) > 0 and time.monotonic() < deadline:
        with tempfile.TemporaryDirectory() as name:
            for cut in _cuts(Path(name), min(left, _PER_WRITER), rng):
                for way in WAYS:
                    spoilt = Path(name) / "spoilt"
                    shutil.copytree(cut.directory, spoilt)
                    _spoil(spoilt, way, cut.safe, rng)
                    results[way].append(examine(spoilt, cut.announced))
                    shutil.rmtree(spoilt)
    return results


def examine(directory: Path, announced: dict[tuple[str, int], str]) -> str:
    """What is wrong with a copy, if anything: a reader and a server must open it, with every announced frame in it."""
    with look(directory) as source:
        for trouble in Check(source, quick=False).troubles():
            return f"{trouble.place}: {trouble.what}"
    store = Store(directory)
    try:
        for (run, seq), digest in announced.items():
            if seq >= store.get_run(run).frames_next:
                return f"frame {seq} of run {run} was announced, and is not there"
            if sha256(store.frame_blob(run, seq)).hexdigest() != digest:
                return f"frame {seq} of run {run} is another"
    finally:
        store.close()
    return ""


def _cuts(place: Path, copies: int, rng: random.Random) -> list[Cut]:
    live = place / "live"
    command = [sys.executable, "-m", "tests.soak.power_cut", "--write", str(live), "--seed", str(rng.randrange(10**6))]
    announced: dict[tuple[str, int], str] = {}
    cuts = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as writer:
        assert writer.stdout is not None
        try:
            assert writer.stdout.readline() == b"ready\n", "the writer did not start"
            for number in range(copies):
                time.sleep(rng.uniform(0.02, 0.25))
                writer.send_signal(signal.SIGSTOP)
                _, status = os.waitpid(writer.pid, os.WUNTRACED)
                assert os.WIFSTOPPED(status), "the writer ended by itself"
                announced |= _heard(writer.stdout)
                copy = place / str(number)
                copy.mkdir()
                for file in (FILE, _LOG):
                    shutil.copy(live / file, copy / file)
                index = (live / _INDEX).read_bytes()
                cuts.append((copy, dict(announced), index))
                writer.send_signal(signal.SIGCONT)
        finally:
            writer.kill()
    return [Cut(copy, told, _safe(copy, len(told), index)) for copy, told, index in cuts]


def _heard(pipe: IO[bytes]) -> dict[tuple[str, int], str]:
    heard = {}
    while select([pipe], [], [], 0)[0]:
        for line in os.read(pipe.fileno(), 2**20).decode().splitlines():
            run, seq, digest = line.split()
            heard[run, int(seq)] = digest
    return heard


def _safe(copy: Path, announced: int, index: bytes) -> int:
    """Bytes of the log that were flushed: up to the last announced commit, and to where a checkpoint has come."""
    log = (copy / _LOG).read_bytes()
    ends = [end for end, _, commits in _pages(log) if commits]
    if _committed(copy) > announced:  # the last one was not told yet: the disk need not have it
        ends = ends[:-1]
    (page,) = struct.unpack_from(">I", log, 8) if len(log) >= _HEADER else (0,)
    (attempted,) = struct.unpack_from("=I", index, 128)
    return max(ends[-1] if ends else 0, _HEADER + attempted * (_PAGE_HEADER + page) if attempted else 0)


def _committed(copy: Path) -> int:
    with tempfile.TemporaryDirectory() as name:
        for file in (FILE, _LOG):
            shutil.copy(copy / file, Path(name) / file)
        with open_reader(Path(name)) as reader:
            assert reader is not None
            return sum(run.frames_next for run in reader.list_runs().items)


def _pages(log: bytes) -> list[tuple[int, int, bool]]:
    """(end, page, whether it ends a transaction) of the pages in a log since it was begun anew."""
    pages: list[tuple[int, int, bool]] = []
    if len(log) < _HEADER:
        return pages
    (size,) = struct.unpack_from(">I", log, 8)
    at = _HEADER
    while at + _PAGE_HEADER + size <= len(log) and log[at + 8 : at + 16] == log[16:24]:
        page, commits = struct.unpack_from(">II", log, at)
        at += _PAGE_HEADER + size
        pages.append((at, page, commits > 0))
    return pages


def _spoil(directory: Path, way: str, safe: int, rng: random.Random) -> None:
    path, log = directory / FILE, directory / _LOG
    size = log.stat().st_size
    if way == "cut":
        os.truncate(log, rng.randint(min(safe, size), size))
    elif way == "torn":
        with log.open("r+b") as file:
            file.seek(rng.randint(min(safe, size), size))
            file.write(rng.randbytes(rng.randint(1, 300_000)))
    elif way == "half":
        content = log.read_bytes()
        (length,) = struct.unpack_from(">I", content, 8) if len(content) >= _HEADER else (0,)
        pages = sorted({page for end, page, _ in _pages(content) if page > 1 and end <= safe})
        with path.open("r+b") as file:
            for page in rng.sample(pages, min(len(pages), 5)):
                file.seek((page - 1) * length)
                file.write(rng.randbytes(length))


def main() -> int:
    """Print a table; 0 if all is well, 1 if not, also where time was too short."""
    parser = argparse.ArgumentParser(description="Simulate power cuts.")
    parser.add_argument("--copies", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=600, help="begin nothing new after so long")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write is not None:
        write(given.write, given.seed)
    results = simulate(given.copies, given.seed, time.monotonic() + given.seconds)
    for way, found in results.items():
        print(f"{way:10} {found.count(''):4} of {len(found)} well")
        for wrong in filter(None, found):
            print(f"           {wrong}")
    well = all(found == [""] * given.copies for found in results.values())
    return 0 if well else 1


if __name__ == "__main__":
    raise SystemExit(main())
