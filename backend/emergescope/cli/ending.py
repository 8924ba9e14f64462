"""How commands end: whatever goes wrong is one sentence on stderr and an exit code, not a traceback."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, NoReturn

from rich.console import Console
from typer.core import TyperGroup

from emergescope.cli.printing import words
from emergescope.errors import EmergescopeError, InvalidConfig

_INTERRUPTED = 130


class Commands(TyperGroup):
    """All commands. Typer ends without a word where it is interrupted; here that is an error that says something."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise _Interrupted(*error.args) from None


class _Interrupted(Exception):
    """Someone pressed Ctrl-C; perhaps with what has become of the work."""


def finish(run: Callable[[], object]) -> int:
    """Run the command line, and say in a sentence what went wrong, if anything did; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what its encoding lacks, a name say, is no error
    code = _end(run)
    try:
        _flush()
    except OSError as error:
        code = code or _unwritable(error)
    return code


def leave(code: int) -> NoReturn:
    """End at once, with everything printed: tearing torch down takes almost half a second."""
    _flush()
    os._exit(code)


def _end(run: Callable[[], object]) -> int:
    try:
        run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except InvalidConfig as error:
        return _say("error", error.detail, 2)
    except EmergescopeError as error:
        return _say("error", f"{error.title}: {error.detail}", 1)
    except _Interrupted as interrupted:
        return _say("interrupted", str(interrupted), _INTERRUPTED)
    except OSError as error:
        return _unwritable(error)
    return 0


def _flush() -> None:
    if sys.stdout is not None:  # it is None where it was closed from the beginning
        sys.stdout.flush()


def _unwritable(error: OSError) -> int:
    """Of a pipe that its reader has closed, as `head` does, nothing is said."""
    with suppress(OSError):  # what is left of the output cannot be written at the end, either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 1
    return _say("error", f"{error.filename or 'the output'} cannot be used: {error.strerror or error}", 1)


def _say(kind: str, sentence: str, code: int) -> int:
    err = Console(stderr=True, soft_wrap=True, highlight=False)
    with suppress(OSError):  # nobody can be told
        err.print(f"[red]{kind}[/red]" + (f": {words(sentence)}" if sentence else ""))
    return code
