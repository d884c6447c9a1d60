"""``ExtractionManager``: the verbs that a host needs, over a repository, a storage and a runner."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

import anyio
import anyio.to_thread

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.enrichment import ENRICH, Enrichment, put_down, readings_of, split, without
from pybase_extraction.environment import read_environment
from pybase_extraction.errors import (
    ExtractionError,
    FileTooLargeError,
    ForbiddenAddressError,
    JobNotFoundError,
    JobStateError,
    OptionsError,
    StorageError,
    WorkerCrashedError,
)
from pybase_extraction.extractor import ExtractorInfo, Limits
from pybase_extraction.jobs import (
    ALL_OWNERS,
    ENDED,
    Attempt,
    Batch,
    CacheKey,
    Claim,
    Job,
    JobQuery,
    JobStats,
    JobStatus,
    NewBatch,
    NewJob,
    Owner,
    Page,
    PageKey,
    hash_options,
)
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import ExtractionResult
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.base import RevokingDispatcher, Runner
from pybase_extraction.runners.opening import open_queue, open_runner
from pybase_extraction.source import Source
from pybase_extraction.storage.base import FILES, RESULTS, KnownContent, Storage, StoredObject, content_key, is_address
from pybase_extraction.telemetry import standard_observers
from pybase_extraction.worker import Observer, Work, Worker, WorkerSettings, read_result

if TYPE_CHECKING:
    import os

    from pybase_extraction.repositories.base import HostSession, JobRepository
    from pybase_extraction.runners.base import Dispatcher
    from pybase_extraction.storage.http import HttpSources

    File = str | os.PathLike[str] | Source

T = TypeVar("T")

logger = logging.getLogger(__name__)

_PLACE = ("record_id", "field_id", "attachment_id", "target_table_id")
_FRESH_S = 3600.0
"""Seconds for which a stored file is safe from ``remove_orphans``: longer than any upload takes to be committed."""
_REST = 4
"""How many times as long as it looks a watcher rests at least."""
_LOOK_S = 1.0
"""Seconds between two looks at a job that is watched, when nothing wakes the watcher before."""


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something that changed about a job.

    Attributes:
        job: The job as it is now, with its progress up to date.
        message: What the extractor says it is doing, when it runs in this process; None otherwise.
    """

    job: Job
    message: str | None = None


class ExtractionManager:
    """Submits files, runs their extraction off the event loop, and keeps what became of them.

    ::

        async with ExtractionManager() as manager:
            job = await manager.submit("drawing.pdf", owner="mara")
            await manager.wait(job.id, owner="mara")
            result = await manager.result(job.id, owner="mara")

    Every verb about jobs takes ``owner``: an owner's id, None for jobs that belong to nobody, or ``ALL_OWNERS``.
    """

    def __init__(
        self,
        repository: JobRepository | None = None,
        storage: Storage | None = None,
        *,
        retry: RetryPolicy | None = None,
        runner: Runner | str | None = None,
        registry: ExtractorRegistry | None = None,
        limits: Limits | None = None,
        works: bool = True,
        settings: WorkerSettings | None = None,
        retry_by_format: Mapping[str, RetryPolicy] | None = None,
        enable_services: Iterable[str] = (),
        credentials: Mapping[str, str] | None = None,
        dispatcher: Dispatcher | str | None = None,
        observers: Iterable[Observer] = (),
        http_sources: HttpSources | None = None,
    ) -> None:
        """Make a manager; nothing is opened before ``start``.

        Args:
            repository: Where jobs are kept; SQLite in the data folder when None.
            storage: Where files are kept; what the environment names, or a folder in the data folder, when None.
            retry: When to try again; ``RetryPolicy()`` when None.
            runner: Where attempts run, or the name of a runner; child processes when None.
            registry: The extractors; the installed ones when None.
            limits: What one attempt may use; ``Limits()`` when None.
            works: Whether this process takes jobs itself; False where others do.
            settings: How its worker works.
            retry_by_format: Other policies for single formats; they replace the limit that an extractor whose attempts
                cost money sets itself (``ExtractorInfo.max_retries``).
            enable_services: Network services that files may be sent to, for example ``{"werk24"}``.
            credentials: Secrets of those services; from the environment when None.
            dispatcher: An external queue that runs the jobs, with ``run`` in its tasks, or its address, for example
                ``celery://host.tasks:app``; this process then only keeps them going.
            observers: Who is told what happens to jobs in this process.
            http_sources: Addresses that ``submit`` may read files from; None refuses every address.
        """
        environment = read_environment()
        home = environment.home or Path("pybase-data")
        self.repository = repository or _default_repository(environment.database, home)
        self.storage = storage or _default_storage(environment.storage, home)
        self.registry = registry or ExtractorRegistry.discover()
        self.runner: Runner = (
            open_runner(runner or "process", None, self.registry) if isinstance(runner, str | None) else runner
        )
        self.works = works
        self.work = Work(
            limits=limits or Limits(),
            services=frozenset(enable_services),
            credentials=dict(environment.credentials if credentials is None else credentials),
            retry=retry or RetryPolicy(),
            retry_by_format={**_own_policies(self.registry, retry or RetryPolicy()), **(retry_by_format or {})},
            service_of={
                info.name: info.network_service
                for info in self.registry.extractors()
                if info.network_service is not None
            },
        )
        self.http_sources = http_sources
        self.dispatcher = (
            open_queue(dispatcher, self.repository, self.registry) if isinstance(dispatcher, str) else dispatcher
        )
        self.worker = Worker(
            self.repository,
            self.storage,
            self.runner,
            self.work,
            settings,
            dispatcher=self.dispatcher,
            observers=[*observers, *standard_observers(self.registry)],
        )
        self._dispatching: set[asyncio.Task[None]] = set()
        self._serving: asyncio.Task[None] | None = None
        self._is_started = False
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- life ---------------------------------------------------------------------------------------------------

    async def start(self) -> Self:
        """Open the repository and, if this process works, start taking jobs."""
        await self.repository.__aenter__()
        self.runner.bind(self.registry)
        await self.runner.__aenter__()
        if self.works:
            # a task of its own rather than a task group: start and stop may be called from different tasks
            self._serving = asyncio.create_task(self._serve(), name=f"extraction worker {self.worker.name}")
        self._loop = asyncio.get_running_loop()
        self._is_started = True
        return self

    async def _serve(self) -> None:
        try:
            await self.worker.serve()
        except Exception:
            logger.exception("the worker of this process has ended; its jobs go to others")
            raise

    def check_serving(self) -> None:
        """Do nothing as long as the worker of this process works, was stopped, or was never asked to work.

        Raises:
            WorkerCrashedError: It has ended by a failure.
        """
        serving = self._serving
        failure = serving.exception() if serving is not None and serving.done() and not serving.cancelled() else None
        if failure is not None:
            first = failure
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise WorkerCrashedError(
                f"The worker of this process has ended: {str(first).rstrip('.') or type(first).__name__}.",
                remedy="The jobs are kept. Mend what the log says, and start again.",
            ) from failure

    async def run_until_stopped(self) -> None:
        """Work until SIGTERM or SIGINT comes, then drain and return.

        The manager is started if it is not.  Needs the main thread of a system whose event loops hear signals, which
        those of Windows do not.
        """
        if not self._is_started:
            await self.start()
        try:
            with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
                async for _ in signals:
                    break
        finally:
            await self.stop()

    async def stop(self, *, drain: bool = True) -> None:
        """Stop taking jobs; give running ones the grace period, then give them back to others.

        Args:
            drain: False gives running jobs back at once.
        """
        if not self._is_started:
            return
        self._is_started = False
        serving, self._serving = self._serving, None
        try:
            if serving is not None:
                self.worker.stop()
                if not drain:
                    serving.cancel()
                await asyncio.wait([serving])  # what ended it was logged, and told to those who waited
            if self._dispatching:
                await asyncio.wait(self._dispatching)
        finally:
            await self.runner.__aexit__(None, None, None)
            await self.repository.close()
            for observer in self.worker.observers:
                await anyio.to_thread.run_sync(observer.close)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop(drain=exc_info[0] is None)

    # -- submitting ---------------------------------------------------------------------------------------------

    async def submit(
        self,
        file: File,
        *,
        owner: str | None,
        format: str | None = None,  # noqa: A002 -- the vocabulary's word
        options: Mapping[str, Any] | None = None,
        enrich: Enrichment = (),
        force: bool = False,
        session: HostSession | None = None,
        **fields: Any,
    ) -> Job:
        """Store a file and add a job for it; the same file, extractor and options are not extracted twice.

        Args:
            file: Path, a ``Source``, or an http(s) address where ``http_sources`` allows it: what is there is copied to
                the storage before this returns, and the job keeps the key of the copy.
            owner: To whom the job belongs.
            format: Format or extractor; detected from the content when None.
            options: Options of the extractor, checked now.
            enrich: Further extractors that read the file and whose results are merged with the first one, as for
                ``extract``; the job keeps them as its option ``enrich``, where they may be given too. When one fails
                for good, the job is completed without it, and its result is partial.
            force: Extract again even if there is a result.
            session: The host's transaction to join: the job exists if and only if the host commits.
            **fields: Further fields of ``NewJob``: ``record_id``, ``priority``, ``callback``...

        Raises:
            SourceError: The file is missing, empty or of no known format.
            OptionsError: An option is unknown or wrong.
            FileTooLargeError: The file is larger than the limit; nothing is stored.
            ForbiddenAddressError: The address may not be read.
        """
        if is_address(file):
            with tempfile.TemporaryDirectory(prefix="http-", ignore_cleanup_errors=True) as folder:
                source = await self._download(str(file), Path(folder))
                return await self.submit(
                    source,
                    owner=owner,
                    format=format,
                    options=options,
                    enrich=enrich,
                    force=force,
                    session=session,
                    **fields,
                )
        source = file if isinstance(file, Source) else await anyio.to_thread.run_sync(Source.from_path, Path(file))
        new = await self._prepare(source, owner, format, _with(options, enrich), force=force, fields=fields)
        if not force and (found := await self._known(new)) is not None:
            return found
        await self._keep(source, str(new.file_url))
        submitted = await self.repository.submit(new, session=session, on_commit=self._committed)
        return submitted.job

    async def _download(self, url: str, folder: Path) -> Source:
        allowed = self.http_sources
        if allowed is None:
            raise ForbiddenAddressError(
                "Files are not read from addresses here.", remedy="Give the manager http_sources, or upload the file."
            )
        limit = self.work.limits.max_bytes
        return await anyio.to_thread.run_sync(lambda: allowed.download(url, folder, max_bytes=limit))

    async def submit_stored(
        self,
        key: str,
        *,
        owner: str | None,
        name: str | None = None,
        format: str | None = None,  # noqa: A002 -- the vocabulary's word
        options: Mapping[str, Any] | None = None,
        enrich: Enrichment = (),
        force: bool = False,
        session: HostSession | None = None,
        **fields: Any,
    ) -> Job:
        """Add a job for a file that is in the storage already, under a key of the host's own.

        Whether that owner may have the file read is for the caller to know.

        Args:
            key: Key of the file; the job keeps it.
            owner: To whom the job belongs.
            name: Display name; the last part of the key when None.
            format: As for ``submit``.
            options: As for ``submit``.
            enrich: As for ``submit``.
            force: As for ``submit``.
            session: As for ``submit``.
            **fields: As for ``submit``.

        Raises:
            ObjectNotFoundError: The storage holds no such file.
            SourceError: It is empty or of no known format.
            OptionsError: An option is unknown or wrong.
            FileTooLargeError: It is larger than the limit.
        """
        with tempfile.TemporaryDirectory(prefix="stored-", ignore_cleanup_errors=True) as folder:
            path = await self.storage.fetch(key, Path(folder), max_bytes=self.work.limits.max_bytes)
            shown = name or key.rpartition("/")[2]
            source = await anyio.to_thread.run_sync(lambda: Source.from_path(path, name=shown))
            prepared = await self._prepare(source, owner, format, _with(options, enrich), force=force, fields=fields)
        new = replace(prepared, file_url=key)
        if not force and (found := await self._known(new)) is not None:
            return found
        return (await self.repository.submit(new, session=session, on_commit=self._committed)).job

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
        source = file if isinstance(file, Source) else await anyio.to_thread.run_sync(Source.from_path, Path(file))
        own, given = split(_with(options, enrich))
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

    def _committed(self, job_ids: Sequence[UUID]) -> None:
        """Let workers know of new jobs; called from whichever thread commits."""
        self.repository.notify()
        if self.dispatcher is not None and self._loop is not None:
            # a host that commits when its loop is closed already has committed; another maintenance dispatches
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._dispatch_soon, list(job_ids))

    def _dispatch_soon(self, job_ids: Sequence[UUID]) -> None:
        self._in_background(self.worker.dispatching.send_soon(job_ids))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._dispatching.add(task)
        task.add_done_callback(self._dispatching.discard)

    def _revoke_soon(self, jobs: Sequence[Job]) -> None:
        """Take the messages of cancelled jobs back, without making the caller wait for the queue."""
        messages = [job.external_task_id for job in jobs if job.external_task_id is not None]
        if messages and isinstance(self.dispatcher, RevokingDispatcher):
            self._in_background(_revoke(self.dispatcher, messages))

    async def submit_many(
        self,
        files: Iterable[File],
        *,
        owner: str | None,
        format: str | None = None,  # noqa: A002 -- the vocabulary's word
        options: Mapping[str, Any] | None = None,
        enrich: Enrichment = (),
        force: bool = False,
        session: HostSession | None = None,
        **fields: Any,
    ) -> Batch:
        """Store files and add a batch of jobs for them in one transaction.

        Arguments and errors are those of ``submit``; an error in one file leaves no job of any.
        """
        new: list[NewJob] = []
        batch = NewBatch(owner_id=owner)
        for file in files:
            source = file if isinstance(file, Source) else await anyio.to_thread.run_sync(Source.from_path, Path(file))
            prepared = await self._prepare(source, owner, format, _with(options, enrich), force=force, fields=fields)
            # a batch counts its own jobs: a live job of another batch cannot stand for one of them
            new.append(replace(prepared, dedupe_key=None if force else f"{batch.id}:{len(new)}"))
            await self._keep(source, str(prepared.file_url))
        await self.repository.submit_many(new, batch=batch, session=session, on_commit=self._committed)
        return await self.batch(batch.id, owner=owner) if session is None else _unread(batch, len(new))

    async def _prepare(
        self,
        source: Source,
        owner: str | None,
        wanted: str | None,
        options: Mapping[str, Any],
        *,
        force: bool,
        fields: Mapping[str, Any],
    ) -> NewJob:
        limit = self.work.limits.max_bytes
        if limit is not None and source.size > limit:
            raise FileTooLargeError(
                f"{source.name!r} has {source.size} bytes; {limit} are allowed.",
                limit=limit,
                actual=source.size,
                unit="bytes",
                name=source.name,
                remedy="Raise max_bytes, or split the file.",
            )
        detected = wanted or (await anyio.to_thread.run_sync(self.registry.detect, source)).format
        info = self.registry.choose(detected)
        own, further = split(options)
        readers = {name: self.registry.choose(name) for name in further}
        stored_options = _storable(self.registry, info, own)
        if further:
            stored_options[ENRICH] = put_down(
                {readers[name].name: _storable(self.registry, readers[name], given) for name, given in further.items()}
            )
        version = "+".join([info.version, *(f"{each.name}-{each.version}" for each in readers.values())])
        services = [each.network_service for each in (info, *readers.values()) if each.network_service is not None]
        # the same bytes in another place of the host are another job: its outcome belongs to another row
        place = [str(fields[name]) for name in _PLACE if fields.get(name) is not None]
        identity = (source.sha256, info.name, version, hash_options(stored_options), *place)
        return NewJob(
            format=info.formats[0].name if detected == info.name else detected,
            filename=source.name,
            file_url=content_key(source.sha256),
            file_size=source.size,
            media_type=source.media_type,
            content_sha256=source.sha256,
            options=stored_options,
            owner_id=owner,
            extractor=info.name,
            extractor_version=version,
            service=services[0] if services else None,
            dedupe_key=None if force else ":".join(identity),
            **{"max_retries": self.work.policy(detected).max_retries, **fields},
        )

    async def _keep(self, source: Source, key: str) -> None:
        storage = self.storage
        if source.data is not None and isinstance(storage, KnownContent) and source.size <= storage.direct_bytes:
            await storage.put_known(key, source.data, source.sha256)
            return
        stored = await self.storage.stat(key)
        # what is there for long may be an orphan that is about to be removed: storing it again makes it new
        if stored is None or stored.is_older_than(_FRESH_S):
            await self.storage.put(key, source.path or source.read(), max_bytes=self.work.limits.max_bytes)

    async def _known(self, new: NewJob) -> Job | None:
        """The completed job that has the same result already."""
        key = CacheKey(
            new.owner_id,
            str(new.content_sha256),
            str(new.extractor),
            str(new.extractor_version),
            hash_options(new.options),
        )
        for found in await self.repository.find_cached(key):
            if all(getattr(found, name) == getattr(new, name) for name in _PLACE):
                return found
        return None

    # -- looking ------------------------------------------------------------------------------------------------

    async def get(self, job_id: UUID, *, owner: Owner) -> Job:
        """Read one job.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
        """
        job = await self.repository.get(job_id, owner=owner)
        if job is None:
            raise _not_found(job_id)
        return job

    async def result(self, job_id: UUID, *, owner: Owner) -> ExtractionResult:
        """Read the result of a completed job.

        Raises:
            JobNotFoundError: There is no such job.
            JobStateError: It is not completed.
            StorageError: The stored result is not what was written.
        """
        return await anyio.to_thread.run_sync(
            ExtractionResult.model_validate_json, await self.result_json(job_id, owner=owner)
        )

    async def result_json(self, job_id: UUID, *, owner: Owner) -> bytes:
        """Read the result as JSON; errors as ``result``."""
        job = await self.get(job_id, owner=owner)
        if job.status is not JobStatus.COMPLETED:
            raise JobStateError(
                f"Job {job_id} is {job.status} and has no result.",
                job_id=str(job_id),
                status=job.status,
                remedy=job.error_message,
            )
        data = await read_result(self.repository, self.storage, job_id, owner=owner)
        if data is None:
            raise _not_found(job_id)
        return data

    async def find(
        self,
        query: JobQuery | None = None,
        *,
        owner: Owner,
        limit: int = 100,
        after: PageKey | None = None,
        offset: int = 0,
        oldest_first: bool = False,
        session: HostSession | None = None,
    ) -> Page:
        """List jobs, newest first; with ``session`` also what that transaction has added and not committed yet."""
        return await self.repository.find(
            query,
            owner=owner,
            limit=limit,
            after=after,
            offset=offset,
            oldest_first=oldest_first,
            session=session,
        )

    async def count(self, query: JobQuery | None = None, *, owner: Owner) -> int:
        """Count the jobs that a query finds; walks over all of them, which ``stats`` does not."""
        return await self.repository.count(query, owner=owner)

    async def attempts(self, job_id: UUID, *, owner: Owner) -> Sequence[Attempt]:
        """Read the log of a job's attempts, first to last."""
        await self.get(job_id, owner=owner)
        return await self.repository.attempts(job_id, owner=owner)

    async def stats(self, *, owner: Owner) -> JobStats:
        """Count jobs by status."""
        return await self.repository.stats(owner=owner)

    async def batch(self, batch_id: UUID, *, owner: Owner) -> Batch:
        """Read a batch with the counts of its jobs.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
        """
        batch = await self.repository.get_batch(batch_id, owner=owner)
        if batch is None:
            raise JobNotFoundError(f"There is no batch {batch_id}.", job_id=str(batch_id))
        return batch

    async def watch(self, job_id: UUID, *, owner: Owner) -> AsyncIterator[JobEvent]:
        """Give the job whenever it has changed, until it has ended; begins with how it is.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
            WorkerCrashedError: The worker of this process has ended by a failure, so nobody here extracts.
        """
        seen: tuple[object, ...] = ()
        pace = _Pace()
        while True:
            self.check_serving()
            event = self._live(await pace.of(self.get(job_id, owner=owner)))
            state = (event.job.status, event.job.progress, event.job.attempt, event.message)
            if state != seen:
                seen = state
                yield event
            if event.job.status.is_final:
                return
            # progress of a job that runs here is not written at once, so it is looked for more often
            is_here = job_id in self.worker.running
            await pace.rest()
            await self.repository.wait_for_change(0.1 if is_here else _LOOK_S)

    async def watch_batch(self, batch_id: UUID, *, owner: Owner) -> AsyncIterator[Batch]:
        """Give the batch whenever its counts have changed, until all its jobs have ended."""
        seen: Batch | None = None
        pace = _Pace()
        while True:
            self.check_serving()
            batch = await pace.of(self.batch(batch_id, owner=owner))
            if batch != seen:
                seen = batch
                yield batch
            if batch.is_ended:
                return
            await pace.rest()
            await self.repository.wait_for_change(_LOOK_S)

    def _live(self, job: Job) -> JobEvent:
        running = self.worker.running.get(job.id)
        if running is None or job.status is not JobStatus.PROCESSING:
            return JobEvent(job)
        return JobEvent(replace(job, progress=max(job.progress, running.progress)), running.message)

    async def wait(self, job_id: UUID, *, owner: Owner) -> Job:
        """Wait until a job has ended; bound it with ``anyio.fail_after``."""
        job = await self.get(job_id, owner=owner)
        async for event in self.watch(job_id, owner=owner):
            job = event.job
        return job

    async def wait_batch(self, batch_id: UUID, *, owner: Owner) -> Batch:
        """Wait until all jobs of a batch have ended."""
        batch = await self.batch(batch_id, owner=owner)
        async for event in self.watch_batch(batch_id, owner=owner):
            batch = event
        return batch

    # -- steering -----------------------------------------------------------------------------------------------

    async def cancel(self, job_id: UUID, *, owner: Owner) -> Job:
        """Cancel a pending job at once; ask a running one to stop, which takes at most a few seconds.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
            JobStateError: It has ended already.
        """
        job = await self.get(job_id, owner=owner)
        changed = await self.repository.cancel(owner=owner, job_id=job_id)
        if not changed:
            raise _wrong_state(job, "cancelled")
        self.worker.cancel(job_id)
        self._revoke_soon(changed)
        return changed[0]

    async def cancel_batch(self, batch_id: UUID, *, owner: Owner) -> Sequence[Job]:
        """Cancel every live job of a batch."""
        changed = await self.repository.cancel(owner=owner, batch_id=batch_id)
        for job in changed:
            self.worker.cancel(job.id)
        self._revoke_soon(changed)
        return changed

    async def retry(self, job_id: UUID, *, owner: Owner) -> Job:
        """Try a failed or cancelled job again, with all its retries.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
            JobStateError: It has neither failed nor was it cancelled.
        """
        job = await self.get(job_id, owner=owner)
        changed = await self.repository.retry(owner=owner, job_id=job_id)
        if not changed:
            raise _wrong_state(job, "retried")
        self._committed([job_id])
        return changed[0]

    async def retry_batch(self, batch_id: UUID, *, owner: Owner) -> Sequence[Job]:
        """Try the failed jobs of a batch again."""
        changed = await self.repository.retry(owner=owner, batch_id=batch_id)
        self._committed([job.id for job in changed])
        return changed

    async def delete(self, job_id: UUID, *, owner: Owner) -> None:
        """Delete an ended job with its result.

        Raises:
            JobNotFoundError: There is none of that id for that owner.
            JobStateError: It has not ended; cancel it first.
        """
        job = await self.get(job_id, owner=owner)
        deleted = await self.repository.delete(owner=owner, job_ids=[job_id])
        if not deleted:
            raise _wrong_state(job, "deleted")
        await self._delete_results(deleted)

    async def prune(self, query: JobQuery, *, owner: Owner, limit: int = 1000, dry_run: bool = False) -> Sequence[Job]:
        """Delete ended jobs that a query finds, oldest first, with their results; only list them when ``dry_run``."""
        pruned = await self.repository.prune(query, owner=owner, limit=limit, dry_run=dry_run)
        if not dry_run:
            await self._delete_results(pruned)
        return pruned

    async def _delete_results(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if job.result_key is not None:
                await self.storage.delete(job.result_key)

    async def rescue(self) -> int:
        """Take jobs away from workers that have died, as the maintenance does from time to time; tells how many."""
        rescued = await self.repository.rescue(self.work.settle_orphan)
        self._committed([settled.id for settled in rescued if settled.status is JobStatus.PENDING])
        return len(rescued)

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
        if older_than_s < _FRESH_S:
            raise ValueError(f"older_than_s must be at least {_FRESH_S:g}, not {older_than_s:g}")
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

    async def run(self, job_id: UUID) -> Job:
        """Run one job now, in this task: what a task of an external queue does with the id that it carries.

        A job that is not ready, because a message came twice or late, is left alone and given back as it is.  So is one
        for which the limits of ``WorkerSettings.claims`` have no room: a message is sent for it again when they have.
        """
        settings = self.worker.settings
        limits = settings.claims.limits
        # a repository of the host that knows no limits is asked for none
        within = {"limits": limits} if limits else {}
        claim = await self.repository.claim_by_id(job_id, worker=self.worker.name, lease_s=settings.lease_s, **within)
        if claim is not None:
            await self.worker.run_one(claim)
            if limits:
                await self.worker.dispatching.send_held_up(claim.job.format)
        return await self.get(job_id, owner=ALL_OWNERS)


class _Pace:
    """Has those who watch rest for longer than they look.

    Any settlement wakes all of them: without a pause many watchers, or one of a large batch, would ask the database
    without end.  Looks that have to queue take longer, so the pauses grow with the number of those who watch.
    """

    def __init__(self) -> None:
        self._took_s = 0.0

    async def of(self, look: Coroutine[Any, Any, T]) -> T:
        started = time.monotonic()
        found = await look
        self._took_s = time.monotonic() - started
        return found

    async def rest(self) -> None:
        await anyio.sleep(min(_LOOK_S, _REST * self._took_s))


def _jobless(new: NewJob) -> Job:
    """What a job of this submission would be while it runs, for those who are asked before a reading."""
    given: dict[str, Any] = {field.name: getattr(new, field.name, None) for field in fields(Job)}
    now = datetime.now(UTC)
    given |= {"status": JobStatus.PROCESSING, "attempt": 1, "created_at": now, "updated_at": now, "started_at": now}
    given |= {"progress": 0, "retry_count": 0, "crash_count": 0, "cancel_requested": False, "has_result": False}
    return Job(**{**given, "options_hash": hash_options(new.options)})


def _own_policies(registry: ExtractorRegistry, policy: RetryPolicy) -> dict[str, RetryPolicy]:
    """The host's policy, limited for the formats whose extractors say that an attempt costs money."""
    return {
        name: replace(
            policy,
            max_retries=min(policy.max_retries, info.max_retries),
            max_crashes=min(policy.max_crashes, info.max_retries + 1),
            unknown_retries=0,
        )
        for info in registry.extractors()
        if info.max_retries is not None
        for name in (info.name, *(item.name for item in info.formats))
    }


def _default_repository(database: str | None, home: Path) -> JobRepository:
    from pybase_extraction.repositories.sql import SqlJobRepository

    if database is None:
        _make_home(home)
    return SqlJobRepository(database or home / "jobs.sqlite")


def _make_home(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StorageError(
            f"The data folder cannot be made: {exc.strerror or type(exc).__name__}.",
            remedy=f"Make {str(home)!r} writable, or set PYBASE_EXTRACTION_HOME to a folder that is.",
        ) from exc


def _default_storage(address: str | None, home: Path) -> Storage:
    from pybase_extraction.storage.opening import open_storage

    return open_storage(address or str(home / "storage"))


async def _revoke(dispatcher: RevokingDispatcher, messages: Iterable[str]) -> None:
    try:
        for message_id in messages:
            await dispatcher.revoke(message_id)
    except Exception:
        # whatever the queue raises: the jobs are cancelled, and their messages will find nothing to claim
        logger.warning("messages of cancelled jobs could not be revoked", exc_info=True)


def _storable(registry: ExtractorRegistry, info: ExtractorInfo, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as they are kept in the row: checked, without defaults, and without any secret."""
    from pydantic import SecretBytes, SecretStr

    checked = registry.validate_options(info.name, options)
    for name in checked.model_fields_set:
        if isinstance(getattr(checked, name), SecretStr | SecretBytes):
            raise OptionsError(
                f"The option {name!r} is a secret and cannot be kept with a job.",
                errors=((name, "is a secret"),),
                remedy="Use extract() for this file, or give the manager credentials.",
            )
    return checked.model_dump(mode="json", exclude_unset=True)


def _with(options: Mapping[str, Any] | None, enrich: Enrichment) -> dict[str, Any]:
    """Options together with the readings that enrich the result."""
    further = readings_of(enrich)
    return {**(options or {}), **({ENRICH: put_down(further)} if further else {})}


def _not_found(job_id: UUID) -> JobNotFoundError:
    return JobNotFoundError(
        f"There is no job {job_id}.",
        job_id=str(job_id),
        remedy="Look with the owner and the database that it was submitted with; old jobs may have been purged.",
    )


def _wrong_state(job: Job, verb: str) -> JobStateError:
    return JobStateError(f"Job {job.id} is {job.status} and cannot be {verb}.", job_id=str(job.id), status=job.status)


def _unread(batch: NewBatch, jobs: int) -> Batch:
    """What a batch is before the host has committed it: it cannot be read by others yet."""
    return Batch(
        id=batch.id, owner_id=batch.owner_id, target_table_id=batch.target_table_id, callback=batch.callback,
        metadata=batch.metadata, sealed=batch.sealed, created_at=datetime.now(UTC), completed_at=None, pending=jobs,
        processing=0, completed=0, failed=0, cancelled=0, progress=0,
    )  # fmt: skip
