"""Jobs through Celery: a message carries the id of a job and nothing else.

The job is claimed in the database by the task, so what the broker loses is sent again by the maintenance, and what it
doubles or delivers late finds nothing to claim.  The tasks are registered with
``pybase_extraction.integrations.celery.install``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import anyio
import anyio.to_thread

from pybase_extraction.jobs import ALL_OWNERS, Job

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import JobRepository

TASK: Final = "pybase_extraction.run"
"""Name under which the task is registered, and called."""

QueueOf = Callable[[Job], str | None]
"""Names the queue for a job, for example by its format and priority; None is the application's default queue."""


class CeleryRunner:
    """The dispatcher of a manager whose jobs are run by Celery workers.

    When a job is due is known to the database alone: a job that is scheduled or retried later is sent when its time has
    come, never with an eta, which brokers keep in memory or deliver twice.
    """

    def __init__(
        self,
        app: Any,
        *,
        task: str = TASK,
        repository: JobRepository | None = None,
        queue_of: QueueOf | None = None,
    ) -> None:
        """Make a dispatcher; nothing is connected before the first message.

        Args:
            app: The host's ``celery.Celery``.
            task: Name of the task, as ``install`` was given it.
            repository: The manager's repository, from which jobs are read to route them; needed by ``queue_of``.
            queue_of: Chooses a queue; every job goes to the default queue when None.
        """
        if queue_of is not None and repository is None:
            raise ValueError("queue_of needs the repository, which knows the format and the priority of a job")
        self._app = app
        self._task = task
        self._repository = repository
        self._queue_of = queue_of
        self._limiter: anyio.CapacityLimiter | None = None

    async def dispatch(self, job_id: UUID) -> str:
        """Send one message.

        Returns:
            The id of the Celery task.

        Raises:
            kombu.exceptions.OperationalError: The broker cannot be reached.
        """
        queue = await self._queue(job_id)
        # one thread at a time: a broker that is away must not use up the threads of the host's loop
        self._limiter = self._limiter or anyio.CapacityLimiter(1)
        return await anyio.to_thread.run_sync(self._send, job_id, queue, limiter=self._limiter)

    async def revoke(self, message_id: str) -> None:
        """Have the workers drop a message that they have taken from the broker and not begun.

        Workers keep the ids of revoked tasks in memory, so one that starts later may still deliver the message.

        Raises:
            kombu.exceptions.OperationalError: The broker cannot be reached.
        """
        self._limiter = self._limiter or anyio.CapacityLimiter(1)
        await anyio.to_thread.run_sync(self._revoke, message_id, limiter=self._limiter)

    def _revoke(self, message_id: str) -> None:
        # never terminate: the worker that runs the job stops the attempt and settles it
        self._app.control.revoke(message_id)

    async def _queue(self, job_id: UUID) -> str | None:
        if self._queue_of is None or self._repository is None:
            return None
        job = await self._repository.get(job_id, owner=ALL_OWNERS)
        return None if job is None else self._queue_of(job)

    def _send(self, job_id: UUID, queue: str | None) -> str:
        route = {} if queue is None else {"queue": queue}
        # no retry: the maintenance tries again, and others must not wait for a broker that is away
        sent = self._app.send_task(self._task, args=(str(job_id),), ignore_result=True, retry=False, **route)
        return str(sent.id)
