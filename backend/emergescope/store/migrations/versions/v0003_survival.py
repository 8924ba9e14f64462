"""Checkpoints, forks, pauses, deaths; several servers; frames that were thinned."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("runs", sa.Column("frames_next", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("origin", sa.JSON()))
    op.add_column("runs", sa.Column("wanted", sa.String(16)))
    op.add_column("runs", sa.Column("server", sa.String(32)))
    op.add_column("runs", sa.Column("claim", sa.String(32)))
    op.add_column("runs", sa.Column("resumes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("deaths", sa.JSON(), nullable=False, server_default="[]"))
    op.execute("UPDATE runs SET frames_next = frames_count")
    op.create_table(
        "checkpoints",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_checkpoints_run_id_runs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "step", name="pk_checkpoints"),
    )
    op.create_table(
        "servers",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_servers"),
    )
