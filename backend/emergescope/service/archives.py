"""Runs as files: out of the store, and into it. Joins the store with archive/; used by the service, api/ and cli/."""

import socket
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing
from dataclasses import fields
from pathlib import Path

from pydantic import ValidationError

from emergescope.archive import head as heads
from emergescope.archive.display import display_of
from emergescope.archive.files import RUN
from emergescope.archive.reading import Archive, read_run
from emergescope.archive.zipping import RunZip
from emergescope.config.base import shown
from emergescope.config.ids import new_id
from emergescope.errors import ArchiveError, Conflict, NotFound, Removed
from emergescope.recording.codec import IndexRow, encode_index
from emergescope.recording.events import Happened
from emergescope.service.heartbeat import SILENT, Heartbeat, Rounds
from emergescope.service.records import damaged, now
from emergescope.store.importing import IMPORTED, Film, ImportStore
from emergescope.store.reader import Reader
from emergescope.store.records import NewRun, RunChanges
from emergescope.store.shapes import RunRecord, fit
from emergescope.store.store import ServerStore, Store

_GOES_ON = ("queued", "running")


def export_run(reader: Reader, run_id: str) -> RunZip:
    """A run as one file. Raises NotFound, and Conflict for one that goes on."""
    record = reader.get_run(run_id)
    if record.status in _GOES_ON:
        raise Conflict(f"run {run_id} is {record.status}: it can be exported once it is over, or paused")
    if record.damage is not None:
        raise Conflict(f"run {run_id} cannot be exported: {damaged(record)}")
    run = _run_of(record)
    rows = [row for row in reader.index_after(run_id) if row.seq < record.frames_next]
    events = [Happened(e.step, e.kind, e.text, e.data) for e in reader.events(run_id) if e.kind != IMPORTED]
    try:
        patterns = reader.patterns_blob(run_id)
    except NotFound:
        patterns = None
    index = encode_index(run_id, display_of(run.head), rows)
    return RunZip(run, _blobs(reader, run_id, rows), events, index, patterns)


def import_run(archive: Archive, store: ImportStore, leftovers: Collection[str]) -> str:
    """Bring a run into the store; its id. Raises Conflict where there is one of its id, ArchiveError."""
    run = archive.run
    check_shapes(run)
    new = NewRun(
        id=run.id,
        name=run.name,
        preset=run.preset,
        tags=list(dict.fromkeys(run.tags)),
        config=run.config,
        total_steps=run.total_steps,
        expected=run.expected,
        created_at=run.created_at,
        origin=run.origin,
    )
    changes: RunChanges = {
        **RunChanges(status=run.status, error=run.error, notes=run.notes, seconds=run.seconds),
        **RunChanges(step=run.step, phase=run.phase, finished_at=run.finished_at),
    }
    if run.facts is not None:
        changes["facts"] = run.facts
    if run.started_at is not None:
        changes["started_at"] = run.started_at
    thinned = [row for row in archive.rows if not row.there]
    said = Happened(run.step, IMPORTED, f"brought in as a file on {now():%Y-%m-%d}", None)
    store.create(new, changes, Film(archive.frames(), thinned, [*archive.events, said], archive.patterns), leftovers)
    return run.id


def import_here(place: Path, where: Path | str) -> RunRecord:
    """Bring a run, a zip or a directory, into a database without a server. Raises ArchiveError, Conflict."""
    with ExitStack() as opened:
        archive = opened.enter_context(read_run(place))
        check_shapes(archive.run)  # what cannot be taken makes no database
        store = opened.enter_context(closing(Store(where)))
        me = new_id()
        servers = ServerStore(store, me, socket.gethostname())
        heartbeat = Heartbeat(servers)
        heartbeat.beat()
        # Others that have the database open are not to take what is made here for left behind.
        beats = Rounds("heartbeat", heartbeat.beat)
        beats.start()
        try:
            run_id = import_run(archive, ImportStore(store, me), servers.leftovers(SILENT))
        finally:
            beats.stop()
            servers.leave()
        return store.get_run(run_id)


def file_name(run_id: str) -> str:
    """What the file of a run is called, if nobody says otherwise."""
    return f"emergescope-{run_id}.zip"


def _run_of(record: RunRecord) -> heads.Run:
    """Names of earlier versions may have characters that steer; they are written out."""
    said = {name: getattr(record, name) for name in heads.Run.model_fields}
    lists = {"tags": [shown(tag)[:60] for tag in record.tags], "expected": [dict(item) for item in record.expected]}
    try:
        return heads.Run.model_validate({**said, **lists, "name": shown(record.name)[:200]})
    except ValidationError as error:
        raise Conflict(f"run {record.id} cannot be exported: {heads.first_of(error)}") from None


def check_shapes(run: heads.Run) -> None:
    """Raises ArchiveError for what of a run has another shape than rows of the store have."""
    others = [one for one in fields(RunRecord) if one.name not in {*heads.Run.model_fields, "number", "damage"}]
    record = fit(RunRecord, run, number=0, **{one.name: one.default for one in others})
    if record.damage is not None:
        raise ArchiveError(f"{RUN}: {record.damage}")


def _blobs(reader: Reader, run_id: str, rows: list[IndexRow]) -> Iterator[tuple[int, bytes]]:
    for row in rows:
        if row.there:
            try:
                yield row.seq, reader.frame_blob(run_id, row.seq)
            except Removed:
                raise Conflict(f"the film of run {run_id} was thinned while it was exported: export it again") from None
