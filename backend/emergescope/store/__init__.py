"""Store: runs, frames and events in one SQL database. The service writes; everyone else reads through `Reader`."""

from emergescope.store.reading import open_reader
from emergescope.store.records import (
    EventRecord,
    FrameData,
    FrameInfo,
    MetricsRow,
    NewRun,
    RunChanges,
    RunPage,
    RunRecord,
    Status,
)
from emergescope.store.store import Reader, Store

__all__ = [
    "EventRecord",
    "FrameData",
    "FrameInfo",
    "MetricsRow",
    "NewRun",
    "Reader",
    "RunChanges",
    "RunPage",
    "RunRecord",
    "Status",
    "Store",
    "open_reader",
]
