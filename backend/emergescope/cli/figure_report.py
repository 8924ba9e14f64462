"""What a figure gave, as cells of a table, as JSON, and as a part of a Markdown document that anyone can make again."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from emergescope import __version__
from emergescope.catalog.experiments import ExperimentPreset, figure_table, passed
from emergescope.catalog.gallery import load_sections, section_of_experiment
from emergescope.catalog.registry import get_preset, study_of
from emergescope.recording.display import Paper

COLUMNS = ("value", "of", "published", "expected", "ours", "spread", "")
NONE = "—"
_FIXED = 1e4  # numbers from here on are written without a fraction


@dataclass(frozen=True)
class Report:
    """A figure's table over its seeds, and a sentence for each run that failed."""

    preset: ExperimentPreset
    seeds: Sequence[int]
    table: Sequence[Mapping[str, Any]]
    troubles: Sequence[str]

    @property
    def holds(self) -> bool:
        return passed(self.table) is True and not self.troubles

    def as_json(self) -> dict[str, Any]:
        found = {"preset": self.preset.id, "seeds": list(self.seeds), "passed": passed(self.table)}
        return {**found, "table": list(self.table), "errors": list(self.troubles)}


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A line of a figure's table in words, by COLUMNS but for the last one."""
    values = [one["value"] for one in row["values"] if one["value"] is not None]
    return (
        row["label"],
        ", ".join(filter(None, (row["member"], row["group"]))),
        row["paper"] or NONE,
        _range(row["low"], row["high"]),
        NONE if row["mean"] is None else number(row["mean"]),
        _range(min(values), max(values)) if values else NONE,
    )


def number(value: float) -> str:
    """Four digits that count: bands are no closer."""
    return f"{value:,.0f}" if abs(value) >= _FIXED else f"{value:.4g}"


def in_order(presets: Iterable[ExperimentPreset]) -> list[ExperimentPreset]:
    """Figures of one paper beside each other, in the order in which the papers come first."""
    papers: dict[str, list[ExperimentPreset]] = {}
    for preset in presets:
        papers.setdefault(_source(preset), []).append(preset)
    return [preset for group in papers.values() for preset in group]


def head(command: str, seeds: Sequence[int] | None) -> str:
    """The beginning of the document: how it was made, and how it is read."""
    over = "the seeds that it names" if seeds is None else _seeds(seeds)
    return (
        "# The figures, reproduced\n\n"
        f"Made by `{command}`, with Emergescope {__version__} and PyTorch {version('torch').partition('+')[0]}, each "
        f"figure over {over}. Do not edit it: run that again.\n\n"
        "*Ours* is the mean over the seeds, and the *spread* goes from the smallest to the largest; a value "
        "passes where every seed lies in the *expected* band. *Published* is what the paper prints or says; where it "
        "has nothing, the band is of our own measurements.\n"
    )


def section(report: Report, before: ExperimentPreset | None) -> str:
    """A figure; with the heading of its paper where that of the figure `before` is another."""
    preset = report.preset
    lines = [] if before is not None and _source(before) == _source(preset) else ["", f"## {_source(preset)}"]
    lines += [
        "",
        f"### {_text(preset.title)} (`{preset.id}`)",
        "",
        f"{_text(preset.text)} Over {_seeds(report.seeds)}.",
    ]
    lines += ["", _line(COLUMNS), "|---|---|---|---|--:|---|---|"]
    lines += [_line((*map(_text, cells(row)), "pass" if row["ok"] else "**FAIL**")) for row in report.table]
    said = [*(f"**Failed**: {_text(trouble)}" for trouble in report.troubles), *notes(preset)]
    return "\n".join([*lines, "", *(f"- {note}" for note in said)]).rstrip() + "\n"


def not_run(left_out: Mapping[str, str]) -> str:
    """The end of the document: figures by id that were left out, and why."""
    if not left_out:
        return ""
    return "\n## Not run\n\n" + "".join(f"- `{name}`: {_text(why)}\n" for name, why in left_out.items())


def stated(preset: ExperimentPreset) -> list[str]:
    """How each line of a figure begins, up to what its runs have given: what a document must have to be of today."""
    return [_line(map(_text, cells(row)[:4])) for row in figure_table(preset, ())]


def notes(preset: ExperimentPreset) -> list[str]:
    """Where a figure differs from the paper."""
    return [_text(sentence) for sentence in preset.differences]


def _source(preset: ExperimentPreset) -> str:
    """The heading of a figure's paper; of its section in the gallery where it has none."""
    paper = _paper(preset)
    if paper is not None:
        return f"{_text(paper.title)}\n\n{_text(paper.authors)}, {paper.year}: <{paper.url}>"
    mine = section_of_experiment(preset)
    return _text(next(one.title for one in load_sections() if one.id == mine))


def _paper(preset: ExperimentPreset) -> Paper | None:
    config = get_preset(preset.members[0].preset).config
    return study_of(config).display(config, None).paper


def _range(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}"


def _seeds(seeds: Sequence[int]) -> str:
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    together = len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds)))
    return f"seeds {seeds[0]} to {seeds[-1]}" if together else f"seeds {', '.join(map(str, seeds))}"


def _line(parts: Iterable[str]) -> str:
    return f"| {' | '.join(parts)} |".replace("|  |", "| |")


def _text(words: str) -> str:
    """Text of anyone in Markdown: nothing of it parts a table, begins a tag or is set in another face."""
    return re.sub(r"([\\|*<])", r"\\\1", " ".join(words.split()))
