"""Reading jobs, their results, attempts and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
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
from pybase_extraction.repositories.lists import Lists, Shape, values_of
from pybase_extraction.repositories.operations.verbs import Counts, Verbs, chunks, whose_of
from pybase_extraction.repositories.rows import to_job

_FOLD_AT: Final = 512
"""Lines of counts after which they are added up to one per owner and status."""

_LANES_OF_STATS: Final = 200


class Looking(Verbs):
    """Reads jobs."""

    @cached_property
    def lists(self) -> Lists:
        """The statements of lists."""
        return Lists(self.tables, self.statements.job_columns, is_postgresql=self.is_postgresql)

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
        jobs = self._list(connection, query, owner, statuses, limit + 1, offset, after, oldest_first=oldest_first)
        shown = jobs[:limit]
        more = PageKey(shown[-1].created_at, shown[-1].id) if len(jobs) > limit and shown else None
        return Page(shown, more)

    def _list(
        self,
        connection: sa.Connection,
        query: JobQuery,
        owner: Owner,
        statuses: Iterable[JobStatus],
        limit: int,
        offset: int = 0,
        after: PageKey | None = None,
        *,
        oldest_first: bool,
    ) -> list[Job]:
        if whose_of(owner) == "one" and not self._is_key(owner):
            return []
        is_after, skips = after is not None, offset > 0
        shape = Shape.of(query, owner, statuses, is_after=is_after, oldest_first=oldest_first, skips=skips)
        given = values_of(query, owner, limit, offset, after)
        return [to_job(row) for row in self.lists.page(shape).run(connection, given)]

    def count(self, connection: sa.Connection, query: JobQuery, owner: Owner, at_most: int | None) -> int:
        """Count jobs."""
        if whose_of(owner) == "one" and not self._is_key(owner):
            return 0
        statuses = frozenset(JobStatus) if query.statuses is None else query.statuses
        shape = Shape.of(query, owner, statuses)
        statement = self.lists.count(shape) if at_most is None else self.lists.count_newest(shape)
        return int(statement.run(connection, values_of(query, owner, at_most or 0))[0][0])

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
