"""A submission in the caller's own transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from pybase_extraction.jobs import ALL_OWNERS, NewJob
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.repositories.tables import define_tables

pytestmark = pytest.mark.anyio


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[UUID] = mapped_column(primary_key=True)


TABLES = define_tables(Base.metadata, user_fk="users.id", owner_type=sa.Uuid())
OWNER = "01890000-0000-7000-8000-000000000001"


def job() -> NewJob:
    return NewJob(format="pdf", filename="a.pdf", owner_id=OWNER)


@pytest.fixture(params=["sqlite", "asyncpg", "psycopg"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[AsyncEngine]:
    if request.param == "sqlite":
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'host.db'}")
    else:
        url: str = request.getfixturevalue("postgres_database")
        engine = create_async_engine(url.replace("postgresql://", f"postgresql+{request.param}://"))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)  # as the host's own migrations would
    yield engine
    await engine.dispose()


@pytest.fixture
async def repository(engine: AsyncEngine) -> AsyncIterator[SqlJobRepository]:
    async with SqlJobRepository(engine, tables=TABLES) as repository:
        yield repository


async def ids(repository: SqlJobRepository) -> set[UUID]:
    return {job.id for job in (await repository.find(owner=ALL_OWNERS)).jobs}


async def test_the_job_and_its_dispatch_come_with_the_commit(engine: AsyncEngine, repository: SqlJobRepository) -> None:
    dispatched: list[UUID] = []
    async with AsyncSession(engine) as session:
        session.add(User(id=UUID(OWNER)))  # not flushed: the job refers to it all the same
        submitted = await repository.submit(job(), session=session, on_commit=dispatched.extend)
        assert dispatched == []
        await session.commit()
        assert dispatched == [submitted.job.id]
        await session.commit()
    assert dispatched == [submitted.job.id]
    found = await repository.get(submitted.job.id, owner=OWNER)
    assert found is not None
    assert found.owner_id == OWNER
    assert await repository.get(submitted.job.id, owner="not a key of this host") is None
    assert (await repository.stats(owner=OWNER)).pending == 1


async def test_a_rolled_back_job_was_never_there(engine: AsyncEngine, repository: SqlJobRepository) -> None:
    dispatched: list[UUID] = []
    async with AsyncSession(engine) as session:
        session.add(User(id=UUID(OWNER)))
        await repository.submit_many([job(), job()], session=session, on_commit=dispatched.extend)
        await session.rollback()
        session.add(User(id=UUID(OWNER)))
        await session.commit()
    assert dispatched == []
    assert await ids(repository) == set()
    assert (await repository.stats(owner=ALL_OWNERS)).total == 0


async def test_a_rolled_back_savepoint_takes_only_its_own_jobs(
    engine: AsyncEngine, repository: SqlJobRepository
) -> None:
    dispatched: list[UUID] = []

    async def submit(session: AsyncSession) -> UUID:
        return (await repository.submit(job(), session=session, on_commit=dispatched.extend)).job.id

    async with AsyncSession(engine) as session:
        session.add(User(id=UUID(OWNER)))
        outer = await submit(session)
        async with session.begin_nested():
            kept = await submit(session)
        assert dispatched == []  # a released savepoint is not a commit
        undone = await session.begin_nested()
        await submit(session)
        await undone.rollback()
        await session.commit()
    assert dispatched == [outer, kept]
    assert await ids(repository) == {outer, kept}


async def test_a_rollback_after_a_released_savepoint_dispatches_nothing(
    engine: AsyncEngine, repository: SqlJobRepository
) -> None:
    dispatched: list[UUID] = []
    async with AsyncSession(engine) as session:
        session.add(User(id=UUID(OWNER)))
        await session.flush()
        async with session.begin_nested():
            await repository.submit(job(), session=session, on_commit=dispatched.extend)
        await session.rollback()
        await session.commit()
    assert dispatched == []


async def test_a_bare_connection_dispatches_once_the_row_is_visible(
    engine: AsyncEngine, repository: SqlJobRepository
) -> None:
    dispatched: list[Sequence[UUID]] = []
    async with engine.connect() as connection:
        await connection.execute(sa.insert(User).values(id=UUID(OWNER)))
        submitted = await repository.submit(job(), session=connection, on_commit=dispatched.append)
        await asyncio.sleep(0.05)
        assert dispatched == []
        await connection.commit()
    for _ in range(100):
        if dispatched:
            break
        await asyncio.sleep(0.05)
    assert dispatched == [[submitted.job.id]]
    async with engine.connect() as connection:
        await repository.submit(job(), session=connection, on_commit=dispatched.append)
        await connection.rollback()
    await asyncio.sleep(0.7)
    assert len(dispatched) == 1


async def test_a_user_takes_the_jobs_along(engine: AsyncEngine, repository: SqlJobRepository) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite enforces foreign keys only where the host turns them on")
    async with AsyncSession(engine) as session, session.begin():
        session.add(User(id=UUID(OWNER)))
        await repository.submit(job(), session=session)
    async with engine.begin() as connection:
        await connection.execute(sa.delete(User))
    assert await ids(repository) == set()
    assert (await repository.stats(owner=ALL_OWNERS)).pending == 1  # nobody told the counts
    await repository.recount()
    assert (await repository.stats(owner=ALL_OWNERS)).pending == 0


async def test_a_synchronous_session_joins_too(tmp_path: Path) -> None:
    upgrade(tmp_path / "jobs.db")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'jobs.db'}")
    dispatched: list[UUID] = []
    async with SqlJobRepository(engine) as repository:
        with Session(engine) as session:
            await repository.submit(job(), session=session, on_commit=dispatched.extend)
            session.rollback()
            assert dispatched == []
            submitted = await repository.submit(job(), session=session, on_commit=dispatched.extend)
            session.commit()
        assert dispatched == [submitted.job.id]
        assert await ids(repository) == {submitted.job.id}
        assert [claim.id for claim in await repository.claim(5, worker="w")] == [submitted.job.id]
    engine.dispose()
