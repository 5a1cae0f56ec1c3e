"""Alembic's environment: runs the migrations on the connection, and in the transaction, that the store hands it."""

from alembic import context

from calbridge.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # the store begins transactions itself, so DDL is part of them
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
