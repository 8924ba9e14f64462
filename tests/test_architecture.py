"""The house keeps its shape: arrows run one way, and files stay small."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "backend" / "emergescope"
LONGEST = 500

# A room may use itself and the rooms named here, and no others. studies/study.py, which says what a study is, is a room
# of its own.
STUDY = "study"
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "logs": set(),
    "machine": set(),
    "settings": {"errors", "logs", "machine"},
    "config": {"errors"},
    "datasets": {"errors", "config"},
    "recording": {"errors", "logs", "config"},
    STUDY: {"errors", "config", "recording"},
    "toolkit": {"config", "recording", STUDY},
    "studies": {"errors", "logs", "config", "datasets", "recording", "toolkit", STUDY},
    "catalog": {"errors", "logs", "config", "recording", "studies", STUDY},
    "archive": {"errors", "config", "recording", "catalog"},
    "engine": {"errors", "config", "recording", "catalog", STUDY},
    "jobs": {"errors", "logs", "config", "datasets", "recording", "catalog", "engine"},
    "store": {"errors", "logs", "catalog", "recording"},
    "service": {"errors", "logs", "config", "datasets", "recording", "catalog", "archive", "jobs", "store", STUDY},
    "api": {"errors", "logs", "settings", "config", "datasets", "recording", "catalog", "archive", "jobs", "store"}
    | {"service"},
    "notebook": set(),
    "client": {"errors", "recording", "notebook"},
    "local_run": {"settings", "config", "recording", "catalog", "engine"},
    "cli": {"errors", "logs", "settings", "config", "datasets", "recording", "catalog", "archive", "engine", "jobs"}
    | {"store", "service", "api", "client", "checkpoints"},
    "recorder": {"errors", "settings", "config", "recording", "toolkit", "catalog", "archive", "notebook"},
    "adapters": {"errors", "recording", "recorder"},
    "checkpoints": {"errors", "config", "recording", "recorder"},
    "testing": {"errors", "config", "recording", STUDY, "studies", "catalog", "engine"},
    "__main__": {"cli"},
    "__init__": {"client", "local_run", "recorder"},  # by name: loaded once asked for
}
# Of what once was a room, caches of compiled code may lie about.
ROOMS = sorted({STUDY, *(path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or any(path.glob("**/*.py")))})
STUDIES = sorted(path.parent.name for path in PACKAGE.glob("studies/[!_]*/__init__.py"))


def _files(room: str) -> list[Path]:
    if room == STUDY:
        return [PACKAGE / "studies" / "study.py"]
    place = PACKAGE / room
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    # What lies beside the skeleton of a study is of the package that is made of it.
    others = (PACKAGE / "studies" / "study.py", *PACKAGE.glob("studies/_skeleton/project/**/*.py"))
    return [file for file in files if file not in others]


def _modules(file: Path) -> Iterator[str]:
    """What a file imports of this package, as `studies.patterns.config`."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative imports hide the arrow"
            names = [node.module or ""]
            if node.module == "emergescope":
                names = [f"emergescope.{alias.name}" for alias in node.names if alias.name != "__version__"]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from (name.removeprefix("emergescope.") for name in names if name.startswith("emergescope."))


def _room(module: str) -> str:
    return STUDY if module == "studies.study" else module.split(".", maxsplit=1)[0]


def test_every_room_is_in_the_plan() -> None:
    assert set(ROOMS) == set(ALLOWED)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_rooms_before_it(room: str) -> None:
    used = {(file, _room(module)) for file in _files(room) for module in _modules(file)}
    wrong = sorted(
        f"{file.relative_to(ROOT)} imports {other}" for file, other in used if other not in {room, *ALLOWED[room]}
    )
    assert wrong == []


@pytest.mark.parametrize("study", [*STUDIES, "_skeleton"])
def test_no_study_knows_another(study: str) -> None:
    files = (PACKAGE / "studies" / study).rglob("*.py")
    used = {module.split(".")[1] for file in files for module in _modules(file) if module.startswith("studies.")}
    assert used <= {STUDY, study}


def _done_while_loaded(node: ast.AST) -> Iterator[ast.AST]:
    """A module's parts that are not put off until a function is called."""
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and child in (
            node.body if isinstance(node.body, list) else [node.body]
        ):
            continue
        yield child
        yield from _done_while_loaded(child)


@pytest.mark.parametrize("room", sorted(set(ROOMS) - {"cli"}))
def test_no_room_looks_at_the_environment_while_it_is_loaded(room: str) -> None:
    """Processes of tests are forked from one that has loaded them (tests/forked.py), and get their environment then."""
    for file in _files(room):
        names = {
            getattr(part, "attr", getattr(part, "id", ""))
            for part in _done_while_loaded(ast.parse(file.read_text("utf-8")))
        }
        assert not names & {"environ", "getenv", "argv", "getcwd", "cwd"}, file


def test_what_a_study_is_does_not_load_torch() -> None:
    """All that lists, checks and estimates runs does without it; the machine of a cluster's head may have none."""
    program = (
        "import sys\n"
        "from emergescope.catalog.registry import load_studies\n"
        "from emergescope.catalog.experiments import load_experiments\n"
        "from emergescope.catalog.limits import estimate\n"
        "from emergescope.catalog.registry import load_presets\n"
        "for preset in load_presets().values():\n"
        "    estimate(preset.config)\n"
        "print(*load_studies(), len(load_experiments()) > 0, 'torch' in sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    *found, experiments, torch = done.stdout.split()
    assert sorted(found) == STUDIES
    assert (experiments, torch) == ("True", "False")


def test_only_studies_ask_what_kind_a_part_of_a_configuration_is() -> None:
    asks = re.compile(r"isinstance\([^\n]*(Problem|Method|Training)")
    found = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for room in set(ROOMS) - {"studies"}
        for file in _files(room)
        for line in file.read_text("utf-8").splitlines()
        if asks.search(line)
    ]
    assert found == []


def test_the_plan_has_no_circles() -> None:
    order: list[str] = []
    waiting = dict(ALLOWED)
    while waiting:
        free = [room for room, uses in waiting.items() if uses - {room} <= set(order)]
        assert free, f"a circle among {sorted(waiting)}"
        order += free
        waiting = {room: uses for room, uses in waiting.items() if room not in free}


SCRIPTS = ROOT / "frontend" / "js"
# Folders of the page, each of which may use itself and those before it. Pages use pages/shared, and not each other.
LAYERS = ("ui", "net", "film", "display", "marks", "panels", "form", "pages", "app")


def _imported(file: Path) -> Iterator[Path]:
    """Modules that a module of the page imports, at once or later; types are no modules."""
    text = re.sub(r"/\*.*?\*/", "", file.read_text("utf-8"), flags=re.DOTALL)
    for name in re.findall(r'(?:from |import\()"(\.[^"]+\.js)"', text):
        yield (file.parent / name).resolve()


def _place(file: Path) -> tuple[int, str]:
    """The layer of a module, and for a page which it is."""
    folder, *rest = file.relative_to(SCRIPTS).parts
    return LAYERS.index(folder), rest[0] if folder == "pages" and len(rest) > 1 else ""


def test_folders_of_the_page_use_only_those_before_them() -> None:
    wrong = []
    for file in sorted(SCRIPTS.rglob("*.js")):
        layer, page = _place(file)
        for other in _imported(file):
            assert other.is_file(), f"{file.relative_to(SCRIPTS)} imports {other}, which is not there"
            its_layer, its_page = _place(other)
            if its_layer > layer or (its_layer == layer and its_page not in ("shared", page)):
                wrong.append(f"{file.relative_to(SCRIPTS)} imports {other.relative_to(SCRIPTS)}")
    assert wrong == []


def test_modules_of_the_page_have_no_circles() -> None:
    waiting = {file: set(_imported(file)) for file in SCRIPTS.rglob("*.js")}
    while waiting:
        free = [file for file, uses in waiting.items() if not uses & waiting.keys()]
        assert free, f"a circle among {sorted(str(file.relative_to(SCRIPTS)) for file in waiting)}"
        for file in free:
            del waiting[file]


def test_marks_and_panels_do_not_fetch() -> None:
    for folder in ("marks", "panels"):
        for file in sorted((SCRIPTS / folder).glob("*.js")):
            text = file.read_text("utf-8")
            for forbidden in ("fetch(", "WebSocket", "net/stream.js"):
                assert forbidden not in text, f"{folder}/{file.name} uses {forbidden}"


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
    for room in set(ROOMS) - {"__init__", "__main__", STUDY}:
        assert f"`{room}/`" in page or f"`{room}.py`" in page, room
    assert "`studies/study.py`" in page
