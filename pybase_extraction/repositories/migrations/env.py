"""Runs the migrations on the connection that ``upgrade`` has opened and locked."""

from __future__ import annotations

from alembic import context

from pybase_extraction.repositories.migrations import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
