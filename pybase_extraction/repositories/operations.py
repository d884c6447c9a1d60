"""What each verb does with a connection: plain functions, the same on every driver."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from pybase_extraction.jobs import (
    ALL_OWNERS,
    ENDED,
    LIVE,
    Attempt,
    Batch,
    CacheKey,
    Claim,
    ClaimFilter,
    ConcurrencyLimits,
    Heartbeat,
    Held,
    Job,
    JobQuery,
    JobStats,
    JobStatus,
    NewBatch,
    NewJob,
    Outcome,
    Owner,
    Page,
    PageKey,
    Receipt,
    Settled,
    Settlement,
    StoredResult,
    Submitted,
)
from pybase_extraction.repositories.limits import Room
from pybase_extraction.repositories.prepared import Prepared, Row
from pybase_extraction.repositories.rows import document, from_new, from_settlement, has_error, storable_error, to_job
from pybase_extraction.repositories.statements import Statements, Whose, literal, unindexed
from pybase_extraction.repositories.tables import Instant, JobTables, to_microseconds

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import Rescuer

_CHUNK: Final = 2000
"""Submissions in one statement; more of them share the transaction."""

_FOLD_AT: Final = 512
"""Lines of counts after which they are added up to one per owner and status."""

_WINDOW: Final = 16
"""Jobs looked at in a lane beyond those wanted, so that workers that claim at the same moment find others."""

_LANES_OF_STATS: Final = 200

_LOOKED_AT: Final = 2000
"""Pending jobs that are looked at in one call for what an external queue has lost; the next call goes on from there."""

_BEGINNING: Final = (datetime.fromtimestamp(0, UTC), UUID(int=0))
"""Before every job, in the order of their creation."""

_NO_ERROR: Final = (None, None, None)

_STATUSES: Final = {str(status): status for status in JobStatus}

_SELECTIVE: Final = ("batch_id", "file_url", "record_id", "attachment_id")
"""What few jobs have in common, so that an index of its own finds them."""

Counts = Counter[tuple[str | None, str]]
T = TypeVar("T")


class Operations:
    """The verbs, for one set of tables on one dialect.

    Args:
        tables: Where the jobs are.
        dialect: ``"postgresql"`` or ``"sqlite"``.
        clock: Seconds since 1970 UTC; only SQLite asks it, a server has a clock of its own.
    """

    def __init__(self, tables: JobTables, dialect: str, clock: Callable[[], float]) -> None:
        self.tables = tables
        self.statements = s = Statements(tables, dialect)
        self.is_postgresql = s.is_postgresql
        self._clock = clock
        quoting: Any = postgresql.dialect  # SQLite quotes in the same way
        self._name: str = quoting().identifier_preparer.format_table(tables.jobs)
        self._after = ""
        self._looked_until: tuple[datetime, UUID] = _BEGINNING

    def _with(self, **values: Any) -> dict[str, Any]:
        if not self.is_postgresql:
            values["now"] = datetime.fromtimestamp(self._clock(), UTC)
        return values

    def _owned(self, columns: Any, owner: Owner) -> sa.ColumnElement[bool]:
        if owner is ALL_OWNERS:
            return sa.true()
        if owner is None:
            is_nobodys: sa.ColumnElement[bool] = columns.owner_id.is_(None)
            return is_nobodys
        if not self._is_key(owner):
            return sa.false()
        is_owners: sa.ColumnElement[bool] = columns.owner_id == owner
        return is_owners

    def _is_key(self, owner: Any) -> bool:
        """Whether a user of this host can have this key."""
        try:
            self.tables.owner_type.to_stored(owner)
        except ValueError:
            return False
        return True

    # -- submitting ---------------------------------------------------------------------------------------------

    def submit(self, connection: sa.Connection, new: NewJob) -> Submitted:
        """Add a job or find its equal."""
        doc = document([from_new(new, self.tables.owner_type)])
        while True:
            rows = self.statements.submit.run(connection, self._with(doc=doc))
            if rows:
                self._count(connection, {(new.owner_id, "live"): 1}, unless_postgresql=True)
                return Submitted(to_job(rows[0]), created=True)
            if (found := self._find_equal(connection, new)) is not None:
                return Submitted(found, created=False)
            # the equal one ended between the two statements, so this one can be added now

    def _find_equal(self, connection: sa.Connection, new: NewJob) -> Job | None:
        c = self.tables.jobs.c
        same_key = sa.and_(c.dedupe_key == new.scoped_dedupe_key, _live(c))
        found = connection.execute(
            sa.select(*self.statements.job_columns).where(sa.or_(c.id == new.id, same_key)).order_by(c.id != new.id)
        ).first()
        if found is None:
            return None
        job = to_job(found)
        if job.owner_id != new.owner_id:
            raise ValueError("a job with this id exists")
        return job

    def submit_many(self, connection: sa.Connection, new: Sequence[NewJob], batch: NewBatch | None) -> list[Receipt]:
        """Add jobs and their batch."""
        if batch is not None:
            self._add_batch(connection, batch)
        receipts: list[Receipt] = []
        for chunk in _chunks(new):
            receipts += self._submit_chunk(connection, chunk)
        return receipts

    def _add_batch(self, connection: sa.Connection, batch: NewBatch) -> None:
        values = {
            "id": batch.id, "owner_id": batch.owner_id, "target_table_id": batch.target_table_id,
            "callback": batch.callback, "metadata": dict(batch.metadata), "sealed": batch.sealed,
        }  # fmt: skip
        connection.execute(
            sa.insert(self.tables.batches).values(**values, created_at=self.statements.now), self._with()
        )

    def _submit_chunk(self, connection: sa.Connection, new: Sequence[NewJob]) -> list[Receipt]:
        doc = document(from_new(each, self.tables.owner_type) for each in new)
        rows = self.statements.submit_many.run(connection, self._with(doc=doc))
        created = {row[0] for row in rows}
        self._count(connection, Counter((row[1], "live") for row in rows), unless_postgresql=True)
        live = self._find_live(connection, [each for each in new if each.id not in created])
        return [
            Receipt(each.id, created=True) if each.id in created else self._receipt(connection, each, live)
            for each in new
        ]

    def _find_live(self, connection: sa.Connection, new: Sequence[NewJob]) -> dict[str, UUID]:
        """Find the live jobs with the dedupe keys of others, in one statement for all of them."""
        c = self.tables.jobs.c
        keys = [each.scoped_dedupe_key for each in new if each.dedupe_key is not None]
        if not keys:
            return {}
        found = connection.execute(sa.select(c.dedupe_key, c.id).where(c.dedupe_key.in_(keys), _live(c)))
        return {row[0]: row[1] for row in found}

    def _receipt(self, connection: sa.Connection, new: NewJob, live: Mapping[str, UUID]) -> Receipt:
        if (found := live.get(new.scoped_dedupe_key or "")) is not None:
            return Receipt(found, created=False)
        submitted = self.submit(connection, new)
        return Receipt(submitted.job.id, submitted.created)

    def _count(
        self,
        connection: sa.Connection,
        counts: Mapping[tuple[str | None, str], int],
        *,
        unless_postgresql: bool = False,
    ) -> None:
        # on PostgreSQL the statements of the way of a job count for themselves, without another round trip
        if not counts or (unless_postgresql and self.is_postgresql):
            return
        lines = [{"owner_id": owner, "status": status, "delta": delta} for (owner, status), delta in counts.items()]
        self.statements.add_count.run_many(connection, lines)

    # -- working ------------------------------------------------------------------------------------------------

    def claim(
        self, connection: sa.Connection, count: int, worker: str, lease_s: float, where: ClaimFilter | None
    ) -> list[Claim]:
        """Take ready jobs without limits: one statement, and a second one where the circle of lanes closes."""
        if count <= 0:
            return []
        given = self._with(worker=worker, lease_s=lease_s, **_wanted(where))
        statement = self.statements.claim["want_formats" in given]
        rows = self._claim_from(connection, statement, given, count, self._after)
        if self._after and len(rows) < count:
            rows += self._claim_from(connection, statement, given, count - len(rows), "")
        lanes = {row[-1] for row in rows}
        # every slot went to another lane: there may be more of them, and the next claim begins there
        self._after = max(lanes) if len(lanes) >= count else ""
        return _claims(rows, worker, lease_s)

    def _claim_from(
        self, connection: sa.Connection, statement: Prepared, given: dict[str, Any], count: int, after: str
    ) -> list[Row]:
        window = count + _WINDOW if self.is_postgresql else count
        given = {**given, "n": count, "most": count, "window": window, "after": after}
        return statement.run(connection, given)

    def claim_limited(
        self, connection: sa.Connection, count: int, worker: str, lease_s: float, where: ClaimFilter
    ) -> list[Claim]:
        """Take ready jobs within limits, in a transaction in which nobody else counts."""
        if count <= 0:
            return []
        self._count_alone(connection)
        room = self._room(connection, where.limits)
        rows: list[Any] = []
        while len(rows) < count:
            full = _full(room, where)
            chosen = room.choose(self._candidates(connection, count, where, full), count - len(rows))
            rows += self._take(connection, chosen, worker, lease_s)
            # what has become full hid others behind it, which the next look finds
            if not chosen or _full(room, where) == full:
                break
        return _claims(rows, worker, lease_s)

    def startable(self, connection: sa.Connection, count: int, where: ClaimFilter) -> list[UUID]:
        """List what a claim would take; nobody is kept from taking it meanwhile."""
        room = self._room(connection, where.limits)
        return room.choose(self._candidates(connection, count, where, _full(room, where)), count)

    def _count_alone(self, connection: sa.Connection) -> None:
        """See to it that nobody claims between the count and the claim."""
        if self.is_postgresql:  # on SQLite the transaction has the write lock
            # in stricter isolation the count would be as old as the wait for the lock
            connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(zlib.crc32(self.tables.channel.encode()))))

    def _room(self, connection: sa.Connection, limits: ConcurrencyLimits) -> Room:
        running = self.statements.running.run(connection, self._with())
        return Room(limits, [(row[0], row[1], row[2], row[3]) for row in running])

    def _candidates(
        self, connection: sa.Connection, count: int, where: ClaimFilter, full: Mapping[str, Any]
    ) -> list[tuple[UUID, str]]:
        given = {"after": "", "most": count, "window": count, **_wanted(where), **full}
        return [(row[0], row[1]) for row in self.statements.choices.run(connection, given)]

    def _take(self, connection: sa.Connection, ids: Sequence[UUID], worker: str, lease_s: float) -> list[Any]:
        if not ids:
            return []
        doc = document({"id": job_id.hex} for job_id in ids)
        given = self._with(doc=doc, worker=worker, lease_s=lease_s)
        return self.statements.claim_picked.run(connection, given)

    def claim_by_id(self, connection: sa.Connection, job_id: UUID, worker: str, lease_s: float) -> Claim | None:
        """Take one ready job."""
        given = self._with(job_id=job_id, worker=worker, lease_s=lease_s)
        rows = self.statements.claim_by_id.run(connection, given)
        return Claim(to_job(rows[0]), worker, lease_s) if rows else None

    def claim_by_id_limited(
        self, connection: sa.Connection, job_id: UUID, worker: str, lease_s: float, limits: ConcurrencyLimits
    ) -> Claim | None:
        """Take one ready job within limits, in a transaction in which nobody else counts."""
        self._count_alone(connection)
        lane = connection.execute(sa.select(self.tables.jobs.c.lane).where(self.tables.jobs.c.id == job_id)).scalar()
        if lane is None or not self._room(connection, limits).take(lane):
            return None
        return self.claim_by_id(connection, job_id, worker, lease_s)

    def heartbeat(self, connection: sa.Connection, held: Sequence[Held], worker: str, lease_s: float) -> Heartbeat:
        """Extend leases."""
        doc = document({"id": h.id.hex, "attempt": h.attempt, "progress": h.progress} for h in held)
        ids = [h.id for h in held]
        rows = self.statements.heartbeat.run(connection, self._with(doc=doc, ids=ids, worker=worker, lease_s=lease_s))
        extended = frozenset((row[0], row[1]) for row in rows)
        cancelling = frozenset((row[0], row[1]) for row in rows if row[2])
        return Heartbeat(extended, cancelling, frozenset((h.id, h.attempt) for h in held) - extended)

    def settle(self, connection: sa.Connection, settlements: Sequence[Settlement]) -> list[Settled]:
        """Write the ends of attempts."""
        if not settlements:
            return []
        try:
            return self._settle(connection, settlements)
        except DBAPIError as exc:
            # SQLSTATE class 22: data exception; settlements are statements for themselves, so the others still can win
            if not (getattr(exc.orig, "sqlstate", None) or "").startswith("22"):
                raise
            if len(settlements) > 1:  # one outcome that the database refuses must not hold up the others
                return [won for each in settlements for won in self.settle(connection, [each])]
            return self._settle(connection, [_unstorable(settlements[0], exc)])

    def _settle(self, connection: sa.Connection, settlements: Sequence[Settlement]) -> list[Settled]:
        given = self._with(doc=document(map(from_settlement, settlements)), ids=[s.id for s in settlements])
        if not self.is_postgresql:
            return self._settle_and_log(connection, settlements, given)
        rows = self.statements.settle.run(connection, given)
        return [Settled(row[0], row[1], JobStatus(row[2]), row[3], row[4]) for row in rows]

    def _settle_and_log(
        self, connection: sa.Connection, settlements: Sequence[Settlement], given: Mapping[str, Any]
    ) -> list[Settled]:
        """Settle on SQLite, which has no statement that writes to several tables."""
        said = {(s.id.hex, s.attempt): s for s in settlements}
        counts: Counts = Counter()
        lines: list[Any] = []
        won: list[Settled] = []
        now, to_owner = to_microseconds(given["now"]), self.tables.owner_type.from_stored
        for key, attempt, status, owner, batch, worker, started_at, retry_at in self.statements.settle.run_plain(
            connection, given
        ):
            s = said[key, attempt]
            error = storable_error(s) if has_error(s) else _NO_ERROR
            lines.append((key, attempt, worker, s.outcome.value, started_at, now, *error, s.crashed, retry_at))
            owner_id = None if owner is None else to_owner(owner)
            won.append(Settled(s.id, attempt, _STATUSES[status], owner_id, None if batch is None else UUID(batch)))
            if status != "pending":
                counts[owner_id, status] += 1
                counts[owner_id, "live"] -= 1
        if lines:
            self.statements.log_attempt.run_many_plain(connection, lines)
        self._count(connection, counts)
        return won

    def rescue(self, connection: sa.Connection, decide: Rescuer, limit: int) -> list[Settled]:
        """End attempts whose lease has run out, if it still has when that is written."""
        rows = self.statements.expired.run(connection, self._with(n=limit))
        verdicts = [decide(Claim(job, job.leased_by or "", 0.0)) for job in map(to_job, rows)]
        return self.settle(connection, [_if_expired(verdict) for verdict in verdicts])

    def promote(self, connection: sa.Connection, limit: int) -> list[UUID]:
        """Make due jobs ready."""
        return [row[0] for row in self.statements.promote.run(connection, self._with(n=limit))]

    def next_due(self, connection: sa.Connection) -> float | None:
        """Give the seconds until the next scheduled job is due."""
        due, now = self.statements.next_due.run(connection, self._with())[0]
        return None if due is None else float(max(0.0, (due - now).total_seconds()))

    def set_external_task(self, connection: sa.Connection, tasks: Sequence[tuple[UUID, str]]) -> None:
        """Record the ids of messages."""
        jobs = self.tables.jobs
        update = (
            sa.update(jobs)
            .where(jobs.c.id == sa.bindparam("job"))
            .values(external_task_id=sa.bindparam("task"), updated_at=self.statements.now)
        )
        if tasks:
            connection.execute(update, [self._with(job=job_id, task=task) for job_id, task in tasks])

    def undispatched(self, connection: sa.Connection, older_than_s: float, limit: int) -> list[UUID]:
        """List ready jobs that nobody has touched for long, among as many as one call may look at."""
        begins_inside = self._looked_until != _BEGINNING
        found = self._look_for_lost(connection, older_than_s, limit)
        if begins_inside and self._looked_until == _BEGINNING and len(found) < limit:
            found += self._look_for_lost(connection, older_than_s, limit - len(found))
        return list(dict.fromkeys(found))

    def _look_for_lost(self, connection: sa.Connection, older_than_s: float, limit: int) -> list[UUID]:
        at, job_id = self._looked_until
        given = self._with(age=-older_than_s, from_at=at, from_id=job_id, window=_LOOKED_AT, n=limit + 1)
        rows = self.statements.undispatched.run(connection, given)
        is_all = not rows or (len(rows) <= limit and rows[0][3] < _LOOKED_AT)
        # the last of more rows than wanted is looked at again, and the last of fewer is where the window ends
        self._looked_until = _BEGINNING if is_all else _place(rows[-1 if len(rows) <= limit else -2])
        return [row[0] for row in rows[:limit] if row[2]]

    # -- steering -----------------------------------------------------------------------------------------------

    def cancel(self, connection: sa.Connection, owner: Owner, target: sa.ColumnElement[bool]) -> list[Job]:
        """Cancel pending jobs and ask for the end of running ones."""
        jobs, now = self.tables.jobs, self.statements.now
        runs = jobs.c.status == literal("processing")
        update = (
            sa.update(jobs)
            .where(target, self._owned(jobs.c, owner), _live(jobs.c))
            .values(
                cancel_requested=runs,
                status=sa.case((runs, literal("processing")), else_=literal("cancelled")),
                completed_at=sa.case((runs, sa.null()), else_=now),
                next_retry_at=sa.null(),
                updated_at=now,
            )
            .returning(*self.statements.job_columns)
        )
        cancelled = [to_job(row) for row in connection.execute(update, self._with())]
        counts: Counts = Counter()
        for job in cancelled:
            if job.status is JobStatus.CANCELLED:
                counts[job.owner_id, "cancelled"] += 1
                counts[job.owner_id, "live"] -= 1
        self._count(connection, counts)
        self._announce(connection)
        return cancelled

    def retry(
        self,
        connection: sa.Connection,
        owner: Owner,
        target: sa.ColumnElement[bool],
        statuses: Iterable[JobStatus],
    ) -> list[Job]:
        """Make ended jobs ready again, except where a live one holds the dedupe key."""
        jobs, other = self.tables.jobs, self.tables.jobs.alias("other")
        c = jobs.c
        held = sa.select(sa.literal_column("1")).where(other.c.dedupe_key == c.dedupe_key, _live(other.c)).exists()
        which = sa.and_(
            target, self._owned(c, owner), c.status.in_([str(status) for status in statuses]), sa.not_(held)
        )
        locked = sa.select(c.id, c.owner_id, c.status).where(which).with_for_update()  # SQLite has the lock already
        before = {row[0]: (row[1], row[2]) for row in connection.execute(locked)}
        again = [job for ids in _chunks(list(before)) for job in self._make_ready(connection, ids)]
        counts: Counts = Counter()
        for job in again:
            counts[before[job.id]] -= 1
            counts[job.owner_id, "live"] += 1
        self._count(connection, counts)
        self._reopen(connection, {job.batch_id for job in again if job.batch_id is not None})
        self._announce(connection)
        return again

    def _make_ready(self, connection: sa.Connection, ids: Sequence[UUID]) -> list[Job]:
        nothing = ("next_retry_at", "completed_at", "error_code", "error_message", "result", "result_key",
                   "result_sha256", "result_size")  # fmt: skip
        update = (
            sa.update(self.tables.jobs)
            .where(self.tables.jobs.c.id.in_(ids))
            .values(
                status=literal("pending"), retry_count=0, crash_count=0, progress=0, cancel_requested=sa.false(),
                updated_at=self.statements.now, **dict.fromkeys(nothing, sa.null()),
            )
            .returning(*self.statements.job_columns)
        )  # fmt: skip
        return [to_job(row) for row in connection.execute(update, self._with())]

    def _reopen(self, connection: sa.Connection, batch_ids: Iterable[UUID]) -> None:
        batches = self.tables.batches
        for batch_id in batch_ids:
            connection.execute(sa.update(batches).where(batches.c.id == batch_id).values(completed_at=sa.null()))

    def _announce(self, connection: sa.Connection) -> None:
        if self.is_postgresql:
            channel = self.tables.channel
            connection.execute(sa.select(sa.func.pg_notify(channel, ""), sa.func.pg_notify(f"{channel}_changes", "")))

    def delete(self, connection: sa.Connection, owner: Owner, job_ids: Sequence[UUID]) -> list[Job]:
        """Delete ended jobs."""
        jobs, attempts = self.tables.jobs, self.tables.attempts
        gone: list[Job] = []
        for ids in _chunks(job_ids):
            statement = (
                sa.delete(jobs)
                .where(jobs.c.id.in_(ids), self._owned(jobs.c, owner), jobs.c.status.in_([str(s) for s in ENDED]))
                .returning(*self.statements.job_columns)
            )
            gone += [to_job(row) for row in connection.execute(statement)]
        for ids in _chunks([job.id for job in gone]):
            connection.execute(sa.delete(attempts).where(attempts.c.job_id.in_(ids)))
        counts: Counts = Counter()
        for job in gone:
            counts[job.owner_id, str(job.status)] -= 1
        self._count(connection, counts)
        return gone

    def prune(
        self, connection: sa.Connection, query: JobQuery, owner: Owner, limit: int, *, dry_run: bool
    ) -> list[Job]:
        """Delete ended jobs that a query finds."""
        statuses = ENDED if query.statuses is None else ENDED & query.statuses
        found = self._listed(query, owner, statuses, limit, 0, None, oldest_first=True)
        jobs = [to_job(row) for row in connection.execute(found)]
        return jobs if dry_run else self.delete(connection, owner, [job.id for job in jobs])

    # -- looking ------------------------------------------------------------------------------------------------

    def get(self, connection: sa.Connection, job_id: UUID, owner: Owner) -> Job | None:
        """Read one job."""
        whose = _whose(owner)
        if whose == "one" and not self._is_key(owner):
            return None
        rows = self.statements.get[whose].run(connection, {"job_id": job_id, "owner": owner})
        return to_job(rows[0]) if rows else None

    def find(
        self,
        connection: sa.Connection,
        query: JobQuery,
        owner: Owner,
        limit: int,
        after: PageKey | None,
        offset: int,
        *,
        oldest_first: bool,
    ) -> Page:
        """List jobs."""
        statuses = frozenset(JobStatus) if query.statuses is None else query.statuses
        found = self._listed(query, owner, statuses, limit + 1, offset, after, oldest_first=oldest_first)
        jobs = [to_job(row) for row in connection.execute(found)]
        shown = jobs[:limit]
        more = PageKey(shown[-1].created_at, shown[-1].id) if len(jobs) > limit and shown else None
        return Page(shown, more)

    def _listed(
        self,
        query: JobQuery,
        owner: Owner,
        statuses: Iterable[JobStatus],
        limit: int,
        offset: int,
        after: PageKey | None,
        *,
        oldest_first: bool,
    ) -> sa.Select[Any]:
        """Merge the newest of every status: each is the end of an index, however many rows lie before it."""
        c = self.tables.jobs.c
        merged = self._newest(query, owner, statuses, limit + offset, after, oldest_first=oldest_first)
        page = (
            sa.select(merged.c.id)
            .order_by(*_order(merged.c, oldest_first=oldest_first))
            .limit(limit)
            .offset(offset)
        )  # fmt: skip
        return (
            sa.select(*self.statements.job_columns)
            .where(c.id.in_(page))
            .order_by(*_order(c, oldest_first=oldest_first))
        )  # fmt: skip

    def _newest(
        self,
        query: JobQuery,
        owner: Owner,
        statuses: Iterable[JobStatus],
        limit: int,
        after: PageKey | None = None,
        *,
        oldest_first: bool = False,
    ) -> sa.Subquery:
        """Find the newest of each status: in this order there is an index for every status, so it stops early."""
        c = self.tables.jobs.c
        beyond = _beyond(c, after, oldest_first=oldest_first)
        if any(getattr(query, name) is not None for name in _SELECTIVE):
            few = [*self._matching(query), self._owned(self._hidden, owner), *beyond]
            chosen = self._hidden.status.in_([str(status) for status in statuses])
            order = _order(c, oldest_first=oldest_first)
            return sa.select(c.id, c.created_at).where(chosen, *few).order_by(*order).limit(limit).subquery("merged")
        wanted = [*self._matching(query), self._owned(c, owner), *beyond]
        parts = [
            sa.select(c.id, c.created_at)
            .where(c.status == literal(status), *wanted)
            .order_by(*_order(c, oldest_first=oldest_first))
            .limit(limit)
            .subquery()
            .select()
            for status in sorted(statuses)
        ] or [sa.select(c.id, c.created_at).where(sa.false())]
        return sa.union_all(*parts).subquery("merged")

    @property
    def _hidden(self) -> Any:
        """Columns that SQLite, which has no statistics, would take for rarer than the key of a file."""
        c = self.tables.jobs.c
        if self.is_postgresql:
            return c
        return SimpleNamespace(status=unindexed(c.status), owner_id=unindexed(c.owner_id))

    def _matching(self, query: JobQuery) -> list[sa.ColumnElement[bool]]:
        c = self.tables.jobs.c
        equal = (
            "batch_id", "file_url", "record_id", "field_id", "attachment_id", "target_table_id", "content_sha256",
            "external_task_id",
        )  # fmt: skip
        found = [c[name] == value for name in equal if (value := getattr(query, name)) is not None]
        if query.formats is not None:
            found.append(c.format.in_(sorted(query.formats)))
        if query.ids is not None:
            found.append(c.id.in_(sorted(query.ids)))
        if query.created_after is not None:
            found.append(c.created_at >= query.created_after)
        before = {
            "created_at": query.created_before,
            "updated_at": query.updated_before,
            "completed_at": query.ended_before,
        }
        found += [c[name] < moment for name, moment in before.items() if moment is not None]
        if query.ended_before is not None:
            # what ended before was created before: by that there is an index
            found.append(c.created_at < query.ended_before)
        return found

    def count(self, connection: sa.Connection, query: JobQuery, owner: Owner, at_most: int | None) -> int:
        """Count jobs."""
        c = self.tables.jobs.c
        if at_most is not None:
            statuses = frozenset(JobStatus) if query.statuses is None else query.statuses
            newest = self._newest(query, owner, statuses, at_most)
            counted = sa.select(newest.c.id).limit(at_most).subquery("counted")
            return connection.execute(sa.select(sa.func.count()).select_from(counted)).scalar_one()
        wanted = [*self._matching(query), self._owned(c, owner)]
        if query.statuses is not None:
            wanted.append(c.status.in_([str(s) for s in query.statuses]))
        return connection.execute(sa.select(sa.func.count()).select_from(self.tables.jobs).where(*wanted)).scalar_one()

    def get_result(self, connection: sa.Connection, job_id: UUID, owner: Owner) -> StoredResult | None:
        """Read a result or where it is."""
        c = self.tables.jobs.c
        text = sa.cast(c.result, sa.Text()) if self.is_postgresql else sa.type_coerce(c.result, sa.Text())
        found = sa.select(text, c.result_key, c.result_sha256, c.result_size).where(
            c.id == job_id, self._owned(c, owner), sa.or_(c.result.is_not(None), c.result_key.is_not(None))
        )
        row = connection.execute(found).first()
        return None if row is None else StoredResult(*row)

    def find_cached(self, connection: sa.Connection, key: CacheKey) -> list[Job]:
        """Find the same extractions."""
        given = {
            "content_sha256": key.content_sha256, "options_hash": key.options_hash, "extractor": key.extractor,
            "extractor_version": key.extractor_version, "owner": key.owner_id,
        }  # fmt: skip
        return [to_job(row) for row in self.statements.cached.run(connection, given)]

    def attempts(self, connection: sa.Connection, job_id: UUID, owner: Owner) -> list[Attempt]:
        """Read the log of a job."""
        a, c = self.tables.attempts.c, self.tables.jobs.c
        found = (
            sa.select(
                a.job_id, a.number, a.worker, a.outcome, a.started_at, a.ended_at, a.error_code, a.error_type,
                a.error_message, a.crashed, a.retry_at,
            )
            .join(self.tables.jobs, c.id == a.job_id)
            .where(a.job_id == job_id, self._owned(c, owner))
            .order_by(a.number)
        )  # fmt: skip
        rows: list[list[Any]] = [list(row) for row in connection.execute(found)]
        for row in rows:
            row[3] = Outcome(row[3])
        return [Attempt(*row) for row in rows]

    def stats(self, connection: sa.Connection, owner: Owner) -> tuple[JobStats, bool]:
        """Count jobs in one statement.

        Returns:
            The counts, and whether the lines of counts should be folded.
        """
        whose = _whose(owner)
        if whose == "one" and not self._is_key(owner):
            return JobStats(), False
        given = self._with(after="", most=_LANES_OF_STATS, owner=owner)
        (row,) = self.statements.stats[whose].run(connection, given)
        live, completed, failed, cancelled, lines, running, retrying, due, now = row
        age = None if due is None else max(0.0, (now - due).total_seconds())
        stats = JobStats(
            max(0, int(live) - running), running, int(completed), int(failed), int(cancelled), retrying, age
        )
        return stats, lines >= _FOLD_AT

    def fold_counts(self, connection: sa.Connection) -> None:
        """Add up the lines of counts; whoever does it at the same time adds up others."""
        counts = self.tables.counts
        ids = list(connection.execute(sa.select(counts.c.id).limit(20_000)).scalars())
        totals: Counts = Counter()
        for chunk in _chunks(ids):
            gone = sa.delete(counts).where(counts.c.id.in_(chunk))
            for owner, status, delta in connection.execute(
                gone.returning(counts.c.owner_id, counts.c.status, counts.c.delta)
            ):
                totals[owner, status] += delta
        self._count(connection, {key: delta for key, delta in totals.items() if delta})

    def recount(self, connection: sa.Connection) -> None:
        """Count all jobs anew, for a host that deletes rows itself; walks over all of them."""
        c = self.tables.jobs.c
        if self.is_postgresql:
            connection.execute(sa.text(f"LOCK TABLE {self._name} IN SHARE MODE"))
        connection.execute(sa.delete(self.tables.counts))
        totals: Counts = Counter()
        for owner, status, number in connection.execute(
            sa.select(c.owner_id, c.status, sa.func.count()).group_by(c.owner_id, c.status)
        ):
            totals[owner, "live" if status in LIVE else status] += number
        self._count(connection, totals)

    # -- batches ------------------------------------------------------------------------------------------------

    def get_batch(self, connection: sa.Connection, batch_id: UUID, owner: Owner) -> Batch | None:
        """Read a batch with its counts in one statement."""
        b, c = self.tables.batches.c, self.tables.jobs.c
        running = c.status == literal("processing")
        numbers = (
            sa.select(
                c.status,
                sa.func.count().label("number"),
                sa.func.sum(sa.case((running, c.progress), else_=0)).label("progress"),
            )
            .where(c.batch_id == batch_id)
            .group_by(c.status)
            .subquery()
        )
        found = (
            sa.select(
                b.id, b.owner_id, b.target_table_id, b.callback, b.metadata, b.sealed, b.created_at, b.completed_at,
                numbers.c.status, numbers.c.number, numbers.c.progress,
            )
            .select_from(self.tables.batches.outerjoin(numbers, sa.true()))
            .where(b.id == batch_id, self._owned(b, owner))
        )  # fmt: skip
        rows = connection.execute(found).all()
        if not rows:
            return None
        counted = {JobStatus(row[8]): int(row[9]) for row in rows if row[8] is not None}
        done = sum(int(row[10]) for row in rows if row[8] is not None) + 100 * sum(counted.get(s, 0) for s in ENDED)
        total = sum(counted.values())
        facts: list[Any] = list(rows[0][:8])
        facts += [*(counted.get(status, 0) for status in JobStatus), done // total if total else 0]
        return Batch(*facts)

    def seal_batch(self, connection: sa.Connection, batch_id: UUID, owner: Owner) -> Batch | None:
        """Close a batch for more jobs."""
        b = self.tables.batches
        connection.execute(sa.update(b).where(b.c.id == batch_id, self._owned(b.c, owner)).values(sealed=sa.true()))
        return self.get_batch(connection, batch_id, owner)

    def finish_batches(self, connection: sa.Connection, batch_ids: Sequence[UUID] | None) -> list[UUID]:
        """Mark ended batches."""
        if batch_ids is None:
            return [row[0] for row in self.statements.finish_all_batches.run(connection, self._with())]
        if not batch_ids:
            return []
        given = self._with(doc=document({"id": batch_id.hex} for batch_id in set(batch_ids)))
        return [row[0] for row in self.statements.finish_batches.run(connection, given)]


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def _place(row: Row) -> tuple[datetime, UUID]:
    return row[1], row[0]


def _wanted(where: ClaimFilter | None) -> dict[str, Any]:
    if where is None or (where.formats is None and where.owners is None and not where.limits):
        return {}
    formats = None if where.formats is None else _list(sorted(where.formats))
    owners = None if where.owners is None else _list(sorted(owner or "" for owner in where.owners))
    return {
        "want_formats": formats, "want_owners": owners,
        "full_formats": "[]", "full_owners": "[]", "full_services": "[]",
    }  # fmt: skip


def _full(room: Room, where: ClaimFilter) -> dict[str, str]:
    assert where.limits
    return {
        "full_formats": _list(sorted(room.full_formats)),
        "full_owners": _list(sorted(owner or "" for owner in room.full_owners)),
        "full_services": _list(sorted(room.full_services)),
    }


def _list(names: Sequence[str]) -> str:
    return json.dumps(names, ensure_ascii=False)


def _claims(rows: Iterable[Any], worker: str, lease_s: float) -> list[Claim]:
    jobs = sorted(map(to_job, rows), key=lambda job: (-job.priority, job.id))  # RETURNING promises no order
    return [Claim(job, worker, lease_s) for job in jobs]


def _if_expired(settlement: Settlement) -> Settlement:
    return replace(settlement, only_expired=True)


def _unstorable(settlement: Settlement, error: DBAPIError) -> Settlement:
    return Settlement(
        id=settlement.id, attempt=settlement.attempt, outcome=Outcome.FAIL, error_code="result_not_storable",
        error_type=type(error.orig).__name__, error_message="The database cannot store the result of this file.",
        only_expired=settlement.only_expired,
    )  # fmt: skip


def _whose(owner: Owner) -> Whose:
    return "nobody" if owner is None else "all" if owner is ALL_OWNERS else "one"


def _live(columns: Any) -> sa.ColumnElement[bool]:
    found: sa.ColumnElement[bool] = columns.status.in_([literal("pending"), literal("processing")])
    return found


def _order(columns: Any, *, oldest_first: bool) -> list[Any]:
    both = [columns.created_at, columns.id]
    return both if oldest_first else [column.desc() for column in both]


def _beyond(columns: Any, after: PageKey | None, *, oldest_first: bool) -> list[sa.ColumnElement[bool]]:
    if after is None:
        return []
    place = sa.tuple_(columns.created_at, columns.id)
    key = sa.tuple_(sa.literal(after.created_at, Instant()), sa.literal(after.id, sa.Uuid()))
    return [place > key if oldest_first else place < key]
