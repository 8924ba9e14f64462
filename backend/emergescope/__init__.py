"""Emergescope: watch features emerge inside a neural network while gradient descent runs.

What programs use is here by name and loaded when it is first asked for: `import emergescope` alone loads nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emergescope.client import AsyncClient, Client
    from emergescope.local_run import run
    from emergescope.recorder.record import record
    from emergescope.recorder.recorder import Recorder

__all__ = ["AsyncClient", "Client", "Recorder", "__version__", "record", "run"]

__version__ = "0.1.0"

_HOME = {"AsyncClient": "client", "Client": "client", "Recorder": "recorder", "record": "recorder", "run": "local_run"}


if not TYPE_CHECKING:  # for whom it would excuse names that are not there

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = found  # the next one who asks finds it at once
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
