"""A run with all that a run may have, in a directory or in a store, without training a network."""

import hashlib
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from emergescope.archive.directory import Head, RunDirectory
from emergescope.archive.files import SUMS, sums_text
from emergescope.recording.codec import encode, sketch
from emergescope.recording.display import Axis, Display, Metric, Panel, Tensor
from emergescope.recording.events import Array, Frame, FrameReady, Happened
from emergescope.store.records import NewRun
from emergescope.store.store import Store

ID = "abcdefghijkm"
BEGAN = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
LINES = [{"tensor": "size", "title": "size", "colour": "ink"}]
DISPLAY = Display(
    "Ünïcode & <angles>",
    {"loss": Metric("loss", emphasis=True), "gain": Metric("gain")},
    {"rows": Axis("row", "rows", 4, 9)},
    {"a": Tensor("F32", ("rows", 2)), "size": Tensor("F16", ("rows",))},
    (
        Panel("a", "density", "a", {"tensor": "a", "range": [-1, 1], "bins": 4, "lines": LINES}, hero=True),
        Panel("curves", "curves", "loss", {"panes": [["loss", "gain"]]}),
    ),
)
CONFIG: dict[str, Any] = {"study": "recording", "display": DISPLAY.as_json(), "settings": {"lr": 0.1}}
FACTS: dict[str, Any] = {"provenance": {"device": "cpu", "threads": 2}}
EVENTS = (
    Happened(3, "note", 'it "said"\nso', {"x": [1, 2.5, None]}),
    Happened(3, "note", "twice", None),
    Happened(40, "end", "ö\N{REPLACEMENT CHARACTER}", {}),
)
PATTERNS = save({"dictionary": np.eye(3, dtype=np.float32)}, {"format": "emergescope.patterns", "version": "1"})
NEW: dict[str, Any] = {
    **{"name": "Ein Lauf: “größer”", "config": CONFIG, "total_steps": 100, "created_at": BEGAN},
    **{"tags": ("lecture 4", "b"), "notes": "two\nlines"},
}


def frame(seq: int, run: str = ID, step: int | None = None) -> FrameReady:
    """The frame `seq` of the run; the second tensor is in every other one alone."""
    rng = np.random.default_rng(seq)
    tensors: dict[str, Array] = {"a": rng.uniform(-1, 1, (4, 2)).astype(np.float32)}
    if seq % 2:
        tensors["size"] = rng.uniform(0, 1, 4).astype(np.float16)
    metrics = {"loss": 1 / (seq + 1)} | ({"gain": None if seq == 3 else 0.1 * seq} if seq else {})
    step = seq * 8 if step is None else step
    seen = Frame(step, "on" if seq else "start", metrics, {"method": "mds", "stress": None}, tensors, {"a": "So."})
    blob = encode(seen, run, seq)
    return FrameReady(seq, seen.step, seen.phase, metrics, blob, sketch(DISPLAY, tensors))


def write_run(path: Path, frames: int = 6) -> dict[str, bytes]:
    """The run in a directory; its files."""
    directory = RunDirectory.begin(path, Head(id=ID, **NEW))
    directory.known(FACTS, PATTERNS)
    for seq in range(frames):
        directory.add_frame(frame(seq))
    for event in EVENTS:
        directory.add_event(event)
    directory.finish("failed", seconds=1.25, error={"message": "no more", "step": 40, "traceback": None})
    return {file.name: file.read_bytes() for file in path.iterdir()}


def store_run(store: Store, run_id: str = ID, frames: int = 6, **changes: Any) -> dict[int, bytes]:
    """The run in a store; the bytes of its frames."""
    new = {**NEW, "id": run_id, "preset": None, "expected": ()}
    notes = new.pop("notes")
    store.create_run(NewRun(**new))
    store.start_run(run_id, None, PATTERNS, facts=FACTS, started_at=BEGAN)
    metrics: dict[str, float | None] = {}
    for seq in range(frames):
        ready = frame(seq, run_id)
        metrics |= ready.metrics
        store.append_frame(run_id, None, ready, step=ready.step, phase=ready.phase, metrics=metrics)
    for event in EVENTS:
        store.add_event(run_id, event)
    ended: dict[str, Any] = {"status": "failed", "error": {"message": "no more", "step": 40, "traceback": None}}
    ended |= {"seconds": 1.25, "finished_at": BEGAN, "notes": notes}
    store.update_run(run_id, **{**ended, **changes})
    return film(store, run_id)


def film(store: Store, run_id: str = ID) -> dict[int, bytes]:
    return dict(store.blobs_after(run_id, -1, 10_000, 10**9))


def summed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files with the checksums that they have."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != SUMS}
    return {**files, SUMS: sums_text(sums)}


def zipped(files: Mapping[str, bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()
