"""Store: runs, frames and events in one SQL database. The service writes; everyone else reads through `Reader`."""

from emergescope.store.checkpoints import CheckpointStore
from emergescope.store.experiments import ExperimentStore
from emergescope.store.forking import ForkStore
from emergescope.store.opening import open_reader
from emergescope.store.reader import Reader
from emergescope.store.records import (
    CheckpointRecord,
    EventRecord,
    ExperimentName,
    ExperimentRecord,
    FrameData,
    MemberRecord,
    NewEvent,
    NewMember,
    NewRun,
    QueuePlace,
    RunChanges,
    RunRecord,
)
from emergescope.store.removing import remove
from emergescope.store.retention import Outcome, RetentionStore, Rules
from emergescope.store.servers import ServerStore
from emergescope.store.shapes import Status, Wanted
from emergescope.store.store import FRAME, QUEUE, STATE, Store

__all__ = [
    "FRAME",
    "QUEUE",
    "STATE",
    "CheckpointRecord",
    "CheckpointStore",
    "EventRecord",
    "ExperimentName",
    "ExperimentRecord",
    "ExperimentStore",
    "ForkStore",
    "FrameData",
    "MemberRecord",
    "NewEvent",
    "NewMember",
    "NewRun",
    "Outcome",
    "QueuePlace",
    "Reader",
    "RetentionStore",
    "Rules",
    "RunChanges",
    "RunRecord",
    "ServerStore",
    "Status",
    "Store",
    "Wanted",
    "open_reader",
    "remove",
]
