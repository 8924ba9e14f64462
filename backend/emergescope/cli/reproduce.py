"""`emergescope reproduce`: the runs of figures over several seeds, here, and the tables that their pages show."""

import json
import queue
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from emergescope.catalog.changes import compare, expectations
from emergescope.catalog.experiments import (
    ExperimentPreset,
    PlannedRun,
    Reproduced,
    figure_table,
    get_experiment,
    load_experiments,
    plan_figure,
    seed_list,
)
from emergescope.cli import figure_report
from emergescope.cli.figure_report import Report
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
    identifiers: Sequence[str],
    *,
    seeds: int | None,
    workers: int | None,
    form: Literal["table", "json", "markdown"] = "table",
    at_most: float | None = None,
    data_dir: Path | None = None,
) -> int:
    """Run these figures in worker processes, or all of them where none is named; returns the exit code: 1 when a value
    misses its band or a run fails.

    Figures whose data sets are not there, or that usually take more than `at_most` seconds, are left out, and it is
    said why. Raises InvalidConfig where none is left.
    """
    chosen = None if seeds is None else seed_list(seeds)
    figures = [_figure(name) for name in dict.fromkeys(identifiers)]
    figures = figures or [one for one in load_experiments().values() if one.kind == "figure"]
    settings = _Used.load(workers=workers, data_dir=data_dir)
    planned = {one.id: plan_figure(one, chosen or seed_list(one.seeds)) for one in figures}
    reasons = {one.id: _reason_against(one, planned[one.id], settings.data_dir, at_most) for one in figures}
    left_out = {name: reason for name, reason in reasons.items() if reason is not None}
    if len(left_out) == len(figures):
        raise InvalidConfig("; ".join(left_out.values()))
    done: list[Report] = []

    def reports() -> Iterator[Report]:
        for preset in figure_report.in_order(one for one in figures if one.id not in left_out):
            if len(figures) > 1:
                err.print(f"{words(preset.id)}: {len(planned[preset.id])} runs")
            done.append(_run_figure(preset, planned[preset.id], settings))
            yield done[-1]

    if form == "json":
        found = [report.as_json() for report in reports()]
        found += [{"preset": name, "not_run": reason} for name, reason in left_out.items()]
        print(json.dumps(found[0] if len(identifiers) == 1 else found))
    elif form == "markdown":
        _print_markdown(figure_report.head(_command(identifiers, seeds, at_most), chosen), reports(), left_out)
    else:
        _print_tables(reports(), left_out)
    return 0 if all(report.holds for report in done) else 1


def _figure(identifier: str) -> ExperimentPreset:
    preset = get_experiment(identifier)
    if preset.kind != "figure":
        told = "which has no expected values: start it in the dashboard or over REST"
        raise InvalidConfig(f"{identifier!r} is a sweep, {told}")
    return preset


def _reason_against(
    preset: ExperimentPreset, planned: Sequence[PlannedRun], data_dir: Path, at_most: float | None
) -> str | None:
    """Why a figure is not run, known before any of its runs fails for it; None where there is no reason."""
    if at_most is not None and preset.seconds > at_most:
        return f"it usually takes {preset.seconds:g} s, and figures of at most {at_most:g} s were asked for"
    try:
        check_data([run.config for run in planned], data_dir)
    except InvalidConfig as error:
        return error.detail
    return None


def _command(identifiers: Sequence[str], seeds: int | None, at_most: float | None) -> str:
    """What gives the same document on another machine."""
    said = [] if seeds is None else [f"--seeds {seeds}"]
    said += [] if at_most is None else [f"--at-most {at_most:g}"]
    return " ".join(("emergescope reproduce", *(identifiers or ["--all"]), "--markdown", *said))


def _run_figure(preset: ExperimentPreset, planned: Sequence[PlannedRun], settings: _Used) -> Report:
    results: list[Reproduced] = []
    try:
        results, troubles = _run_all(planned, settings)
    except Exception as error:  # whatever it is, the other figures go on
        troubles = [str(error) or type(error).__name__]
    return Report(preset, list(dict.fromkeys(run.seed for run in planned)), figure_table(preset, results), troubles)


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


def _print_markdown(head: str, reports: Iterable[Report], left_out: Mapping[str, str]) -> None:
    """Print each figure once it is known: what is done stays where a later one is interrupted."""
    before = None
    print(head, end="", flush=True)
    for report in reports:
        print(figure_report.section(report, before), end="", flush=True)
        before = report.preset
    print(figure_report.not_run(left_out), end="")


def _print_tables(reports: Iterable[Report], left_out: Mapping[str, str]) -> None:
    for report in reports:
        _print(report)
    for name, reason in left_out.items():
        out.print(f"[yellow]not run:[/yellow] {words(name)}: {words(reason)}")


def _print(report: Report) -> None:
    out.print(f"{report.preset.id}: {report.preset.title}; seeds {', '.join(map(str, report.seeds))}")
    rows = []
    for row in report.table:
        verdict = "[green]pass[/green]" if row["ok"] else "[red]FAIL[/red]"
        rows.append((*map(words, figure_report.cells(row)), verdict))
    right = ("expected", "ours", "spread")
    print_table(figure_report.COLUMNS, rows, right=right, wraps=("value", "of", "published"))
    for trouble in report.troubles:
        out.print(f"[red]failed:[/red] {words(trouble)}")
    for sentence in report.preset.differences:
        out.print(words(sentence), style="dim")
