"""The tables. Used inside store/ only; migrations/ must be changed together with them (a test compares the two)."""

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Float, ForeignKey, Index, MetaData, String, Text
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.ext.orderinglist import ordering_list
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from emergescope.store.shapes import EventRecord, ExperimentRecord, MemberRecord, RunRecord, Status, Wanted, fit

HIDDEN = "hidden"  # status of a run that no one sees: a fork that is not whole yet, or what is left of a deleted run


class UtcDateTime(TypeDecorator[datetime]):
    """Times in UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any]:
        """What is no time stays as it is: one such value must not keep other rows from being read."""
        process = self.impl_instance.result_processor(dialect, coltype)

        def read(value: Any) -> Any:
            try:
                time = value if process is None else process(value)
                return time and (time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC))
            except (AttributeError, TypeError, ValueError):
                return value

        return read


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dict[str, Any]: JSON(none_as_null=True),
        list[dict[str, Any]]: JSON,
        datetime: UtcDateTime,
    }


class RunTag(Base):
    __tablename__ = "run_tags"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(String(60), index=True)


class Run(Base):
    """`number` is the order of submission: the queue runs it upwards, lists show it downwards."""

    __tablename__ = "runs"
    __table_args__ = (Index("ix_runs_status_number", "status", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    preset: Mapped[str | None] = mapped_column(String(100))
    notes: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[Status] = mapped_column(String(16))
    error: Mapped[dict[str, Any] | None]
    config: Mapped[dict[str, Any]]
    total_steps: Mapped[int]
    step: Mapped[int] = mapped_column(default=0)
    phase: Mapped[str | None] = mapped_column(String(60))
    seconds: Mapped[float | None] = mapped_column(Float)
    facts: Mapped[dict[str, Any] | None]
    metrics: Mapped[dict[str, Any] | None]
    expected: Mapped[list[dict[str, Any]]]
    frames_count: Mapped[int] = mapped_column(default=0)
    frames_next: Mapped[int] = mapped_column(default=0)
    frames_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    origin: Mapped[dict[str, Any] | None]
    wanted: Mapped[Wanted | None] = mapped_column(String(16))
    server: Mapped[str | None] = mapped_column(String(32))  # has it while it is running
    claim: Mapped[str | None] = mapped_column(String(32))  # the secret by which that one may write it
    resumes: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    search: Mapped[str] = mapped_column(Text, default="", deferred=True)
    digest: Mapped[str | None] = mapped_column(String(64), index=True, deferred=True)  # of its configuration

    tag_rows: Mapped[list[RunTag]] = relationship(
        order_by=RunTag.position,
        collection_class=ordering_list("position"),
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="selectin",
    )
    tags: AssociationProxy[list[str]] = association_proxy("tag_rows", "tag", creator=lambda tag: RunTag(tag=tag))

    def set_search(self) -> None:
        """To be called whenever something has changed by which the run is found."""
        self.search = searchable(self.id, self.name, self.preset, self.notes or "", self.tags)

    def record(self) -> RunRecord:
        return fit(RunRecord, self, tags=list(self.tags))


class FrameRow(Base):
    """A frame. Of one that was thinned out, the metrics stay: its blob is empty, and its size 0."""

    __tablename__ = "frames"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[int]
    phase: Mapped[str] = mapped_column(String(60))
    metrics: Mapped[dict[str, Any]]
    size: Mapped[int]
    blob: Mapped[bytes]  # last: SQLite then reads the other columns without touching the pages of the bytes


class SketchRow(Base):
    """What the index keeps of a frame's tensors (recording/codec.py). Among the frames it would lie behind bytes."""

    __tablename__ = "sketches"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    blob: Mapped[bytes]


class EventRow(Base):
    __tablename__ = "events"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any] | None]

    def record(self) -> EventRecord:
        """Its text says what does not fit in the row."""
        event = fit(EventRecord, self)
        note = f"{event.text} (its row in the database does not fit: {event.damage})"
        return event if event.damage is None else replace(event, text=note)


class PatternsRow(Base):
    __tablename__ = "patterns"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    blob: Mapped[bytes]


class CheckpointRow(Base):
    """What a run needs to go on after `step`; `frames` were taken until then."""

    __tablename__ = "checkpoints"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    frames: Mapped[int]
    size: Mapped[int]
    created_at: Mapped[datetime]
    blob: Mapped[bytes]


class ServerRow(Base):
    """A server that has the database open; one that has not been seen for a while is dead."""

    __tablename__ = "servers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    seen_at: Mapped[datetime]


class RecordingRow(Base):
    """Of a run that a loop of somebody else's makes: a digest of the secret by which that may write it, none where it
    comes from a directory; when that was last heard of, whether it was given up since; and how many events came.
    """

    __tablename__ = "recordings"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    claim: Mapped[str | None] = mapped_column(String(64))
    heard_at: Mapped[datetime]
    lost: Mapped[bool] = mapped_column(default=False)
    events: Mapped[int] = mapped_column(default=0)


class DirectoryRow(Base):
    """A recording that was taken in from a directory. It stays when the run is deleted: the directory does, too."""

    __tablename__ = "recording_directories"

    run_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    taken_at: Mapped[datetime]


class Experiment(Base):
    """A group of runs. `spec` says what was asked for: the seeds, and the sweep of a sweep."""

    __tablename__ = "experiments"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16))
    preset: Mapped[str | None] = mapped_column(String(100))
    spec: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]

    def record(self) -> ExperimentRecord:
        return fit(ExperimentRecord, self)


class MemberRow(Base):
    """A place in an experiment, and the run that fills it; none once that run was deleted."""

    __tablename__ = "experiment_members"

    experiment_id: Mapped[str] = mapped_column(ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("runs.id", ondelete="SET NULL"), index=True)
    label: Mapped[str] = mapped_column(String(200))
    group: Mapped[str] = mapped_column("panel", String(100))
    seed: Mapped[int] = mapped_column(BigInteger)
    cell: Mapped[dict[str, Any]]
    replaced: Mapped[int] = mapped_column(default=0)  # runs that earlier versions began again; now they go on

    def record(self, run: Run | None = None, emergence_step: Any = None) -> MemberRecord:
        step = emergence_step if isinstance(emergence_step, int) else None
        return fit(MemberRecord, self, run=run and run.record(), emergence_step=step)


def digest_of(config: Mapping[str, Any]) -> str:
    """The same for equal configurations."""
    return sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def fold(text: str) -> str:
    """Text as it is compared: "STRASSE" and "straße" are one, and so are the letter ä and an a with two dots added.

    Databases do not fold alike (SQLite knows the case of ASCII alone), so it is done here, once, as a run is written.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.replace("\0", "\N{REPLACEMENT CHARACTER}")  # which PostgreSQL cannot keep


def searchable(identifier: str, name: str, preset: str | None, notes: str, tags: Iterable[str]) -> str:
    """All words by which a run is found, folded."""
    return fold("\n".join((identifier, name, preset or "", notes, *tags)))
