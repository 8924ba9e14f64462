"""Store: runs, frames and events in one SQL database. The service writes; everyone else reads through `Reader`."""

from emergescope.store.experiments import ExperimentStore
from emergescope.store.reading import open_reader
from emergescope.store.records import (
    EventRecord,
    ExperimentPage,
    ExperimentRecord,
    FrameData,
    FrameInfo,
    MemberRecord,
    MetricsRow,
    NewMember,
    NewRun,
    RunChanges,
    RunPage,
    RunRecord,
    Status,
)
from emergescope.store.store import Reader, Store

__all__ = [
    "EventRecord",
    "ExperimentPage",
    "ExperimentRecord",
    "ExperimentStore",
    "FrameData",
    "FrameInfo",
    "MemberRecord",
    "MetricsRow",
    "NewMember",
    "NewRun",
    "Reader",
    "RunChanges",
    "RunPage",
    "RunRecord",
    "Status",
    "Store",
    "open_reader",
]
