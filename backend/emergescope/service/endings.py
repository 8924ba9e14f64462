"""What becomes of a run whose worker or server is done with it: over, paused, or to go on. Used by the runner."""

from collections.abc import Sequence
from typing import Any

from emergescope import logs
from emergescope.jobs.executor import Finished
from emergescope.service.counts import Counts
from emergescope.service.progress import Progress
from emergescope.service.records import now
from emergescope.store import CheckpointStore, RunRecord, Status, Store

RESUMES = 3  # times that a run goes on by itself after its worker or server died

_log = logs.get(__name__)


class Endings:
    """Each takes the claim under which the run was led. Raises LostClaim for another."""

    def __init__(self, store: Store, counts: Counts) -> None:
        self._store = store
        self._checkpoints = CheckpointStore(store)
        self._counts = counts

    def finished(
        self, run_id: str, claim: str, end: Finished, progress: Progress | None, expected: Sequence[Any]
    ) -> None:
        """It ended as it says. One that was paused, but not asked to be, waits to go on."""
        step, seconds = end.step, None
        if progress is not None:
            step, seconds = max(step, progress.step), progress.seconds
        status: Status = "failed" if end.status == "died" else end.status
        if end.status == "paused":
            wanted = self._store.get_run(run_id).wanted
            if wanted is None:  # it was resumed while it stopped
                status = "queued"
            elif wanted == "cancel":
                status = "cancelled"
        error = {"message": end.message, "step": end.step, "traceback": end.traceback}
        over = status in ("succeeded", "failed", "cancelled")
        self._store.update_run(
            run_id,
            claim,
            status=status,
            wanted=None,
            error=error if status == "failed" else None,
            step=step,
            seconds=seconds,
            expected=expected,
            finished_at=now() if over else None,
        )
        self._log(run_id, status, step, seconds)

    def stopped(self, run_id: str, claim: str, progress: Progress) -> None:
        """Its server stops: it waits for the next one, unless it was to be paused or cancelled anyway."""
        wanted = self._store.get_run(run_id).wanted
        status: Status = "queued" if wanted is None else "paused" if wanted == "pause" else "cancelled"
        over = now() if status == "cancelled" else None
        self._store.update_run(run_id, claim, status=status, wanted=None, seconds=progress.seconds, finished_at=over)
        _log.info("run stopped with its server", run=run_id, step=progress.step)
        self._log(run_id, status, progress.step, progress.seconds)

    def died(self, run: RunRecord, claim: str | None, step: int, reason: str, seconds: float | None = None) -> None:
        """Something took it down: it goes on from its last checkpoint, but not for ever."""
        seconds = run.seconds if seconds is None else seconds
        deaths = [*run.deaths, {"at": now().isoformat(), "step": step, "reason": reason}]
        self._counts.deaths += 1
        if run.wanted is not None or run.resumes < RESUMES:
            status: Status = "queued" if run.wanted is None else "paused" if run.wanted == "pause" else "cancelled"
            resumes = run.resumes + (status == "queued")
            over = now() if status == "cancelled" else None
            self._store.update_run(
                run.id,
                claim,
                status=status,
                wanted=None,
                resumes=resumes,
                deaths=deaths,
                seconds=seconds,
                finished_at=over,
            )
            if status == "queued":
                self._counts.resumes += 1
                found = self._checkpoints.latest(run.id)
                back = "the beginning" if found is None else f"step {found.step}"
                text = f"{reason}: goes on from {back} ({resumes} of {RESUMES})"
                self._store.add_event(run.id, step, "interrupted", text, {"reason": reason, "resumes": resumes})
        else:
            status = "failed"
            message = f"{reason}, and it has gone on by itself {RESUMES} times already"
            error = {"message": message, "step": step, "traceback": None}
            self._store.update_run(
                run.id, claim, status=status, error=error, step=step, deaths=deaths, seconds=seconds, finished_at=now()
            )
        _log.warning("run interrupted", run=run.id, step=step, reason=reason, resumes=run.resumes)
        self._log(run.id, status, step, seconds)

    def _log(self, run_id: str, status: Status, step: int, seconds: float | None) -> None:
        if status == "queued":
            return
        if status == "paused":
            self._counts.pauses += 1
        else:
            self._counts.ended(status, seconds)
        _log.info(f"run {status}", run=run_id, status=status, step=step, seconds=seconds)
