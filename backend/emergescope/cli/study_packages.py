"""`emergescope studies`: which there are, and the package of a new one."""

import re
import shlex
import sys
from importlib import resources
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from emergescope.catalog.registry import find_studies, load_studies
from emergescope.cli.printing import print_table, words
from emergescope.errors import InvalidConfig

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CODE = "emergescope.skeleton"


def print_studies() -> None:
    """Print a line for each study, then why others are left out."""
    console, found = Console(highlight=False, soft_wrap=True), find_studies()
    of = {one.study.id: one for one in found if one.study is not None}
    rows = [
        (words(identifier), words(study.title), words(of[identifier].package), str(len(of[identifier].presets)))
        for identifier, study in load_studies().items()
    ]
    print_table(console, ("study", "title", "package", "presets"), rows, right=("presets",), wraps=("title",))
    for one in found:
        if one.trouble:
            console.print(f"[red]{words(one.name)}[/red] ({words(one.package)}) is left out: {words(one.trouble)}")


def write_study(name: str, directory: Path) -> None:
    """Write the package NAME into a directory of that name. Raises InvalidConfig for a name that is not free."""
    root = directory / name
    if not _NAME.fullmatch(name) or iskeyword(name):
        _refuse(f"{name!r} is not the name of a package: use lower-case letters, digits and _, as in my_study")
    if any(name in (one.name, one.study and one.study.id) for one in find_studies()):
        _refuse(f"there is a study {name!r} already: choose another name")
    if root.exists():
        _refuse(f"{root} exists already: choose another name, or another --directory")
    if find_spec(name) is not None:
        _refuse(f"there is a Python package {name!r} already: choose another name")
    for path, file in _files(resources.files(_CODE)):
        inside, below = (f"src/{name}/", path) if not path.startswith("project/") else ("", path[len("project/") :])
        target = root / (inside + _named(below, name))
        target.parent.mkdir(parents=True, exist_ok=True)
        text = _named(file.read_text("utf-8"), name)
        target.write_text(_sorted(text, name) if target.suffix == ".py" else text, "utf-8")
    console = Console(highlight=False, soft_wrap=True)
    place = shlex.quote(str(root))
    console.print(f"{words(str(root))} has a study that runs: a linear model. Next:")
    for command in (
        f"pip install --no-deps --no-build-isolation -e {place}",
        f"emergescope run {name}/quick",
        f"pytest {place}",
    ):
        console.print(f"  {words(command)}")


def _files(folder: Traversable, prefix: str = "") -> list[tuple[str, Traversable]]:
    """(path, file) of all files below a folder."""
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _files(entry, f"{prefix}{entry.name}/") if entry.name != "__pycache__" else []
        else:
            found.append((prefix + entry.name, entry))
    return found


def _named(text: str, name: str) -> str:
    """The skeleton's text, or a path in it, with the new name."""
    title = "".join(part.capitalize() for part in name.split("_"))
    return text.replace(_CODE, name).replace("skeleton", name).replace("Skeleton", title)


def _sorted(code: str, name: str) -> str:
    """Code with its imports in the usual order: the standard library's, those of others, its own."""
    lines = code.splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if line.startswith(("import ", "from "))]
    blocks: tuple[list[str], ...] = ([], [], [])
    for line in sorted((lines[place] for place in places), key=lambda line: (line.startswith("from "), line)):
        package = line.split()[1].partition(".")[0]
        blocks[0 if package in sys.stdlib_module_names else 2 if package == name else 1].append(line)
    return "".join(
        [
            *lines[: places[0]],
            "\n".join("".join(block) for block in blocks if block),
            *lines[places[-1] + 1 :],
        ]
    )


def _refuse(message: str) -> NoReturn:
    raise InvalidConfig(message)
