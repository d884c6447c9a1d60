"""Jobs in SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from pybase_extraction.errors import RepositoryError
from pybase_extraction.jobs import (
    Attempt,
    Batch,
    CacheKey,
    Claim,
    ClaimFilter,
    ConcurrencyLimits,
    Exchange,
    Heartbeat,
    Held,
    Job,
    JobQuery,
    JobStats,
    JobStatus,
    NewBatch,
    NewJob,
    Owner,
    Page,
    PageKey,
    Receipt,
    Settled,
    Settlement,
    StoredResult,
    Submitted,
)
from pybase_extraction.repositories.connections import (
    AsyncConnections,
    Connections,
    Operation,
    T,
    ThreadConnections,
    open_engine,
    open_sqlite,
)
from pybase_extraction.repositories.operations import Operations
from pybase_extraction.repositories.tables import JobTables, define_tables
from pybase_extraction.repositories.wakeups import LocalWakeups, PostgresWakeups, SqliteWakeups, Wakeups

if TYPE_CHECKING:
    # at run time only where a host gives one: they cost half a second to import
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
    from sqlalchemy.orm import Session, sessionmaker

    from pybase_extraction.repositories.base import HostSession, OnCommit, Rescuer

logger = logging.getLogger(__name__)

Database: TypeAlias = (
    "str | Path | sa.URL | sa.Engine | AsyncEngine | sessionmaker[Session] | async_sessionmaker[AsyncSession]"
)

_RETRIES: Final = 5
"""How often a retry by hand may collide with submissions of the same keys."""

_VISIBLE_AFTER_S: Final = (0.005, 0.02, 0.1, 0.5, 2.0, 5.0, 20.0)
"""When to look whether a job submitted on a bare connection has been committed."""


class SqlJobRepository:
    """Jobs in SQLite or PostgreSQL.

    The repository keeps at most two connections of a synchronous engine, each on a thread of its own, or takes one from
    the pool of an asynchronous engine for each verb; a third listens for notifications on PostgreSQL once somebody
    waits.  Use one repository in a process; with an asynchronous engine, from one event loop.

    Args:
        database: A path or ``sqlite:///`` URL of the library's own SQLite file, which is created and kept up to date; a
            ``postgresql://`` URL of a database that ``db upgrade`` has prepared; or an engine or sessionmaker of the
            host, synchronous or not, whose tables are the host's business.
        tables: What ``define_tables`` returned, if the tables are in the host's metadata.
        synchronous: Of the library's own SQLite file: ``"NORMAL"`` or ``"FULL"``, see ``open_sqlite``.
        clock: Seconds since 1970 UTC, asked on SQLite only; PostgreSQL's own clock decides there.
    """

    def __init__(
        self,
        database: Database,
        *,
        tables: JobTables | None = None,
        synchronous: str = "NORMAL",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.tables = tables if tables is not None else define_tables(sa.MetaData())
        self._owns_schema = tables is None and isinstance(database, str | Path | sa.URL)
        self._connections = _connect(database, synchronous)
        self.engine = self._connections.engine
        self._operations = Operations(self.tables, self.engine.dialect.name, clock)
        self._wakeups = _wakeups(self._connections, self.tables.channel)
        self._ready = not self._owns_schema
        self._preparing = asyncio.Lock()
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_bound_to_loop(self) -> bool:
        """True for an asynchronous engine of the host, whose connections belong to the host's event loop."""
        return isinstance(self._connections, AsyncConnections)

    async def __aenter__(self) -> Self:
        try:
            await self._prepare()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Give back connections and threads; engines of the host stay open."""
        if self._closed:
            return
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await self._wakeups.close()
        await self._connections.close()

    async def _prepare(self) -> None:
        async with self._preparing:
            if self._ready:
                return
            from pybase_extraction.repositories.migrations import prepare  # Alembic costs 0.2 s to import

            await asyncio.get_running_loop().run_in_executor(None, prepare, self.engine)
            self._ready = True

    async def transact(self, operation: Operation[T]) -> T:
        """Run a function in a transaction of its own on the repository's database: for tables beside those of jobs.

        Args:
            operation: Gets the connection; its result is given back.  It may run again when the database was busy.
        """
        return await self._transact(operation)

    async def _write(self, operation: Operation[T]) -> T:
        if not self._ready:
            await self._prepare()
        return await self._connections.write(operation)

    async def _transact(self, operation: Operation[T]) -> T:
        if not self._ready:
            await self._prepare()
        return await self._connections.transact(operation)

    async def _read(self, operation: Operation[T]) -> T:
        if not self._ready:
            await self._prepare()
        return await self._connections.read(operation)

    # -- submitting ---------------------------------------------------------------------------------------------

    async def submit(
        self, new: NewJob, *, session: HostSession | None = None, on_commit: OnCommit | None = None
    ) -> Submitted:
        """Add a job, or find the live one of the same owner with the same dedupe key."""
        # one statement, counts and notification included: no transaction around it, which would be three round trips
        is_announced = session is None and self._announce_early()
        submitted = await self._run_in(lambda c: self._operations.submit(c, new), session, run=self._write)
        ids = [submitted.job.id] if submitted.created else []
        self._after_commit(ids, session, on_commit, is_announced=is_announced)
        return submitted

    def _announce_early(self) -> bool:
        """Wake workers of this process while a submission is on its way; tells whether that is enough.

        Their claim queues up behind it for the same thread, and runs as soon as it is committed.
        """
        if not self._ready or self.is_bound_to_loop:
            return False
        # once the submission waits for its thread, which it does before the loop comes to anything else
        asyncio.get_running_loop().call_soon(self._wakeups.work.notify)
        return True

    async def submit_many(
        self,
        new: Sequence[NewJob],
        *,
        batch: NewBatch | None = None,
        session: HostSession | None = None,
        on_commit: OnCommit | None = None,
    ) -> Sequence[Receipt]:
        """Add many jobs, and their batch, in one transaction."""
        if batch is not None:
            new = [replace(each, batch_id=batch.id, owner_id=batch.owner_id) for each in new]
        if not new and batch is None:
            return []
        receipts = await self._run_in(
            lambda c: self._operations.submit_many(c, new, batch), session, run=self._transact
        )
        self._after_commit([receipt.id for receipt in receipts if receipt.created], session, on_commit)
        return receipts

    async def _run_in(
        self,
        operation: Operation[T],
        session: HostSession | None,
        *,
        run: Callable[[Operation[T]], Awaitable[T]],
    ) -> T:
        if session is None:
            return await run(operation)
        if not self._ready:
            await self._prepare()
        from pybase_extraction.repositories.sessions import run_in

        return await run_in(session, self.tables.jobs, operation)

    def _after_commit(
        self,
        ids: Sequence[UUID],
        session: HostSession | None,
        on_commit: OnCommit | None,
        *,
        is_announced: bool = False,
    ) -> None:
        if not ids:
            return

        def dispatch() -> None:
            self._wakeups.changes.notify()
            if not is_announced:
                self._wakeups.work.notify()
            if on_commit is not None:
                on_commit(ids)

        if session is None:
            dispatch()
            return
        from pybase_extraction.repositories.sessions import after_commit

        if not after_commit(session, dispatch):
            # a bare connection does not say when it has committed: the row does, to everybody else
            task = asyncio.get_running_loop().create_task(self._dispatch_when_visible(ids[0], dispatch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _dispatch_when_visible(self, job_id: UUID, dispatch: Callable[[], None]) -> None:
        seen = sa.select(self.tables.jobs.c.id).where(self.tables.jobs.c.id == job_id)
        for pause in _VISIBLE_AFTER_S:
            await asyncio.sleep(pause)
            if await self._read(lambda c: c.execute(seen).first()) is not None:
                dispatch()
                return

    # -- working ------------------------------------------------------------------------------------------------

    async def claim(
        self, count: int, *, worker: str, lease_s: float = 60.0, where: ClaimFilter | None = None
    ) -> Sequence[Claim]:
        """Take up to ``count`` ready jobs; lanes take turns, priority and age decide within one lane."""
        if where is not None and where.limits:
            limited = where
            return await self._transact(lambda c: self._operations.claim_limited(c, count, worker, lease_s, limited))
        return await self._write(lambda c: self._operations.claim(c, count, worker, lease_s, where))

    async def claim_by_id(
        self, job_id: UUID, *, worker: str, lease_s: float = 60.0, limits: ConcurrencyLimits | None = None
    ) -> Claim | None:
        """Take one ready job that an external queue names; None when there is nothing to take, or no room for it."""
        if limits:
            within = limits
            return await self._transact(
                lambda c: self._operations.claim_by_id_limited(c, job_id, worker, lease_s, within)
            )
        return await self._write(lambda c: self._operations.claim_by_id(c, job_id, worker, lease_s))

    async def startable(self, count: int, *, where: ClaimFilter) -> Sequence[UUID]:
        """List up to ``count`` ready jobs that ``claim`` would take now, in its order, and leave them as they are."""
        return await self._read(lambda c: self._operations.startable(c, count, where))

    async def heartbeat(self, held: Iterable[Held], *, worker: str, lease_s: float = 60.0) -> Heartbeat:
        """Extend exactly the leases that the worker says it holds, and record their progress."""
        leases = list(held)
        return await self._write(lambda c: self._operations.heartbeat(c, leases, worker, lease_s))

    async def settle(self, settlements: Iterable[Settlement]) -> Sequence[Settled]:
        """Write the ends of attempts; one that no longer holds its job changes nothing and is not returned."""
        ends = list(settlements)
        settled = await self._write(lambda c: self._operations.settle(c, ends))
        self._announce(settled)
        return settled

    async def exchange(
        self,
        settlements: Sequence[Settlement],
        count: int,
        *,
        worker: str,
        lease_s: float = 60.0,
        where: ClaimFilter | None = None,
    ) -> Exchange:
        """Settle and claim in one turn: what a worker's loop calls."""
        is_limited = where is not None and bool(where.limits)
        won: list[Settled] = []

        def both(connection: sa.Connection) -> Sequence[Claim]:
            won[:] = self._operations.settle(connection, settlements)
            return self._operations.claim(connection, count, worker, lease_s, where)

        claims: Sequence[Claim] = []
        try:
            if is_limited:
                won += await self.settle(settlements) if settlements else []
                claims = await self.claim(count, worker=worker, lease_s=lease_s, where=where)
            else:
                claims = await self._write(both)
        except (DBAPIError, RepositoryError):
            is_written = is_limited or self._operations.is_postgresql  # else both are one transaction
            if not won or not is_written:
                raise
            logger.warning("%d outcomes were written, and nothing was claimed", len(won), exc_info=True)
        if not is_limited:
            self._announce(won)
        return Exchange(won, claims)

    def _announce(self, settled: Sequence[Settled]) -> None:
        if settled:
            self._wakeups.changes.notify()
        if any(each.status is JobStatus.PENDING for each in settled):
            self._wakeups.work.notify()

    async def rescue(self, decide: Rescuer, *, limit: int = 500) -> Sequence[Settled]:
        """End the attempts whose lease has run out, as ``decide`` says; any worker may do it at any time."""
        settled = await self._write(lambda c: self._operations.rescue(c, decide, limit))
        self._announce(settled)
        return settled

    async def promote(self, *, limit: int = 1000) -> Sequence[UUID]:
        """Make scheduled jobs whose time has come ready."""
        promoted = await self._write(lambda c: self._operations.promote(c, limit))
        if promoted:
            self.notify()
        return promoted

    async def next_due(self) -> float | None:
        """Give the seconds until the next scheduled job is due, 0 when it is; None when none is scheduled."""
        return await self._read(self._operations.next_due)

    async def set_external_task(self, tasks: Iterable[tuple[UUID, str]]) -> None:
        """Record under which id an external queue carries each job."""
        pairs = list(tasks)
        await self._transact(lambda c: self._operations.set_external_task(c, pairs))

    async def undispatched(self, *, older_than_s: float, limit: int = 500) -> Sequence[UUID]:
        """List ready jobs that changed last more than so many seconds ago: an external queue may have lost them."""
        return await self._read(lambda c: self._operations.undispatched(c, older_than_s, limit))

    # -- waking -------------------------------------------------------------------------------------------------

    def notify(self) -> None:
        """Wake those who wait in this process; may be called from any thread."""
        self._wakeups.work.notify()
        self._wakeups.changes.notify()

    async def wait_for_work(self, timeout_s: float) -> bool:
        """Sleep until a job may have become ready or is to be cancelled, or the time is over."""
        return await self._wakeups.wait(self._wakeups.work, timeout_s)

    async def wait_for_change(self, timeout_s: float) -> bool:
        """Sleep until some job may have changed, or the time is over; for those who watch jobs."""
        return await self._wakeups.wait(self._wakeups.changes, timeout_s)

    # -- steering -----------------------------------------------------------------------------------------------

    def _target(self, job_id: UUID | None, batch_id: UUID | None) -> sa.ColumnElement[bool]:
        c = self.tables.jobs.c
        if (job_id is None) == (batch_id is None):
            raise ValueError("name either job_id or batch_id")
        target: sa.ColumnElement[bool] = c.id == job_id if job_id is not None else c.batch_id == batch_id
        return target

    async def cancel(self, *, owner: Owner, job_id: UUID | None = None, batch_id: UUID | None = None) -> Sequence[Job]:
        """Cancel a pending job at once and ask for the cancellation of a running one."""
        target = self._target(job_id, batch_id)
        cancelled = await self._transact(lambda c: self._operations.cancel(c, owner, target))
        self.notify()
        return cancelled

    async def retry(self, *, owner: Owner, job_id: UUID | None = None, batch_id: UUID | None = None) -> Sequence[Job]:
        """Make a failed or cancelled job ready again with all its retries; of a batch, the failed ones."""
        target = self._target(job_id, batch_id)
        statuses = [JobStatus.FAILED] if batch_id is not None else [JobStatus.FAILED, JobStatus.CANCELLED]
        again: Sequence[Job] = []
        for _ in range(_RETRIES):
            # another live job took a dedupe key between the look and the update: the next look sees it
            with contextlib.suppress(IntegrityError):
                again = await self._transact(lambda c: self._operations.retry(c, owner, target, statuses))
                break
        if again:
            self.notify()
        return again

    async def delete(self, *, owner: Owner, job_ids: Iterable[UUID]) -> Sequence[Job]:
        """Delete ended jobs with their results and attempts; live ones are left alone."""
        ids = list(job_ids)
        return await self._transact(lambda c: self._operations.delete(c, owner, ids))

    async def prune(self, query: JobQuery, *, owner: Owner, limit: int = 1000, dry_run: bool = False) -> Sequence[Job]:
        """Delete up to ``limit`` ended jobs that the query finds, oldest first; only list them when ``dry_run``."""
        return await self._transact(lambda c: self._operations.prune(c, query, owner, limit, dry_run=dry_run))

    async def recount(self) -> None:
        """Count all jobs anew: for a host that has deleted rows of the table itself."""
        await self._transact(self._operations.recount)

    # -- looking ------------------------------------------------------------------------------------------------

    async def get(self, job_id: UUID, *, owner: Owner) -> Job | None:
        """Read one job."""
        return await self._read(lambda c: self._operations.get(c, job_id, owner))

    async def find(
        self,
        query: JobQuery | None = None,
        *,
        owner: Owner,
        limit: int = 100,
        after: PageKey | None = None,
        offset: int = 0,
        oldest_first: bool = False,
        session: HostSession | None = None,
    ) -> Page:
        """List jobs by time of creation."""
        wanted = query if query is not None else JobQuery()
        return await self._run_in(
            lambda c: self._operations.find(c, wanted, owner, limit, after, offset, oldest_first=oldest_first),
            session,
            run=self._read,
        )

    async def count(self, query: JobQuery | None = None, *, owner: Owner, at_most: int | None = None) -> int:
        """Count the jobs that the query finds; walks over all of them, or stops at ``at_most``."""
        wanted = query if query is not None else JobQuery()
        return await self._read(lambda c: self._operations.count(c, wanted, owner, at_most))

    async def get_result(self, job_id: UUID, *, owner: Owner) -> StoredResult | None:
        """Read the result, or where it is stored; None when the job does not exist or has none."""
        return await self._read(lambda c: self._operations.get_result(c, job_id, owner))

    async def find_cached(self, key: CacheKey) -> Sequence[Job]:
        """Find completed jobs that extracted the same content in the same way for the same owner, latest first.

        At most ``CACHE_DEPTH`` of them: which one suits (the same name, the same place) is for the caller to say.
        """
        return await self._read(lambda c: self._operations.find_cached(c, key))

    async def attempts(self, job_id: UUID, *, owner: Owner) -> Sequence[Attempt]:
        """Read the log of a job's attempts, first to last."""
        return await self._read(lambda c: self._operations.attempts(c, job_id, owner))

    async def stats(self, *, owner: Owner) -> JobStats:
        """Count jobs by status at a cost that does not grow with the number of ended jobs."""
        stats, is_long = await self._read(lambda c: self._operations.stats(c, owner))
        if is_long:
            await self._transact(self._operations.fold_counts)
        return stats

    # -- batches ------------------------------------------------------------------------------------------------

    async def get_batch(self, batch_id: UUID, *, owner: Owner) -> Batch | None:
        """Read a batch with the counts of its jobs."""
        return await self._read(lambda c: self._operations.get_batch(c, batch_id, owner))

    async def seal_batch(self, batch_id: UUID, *, owner: Owner) -> Batch | None:
        """Say that no more jobs will be added."""
        return await self._transact(lambda c: self._operations.seal_batch(c, batch_id, owner))

    async def finish_batches(self, batch_ids: Iterable[UUID] | None = None) -> Sequence[UUID]:
        """Mark batches whose jobs have all ended; each batch is returned to exactly one caller."""
        ids = None if batch_ids is None else list(batch_ids)
        if ids == []:
            return []
        endable = await self._read(lambda c: self._operations.endable_batches(c, ids))
        return await self._transact(lambda c: self._operations.finish_batches(c, endable)) if endable else []


def _connect(database: Database, synchronous: str) -> Connections:
    if isinstance(database, sa.Engine):
        _check_dialect(database.dialect.name)
        return ThreadConnections(database, owned=False)
    if not isinstance(database, str | Path | sa.URL):
        return _connect_to_host(database, synchronous)
    if isinstance(database, Path) or (isinstance(database, str) and "://" not in database):
        return ThreadConnections(open_sqlite(database, synchronous=synchronous), owned=True)
    url = sa.make_url(database)
    if url.get_backend_name() != "sqlite":
        return ThreadConnections(open_engine(url), owned=True)
    if url.database in {None, "", ":memory:"}:
        raise ValueError("a database in memory is not shared by connections: use MemoryJobRepository")
    return ThreadConnections(open_sqlite(str(url.database), synchronous=synchronous), owned=True)


def _connect_to_host(
    database: AsyncEngine | sessionmaker[Session] | async_sessionmaker[AsyncSession], synchronous: str
) -> Connections:
    from sqlalchemy.ext.asyncio import AsyncEngine

    if isinstance(database, AsyncEngine):
        _check_dialect(database.dialect.name)
        return AsyncConnections(database)
    bind: Any = database.kw.get("bind")
    if bind is None:
        raise ValueError("the sessionmaker is bound to no engine: give the engine itself")
    return _connect(bind, synchronous)


def _check_dialect(name: str) -> None:
    if name not in {"sqlite", "postgresql"}:
        raise ValueError(f"jobs are kept in SQLite or PostgreSQL, not in {name}")


def _wakeups(connections: Connections, channel: str) -> Wakeups:
    engine = connections.engine
    if engine.dialect.name == "postgresql":
        listening = connections.async_engine if isinstance(connections, AsyncConnections) else engine
        return PostgresWakeups(listening, channel)
    path = engine.url.database
    return SqliteWakeups(path) if path and path != ":memory:" else LocalWakeups()
