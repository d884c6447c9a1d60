"""Attempts that only wait for a network service, all of them in one child process.

The clients of services import for a second, shake hands and decode while the host's event loop has requests to answer:
measured, such an import held it up for 90 ms at a stretch, from a thread too.  A process of their own keeps that away
from the host, with the environment and the loggers that such clients read and change.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from concurrent.futures import Future
from contextlib import suppress

import anyio
import anyio.to_thread

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress
from pybase_extraction.errors import OptionsError, TemporaryFailureError, WorkerCrashedError
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.runners.base import InProcessRunner
from pybase_extraction.runners.frames import Cancel, Done, Reported, Run
from pybase_extraction.runners.process import ChildProcess, exit_reason

_LOOK_EVERY_S = 0.05
"""How often it is looked whether an attempt is to stop: a thread's event cannot be awaited."""


class AwaitingChildProcess:
    """A child, and the attempts that it has not answered yet."""

    def __init__(self, registry: ExtractorRegistry, *, recycle_after: int, keep_stderr: bool) -> None:
        self.is_retired = False
        self._recycle_after = recycle_after
        self._child = ChildProcess(registry, keep_stderr=keep_stderr, module="awaiting_child")
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[Future[AttemptOutcome], Progress | None]] = {}
        self._is_gone = False
        threading.Thread(target=self._listen, name="awaited attempts", daemon=True).start()

    def begin(self, request: AttemptRequest, progress: Progress | None) -> tuple[int, Future[AttemptOutcome]]:
        """Send an attempt; blocks while the child takes it.

        Raises:
            OptionsError: The options hold what no pipe can carry.
        """
        future: Future[AttemptOutcome] = Future()
        number = next(self._numbers)
        with self._lock:
            is_gone = self._is_gone
            self.is_retired = self.is_retired or number >= self._recycle_after
            if not is_gone:
                self._waiting[number] = future, progress
        if is_gone:
            future.set_result(self._crash())
        else:
            try:
                self._child.send(Run(request, number))
            except OptionsError:
                self._forget(number)
                raise
        return number, future

    def cancel(self, number: int) -> None:
        """Ask an attempt to stop."""
        self._child.send(Cancel(number))

    def give_up(self, number: int) -> None:
        """Wait for an attempt no longer, and retire the child that does not answer: it ends with its last attempt."""
        self.is_retired = True
        self.cancel(number)
        self._forget(number)

    def is_usable(self) -> bool:
        """Whether another attempt may be sent."""
        return not self.is_retired and not self._is_gone

    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self._is_gone

    def kill(self) -> None:
        """End the process; attempts that wait have crashed."""
        self._child.kill()

    def _listen(self) -> None:
        while (message := self._child.messages.get()) is not None:
            if isinstance(message, Done) and (waiting := self._forget(message.number)) is not None:
                waiting.set_result(message.outcome)
            elif isinstance(message, Reported):
                with self._lock:
                    _, progress = self._waiting.get(message.number, (None, None))
                if progress is not None:
                    progress(message.fraction, message.message)
        with self._lock:
            self._is_gone = True
            lost, self._waiting = list(self._waiting.values()), {}
        for future, _ in lost:
            if future.set_running_or_notify_cancel():
                future.set_result(self._crash())
        self._child.kill()  # closes its pipes

    def _forget(self, number: int) -> Future[AttemptOutcome] | None:
        with self._lock:
            future, _ = self._waiting.pop(number, (None, None))
            is_last = self.is_retired and not self._waiting
        if is_last:
            self._child.kill()
        return future if future is not None and future.set_running_or_notify_cancel() else None

    def _crash(self) -> AttemptOutcome:
        code = self._child.process.wait()
        error = WorkerCrashedError(
            f"The process that waits for network services died ({exit_reason(code)}). "
            "What they read may be paid for; another attempt may cost credits again.",
            exit_code=code,
        )
        return AttemptOutcome(error=error, trace=self._child.last_words().decode(errors="replace"))


class AwaitingRunner(InProcessRunner):
    """Runs asynchronous extractors of network services in one child process, which costs no slot while it waits."""

    def __init__(
        self, slots: int = 1000, *, recycle_after: int = 1000, grace_s: float = 1.0, keep_stderr: bool = False
    ) -> None:
        """Make a runner.

        Args:
            slots: Attempts at the same time; what bounds them is usually the limit of a service.
            recycle_after: Attempts after which the child is replaced; it ends with the last of them.
            grace_s: Seconds between asking an attempt to stop and giving it up.
            keep_stderr: Let what the child writes there through to standard error.
        """
        super().__init__(slots, grace_s=grace_s)
        self._recycle_after = recycle_after
        self._keep_stderr = keep_stderr
        self._child: AwaitingChildProcess | None = None
        self._all: set[AwaitingChildProcess] = set()
        self._lock = threading.Lock()

    async def __aexit__(self, *exc_info: object) -> None:
        await super().__aexit__(*exc_info)
        self.close()

    def close(self) -> None:
        """End the child, and those that were retired before it, at once."""
        with self._lock:
            children, self._all, self._child = self._all, set(), None
        for child in children:
            child.kill()

    def _begin(
        self, request: AttemptRequest, registry: ExtractorRegistry, progress: Progress | None
    ) -> tuple[AwaitingChildProcess, int, Future[AttemptOutcome]]:
        with self._lock:
            if self._child is None or not self._child.is_usable():
                self._child = AwaitingChildProcess(
                    registry, recycle_after=self._recycle_after, keep_stderr=self._keep_stderr
                )
                self._all = {child for child in self._all if not child.is_over()} | {self._child}
            child = self._child
        return child, *child.begin(request, progress)

    async def _attempt(
        self,
        request: AttemptRequest,
        registry: ExtractorRegistry,
        cancelled: threading.Event,
        progress: Progress | None,
    ) -> AttemptOutcome:
        # a limiter for this call alone: the loop's common one may be full of the host's own threads
        limiter = anyio.CapacityLimiter(1)
        try:
            child, number, future = await anyio.to_thread.run_sync(
                self._begin, request, registry, progress, limiter=limiter
            )
        except OSError as exc:
            reason = exc.strerror or type(exc).__name__
            return AttemptOutcome(error=TemporaryFailureError(f"A child process could not be started: {reason}."))
        outcome: AttemptOutcome | None = None
        try:
            outcome = await self._follow(child, number, asyncio.wrap_future(future), cancelled)
        finally:
            if outcome is None:
                child.give_up(number)
        return outcome

    @staticmethod
    async def _follow(
        child: AwaitingChildProcess, number: int, answer: asyncio.Future[AttemptOutcome], cancelled: threading.Event
    ) -> AttemptOutcome:
        is_asked = False
        while True:
            with suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(answer), None if is_asked else _LOOK_EVERY_S)
            if cancelled.is_set():
                child.cancel(number)
                is_asked = True
