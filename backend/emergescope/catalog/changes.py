"""A run held against its preset: which settings differ, what it is called for them, and what it should give and does.

What it should give is JSON, for each value {"label", "metric", "step", "low", "high", "paper", "applies", "value",
"ok"}: the last two are None until the step is reached, and without a frame there. What does not apply is not judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emergescope.catalog.overrides import TAGS, path_label
from emergescope.catalog.registry import Preset, load_presets, study_of
from emergescope.config.base import cut
from emergescope.config.run import RunConfig

# These only change which sample is drawn, and how often and closely one looks; all others change what is computed.
_FREE = ("seed", "capture", "training.device", "training.dtype")
_LONGEST_NAME = 200
_LONGEST_TEXT = 40
_SAID = 3  # changes in a name

Items = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Change:
    """A setting by dotted path: `value` where it `was` another; `text` says it, "p_o = 0.2"."""

    path: str
    label: str
    value: Any
    was: Any
    text: str
    free: bool  # whether all that is computed stays the same, but for the sample and how closely one looks


def changes(config: RunConfig, base: RunConfig) -> tuple[Change, ...]:
    """What differs, in the order of the form, free settings last. Another kind of a part is one change."""
    found = []
    for path, value, was in _differences(config.model_dump(mode="json"), base.model_dump(mode="json"), ""):
        label = path_label(config, path)
        free = any(f"{path}.".startswith(f"{part}.") for part in _FREE)
        found.append(Change(path, label, value, was, setting_text(label, value), free))
    return tuple(sorted(found, key=lambda change: change.free))


def run_name(config: RunConfig, preset: Preset | None) -> str:
    """The name of a run that was given none: its preset, or the one that it is most like, and what differs from it."""
    if preset is not None:
        return name_with(preset.title, changes(config, preset.config))
    alike = [item for item in load_presets().values() if item.config.study == config.study]
    if not alike:
        return study_of(config).title
    title, found = min(((p.title, changes(config, p.config)) for p in alike), key=lambda pair: len(pair[1]))
    return name_with(f"Like {title}", found)


def name_with(title: str, found: Sequence[Change]) -> str:
    """`title` with the first few changes; it is cut where all together would be too long."""
    if not found:
        return title[:_LONGEST_NAME]
    more = f" and {len(found) - _SAID} more" if len(found) > _SAID else ""
    rest = f": {', '.join(change.text for change in found[:_SAID])}{more}"
    return cut(title, _LONGEST_NAME - len(rest)) + rest


def unsaid(name: str, found: Sequence[Change]) -> str:
    """The changes that a name does not tell: all of them in a run that somebody named otherwise."""
    return ", ".join(change.text for change in found if change.text not in name)


def setting_text(label: str, value: Any) -> str:
    """A setting with its value: "p_o = 0.2", "input structure off"."""
    if isinstance(value, bool):
        return f"{label} {'on' if value else 'off'}"
    return cut(f"{label} = {_words(value)}", _LONGEST_TEXT)


def expectations(preset: Preset | None, config: RunConfig) -> list[dict[str, Any]]:
    """What a run of the preset gives. It applies to `config` unless more than seed, capture and device differ."""
    if preset is None:
        return []
    applies = all(change.free for change in changes(config, preset.config))
    return [{**item.model_dump(mode="json"), "applies": applies, "value": None, "ok": None} for item in preset.expected]


def inherited(expected: Items, parent: RunConfig, config: RunConfig, step: int) -> list[dict[str, Any]]:
    """What applied to a run, for its fork at `step`: the values until then are known, and changes end what applies."""
    same = all(change.free for change in changes(config, parent))
    found = [{**item, "applies": same and item.get("applies", True)} for item in expected]
    for item in found:
        if item["step"] == "end" or item["step"] > step:
            item |= {"value": None, "ok": None}
    return found


def compare(expected: Items, step: int | str, metrics: Mapping[str, float | None]) -> list[dict[str, Any]] | None:
    """`expected` with the values of `step` (a number, or "end") filled in; None if nothing is expected there."""
    filled = [dict(item) for item in expected]
    here = [item for item in filled if item["step"] == step and item["metric"] in metrics]
    for item in here:
        value = item["value"] = metrics[item["metric"]]
        if item.get("applies", True):  # runs of earlier versions do not say
            item["ok"] = value is not None and item["low"] <= value <= item["high"]
    return filled if here else None


def _differences(value: Any, was: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    parts = _parts(value, was)
    for name in parts:
        yield from _differences(value[name], was[name], f"{path}.{name}" if path else str(name))
    if not parts and value != was:
        yield path, value, was


def _parts(value: Any, was: Any) -> Sequence[Any]:
    """The keys or places by which both can be compared part by part; none where they are of different kinds."""
    if isinstance(value, dict) and isinstance(was, dict):
        return [] if any(value.get(tag) != was.get(tag) for tag in TAGS) else list(value)
    records = isinstance(value, list) and isinstance(was, list) and len(value) == len(was)
    return range(len(value)) if records and value and isinstance(value[0], dict) else []


def _words(value: Any) -> str:
    if value is None:
        return "usual"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(item["name"] if isinstance(item, dict) else _words(item) for item in value)
    if isinstance(value, dict):
        tag = next(str(value[tag]) for tag in TAGS if tag in value)
        more = [_words(item) for name, item in value.items() if name not in TAGS] if "rule" in value else []
        return f"{tag.replace('_', ' ')} {', '.join(more)}".strip()
    return str(value)
