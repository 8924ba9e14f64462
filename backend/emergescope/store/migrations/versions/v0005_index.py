"""What the index keeps of each frame, for the frames that there are as well."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import study_of
from emergescope.errors import EmergescopeError
from emergescope.recording.codec import decode, densities, sketch
from emergescope.recording.display import Display

revision = "0005"
down_revision = "0004"

_AT_A_TIME = 64

_runs = sa.table("runs", sa.column("id"), sa.column("config", sa.JSON))
_frames = sa.table("frames", *(sa.column(name) for name in ("run_id", "seq", "size", "blob")))


def upgrade() -> None:
    op.create_table(
        "sketches",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_sketches_run_id_runs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "seq", name="pk_sketches"),
    )
    connection = op.get_bind()
    for run_id, config in connection.execute(sa.select(_runs.c.id, sa.cast(_runs.c.config, sa.Text))).all():
        if (display := _display(config)) is not None and densities(display):
            _sketch_frames(connection, run_id, display)


def _display(config: str) -> Display | None:
    """None for a run whose settings this version cannot read: it plays, without pictures of its densities."""
    try:
        data: Mapping[str, Any] = json.loads(config)
        known = parse_config(data)
        return study_of(known).display(known, None)
    except (EmergescopeError, ValueError, TypeError, AttributeError):
        return None


def _sketch_frames(connection: sa.Connection, run_id: str, display: Display) -> None:
    sketches, last = sa.table("sketches", *(sa.column(name) for name in ("run_id", "seq", "blob"))), -1
    there = sa.select(_frames.c.seq, _frames.c.blob).where(_frames.c.run_id == run_id, _frames.c.size > 0)
    while rows := connection.execute(there.where(_frames.c.seq > last).order_by(_frames.c.seq).limit(_AT_A_TIME)).all():
        last = rows[-1].seq
        found = []
        for seq, blob in rows:
            try:
                frame = decode(bytes(blob))[2]
            except EmergescopeError:  # a damaged frame: `db check` names it
                continue
            found.append({"run_id": run_id, "seq": seq, "blob": sketch(display, frame.tensors)})
        if found:
            connection.execute(sa.insert(sketches), found)
