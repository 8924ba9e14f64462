"""How a run of a server goes, on the terminal: its progress, the metrics that stand for it, and events as they come."""

import json
import os

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from emergescope.cli.printing import err, out, print_values, words
from emergescope.client import Client, Run

_BAR = 20


def watch(client: Client, run: Run | str, *, as_json: bool = False) -> Run:
    """Show it until it is over, and then what it gave; on stdout as JSON for programs."""
    identifier = run if isinstance(run, str) else run.id
    last = client.get(identifier)
    columns = (TextColumn("{task.description}"), BarColumn(_BAR), TextColumn("{task.fields[place]}"))
    bar = Progress(*columns, TimeRemainingColumn(), console=err, transient=True, disable=not err.is_terminal)
    events = err if out.is_terminal and not bar.disable else out  # on the same terminal, those above the bar
    with bar:
        task = bar.add_task(_stage(last), total=last.total_steps or None, place=_place(last))
        try:
            for update in client.watch(last):
                if isinstance(update, Run):
                    last = update
                    bar.update(task, completed=last.step, description=_stage(last), place=_place(last))
                elif not as_json:
                    events.print(f"step {update.step}: {words(update.text)}")
        except KeyboardInterrupt:
            on = identifier if os.environ.get("EMERGESCOPE_URL") else f"{identifier} --url {client.url}"
            later = f"`emergescope watch {on}` shows it again, `emergescope cancel {on}` ends it"
            raise KeyboardInterrupt(f"the run goes on at {client.url}; {later}") from None
    if as_json:
        print(json.dumps(last.json))
    else:
        _print(last)
    return last


def _stage(run: Run) -> str:
    """What it is at, in a word or two."""
    queue, phase = run.json["queue"], run.json["progress"]["phase"]
    if queue:
        return f"queued, {queue['place']} of {queue['of']}"
    if run.json["waits"]:
        return words(f"waits: {run.json['waits']}")
    return words(phase if run.status == "running" and phase else run.status)


def _place(run: Run) -> str:
    """How far it is, as far as that is known, and the metrics that stand for it."""
    step = f"step {run.step} of {run.total_steps}" if run.total_steps else f"step {run.step}"
    values = (f"{one.title} {'—' if one.value is None else f'{one.value:.3g}'}" for one in run.shown)
    return words("  ".join((step, " · ".join(values))))


def _print(run: Run) -> None:
    out.print(f"{words(run.id)} {words(run.name)}: {run.outcome}, {run.step} steps, {run.frames} frames")
    if run.error:
        out.print(f"[red]error:[/red] {words(run.error)}")
    if run.metrics:
        print_values(run.json["expected"], run.metrics)
