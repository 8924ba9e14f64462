"""A digest of each run's configuration, by which equal ones are found, for the runs that there are as well."""

import json

import sqlalchemy as sa
from alembic import op

from emergescope.store.tables import digest_of

revision = "0007"
down_revision = "0006"

_runs = sa.table("runs", sa.column("number"), sa.column("config", sa.JSON), sa.column("digest"))


def upgrade() -> None:
    op.add_column("runs", sa.Column("digest", sa.String(64)))
    op.create_index("ix_runs_digest", "runs", ["digest"])
    connection = op.get_bind()
    for number, config in connection.execute(sa.select(_runs.c.number, sa.cast(_runs.c.config, sa.Text))).all():
        try:
            digest = digest_of(json.loads(config))
        except (TypeError, ValueError):  # a damaged row: `db check` names it
            continue
        connection.execute(sa.update(_runs).where(_runs.c.number == number).values(digest=digest))
