"""Create the tables of jobs, and adopt the rows of an older table of the same name.

Revision ID: 0001
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from pybase_extraction.repositories.migrations.adoption import adopt, put_aside
from pybase_extraction.repositories.tables import define_tables

revision: Final = "0001"
down_revision: Final = None

OLD: Final = "extraction_jobs_before_adoption"


def upgrade() -> None:
    """Create and adopt."""
    connection = op.get_bind()
    # the first release: later revisions change these tables by their own statements, and this one is frozen with them
    tables = define_tables(sa.MetaData())
    name = tables.jobs.name
    is_old = sa.inspect(connection).has_table(name)
    if is_old:
        put_aside(connection, name, OLD)
    for table in tables.all:
        table.create(connection)
    if is_old:
        adopt(connection, OLD, tables)
