"""The library's own migrations, for databases whose tables are not in a host's metadata."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError

from pybase_extraction.errors import SchemaOutdatedError
from pybase_extraction.repositories.connections import UPGRADE, begin_immediate, open_engine, open_sqlite, opened
from pybase_extraction.repositories.migrations.adoption import adopt as adopt
from pybase_extraction.repositories.migrations.adoption import put_aside as put_aside
from pybase_extraction.repositories.tables import JobTables, define_tables

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0001"
"""The revision that this version of the library needs."""

VERSION_TABLE: Final = "pybase_extraction_version"


def upgrade(database: str | Path | sa.Engine) -> str:
    """Bring a database up to date; rows of PyBase's own old ``extraction_jobs`` tables are adopted.

    Args:
        database: A path or URL, or a synchronous engine.

    Returns:
        The revision that the database has now.

    Raises:
        SchemaOutdatedError: The database is newer than the library.
    """
    engine = engine_of(database)
    try:
        _upgrade(engine)
    finally:
        if engine is not database:
            engine.dispose()
    return HEAD


def check(database: str | Path | sa.Engine) -> None:
    """Refuse a database that is not of this version.

    Raises:
        SchemaOutdatedError: It is older, newer, or was never prepared; the sentence says what to run.
    """
    engine = engine_of(database)
    try:
        with opened(engine) as connection:
            found = current_revision(connection)
    finally:
        if engine is not database:
            engine.dispose()
    if found is None:
        raise SchemaOutdatedError("The database has no tables of jobs.", found=None, expected=HEAD, remedy=UPGRADE)
    if found > HEAD:
        raise SchemaOutdatedError(
            f"The database is at revision {found}, newer than this library, which knows {HEAD}.",
            found=found, expected=HEAD, remedy="Upgrade the package pybase-extraction.",
        )  # fmt: skip
    if found < HEAD:
        raise SchemaOutdatedError(
            f"The database is at revision {found}, and this library needs {HEAD}.",
            found=found, expected=HEAD, remedy=UPGRADE,
        )  # fmt: skip


def prepare(engine: sa.Engine) -> None:
    """Bring the library's own SQLite file up to date, and check a server."""
    if engine.dialect.name == "sqlite":
        with opened(engine) as connection:
            found = current_revision(connection)
        if found is None or found < HEAD:
            _upgrade(engine)
            return
    check(engine)


def current_revision(connection: sa.Connection) -> str | None:
    """Read the revision of a database, None when it was never prepared."""
    version = sa.table(VERSION_TABLE, sa.column("version_num", sa.Text()))
    try:
        return connection.execute(sa.select(version.c.version_num)).scalar()
    except (OperationalError, ProgrammingError) as exc:
        if "no such table" not in str(exc.orig) and getattr(exc.orig, "sqlstate", None) != "42P01":
            raise
        connection.rollback()
        return None


def configuration() -> Config:
    """Make the Alembic configuration of these migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(engine: sa.Engine) -> None:
    with opened(engine) as connection:
        _lock(connection)
        found = current_revision(connection) if _has(connection, VERSION_TABLE) else None
        if found is not None and found > HEAD:
            connection.rollback()
            check(engine)
        tables = define_tables(sa.MetaData())
        if found is None and not _has(connection, tables.jobs.name):
            _create(connection, tables)
        else:
            migrate(connection)
        connection.commit()


def _create(connection: sa.Connection, tables: JobTables) -> None:
    """Make the tables in a database that has none: half a second sooner than by the migrations, and the same."""
    metadata = sa.MetaData()
    version = sa.Table(
        VERSION_TABLE,
        metadata,
        sa.Column("version_num", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
    )
    for table in (version, *tables.all):
        table.create(connection)
    connection.execute(sa.insert(version).values(version_num=HEAD))


def migrate(connection: sa.Connection) -> None:
    """Run the migrations that are missing, in the transaction of a connection."""
    from alembic import command

    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _lock(connection: sa.Connection) -> None:
    # two processes may start at once on an empty database: the second waits, and finds nothing left to do
    if connection.dialect.name == "sqlite":
        begin_immediate(connection)
    else:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(zlib.crc32(VERSION_TABLE.encode()))))


def _has(connection: sa.Connection, table: str) -> bool:
    return bool(sa.inspect(connection).has_table(table))


def engine_of(database: str | Path | sa.Engine) -> sa.Engine:
    """Make an engine of the library's own for a path or address; an engine is given back."""
    if isinstance(database, sa.Engine):
        return database
    if isinstance(database, Path) or "://" not in database:
        return open_sqlite(database)
    url = sa.make_url(database)
    return open_sqlite(str(url.database)) if url.get_backend_name() == "sqlite" else open_engine(url)
