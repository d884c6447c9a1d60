"""Reading one file now, without a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.enrichment import ENRICH, Enrichment, put_down, split, without
from pybase_extraction.errors import ExtractionError
from pybase_extraction.jobs import Claim, Job, JobStatus, NewJob, hash_options
from pybase_extraction.manager.intake import Intake, source_of, with_readings
from pybase_extraction.results import ExtractionResult

if TYPE_CHECKING:
    from pybase_extraction.manager.intake import File


class Reading(Intake):
    """Extracts a file while the caller waits."""

    async def extract(
        self,
        file: File,
        *,
        format: str | None = None,  # noqa: A002 -- the vocabulary's word
        options: Mapping[str, Any] | None = None,
        enrich: Enrichment = (),
        owner: str | None = None,
    ) -> ExtractionResult:
        """Extract a file now and wait for it, without a job: no file and no result is stored.

        Arguments are those of ``submit``, errors those of ``extract``; it runs where jobs run and under their limits.
        Observers that admit readings are asked as for a job of ``owner``, so a budget holds here too, and its ledger
        names the reading by an id that no job has.

        Raises:
            CreditsExhaustedError: The owner's budget for a service is used up; of a reading that enriches, that is an
                issue of the result.
        """
        source = await source_of(file)
        own, given = split(with_readings(options, enrich))
        prepared = await self._prepare(source, owner, format, {ENRICH: put_down(given)}, force=True, fields={})
        self.registry.validate_options(str(prepared.extractor), own)
        further = split(prepared.options)[1]
        claim = Claim(_jobless(prepared), self.worker.name, 0.0)
        request = AttemptRequest(
            source=source,
            format=format or prepared.format,
            options=own,
            limits=self.work.limits,
            services=self.work.services,
            credentials=self.work.credentials,
        )
        outcome = await self.worker.readings.read_now(
            self.worker.readings.reading(claim, str(prepared.extractor), own), request
        )
        for name, theirs in further.items():
            first = await anyio.to_thread.run_sync(outcome.result)
            again = replace(request, format=name, options=dict(theirs), onto=outcome.result_json)
            outcome = await self._enriched(self.worker.readings.reading(claim, name, theirs), again, first)
        return await anyio.to_thread.run_sync(outcome.result)

    async def _enriched(self, reading: Claim, request: AttemptRequest, first: ExtractionResult) -> AttemptOutcome:
        try:
            outcome = await self.worker.readings.read_now(reading, request)
        except ExtractionError as exc:
            outcome = AttemptOutcome(error=exc)
        if outcome.error is None:
            return outcome
        lacking = without(first, str(request.format), str(outcome.error))
        return AttemptOutcome(result_json=lacking.model_dump_json().encode())


def _jobless(new: NewJob) -> Job:
    """What a job of this submission would be while it runs, for those who are asked before a reading."""
    given: dict[str, Any] = {field.name: getattr(new, field.name, None) for field in fields(Job)}
    now = datetime.now(UTC)
    given |= {"status": JobStatus.PROCESSING, "attempt": 1, "created_at": now, "updated_at": now, "started_at": now}
    given |= {"progress": 0, "retry_count": 0, "crash_count": 0, "cancel_requested": False, "has_result": False}
    return Job(**{**given, "options_hash": hash_options(new.options)})
