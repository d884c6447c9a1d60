"""From a claim to its settlement: finding the file, reading it, and saying how that ended."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import anyio.to_thread

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.enrichment import ENRICH, split, without
from pybase_extraction.errors import (
    ExtractionCancelledError,
    ExtractionError,
    ObjectNotFoundError,
    SourceNotFoundError,
)
from pybase_extraction.jobs import CacheKey, Claim, Job, Outcome, Settlement, hash_options
from pybase_extraction.source import Source
from pybase_extraction.storage.base import FILES, LocalFiles
from pybase_extraction.worker.observing import Observer, tell
from pybase_extraction.worker.running import Running
from pybase_extraction.worker.settings import Work
from pybase_extraction.worker.stored_results import complete, read_result

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import JobRepository
    from pybase_extraction.runners.base import Runner
    from pybase_extraction.storage.base import Storage

logger = logging.getLogger(__name__)

_NOTHING: Final = AttemptOutcome()


class Readings:
    """Reads the files of jobs.

    Args:
        repository: Where results are that are known already.
        storage: Where the files are.
        runner: What runs attempts.
        work: What every attempt gets.
        observers: Who is told, and who admits readings.
        service_slots: Most readings at once, by network service.
    """

    def __init__(
        self,
        repository: JobRepository,
        storage: Storage,
        runner: Runner,
        work: Work,
        observers: Sequence[Observer],
        service_slots: Mapping[str, int],
    ) -> None:
        self._repository = repository
        self._storage = storage
        self._runner = runner
        self._work = work
        self._observers = observers
        self._local = storage if isinstance(storage, LocalFiles) else None
        self._places = {name: asyncio.Semaphore(most) for name, most in service_slots.items()}

    async def conclude(self, running: Running) -> Settlement:
        """Run one attempt and say how it ended."""
        claim, started_ns = running.claim, time.time_ns()
        outcome = _NOTHING
        try:
            outcome = await self._run(running)
            settlement = await self._settlement(running, outcome)
        except ExtractionError as exc:
            outcome = AttemptOutcome(error=exc)
            settlement = self._work.policy_of(claim.job).settle(claim, exc)
        except Exception as exc:
            # a storage or a runner of the host may raise anything, and it must cost this attempt only
            logger.exception("the attempt of job %s failed outside of its extractor", claim.id)
            settlement = self._work.policy_of(claim.job).settle(claim, exc)
        finally:
            running.clean()
        tell(self._observers, "attempted", claim, outcome, started_ns)
        return settlement

    async def _run(self, running: Running) -> AttemptOutcome:
        """Take a known result, or read the file, and again by every extractor that is to enrich the result."""
        job = running.claim.job
        # without a key the file is extracted even when another job has the result of the same bytes
        if job.dedupe_key is not None and (known := await self._known(job)) is not None:
            return known
        if ENRICH not in job.options:
            return await self._read(running, running.claim)
        return await self._read_by_all(running)

    async def _settlement(self, running: Running, outcome: AttemptOutcome) -> Settlement:
        if running.again is not None:
            return running.again
        claim = running.claim
        if outcome.error is not None:
            return self._work.policy_of(claim.job).settle(claim, outcome.error)
        return await complete(claim, outcome, self._storage)

    async def _known(self, job: Job) -> AttemptOutcome | None:
        """The result that another job of the owner has of the same file; None when this one is to be extracted."""
        if job.content_sha256 is None or job.extractor is None:
            return None
        key = CacheKey(
            job.owner_id, job.content_sha256, job.extractor, str(job.extractor_version), hash_options(job.options)
        )
        try:
            # the name and the media type are evidence too, and the result repeats them
            same = [
                found
                for found in await self._repository.find_cached(key)
                if (found.filename, found.media_type) == (job.filename, job.media_type)
            ]
            if not same:
                return None
            data = await read_result(self._repository, self._storage, same[0].id, owner=job.owner_id)
        except Exception:
            # whatever it is, extracting needs neither that database nor that object
            logger.warning("whether the result of job %s is known could not be seen", job.id, exc_info=True)
            return None
        if data is None:
            return None
        return AttemptOutcome(result_json=data, extractor=job.extractor, extractor_version=job.extractor_version)

    # -- one reading --------------------------------------------------------------------------------------------

    def reading(self, claim: Claim, name: str, options: Mapping[str, object]) -> Claim:
        """The claim as it is for one of several readings."""
        service = self._work.service_of.get(name)
        return replace(claim, job=replace(claim.job, extractor=name, options=options, service=service))

    async def read_now(self, reading: Claim, request: AttemptRequest) -> AttemptOutcome:
        """Run a reading that no job asked for; whoever admits readings is asked, and services have no more places.

        Raises:
            ExtractionError: The reading is not admitted.
        """
        return await self._admit(reading, lambda: self._place(reading.job.service, request))

    async def _read(self, running: Running, reading: Claim, onto: bytes | None = None) -> AttemptOutcome:
        if not self._asked():
            return await self._attempt(running, reading.job, onto)
        return await self._admit(reading, lambda: self._attempt(running, reading.job, onto))

    def _asked(self) -> list[Observer]:
        return [observer for observer in self._observers if observer.admits]

    async def _admit(self, reading: Claim, read: Callable[[], Awaitable[AttemptOutcome]]) -> AttemptOutcome:
        outcome, admitted = _NOTHING, []
        started = time.monotonic()
        try:
            for observer in self._asked():
                await observer.admit(reading)
                admitted.append(observer)
            outcome = await read()
        except ExtractionError as exc:
            outcome = AttemptOutcome(error=exc)
            raise
        finally:
            for observer in admitted:
                await _tell_read(observer, reading, outcome, time.monotonic() - started)
        return outcome

    async def _attempt(self, running: Running, job: Job, onto: bytes | None) -> AttemptOutcome:
        if running.source is None:
            running.source = await self._source(running)
        request = AttemptRequest(
            running.source,
            format=job.extractor or job.format,
            options=dict(job.options),
            limits=self._work.limits,
            services=self._work.services,
            credentials=self._work.credentials,
            onto=onto,
        )
        return await self._place(job.service, request, cancelled=running.cancelled, progress=running.report)

    async def _place(self, service: str | None, request: AttemptRequest, **watched: Any) -> AttemptOutcome:
        places = self._places.get(service) if service is not None else None
        if places is None:
            return await self._runner.run(request, **watched)
        async with places:
            return await self._runner.run(request, **watched)

    async def _source(self, running: Running) -> Source:
        """Find the file of a job, or copy it to this machine."""
        job = running.claim.job
        if job.file_url is None:
            raise SourceNotFoundError(f"The job of {job.filename!r} names no stored file.", name=job.filename)
        most = self._work.limits.max_bytes
        if self._local is not None:
            path, size = self._local.locate(job.file_url, max_bytes=most)
        else:
            path = await self._storage.fetch(job.file_url, running.folder(), max_bytes=most)
            size = path.stat().st_size
        source = Source(job.filename, size, job.content_sha256 or "", job.media_type, path)
        return source if job.content_sha256 else await anyio.to_thread.run_sync(_digested, source)

    # -- further readings ---------------------------------------------------------------------------------------

    async def _read_by_all(self, running: Running) -> AttemptOutcome:
        claim = running.claim
        own, further = split(claim.job.options)
        outcome, done = await self._kept(claim)
        if outcome.result_json is None:
            name = claim.job.extractor or claim.job.format
            outcome = await self._read(running, self.reading(claim, name, own))
        for name, options in list(further.items())[done:]:
            if outcome.result_json is None:
                return outcome
            outcome = await self._enrich(running, self.reading(claim, name, options), outcome, done)
            done += 1
        await self._forget_kept(claim)
        return outcome

    async def _enrich(self, running: Running, reading: Claim, first: AttemptOutcome, done: int) -> AttemptOutcome:
        """Have a further extractor read the file; the first result is kept for a retry, and stands without one."""
        name = str(reading.job.extractor)
        try:
            outcome = await self._read(running, reading, first.result_json)
        except ExtractionError as exc:
            outcome = AttemptOutcome(error=exc)
        if outcome.error is None:
            version = f"{first.extractor_version}+{name}-{outcome.extractor_version}"
            return replace(outcome, extractor=first.extractor, extractor_version=version)
        if isinstance(outcome.error, ExtractionCancelledError):
            return outcome
        policy = self._work.policy(name)
        job = replace(reading.job, max_retries=min(reading.job.max_retries, policy.max_retries))
        settlement = policy.settle(replace(reading, job=job), outcome.error)
        if settlement.outcome is Outcome.RETRY:
            await self._keep(running.claim, first, done)
            running.again = settlement
            return outcome
        return await anyio.to_thread.run_sync(_unenriched, first, name, str(outcome.error))

    async def _keep(self, claim: Claim, first: AttemptOutcome, done: int) -> None:
        """Keep what was read for the next attempt; what nobody asks for any more goes with the orphaned files."""
        head = json.dumps([done, first.extractor, first.extractor_version]).encode()
        packed = await anyio.to_thread.run_sync(zlib.compress, head + b"\n" + (first.result_json or b""), 6)
        await self._storage.put(_kept_key(claim), packed)

    async def _kept(self, claim: Claim) -> tuple[AttemptOutcome, int]:
        """What an earlier attempt has read, and how many further readings are in it; an empty outcome when nothing."""
        if claim.job.retry_count == 0:
            return _NOTHING, 0
        try:
            head, _, data = zlib.decompress(await self._storage.read(_kept_key(claim))).partition(b"\n")
        except (ObjectNotFoundError, zlib.error):
            return _NOTHING, 0
        done, extractor, version = json.loads(head)
        return AttemptOutcome(result_json=data, extractor=extractor, extractor_version=version), done

    async def _forget_kept(self, claim: Claim) -> None:
        if claim.job.retry_count > 0:
            await self._storage.delete(_kept_key(claim))


async def _tell_read(observer: Observer, reading: Claim, outcome: AttemptOutcome, seconds: float) -> None:
    try:
        await observer.read(reading, outcome, seconds)
    except Exception:
        logger.exception("an observer failed at the reading of job %s", reading.id)


def _kept_key(claim: Claim) -> str:
    # among the submitted files, so that it is removed with their orphans when the job has ended otherwise
    return f"{FILES}/kept/{claim.id}.json.z"


def _unenriched(first: AttemptOutcome, name: str, reason: str) -> AttemptOutcome:
    return replace(first, result_json=without(first.result(), name, reason).model_dump_json().encode())


def _digested(source: Source) -> Source:
    assert source.path is not None
    return Source.from_path(source.path, name=source.name, media_type=source.media_type)
