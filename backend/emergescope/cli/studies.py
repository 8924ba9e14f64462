"""The commands `emergescope studies …` and their options. What they do is imported once they are called."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="List the studies that there are, and begin one of your own.", invoke_without_command=True)


@app.callback()
def studies(context: typer.Context) -> None:
    """List the studies that can be run, and those that are left out with the reason."""
    if context.invoked_subcommand is None:
        from emergescope.cli.study_packages import print_studies  # noqa: PLC0415

        print_studies()


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Its id, and the name of its package: my_study.")],
    directory: Annotated[Path, typer.Option(help="Where the directory of the package is made.")] = Path(),
) -> None:
    """Write a package with a study that runs, to be changed into yours."""
    from emergescope.cli.study_packages import write_study  # noqa: PLC0415

    write_study(name, directory)
