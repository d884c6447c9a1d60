"""How those who wait learn that something has changed: in this process at once, from others as the database allows.

Every wake-up is a hint.  It may be false, and it may be lost with a connection: those who wait also poll.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import selectors
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

logger = logging.getLogger(__name__)

_TICK_S = 0.008
"""Between two looks at ``PRAGMA data_version`` (5 µs each): half of it is what a job of another process waits."""

_QUIET_S = 5.0
_QUIET_TICK_S = 0.025
"""Between two looks when nothing has changed for ``_QUIET_S``."""

_RECONNECT_S = (0.1, 0.5, 2.0, 5.0)


class Signal:
    """Wakes tasks of any event loop from any thread, and loses nothing that comes before they sleep."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation = self._consumed = 0
        self._seen: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()
        self._waiters: set[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = set()

    def notify(self) -> None:
        """Wake everybody."""
        with self._lock:
            self._generation += 1
            waiters, self._waiters = self._waiters, set()
        for loop, future in waiters:
            with contextlib.suppress(RuntimeError):  # a loop that was closed while its task waited
                loop.call_soon_threadsafe(_resolve, future)

    async def wait(self, timeout_s: float) -> bool:
        """Sleep until a notification that this task has not seen; a new task begins where the last waiter was."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        with self._lock:
            if self._is_news(task):
                return True
            waiter = (loop, loop.create_future())
            self._waiters.add(waiter)
        timer = loop.call_later(timeout_s, _resolve, waiter[1])
        try:
            await waiter[1]
        finally:
            timer.cancel()
            with self._lock:
                self._waiters.discard(waiter)
        with self._lock:
            return self._is_news(task)

    def _is_news(self, task: asyncio.Task[Any]) -> bool:
        news = self._seen.get(task, self._consumed) != self._generation
        self._seen[task] = self._consumed = self._generation
        return news


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class _Pauses:
    """How long to wait before each new try; what held for a while begins anew.

    Attributes:
        level: How loudly to tell of the last failure: of several in a row only the first is news.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._failed_at = -math.inf
        self.level = logging.WARNING

    def next(self) -> float:
        now = self._clock()
        self._failures = self._failures + 1 if now - self._failed_at < 2 * _RECONNECT_S[-1] else 0
        self._failed_at = now
        self.level = logging.DEBUG if self._failures else logging.WARNING
        return _RECONNECT_S[min(self._failures, len(_RECONNECT_S) - 1)]


class Wakeups(Protocol):
    """Where a repository's waiters sleep.

    Attributes:
        work: Notified when a job may have become ready or is to be cancelled.
        changes: Notified when any job may have changed.
    """

    work: Signal
    changes: Signal

    async def wait(self, signal: Signal, timeout_s: float) -> bool:
        """Sleep on one of the signals, and on whatever the database offers."""
        ...

    async def close(self) -> None:
        """Stop listening."""


class LocalWakeups:
    """Wake-ups within the process only."""

    def __init__(self) -> None:
        self.work, self.changes = Signal(), Signal()

    async def wait(self, signal: Signal, timeout_s: float) -> bool:
        """Sleep on the signal."""
        return await signal.wait(timeout_s)

    async def close(self) -> None:
        """Nothing to stop."""


class SqliteWakeups(LocalWakeups):
    """Looks at ``PRAGMA data_version`` too, which grows when another connection commits.

    A thread looks, and only while somebody waits: waking the event loop for every look cost an idle worker four per
    cent of a processor.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._waiting = 0
        self._lock = threading.Lock()
        self._is_wanted = threading.Event()
        self._has_closed = threading.Event()
        self._thread: threading.Thread | None = None

    async def wait(self, signal: Signal, timeout_s: float) -> bool:
        """Sleep on the signal while the file is looked at."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._look, name="pybase-extraction-looker", daemon=True)
            self._thread.start()
        self._count(1)
        try:
            return await signal.wait(timeout_s)
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._lock:  # those who wait may be on several event loops
            self._waiting += more
            if self._waiting:
                self._is_wanted.set()
            else:
                self._is_wanted.clear()

    def _look(self) -> None:
        pauses = _Pauses()
        while not self._has_closed.is_set():
            try:
                with contextlib.closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
                    self._look_through(connection)
            except sqlite3.Error as exc:
                pause_s = pauses.next()
                logger.log(
                    pauses.level, "changes by other processes cannot be seen (%s); jobs are polled until they can", exc
                )
                self._has_closed.wait(pause_s)

    def _look_through(self, connection: sqlite3.Connection) -> None:
        seen: int | None = None
        changed_at = time.monotonic()
        while True:
            self._is_wanted.wait()
            if self._has_closed.is_set():
                return
            version: int = connection.execute("PRAGMA data_version").fetchone()[0]
            if seen is not None and version != seen:
                changed_at = time.monotonic()
                self.work.notify()
                self.changes.notify()
            seen = version
            time.sleep(_TICK_S if time.monotonic() - changed_at < _QUIET_S else _QUIET_TICK_S)

    async def close(self) -> None:
        """Stop looking."""
        self._has_closed.set()
        self._is_wanted.set()
        if self._thread is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)


class PostgresWakeups(LocalWakeups):
    """LISTENs on two channels, from the first wait on; behind a pooler that drops LISTEN only polling remains."""

    def __init__(self, engine: sa.Engine | AsyncEngine, channel: str) -> None:
        super().__init__()
        self._engine = engine
        self._channels = {channel: self.work, f"{channel}_changes": self.changes}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._task: asyncio.Task[None] | None = None

    async def wait(self, signal: Signal, timeout_s: float) -> bool:
        """Sleep on the signal while a listener feeds it."""
        self._listen()
        return await signal.wait(timeout_s)

    def _listen(self) -> None:
        if not isinstance(self._engine, sa.Engine):
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._keep_listening(self._engine), name="pybase-extraction-listener")
        elif self._thread is None:
            self._thread = threading.Thread(target=self._keep_selecting, name="pybase-extraction-listener", daemon=True)
            self._thread.start()

    async def close(self) -> None:
        """Stop the listener."""
        self._stop.set()
        if self._thread is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _heard(self, channel: str) -> None:
        if channel in self._channels:
            self._channels[channel].notify()

    def _heard_anew(self) -> None:
        # whatever was announced while nobody listened
        for signal in self._channels.values():
            signal.notify()

    @property
    def _statements(self) -> list[str]:
        return [f'LISTEN "{channel}"' for channel in self._channels]

    # -- a synchronous engine: a thread on the descriptor of its connection ---------------------------------------

    def _keep_selecting(self) -> None:
        pauses = _Pauses()
        while not self._stop.is_set():
            try:
                self._select()
            except _interruptions() as exc:
                pause_s = pauses.next()
                _tell_of(exc, pauses.level)
                self._stop.wait(pause_s)

    def _select(self) -> None:
        assert isinstance(self._engine, sa.Engine)
        pooled = self._engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()  # the pool must not count a connection that stays out for ever
        try:
            driver.autocommit = True
            for statement in self._statements:
                driver.execute(statement)
            self._heard_anew()
            # not select(), which knows no descriptor above 1023
            with selectors.DefaultSelector() as selector:
                selector.register(driver.fileno(), selectors.EVENT_READ)
                while not self._stop.is_set():
                    if selector.select(0.5):
                        driver.pgconn.consume_input()
                        while note := driver.pgconn.notifies():
                            self._heard(note.relname.decode())
        finally:
            driver.close()

    # -- an asynchronous engine: its driver's own callbacks -------------------------------------------------------

    async def _keep_listening(self, engine: AsyncEngine) -> None:
        pauses = _Pauses()
        while not self._stop.is_set():
            ended: Exception | None = None
            try:
                await (self._hear_asyncpg(engine) if engine.driver == "asyncpg" else self._hear_psycopg(engine))
            except _interruptions() as exc:
                ended = exc
            pause_s = pauses.next()
            _tell_of(ended or ConnectionError("closed"), pauses.level)
            await asyncio.sleep(pause_s)

    async def _hear_asyncpg(self, engine: AsyncEngine) -> None:
        pooled = await engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()
        ended = asyncio.Event()
        heard: Callable[..., None] = lambda _connection, _pid, channel, _payload: self._heard(channel)  # noqa: E731
        try:
            driver.add_termination_listener(lambda _connection: ended.set())
            for channel in self._channels:
                await driver.add_listener(channel, heard)
            self._heard_anew()
            await ended.wait()
        finally:
            driver.terminate()

    async def _hear_psycopg(self, engine: AsyncEngine) -> None:
        pooled = await engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()
        try:
            await driver.set_autocommit(True)
            for statement in self._statements:
                await driver.execute(statement)
            self._heard_anew()
            async for note in driver.notifies():
                self._heard(note.channel)
        finally:
            await driver.close()


def _tell_of(interruption: Exception, level: int) -> None:
    told = "listening for jobs was interrupted (%s); they are polled until the server can be listened to again"
    logger.log(level, told, type(interruption).__name__)


def _interruptions() -> tuple[type[Exception], ...]:
    """Give the errors of a lost connection; below SQLAlchemy nobody wraps those of the installed drivers."""
    found: list[type[Exception]] = [SQLAlchemyError, OSError]
    with contextlib.suppress(ImportError):
        import psycopg

        found.append(psycopg.Error)
    with contextlib.suppress(ImportError):
        import asyncpg  # type: ignore[import-untyped]  # only one of the two may be installed

        found += [asyncpg.PostgresError, asyncpg.InterfaceError]
    return tuple(found)
