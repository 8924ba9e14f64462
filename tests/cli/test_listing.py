"""`emergescope list`: a row is a line in a file, and can be read on a narrow terminal; no name steers either."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from emergescope.store.store import Store
from tests.cli.command import emergescope
from tests.cli.terminal import on_terminal
from tests.store.test_store import new_run
from tests.store.test_upgrade import RELEASED

NAMES = ("k = 5", "a long name " * 12, "red \x1b[31m and\nnew \u202eline\0", "[bold]markup[/] ünicode 漢字", "\x9b2J")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a run by each of the names."""
    directory = tmp_path_factory.mktemp("runs")
    store = Store(directory)
    for number, name in enumerate(NAMES):
        store.create_run(new_run(f"run{number}", name=name))
    store.close()
    return directory


def listed(*arguments: str, **environment: str) -> str:
    done = emergescope("list", *arguments, environment=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_row_is_a_line_where_it_is_redirected(runs: Path) -> None:
    lines = listed("--data", str(runs), TZ="Europe/Berlin", COLUMNS="40").splitlines()
    assert [line.split()[0] for line in lines] == ["id", *(f"run{n}" for n in reversed(range(len(NAMES))))]
    for line in lines:
        assert line.isprintable()
        assert "\u202e" not in line
    assert all(line.endswith("2026-01-01 11:00 CET") for line in lines[1:])
    shown = "\n".join(lines)
    for words in (NAMES[0], NAMES[1].strip(), r"red \x1b[31m and\nnew \u202eline\x00", NAMES[3], r"\x9b2J"):
        assert words in shown


def test_old_names_are_listed_safely(tmp_path: Path) -> None:
    shutil.copy(RELEASED[0].with_name("0003.db"), tmp_path / "emergescope.db")
    Store(tmp_path).close()  # a server of this version has been started on it
    lines = listed("--data", str(tmp_path)).splitlines()
    assert len(lines) == 7
    assert all(line.isprintable() for line in lines)
    assert any(r"red \x1b[31m and \u202eturned" in line for line in lines)


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_it_can_be_read_on_a_terminal(runs: Path, columns: int) -> None:
    shown = on_terminal(columns, "list", "--data", str(runs))
    lines = shown.splitlines()
    assert max(map(cell_len, lines)) <= columns
    assert "…" not in shown
    for number in range(len(NAMES)):
        assert sum(line.startswith(f"run{number}") for line in lines) == 1
    if columns == 40:
        assert re.search(
            r"^run0\s*\n  name +k = 5 (?:.*\n)+?  preset +quick\s*\n  status +queued\s*\n  step +0/30\s*$", shown, re.M
        )


@pytest.mark.parametrize("command", ["presets", "data"])
def test_other_tables_fit_as_well(command: str) -> None:
    lines = on_terminal(40, command).splitlines()
    names = {"presets": "paper/figure-4-mnist-natural-full", "data": "fashion-mnist"}
    assert any(line.startswith(names[command]) for line in lines)
    if command == "presets":
        assert max(map(cell_len, lines)) <= 40


def test_the_advice_works(runs: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "emergescope", "list", "--data", str(runs), "--limit", "2"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stderr
    advice = re.search(r"--limit \d+", told)
    assert advice is not None
    assert len(listed("--data", str(runs), *advice[0].split()).splitlines()) == 5
    assert (
        len(listed("--data", str(runs), "--limit", "400").splitlines()) == 6
    )  # as it was advised to those who had 200
    nowhere = tmp_path / "no runs"
    advice = re.search(r"`emergescope (.*)`", listed("--data", str(nowhere)))
    assert advice is not None
    assert shlex.split(advice[1]) == ["serve", "--data", str(nowhere)]


def test_a_setting_that_is_not_used_does_not_matter(runs: Path) -> None:
    assert "run0" in listed("--data", str(runs), EMERGESCOPE_PORT="many", EMERGESCOPE_WORKERS="0")
