"""The house keeps its shape: arrows run one way, and files stay small."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "backend" / "emergescope"
LONGEST = 500

# A room may use itself and the rooms named here, and no others.
_ENGINE = {"errors", "config", "problems", "models", "training", "analysis", "baselines", "frames"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "logs": set(),
    "machine": set(),
    "settings": {"errors", "logs", "machine"},
    "config": {"errors"},
    "datasets": {"errors", "config"},
    "problems": {"errors", "config", "datasets"},
    "models": {"errors", "config", "problems"},
    "training": {"errors", "config", "problems", "models"},
    "analysis": {"errors", "config", "problems", "models"},
    "baselines": {"errors", "config", "problems", "models", "training", "analysis"},
    "frames": (_ENGINE - {"baselines"}) | {"logs"},
    "theorems": {"config"},
    "provenance": {"errors"},
    "experiment": _ENGINE | {"datasets", "provenance"},
    "jobs": _ENGINE | {"datasets", "experiment", "logs"},
    "store": {"errors", "logs", "config", "frames"},
    "service": {"errors", "logs", "config", "datasets", "frames", "experiment", "jobs", "store"},
    "api": {"errors", "logs", "settings", "config", "datasets", "frames", "theorems", "jobs", "store", "service"},
    "cli": {"errors", "logs", "settings", "config", "datasets", "frames", "experiment", "jobs", "store"}
    | {"service", "api"},
    "__main__": {"cli"},
    "__init__": set(),
}
ROOMS = sorted({path.stem if path.is_file() else path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"})


def _imports(room: str) -> Iterator[tuple[Path, str]]:
    """(file, imported room) for every import of this package in a room."""
    place = PACKAGE / room
    for file in sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}: relative imports hide the arrow"
                names = [node.module or ""]
                if node.module == "emergescope":
                    names = [f"emergescope.{alias.name}" for alias in node.names if alias.name != "__version__"]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                if name.startswith("emergescope."):
                    yield file, name.split(".")[1]


def test_every_room_is_in_the_plan() -> None:
    assert set(ROOMS) == set(ALLOWED)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_rooms_before_it(room: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {used}"
        for file, used in _imports(room)
        if used not in ALLOWED[room] | {room}
    ]
    assert wrong == []


def test_the_plan_has_no_circles() -> None:
    order: list[str] = []
    waiting = dict(ALLOWED)
    while waiting:
        free = [room for room, uses in waiting.items() if uses - {room} <= set(order)]
        assert free, f"a circle among {sorted(waiting)}"
        order += free
        waiting = {room: uses for room, uses in waiting.items() if room not in free}


def test_views_neither_fetch_nor_import_each_other() -> None:
    views = ROOT / "frontend" / "js" / "views"
    for file in sorted(views.glob("*.js")):
        text = file.read_text("utf-8")
        for forbidden in ("fetch(", "WebSocket", "../api.js", "../stream.js", "../pages/"):
            assert forbidden not in text, f"{file.name} uses {forbidden}"


def test_files_stay_small() -> None:
    files = [
        *PACKAGE.rglob("*.py"),
        *(ROOT / "frontend").rglob("*.js"),
        *(ROOT / "frontend").rglob("*.css"),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "benchmarks").rglob("*.py"),
    ]
    assert len(files) > 40
    long = {str(f.relative_to(ROOT)): n for f in files if (n := len(f.read_text("utf-8").splitlines())) > LONGEST}
    assert long == {}


def test_the_architecture_page_names_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    for room in set(ROOMS) - {"__init__", "__main__"}:
        assert f"`{room}/`" in page or f"`{room}.py`" in page, room
