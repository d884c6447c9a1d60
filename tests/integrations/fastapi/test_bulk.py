"""Bulk jobs: paged, and in the host's own transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from pybase_extraction.jobs import ALL_OWNERS, Job
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.repositories.tables import define_tables
from pybase_extraction.storage.local import LocalStorage
from tests.integrations.fastapi.conftest import SAMPLES, Api

pytestmark = pytest.mark.anyio
FILES = [("files", (f"{number}.fake", b"FAKE%d" % number)) for number in range(5)]


async def test_a_preview_of_many_files_is_paged(api: Api) -> None:
    house = (SAMPLES / "house.ifc").read_bytes()
    async with api.client("mara") as client:
        files = [("files", (f"{number}.ifc", house + b"\n" * number)) for number in range(2)]
        bulk = (await client.post("/bulk", files=files)).json()["bulk_job_id"]
        await api.manager.wait_batch(UUID(bulk), owner="mara")
        seen = []
        for page in (1, 2):
            given = {"table_id": "parts", "page": page, "page_size": 1}
            answer = await client.post(f"/bulk/{bulk}/preview", params=given)
            assert (answer.status_code, answer.headers["x-total-exact"]) == (200, "false"), answer.text
            (preview,) = answer.json()["file_previews"]
            seen.append((preview["filename"], answer.json()["total_records"] == preview["total_records"] > 0))
        assert seen == [("0.ifc", True), ("1.ifc", True)]
        whole = await client.post(f"/bulk/{bulk}/preview", params={"table_id": "parts"})
        assert (whole.headers["x-total-exact"], whole.json()["files_with_data"]) == ("true", 2)
        assert (await client.post(f"/bulk/{bulk}/preview?table_id=parts&page_size=101")).status_code == 422


async def test_the_files_of_a_bulk_job_are_paged_in_their_order(api: Api) -> None:
    async with api.client("mara") as client:
        made = (await client.post("/bulk", files=FILES)).json()
        address = f"/bulk/{made['bulk_job_id']}"
        pages = [(await client.get(address, params={"page": n, "page_size": 2})).json() for n in (1, 2, 3, 4)]
        assert (await client.get(address, params={"page_size": 1001})).status_code == 422
    names = [[item["filename"] for item in page["files"]] for page in pages]
    assert names == [["0.fake", "1.fake"], ["2.fake", "3.fake"], ["4.fake"], []]
    assert [item["filename"] for item in made["files"]] == [name for page in names for name in page]
    assert {page["total_files"] for page in pages} == {5}


@pytest.fixture(params=["sqlite", "postgresql"])
async def host(
    request: pytest.FixtureRequest, tmp_path: Path, registry: ExtractorRegistry
) -> AsyncIterator[tuple[Api, list[Any]]]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'host.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_database").replace("postgresql://", "postgresql+asyncpg://")
    engine, metadata = create_async_engine(url), sa.MetaData()
    tables = define_tables(metadata)
    own = sa.Table("attachments", metadata, sa.Column("job_id", sa.Uuid, primary_key=True), sa.Column("name", sa.Text))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    refused: list[str] = []

    async def session() -> AsyncIterator[AsyncSession]:
        async with AsyncSession(engine) as made:
            yield made

    async def on_submit(transaction: AsyncSession, job: Job, caller: Any) -> None:
        await transaction.execute(sa.insert(own).values(job_id=job.id, name=job.filename))
        if job.filename in refused:
            raise PermissionError(job.filename)

    repository = SqlJobRepository(engine, tables=tables)
    async with ExtractionManager(repository, LocalStorage(tmp_path / "f"), registry=registry, works=False) as manager:

        async def names() -> list[str]:
            async with AsyncSession(engine) as made:
                return sorted((await made.scalars(sa.select(own.c.name))).all())

        yield Api(manager, session=session, on_submit=on_submit), [refused, names]
    await engine.dispose()


async def test_a_bulk_job_and_the_hosts_rows_are_there_together_or_not_at_all(host: tuple[Api, list[Any]]) -> None:
    api, (refused, names) = host
    refused.append("3.fake")
    async with api.client("mara") as client:
        with pytest.raises(PermissionError):
            await client.post("/bulk", files=FILES)
        assert (await names(), await api.manager.count(owner=ALL_OWNERS)) == ([], 0)
        refused.clear()
        made = await client.post("/bulk", files=FILES)
        assert (made.status_code, len(made.json()["files"]), made.json()["files_pending"]) == (202, 5, 5)
        assert await names() == [f"{number}.fake" for number in range(5)]
        assert (await client.get("/jobs")).json()["total"] == 5
