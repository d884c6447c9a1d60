"""Adding jobs, or finding their equals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from pybase_extraction.errors import RepositoryError
from pybase_extraction.jobs import Job, NewBatch, NewJob, Receipt, Submitted
from pybase_extraction.repositories.operations.verbs import Verbs, chunks, live
from pybase_extraction.repositories.rows import document, from_new, to_job

_TRIES: Final = 20
"""How often a job may find that its equal has ended between two statements."""


class Submitting(Verbs):
    """Adds jobs."""

    def submit(self, connection: sa.Connection, new: NewJob) -> Submitted:
        """Add a job or find its equal."""
        doc = document([from_new(new, self.tables.owner_type)])
        for _ in range(_TRIES):
            rows = self.statements.submit.run(connection, self._with(doc=doc))
            if rows:
                self._count(connection, {(new.owner_id, "live"): 1}, unless_postgresql=True)
                return Submitted(to_job(rows[0]), created=True)
            if (found := self._find_equal(connection, new)) is not None:
                return Submitted(found, created=False)
            # the equal one ended between the two statements, so this one can be added now
        raise RepositoryError(
            "The job was not added: another row of the table stands in its way, and it has another key.",
            remedy="Look for a unique index or constraint of your own on the table of jobs.",
        )

    def _find_equal(self, connection: sa.Connection, new: NewJob) -> Job | None:
        c = self.tables.jobs.c
        # without a key of its own it has no equal but itself: NULL would find any job that has none either
        same_key = sa.and_(c.dedupe_key == new.scoped_dedupe_key, live(c)) if new.dedupe_key is not None else sa.false()
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
        for chunk in chunks(new):
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
        found = connection.execute(sa.select(c.dedupe_key, c.id).where(c.dedupe_key.in_(keys), live(c)))
        return {row[0]: row[1] for row in found}

    def _receipt(self, connection: sa.Connection, new: NewJob, live: Mapping[str, UUID]) -> Receipt:
        if (found := live.get(new.scoped_dedupe_key or "")) is not None:
            return Receipt(found, created=False)
        submitted = self.submit(connection, new)
        return Receipt(submitted.job.id, submitted.created)
