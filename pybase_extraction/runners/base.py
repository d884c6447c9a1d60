"""What runs attempts, here or elsewhere."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from typing import Protocol, Self, runtime_checkable
from uuid import UUID

import anyio

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
        self._limiter: anyio.CapacityLimiter | None = None
        self._registry: ExtractorRegistry | None = None

    @property
    def slots(self) -> int:
        """Attempts at the same time."""
        return self._slots

    def bind(self, registry: ExtractorRegistry) -> None:
        """Use these extractors."""
        self._registry = registry

    async def __aenter__(self) -> Self:
        self._limiter = anyio.CapacityLimiter(self._slots)
        if self._registry is None:
            self._registry = ExtractorRegistry.discover()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._limiter = None

    async def run(
        self,
        request: AttemptRequest,
        *,
        cancelled: threading.Event | None = None,
        progress: Progress | None = None,
    ) -> AttemptOutcome:
        """Run one attempt."""
        if self._limiter is None or self._registry is None:
            name = type(self).__name__
            raise RuntimeError(f"use the runner as a context manager: async with {name}() as runner")
        stop = cancelled or threading.Event()
        outcome: AttemptOutcome | None = None
        given_up: ExtractionError | None = None

        async def watch(scope: anyio.CancelScope) -> None:
            nonlocal given_up
            given_up = await self._outlasted(request, stop)
            scope.cancel()

        try:
            async with self._limiter, anyio.create_task_group() as group:
                group.start_soon(watch, group.cancel_scope)
                outcome = await self._attempt(request, self._registry, stop, progress)
                group.cancel_scope.cancel()
        finally:
            if outcome is None:
                stop.set()
        return outcome or AttemptOutcome(error=given_up)

    async def _outlasted(self, request: AttemptRequest, cancelled: threading.Event) -> ExtractionError:
        """Wait until an attempt should have ended long ago, and say why."""
        limit = request.limits.timeout_s
        deadline = None if limit is None else time.monotonic() + limit + self._grace_s
        while deadline is None or time.monotonic() < deadline:
            if cancelled.is_set():
                await anyio.sleep(self._grace_s)
                return ExtractionCancelledError("The extraction was cancelled.")
            await anyio.sleep(_LOOK_EVERY_S)
        return DeadlineExceededError(
            f"Reading {request.source.name!r} took longer than its limit of {limit:g} s and was given up.",
            limit=limit,
            unit="s",
            name=request.source.name,
            remedy="Raise timeout_s, or extract fewer pages.",
        )

    @abstractmethod
    async def _attempt(
        self,
        request: AttemptRequest,
        registry: ExtractorRegistry,
        cancelled: threading.Event,
        progress: Progress | None,
    ) -> AttemptOutcome: ...
