"""What a paid service read for whom, and how much an owner may have read: the host gives the ledger to its manager.

::

    ledger = UsageLedger("usage.db", "werk24", count_asks=pybase_extraction_werk24.asks.count_asks, pages_per_day=200)
    ExtractionManager(..., observers=[ledger])

All workers that share the file share the budget.  Pages are reserved before a drawing is sent and corrected when the
answer is there; what may have cost something without an answer, or by a worker that died, stays counted.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from pybase_extraction.attempt import AttemptOutcome
from pybase_extraction.errors import CreditsExhaustedError, ExtractionError, ServiceUnavailableError
from pybase_extraction.jobs import Claim
from pybase_extraction.worker import Observer

RESERVED_PAGES = 5
"""Pages that are reserved for a job whose options name no ``max_pages``."""
_TABLE = """
CREATE TABLE IF NOT EXISTS service_usage (
    job_id TEXT NOT NULL, attempt INTEGER NOT NULL, service TEXT NOT NULL, owner TEXT, day TEXT NOT NULL,
    pages INTEGER NOT NULL, asks INTEGER, outcome TEXT NOT NULL, seconds REAL, PRIMARY KEY (job_id, attempt)
)
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one owner used on one day, by outcome.

    Attributes:
        day: In UTC, ISO 8601.
        calls: Attempts.
        pages: Pages that were read, or reserved where no answer told.
        asks: Asks of all attempts together; None when nobody counts them.
        outcome: ``completed``, an error code, or ``running``.
        seconds: Of all attempts together.
    """

    owner: str | None
    day: str
    calls: int
    pages: int
    asks: int | None
    outcome: str
    seconds: float


class UsageLedger(Observer):
    """Writes down every attempt that used one service, and refuses those that pass an owner's budget."""

    admits: ClassVar[bool] = True

    def __init__(
        self,
        path: str | Path,
        service: str,
        *,
        count_asks: Callable[[Mapping[str, Any]], int] | None = None,
        pages_per_day: int | None = None,
        pages_by_owner: Mapping[str | None, int] | None = None,
    ) -> None:
        """Open the ledger, making its file when there is none.

        Args:
            path: An SQLite file; every worker of one budget has the same.
            service: Name of the network service.
            count_asks: Gives the number of asks that a job's options send; from the service's plugin.
            pages_per_day: Most pages per owner and day (UTC); None for no budget.
            pages_by_owner: Budgets of single owners instead.
        """
        self.path = Path(path)
        self.service = service
        self.count_asks = count_asks
        self.pages_per_day = pages_per_day
        self.pages_by_owner = dict(pages_by_owner or {})
        self._lock = threading.Lock()
        self._writer: ThreadPoolExecutor | None = None
        with self._database() as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(_TABLE)

    def admit(self, claim: Claim) -> None:
        """Reserve the pages of an attempt.

        Raises:
            CreditsExhaustedError: The owner's budget does not hold them; nothing is sent.
        """
        if claim.job.service != self.service:
            return
        options = claim.job.options
        pages, asks = int(options.get("max_pages", RESERVED_PAGES)), self.count_asks and self.count_asks(options)
        owner, day = claim.job.owner_id, datetime.now(UTC).date().isoformat()
        with self._database() as database:
            database.execute("BEGIN IMMEDIATE")  # nobody reserves between the sum and the row
            self._refuse(database, owner, day, pages)
            row = (str(claim.id), claim.attempt, self.service, owner, day, pages, asks, "running")
            database.execute("INSERT OR IGNORE INTO service_usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", row)

    def _refuse(self, database: sqlite3.Connection, owner: str | None, day: str, pages: int) -> None:
        budget = self.pages_by_owner.get(owner, self.pages_per_day)
        if budget is None:
            return
        query = "SELECT COALESCE(SUM(pages), 0) FROM service_usage WHERE service = ? AND owner IS ? AND day = ?"
        (used,) = database.execute(query, (self.service, owner, day)).fetchone()
        if used + pages > budget:
            raise CreditsExhaustedError(
                f"The {self.service} budget for {day} is used up: {used} of {budget} pages, "
                f"and this drawing may have {pages}. Nothing was sent.",
                service=self.service,
                remedy="Submit it again tomorrow, ask for fewer pages with max_pages, or raise the budget.",
            )

    def attempted(self, claim: Claim, outcome: AttemptOutcome, started_ns: int) -> None:
        """Correct the reservation by what became of the attempt."""
        if claim.job.service == self.service:
            self._write(self._settle, claim, outcome, (time.time_ns() - started_ns) / 1e9)

    def _settle(self, claim: Claim, outcome: AttemptOutcome, seconds: float) -> None:
        code = "completed" if outcome.error is None else "unknown"
        if isinstance(outcome.error, ExtractionError):
            code = outcome.error.code
        row = (code, seconds, _pages(outcome), str(claim.id), claim.attempt)
        with self._database() as database:
            database.execute(
                "UPDATE service_usage SET outcome = ?, seconds = ?, pages = COALESCE(?, pages) "
                "WHERE job_id = ? AND attempt = ?",
                row,
            )

    def usage(self) -> list[Usage]:
        """What was used, by day, owner and outcome."""
        self._write(int).result()  # what is queued is written first
        with self._database() as database:
            rows = database.execute(
                "SELECT owner, day, COUNT(*), SUM(pages), SUM(asks), outcome, COALESCE(SUM(seconds), 0) "
                "FROM service_usage WHERE service = ? GROUP BY day, owner, outcome ORDER BY day, owner, outcome",
                (self.service,),
            ).fetchall()
        return [Usage(*row) for row in rows]

    def close(self) -> None:
        """Write what is queued; the ledger can be read, and used by another manager, afterwards."""
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.shutdown()

    def _write(self, task: Callable[..., Any], *args: Any) -> Future[Any]:
        # a manager closes its observers, and the ledger outlives managers: the thread comes back when it is needed
        with self._lock:
            if self._writer is None:
                self._writer = ThreadPoolExecutor(1, thread_name_prefix="usage ledger")
            return self._writer.submit(task, *args)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        # a connection for each use: admissions come from several threads
        with closing(sqlite3.connect(self.path, timeout=10)) as database, database:
            yield database


def _pages(outcome: AttemptOutcome) -> int | None:
    """Pages that were read; None when the service may have read some without an answer."""
    if outcome.result_json is not None:
        return len(json.loads(outcome.result_json)["pages"])
    is_unclear = not isinstance(outcome.error, ExtractionError) or isinstance(outcome.error, ServiceUnavailableError)
    return None if is_unclear else 0
