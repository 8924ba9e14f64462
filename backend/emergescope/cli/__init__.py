"""The command line: main.py has the commands. Exit codes: 0 fine, 1 a value outside its band or a run that failed,
2 bad input, 130 interrupted.
"""

import sys


def main() -> None:
    """Run the command line."""
    try:
        # Imported now: a worker process imports the script that started it, and needs nothing of all this.
        from emergescope.cli.main import main as run  # noqa: PLC0415

        run()
    except KeyboardInterrupt:  # before, or after, a command had begun
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None
