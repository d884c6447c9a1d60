"""Who is told what happens to jobs."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from uuid import UUID

    from pybase_extraction.attempt import AttemptOutcome
    from pybase_extraction.jobs import Claim, JobStats, Settled

logger = logging.getLogger(__name__)


class Observer:
    """Is told what happens to jobs; every method is optional.  Those that are not awaited must not block.

    Attributes:
        admits: Whether ``admit`` and ``read`` are to be called.
    """

    admits: ClassVar[bool] = False

    async def admit(self, reading: Claim) -> None:
        """A reading is about to begin; raise an ``ExtractionError`` to end it before its file is touched.

        An attempt has one reading, and one more for every extractor that enriches its result: the job of ``reading``
        then has that extractor, its options and its service.
        """

    async def read(self, reading: Claim, outcome: AttemptOutcome, seconds: float) -> None:
        """A reading that was admitted has ended; the outcome has neither result nor error where that is unknown."""

    def attempted(self, claim: Claim, outcome: AttemptOutcome, started_ns: int) -> None:
        """An attempt ended; ``started_ns`` are nanoseconds since 1970 UTC."""

    def settled(self, settled: Settled) -> None:
        """An outcome was written."""

    def batch_ended(self, batch_id: UUID) -> None:
        """All jobs of a batch have ended; told once to one worker, for each time that it ends."""

    def measured(self, stats: JobStats) -> None:
        """What the repository holds, once in every round of maintenance."""

    def close(self) -> None:
        """The manager has stopped; called in a thread, so it may block for a moment."""


def tell(observers: Iterable[Observer], what: str, *told: object) -> None:
    """Call a method of every observer; one that fails is logged."""
    for observer in observers:
        try:
            getattr(observer, what)(*told)
        except Exception:
            logger.exception("an observer failed at %r", what)
