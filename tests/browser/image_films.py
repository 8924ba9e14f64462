"""Runs whose inputs are pictures, written into a store without training: neurons go from noise to what they look for.

Used by tests of the interface. Only what is seen of a network is made up: bytes and records are as those of any run.
"""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from emergescope.catalog.registry import get_preset
from emergescope.recording.codec import encode
from emergescope.recording.events import Frame, FrameReady
from emergescope.store.records import NewRun
from emergescope.store.store import Store

Floats = NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Film:
    """What a run of pictures shows.

    columns  [D, *shape] what neurons are compared with; the first `relevant` of them sum up to the signal
    start, end  [n, *shape] weights of the neurons before the first step and after the last
    names    of the columns; None: they have numbers only
    pictures  how many neurons, the first ones, have a picture; None: all, or none where the film is not `pictured`
    """

    columns: Floats
    start: Floats
    end: Floats
    relevant: int = 1
    names: Sequence[str] | None = None
    signal: str = "s"
    clustered: bool = False
    pictures: int | None = None
    frames: int = 5
    pictured: bool = True


def write_run(store: Store, run_id: str, film: Film, **config: Any) -> str:
    """A finished run of `film`: one frame every 10 steps. Further settings by their dotted paths."""
    steps = 10 * (film.frames - 1)
    preset = "paper/figure-3-mnist" if film.names else "image-dictionary" if film.pictured else "quick"
    settings = get_preset(preset).config.model_dump(mode="json")
    settings["training"]["phases"] = [{**settings["training"]["phases"][0], "steps": steps}]
    settings["method"]["m"] = len(film.end) // 2
    pictures = len(film.end) if film.pictures is None else film.pictures
    settings["capture"]["max_pictures"] = pictures
    now = datetime.now(UTC)
    store.create_run(NewRun(run_id, f"Film {run_id}", None, (), {**settings, **config}, steps, (), now))
    store.claim_next_queued("claim", "server", now)
    shape, rows = film.end.shape[1:], list(range(pictures))
    facts = {
        "patterns": {
            "total": len(film.columns),
            "relevant": list(range(film.relevant)),
            "shown": list(range(len(film.columns))),
            "names": film.names and list(film.names),
            "signal": film.signal,
        },
        "neurons": {"total": len(film.end), "shown": len(film.end)},
        "pictures": {"shape": list(shape), "rows": rows} if film.pictured else None,
        "facts": {"positive_share": 0.5},
        "provenance": {"device": "cpu", "threads": 1},
    }
    dictionary = np.ascontiguousarray(film.columns.reshape(len(film.columns), -1).T.astype(np.float32))
    patterns = save({"dictionary": dictionary}, {"format": "emergescope.patterns", "version": "1", "run": run_id})
    store.start_run(run_id, "claim", patterns, facts=facts)
    for seq in range(film.frames):
        frame = _look(film, seq / (film.frames - 1), 10 * seq, rows)
        data = FrameReady(seq, frame.step, frame.phase, frame.metrics, encode(frame, run_id, seq))
        store.append_frame(run_id, "claim", data, step=frame.step)
    store.update_run(run_id, "claim", status="succeeded", metrics=dict(frame.metrics), finished_at=now)
    return run_id


def _look(film: Film, share: float, step: int, rows: Sequence[int]) -> Frame:
    """The frame when `share` of the way from start to end is done."""
    weights = (1 - share) * film.start + share * film.end
    n = len(weights)
    unit = _unit(weights.reshape(n, -1))
    columns = _unit(film.columns.reshape(len(film.columns), -1))
    signal = _unit(film.columns[: film.relevant].sum(0).reshape(1, -1))[0]
    cosine = unit @ signal
    layout = np.stack([0.4 * cosine, np.linspace(-0.3, 0.3, n)], axis=1)
    tensors: dict[str, Any] = {
        "alignment": (unit @ columns.T).astype(np.float16),
        "signal_cosine": cosine,
        "background_norm": np.sqrt(np.clip(1 - cosine**2, 0, None)),
        "weight_norm": np.linalg.norm(weights.reshape(n, -1), axis=1),
        "bias": np.zeros(n),
        "output_weight": np.where(np.arange(n) < n / 2, 1.0, -1.0),
        "layout": layout,
        "landmarks": np.array([[0.4, 0.0], [-0.4, 0.0]]),
        "singular_values": np.linalg.svd(unit, compute_uv=False)[:20],
    }
    if film.pictured:
        tensors["weights"], tensors["weights_scale"] = _bytes(weights[list(rows)])
    metrics: dict[str, float | None] = {"loss": 1 - share, "train_accuracy": 0.5 + share / 2}
    if film.clustered:
        cluster = (cosine < 0).astype(np.uint8)
        centres = _unit(np.stack([unit[cluster == c].mean(0) for c in (0, 1)]))
        tensors |= {
            "cluster": cluster,
            "centre_cosine": (unit * centres[cluster]).sum(1),
            "centres": _bytes(centres.reshape(2, *weights.shape[1:]))[0],
        }
        metrics["silhouette"] = share
    single = {name: t.astype(np.float32) if t.dtype == np.float64 else t for name, t in tensors.items()}
    return Frame(step, "features" if step else "start", metrics, {"method": "mds", "stress": 0.1}, single)


def _unit(rows: Floats) -> Floats:
    unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def _bytes(weights: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """Weights as the frame holds them: 128 is 0, and 1 or 255 the largest entry of each."""
    largest = np.abs(weights).reshape(len(weights), -1).max(1).astype(np.float32)
    scaled = weights / largest.reshape(-1, *[1] * (weights.ndim - 1))
    return np.round(128 + 127 * scaled).astype(np.uint8), largest
