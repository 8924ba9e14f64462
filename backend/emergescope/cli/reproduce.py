"""`emergescope reproduce`: the runs of a figure over several seeds, here, and the table that its page shows."""

import json
import queue
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from emergescope.catalog.changes import compare, expectations
from emergescope.catalog.experiments import (
    ExperimentPreset,
    PlannedRun,
    Reproduced,
    figure_table,
    get_experiment,
    passed,
    plan_figure,
    seed_list,
)
from emergescope.cli.printing import err, out, print_table, words
from emergescope.errors import InvalidConfig
from emergescope.jobs.executor import Finished, Job, Message
from emergescope.jobs.pool import LocalPool
from emergescope.recording.events import FrameReady, Happened
from emergescope.service.records import check_data
from emergescope.settings import DataSets, Workers


class _Used(DataSets, Workers):
    """The settings that are used here."""


def reproduce(
    identifier: str, *, seeds: int | None, workers: int | None, as_json: bool, data_dir: Path | None = None
) -> int:
    """Run a figure's runs in worker processes; returns the exit code: 1 when a value misses its band."""
    preset = get_experiment(identifier)
    if preset.kind != "figure":
        told = "which has no expected values: start it in the dashboard or over REST"
        raise InvalidConfig(f"{identifier!r} is a sweep, {told}")
    chosen = seed_list(preset.seeds if seeds is None else seeds)
    settings = _Used.load(workers=workers, data_dir=data_dir)
    planned = plan_figure(preset, chosen)
    # Before any of them is run: without its data each would fail alike.
    check_data([run.config for run in planned], settings.data_dir)
    results, troubles = _run_all(planned, settings)
    table = figure_table(preset, results)
    verdict = passed(table)
    if as_json:
        print(json.dumps({"preset": preset.id, "seeds": chosen, "passed": verdict, "table": table, "errors": troubles}))
    else:
        _print(preset, chosen, table, troubles)
    return 0 if verdict and not troubles else 1


class _Watched:
    """One run: its latest metrics, and its expected values as they are filled in."""

    def __init__(self, planned: PlannedRun) -> None:
        self.planned = planned
        self.metrics: dict[str, float | None] = {}
        self.diverged = ""
        self.expected: Sequence[Any] = expectations(planned.preset, planned.config)

    def on_message(self, message: Message) -> None:
        if isinstance(message, FrameReady):
            self.metrics |= message.metrics
            self.expected = compare(self.expected, message.step, message.metrics) or self.expected
        elif isinstance(message, Happened) and message.kind == "diverged":
            self.diverged = message.text
        elif isinstance(message, Finished) and message.status == "succeeded":
            self.expected = compare(self.expected, "end", self.metrics) or self.expected

    def result(self) -> Reproduced:
        return Reproduced(self.planned.label, self.planned.group, self.planned.seed, None, self.expected, over=True)


def _run_all(planned: Sequence[PlannedRun], settings: _Used) -> tuple[list[Reproduced], list[str]]:
    """Results in the order of `planned`, and a sentence for each run that failed."""
    runs = {str(number): _Watched(run) for number, run in enumerate(planned)}
    messages: queue.SimpleQueue[tuple[str, Message]] = queue.SimpleQueue()
    troubles: list[str] = []
    pool = LocalPool(min(settings.workers, len(runs)), settings.threads, settings.data_dir)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        for key, run in runs.items():
            pool.submit(Job(key, run.planned.config), lambda run_id, message: messages.put((run_id, message)))
        with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
            task = bar.add_task("runs", total=len(runs))
            left = len(runs)
            while left:
                key, message = messages.get()
                runs[key].on_message(message)
                if isinstance(message, Finished):
                    left -= 1
                    bar.advance(task)
                    if message.status != "succeeded" or runs[key].diverged:
                        name = ", ".join(filter(None, (runs[key].planned.label, runs[key].planned.group)))
                        reason = message.message or runs[key].diverged or message.status
                        troubles.append(f"{name}, seed {runs[key].planned.seed}: {reason}")
    finally:
        pool.close()
    return [run.result() for run in runs.values()], troubles


def _print(
    preset: ExperimentPreset, seeds: Sequence[int], table: Sequence[dict[str, Any]], troubles: Sequence[str]
) -> None:
    out.print(f"{preset.id}: {preset.title}; seeds {', '.join(map(str, seeds))}")
    rows = []
    for row in table:
        values = [v["value"] for v in row["values"] if v["value"] is not None]
        mean = "—" if row["mean"] is None else f"{row['mean']:.4f}"
        spread = f"{min(values):.4f} to {max(values):.4f}" if values else "—"
        verdict = "[green]pass[/green]" if row["ok"] else "[red]FAIL[/red]"
        who = ", ".join(filter(None, (row["member"], row["group"])))
        band = f"{row['low']:g} to {row['high']:g}"
        rows.append((words(row["label"]), words(who), words(row["paper"]), band, mean, spread, verdict))
    columns = ("value", "of", "paper", "expected", "reproduced", "spread", "")
    print_table(columns, rows, right=("expected", "reproduced", "spread"), wraps=("value", "of", "paper"))
    for trouble in troubles:
        out.print(f"[red]failed:[/red] {words(trouble)}")
    for sentence in preset.differences:
        out.print(words(sentence), style="dim")
