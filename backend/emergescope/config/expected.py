"""Values that a preset promises, held against those a run measures. Used by the service and the command line.

As JSON, one for each: {"label", "metric", "step", "low", "high", "paper", "value", "ok"}; value and ok are None until
the step is reached, and stay None if no frame was taken there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

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


def _filled(item: Mapping[str, Any], metrics: Mapping[str, float | None]) -> dict[str, Any]:
    if item["metric"] not in metrics:
        return dict(item)
    value = metrics[item["metric"]]
    return {**item, "value": value, "ok": value is not None and item["low"] <= value <= item["high"]}


def _essence(config: RunConfig) -> dict[str, Any]:
    return config.model_dump(exclude=_FREE)
