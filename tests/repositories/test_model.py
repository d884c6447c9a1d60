"""The repository against its model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from pybase_extraction.repositories.memory import MemoryJobRepository
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from tests.repositories.harness import Clock, shifting
from tests.repositories.model import RepositoryMachine

Machine = type[RepositoryMachine]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def check(machine: Machine, *, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, derandomize=True,
            suppress_health_check=list(HealthCheck), database=None,
        ),
    )  # fmt: skip


def memory_machine(event_loop: asyncio.AbstractEventLoop) -> Machine:
    class MemoryMachine(RepositoryMachine):
        loop = event_loop

        def open(self) -> None:
            clock = Clock()
            self.repository, self.elapse = MemoryJobRepository(clock=clock), clock.elapse

    return MemoryMachine


def sql_machine(event_loop: asyncio.AbstractEventLoop, address: str, opened: list[SqlJobRepository]) -> Machine:
    """One database for all examples, emptied before each."""
    clock = Clock()
    repository = SqlJobRepository(address, clock=clock)
    opened.append(repository)
    elapse = shifting(repository) if repository.engine.dialect.name == "postgresql" else clock.elapse

    def empty(connection: sa.Connection) -> None:
        for table in repository.tables.all:
            connection.execute(sa.delete(table))

    class SqlMachine(RepositoryMachine):
        loop = event_loop

        def open(self) -> None:
            self.repository, self.elapse = repository, elapse
            self.run(repository._transact(empty))

    return SqlMachine


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "jobs.db")
    url: str = request.getfixturevalue("postgres_database")
    upgrade(url)
    return url


@pytest.fixture
def machine(loop: asyncio.AbstractEventLoop, address: str) -> Iterator[Machine]:
    opened: list[SqlJobRepository] = []
    yield sql_machine(loop, address, opened)
    for repository in opened:
        loop.run_until_complete(repository.close())


def test_memory_behaves_as_its_model(loop: asyncio.AbstractEventLoop) -> None:
    check(memory_machine(loop), examples=150, steps=40)


@pytest.mark.slow
def test_a_database_behaves_as_the_model(machine: Machine) -> None:
    check(machine, examples=20, steps=30)
