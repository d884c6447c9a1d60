"""Reading jobs, their results, attempts and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from pybase_extraction.jobs import (
    LIVE,
    Attempt,
    CacheKey,
    Job,
    JobQuery,
    JobStats,
    JobStatus,
    Outcome,
    Owner,
    Page,
    PageKey,
    StoredResult,
)
from pybase_extraction.repositories.operations.verbs import Counts, Verbs, chunks, whose_of
from pybase_extraction.repositories.rows import to_job
from pybase_extraction.repositories.statements import literal, unindexed
from pybase_extraction.repositories.tables import Instant

_FOLD_AT: Final = 512
"""Lines of counts after which they are added up to one per owner and status."""

_LANES_OF_STATS: Final = 200

_SELECTIVE: Final = ("batch_id", "file_url", "record_id", "attachment_id")
"""What few jobs have in common, so that an index of its own finds them."""


class Looking(Verbs):
    """Reads jobs."""

    def get(self, connection: sa.Connection, job_id: UUID, owner: Owner) -> Job | None:
        """Read one job."""
        whose = whose_of(owner)
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
        whose = whose_of(owner)
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
        for chunk in chunks(ids):
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


def _order(columns: Any, *, oldest_first: bool) -> list[Any]:
    both = [columns.created_at, columns.id]
    return both if oldest_first else [column.desc() for column in both]


def _beyond(columns: Any, after: PageKey | None, *, oldest_first: bool) -> list[sa.ColumnElement[bool]]:
    if after is None:
        return []
    place = sa.tuple_(columns.created_at, columns.id)
    key = sa.tuple_(sa.literal(after.created_at, Instant()), sa.literal(after.id, sa.Uuid()))
    return [place > key if oldest_first else place < key]
