"""Every job of one database in another: from SQLite, where an application begins, to PostgreSQL, or back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pybase_extraction.errors import RepositoryError
from pybase_extraction.repositories.connections import begin_immediate, translated
from pybase_extraction.repositories.migrations import check, engine_of, prepare
from pybase_extraction.repositories.operations import Operations
from pybase_extraction.repositories.tables import JobTables, define_tables

Database = str | Path | sa.Engine

_CHUNK: Final = 200
"""Rows in memory at a time; a row may hold a result of 256 KiB."""


def copy_jobs(
    source: Database,
    target: Database,
    *,
    tables: JobTables | None = None,
    also: Iterable[Callable[[JobTables], sa.Table]] = (),
    clock: Callable[[], float] = time.time,
) -> int:
    """Copy all jobs with their attempts, batches and small results; the target has all of them afterwards, or none.

    The source is not changed.  Files and large results are in the storage, under the same keys for both.  Jobs whose
    worker died are copied as they are and rescued in the target.

    Args:
        source: Path, address or synchronous engine of a database that no worker uses.
        target: The same of a prepared database (``pybase-extract db upgrade``) that holds no job yet.
        tables: What ``define_tables`` returned, if the tables are in the host's metadata.
        also: Give further tables beside those of the jobs, for example ``define_usage``; they are copied where the
            source has them, and made in the target.
        clock: Seconds since 1970 UTC.

    Returns:
        The number of jobs.

    Raises:
        RepositoryError: The source does not exist, a worker holds jobs of it, or the target has jobs or does not take a
            row.
        SchemaOutdatedError: One of the two is not of this version.
    """
    tables = tables or define_tables(sa.MetaData())
    _refuse_missing(source)
    with _transaction(source, check) as old, _transaction(target, prepare) as new:
        _refuse_running(old, tables, clock)
        _refuse_filled(new, tables)
        copied = _copy(tables.jobs, old, new)
        for table in (tables.attempts, tables.batches, *_present(old, new, (define(tables) for define in also))):
            _copy(table, old, new)
        # sums of the source would be right too, but their ids are of a sequence that the target counts itself
        Operations(tables, new.dialect.name, clock).recount(new)
        return copied


@contextlib.contextmanager
def _transaction(database: Database, look: Callable[[sa.Engine], None]) -> Iterator[sa.Connection]:
    engine = engine_of(database)
    try:
        look(engine)
        with translated(), engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                begin_immediate(connection)  # so that nobody submits or claims meanwhile
            yield connection
            connection.commit()
    finally:
        if engine is not database:
            engine.dispose()


def _refuse_missing(database: Database) -> None:
    """SQLite would make the file."""
    url = engine_of(database).url
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise RepositoryError(
            f"There is no database {str(url.database)!r}.",
            remedy="Check the path; a relative path begins at the current folder.",
        )


def _refuse_running(connection: sa.Connection, tables: JobTables, clock: Callable[[], float]) -> None:
    c = tables.jobs.c
    held = (c.status == "processing", c.lease_expires_at > datetime.fromtimestamp(clock(), UTC))
    if count := connection.execute(sa.select(sa.func.count()).where(*held)).scalar_one():
        raise RepositoryError(
            f"Workers hold {count} of the jobs.", remedy="Stop the workers and the application, then copy again."
        )


def _refuse_filled(connection: sa.Connection, tables: JobTables) -> None:
    if connection.execute(sa.select(tables.jobs.c.id).limit(1)).first() is not None:
        raise RepositoryError(
            "The database to copy to holds jobs already.",
            remedy="Name an empty one; two databases of jobs are not put together.",
        )


def _present(old: sa.Connection, new: sa.Connection, tables: Iterable[sa.Table]) -> Iterator[sa.Table]:
    for table in tables:
        if sa.inspect(old).has_table(table.name, schema=table.schema):
            table.create(new, checkfirst=True)
            yield table


def _copy(table: sa.Table, old: sa.Connection, new: sa.Connection) -> int:
    copied = 0
    with old.execute(sa.select(table).execution_options(yield_per=_CHUNK)) as rows:
        for chunk in rows.mappings().partitions():
            for names, values in _alike(chunk):
                _insert(table, [dict(zip(names, row, strict=True)) for row in values], new)
            copied += len(chunk)
    return copied


def _insert(table: sa.Table, rows: list[dict[str, Any]], connection: sa.Connection) -> None:
    try:
        connection.execute(sa.insert(table), rows)
    except DBAPIError as exc:
        reason = str(exc.orig).strip().partition("\n")[0]
        raise RepositoryError(
            f"A row of {table.name} cannot be copied, so nothing is: {reason}.",
            remedy="Delete the row, or mend it, and copy again.",
        ) from exc


def _alike(rows: Iterable[Any]) -> Iterator[tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
    """Rows by the columns that they have: a None for a column of JSON would be written as JSON's null."""
    found: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for row in rows:
        known = {name: value for name, value in row.items() if value is not None}
        found.setdefault(tuple(known), []).append(tuple(known.values()))
    yield from found.items()
