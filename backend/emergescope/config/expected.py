"""Values that a preset promises, held against those a run measures. Used by the service and the command line.

As JSON, one for each: {"label", "metric", "step", "low", "high", "paper", "value", "ok"}; value and ok are None until
the step is reached, and stay None if no frame was taken there.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from emergescope.config.experiments import ExperimentPreset, figure_rows
from emergescope.config.presets import Preset
from emergescope.config.run import RunConfig

# Other fields change what is computed; these only change which sample of it, and how often one looks.
_FREE: Final[Any] = {"seed": True, "capture": True, "training": {"device", "dtype"}}


def expectations(preset: Preset | None, config: RunConfig) -> list[dict[str, Any]]:
    """What a run of `config` should reproduce: nothing, unless it is the preset but for seed, capture and device."""
    if preset is None or _essence(preset.config) != _essence(config):
        return []
    return [{**item.model_dump(mode="json"), "value": None, "ok": None} for item in preset.expected]


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
    return {**item, "value": value, "ok": value is not None and item["low"] <= value <= item["high"]}


def _essence(config: RunConfig) -> dict[str, Any]:
    return config.model_dump(exclude=_FREE)
