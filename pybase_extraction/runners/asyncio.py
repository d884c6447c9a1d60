"""Attempts on the event loop: asynchronous extractors are awaited there, synchronous ones run in worker threads."""

from __future__ import annotations

import threading

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress, run_attempt_async, run_attempt_here
from pybase_extraction.errors import ExtractionError
from pybase_extraction.extractor import Isolation
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.runners.base import InProcessRunner


class AsyncioRunner(InProcessRunner):
    """Runs attempts in this process, asynchronous extractors on the event loop of the caller.

    A native crash takes the process with it: use the process runner for files that you do not trust.
    """

    def __init__(self, slots: int = 4, *, grace_s: float = 1.0) -> None:
        """Make a runner.

        Args:
            slots: Attempts at the same time.
            grace_s: Seconds between asking an attempt in a thread to stop and giving it up.
        """
        super().__init__(slots, grace_s=grace_s)
        self._imported: set[str] = set()

    def _grace(self, request: AttemptRequest) -> float:
        # what is awaited can be stopped at once
        return 0.0 if request.format in self._imported else super()._grace(request)

    async def _attempt(
        self,
        request: AttemptRequest,
        registry: ExtractorRegistry,
        cancelled: threading.Event,
        progress: Progress | None,
    ) -> AttemptOutcome:
        if request.format in self._imported:
            return await run_attempt_here(request, registry, cancelled=cancelled, progress=progress)
        outcome = await run_attempt_async(request, registry, cancelled=cancelled, progress=progress)
        if request.format is not None and outcome.error is None and _never_blocks(request.format, registry):
            self._imported.add(request.format)
        return outcome


def _never_blocks(wanted: str, registry: ExtractorRegistry) -> bool:
    """Whether an extractor, once it is imported, only waits; hooks of plugins may do anything."""
    hook = registry.hook
    if hook.pybase_extraction_before_extract.get_hookimpls() or hook.pybase_extraction_after_extract.get_hookimpls():
        return False
    try:
        return registry.choose(wanted).isolation is Isolation.LOOP
    except ExtractionError:
        return False
