"""Run by Alembic, on the connection of ``upgrade``: one transaction holds all steps together."""

from alembic import context

from monitor.store import access, counts, history, linked, published, sheets  # noqa: F401  they define the tables
from monitor.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
