"""What becomes of every file of a folder: run through child processes, counted by format and kind of outcome."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pybase_extraction import ExtractorRegistry, Limits, ProcessPoolRunner, Source
from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.errors import ExtractionError, SourceError

LIMITS = Limits(timeout_s=60.0, memory_bytes=2 << 30)
"""What one file may use here: a minute and 2 GiB."""
PATIENCE_S = 30.0
"""Seconds beyond the limit after which a file counts as hung: the start of a child, and the grace to stop it."""
UNTYPED = "the parser failed with"
"""What the message of an error says that no plugin has classified."""


class Kind(StrEnum):
    """How a file ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    """A result with an issue of severity error: the rest of the file is right."""
    REFUSED = "refused"
    """A typed error."""
    UNTYPED = "untyped"
    """An exception that nobody expected."""
    CRASHED = "crashed"
    """The child process died."""
    HUNG = "hung"
    """The deadline from outside was needed and was late."""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """One file.

    Attributes:
        path: The file.
        kind: How it ended.
        error: Name of the class of its error, or None.
        message: Its message, or "".
        seconds: From outside.
        issues: Codes of the issues of its result.
    """

    path: Path
    kind: Kind
    error: str | None = None
    message: str = ""
    seconds: float = 0.0
    issues: tuple[str, ...] = ()


def judge(path: Path, outcome: AttemptOutcome, seconds: float) -> FileOutcome:
    """Read one outcome; a result must survive its own model."""
    if seconds > (LIMITS.timeout_s or 0.0) + PATIENCE_S:
        return FileOutcome(path, Kind.HUNG, message=f"took {seconds:.0f} s", seconds=seconds)
    if outcome.error is not None:
        message = f"{outcome.error}\n{outcome.trace}".rstrip()
        return FileOutcome(path, _kind(outcome.error), type(outcome.error).__name__, message, seconds)
    result = outcome.result()
    kind = Kind.PARTIAL if result.is_partial else Kind.COMPLETE
    return FileOutcome(path, kind, seconds=seconds, issues=tuple(issue.code for issue in result.issues))


def _kind(error: ExtractionError) -> Kind:
    if error.code == "worker_crashed":
        return Kind.CRASHED
    return Kind.UNTYPED if isinstance(error, SourceError) and UNTYPED in error.message else Kind.REFUSED


def extract_all(
    files: Iterable[Path], *, slots: int = 2, limits: Limits = LIMITS, tell: Callable[[FileOutcome], None] | None = None
) -> list[FileOutcome]:
    """Put files through the process runner, ``slots`` at a time; the order is that of the files."""
    runner = ProcessPoolRunner(slots)
    runner.bind(ExtractorRegistry.discover())

    def one(path: Path) -> FileOutcome:
        started = time.monotonic()
        try:
            request = AttemptRequest(source=Source.from_path(path), limits=limits)
            outcome = runner.run_blocking(request, threading.Event())
        except ExtractionError as exc:  # found before any child is asked: missing, unreadable
            outcome = AttemptOutcome(error=exc)
        judged = judge(path, outcome, time.monotonic() - started)
        if tell is not None:
            tell(judged)
        return judged

    try:
        with ThreadPoolExecutor(slots) as pool:
            return list(pool.map(one, files))
    finally:
        runner.close()


def table(outcomes: Sequence[FileOutcome], group: Callable[[Path], str]) -> str:
    """Counts by group and kind as a Markdown table, the classes of the typed errors in the last column."""
    rows = [["", "files", *(kind.value for kind in Kind), "errors"]]
    for name in sorted({group(item.path) for item in outcomes}):
        rows += [_row(name, [item for item in outcomes if group(item.path) == name])]
    rows += [_row("all", outcomes)]
    rule = ["---", *["---:"] * (len(Kind) + 1), "---"]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (rows[0], rule, *rows[1:]))


def _row(name: str, outcomes: Sequence[FileOutcome]) -> list[str]:
    kinds = Counter(item.kind for item in outcomes)
    errors = Counter(item.error for item in outcomes if item.error)
    told = ", ".join(f"{error} {count}" for error, count in sorted(errors.items()))
    return [name, str(len(outcomes)), *(str(kinds[kind]) for kind in Kind), told]
