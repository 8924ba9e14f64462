"""What a search looks into, folded, for the runs that there are as well."""

import sqlalchemy as sa
from alembic import op

from emergescope.store.tables import searchable

revision = "0004"
down_revision = "0003"

_AT_A_TIME = 500

_runs = sa.table("runs", *(sa.column(name) for name in ("number", "id", "name", "preset", "notes", "search")))
_tags = sa.table("run_tags", *(sa.column(name) for name in ("run_id", "position", "tag")))


def upgrade() -> None:
    op.add_column("runs", sa.Column("search", sa.Text(), nullable=False, server_default=""))
    connection, last = op.get_bind(), 0
    columns = (_runs.c.number, _runs.c.id, _runs.c.name, _runs.c.preset, _runs.c.notes)
    while runs := connection.execute(
        sa.select(*columns).where(_runs.c.number > last).order_by(_runs.c.number).limit(_AT_A_TIME)
    ).all():
        tags: dict[str, list[str]] = {run.id: [] for run in runs}
        for run_id, tag in connection.execute(
            sa.select(_tags.c.run_id, _tags.c.tag).where(_tags.c.run_id.in_(tags)).order_by(_tags.c.position)
        ):
            tags[run_id].append(tag)
        for run in runs:
            words = searchable(run.id, run.name, run.preset, run.notes, tags[run.id])
            connection.execute(sa.update(_runs).where(_runs.c.number == run.number).values(search=words))
        last = runs[-1].number
