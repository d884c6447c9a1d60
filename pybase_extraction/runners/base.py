"""What runs attempts."""

from __future__ import annotations

import threading
from typing import Protocol, Self, runtime_checkable

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress
from pybase_extraction.registry import ExtractorRegistry


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
