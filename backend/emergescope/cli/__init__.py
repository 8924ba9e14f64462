"""The command line: serve, run, reproduce, list, presets. Exit codes: 0 fine, 1 a value outside its band or a run that
failed, 2 bad input, 130 interrupted.
"""


def main() -> None:
    """Run the command line."""
    # Imported now: a worker process imports the script that started it, and needs nothing of all this.
    from emergescope.cli.main import main as run  # noqa: PLC0415

    run()
