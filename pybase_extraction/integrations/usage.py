"""What a paid service read for whom, and how much an owner may have read: a table beside the jobs.

::

    ledger = UsageLedger(repository, "werk24", count_asks=pybase_extraction_werk24.asks.count_asks, pages_per_day=200)
    await ledger.prepare()  # the table, in a database of the library's own
    ExtractionManager(repository, ..., observers=[ledger])

All workers of one database share the budget, on SQLite and on PostgreSQL.  Pages are reserved before a drawing is sent
and corrected when the answer is there.  What may have cost something without an answer stays counted: a worker that
dies neither frees its reservation nor is it made twice.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from pybase_extraction.attempt import AttemptOutcome
from pybase_extraction.errors import (
    AuthenticationError,
    CreditsExhaustedError,
    EmptyFileError,
    FileTooLargeError,
    OptionsError,
    PermissionDeniedError,
    PluginError,
    SchemaOutdatedError,
    SourceNotFoundError,
    StorageError,
    UnsupportedFormatError,
)
from pybase_extraction.jobs import ALL_OWNERS, Claim, Owner
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.repositories.tables import JobTables
from pybase_extraction.worker import Observer

RESERVED_PAGES: Final = 5
"""Pages that are reserved for a reading whose options name no ``max_pages``."""
RUNNING: Final = "running"
LOST: Final = "lost"
_LOCKS: Final = 0x75736167
"""First half of the advisory locks of ledgers on PostgreSQL, so that they meet nobody else's."""


def define_usage(tables: JobTables) -> sa.Table:
    """Define the table of usage beside the tables of jobs, in their metadata and schema.

    A host calls this before it makes its migrations.  A row is one reading; rows stay when their jobs are deleted.
    """
    jobs = tables.jobs
    name = f"{jobs.name.removesuffix('_jobs')}_usage"
    found = jobs.metadata.tables.get(f"{jobs.schema}.{name}" if jobs.schema else name)
    if found is not None:
        return found
    return sa.Table(
        name,
        jobs.metadata,
        sa.Column("job_id", sa.Uuid(), primary_key=True),
        sa.Column("attempt", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("service", sa.Text(), primary_key=True),
        # without a foreign key: what was paid for a deleted user was paid
        sa.Column("owner_id", tables.owner_type),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("asks", sa.Integer()),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float()),
        sa.Index(f"ix_{name}_day", "service", "day", "owner_id"),
        schema=jobs.schema,
    )


@dataclass(frozen=True, slots=True)
class Usage:
    """What one owner used on one day, by outcome.

    Attributes:
        day: In UTC.
        calls: Readings.
        pages: Pages that were read, or reserved where no answer told.
        asks: Asks of all readings together; None when nobody counts them.
        outcome: ``completed``, an error code, ``running``, ``unknown`` where a reading was broken off, or ``lost``
            where its worker died.
        seconds: Of all readings together.
    """

    owner: str | None
    day: date
    calls: int
    pages: int
    asks: int | None
    outcome: str
    seconds: float


class UsageLedger(Observer):
    """Writes down every reading by one service, and refuses those that pass an owner's budget."""

    admits: ClassVar[bool] = True

    def __init__(
        self,
        repository: SqlJobRepository,
        service: str,
        *,
        count_asks: Callable[[Mapping[str, Any]], int] | None = None,
        pages_per_day: int | None = None,
        pages_by_owner: Mapping[str | None, int] | None = None,
    ) -> None:
        """Keep the ledger in the database of a repository.

        Args:
            repository: That of the manager.
            service: Name of the network service.
            count_asks: Gives the number of asks that a reading's options send; from the service's plugin.
            pages_per_day: Most pages per owner and day (UTC); None for no budget.
            pages_by_owner: Budgets of single owners instead.
        """
        self.repository = repository
        self.table = define_usage(repository.tables)
        self.service = service
        self.count_asks = count_asks
        self.pages_per_day = pages_per_day
        self.pages_by_owner = dict(pages_by_owner or {})

    async def prepare(self) -> None:
        """Create the table in a database of the library's own; a host's belongs to the host's migrations."""
        await self.repository.transact(lambda connection: self.table.create(connection, checkfirst=True))

    async def admit(self, reading: Claim) -> None:
        """Reserve the pages of a reading.

        Raises:
            CreditsExhaustedError: The owner's budget does not hold them; nothing is sent.
            SchemaOutdatedError: The table is not there.
        """
        if reading.job.service != self.service:
            return
        try:
            await self.repository.transact(lambda connection: self._reserve(connection, reading))
        except SchemaOutdatedError as exc:
            raise SchemaOutdatedError(
                "The database has no table of usage.", remedy="Await ledger.prepare(), or run your own migrations."
            ) from exc

    async def read(self, reading: Claim, outcome: AttemptOutcome, seconds: float) -> None:
        """Correct the reservation by what became of the reading."""
        if reading.job.service == self.service:
            await self.repository.transact(lambda connection: self._settle(connection, reading, outcome, seconds))

    async def usage(self, *, owner: Owner = ALL_OWNERS, since: date | None = None) -> list[Usage]:
        """What was used, by day, owner and outcome; ``since`` is the first day, None for the whole history."""
        c = self.table.c
        found = (
            sa.select(
                c.owner_id,
                c.day,
                sa.func.count(),
                sa.func.sum(c.pages),
                sa.func.sum(c.asks),
                c.outcome,
                sa.func.coalesce(sa.func.sum(c.seconds), 0.0),
            )
            .where(c.service == self.service)
            .group_by(c.day, c.owner_id, c.outcome)
            .order_by(c.day, c.owner_id, c.outcome)
        )
        if owner is not ALL_OWNERS:
            found = found.where(self._is_of(owner))
        if since is not None:
            found = found.where(c.day >= since.isoformat())
        rows = await self.repository.transact(lambda connection: [tuple(row) for row in connection.execute(found)])
        return [Usage(who, date.fromisoformat(day), *counts) for who, day, *counts in rows]

    def _reserve(self, connection: sa.Connection, reading: Claim) -> None:
        c, job = self.table.c, reading.job
        day = self._lock(connection, job.owner_id)
        this = (c.job_id == job.id, c.service == self.service)
        if connection.execute(sa.select(c.day).where(*this, c.attempt == reading.attempt)).first() is not None:
            return  # the reservation was made, and the answer to it was lost
        # a later attempt was claimed, so the worker of an earlier one is gone
        connection.execute(sa.update(self.table).where(*this, c.outcome == RUNNING).values(outcome=LOST))
        pages = int(job.options.get("max_pages", RESERVED_PAGES))
        self._refuse(connection, job.owner_id, day, pages)
        connection.execute(
            sa.insert(self.table).values(
                job_id=job.id,
                attempt=reading.attempt,
                service=self.service,
                owner_id=job.owner_id,
                day=day,
                pages=pages,
                asks=self.count_asks and self.count_asks(job.options),
                outcome=RUNNING,
            )
        )

    def _lock(self, connection: sa.Connection, owner: str | None) -> str:
        """See to it that nobody reserves for the owner between the sum and the row; gives the day."""
        if connection.dialect.name != "postgresql":
            return datetime.now(UTC).date().isoformat()  # the transaction has SQLite's write lock
        # in stricter isolation the sum would be as old as the wait for the lock
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"))
        whose = zlib.crc32(f"{self.service}\x1f{owner or ''}".encode()) - (1 << 31)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCKS, whose)))
        day: str = connection.execute(sa.text("SELECT (now() AT TIME ZONE 'UTC')::date::text")).scalar_one()
        return day

    def _refuse(self, connection: sa.Connection, owner: str | None, day: str, pages: int) -> None:
        budget = self.pages_by_owner.get(owner, self.pages_per_day)
        if budget is None:
            return
        c = self.table.c
        total = sa.select(sa.func.coalesce(sa.func.sum(c.pages), 0))
        used = connection.execute(total.where(c.service == self.service, self._is_of(owner), c.day == day)).scalar_one()
        if used + pages > budget:
            raise CreditsExhaustedError(
                f"The {self.service} budget for {day} is used up: {used} of {budget} pages, "
                f"and this drawing may have {pages}. Nothing was sent.",
                service=self.service,
                remedy="Submit it again tomorrow, ask for fewer pages with max_pages, or raise the budget.",
            )

    def _is_of(self, owner: str | None) -> sa.ColumnElement[bool]:
        whose = self.table.c.owner_id
        found: sa.ColumnElement[bool] = whose.is_(None) if owner is None else whose == owner
        return found

    def _settle(self, connection: sa.Connection, reading: Claim, outcome: AttemptOutcome, seconds: float) -> None:
        c = self.table.c
        values: dict[str, Any] = {"outcome": _code(outcome), "seconds": seconds}
        if (pages := _pages(outcome)) is not None:
            values["pages"] = pages
        this = (c.job_id == reading.id, c.attempt == reading.attempt, c.service == self.service)
        connection.execute(sa.update(self.table).where(*this).values(**values))


_FREE: Final = (
    AuthenticationError,
    CreditsExhaustedError,
    EmptyFileError,
    FileTooLargeError,
    OptionsError,
    PermissionDeniedError,
    PluginError,
    SourceNotFoundError,
    StorageError,
    UnsupportedFormatError,
)
"""Errors that come before a drawing is read; after any other it may have been paid for."""


def _code(outcome: AttemptOutcome) -> str:
    if outcome.error is not None:
        return outcome.error.code
    return "completed" if outcome.result_json is not None else "unknown"


def _pages(outcome: AttemptOutcome) -> int | None:
    """Pages that were read; None when the service may have read some without an answer."""
    return 0 if isinstance(outcome.error, _FREE) else outcome.pages
