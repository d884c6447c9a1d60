"""Saying once that the database does not answer, and once that it does again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from pybase_extraction.errors import RepositoryError, SchemaOutdatedError

logger = logging.getLogger(__name__)

_AGAIN_S: Final = 60.0
"""Seconds between two messages while it stays away."""


class Absence:
    """Keeps the log readable while a database is away: everything of a worker that asks it fails then, every second.

    Args:
        clock: Seconds of any origin.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: float | None = None
        self._told = 0.0

    def survived(self, what: str, *, fatal: tuple[type[Exception], ...] = (SchemaOutdatedError,)) -> _Survived:
        """Go on behind the context when something fails in it, be it for the database or for a mistake.

        An absence is told now and then and in one line, everything else with its trace.

        Args:
            what: What becomes of what fails.
            fatal: Errors to raise all the same: no waiting heals an outdated schema.
        """
        return _Survived(self, what, fatal)

    def tell(self, error: RepositoryError, what: str) -> None:
        """Tell that the database does not answer, unless that is known."""
        now = self._clock()
        if self._began is None:
            self._began = self._told = now
            logger.warning("%s (%s); %s.  %s", error.message.rstrip("."), _reason(error), what, error.remedy or "")
        elif now - self._told >= _AGAIN_S:
            self._told = now
            logger.warning("the database has been away for %.0f s; %s", now - self._began, what)

    def end(self) -> None:
        """The database has answered."""
        if self._began is not None:
            logger.warning("the database answers again after %.0f s", self._clock() - self._began)
            self._began = None


def _reason(error: RepositoryError) -> str:
    """Give the driver's own words: they name the server, and never the password."""
    cause = error.__cause__
    words = str(getattr(cause, "orig", None) or cause or "").strip().partition("\n")[0]
    return words or type(cause).__name__


class _Survived:
    def __init__(self, absence: Absence, what: str, fatal: tuple[type[Exception], ...]) -> None:
        self._absence = absence
        self._what = what
        self._fatal = fatal

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if not isinstance(error, Exception) or isinstance(error, self._fatal):
            return False
        if isinstance(error, RepositoryError):
            self._absence.tell(error, self._what)
        else:
            logger.error("%s", self._what, exc_info=error)
        return True
