"""What the suites need to run on each kind of repository: one of them, and a way to let time pass."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from pybase_extraction.repositories.base import JobRepository
from pybase_extraction.repositories.memory import MemoryJobRepository
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.repositories.tables import Instant

KINDS = ("memory", "sqlite", "aiosqlite", "psycopg", "psycopg-async", "asyncpg")
SERVER_KINDS = ("psycopg", "psycopg-async", "asyncpg")


class Harness(Protocol):
    repository: JobRepository
    elapse: Callable[[float], Awaitable[None]]


class Clock:
    """Seconds since 1970 that stand still until they are told to pass."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self.now = start

    def __call__(self) -> float:
        return self.now

    async def elapse(self, seconds: float) -> None:
        self.now += seconds


class Opened:
    """A repository and its time."""

    def __init__(self, repository: JobRepository, elapse: Callable[[float], Awaitable[None]]) -> None:
        self.repository, self.elapse = repository, elapse


@contextlib.asynccontextmanager
async def opened(kind: str, folder: Path, database: Callable[[], str]) -> AsyncIterator[Opened]:
    """Open an empty repository of a kind; ``database`` gives the address of an empty PostgreSQL database."""
    clock = Clock()
    if kind == "memory":
        yield Opened(MemoryJobRepository(clock=clock), clock.elapse)
    elif kind == "sqlite":
        async with SqlJobRepository(folder / "jobs.db", clock=clock) as repository:
            yield Opened(repository, clock.elapse)
    elif kind == "aiosqlite":
        upgrade(folder / "jobs.db")
        engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'jobs.db'}")
        async with SqlJobRepository(engine, clock=clock) as repository:
            yield Opened(repository, clock.elapse)
        await engine.dispose()
    else:
        async with _on_server(kind, database()) as repository:
            yield Opened(repository, shifting(repository))


@contextlib.asynccontextmanager
async def _on_server(kind: str, url: str) -> AsyncIterator[SqlJobRepository]:
    upgrade(url)
    if kind == "psycopg":
        async with SqlJobRepository(url) as repository:
            yield repository
        return
    driver = "asyncpg" if kind == "asyncpg" else "psycopg"
    engine = create_async_engine(url.replace("postgresql://", f"postgresql+{driver}://"))
    async with SqlJobRepository(engine) as repository:
        yield repository
    await engine.dispose()


def shifting(repository: SqlJobRepository) -> Callable[[float], Awaitable[None]]:
    """Let time pass on a server, whose clock is its own: everything that was happened that much earlier."""
    jobs = repository.tables.jobs
    moments = [column for column in jobs.c if isinstance(column.type, Instant)]

    async def elapse(seconds: float) -> None:
        earlier = {
            column.name: column - sa.func.make_interval(0, 0, 0, 0, 0, 0, sa.literal(seconds, sa.Float()))
            for column in moments
        }
        await repository._transact(lambda connection: connection.execute(sa.update(jobs).values(earlier)))

    return elapse
