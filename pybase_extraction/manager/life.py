"""Starting, serving, stopping: what a manager is made of, and the work that goes on beside its verbs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

import anyio
import anyio.to_thread

from pybase_extraction.environment import read_environment
from pybase_extraction.errors import WorkerCrashedError
from pybase_extraction.extractor import Limits
from pybase_extraction.jobs import Job
from pybase_extraction.manager.defaults import default_repository, default_storage, own_policies
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.base import RevokingDispatcher, Runner
from pybase_extraction.runners.opening import open_queue, open_runner
from pybase_extraction.storage.base import Storage
from pybase_extraction.telemetry import standard_observers
from pybase_extraction.worker import Observer, Work, Worker, WorkerSettings

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import JobRepository
    from pybase_extraction.runners.base import Dispatcher
    from pybase_extraction.storage.http import HttpSources

logger = logging.getLogger(__name__)


class Life:
    """Holds the parts of a manager, and keeps its worker going."""

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
        self.repository = repository or default_repository(environment.database, home)
        self.storage = storage or default_storage(environment.storage, home)
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
            retry_by_format={**own_policies(self.registry, retry or RetryPolicy()), **(retry_by_format or {})},
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


async def _revoke(dispatcher: RevokingDispatcher, messages: Iterable[str]) -> None:
    try:
        for message_id in messages:
            await dispatcher.revoke(message_id)
    except Exception:
        # whatever the queue raises: the jobs are cancelled, and their messages will find nothing to claim
        logger.warning("messages of cancelled jobs could not be revoked", exc_info=True)
