"""How operations reach the database: on threads of the repository, or through the host's asynchronous engine.

An operation is a plain function of a ``sqlalchemy.Connection``; the same function runs on every driver.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pybase_extraction.errors import DatabaseBusyError, MissingDependencyError, RepositoryError, SchemaOutdatedError
from pybase_extraction.repositories.prepared import BARE, execute_bare, is_bare

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")
Operation = Callable[[sa.Connection], T]

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another process's write lock on SQLite."""

_COLLISIONS: Final = {"40001", "40P01"}
"""SQLSTATE serialization_failure and deadlock_detected: nothing was done, and it may work the next time."""

_PATIENCE: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Half a minute for a server that does not answer any more (libpq's parameters; seconds, and the last milliseconds).

A network that swallows packets is otherwise noticed after a quarter of an hour, and leases are lost by then.
"""

_PAUSES_S: Final = (0.01, 0.05, 0.2, 0.5)

UPGRADE = "Run `pybase-extract db upgrade`, or your own migrations if the tables are in your metadata."


class Connections(Protocol):
    """Runs operations; ``engine`` is the synchronous face of the engine, for its dialect and address."""

    engine: sa.Engine

    async def write(self, operation: Operation[T]) -> T:
        """Run an operation: every statement for itself on PostgreSQL, one immediate transaction on SQLite."""
        ...

    async def transact(self, operation: Operation[T]) -> T:
        """Run an operation in one transaction on every database."""
        ...

    async def read(self, operation: Operation[T]) -> T:
        """Run an operation that only reads, never behind a writer."""
        ...

    async def close(self) -> None:
        """Give everything back."""


def open_sqlite(path: str | Path, *, synchronous: str = "NORMAL") -> sa.Engine:
    """Make an engine for the library's own SQLite file.

    Args:
        path: Of the file.
        synchronous: ``"NORMAL"`` survives every crash of processes and may lose the last commits when the power fails;
            ``"FULL"`` waits for the disk at every commit and loses none.
    """
    if synchronous not in {"NORMAL", "FULL"}:
        raise ValueError(f'synchronous must be "NORMAL" or "FULL", not {synchronous!r}')
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False, "isolation_level": None},
        execution_options={BARE: True},
    )

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")

    return engine


def open_engine(url: str | sa.URL) -> sa.Engine:
    """Make a synchronous engine of the library's own for a server."""
    url = sa.make_url(url)
    if url.get_backend_name() != "postgresql":
        raise ValueError(
            f"jobs are kept in SQLite or PostgreSQL, not in {url.get_backend_name()}: "
            "write postgresql://user@host/database, or the path of a SQLite file"
        )
    url = url.set(drivername="postgresql+psycopg")
    try:
        return sa.create_engine(
            url,
            pool_size=4,
            max_overflow=4,
            connect_args={"prepare_threshold": 1, **{k: v for k, v in _PATIENCE.items() if k not in url.query}},
            execution_options={BARE: True},
        )
    except ImportError as exc:
        raise MissingDependencyError(
            "Jobs in PostgreSQL need psycopg.",
            extra="pybase-extraction[postgres]",
            remedy="pip install 'pybase-extraction[postgres]'.",
        ) from exc


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn the drivers' errors about locks and missing tables into the library's."""
    try:
        yield
    except (OperationalError, ProgrammingError) as exc:
        text = str(exc.orig)
        if "database is locked" in text:
            raise DatabaseBusyError(
                f"The database stayed locked for {BUSY_TIMEOUT_S:g} s.",
                remedy="Look for a process that keeps a transaction open.",
            ) from exc
        if "database or disk is full" in text or getattr(exc.orig, "sqlstate", None) == "53100":
            raise RepositoryError(
                "The disk of the database is full.",
                remedy="Make room; outcomes that could not be written are kept and written then.",
            ) from exc
        # SQLSTATE 42P01 undefined_table, 42703 undefined_column
        code = getattr(exc.orig, "sqlstate", None)
        if code in {"42P01", "42703"} or "no such table" in text or "no such column" in text:
            raise SchemaOutdatedError("The database does not have the tables of this version.", remedy=UPGRADE) from exc
        raise


@contextlib.contextmanager
def answered() -> Iterator[None]:
    """Turn the drivers' errors about a database that does not answer into the library's, as well as ``translated``.

    Raises:
        RepositoryError: A connection was lost or refused, the server stops, or none of the pool was free in time.
    """
    try:
        with translated():
            yield
    except DBAPIError as exc:
        if not (exc.connection_invalidated or isinstance(exc, OperationalError)):
            raise
        raise _unanswered(exc.orig) from exc
    except (OSError, PoolTimeoutError) as exc:  # asyncpg lets through why a connection was refused
        raise _unanswered(exc) from exc


def _unanswered(cause: BaseException | None) -> RepositoryError:
    # no more of the cause: it names the server, and the message is answered to users
    return RepositoryError(
        f"The database of the jobs does not answer ({type(cause).__name__}).",
        remedy="Try again; if it stays so, look whether the server runs and has connections to spare.",
    )


@contextlib.contextmanager
def opened(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a first connection, to look at the tables or make them.

    Raises:
        DatabaseBusyError: Another process holds the lock for longer than ``BUSY_TIMEOUT_S``.
        RepositoryError: There is no such database, it does not answer, or the file is none.
    """
    try:
        with translated(), engine.connect() as connection:
            yield connection
    except DBAPIError as exc:
        is_file = engine.dialect.name == "sqlite"
        # the first line of psycopg names the server, never the password
        reason = str(exc.orig).strip().partition("\n")[0] or type(exc.orig).__name__
        raise RepositoryError(
            f"The database of the jobs cannot be opened: {reason}.",
            remedy="Check that its folder exists and is writable, and that the file is a SQLite database."
            if is_file
            else "Check its address, and that the server is running and lets you in.",
        ) from exc


def begin_immediate(connection: sa.Connection) -> None:
    """Take SQLite's write lock at the start: a transaction that upgrades to it later can fail as busy.

    The statement is ours and not the engine's, so that it works on an engine of the host as it is.
    """
    if not _in_transaction(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _immediate(operation: Operation[T]) -> Operation[T]:
    """Put an operation into an immediate transaction; on the library's own engine SQLAlchemy need not know of it."""

    def run(connection: sa.Connection) -> T:
        if not is_bare(connection):
            begin_immediate(connection)
            return operation(connection)
        execute_bare(connection, "BEGIN IMMEDIATE")
        try:
            found = operation(connection)
            execute_bare(connection, "COMMIT")
        except BaseException:
            connection.connection.rollback()
            raise
        return found

    return run


def _in_transaction(connection: sa.Connection) -> bool:
    driver = connection.connection.driver_connection
    assert driver is not None
    return bool(driver.in_transaction)


async def _until_alone(transact: Callable[[], Awaitable[T]]) -> T:
    """Repeat a transaction that the server has ended for the sake of another one."""
    for pause_s in _PAUSES_S:
        try:
            return await transact()
        except (DBAPIError, RepositoryError) as exc:
            if not _is_collision(exc):
                raise
        await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 -- no secret
    return await transact()


def _is_collision(error: Exception) -> bool:
    cause = error.__cause__ if isinstance(error, RepositoryError) else error
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) in _COLLISIONS


class _Seat:
    """One thread and its long-lived connection.

    Attributes:
        neighbours: Seats at the same server: what breaks one connection has mostly broken theirs.
        is_suspect: The connection is made anew before it is used again.
    """

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self.engine = engine
        self.neighbours: list[_Seat] = []
        self.is_suspect = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"pybase-extraction-{name}")
        self._connection: sa.Connection | None = None

    async def run(self, operation: Operation[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._call, operation)

    def _call(self, operation: Operation[T]) -> T:
        with answered():
            if self.is_suspect:
                self._drop()
            connection = self._connection
            if connection is None:
                connection = self._connection = self._open()
            try:
                return self._guarded(connection, operation)
            except DBAPIError as exc:
                if exc.connection_invalidated:
                    self._drop()
                    for neighbour in self.neighbours:
                        neighbour.is_suspect = True
                raise

    def _open(self) -> sa.Connection:
        connection = self.engine.connect()
        if self.engine.dialect.name == "postgresql":
            return connection.execution_options(isolation_level="AUTOCOMMIT")
        if is_bare(connection):
            # a statement that changes several rows keeps what it may have to undo in a file of its own otherwise
            execute_bare(connection, "PRAGMA temp_store = MEMORY")
        return connection

    def _guarded(self, connection: sa.Connection, operation: Operation[T]) -> T:
        try:
            found = operation(connection)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
        return found

    def _drop(self) -> None:
        self.is_suspect = False
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown()


class ThreadConnections:
    """A synchronous engine, driven from two threads of the repository's own: one writes, one reads.

    No job can starve them, and SQLite has one writer in the process.
    """

    def __init__(self, engine: sa.Engine, *, owned: bool) -> None:
        self.engine = engine
        self._owned = owned
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._writer, self._reader = _Seat(engine, "writer"), _Seat(engine, "reader")
        self._writer.neighbours, self._reader.neighbours = [self._reader], [self._writer]

    async def write(self, operation: Operation[T]) -> T:
        """Run an operation on the writer's thread."""
        return await self._writer.run(_immediate(operation) if self._is_sqlite else operation)

    async def transact(self, operation: Operation[T]) -> T:
        """Run an operation in one transaction on the writer's thread."""
        if self._is_sqlite:
            return await self.write(operation)
        return await _until_alone(lambda: self._writer.run(lambda _: self._begin(operation)))

    async def read(self, operation: Operation[T]) -> T:
        """Run an operation on the reader's thread."""
        return await self._reader.run(operation)

    async def close(self) -> None:
        """Close both threads, and the engine if it is the library's own."""
        await self._writer.close()
        await self._reader.close()
        if self._owned:
            self.engine.dispose()

    def _begin(self, operation: Operation[T]) -> T:
        with self.engine.begin() as connection:
            return operation(connection)


class AsyncConnections:
    """The host's asynchronous engine: one connection of its pool for the time of an operation."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.async_engine = engine
        self.engine = engine.sync_engine
        self._is_sqlite = self.engine.dialect.name == "sqlite"
        self._autocommit = engine if self._is_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writing = asyncio.Lock()

    async def write(self, operation: Operation[T]) -> T:
        """Run an operation on a connection of the pool."""
        if self._is_sqlite:
            return await self.transact(operation)
        return await self.read(operation)

    async def transact(self, operation: Operation[T]) -> T:
        """Run an operation in one transaction."""
        if not self._is_sqlite:
            return await _until_alone(lambda: self._transact(operation))
        # tasks of one process queue here, where the order is fair, and not in SQLite's busy handler
        async with self._writing:
            return await self._transact(operation)

    async def _transact(self, operation: Operation[T]) -> T:
        with answered():
            async with self.async_engine.begin() as connection:
                if self._is_sqlite:
                    await connection.run_sync(begin_immediate)
                return await connection.run_sync(operation)

    async def read(self, operation: Operation[T]) -> T:
        """Run an operation on a connection of the pool, outside any transaction on PostgreSQL."""
        with answered():
            async with self._autocommit.connect() as connection:
                return await connection.run_sync(operation)

    async def close(self) -> None:
        """Leave the engine to the host."""
