"""Run by Alembic for each upgrade, on the connection that store/database.py hands over."""

from alembic import context

from emergescope.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
