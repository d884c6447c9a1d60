"""The program of a child process.

It reads requests from standard input and answers on what was standard output; whatever a native library prints goes to
standard error instead.  It ends when its parent does: the pipe closes.
"""

from __future__ import annotations

import faulthandler
import math
import os
import queue
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import IO

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress, run_attempt
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.runners.frames import (
    Cancel,
    Done,
    FromChild,
    Ready,
    Reported,
    Run,
    Setup,
    ToChild,
    UnreadableMessageError,
    portable,
    receive,
    send,
)

REPORT_EVERY_S = 0.05
"""Progress is sent at most so often: a report per page must not cost more than the page."""


class Child:
    """One attempt after the other, with a thread that listens for cancellations meanwhile."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._requests = requests
        self._answers = answers
        self._sending = threading.Lock()
        self._waiting: queue.SimpleQueue[AttemptRequest] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._progress = seldom(self._report, REPORT_EVERY_S)

    def serve(self) -> None:
        """Answer requests until the parent is gone."""
        setup = receive(self._requests)
        if not isinstance(setup, Setup):
            return
        registry = ExtractorRegistry.from_config(setup.registry)
        threading.Thread(target=self._listen, name="listen to the parent", daemon=True).start()
        self._send(Ready())
        while True:
            request = self._waiting.get()
            self._send(Done(portable(self._run(request, registry))))

    def _run(self, request: AttemptRequest, registry: ExtractorRegistry) -> AttemptOutcome:
        restore = limit_memory(request.limits.memory_bytes)
        try:
            return run_attempt(request, registry, cancelled=self._cancelled, progress=self._progress)
        finally:
            restore_memory(restore)

    def _listen(self) -> None:
        while True:
            message = received(self._requests)
            if message is None:
                # the parent is gone: nobody wants the outcome, and the main thread may be deep in native code
                os._exit(0)
            if isinstance(message, Run):
                self._cancelled = threading.Event()
                self._waiting.put(message.request)
            elif isinstance(message, Cancel):
                self._cancelled.set()

    def _report(self, fraction: float | None, message: str | None) -> None:
        self._send(Reported(fraction, message))

    def _send(self, message: FromChild) -> None:
        with self._sending:
            send(self._answers, message)


def seldom(progress: Progress, every_s: float) -> Progress:
    """Have progress reported at most so often; what comes too early is left out."""
    reported_at = -math.inf

    def report(fraction: float | None, message: str | None) -> None:
        nonlocal reported_at
        now = time.monotonic()
        if now - reported_at >= every_s:
            reported_at = now
            progress(fraction, message)

    return report


def received(requests: IO[bytes]) -> ToChild | FromChild | None:
    """The next message of the parent; what cannot be read ends this process, for its parent waits for an answer."""
    try:
        return receive(requests)
    except (OSError, UnreadableMessageError):
        traceback.print_exc()
        os._exit(1)


def limit_memory(allowed: int | None) -> tuple[int, int] | None:
    """Bound the address space to what it is now plus ``allowed`` bytes; gives the limits to restore.

    None where the system has no such limit (Windows, macOS): there the parent's watch over the memory is the only one.
    """
    if allowed is None or not sys.platform.startswith("linux"):
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = address_space() + allowed
    if hard != resource.RLIM_INFINITY:
        bound = min(bound, hard)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    return soft, hard


def restore_memory(limits: tuple[int, int] | None) -> None:
    """Undo ``limit_memory``."""
    if limits is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, limits)


def address_space(pid: int | None = None) -> int:
    """Bytes of address space of a process, this one's when ``pid`` is None; 0 where it cannot be told."""
    return _pages(pid, 0)


def resident_memory(pid: int | None = None) -> int:
    """Bytes of a process that are in memory, this one's when ``pid`` is None; 0 where it cannot be told."""
    return _pages(pid, 1)


def _pages(pid: int | None, field: int) -> int:
    try:
        pages = Path(f"/proc/{pid or 'self'}/statm").read_bytes().split()[field]  # proc(5): size, resident, ...
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def end_with_parent(lifeline: int) -> None:
    """Be ended by the system when the other end of this pipe closes, even in the midst of native code.

    PR_SET_PDEATHSIG is of no use here: it fires when the *thread* that started the child ends.
    """
    import fcntl

    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    # a pipe whose writer goes raises SIGIO for its asynchronous readers, and SIGIO ends a process (fcntl(2), signal(7))
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def main(lifeline: int) -> None:
    """Serve until the parent is gone."""
    requests, answers = take_pipes(lifeline)
    try:
        Child(requests, answers).serve()
    except BrokenPipeError:
        os._exit(0)


def take_pipes(lifeline: int) -> tuple[IO[bytes], IO[bytes]]:
    """Keep the pipes for ourselves, and send what others print to standard error; gives requests and answers."""
    if lifeline >= 0:
        end_with_parent(lifeline)
    faulthandler.enable()  # a native crash writes where in Python it happened, which the parent keeps for operators
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, sys.stdin.fileno())
    return requests, answers
