"""What commands print with: text of others made harmless, and tables that can be read where they go."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from emergescope.config.base import shown

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_GAP = 2
_NARROWEST = 10  # of a column that wraps


def words(text: str) -> str:
    """Text of anyone as markup: it shows what it is, and neither styles anything nor steers the terminal."""
    return escape(shown(text))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = (), wraps: Collection[str] = ()
) -> None:
    """Print rows of markup: one a line in a file or pipe; on a terminal that is too narrow, a block for each.

    right  columns that are set flush right
    wraps  columns that may be narrower than what is in them
    """
    table = [[Text.from_markup(cell) for cell in row] for row in rows]
    cells = zip(columns, *([cell.plain for cell in row] for row in table), strict=True)
    widths = [max(map(cell_len, column)) for column in cells]
    if not out.file.isatty():
        for row in ([Text(name) for name in columns], *table):
            out.print(_line(columns, row, widths, right))
        return
    least = (min(width, _NARROWEST) if name in wraps else width for name, width in zip(columns, widths, strict=True))
    if sum(least) + _GAP * (len(columns) - 1) > out.width:
        _print_blocks(columns, table)
        return
    lines = Table(box=None, pad_edge=False)
    for name in columns:
        lines.add_column(name, justify="right" if name in right else "left", no_wrap=name not in wraps, overflow="fold")
    for row in table:
        lines.add_row(*row)
    out.print(lines)


def _line(columns: Sequence[str], row: Sequence[Text], widths: Sequence[int], right: Collection[str]) -> Text:
    cells = []
    for name, cell, width in zip(columns, row, widths, strict=True):
        padded = cell.copy()
        (padded.pad_left if name in right else padded.pad_right)(width - cell.cell_len)
        cells.append(padded)
    line = Text(" " * _GAP).join(cells)
    line.rstrip()
    return line


def _print_blocks(columns: Sequence[str], table: Sequence[Sequence[Text]]) -> None:
    for first, *others in table:
        out.print(first, style="bold", overflow="fold")
        block = Table.grid(padding=(0, _GAP, 0, 0))
        for name, cell in zip(columns[1:], others, strict=True):
            if cell.plain:
                cell.overflow = "fold"
                block.add_row(name, cell)
        out.print(Padding(block, (0, 0, 0, _GAP)))


def print_values(expected: Sequence[Mapping[str, Any]], metrics: Mapping[str, float | None]) -> None:
    """Print what a run should give beside what it gave; where none of it is judged, its metrics at the end."""
    applies = any(row["applies"] for row in expected)
    if expected:
        rows = []
        for row in expected:
            value = "—" if row["value"] is None else f"{row['value']:.4f}"
            judged = "[green]within[/green]" if row["ok"] else "[red]outside[/red]"
            verdict = judged if row["applies"] else "not judged"
            rows.append((words(row["label"]), f"{row['low']:g} to {row['high']:g}", value, verdict))
        columns = ("value", "expected", "reproduced", "")
        print_table(columns, rows, right=("expected", "reproduced"), wraps=("value",))
    if not applies:
        if expected:
            out.print("These are the values of the unchanged preset, so none is judged.")
        values = [(name, "—" if value is None else f"{value:.4f}") for name, value in metrics.items()]
        print_table(("at the end", "value"), values, right=("value",))
