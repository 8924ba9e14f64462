"""Films of any length, written into a store without training: the frames of a short run, again and again.

Used by tests of the interface. Bytes, index and records are as those of any run.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset, study_of
from emergescope.engine import run
from emergescope.recording.codec import encode, sketch
from emergescope.recording.events import Captured, Started
from emergescope.store.records import NewRun
from emergescope.store.store import FRAME, Store
from emergescope.store.tables import FrameRow, Run, SketchRow

_BATCH = 1000
_SHORT = {"training.phases.0.steps": 12, "capture.frames": 12, "capture.probe_every": 0, "capture.test_samples": 50}


def write_film(store: Store, run_id: str, frames: int, neurons: int = 40) -> str:
    """A finished run of the preset `quick` with so many frames, one after each step."""
    config = apply_overrides(get_preset("quick").config, {**_SHORT, "method.m": neurons // 2})
    events = list(run(config))
    started = next(event for event in events if isinstance(event, Started))
    shown = [replace(event.frame, phase="features") for event in events if isinstance(event, Captured)]
    display = study_of(config).display(config, started.facts)
    long = apply_overrides(config, {"training.phases.0.steps": frames - 1, "capture.frames": min(frames, 5000)})
    now = datetime.now(UTC)
    store.create_run(NewRun(run_id, f"Film {run_id}", None, (), long.model_dump(mode="json"), frames - 1, (), now))
    store.claim_next_queued("claim", "server", now)
    store.start_run(run_id, "claim", b"", facts=dict(started.facts))
    sketches = [sketch(display, frame.tensors) for frame in shown]
    size = 0
    with store.writing(FRAME, run_id) as session:  # one transaction: as many as frames would take minutes
        for first in range(0, frames, _BATCH):
            rows, beside = list[dict[str, Any]](), list[dict[str, Any]]()
            for seq in range(first, min(first + _BATCH, frames)):
                frame, key = shown[seq % len(shown)], {"run_id": run_id, "seq": seq}
                blob = encode(replace(frame, step=seq), run_id, seq)
                size += len(blob)
                what = {"step": seq, "phase": frame.phase, "metrics": dict(frame.metrics), "size": len(blob)}
                rows.append({**key, **what, "blob": blob})
                beside.append({**key, "blob": sketches[seq % len(shown)]})
            session.execute(insert(FrameRow), rows)
            session.execute(insert(SketchRow), beside)
        row = session.scalars(select(Run).where(Run.id == run_id)).one()
        row.frames_count = row.frames_next = frames
        row.frames_bytes = size
    store.update_run(run_id, "claim", status="succeeded", metrics=dict(shown[-1].metrics), finished_at=now)
    return run_id
