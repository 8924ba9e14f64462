"""The commands `emergescope studies …`: which studies there are, and the package of a new one."""

import re
import shlex
from collections.abc import Iterator
from importlib import resources
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from typing import Annotated

import typer

from emergescope.catalog.registry import find_studies, load_studies
from emergescope.cli.printing import out, print_table, words
from emergescope.errors import InvalidConfig

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CODE = "emergescope.studies._skeleton"

app = typer.Typer(help="List the studies that there are, and begin one of your own.", invoke_without_command=True)


@app.callback()
def studies(context: typer.Context) -> None:
    """List the studies that can be run, and those that are left out with the reason."""
    if context.invoked_subcommand is None:
        print_studies()


def print_studies() -> None:
    """Print a line for each study, then why others are left out."""
    found = find_studies()
    of = {one.study.id: one for one in found if one.study is not None}
    rows = [
        (words(identifier), words(study.title), words(of[identifier].package), str(len(of[identifier].presets)))
        for identifier, study in load_studies().items()
    ]
    print_table(("study", "title", "package", "presets"), rows, right=("presets",), wraps=("title",))
    for one in found:
        if one.trouble:
            out.print(f"[red]{words(one.name)}[/red] ({words(one.package)}) is left out: {words(one.trouble)}")


@app.command("new")
def write_study(
    name: Annotated[str, typer.Argument(help="Its id, and the name of its package: my_study.")],
    directory: Annotated[Path, typer.Option(help="Where the directory of the package is made.")] = Path(),
) -> None:
    """Write a package with a study that runs, to be changed into yours."""
    root = directory / name
    for wrong in _in_the_way(name, root):
        raise InvalidConfig(wrong)
    with resources.as_file(resources.files(_CODE)) as skeleton:
        for file in skeleton.rglob("*"):
            path = file.relative_to(skeleton).as_posix()
            if file.is_file() and "__pycache__" not in path:
                below = path.removeprefix("project/")
                target = (root if below != path else root / "src" / name) / _named(below, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(_named(file.read_text("utf-8"), name), "utf-8")
    place = shlex.quote(str(root))
    out.print(f"{words(str(root))} has a study that runs: a linear model. Next:")
    install = f"pip install --no-deps --no-build-isolation -e {place}"
    for command in (install, f"emergescope run {name}/quick", f"pytest {place}"):
        out.print(f"  {words(command)}")


def _in_the_way(name: str, root: Path) -> Iterator[str]:
    """Why there can be no package of that name, at that place; the first reason counts."""
    if not _NAME.fullmatch(name) or iskeyword(name):
        yield f"{name!r} is not the name of a package: use lower-case letters, digits and _, as in my_study"
    if any(name in (one.name, one.study and one.study.id) for one in find_studies()):
        yield f"there is a study {name!r} already: choose another name"
    if root.exists():
        yield f"{root} exists already: choose another name, or another --directory"
    if find_spec(name) is not None:
        yield f"there is a Python package {name!r} already: choose another name"


def _named(text: str, name: str) -> str:
    """The skeleton's text, or a path in it, with the new name."""
    names = {"Skeleton": "".join(part.capitalize() for part in name.split("_"))}
    return re.sub(f"{re.escape(_CODE)}|[Ss]keleton", lambda found: names.get(found[0], name), text)
