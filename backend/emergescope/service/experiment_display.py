"""How an experiment is shown: its metrics in words, its pictures, and what its lines look like. Pure; used by api/."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from emergescope.catalog.experiments import ExperimentPreset
from emergescope.catalog.parse import parse_config
from emergescope.catalog.pictures import looks, usual_pictures
from emergescope.catalog.registry import get_preset, study_of
from emergescope.config.run import RunConfig
from emergescope.errors import InvalidConfig
from emergescope.recording.display import Display
from emergescope.store.shapes import MemberRecord

_MOST_LINES = 24  # that are told apart; charts of more could not be read


def experiment_display(preset: ExperimentPreset | None, kind: str, members: Sequence[MemberRecord]) -> dict[str, Any]:
    """Metrics by name, pictures, lines (the members of one label and group), and the paper; see docs/experiments.md."""
    lines = list(_lines(preset, members, 1 if kind == "sweep" else _MOST_LINES))
    displays = [study_of(config).display(config, None) for _, config in lines]
    if not displays:
        return {"metrics": {}, "pictures": [], "lines": [], "paper": None}
    pictures = preset.pictures if preset and preset.pictures else usual_pictures(displays[0])
    papers = {display.paper for display in displays}
    paper = papers.pop() if len(papers) == 1 else None
    return {
        "metrics": {name: asdict(metric) for display in displays for name, metric in display.metrics.items()},
        "pictures": [] if kind == "sweep" else [picture.model_dump(mode="json") for picture in pictures],
        "lines": [
            {"label": label, "group": group, "colour": colour, "dash": dash, **_of_line(config, display)}
            for ((label, group), config), display, (colour, dash) in zip(lines, displays, looks(displays), strict=True)
            if kind != "sweep"
        ],
        "paper": paper and asdict(paper),
    }


def _of_line(config: RunConfig, display: Display) -> dict[str, Any]:
    lines = {name: [asdict(one) for one in metric.references] for name, metric in display.metrics.items()}
    return {"spacing": config.capture.spacing, "references": {name: found for name, found in lines.items() if found}}


def _lines(
    preset: ExperimentPreset | None, members: Sequence[MemberRecord], most: int
) -> Iterator[tuple[tuple[str, str], RunConfig]]:
    """Label and group of each line, with a configuration of it that can be read."""
    said = {(member.label, member.group): member.preset for member in preset.members} if preset else {}
    found: set[tuple[str, str]] = set()
    for member in members:
        key = member.label, member.group
        if key in found or len(found) == most:
            continue
        with suppress(InvalidConfig):  # of a version whose rules were others, or damaged
            if member.run is not None and member.run.config:
                config = parse_config(member.run.config)
            elif key in said:
                config = get_preset(said[key]).config
            else:
                continue
            found.add(key)
            yield key, config
