"""The tables. Used inside store/ only; migrations/ must be changed together with them (a test compares the two)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from emergescope.store.records import ExperimentRecord, RunRecord
from emergescope.store.searching import searchable
from emergescope.store.shapes import EventShape, ExperimentShape, MemberShape, RunShape, Status, Wanted, fit

HIDDEN = "hidden"  # status of a run that no one sees: a fork that is not whole yet, or what is left of a deleted run


class UtcDateTime(TypeDecorator[datetime]):
    """Times in UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any]:
        """What is no time stays as it is: one such value must not keep other rows from being read."""
        process = super().result_processor(dialect, coltype)

        def read(value: Any) -> Any:
            try:
                return value if process is None else process(value)
            except (TypeError, ValueError):
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
    }


class RunTag(Base):
    __tablename__ = "run_tags"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(String(60), index=True)


class Run(Base):
    """`number` is the order of submission: the queue runs it upwards, lists show it downwards.

    While it is running, `server` has it, and `claim` is the secret by which that one may write it.
    """

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
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    origin: Mapped[dict[str, Any] | None]
    wanted: Mapped[Wanted | None] = mapped_column(String(16))
    server: Mapped[str | None] = mapped_column(String(32))
    claim: Mapped[str | None] = mapped_column(String(32))
    resumes: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    search: Mapped[str] = mapped_column(Text, default="", deferred=True)

    tag_rows: Mapped[list[RunTag]] = relationship(
        order_by=RunTag.position, cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )

    def set_tags(self, tags: list[str]) -> None:
        """Replace all tags. Rows are reused in place, so that positions stay unique while they change."""
        for row, tag in zip(self.tag_rows, tags, strict=False):
            row.tag = tag
        del self.tag_rows[len(tags) :]
        for position in range(len(self.tag_rows), len(tags)):
            self.tag_rows.append(RunTag(position=position, tag=tags[position]))

    def set_search(self) -> None:
        """To be called whenever something has changed by which the run is found."""
        self.search = searchable(self.id, self.name, self.preset, self.notes or "", (row.tag for row in self.tag_rows))

    def record(self) -> RunRecord:
        tags = [row.tag for row in self.tag_rows]
        row, damage = fit(RunShape, {name: getattr(self, name) for name in _RUN} | {"tags": tags})
        lists: dict[str, Any] = {name: tuple(row.pop(name)) for name in ("tags", "expected", "deaths")}
        return RunRecord(**row, **lists, damage=damage)


_RUN = [column.name for column in Run.__table__.columns if column.name != "search"]


class FrameRow(Base):
    """`blob` is the last column: SQLite then reads the others without touching the pages of the bytes.

    Of a frame that was thinned out, the metrics stay: its blob is empty, and its size 0.
    """

    __tablename__ = "frames"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[int]
    phase: Mapped[str] = mapped_column(String(60))
    metrics: Mapped[dict[str, Any]]
    size: Mapped[int]
    blob: Mapped[bytes] = mapped_column(LargeBinary)


class SketchRow(Base):
    """What the index keeps of a frame's tensors (recording/codec.py). Not a column of frames: it would lie behind their
    bytes.
    """

    __tablename__ = "sketches"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    blob: Mapped[bytes] = mapped_column(LargeBinary)


class EventRow(Base):
    __tablename__ = "events"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any] | None]

    def fitted(self) -> tuple[dict[str, Any], str | None]:
        """Step, kind, text and data, and what is wrong with them."""
        return fit(EventShape, {name: getattr(self, name) for name in EventShape.model_fields})


class PatternsRow(Base):
    __tablename__ = "patterns"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    blob: Mapped[bytes] = mapped_column(LargeBinary)


class CheckpointRow(Base):
    """What a run needs to go on after `step`; `frames` were taken until then."""

    __tablename__ = "checkpoints"

    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    frames: Mapped[int]
    size: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blob: Mapped[bytes] = mapped_column(LargeBinary)


class ServerRow(Base):
    """A server that has the database open; one that has not been seen for a while is dead."""

    __tablename__ = "servers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Experiment(Base):
    """A group of runs. `spec` says what was asked for: the seeds, and the sweep of a sweep."""

    __tablename__ = "experiments"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16))
    preset: Mapped[str | None] = mapped_column(String(100))
    spec: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def record(self) -> ExperimentRecord:
        row, damage = fit(
            ExperimentShape, {column.name: getattr(self, column.name) for column in self.__table__.columns}
        )
        return ExperimentRecord(**row, damage=damage)


class MemberRow(Base):
    """A place in an experiment, and the run that fills it; none once that run was deleted.

    `replaced` counts interrupted runs that earlier versions ran again from the beginning; now they go on.
    """

    __tablename__ = "experiment_members"

    experiment_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("runs.id", ondelete="SET NULL"), index=True)
    label: Mapped[str] = mapped_column(String(200))
    panel: Mapped[str] = mapped_column(String(100))
    seed: Mapped[int] = mapped_column(BigInteger)
    cell: Mapped[dict[str, Any]]
    replaced: Mapped[int] = mapped_column(default=0)

    def fitted(self) -> tuple[dict[str, Any], str | None]:
        """Label, group, seed and cell, and what is wrong with them."""
        return fit(MemberShape, {"label": self.label, "group": self.panel, "seed": self.seed, "cell": self.cell})
