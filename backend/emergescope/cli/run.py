"""`emergescope run`: train here and print expected beside reproduced values."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from emergescope.archive.directory import Head, RunDirectory
from emergescope.catalog.changes import changes, compare, expectations, run_name
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import Preset, get_preset
from emergescope.cli import out_directory
from emergescope.cli.overrides import overrides_of
from emergescope.cli.printing import err, out, print_values, words
from emergescope.config.ids import new_id
from emergescope.config.run import RunConfig
from emergescope.engine import run
from emergescope.jobs.executor import Message, RunStarted
from emergescope.jobs.worker import messages
from emergescope.recording.capture import UNMEASURED
from emergescope.recording.events import Advanced, FrameReady, Happened
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
    head = Head(
        id=new_id(),
        name=run_name(config, preset),
        config=config.model_dump(mode="json"),
        total_steps=config.total_steps,
        created_at=datetime.now(UTC),
        preset=preset.id,
        expected=expectations(preset, config),
    )
    kept, left = (None, 0) if directory is None else out_directory.begin(directory, head, threads)
    if left:
        has = f"{words(str(directory))} has frames of this run ({left})"
        err.print(f"{has}: it begins again, and replaces each of them.")
    report = _watch(config, threads, kept, place)
    table = expectations(preset, config)
    for step, metrics in report.measured:
        table = compare(table, step, metrics) or table
    table = compare(table, "end", report.measured[-1][1]) or table
    summary = _summary(preset, config, report, table)
    if kept is not None:
        kept.finish("succeeded", seconds=report.seconds, expected=table, besides=summary)
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


def _watch(config: RunConfig, threads: int, kept: RunDirectory | None, data_dir: Path) -> _Report:
    report, began = _Report(), time.perf_counter()
    step = TextColumn("step {task.completed:.0f} of {task.total:.0f}")
    columns = (TextColumn("{task.description}"), BarColumn(), step, TimeRemainingColumn())
    run_id = new_id() if kept is None else kept.head.id
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("start", total=config.total_steps)
        try:
            for message in messages(run_id, config, run(config, threads, data_dir=data_dir), 0):
                _note(message, report, bar, task)
                if kept is not None:
                    _keep(message, kept)
        except KeyboardInterrupt:
            if kept is None:
                raise
            left = f"its frames ({out_directory.count_frames(kept.path)}) are in {kept.path}"
            raise KeyboardInterrupt(f"{left}; the same command begins again") from None
    report.seconds = time.perf_counter() - began
    return report


def _note(message: Message, report: _Report, bar: Progress, task: TaskID) -> None:
    match message:
        case RunStarted(facts):
            report.provenance = cast("dict[str, str | int | None]", facts["provenance"])
        case FrameReady(_, step, phase, metrics):
            report.measured.append((step, dict(metrics)))
            bar.update(task, completed=step, description=phase)
        case Advanced(step, phase):
            bar.update(task, completed=step, description=phase)
        case Happened(step, kind, text):
            report.diverged |= kind == "diverged"
            (report.warnings if kind in ("diverged", UNMEASURED) else report.events).append(f"step {step}: {text}")


def _keep(message: Message, kept: RunDirectory) -> None:
    match message:
        case RunStarted(facts, patterns):
            kept.known(facts, patterns)
        case FrameReady():
            kept.add_frame(message)
        case Happened():
            kept.add_event(message)


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
    provenance = summary["provenance"]
    for role, title in provenance.items():
        if notes := provenance.get(f"{role}_notes"):
            out.print(f"{words(title)}: {words(notes)}")
    for warning in summary["warnings"]:
        out.print(f"[yellow]warning:[/yellow] {words(warning)}")
    if directory is not None:
        out.print(f"Frames and run.json are in {words(str(directory))}")
