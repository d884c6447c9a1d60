"""Attempts on the event loop: asynchronous extractors are awaited there, synchronous ones run in worker threads."""

from __future__ import annotations

import threading

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress, run_attempt_async
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.runners.base import InProcessRunner


class AsyncioRunner(InProcessRunner):
    """Runs attempts in this process, asynchronous extractors on the event loop of the caller.

    A native crash takes the process with it: use the process runner for files that you do not trust.
    """

    async def _attempt(
        self,
        request: AttemptRequest,
        registry: ExtractorRegistry,
        cancelled: threading.Event,
        progress: Progress | None,
    ) -> AttemptOutcome:
        return await run_attempt_async(request, registry, cancelled=cancelled, progress=progress)
