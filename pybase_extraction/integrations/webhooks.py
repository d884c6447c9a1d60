"""Calls to a host's addresses when jobs have ended: rows of their own, signed, and delivered at least once.

A delivery is a row that is made for every ended job with a ``callback``, so neither a crash of this process nor one of
the receiver loses it.  It is sent again with growing pauses until the receiver answers 2xx; a receiver that was called
twice sees the same id.  The body says what ended, never what was found.

::

    webhooks = Webhooks(repository, secret, allow=["hooks.example.com"])
    await webhooks.prepare()  # the table, in a database of the library's own
    await webhooks.serve()
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import random
import re
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import anyio
import anyio.to_thread
import sqlalchemy as sa

from pybase_extraction import addresses
from pybase_extraction.errors import ForbiddenAddressError, RepositoryError
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.repositories.tables import JobTables

logger = logging.getLogger(__name__)

ID_HEADER: Final = "X-PyBase-Delivery"
TIME_HEADER: Final = "X-PyBase-Timestamp"
SIGNATURE_HEADER: Final = "X-PyBase-Signature"
_VERSION = "v1"
_LONGEST_PAUSE_S = 6 * 3600.0
_AT_ONCE = 20
_COLLECTED = 1000
"""Deliveries that one look makes at most."""
_OVERLAP = timedelta(minutes=15)
"""How far one look goes back behind the one before: clocks differ, and a host may commit an end late."""


def define_deliveries(tables: JobTables) -> sa.Table:
    """Define the table of deliveries beside the tables of jobs, in their metadata and schema.

    A host calls this before it makes its migrations.
    """
    jobs = tables.jobs
    name = f"{jobs.name.removesuffix('_jobs')}_deliveries"
    found = jobs.metadata.tables.get(f"{jobs.schema}.{name}" if jobs.schema else name)
    if found is not None:
        return found
    has_callback = jobs.c.callback.is_not(None)
    sa.Index(_index_of(jobs), jobs.c.completed_at, sqlite_where=has_callback, postgresql_where=has_callback)
    return sa.Table(
        name,
        jobs.metadata,
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("delivered_at", sa.Float()),
        sa.Column("last_error", sa.Text()),
        sa.UniqueConstraint("job_id", "attempt", name=f"uq_{name}_job"),
        sa.Index(f"ix_{name}_due", "status", "due_at"),
        schema=jobs.schema,
    )


def _index_of(jobs: sa.Table) -> str:
    # not the name of the old one: a database that has that would never get this one
    return f"ix_{jobs.name}_to_tell"


def _old_index_of(jobs: sa.Table) -> str:
    """The index over the status of jobs, which ended jobs were looked for by."""
    return f"ix_{jobs.name}_callback"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One call that is to be made.

    Attributes:
        id: The same for every try; receivers tell repetitions by it.
        url: Address to call.
        body: JSON text.
        tries: How often it was tried before.
    """

    id: str
    url: str
    body: str
    tries: int


def sign(secret: bytes, timestamp: int, body: bytes) -> str:
    """Sign a body: HMAC-SHA256 over the time and the body, hexadecimal behind the version of the scheme."""
    return f"{_VERSION}={hmac.new(secret, b'%d.%s' % (timestamp, body), hashlib.sha256).hexdigest()}"


def verify(secret: bytes, headers: Mapping[str, str], body: bytes, *, tolerance_s: float = 300.0) -> bool:
    """Tell whether a call comes from whoever has the secret, and is not an old one sent again.

    Args:
        secret: The one that both sides have.
        headers: Of the call; names in any case.
        body: As it came, not decoded.
        tolerance_s: Largest difference of the clocks.
    """
    found = {name.casefold(): value for name, value in headers.items()}
    stamp, signature = found.get(TIME_HEADER.casefold(), ""), found.get(SIGNATURE_HEADER.casefold(), "")
    if not re.fullmatch("[0-9]{1,15}", stamp) or abs(time.time() - int(stamp)) > tolerance_s:
        return False
    # as bytes: texts are compared only where both are ASCII, and whoever calls decides what is not
    return hmac.compare_digest(sign(secret, int(stamp), body).encode(), signature.encode("utf-8", "replace"))


class Webhooks:
    """Makes and sends the deliveries of one database; several processes may do so at once.

    Attributes:
        repository: Where the jobs are.
        table: The deliveries.
        threads: Bounds how many calls are made at once.
    """

    def __init__(
        self,
        repository: SqlJobRepository,
        secret: bytes,
        *,
        allow: Collection[str],
        private: Collection[str] = (),
        most_tries: int = 10,
        pause_s: float = 10.0,
        timeout_s: float = 10.0,
    ) -> None:
        """Send for the jobs of a repository.

        Args:
            repository: Where the jobs are.
            secret: Key of the signatures, 16 bytes at least.
            allow: Hosts that may be called, ``*.example.com`` with all below it.
            private: Hosts of the own network that may be called, also by http; nothing else with a private address is.
            most_tries: After so many a delivery has failed for good.
            pause_s: Seconds before the second try; each further pause is twice as long, six hours at most.
            timeout_s: Seconds that a call may take from its first byte to the receiver's status.
        """
        if len(secret) < 16:
            raise ValueError("the secret of webhooks needs 16 bytes at least")
        self.repository = repository
        self.table = define_deliveries(repository.tables)
        self._secret = secret
        self._allow = tuple(allow)
        self._private = tuple(private)
        self._most_tries = most_tries
        self._pause_s = pause_s
        self._timeout_s = timeout_s
        self._looked: datetime | None = None
        # of its own: receivers that hang must not keep the threads from everybody else in the process
        self.threads = anyio.CapacityLimiter(_AT_ONCE)

    async def prepare(self) -> None:
        """Create the table in a database of the library's own; a host's belongs to the host's migrations."""

        def create(connection: sa.Connection) -> None:
            self.table.create(connection, checkfirst=True)
            jobs = self.repository.tables.jobs
            for index in jobs.indexes:
                if index.name == _index_of(jobs):
                    index.create(connection, checkfirst=True)
            quote = connection.dialect.identifier_preparer
            schema = f"{quote.quote_schema(jobs.schema)}." if jobs.schema else ""
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS {schema}{quote.quote(_old_index_of(jobs))}")

        await self.repository.transact(create)

    async def serve(self, poll_s: float = 2.0) -> None:
        """Make and send deliveries until cancelled."""
        while True:
            try:
                sent = await self.run_once()
            except RepositoryError as exc:  # the rows are there when the database is
                logger.warning("deliveries could not be read or noted: %s", exc)
                sent = 0
            if not sent:
                await anyio.sleep(poll_s)

    async def run_once(self, limit: int = _AT_ONCE) -> int:
        """Make deliveries for jobs that have ended, and send what is due; gives how many were sent."""
        looked = await self.repository.transact(self._collect)
        if looked is not None:
            self._looked = looked
        due = await self.repository.transact(lambda connection: self._take(connection, limit))
        async with anyio.create_task_group() as group:
            for delivery in due:
                group.start_soon(self._deliver, delivery)
        return len(due)

    async def deliveries(self, job_id: uuid.UUID) -> Sequence[Mapping[str, Any]]:
        """The deliveries of a job with their state, for those who look for a call that did not come."""
        found = sa.select(self.table).where(self.table.c.job_id == job_id).order_by(self.table.c.created_at)
        return await self.repository.transact(
            lambda connection: [dict(row._mapping) for row in connection.execute(found)]  # noqa: SLF001 -- public
        )

    def _collect(self, connection: sa.Connection) -> datetime | None:
        """Make a row for every ended job with a callback that has none for its last attempt.

        The first look of a process is at all of them, the others at those that have ended since: a job that is retried
        ends anew.

        Returns:
            When the look began; None when there may be more.
        """
        jobs, table, begun = self.repository.tables.jobs, self.table, datetime.now(UTC)
        columns = (jobs.c.id, jobs.c.attempt, jobs.c.callback, jobs.c.status, jobs.c.format, jobs.c.filename)
        made = sa.exists().where(table.c.job_id == jobs.c.id, table.c.attempt == jobs.c.attempt)
        # no status: SQLite would take its index, which leads to every job that has ever ended
        since: sa.ColumnElement[bool] = jobs.c.completed_at.is_not(None)
        if self._looked is not None:
            since = jobs.c.completed_at >= self._looked - _OVERLAP
        ended = sa.select(*columns, jobs.c.error_code, jobs.c.completed_at).where(
            jobs.c.callback.is_not(None), since, ~made
        )
        rows = connection.execute(ended.limit(_COLLECTED)).all()
        for row in rows:
            self._insert(connection, row)
        return begun if len(rows) < _COLLECTED else None

    def _insert(self, connection: sa.Connection, row: Any) -> None:
        delivery_id, now = str(uuid.uuid4()), time.time()
        ended: datetime | None = row.completed_at
        body = {
            "id": delivery_id,
            "event": f"job.{row.status}",
            "job_id": str(row.id),
            "status": row.status,
            "format": row.format,
            "filename": row.filename,
            "error_code": row.error_code,
            "completed_at": ended.astimezone(UTC).isoformat() if ended else None,
        }
        values = {
            "id": delivery_id, "job_id": row.id, "attempt": row.attempt, "url": row.callback,
            "body": json.dumps(body), "status": "pending", "tries": 0, "due_at": now, "created_at": now,
        }  # fmt: skip
        insert = _insert_or_nothing(connection.dialect.name, self.table)
        connection.execute(insert, values)

    def _take(self, connection: sa.Connection, limit: int) -> list[Delivery]:
        """Take what is due; until its answer is there it is nobody else's, and due again if this process dies."""
        table, now = self.table, time.time()
        due = (
            sa.select(table.c.id)
            .where(table.c.status == "pending", table.c.due_at <= now)
            .order_by(table.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        taken = (
            sa.update(table)
            .where(table.c.id.in_(due))
            .values(due_at=now + 2 * self._timeout_s + self._pause_s, tries=table.c.tries + 1)
            .returning(table.c.id, table.c.url, table.c.body, table.c.tries)
        )
        return [Delivery(row.id, row.url, row.body, row.tries - 1) for row in connection.execute(taken)]

    async def _deliver(self, delivery: Delivery) -> None:
        refusal = await anyio.to_thread.run_sync(self._send, delivery, limiter=self.threads)
        await self.repository.transact(lambda connection: self._settle(connection, delivery, refusal))

    def _send(self, delivery: Delivery) -> _Refusal | None:
        """Send once; None when the receiver took it."""
        try:
            endpoint = addresses.resolve(delivery.url, allow=self._allow, private=self._private)
        except ForbiddenAddressError as exc:
            return _Refusal(exc.message, is_final="cannot be resolved" not in exc.message)
        body, stamp = delivery.body.encode(), int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "pybase-extraction",
            ID_HEADER: delivery.id,
            TIME_HEADER: str(stamp),
            SIGNATURE_HEADER: sign(self._secret, stamp, body),
        }
        try:
            with addresses.connected(endpoint, self._timeout_s) as connection:
                connection.request("POST", endpoint.target, body, headers)
                status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as exc:
            return _Refusal(f"The receiver could not be reached: {type(exc).__name__}.")
        if 200 <= status < 300:
            return None
        note = "; redirects are not followed" if 300 <= status < 400 else ""
        return _Refusal(f"The receiver answered {status}{note}.")

    def _settle(self, connection: sa.Connection, delivery: Delivery, refusal: _Refusal | None) -> None:
        now, tries = time.time(), delivery.tries + 1
        if refusal is None:
            values: dict[str, Any] = {"status": "delivered", "delivered_at": now, "last_error": None}
        elif refusal.is_final or tries >= self._most_tries:
            values = {"status": "failed", "last_error": refusal.reason}
        else:
            pause = min(self._pause_s * 2.0**delivery.tries, _LONGEST_PAUSE_S)
            # jitter: receivers that were away must not get everything in one instant
            values = {"due_at": now + pause * random.uniform(0.8, 1.2), "last_error": refusal.reason}  # noqa: S311
        connection.execute(sa.update(self.table).where(self.table.c.id == delivery.id).values(**values))


@dataclass(frozen=True, slots=True)
class _Refusal:
    reason: str
    is_final: bool = False


def _insert_or_nothing(dialect: str, table: sa.Table) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    module = postgresql if dialect == "postgresql" else sqlite
    return module.insert(table).on_conflict_do_nothing(index_elements=["job_id", "attempt"])
