"""Bulk submissions and their ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pybase_extraction.jobs import ENDED, Batch, JobStatus, Owner
from pybase_extraction.repositories.operations.verbs import Verbs
from pybase_extraction.repositories.rows import document
from pybase_extraction.repositories.statements import literal


class Batches(Verbs):
    """Reads and ends batches."""

    def get_batch(self, connection: sa.Connection, batch_id: UUID, owner: Owner) -> Batch | None:
        """Read a batch with its counts in one statement."""
        b, c = self.tables.batches.c, self.tables.jobs.c
        children = c.batch_id == batch_id
        # the index alone tells the counts; only of those that run the rows are read
        numbers = sa.select(c.status, sa.func.count().label("number")).where(children).group_by(c.status).subquery()
        progress = (
            sa.select(sa.func.sum(c.progress)).where(children, c.status == literal("processing")).scalar_subquery()
        )
        found = (
            sa.select(
                b.id, b.owner_id, b.target_table_id, b.callback, b.metadata, b.sealed, b.created_at, b.completed_at,
                numbers.c.status, numbers.c.number, progress,
            )
            .select_from(self.tables.batches.outerjoin(numbers, sa.true()))
            .where(b.id == batch_id, self._owned(b, owner))
        )  # fmt: skip
        rows = connection.execute(found).all()
        if not rows:
            return None
        counted = {JobStatus(row[8]): int(row[9]) for row in rows if row[8] is not None}
        done = int(rows[0][10] or 0) + 100 * sum(counted.get(s, 0) for s in ENDED)
        total = sum(counted.values())
        facts: list[Any] = list(rows[0][:8])
        facts += [*(counted.get(status, 0) for status in JobStatus), done // total if total else 0]
        return Batch(*facts)

    def seal_batch(self, connection: sa.Connection, batch_id: UUID, owner: Owner) -> Batch | None:
        """Close a batch for more jobs."""
        b = self.tables.batches
        connection.execute(sa.update(b).where(b.c.id == batch_id, self._owned(b.c, owner)).values(sealed=sa.true()))
        return self.get_batch(connection, batch_id, owner)

    def endable_batches(self, connection: sa.Connection, batch_ids: Sequence[UUID] | None) -> list[UUID]:
        """List batches that are to be marked as ended, among those named or all."""
        statement = self.statements.endable_batches[batch_ids is not None]
        given = self._with() if batch_ids is None else self._naming(batch_ids)
        return [row[0] for row in statement.run(connection, given)]

    def finish_batches(self, connection: sa.Connection, batch_ids: Sequence[UUID]) -> list[UUID]:
        """Mark ended batches, in a transaction in which nobody else reopens them."""
        given = self._naming(batch_ids)
        if self.is_postgresql:
            # a statement that waits for the row of a batch that is being retried would not see its new jobs
            self._read_committed(connection)
            self.statements.lock_batches.run(connection, given)
        return [row[0] for row in self.statements.finish_batches.run(connection, given)]

    def _naming(self, batch_ids: Sequence[UUID]) -> dict[str, Any]:
        return self._with(doc=document({"id": batch_id.hex} for batch_id in set(batch_ids)))
