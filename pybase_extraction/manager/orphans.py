"""Finding stored files and results that no job names."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pybase_extraction.jobs import ALL_OWNERS, ENDED, JobQuery
from pybase_extraction.manager.intake import FRESH_S
from pybase_extraction.manager.looking import Looking
from pybase_extraction.storage.base import FILES, RESULTS, StoredObject


class Orphans(Looking):
    """Removes what uploads and workers left behind that died."""

    async def remove_orphans(self, *, older_than_s: float = 86_400.0, dry_run: bool = False) -> Sequence[StoredObject]:
        """Delete stored files and results that no job names.

        An upload leaves a file that dies before its job is committed, a worker a result that dies before it is settled.
        Only what jobs store is looked at, never what the host keeps in the same storage.

        Args:
            older_than_s: Seconds since a file was stored; at least an hour, so that no upload is still under way.
            dry_run: Only list them.

        Returns:
            What was, or would be, deleted.
        """
        if older_than_s < FRESH_S:
            raise ValueError(f"older_than_s must be at least {FRESH_S:g}, not {older_than_s:g}")
        orphans = []
        for prefix, is_named in ((FILES, self._names_file), (RESULTS, self._names_result)):
            async for stored in self.storage.list(f"{prefix}/"):
                if not stored.is_older_than(older_than_s) or await is_named(stored.key):
                    continue
                # looked at again: a listing may be minutes old by now
                now = await self.storage.stat(stored.key)
                if now is None or not now.is_older_than(older_than_s):
                    continue
                orphans.append(stored)
                if not dry_run:
                    await self.storage.delete(stored.key)
        return orphans

    async def _names_file(self, key: str) -> bool:
        return bool((await self.find(JobQuery(file_url=key), owner=ALL_OWNERS, limit=1)).jobs)

    async def _names_result(self, key: str) -> bool:
        """Whether the job that a result's key tells may still point to it; a key of another form is the host's."""
        try:
            job_id = UUID(key.split("/")[1])
        except ValueError:
            return True
        job = await self.repository.get(job_id, owner=ALL_OWNERS)
        # a worker keeps an outcome for as long as the database is away, so an attempt that runs may yet be settled
        return job is not None and (job.status not in ENDED or job.result_key == key)
