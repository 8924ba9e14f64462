"""`emergescope run`: train here and print expected beside reproduced values."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from emergescope.config import Preset, RunConfig, apply_overrides, get_preset
from emergescope.config.expected import compare, expectations
from emergescope.errors import FieldError, InvalidConfig
from emergescope.experiment import Advanced, Captured, Event, Happened, Started, run
from emergescope.frames import encode
from emergescope.frames.attempts import UNMEASURED
from emergescope.settings import load_settings

err = Console(stderr=True)
_RUN_ID = "local"


def run_preset(
    identifier: str,
    changes: Sequence[str],
    *,
    seed: int | None,
    out: Path | None,
    as_json: bool,
    threads: int,
    data_dir: Path | None,
) -> int:
    """Run a preset with changes; returns the exit code: 1 when a value misses its band, or the run diverged."""
    preset = get_preset(identifier)
    overrides = dict(parse_change(change) for change in changes)
    if seed is not None:
        overrides["seed"] = seed
    config = apply_overrides(preset.config, overrides)
    place = load_settings(data_dir=data_dir).data_dir
    if out is not None:
        _prepare(out)
    report = _watch(config, threads, out, place)
    table = expectations(preset, config)
    for step, metrics in report.measured:
        table = compare(table, step, metrics) or table
    table = compare(table, "end", report.measured[-1][1]) or table
    summary = _summary(preset, config, report, table)
    if out is not None:
        (out / "run.json").write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
    if as_json:
        print(json.dumps(summary))
    else:
        _print(summary, bool(preset.expected) and not table, out)
    return 1 if report.diverged or any(not row["ok"] for row in table) else 0


def parse_change(text: str) -> tuple[str, Any]:
    """`key=value` as (key, value); the value is JSON where it reads as JSON, else a string. Raises InvalidConfig."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        message = f"--set takes KEY=VALUE, for example --set problem.k=7, not {text!r}"
        raise InvalidConfig(message, [FieldError("", message)])
    try:
        return key.strip(), json.loads(value)
    except ValueError:
        return key.strip(), value


@dataclass
class _Report:
    measured: list[tuple[int, dict[str, float | None]]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    diverged: bool = False
    seconds: float = 0.0
    provenance: dict[str, str | int | None] = field(default_factory=dict)


def _prepare(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InvalidConfig(f"--out {out} is not an empty directory: choose another, nothing recorded is overwritten")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidConfig(f"--out {out} cannot be made: {error.strerror}") from error


def _watch(config: RunConfig, threads: int, out: Path | None, data_dir: Path) -> _Report:
    report, began = _Report(), time.perf_counter()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("step {task.completed:.0f} of {task.total:.0f}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as bar:
        task = bar.add_task("start", total=config.total_steps)
        for event in run(config, threads, data_dir=data_dir):
            _note(event, report, bar, task)
            if isinstance(event, Captured) and out is not None:
                seq = len(report.measured) - 1
                (out / f"{seq:06d}.safetensors").write_bytes(encode(event.frame, _RUN_ID, seq))
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


def _print(summary: dict[str, Any], changed: bool, out: Path | None) -> None:
    console = Console()
    lost = ", diverged" if summary["diverged"] else ""
    head = f"{summary['preset']}, seed {summary['seed']}: {summary['steps']} steps, {summary['frames']} frames{lost}"
    console.print(f"{head}, {summary['seconds']:.1f} s", highlight=False)
    rows = Table(box=None, pad_edge=False)
    if summary["expected"]:
        for column in ("value", "expected", "reproduced", ""):
            rows.add_column(column, justify="left" if column in ("value", "") else "right")
        for row in summary["expected"]:
            value = "—" if row["value"] is None else f"{row['value']:.4f}"
            verdict = "[green]within[/green]" if row["ok"] else "[red]outside[/red]"
            rows.add_row(escape(row["label"]), f"{row['low']:g} to {row['high']:g}", value, verdict)
    else:
        rows.add_column("at the end")
        rows.add_column("value", justify="right")
        for name, value in summary["metrics"].items():
            rows.add_row(name, "—" if value is None else f"{value:.4f}")
    console.print(rows)
    if changed:
        console.print("Settings differ from the preset, so its expected values do not apply.")
    for warning in summary["warnings"]:
        console.print(f"[yellow]warning:[/yellow] {escape(warning)}", highlight=False)
    if out is not None:
        console.print(f"Frames and run.json are in {escape(str(out))}", highlight=False)
