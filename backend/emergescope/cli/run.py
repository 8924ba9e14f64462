"""`emergescope run`: train here and print expected beside reproduced values."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from emergescope.catalog.changes import changes, compare, expectations, run_name
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import Preset, get_preset
from emergescope.cli.frames_directory import FramesDirectory
from emergescope.cli.overrides import overrides_of
from emergescope.cli.printing import err, out, print_values, words
from emergescope.config.run import RunConfig
from emergescope.engine import run
from emergescope.recording.capture import UNMEASURED
from emergescope.recording.codec import encode
from emergescope.recording.events import Advanced, Captured, Event, Happened, Started
from emergescope.settings import DataSets


def run_preset(
    identifier: str,
    settings: Sequence[str],
    *,
    seed: int | None,
    directory: Path | None,
    as_json: bool,
    threads: int,
    data_dir: Path | None,
) -> int:
    """Run a preset with changes; returns the exit code: 1 when a value misses its band, or the run diverged."""
    preset = get_preset(identifier)
    config = apply_overrides(preset.config, overrides_of(settings, seed))
    place = DataSets.load(data_dir=data_dir).data_dir
    frames = None if directory is None else FramesDirectory(directory, config, threads)
    if frames is not None and frames.left:
        left = f"{words(str(directory))} has frames of this run ({frames.left})"
        err.print(f"{left}: it begins again, and replaces each of them.")
    report = _watch(config, threads, frames, place)
    table = expectations(preset, config)
    for step, metrics in report.measured:
        table = compare(table, step, metrics) or table
    table = compare(table, "end", report.measured[-1][1]) or table
    summary = _summary(preset, config, report, table)
    if frames is not None:
        frames.finish(len(report.measured), summary)
    if as_json:
        print(json.dumps(summary))
    else:
        _print(summary, directory)
    return 1 if report.diverged or any(row["applies"] and not row["ok"] for row in table) else 0


@dataclass
class _Report:
    measured: list[tuple[int, dict[str, float | None]]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    diverged: bool = False
    seconds: float = 0.0
    provenance: dict[str, str | int | None] = field(default_factory=dict)


def _watch(config: RunConfig, threads: int, frames: FramesDirectory | None, data_dir: Path) -> _Report:
    report, began = _Report(), time.perf_counter()
    step = TextColumn("step {task.completed:.0f} of {task.total:.0f}")
    columns = (TextColumn("{task.description}"), BarColumn(), step, TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("start", total=config.total_steps)
        try:
            for event in run(config, threads, data_dir=data_dir):
                _note(event, report, bar, task)
                if isinstance(event, Captured) and frames is not None:
                    seq = len(report.measured) - 1
                    frames.add(seq, encode(event.frame, "local", seq))
        except KeyboardInterrupt:
            if frames is None:
                raise
            left = f"its frames ({len(frames.frames())}) are in {frames.path}; the same command begins again"
            raise KeyboardInterrupt(left) from None
    report.seconds = time.perf_counter() - began
    return report


def _note(event: Event, report: _Report, bar: Progress, task: TaskID) -> None:
    match event:
        case Started():
            report.provenance = dict(event.provenance)
        case Captured(frame):
            report.measured.append((frame.step, dict(frame.metrics)))
            bar.update(task, completed=frame.step, description=frame.phase)
        case Advanced(step, phase):
            bar.update(task, completed=step, description=phase)
        case Happened(step, kind, text):
            report.diverged |= kind == "diverged"
            (report.warnings if kind in ("diverged", UNMEASURED) else report.events).append(f"step {step}: {text}")


def _summary(preset: Preset, config: RunConfig, report: _Report, table: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "preset": preset.id,
        "name": run_name(config, preset),
        "changes": [asdict(change) for change in changes(config, preset.config)],
        "seed": config.seed,
        "seconds": round(report.seconds, 3),
        "steps": config.total_steps,
        "frames": len(report.measured),
        "metrics": report.measured[-1][1],
        "expected": table,
        "events": report.events,
        "warnings": report.warnings,
        "diverged": report.diverged,
        "config": config.model_dump(mode="json"),
        "provenance": report.provenance,
    }


def _print(summary: dict[str, Any], directory: Path | None) -> None:
    lost = ", diverged" if summary["diverged"] else ""
    head = f"{summary['preset']}, seed {summary['seed']}: {summary['steps']} steps, {summary['frames']} frames{lost}"
    out.print(f"{head}, {summary['seconds']:.1f} s")
    if summary["changes"]:
        texts = ", ".join(change["text"] for change in summary["changes"])
        out.print(f"Differs from the preset: {words(texts)}")
    print_values(summary["expected"], summary["metrics"])
    for role in ("data", "injected"):
        if notes := summary["provenance"].get(f"{role}_notes"):
            out.print(f"{words(summary['provenance'][role])}: {words(notes)}")
    for warning in summary["warnings"]:
        out.print(f"[yellow]warning:[/yellow] {words(warning)}")
    if directory is not None:
        out.print(f"Frames and run.json are in {words(str(directory))}")
