"""Alembic's entry: runs on the connection that `migrate` has already locked."""

from alembic import context

from conversations.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
