"""What runs attempts, here or elsewhere."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from abc import ABC, abstractmethod
from typing import Protocol, Self, runtime_checkable
from uuid import UUID

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress
from pybase_extraction.errors import DeadlineExceededError, ExtractionCancelledError, ExtractionError
from pybase_extraction.registry import ExtractorRegistry

_LOOK_EVERY_S = 0.05


@runtime_checkable
class Runner(Protocol):
    """Runs attempts, up to ``slots`` at once.

    Use it as an asynchronous context manager; leaving it ends everything that it started.
    """

    @property
    def slots(self) -> int:
        """How many attempts run at the same time; more wait."""
        ...

    def bind(self, registry: ExtractorRegistry) -> None:
        """Say with which extractors; called before the first attempt."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc_info: object) -> None: ...

    async def run(
        self,
        request: AttemptRequest,
        *,
        cancelled: threading.Event | None = None,
        progress: Progress | None = None,
    ) -> AttemptOutcome:
        """Run one attempt to its end; a failure of any kind is an outcome, not an exception.

        Args:
            request: What to extract.
            cancelled: Set it, from any thread, to stop the attempt.
            progress: Called with progress, from any thread.

        Raises:
            CancelledError: The awaiting task was cancelled; the attempt is stopped first where it can be.
        """
        ...


@runtime_checkable
class Dispatcher(Protocol):
    """Hands jobs to an external queue, whose tasks call ``ExtractionManager.run`` with the id that they carry.

    A message holds nothing but the id.  The job is claimed in the database, so a message that is lost, doubled or late
    changes nothing; what was lost is dispatched again by the maintenance.
    """

    async def dispatch(self, job_id: UUID) -> str | None:
        """Send one message; may be called again for the same job.

        Returns:
            The id of the message in the queue, None when it has none.

        Raises:
            OSError: The queue cannot be reached; it is tried again later. So is every other exception.
        """
        ...


@runtime_checkable
class RevokingDispatcher(Dispatcher, Protocol):
    """A dispatcher whose queue can take a message back."""

    async def revoke(self, message_id: str) -> None:
        """Take a message back if it still waits, because its job was cancelled.

        This only spares a worker a look: a message that comes all the same finds nothing to claim.  A message that is
        unknown, delivered or running is left alone; what runs is stopped by its worker.

        Args:
            message_id: What ``dispatch`` gave.

        Raises:
            OSError: The queue cannot be reached; the failure is logged. So is every other exception.
        """
        ...


class _Watched:
    """An attempt that is given up when it outlasts its deadline or its cancellation."""

    def __init__(self, request: AttemptRequest, cancelled: threading.Event, grace_s: float) -> None:
        self.request = request
        self.cancelled = cancelled
        self.grace_s = grace_s
        self.given_up: ExtractionError | None = None
        task = asyncio.current_task()
        assert task is not None
        self._task, self._cancelled_before, self._asked = task, task.cancelling(), 0
        limit = request.limits.timeout_s
        self._deadline = math.inf if limit is None else time.monotonic() + limit + grace_s
        self._patience: float | None = None

    def look(self) -> None:
        """Give the attempt up if its time is over."""
        now = time.monotonic()
        if self._patience is None and self.cancelled.is_set():
            self._patience = now + self.grace_s
        if self._patience is not None and now >= self._patience:
            self.given_up = ExtractionCancelledError("The extraction was cancelled.")
        elif now >= self._deadline:
            self.given_up = self._outlasted()
        if self.given_up is not None:
            # as ``asyncio.timeout`` does it: a cancel scope of anyio costs as much as the rest of a small attempt
            self._asked += 1
            self._task.cancel()

    def take_back(self) -> bool:
        """Take the own cancellations of the task back; tells whether nobody else has cancelled it."""
        while self._asked:
            self._asked -= 1
            self._task.uncancel()
        return self._task.cancelling() <= self._cancelled_before

    def _outlasted(self) -> DeadlineExceededError:
        limit, name = self.request.limits.timeout_s, self.request.source.name
        return DeadlineExceededError(
            f"Reading {name!r} took longer than its limit of {limit:g} s and was given up.",
            limit=limit,
            unit="s",
            name=name,
            remedy="Raise timeout_s, or extract fewer pages.",
        )


class InProcessRunner(ABC):
    """What runners share that keep attempts in this process.

    Nothing in a process can be killed but the process.  An extractor that ignores ``context.check()`` is given up after
    its deadline, or after it was cancelled, and its thread runs on until it ends by itself.
    """

    def __init__(self, slots: int = 4, *, grace_s: float = 1.0) -> None:
        """Make a runner.

        Args:
            slots: Attempts at the same time.
            grace_s: Seconds between asking an attempt to stop and giving it up.
        """
        if slots < 1:
            raise ValueError(f"slots must be at least 1, not {slots}")
        self._slots = slots
        self._grace_s = grace_s
        self._free: asyncio.Semaphore | None = None
        self._watched: set[_Watched] = set()
        self._is_looking = False
        self._registry: ExtractorRegistry | None = None

    @property
    def slots(self) -> int:
        """Attempts at the same time."""
        return self._slots

    def bind(self, registry: ExtractorRegistry) -> None:
        """Use these extractors."""
        self._registry = registry

    async def __aenter__(self) -> Self:
        self._free, self._is_looking = asyncio.Semaphore(self._slots), False
        if self._registry is None:
            self._registry = ExtractorRegistry.discover()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._free = None

    async def run(
        self,
        request: AttemptRequest,
        *,
        cancelled: threading.Event | None = None,
        progress: Progress | None = None,
    ) -> AttemptOutcome:
        """Run one attempt."""
        if self._free is None or self._registry is None:
            name = type(self).__name__
            raise RuntimeError(f"use the runner as a context manager: async with {name}() as runner")
        stop = cancelled or threading.Event()
        outcome: AttemptOutcome | None = None
        async with self._free:
            watched = _Watched(request, stop, self._grace(request))
            self._watch(watched)
            try:
                outcome = await self._attempt(request, self._registry, stop, progress)
            except asyncio.CancelledError:
                if not watched.take_back() or watched.given_up is None:
                    raise
            finally:
                self._watched.discard(watched)
                watched.take_back()
                if outcome is None:
                    stop.set()
        return outcome or AttemptOutcome(error=watched.given_up)

    def _grace(self, request: AttemptRequest) -> float:
        """Seconds between asking an attempt to stop and giving it up."""
        del request
        return self._grace_s

    # one timer for all attempts: a watching task for each of them cost more than a small extraction

    def _watch(self, watched: _Watched) -> None:
        self._watched.add(watched)
        if not self._is_looking:
            self._is_looking = True
            asyncio.get_running_loop().call_later(_LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        for watched in list(self._watched):
            watched.look()
        self._is_looking = bool(self._watched)
        if self._is_looking:
            asyncio.get_running_loop().call_later(_LOOK_EVERY_S, self._look)

    @abstractmethod
    async def _attempt(
        self,
        request: AttemptRequest,
        registry: ExtractorRegistry,
        cancelled: threading.Event,
        progress: Progress | None,
    ) -> AttemptOutcome: ...
