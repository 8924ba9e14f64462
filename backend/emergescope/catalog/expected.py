"""Values that a preset promises, held against those a run measures. Used by the service and the command line.

As JSON, one for each: {"label", "metric", "step", "low", "high", "paper", "applies", "value", "ok"}; value and ok are
None until the step is reached, and stay None if no frame was taken there. What does not apply is measured, not judged.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emergescope.catalog.changes import changes
from emergescope.catalog.experiments import ExperimentPreset, figure_rows
from emergescope.catalog.registry import Preset
from emergescope.config.run import RunConfig


def expectations(preset: Preset | None, config: RunConfig) -> list[dict[str, Any]]:
    """What a run of the preset gives. It applies to `config` unless more than seed, capture and device differ."""
    if preset is None:
        return []
    applies = all(change.free for change in changes(config, preset.config))
    return [{**item.model_dump(mode="json"), "applies": applies, "value": None, "ok": None} for item in preset.expected]


def inherited(
    expected: Sequence[Mapping[str, Any]], parent: RunConfig, config: RunConfig, step: int
) -> list[dict[str, Any]]:
    """What applied to a run, for its fork at `step`: the values until then are known, and changes end what applies."""
    same = all(change.free for change in changes(config, parent))
    return [
        {
            **item,
            "applies": same and item.get("applies", True),
            **({} if _is_past(item["step"], step) else {"value": None, "ok": None}),
        }
        for item in expected
    ]


def compare(
    expected: Sequence[Mapping[str, Any]], step: int | str, metrics: Mapping[str, float | None]
) -> list[dict[str, Any]] | None:
    """`expected` with the values of `step` (a number, or "end") filled in; None if nothing is expected there."""
    if not any(item["step"] == step and item["metric"] in metrics for item in expected):
        return None
    return [_filled(item, metrics) if item["step"] == step else dict(item) for item in expected]


@dataclass(frozen=True)
class Reproduced:
    """What one run of a figure gave: its table as `compare` fills it. `over`: no more values will come."""

    label: str
    group: str
    seed: int
    run: str | None
    expected: Sequence[Mapping[str, Any]]
    over: bool


def figure_table(preset: ExperimentPreset, runs: Sequence[Reproduced]) -> list[dict[str, Any]]:
    """A figure's lines over all seeds, as in docs/experiments.md. A line holds when every seed lies in the band."""
    table = []
    for member, item in figure_rows(preset):
        values = [
            _of_seed(run, item.metric, item.step)
            for run in runs
            if (run.label, run.group) == (member.label, member.group)
        ]
        known = [v["value"] for v in values if v["value"] is not None]
        verdicts = [v["ok"] for v in values]
        table.append(
            {
                **item.model_dump(mode="json"),
                "member": member.label,
                "group": member.group,
                "values": values,
                "mean": statistics.fmean(known) if known else None,
                "deviation": statistics.stdev(known) if len(known) > 1 else 0.0 if known else None,
                "ok": None if None in verdicts or not verdicts else all(verdicts),
            }
        )
    return table


def passed(table: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether every line holds; None while one is not known, and for a table without lines."""
    verdicts = [row["ok"] for row in table]
    if False in verdicts:
        return False
    return None if None in verdicts or not verdicts else True


def _of_seed(run: Reproduced, metric: str, step: int | str) -> dict[str, Any]:
    found = next((e for e in run.expected if (e["metric"], e["step"]) == (metric, step)), None)
    value, ok = (found["value"], found["ok"]) if found else (None, None)
    return {"seed": run.seed, "run": run.run, "value": value, "ok": False if ok is None and run.over else ok}


def _filled(item: Mapping[str, Any], metrics: Mapping[str, float | None]) -> dict[str, Any]:
    if item["metric"] not in metrics:
        return dict(item)
    value = metrics[item["metric"]]
    if not item.get("applies", True):  # runs of earlier versions do not say
        return {**item, "value": value}
    return {**item, "value": value, "ok": value is not None and item["low"] <= value <= item["high"]}


def _is_past(step: int | str, now: int) -> bool:
    return isinstance(step, int) and step <= now
