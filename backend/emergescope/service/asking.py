"""What may be asked of a run in which state, and what that changes at once. Used by the service.

Each takes the run as it is, and raises Conflict, with a clear reason, where it cannot be.
"""

from emergescope.errors import Conflict
from emergescope.service.endings import RESUMES
from emergescope.service.records import now
from emergescope.store import RunChanges, RunRecord

_STATES = {
    "queued": "is queued",
    "running": "is running",
    "paused": "is paused",
    "succeeded": "has succeeded",
    "failed": "has failed",
    "cancelled": "has been cancelled",
}


def cancelled(run: RunRecord) -> RunChanges:
    """A run that waits is cancelled at once; of a running one it is wanted."""
    if run.status in ("queued", "paused"):
        return {"status": "cancelled", "finished_at": now()}
    if run.status == "running":
        return {"wanted": "cancel"}
    state = _STATES[run.status].replace("has ", "has already ")
    raise Conflict(f"run {run.id} {state}: there is nothing to cancel")


def paused(run: RunRecord) -> RunChanges:
    """A queued run is paused at once; of a running one it is wanted, unless it is to be cancelled."""
    if run.status == "queued":
        return {"status": "paused"}
    if run.status == "running" and run.wanted != "cancel":
        return {"wanted": "pause"}
    state = "is about to be cancelled" if run.status == "running" else _STATES[run.status]
    raise Conflict(f"run {run.id} {state}: only a queued or running run can be paused")


def resumed(run: RunRecord) -> RunChanges:
    """A paused run waits again, and so does one that has failed by dying too often."""
    if run.status == "paused" or (run.status == "failed" and run.resumes >= RESUMES):
        return {"status": "queued", "resumes": 0, "error": None, "finished_at": None}
    state = "is about to pause: wait until it has" if run.wanted == "pause" else _STATES[run.status]
    raise Conflict(f"run {run.id} {state}; only a paused run can be resumed, or one whose worker died too often")


def deleted(run: RunRecord) -> None:
    """A run that is running cannot be deleted."""
    if run.status == "running":
        raise Conflict(f"run {run.id} is running: cancel it first")
