"""docs/gallery.md, what all figures gave when they were run last, is of the figures that there are now."""

import re
from pathlib import Path

from emergescope.catalog.experiments import load_experiments
from emergescope.cli.figure_report import notes, stated

DOCUMENT = Path(__file__).parent.parent / "docs" / "gallery.md"
AGAIN = "`make gallery` runs all figures and writes it"


def test_it_has_every_value_of_every_figure_as_the_presets_have_it_now() -> None:
    assert DOCUMENT.exists(), f"there is no docs/gallery.md: {AGAIN}"
    figures, left_out = _read(DOCUMENT.read_text("utf-8"))
    wrong = []
    for preset in load_experiments().values():
        if preset.kind != "figure" or preset.id in left_out:
            continue
        lines = figures.pop(preset.id, [])
        rows = [line for line in lines if line.startswith("| ")][1:]
        for row in stated(preset):
            match = [line for line in rows if line.startswith(row.removesuffix("|"))]
            wrong += [] if match else [f"{preset.id} lacks the value {row}"]
        if len(rows) != len(stated(preset)):
            wrong.append(f"{preset.id} has {len(rows)} values, and its presets state {len(stated(preset))}")
        wrong += [f"{preset.id} lacks the note: {note}" for note in notes(preset) if f"- {note}" not in lines]
    wrong += [f"there is no figure {name}" for name in figures]
    assert not wrong, "\n".join([f"docs/gallery.md is of other figures than these: {AGAIN}", *wrong])


def _read(document: str) -> tuple[dict[str, list[str]], set[str]]:
    """The lines of each figure by its id, and the ids of those that were not run."""
    run, _, rest = document.partition("\n## Not run\n")
    _, *parts = re.split(r"^### .*\(`(.+)`\)$", run, flags=re.MULTILINE)
    figures = {name: text.splitlines() for name, text in zip(parts[::2], parts[1::2], strict=True)}
    return figures, set(re.findall(r"^- `(.+?)`: ", rest, flags=re.MULTILINE))
