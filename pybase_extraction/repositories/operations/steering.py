"""Cancelling, retrying and deleting jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa

from pybase_extraction.jobs import ENDED, Job, JobStatus, Owner
from pybase_extraction.repositories.operations.verbs import Counts, Verbs, chunks, live
from pybase_extraction.repositories.rows import to_job
from pybase_extraction.repositories.statements import literal


class Steering(Verbs):
    """Does what owners ask of their jobs."""

    def cancel(self, connection: sa.Connection, owner: Owner, target: sa.ColumnElement[bool]) -> list[Job]:
        """Cancel pending jobs and ask for the end of running ones."""
        jobs, now = self.tables.jobs, self.statements.now
        runs = jobs.c.status == literal("processing")
        update = (
            sa.update(jobs)
            .where(target, self._owned(jobs.c, owner), live(jobs.c))
            .values(
                cancel_requested=runs,
                status=sa.case((runs, literal("processing")), else_=literal("cancelled")),
                completed_at=sa.case((runs, sa.null()), else_=now),
                next_retry_at=sa.null(),
                # what is being cancelled stands for no equal that is submitted meanwhile
                dedupe_key=sa.case((runs, sa.null()), else_=jobs.c.dedupe_key),
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
        held = sa.select(sa.literal_column("1")).where(other.c.dedupe_key == c.dedupe_key, live(other.c)).exists()
        which = sa.and_(
            target, self._owned(c, owner), c.status.in_([str(status) for status in statuses]), sa.not_(held)
        )
        locked = sa.select(c.id, c.owner_id, c.status, c.dedupe_key).where(which).order_by(c.id).with_for_update()
        found = connection.execute(locked).all()  # SQLite has the lock already
        # of several with one key only the first can live again
        holders = {row[3]: row[0] for row in reversed(found) if row[3] is not None}
        before = {row[0]: (row[1], row[2]) for row in found if holders.get(row[3], row[0]) == row[0]}
        again = [job for ids in chunks(list(before)) for job in self._make_ready(connection, ids)]
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

    def delete(self, connection: sa.Connection, owner: Owner, job_ids: Sequence[UUID]) -> list[Job]:
        """Delete ended jobs."""
        jobs, attempts = self.tables.jobs, self.tables.attempts
        gone: list[Job] = []
        for ids in chunks(job_ids):
            statement = (
                sa.delete(jobs)
                .where(jobs.c.id.in_(ids), self._owned(jobs.c, owner), jobs.c.status.in_([str(s) for s in ENDED]))
                .returning(*self.statements.job_columns)
            )
            gone += [to_job(row) for row in connection.execute(statement)]
        for ids in chunks([job.id for job in gone]):
            connection.execute(sa.delete(attempts).where(attempts.c.job_id.in_(ids)))
        counts: Counts = Counter()
        for job in gone:
            counts[job.owner_id, str(job.status)] -= 1
        self._count(connection, counts)
        return gone
