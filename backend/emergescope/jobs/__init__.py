"""Jobs: where runs are executed. Nothing above this room knows which executor it is."""

from emergescope.jobs.executor import Executor, Finished, FrameReady, Listener, Message, RunStarted
from emergescope.jobs.inline import InlineExecutor
from emergescope.jobs.pool import LocalPool

__all__ = [
    "Executor",
    "Finished",
    "FrameReady",
    "InlineExecutor",
    "Listener",
    "LocalPool",
    "Message",
    "RunStarted",
]
