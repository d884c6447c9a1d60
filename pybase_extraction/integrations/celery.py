"""The task of a host's own Celery application, and the manager of each process that runs it.

::

    app = Celery("host", broker="redis://...")


    def make_manager():
        return ExtractionManager(SqlJobRepository("postgresql+psycopg://..."), dispatcher=CeleryRunner(app))


    install(app, make_manager)

The host submits with a manager that ``make_manager`` made too.  The pools ``prefork``, ``threads`` and ``solo`` work.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from uuid import UUID

from anyio.from_thread import BlockingPortal, start_blocking_portal

from pybase_extraction.errors import JobNotFoundError
from pybase_extraction.jobs import Job
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.runners.celery import TASK

MakeManager = Callable[[], ExtractionManager]


class ProcessManager:
    """One manager for each process, started by the first task that runs in it; may be used from any thread.

    Nothing crosses a fork: a process that finds the manager of another one leaves it alone and makes its own.
    """

    def __init__(self, make_manager: MakeManager) -> None:
        """Take what makes a manager; it is called on the event loop to which the manager will belong."""
        self._make_manager = make_manager
        self._forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._started: tuple[BlockingPortal, ExtractionManager] | None = None

    def run(self, job_id: UUID) -> Job:
        """Run one job in this process and wait for its end."""
        portal, manager = self._start()
        return portal.call(manager.run, job_id)

    def _start(self) -> tuple[BlockingPortal, ExtractionManager]:
        with self._lock:
            if self._started is None:
                with ExitStack() as stack:
                    portal = stack.enter_context(start_blocking_portal(name="extraction tasks"))
                    manager = portal.call(self._make)
                    stack.enter_context(portal.wrap_async_context_manager(manager))
                    self._stack = stack.pop_all()
                self._started = portal, manager
            return self._started

    async def _make(self) -> ExtractionManager:
        manager = self._make_manager()
        if manager.dispatcher is None:
            # without one this process would take jobs beside those that its messages name
            manager.works = False
        return manager

    def stop(self) -> None:
        """Give back what the manager of this process holds; does nothing when there is none."""
        with self._lock:
            self._started = None
            self._stack.close()


def install(app: Any, make_manager: MakeManager, *, task: str = TASK, **options: Any) -> Any:
    """Register the task in a Celery application.

    Args:
        app: The host's ``celery.Celery``.
        make_manager: Makes a manager; called once in every process that runs tasks.
        task: Name of the task, the same as the ``CeleryRunner`` was given.
        **options: Further options of the task, for example ``time_limit``.

    Returns:
        The task.
    """
    from celery import signals

    processes = ProcessManager(make_manager)

    def run(job_id: str) -> str | None:
        try:
            return str(processes.run(UUID(job_id)).status)
        except JobNotFoundError:
            return None  # deleted meanwhile, or submitted by a transaction that was rolled back

    def stop(**_: object) -> None:
        processes.stop()

    signals.worker_process_shutdown.connect(stop, weak=False)  # prefork
    signals.worker_shutdown.connect(stop, weak=False)  # threads, solo
    # not shared: Celery would register the task in every other application of the process, too
    settings = {"acks_late": True, "ignore_result": True, "shared": False, **options}
    return app.task(name=task, **settings)(run)
