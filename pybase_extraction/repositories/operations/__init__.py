"""What each verb does with a connection: plain functions, the same on every driver."""

from __future__ import annotations

import sqlalchemy as sa

from pybase_extraction.jobs import ENDED, Job, JobQuery, Owner
from pybase_extraction.repositories.operations.batches import Batches
from pybase_extraction.repositories.operations.looking import Looking
from pybase_extraction.repositories.operations.steering import Steering
from pybase_extraction.repositories.operations.submitting import Submitting
from pybase_extraction.repositories.operations.working import Working

__all__ = ["Operations"]


class Operations(Submitting, Working, Steering, Looking, Batches):
    """The verbs, for one set of tables on one dialect; arguments are those of ``Verbs``."""

    def prune(
        self, connection: sa.Connection, query: JobQuery, owner: Owner, limit: int, *, dry_run: bool
    ) -> list[Job]:
        """Delete ended jobs that a query finds."""
        statuses = ENDED if query.statuses is None else ENDED & query.statuses
        jobs = self._list(connection, query, owner, statuses, limit, oldest_first=True)
        return jobs if dry_run else self.delete(connection, owner, [job.id for job in jobs])
