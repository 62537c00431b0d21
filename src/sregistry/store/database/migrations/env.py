"""Run by Alembic: migrates over the connection that `sregistry.store.database.migrate` hands in."""

from alembic import context

from sregistry.store.database.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
