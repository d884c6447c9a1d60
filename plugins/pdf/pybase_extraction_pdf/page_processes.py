"""Pages of a large document read in several processes.

This process reads pages too; the others are started with the command line of their own program, for a child must not
import the host's ``__main__`` and must not be forked beside threads.  Each has its share of the memory that the attempt
may use.  They end when the attempt ends, however it ends, and when this process dies: their standard input closes.  A
process that dies costs no page: the others are ended, and what is left is read here, with the whole of the memory.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, Self

from pybase_extraction.extractor import MIB, Limits
from pybase_extraction.raster import RasterReading
from pybase_extraction_pdf.options import PdfOptions
from pybase_extraction_pdf.page_reading import PageReader, PageReading

FEWEST_PAGES = 80
"""Pages below which starting a process costs more than it gains."""
_MOST_PROCESSES = 4
_PAGES_AT_ONCE = 16
"""Pages after which a process asks for more: forms and fonts that pages share are mostly on neighbouring ones."""
_LEAST_MEMORY = 256 * MIB
"""Memory below which a share is too small to read pages with."""
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from pybase_extraction_pdf.page_processes import main; main()"
)


class _LeftToParentError(Exception):
    """A page must be read from its pixels, which only the process does that the host has given its hooks."""


@dataclass(frozen=True, slots=True)
class Job:
    """What every process reads pages of.

    Attributes:
        titles: Titles that the document gives itself.
        memory_bytes: What each may use beyond what it has when it starts.
    """

    path: Path
    name: str
    options: PdfOptions
    titles: Sequence[str]
    memory_bytes: int | None


@dataclass(slots=True)
class _LeftToParent:
    """Stands for the reader of pixels in a process that has none."""

    when: Literal["never", "auto", "always"]
    engine: str | None = None

    def read(self, number: int) -> RasterReading | None:
        raise _LeftToParentError(number)


def processes_for(pages: int, options: PdfOptions, limits: Limits) -> int:
    """Processes that read so many pages, this one included."""
    if pages < FEWEST_PAGES or options.processes == 1:
        return 1
    most = options.processes or min(_MOST_PROCESSES, limits.processors or _processors())
    if limits.memory_bytes is not None:
        most = min(most, limits.memory_bytes // _LEAST_MEMORY)
    return max(1, min(most, pages // (FEWEST_PAGES // 2)))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform.startswith("linux") else os.cpu_count() or 1


def readings(
    numbers: Sequence[int], count: int, job: Job, reader: PageReader, check: Callable[[], None]
) -> Iterator[PageReading]:
    """Readings of pages, in any order.

    Args:
        numbers: Pages, from 1.
        count: Processes, this one included.
        job: What the others read.
        reader: Reads pages here.
        check: Called at least once a page; what it raises ends the other processes.
    """
    size = max(1, min(_PAGES_AT_ONCE, len(numbers) // (4 * count)))
    waiting = deque(numbers[start : start + size] for start in range(0, len(numbers), size))
    with _Crew(count - 1, job) as crew:
        while waiting or crew.is_busy():
            check()
            crew.employ(waiting)
            mine: Sequence[int] = waiting.popleft() if waiting else crew.take_back()
            for number in mine:
                check()
                yield _read(number, reader, crew)
                yield from crew.done(waiting)
            if not mine:
                yield from crew.done(waiting, wait_s=0.1)


def _read(number: int, reader: PageReader, crew: _Crew) -> PageReading:
    try:
        return reader.read(number)
    except MemoryError:
        crew.dismiss()  # the page may need what the other processes were given
        return reader.read(number)


class _Crew:
    """The other processes, and the pages that they still owe."""

    def __init__(self, count: int, job: Job) -> None:
        self._answers: queue.SimpleQueue[tuple[_Worker, object]] = queue.SimpleQueue()
        self._left: list[int] = []
        self._memory = _Memory(count + 1)
        self._workers = [_Worker(job, self._answers) for _ in range(count)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.dismiss()

    def is_busy(self) -> bool:
        """Whether pages are still owed, by a process or by this one."""
        return bool(self._left) or any(worker.owed for worker in self._workers)

    def employ(self, waiting: deque[Sequence[int]]) -> None:
        """Give pages to those that have none."""
        for worker in self._workers:
            if waiting and not worker.owed:
                worker.send(waiting.popleft())

    def take_back(self) -> list[int]:
        """Pages that this process has to read itself."""
        left, self._left = self._left, []
        return left

    def done(self, waiting: deque[Sequence[int]], wait_s: float = 0.0) -> Iterator[PageReading]:
        """What has been read meanwhile."""
        with suppress(queue.Empty):
            while True:
                worker, answer = self._answers.get(timeout=wait_s) if wait_s else self._answers.get_nowait()
                wait_s = 0.0
                if worker not in self._workers:
                    continue  # its pages were given to others when it was ended
                if isinstance(answer, PageReading):
                    worker.owed.remove(answer.number)
                    yield answer
                elif isinstance(answer, int):
                    worker.owed.remove(answer)
                    self._left.append(answer)
                else:
                    self.dismiss()
                self.employ(waiting)

    def dismiss(self) -> None:
        """End all processes; what they owe is left to this one, which has the whole of the memory again."""
        for worker in self._workers:
            worker.kill()
            self._left += worker.owed
        self._workers = []
        self._memory.restore()


class _Worker:
    """One process and a thread that listens to it."""

    def __init__(self, job: Job, answers: queue.SimpleQueue[tuple[_Worker, object]]) -> None:
        self.owed: list[int] = []
        flags = [f"-W{option}" for option in sys.warnoptions]
        self._process = subprocess.Popen(  # noqa: S603 -- our own program and our own path
            [sys.executable, *flags, "-P", "-c", _PROGRAM, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._answers = answers
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin = self._process.stdin
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listener.start()
        self._write(job)

    def send(self, numbers: Sequence[int]) -> None:
        """Ask for pages."""
        self.owed = list(numbers)
        self._write(list(numbers))

    def kill(self) -> None:
        """End the process and wait for it."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):
            self._stdin.close()
        self._listener.join()

    def _write(self, message: object) -> None:
        with suppress(OSError):  # that the process is gone is seen by the thread that listens to it
            pickle.dump(message, self._stdin)
            self._stdin.flush()

    def _listen(self, stream: IO[bytes]) -> None:
        with stream, suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                self._answers.put((self, pickle.load(stream)))  # noqa: S301 -- our own process
        self._answers.put((self, None))


class _Memory:
    """Leaves other processes their share of the memory that this one is limited to, if it is."""

    def __init__(self, count: int) -> None:
        self._limits: tuple[int, int] | None = None
        if sys.platform.startswith("linux"):
            import resource

            soft, hard = resource.getrlimit(resource.RLIMIT_AS)
            if soft != resource.RLIM_INFINITY:
                used = _address_space()
                resource.setrlimit(resource.RLIMIT_AS, (used + max(0, soft - used) // count, hard))
                self._limits = soft, hard

    def restore(self) -> None:
        """Take the shares back."""
        if self._limits is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_AS, self._limits)
            self._limits = None


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Read the pages that the process asks for which has started this one, until it is gone."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up among the answers
    job: Job = pickle.load(requests)  # noqa: S301 -- from the process that has started this one
    wanted: queue.SimpleQueue[list[int]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests, wanted), daemon=True).start()
    _limit_memory(job.memory_bytes)
    for number, reading in _read_on(job, wanted):
        pickle.dump(number if reading is None else reading, answers)
        answers.flush()


def _receive(requests: IO[bytes], wanted: queue.SimpleQueue[list[int]]) -> None:
    with suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            wanted.put(pickle.load(requests))  # noqa: S301 -- from the process that has started this one
    os._exit(0)  # nobody wants the pages any more, and the main thread may be deep in one


def _limit_memory(allowed: int | None) -> None:
    if allowed is not None and sys.platform.startswith("linux"):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        bound = _address_space() + allowed
        resource.setrlimit(resource.RLIMIT_AS, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))


def _read_on(job: Job, wanted: queue.SimpleQueue[list[int]]) -> Iterator[tuple[int, PageReading | None]]:
    from pybase_extraction_pdf.engine import open_document
    from pybase_extraction_pdf.plumber import Plumber

    password = job.options.password.get_secret_value() if job.options.password else ""
    with open_document(job.path, password) as document:
        plumber: Any = Plumber(job.path, document.password, len(document))
        reader = PageReader(job.name, document, plumber, job.options, _LeftToParent(job.options.ocr), job.titles)
        while True:
            for number in wanted.get():
                try:
                    yield number, reader.read(number)
                except _LeftToParentError:
                    yield number, None
