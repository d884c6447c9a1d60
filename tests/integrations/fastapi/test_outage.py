"""What callers are told while the database or the storage is away: 503, to come again; and that it heals by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.storage.local import LocalStorage
from tests.integrations.fastapi.conftest import Api
from tests.servers import PostgresServer, create_database

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SOME = f"/jobs/{uuid4()}"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    made = PostgresServer()
    made.start()
    yield made
    made.close()


@pytest.fixture(params=["own threads", "the host's engine", "the host's transaction"])
async def outage(
    request: pytest.FixtureRequest, server: PostgresServer, tmp_path: Path, registry: ExtractorRegistry
) -> AsyncIterator[Api]:
    """An application whose database is ``server``, reached in one of three ways."""
    database = create_database(server.dsn("postgres"))
    upgrade(database)
    engine: AsyncEngine | None = None
    given: dict[str, Any] = {}
    if request.param != "own threads":
        engine = create_async_engine(database.replace("postgresql://", "postgresql+asyncpg://"))
    if request.param == "the host's transaction":

        async def session() -> AsyncIterator[AsyncSession]:
            async with AsyncSession(engine) as made:
                yield made

        given = {"session": session}
    repository = SqlJobRepository(database if engine is None else engine)
    async with ExtractionManager(
        repository, LocalStorage(tmp_path / "files"), registry=registry, works=False
    ) as manager:
        yield Api(manager, **given)
    if engine is not None:
        await engine.dispose()


async def test_a_database_that_is_away_is_503_everywhere_and_heals(outage: Api, server: PostgresServer) -> None:
    async with outage.client("root") as client:
        assert (await outage.upload("root", b"FAKE1", "a.fake")).status_code == 202
        server.stop()
        try:
            for _ in range(2):  # connections that broke, and connections that cannot be made
                answers = [
                    await client.get("/jobs"), await client.get("/jobs/stats"), await client.get(SOME),
                    await client.delete(SOME), await client.post(f"{SOME}/retry"), await client.get(f"{SOME}/events"),
                    await outage.upload("root", b"FAKE2", "b.fake"),
                    await client.post("/bulk", files=[("files", ("c.fake", b"FAKE3"))]),
                    await client.post("/backfill", json={"prefix": "none/"}),
                ]  # fmt: skip
                told = {(answer.status_code, answer.json().get("code")) for answer in answers[:-1]}
                assert told == {(503, "repository_error")}
                assert all(answer.headers["retry-after"] for answer in answers[:-1])
                assert not any("127.0.0.1" in answer.text for answer in answers)
        finally:
            server.start()
        assert (await client.get("/jobs")).json()["total"] == 1
        assert (await outage.upload("root", b"FAKE2", "b.fake")).status_code == 202
        assert (await client.get("/jobs")).json()["total"] == 2


async def test_a_storage_that_is_away_is_503_and_leaves_no_row(outage: Api, tmp_path: Path) -> None:
    files = tmp_path / "files"
    assert (await outage.upload("mara", b"FAKE1", "a.fake")).status_code == 202
    files.rename(tmp_path / "away")
    files.write_bytes(b"a file where the folder was")
    answer = await outage.upload("mara", b"FAKE2", "b.fake")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_error")
    jobs = outage.manager.repository.tables.jobs  # type: ignore[attr-defined]
    count = select(func.count()).select_from(jobs)
    assert await outage.manager.repository.transact(lambda c: c.scalar(count)) == 1  # type: ignore[attr-defined]
    files.unlink()
    (tmp_path / "away").rename(files)
    assert (await outage.upload("mara", b"FAKE2", "b.fake")).status_code == 202
