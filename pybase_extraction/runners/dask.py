"""Attempts on a Dask cluster: thousands of files from one notebook.

::

    client = distributed.Client("tcp://scheduler:8786")
    manager = ExtractionManager(runner=DaskRunner(client))

The process that has the manager keeps the jobs, their leases and their outcomes; the cluster reads the files.  Every
Dask worker runs its attempts in child processes of its own, so that a hostile file ends as an outcome and no worker
dies of it.  When a worker dies all the same, Dask begins its attempts again on another one.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final, Self

import anyio
import anyio.to_thread
from anyio.from_thread import BlockingPortal, start_blocking_portal

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress
from pybase_extraction.errors import ExtractionCancelledError, MissingDependencyError, WorkerCrashedError
from pybase_extraction.registry import ExtractorRegistry, RegistryConfig
from pybase_extraction.runners.child import seldom
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.source import Source

_LOOK_EVERY_S: Final = 0.1
_REPORT_EVERY_S: Final = 0.25
_FOLLOW_EVERY_S: Final = 2.0
_STOP_S: Final = 10.0
"""Seconds that a worker gets to stop an attempt, before its outcome is not waited for any more."""


class DaskRunner:
    """Runs attempts on the workers of a ``distributed.Client`` that the host gives, and closes."""

    def __init__(
        self,
        client: Any,
        slots: int | None = None,
        *,
        resources_of: Mapping[str, Mapping[str, float]] | None = None,
        shares_files: bool = False,
    ) -> None:
        """Make a runner; nothing is sent before the first attempt.

        Args:
            client: A ``distributed.Client`` that is not asynchronous.
            slots: Attempts that are sent at the same time; twice the threads of the workers that are there when None,
                so that none of them waits for a file, and that an adaptive cluster sees what it is to grow for.
            resources_of: By format or extractor, what one attempt takes of the resources with which the workers were
                started, for example ``{"ifc": {"memory": 8e9}}`` for ``dask worker --resources memory=16e9``.
            shares_files: The workers see the paths of this process. Otherwise the bytes of a file are sent with its
                attempt.

        Raises:
            MissingDependencyError: Dask is not installed.
            ValueError: The client is asynchronous, or ``slots`` is less than 1.
        """
        try:
            import distributed
        except ImportError as exc:
            raise MissingDependencyError(
                "DaskRunner needs dask.distributed.",
                extra="pybase-extraction[dask]",
                remedy="Install it: pip install 'pybase-extraction[dask]'.",
            ) from exc
        if not _is_usable(client, distributed.Client):
            raise ValueError("client must be a distributed.Client made with asynchronous=False")
        if slots is not None and slots < 1:
            raise ValueError(f"slots must be at least 1, not {slots}")
        self._client = client
        self._is_fixed = slots is not None
        self._slots = slots or _room(client)
        self._resources_of = {name: dict(needs) for name, needs in (resources_of or {}).items()}
        self._shares_files = shares_files
        self._registry: ExtractorRegistry | None = None
        self._topic = f"pybase-extraction-{uuid.uuid4().hex}"
        self._progress: dict[str, Progress] = {}
        self._free: anyio.CapacityLimiter | None = None
        self._following: asyncio.Task[None] | None = None
        self._threads = anyio.CapacityLimiter(4)

    @property
    def slots(self) -> int:
        """Attempts that are sent at the same time; follows the cluster when nobody has said how many."""
        return self._slots

    def bind(self, registry: ExtractorRegistry) -> None:
        """Use these extractors; the workers need the same plugins installed."""
        self._registry = registry

    async def __aenter__(self) -> Self:
        self._registry = self._registry or ExtractorRegistry.discover()
        self._free, self._threads = anyio.CapacityLimiter(self._slots), anyio.CapacityLimiter(4)
        await self._in_thread(self._client.subscribe_topic, self._topic, self._told)
        if not self._is_fixed:
            self._following = asyncio.create_task(self._follow(self._free), name="size of the Dask cluster")
        return self

    async def _follow(self, free: anyio.CapacityLimiter) -> None:
        """Send more when workers come, and less when they go: a cluster may begin with none."""
        while True:
            await asyncio.sleep(_FOLLOW_EVERY_S)
            with contextlib.suppress(OSError, TimeoutError):  # the scheduler is away; the client connects again
                self._slots = free.total_tokens = await self._in_thread(_room, self._client)

    async def __aexit__(self, *exc_info: object) -> None:
        self._free = None
        if self._following is not None:
            self._following.cancel()
            # what it raised when the host closed the client before is of no use to anybody
            await asyncio.gather(self._following, return_exceptions=True)
        with anyio.CancelScope(shield=True):
            await self._in_thread(self._client.unsubscribe_topic, self._topic)

    async def run(
        self,
        request: AttemptRequest,
        *,
        cancelled: threading.Event | None = None,
        progress: Progress | None = None,
    ) -> AttemptOutcome:
        """Run one attempt; one that is cancelled while it waits in the cluster is never begun."""
        if self._free is None or self._registry is None:
            raise RuntimeError("use the runner as a context manager: async with DaskRunner(client) as runner")
        stop, name = cancelled or threading.Event(), uuid.uuid4().hex
        if progress is not None:
            self._progress[name] = progress
        try:
            async with self._free:
                return await self._run(name, request, self._registry.config, stop)
        finally:
            self._progress.pop(name, None)

    async def _run(
        self, name: str, request: AttemptRequest, config: RegistryConfig, cancelled: threading.Event
    ) -> AttemptOutcome:
        if cancelled.is_set():
            return AttemptOutcome(error=ExtractionCancelledError("The extraction was cancelled."))
        future = await self._in_thread(self._send, name, request, config)
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        future.add_done_callback(lambda _: _tell(loop, ended))
        try:
            if await self._wait(name, ended, cancelled):
                outcome: AttemptOutcome = await self._in_thread(_outcome, future)
                return outcome
            return AttemptOutcome(error=ExtractionCancelledError("The extraction was cancelled."))
        finally:
            with anyio.CancelScope(shield=True):
                if not ended.is_set():
                    await self._in_thread(self._stop, name)
                    await self._in_thread(future.cancel)
            future.release()

    async def _wait(self, name: str, ended: asyncio.Event, cancelled: threading.Event) -> bool:
        """Wait for the end; False when the attempt was cancelled and will give no outcome."""
        patience = None
        while not ended.is_set():
            if cancelled.is_set() and patience is None:
                if not await self._in_thread(self._stop, name):
                    return ended.is_set()
                patience = time.monotonic() + _STOP_S
            if patience is not None and time.monotonic() > patience:
                return False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), _LOOK_EVERY_S)
        return True

    async def _in_thread(self, work: Any, *arguments: Any) -> Any:
        # calls of the client block, and must not use up the threads of the host's loop
        return await anyio.to_thread.run_sync(work, *arguments, limiter=self._threads)

    def _send(self, name: str, request: AttemptRequest, config: RegistryConfig) -> Any:
        source = request.source
        if source.path is not None and not self._shares_files:
            sent = Source.from_bytes(source.read(), name=source.name, media_type=source.media_type)
            request = replace(request, source=sent)
        return self._client.submit(
            attempt_on_worker,
            request,
            config,
            name,
            self._topic if name in self._progress else None,
            key=f"pybase-extraction-{name}",
            pure=False,
            resources=self._resources_of.get(str(request.format)),
        )

    def _stop(self, name: str) -> bool:
        """Ask whichever worker has begun the attempt to stop it; False when none has."""
        found = self._client.run(stop_on_worker, name, on_error="ignore")
        return any(answer is True for answer in found.values())

    def _told(self, event: tuple[float, Any]) -> None:
        name, fraction, message = event[1]
        if (progress := self._progress.get(name)) is not None:
            progress(fraction, message)


def _is_usable(client: Any, kind: type[Any]) -> bool:
    return isinstance(client, kind) and not client.asynchronous


def _room(client: Any) -> int:
    threads: dict[str, int] = client.nthreads()
    return max(2, 2 * sum(threads.values()))


def _tell(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
        loop.call_soon_threadsafe(ended.set)


def _outcome(future: Any) -> AttemptOutcome:
    if future.status == "finished":
        outcome: AttemptOutcome = future.result()
        return outcome
    reason = future.exception() if future.status == "error" else None
    text = type(reason).__name__ if reason is not None else f"its task is {future.status}"
    return AttemptOutcome(
        error=WorkerCrashedError(
            f"The Dask cluster lost the attempt ({text}).",
            remedy="Look at the logs of its workers; give the format resources if memory ran out.",
        ),
        trace="" if reason is None else str(reason),
    )


# -- what runs on the workers of the cluster --------------------------------------------------------------------


class _WorkerSide:
    """The child processes of one Dask worker, and what stops the attempts that they run."""

    def __init__(self) -> None:
        self.cancelled: dict[str, threading.Event] = {}
        self._lock = threading.Lock()
        self._portal: BlockingPortal | None = None
        self._stack = ExitStack()
        self._runners: dict[RegistryConfig, ProcessPoolRunner] = {}

    def runner(self, config: RegistryConfig, slots: int) -> tuple[BlockingPortal, ProcessPoolRunner]:
        with self._lock:
            if self._portal is None:
                self._portal = self._stack.enter_context(start_blocking_portal(name="extraction attempts"))
                atexit.register(self._stack.close)
            if config not in self._runners:
                made = self._portal.call(_make_runner, config, slots)
                self._stack.enter_context(self._portal.wrap_async_context_manager(made))
                self._runners[config] = made
            return self._portal, self._runners[config]


async def _make_runner(config: RegistryConfig, slots: int) -> ProcessPoolRunner:
    made = ProcessPoolRunner(slots)
    made.bind(ExtractorRegistry.from_config(config))
    return made


_here = _WorkerSide()


def attempt_on_worker(request: AttemptRequest, config: RegistryConfig, name: str, topic: str | None) -> AttemptOutcome:
    """Run one attempt in a child process of this Dask worker; tells progress under ``topic`` unless it is None."""
    from distributed import get_worker

    worker = get_worker()
    portal, runner = _here.runner(config, worker.state.nthreads)
    cancelled = _here.cancelled[name] = threading.Event()

    def tell(fraction: float | None, message: str | None) -> None:
        if topic is not None:
            worker.log_event(topic, (name, fraction, message))

    async def run() -> AttemptOutcome:
        return await runner.run(request, cancelled=cancelled, progress=seldom(tell, _REPORT_EVERY_S))

    try:
        return portal.call(run)
    finally:
        del _here.cancelled[name]


def stop_on_worker(name: str) -> bool:
    """Stop an attempt if it runs on this Dask worker; tells whether it does."""
    cancelled = _here.cancelled.get(name)
    if cancelled is not None:
        cancelled.set()
    return cancelled is not None
