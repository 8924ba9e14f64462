"""Recordings: who may write them, when that was last heard of, and which directories were taken in."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("claim", sa.String(64)),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lost", sa.Boolean(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_recordings_run_id_runs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name="pk_recordings"),
    )
    op.create_table(
        "recording_directories",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_recording_directories"),
    )
