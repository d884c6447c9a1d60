"""Attempts in threads: nothing of an extractor runs on the event loop of the caller."""

from __future__ import annotations

import threading
from functools import partial

import anyio
import anyio.to_thread

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress, run_attempt
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.runners.base import InProcessRunner


class ThreadPoolRunner(InProcessRunner):
    """Runs attempts in threads of this process; an asynchronous extractor gets an event loop of its own there.

    A native crash takes the process with it: use the process runner for files that you do not trust.
    """

    async def _attempt(
        self,
        request: AttemptRequest,
        registry: ExtractorRegistry,
        cancelled: threading.Event,
        progress: Progress | None,
    ) -> AttemptOutcome:
        work = partial(run_attempt, request, registry, cancelled=cancelled, progress=progress)
        # a limiter for this call alone: the runner's own one has already said yes
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1))
