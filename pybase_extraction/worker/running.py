"""A job that a worker holds."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from pybase_extraction.jobs import Claim, Settlement
from pybase_extraction.source import Source


class Flag(threading.Event):
    """An event that is made only when somebody waits for it: most jobs end without."""

    _lock: ClassVar = threading.Lock()

    def __init__(self) -> None:
        self._is_up = False
        self._event: threading.Event | None = None

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._is_up

    def set(self) -> None:
        """Set it and wake those who wait."""
        with self._lock:
            self._is_up = True
            if self._event is not None:
                self._event.set()

    def clear(self) -> None:
        """Take it back."""
        with self._lock:
            self._is_up = False
            if self._event is not None:
                self._event.clear()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, or for so many seconds; tells whether it is."""
        with self._lock:
            if self._is_up:
                return True
            if self._event is None:
                self._event = threading.Event()
        return self._event.wait(timeout)


@dataclass(slots=True, eq=False)
class Running:
    """A job that this worker holds.

    Attributes:
        claim: The job and its fencing token.
        cancelled: Set to stop the attempt.
        task: What runs it; None where it is run by its caller.
        is_released: It was given back, and nobody wants its outcome any more.
        is_lost: Its lease was lost.
        progress: Per cent, 0..99.
        message: What the extractor says it is doing.
        reported: The progress that the repository knows.
        source: The file, once it was looked for.
        again: The retry that a further reading asks for.
    """

    claim: Claim
    cancelled: threading.Event = field(default_factory=Flag)
    task: asyncio.Task[None] | None = None
    is_released: bool = False
    is_lost: bool = False
    progress: int = 0
    message: str | None = None
    reported: int = 0
    source: Source | None = None
    again: Settlement | None = None
    _folder: tempfile.TemporaryDirectory[str] | None = None

    def report(self, fraction: float | None, message: str | None) -> None:
        """Take note of progress; may be called from any thread."""
        if fraction is not None:
            self.progress = max(self.progress, min(99, int(fraction * 100)))
        self.message = message

    def lose(self) -> None:
        """Stop the attempt because the job is somebody else's."""
        self.is_lost = True
        self.cancelled.set()

    def release(self) -> None:
        """Stop the attempt because the job is given back."""
        self.is_released = True
        self.cancelled.set()

    def folder(self) -> Path:
        """A folder for a copy of the file, until ``clean``."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="job-", ignore_cleanup_errors=True)
        return Path(self._folder.name)

    def clean(self) -> None:
        """Remove the folder, if there is one."""
        if self._folder is not None:
            self._folder.cleanup()
