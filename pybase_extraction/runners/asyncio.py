"""Attempts on the event loop: asynchronous extractors are awaited there, synchronous ones run in worker threads."""

from __future__ import annotations

import threading
from typing import Self

import anyio

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress, run_attempt_async
from pybase_extraction.registry import ExtractorRegistry


class AsyncioRunner:
    """Runs attempts in this process.

    A thread cannot be killed: an extractor that ignores ``context.check()`` runs on after its deadline, and a native
    crash takes the process with it.  Use the process runner for files that you do not trust.
    """

    def __init__(self, slots: int = 4) -> None:
        """Make a runner.

        Args:
            slots: Attempts at the same time.
        """
        self._slots = slots
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
            raise RuntimeError("use the runner as a context manager: async with AsyncioRunner() as runner")
        async with self._limiter:
            return await run_attempt_async(request, self._registry, cancelled=cancelled, progress=progress)
