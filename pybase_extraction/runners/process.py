"""Attempts in child processes: warm, reused, recycled, watched, and killed when they must be."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Self

import anyio
import anyio.to_thread

from pybase_extraction.attempt import (
    AttemptOutcome,
    AttemptRequest,
    Progress,
    memory_exceeded,
)
from pybase_extraction.environment import child_environment, read_environment
from pybase_extraction.errors import (
    DeadlineExceededError,
    ExtractionCancelledError,
    ExtractionError,
    MissingPluginError,
    OptionsError,
    TemporaryFailureError,
    WorkerCrashedError,
)
from pybase_extraction.extractor import Isolation
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.runners.child import address_space, resident_memory
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
    receive,
    send,
)
from pybase_extraction.runners.scratch import make_scratch, remove_scratch

if TYPE_CHECKING:
    from pybase_extraction.runners.awaiting import AwaitingRunner

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.05
"""How often a running attempt's deadline, cancellation and memory are looked at."""
_START_TIMEOUT_S = 60.0
_NEAR_THE_LIMIT = 0.8
"""A child that is killed by a signal with this share of its memory limit in use is taken to have run out of memory."""
# not every system has every signal
_MEMORY_SIGNALS = {getattr(signal, name, signal.SIGABRT) for name in ("SIGABRT", "SIGSEGV", "SIGBUS", "SIGKILL")}
_MEMORY_WORDS = (b"bad_alloc", b"MemoryError", b"out of memory", b"Cannot allocate memory")
"""What native code writes to standard error before it gives up for want of memory."""
_KEPT_NOISE = 8192
_TEMPORARY = ("TMPDIR", "TEMP", "TMP")
"""Variables that name the folder of temporary files (Python's documentation of ``tempfile.gettempdir``)."""
_HAS_LIFELINE = sys.platform.startswith("linux")
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from pybase_extraction.runners.{module} import main; main(int(sys.argv[2]))"
)


class ProcessPoolRunner:
    """Runs each attempt in a child process that holds nothing but the extractors.

    A native crash, a hang or a memory bomb costs the attempt, never this process.  Children are started when first
    needed, stay warm, and are replaced after ``recycle_after`` attempts or when they have grown.  Asynchronous
    extractors of network services parse nothing that could crash and only wait: they share one more child, cost no slot
    there, and never hold up the event loop of this process.
    """

    def __init__(
        self,
        slots: int | None = None,
        *,
        recycle_after: int = 1000,
        recycle_growth_bytes: int | None = 512 << 20,
        grace_s: float = 1.0,
        keep_stderr: bool = False,
    ) -> None:
        """Make a runner.

        Args:
            slots: Attempts at the same time; the number of processors when None.
            recycle_after: Attempts after which a child is replaced, because native libraries leak.  A new one loads
                them again, which costs up to five processor seconds: as much as hundreds of small drawings.
            recycle_growth_bytes: Resident memory that a child may gain over its first attempt before it is replaced;
                None for any. Only Linux tells.
            grace_s: Seconds between asking an attempt to stop and killing its process.
            keep_stderr: Let what native libraries print through to standard error.
        """
        if slots is not None and slots < 1:
            raise ValueError(f"slots must be at least 1, not {slots}")
        self._slots = slots or os.cpu_count() or 1
        self._recycle_after = recycle_after
        self._recycle_growth = recycle_growth_bytes
        self._grace_s = grace_s
        self._keep_stderr = keep_stderr
        self._registry: ExtractorRegistry | None = None
        self._limiter: anyio.CapacityLimiter | None = None
        self._awaiting: AwaitingRunner | None = None
        self._idle: list[ChildProcess] = []
        self._all: set[ChildProcess] = set()
        self._lock = threading.Lock()

    @property
    def slots(self) -> int:
        """Attempts at the same time."""
        return self._slots

    def bind(self, registry: ExtractorRegistry) -> None:
        """Use these extractors; children build the same from the registry's configuration."""
        self._registry = registry

    async def __aenter__(self) -> Self:
        self._limiter = anyio.CapacityLimiter(self._slots)
        if self._registry is None:
            self._registry = ExtractorRegistry.discover()
        from pybase_extraction.runners.awaiting import AwaitingRunner  # which has children of this module

        self._awaiting = AwaitingRunner(grace_s=self._grace_s, keep_stderr=self._keep_stderr)
        self._awaiting.bind(self._registry)
        await self._awaiting.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        awaiting, self._awaiting = self._awaiting, None
        if awaiting is not None:
            await awaiting.__aexit__(*exc_info)
        self.close()

    def close(self) -> None:
        """End all children at once."""
        with self._lock:
            children, self._all, self._idle = self._all, set(), []
        for child in children:
            child.kill()

    def close_when_idle(self) -> None:
        """End the children that wait now, and those that work when they have ended."""
        with self._lock:
            self._recycle_after = 0
            idle, self._idle = self._idle, []
            self._all.difference_update(idle)
        for child in idle:
            child.kill()

    async def run(
        self,
        request: AttemptRequest,
        *,
        cancelled: threading.Event | None = None,
        progress: Progress | None = None,
    ) -> AttemptOutcome:
        """Run one attempt; when the awaiting task is cancelled, its child is ended."""
        if self._limiter is None or self._registry is None or self._awaiting is None:
            raise RuntimeError("use the runner as a context manager: async with ProcessPoolRunner() as runner")
        stop = cancelled or threading.Event()
        if self._only_waits(request, self._registry):
            return await self._awaiting.run(request, cancelled=stop, progress=progress)
        async with self._limiter:
            try:
                return await anyio.to_thread.run_sync(
                    self.run_blocking, request, stop, progress, abandon_on_cancel=True, limiter=_unlimited()
                )
            except anyio.get_cancelled_exc_class():
                stop.set()
                raise

    def run_blocking(
        self, request: AttemptRequest, cancelled: threading.Event, progress: Progress | None = None
    ) -> AttemptOutcome:
        """Run one attempt and wait for it in this thread."""
        started = time.monotonic()
        try:
            child = self._take(request.limits.processors)
        except OSError as exc:
            reason = exc.strerror or type(exc).__name__
            return AttemptOutcome(error=TemporaryFailureError(f"A child process could not be started: {reason}."))
        try:
            outcome = _Watch(child, request, cancelled, progress, self._grace_s).follow()
        except BaseException:
            self._discard(child)
            raise
        if child.is_usable() and child.attempts < self._recycle_after and not self._has_grown(child):
            self._give_back(child)
        else:
            self._discard(child)
        if outcome.seconds == 0.0:
            return replace(outcome, seconds=time.monotonic() - started)
        return outcome

    def _has_grown(self, child: ChildProcess) -> bool:
        resident = resident_memory(child.process.pid)
        if child.resident is None:
            child.resident = resident
        return self._recycle_growth is not None and resident - child.resident > self._recycle_growth

    @staticmethod
    def _only_waits(request: AttemptRequest, registry: ExtractorRegistry) -> bool:
        if request.format is None:
            return False
        try:
            return registry.choose(request.format).isolation is Isolation.LOOP
        except MissingPluginError:
            return False

    def _take(self, processors: int | None) -> ChildProcess:
        while (waiting := self._pop_idle()) is not None:
            if waiting.is_usable() and waiting.processors == processors:
                return waiting
            self._discard(waiting)
        if self._registry is None:
            raise RuntimeError("the runner has no registry")
        alive = self._all
        child = ChildProcess(self._registry, keep_stderr=self._keep_stderr, processors=processors)
        with self._lock:
            is_open = self._all is alive
            alive.add(child)
        if not is_open:  # closed meanwhile, by somebody who did not know of this child
            child.kill()
            raise OSError(errno.ECANCELED, "the runner was closed")
        return child

    def _pop_idle(self) -> ChildProcess | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _give_back(self, child: ChildProcess) -> None:
        with self._lock:
            if child in self._all:
                self._idle.append(child)
                return
        child.kill()

    def _discard(self, child: ChildProcess) -> None:
        with self._lock:
            self._all.discard(child)
        child.kill()


def _unlimited() -> anyio.CapacityLimiter:
    """A limiter for one call: the runner's own one has already said yes, and the loop's default must not block it."""
    return anyio.CapacityLimiter(1)


class ChildProcess:
    """A child and the messages that it has sent."""

    def __init__(
        self,
        registry: ExtractorRegistry,
        *,
        keep_stderr: bool = False,
        module: str = "child",
        processors: int | None = None,
    ) -> None:
        self.attempts = 0
        self.processors = processors
        self.resident: int | None = None
        self._gone = False
        self._closing = threading.Lock()
        self._keep_stderr = keep_stderr or read_environment().trace
        self._noise = b""
        self.messages: queue.SimpleQueue[ToChild | FromChild | None] = queue.SimpleQueue()
        program = _PROGRAM.format(module=module)
        self.scratch = make_scratch()
        self._lifeline = -1
        try:
            self.process = self._start(program)
        except BaseException:
            self._let_go()
            raise
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._stdin = self.process.stdin
        pid = self.process.pid
        threading.Thread(target=self._listen, args=(self.process.stdout,), name=f"listen to {pid}", daemon=True).start()
        self._noise_reader = threading.Thread(
            target=self._keep_noise, args=(self.process.stderr,), name=f"noise of {pid}", daemon=True
        )
        self._noise_reader.start()
        self.send(Setup(registry.config))

    def _start(self, program: str) -> subprocess.Popen[bytes]:
        lifeline, self._lifeline = os.pipe() if _HAS_LIFELINE else (-1, -1)
        # a program of our own, not multiprocessing: a child must not import the host's __main__, and must not be forked
        # from a process that has threads
        flags = [f"-W{option}" for option in sys.warnoptions]
        command = [sys.executable, *flags, "-P", "-c", program, json.dumps(sys.path), str(lifeline)]
        try:
            return subprocess.Popen(  # noqa: S603 -- our own program and our own path
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**child_environment(self.processors), **dict.fromkeys(_TEMPORARY, str(self.scratch))},
                # out of reach of Ctrl-C, but in the host's session: schedulers that share the processor by session give
                # each one of its own as much as the whole host
                process_group=0,
                pass_fds=(lifeline,) if _HAS_LIFELINE else (),
            )
        finally:
            if _HAS_LIFELINE:
                os.close(lifeline)

    def send(self, message: ToChild) -> None:
        """Write to the child; that it is gone is seen by whoever waits for its answer.

        Raises:
            OptionsError: The options of a request hold what no pipe can carry.
        """
        try:
            send(self._stdin, message)
        except OptionsError:
            raise
        except (OSError, ValueError):  # the pipe is broken, or closed by the thread that ended the child
            return

    def last_words(self) -> bytes:
        """The end of what a dead child has written to standard error."""
        self._noise_reader.join(1.0)
        return self._noise

    def is_usable(self) -> bool:
        """Whether another attempt may be sent; a folder that nobody touched for days may have been swept away."""
        return not self._gone and self.process.poll() is None and self.scratch.is_dir()

    def kill(self) -> None:
        """End the process and wait for it."""
        self._gone = True
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            self._stdin.close()
        self._let_go()

    def _let_go(self) -> None:
        # the thread of the attempt and the one that closes the runner may both be here, and a number that was closed
        # may belong to somebody else by now
        with self._closing:
            lifeline, self._lifeline = self._lifeline, -1
        if lifeline >= 0:
            os.close(lifeline)
        remove_scratch(self.scratch)

    def _keep_noise(self, stream: IO[bytes]) -> None:
        with stream:
            while chunk := os.read(stream.fileno(), _KEPT_NOISE):
                self._noise = (self._noise + chunk)[-_KEPT_NOISE:]
                if self._keep_stderr:
                    with contextlib.suppress(OSError, ValueError):
                        sys.stderr.write(chunk.decode(errors="replace"))

    def _listen(self, stream: IO[bytes]) -> None:
        try:
            with stream:
                while (message := receive(stream)) is not None:
                    self.messages.put(message)
        except (OSError, UnreadableMessageError) as exc:
            logger.exception("What child process %d has sent cannot be read", self.process.pid)
            self._noise += f"\nIts answer cannot be read: {exc}".encode()
            self.process.kill()  # whoever waits for it is told at once, not at the deadline
        finally:
            self.messages.put(None)


@dataclass(slots=True)
class _Watch:
    """Follows one attempt from outside."""

    child: ChildProcess
    request: AttemptRequest
    cancelled: threading.Event
    progress: Progress | None
    grace_s: float
    _memory: int = 0
    _baseline: int = 0

    def follow(self) -> AttemptOutcome:
        if self.child.attempts == 0 and (refused := self._await_ready()):
            return AttemptOutcome(error=refused)
        self.child.attempts += 1
        self._baseline = address_space(self.child.process.pid)
        self.child.send(Run(self.request))
        limit = self.request.limits.timeout_s
        # the child looks at its own deadline; this one is for a child that does not
        deadline = None if limit is None else time.monotonic() + limit + self.grace_s
        asked_at: float | None = None
        while True:
            match self._next():
                case Done(outcome=outcome):
                    return outcome
                case Reported(fraction=fraction, message=message):
                    if self.progress is not None:
                        self.progress(fraction, message)
                case "gone":
                    return self._crash()
            now = time.monotonic()
            if deadline is not None and now > deadline:
                self.child.kill()
                return AttemptOutcome(error=self._too_slow())
            if asked_at is None and self.cancelled.is_set():
                asked_at = now
                self.child.send(Cancel())
            if asked_at is not None and now > asked_at + self.grace_s:
                self.child.kill()
                return AttemptOutcome(error=ExtractionCancelledError("The extraction was cancelled."))

    def _next(self) -> object:
        try:
            message = self.child.messages.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            self._memory = max(self._memory, address_space(self.child.process.pid))
            return None
        return "gone" if message is None else message

    def _await_ready(self) -> ExtractionError | None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            match self._next():
                case Ready():
                    return None
                case "gone":
                    code = self.child.process.wait()
                    return WorkerCrashedError(f"A child process ended while it started (exit code {code}).")
            if self.cancelled.is_set():
                self.child.kill()
                return ExtractionCancelledError("The extraction was cancelled.")
        self.child.kill()
        return TemporaryFailureError(f"A child process was not ready within {_START_TIMEOUT_S:g} s.")

    def _too_slow(self) -> ExtractionError:
        limit = self.request.limits.timeout_s
        return DeadlineExceededError(
            f"Reading {self.request.source.name!r} took longer than its limit of {limit:g} s and was stopped.",
            limit=limit,
            unit="s",
            name=self.request.source.name,
            remedy="Raise timeout_s, or extract fewer pages.",
        )

    def _crash(self) -> AttemptOutcome:
        code = self.child.process.wait()
        self.child.kill()
        words = self.child.last_words()
        name, allowed = self.request.source.name, self.request.limits.memory_bytes
        is_memory = self._memory - self._baseline > _NEAR_THE_LIMIT * (allowed or 0)
        is_memory = is_memory or any(word in words for word in _MEMORY_WORDS)
        if allowed is not None and -code in _MEMORY_SIGNALS and is_memory:
            return AttemptOutcome(error=memory_exceeded(name, allowed))
        error = WorkerCrashedError(
            f"The process that read {name!r} died ({exit_reason(code)}).",
            exit_code=code,
            remedy="The file is probably damaged in a way that its parser does not survive.",
        )
        return AttemptOutcome(error=error, trace=words.decode(errors="replace"))


def exit_reason(code: int) -> str:
    """Say how a process ended, from its exit code or, negative, the number of a signal."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
