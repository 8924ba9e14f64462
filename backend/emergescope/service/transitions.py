"""How a run changes from one state to another: because someone asks for it, or its worker or server is done with it."""

from collections.abc import Iterator, Sequence
from typing import Any

from emergescope import logs
from emergescope.errors import Conflict
from emergescope.jobs.executor import Finished
from emergescope.recording.events import Happened
from emergescope.service.progress import ENDS, Counts, Progress
from emergescope.service.records import is_recording, now
from emergescope.store.forking import CheckpointStore
from emergescope.store.records import RunChanges
from emergescope.store.shapes import RunRecord, Status
from emergescope.store.store import Store

RESUMES = 3  # times that a run goes on by itself after its worker or server died

_log = logs.get(__name__)

_STATES = {status: f"is {status}" for status in ("queued", "running", "paused")}
_STATES |= {"succeeded": "has succeeded", "failed": "has failed", "cancelled": "has been cancelled"}


def cancelled(run: RunRecord) -> RunChanges:
    """A run that waits is cancelled at once; of a running one it is wanted."""
    _check_ours(run, "cancelled")
    if run.status in ("queued", "paused"):
        return {"status": "cancelled", "finished_at": now()}
    if run.status == "running":
        return {"wanted": "cancel"}
    state = _STATES[run.status].replace("has ", "has already ")
    raise Conflict(f"run {run.id} {state}: there is nothing to cancel")


def paused(run: RunRecord) -> RunChanges:
    """A queued run is paused at once; of a running one it is wanted, unless it is to be cancelled."""
    _check_ours(run, "paused")
    if run.status == "queued":
        return {"status": "paused"}
    if run.status == "running" and run.wanted != "cancel":
        return {"wanted": "pause"}
    state = "is about to be cancelled" if run.status == "running" else _STATES[run.status]
    raise Conflict(f"run {run.id} {state}: only a queued or running run can be paused")


def resumed(run: RunRecord) -> RunChanges:
    """A paused run waits again, and so does one that has failed by dying too often."""
    _check_ours(run, "resumed")
    if run.status == "paused" or (run.status == "failed" and run.resumes >= RESUMES):
        return {"status": "queued", "resumes": 0, "error": None, "finished_at": None}
    state = "is about to pause: wait until it has" if run.wanted == "pause" else _STATES[run.status]
    raise Conflict(f"run {run.id} {state}; only a paused run can be resumed, or one whose worker died too often")


def deleted(run: RunRecord) -> None:
    """A run that is running cannot be deleted; the recorder of a recording is told that it was."""
    if run.status == "running" and not is_recording(run):
        raise Conflict(f"run {run.id} is running: cancel it first")


def _check_ours(run: RunRecord, done: str) -> None:
    """A recording is made elsewhere."""
    if is_recording(run):
        raise Conflict(f"run {run.id} is a recording: it cannot be {done} here, its loop is elsewhere; end it there")


class Transitions:
    """Each takes the claim under which the run was led. Raises LostClaim for another."""

    def __init__(self, store: Store, counts: Counts) -> None:
        self._store = store
        self._checkpoints = CheckpointStore(store)
        self._counts = counts

    def finished(self, run_id: str, claim: str, end: Finished, progress: Progress, expected: Sequence[Any]) -> None:
        """It ended as it says. One that was paused, but not asked to be, waits to go on."""
        step = max(end.step, progress.step)
        error = {"message": end.message, "step": end.step, "traceback": end.traceback}

        def change(run: RunRecord) -> RunChanges:
            status: Status = "failed" if end.status == "died" else end.status
            status = _as_wanted(run) if status == "paused" else status
            known: RunChanges = {"step": step, "seconds": progress.seconds, "expected": expected}
            return {**known, **_ended(status), "error": error if status == "failed" else None}

        self._log(run_id, self._store.change_run(run_id, change, claim).status, step, progress.seconds)

    def refused(self, run_id: str, claim: str | None, message: str) -> None:
        """It cannot be trained as it is stored. What is stored of it is left as it is."""
        error = {"message": message, "step": 0, "traceback": None}
        self._store.change_run(run_id, lambda run: {**_ended("failed"), "error": error}, claim)
        self._log(run_id, "failed", 0, None)

    def stopped(self, run_id: str, claim: str, progress: Progress) -> None:
        """Its server stops: it waits for the next one, unless it was to be paused or cancelled anyway."""
        seconds = progress.seconds
        run = self._store.change_run(run_id, lambda run: {**_ended(_as_wanted(run)), "seconds": seconds}, claim)
        _log.info("run stopped with its server", run=run_id, step=progress.step)
        self._log(run_id, run.status, progress.step, seconds)

    def died(self, run_id: str, claim: str | None, step: int, reason: str, seconds: float | None = None) -> None:
        """Something took it down: it goes on from its last checkpoint, but not for ever."""

        def change(run: RunRecord) -> RunChanges:
            deaths = [*run.deaths, {"at": now().isoformat(), "step": step, "reason": reason}]
            known: RunChanges = {"deaths": deaths, "seconds": run.seconds if seconds is None else seconds}
            if run.wanted is not None or run.resumes < RESUMES:
                status = _as_wanted(run)
                return {**known, **_ended(status), "resumes": run.resumes + (status == "queued")}
            message = f"{reason}, and it has gone on by itself {RESUMES} times already"
            error = {"message": message, "step": step, "traceback": None}
            return {**known, **_ended("failed"), "step": step, "error": error}

        kept = self._checkpoints.steps(run_id)
        back = f"step {kept[-1]}" if kept else "the beginning"

        def interruption(run: RunRecord) -> Iterator[Happened]:
            if run.status == "queued":
                text = f"{reason}: goes on from {back} ({run.resumes} of {RESUMES})"
                yield Happened(step, "interrupted", text, {"reason": reason, "resumes": run.resumes})

        run = self._store.change_run(run_id, change, claim, interruption)
        self._counts.deaths += 1
        self._counts.resumes += run.status == "queued"
        _log.warning("run interrupted", run=run_id, step=step, reason=reason, resumes=run.resumes)
        self._log(run_id, run.status, step, run.seconds)

    def _log(self, run_id: str, status: Status, step: int, seconds: float | None) -> None:
        if status == "queued":
            return
        if status == "paused":
            self._counts.pauses += 1
        else:
            self._counts.ended(status, seconds)
        _log.info(f"run {status}", run=run_id, status=status, step=step, seconds=seconds)


def _as_wanted(run: RunRecord) -> Status:
    """What becomes of a run that is stopped: what was asked for, else it waits."""
    return "queued" if run.wanted is None else "paused" if run.wanted == "pause" else "cancelled"


def _ended(status: Status) -> RunChanges:
    return {"status": status, "wanted": None, "finished_at": now() if status in ENDS else None}
