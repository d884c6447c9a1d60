"""The manager's verbs for synchronous code, over one event loop in a thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from anyio.from_thread import BlockingPortal, start_blocking_portal

from pybase_extraction.jobs import Attempt, Batch, Job, JobQuery, JobStats, Owner, Page
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.results import ExtractionResult

if TYPE_CHECKING:
    from pybase_extraction.manager import File

T = TypeVar("T")


class BlockingExtractionManager:
    """``ExtractionManager`` for code without an event loop; may be used from any thread.

    Its loop runs in a thread that starts with ``start`` and belongs to the process that started it: after a fork, make
    another one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take the arguments of ``ExtractionManager``."""
        self._make: Callable[[], ExtractionManager] = lambda: ExtractionManager(*args, **kwargs)
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None
        self._pid = 0

    def start(self) -> Self:
        """Start the loop and the manager in it."""
        with self._lock:
            if self._portal is not None:
                return self
            portal = self._stack.enter_context(start_blocking_portal())
            try:
                self._manager = portal.call(self._build)
                self._stack.enter_context(portal.wrap_async_context_manager(self._manager))
            except BaseException:
                self._stack.close()
                raise
            self._portal, self._pid = portal, os.getpid()
        return self

    async def _build(self) -> ExtractionManager:
        # in the loop: what a manager is made of may belong to the loop that made it
        return self._make()

    def stop(self) -> None:
        """Drain and end the loop."""
        with self._lock:
            self._portal = None
            self._stack.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def manager(self) -> ExtractionManager:
        """The manager underneath; its coroutines belong to the loop of this object."""
        self._running()
        return self._manager

    def _running(self) -> BlockingPortal:
        if self._portal is None or self._pid != os.getpid():
            raise RuntimeError(
                "the manager is not started in this process; use it as: with BlockingExtractionManager()"
            )
        return self._portal

    def _call(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        answer: T = self._running().call(work)
        return answer

    def submit(self, file: File, *, owner: str | None, **arguments: Any) -> Job:
        """Store a file and add a job for it."""
        return self._call(lambda: self._manager.submit(file, owner=owner, **arguments))

    def submit_many(self, files: Iterable[File], *, owner: str | None, **arguments: Any) -> Batch:
        """Store files and add a batch of jobs for them."""
        return self._call(lambda: self._manager.submit_many(files, owner=owner, **arguments))

    def get(self, job_id: UUID, *, owner: Owner) -> Job:
        """Read one job."""
        return self._call(lambda: self._manager.get(job_id, owner=owner))

    def result(self, job_id: UUID, *, owner: Owner) -> ExtractionResult:
        """Read the result of a completed job."""
        return self._call(lambda: self._manager.result(job_id, owner=owner))

    def find(self, query: JobQuery | None = None, *, owner: Owner, **arguments: Any) -> Page:
        """List jobs, newest first."""
        return self._call(lambda: self._manager.find(query, owner=owner, **arguments))

    def attempts(self, job_id: UUID, *, owner: Owner) -> Sequence[Attempt]:
        """Read the log of a job's attempts."""
        return self._call(lambda: self._manager.attempts(job_id, owner=owner))

    def stats(self, *, owner: Owner) -> JobStats:
        """Count jobs by status."""
        return self._call(lambda: self._manager.stats(owner=owner))

    def batch(self, batch_id: UUID, *, owner: Owner) -> Batch:
        """Read a batch with the counts of its jobs."""
        return self._call(lambda: self._manager.batch(batch_id, owner=owner))

    def wait(self, job_id: UUID, *, owner: Owner) -> Job:
        """Wait until a job has ended."""
        return self._call(lambda: self._manager.wait(job_id, owner=owner))

    def wait_batch(self, batch_id: UUID, *, owner: Owner) -> Batch:
        """Wait until all jobs of a batch have ended."""
        return self._call(lambda: self._manager.wait_batch(batch_id, owner=owner))

    def cancel(self, job_id: UUID, *, owner: Owner) -> Job:
        """Cancel a pending job, or ask a running one to stop."""
        return self._call(lambda: self._manager.cancel(job_id, owner=owner))

    def retry(self, job_id: UUID, *, owner: Owner) -> Job:
        """Try a failed or cancelled job again."""
        return self._call(lambda: self._manager.retry(job_id, owner=owner))

    def delete(self, job_id: UUID, *, owner: Owner) -> None:
        """Delete an ended job with its result."""
        return self._call(lambda: self._manager.delete(job_id, owner=owner))

    def prune(self, query: JobQuery, *, owner: Owner, **arguments: Any) -> Sequence[Job]:
        """Delete ended jobs that a query finds."""
        return self._call(lambda: self._manager.prune(query, owner=owner, **arguments))

    def run(self, job_id: UUID) -> Job:
        """Run one job now."""
        return self._call(lambda: self._manager.run(job_id))
