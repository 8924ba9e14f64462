"""The command line: serve, run, list, presets. Exit codes: 0 fine, 1 a value outside its band or a run that failed,
2 bad input, 130 interrupted.
"""

from emergescope.cli.main import main

__all__ = ["main"]
