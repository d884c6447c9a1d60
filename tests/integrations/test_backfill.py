"""Attachments that were there before become jobs once, however often a backfill runs or is stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pybase_extraction.errors import OptionsError
from pybase_extraction.integrations.backfill import Attachment, attachments_below, attachments_of, backfill
from pybase_extraction.jobs import ALL_OWNERS, JobQuery
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.testing.fakes import FAKES

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def registry() -> ExtractorRegistry:
    return ExtractorRegistry.discover(allow=[], plugins=[FAKES])


@pytest.fixture(params=["sqlite", "postgresql"])
async def repository(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlJobRepository]:
    database = tmp_path / "jobs.db" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    upgrade(database)
    async with SqlJobRepository(database) as made:
        yield made


def many(count: int) -> Iterator[Attachment]:
    for number in range(count):
        ending = "fake" if number % 10 else "txt"
        yield Attachment(f"a{number}", f"{number}.{ending}", f"files/{number}", 5, record_id="r", owner_id="mara")


async def test_every_attachment_gets_one_job_and_a_second_run_none(
    repository: SqlJobRepository, registry: ExtractorRegistry
) -> None:
    first = await backfill(repository, registry, many(250), batch=100)
    assert (first.seen, first.registered, first.existing, dict(first.unreadable)) == (250, 225, 0, {".txt": 25})
    second = await backfill(repository, registry, many(250), batch=100)
    assert (second.registered, second.existing) == (0, 225)
    assert await repository.count(owner=ALL_OWNERS) == 225
    assert await repository.count(JobQuery(attachment_id="a7"), owner="mara") == 1


async def test_a_backfill_that_was_stopped_goes_on(repository: SqlJobRepository, registry: ExtractorRegistry) -> None:
    def broken() -> Iterator[Attachment]:
        yield from list(many(250))[:150]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await backfill(repository, registry, broken(), batch=100)
    assert await repository.count(owner=ALL_OWNERS) == 90
    report = await backfill(repository, registry, many(250), batch=100)
    assert (report.registered, report.existing) == (135, 90)


async def test_a_dry_run_counts_and_registers_nothing(
    repository: SqlJobRepository, registry: ExtractorRegistry
) -> None:
    report = await backfill(repository, registry, many(100), dry_run=True)
    assert report.registered == 90
    assert await repository.count(owner=ALL_OWNERS) == 0


async def test_one_attachment_that_is_named_twice_gets_one_job(
    repository: SqlJobRepository, registry: ExtractorRegistry
) -> None:
    twice = [*many(5), *many(5)]
    report = await backfill(repository, registry, twice)
    assert (report.registered, report.existing) == (4, 4)


async def test_progress_is_told_after_each_batch(repository: SqlJobRepository, registry: ExtractorRegistry) -> None:
    seen: list[int] = []

    async def tell(report: object) -> None:
        seen.append(report.seen)

    await backfill(repository, registry, many(25), batch=10, progress=tell)
    assert seen == [10, 20, 25]


async def test_wrong_options_are_refused_before_anything_is_registered(
    repository: SqlJobRepository, registry: ExtractorRegistry
) -> None:
    with pytest.raises(OptionsError):
        await backfill(repository, registry, many(5), options={"fake": {"nonsense": 1}})
    assert await repository.count(owner=ALL_OWNERS) == 0


async def test_what_a_storage_has_below_a_prefix(tmp_path: Path, registry: ExtractorRegistry) -> None:
    storage = LocalStorage(tmp_path / "files")
    for key in ("in/a.fake", "in/deep/b.fake", "out/c.fake"):
        await storage.put(key, b"FAKE")
    async with SqlJobRepository(tmp_path / "jobs.db") as repository:
        report = await backfill(repository, registry, attachments_below(storage, "in/", owner_id="mara"))
        page = await repository.find(JobQuery(), owner="mara")
    assert report.registered == 2
    assert {job.file_url for job in page.jobs} == {"in/a.fake", "in/deep/b.fake"}


def test_attachments_are_found_in_the_data_of_a_record(anyio_backend: str) -> None:
    data = {
        "fld1": [{"id": "x", "filename": "a.dxf", "url": "/files/x", "size": 3, "mime_type": "image/vnd.dxf"}],
        "fld2": "text",
        "fld3": [1, {"id": "no url"}],
    }
    (found,) = attachments_of("rec", data, owner_id="mara", key_of=lambda url: url.removeprefix("/files/"))
    assert found == Attachment("x", "a.dxf", "x", 3, "image/vnd.dxf", "rec", "fld1", "mara")


DAMAGED = [
    {"id": "a\x00b"}, {"id": "x" * 5000}, {"filename": "a\x00.fake"}, {"filename": "a\ud800.fake"},
    {"url": "../secret"}, {"url": "b\x00c"}, {"url": "d" * 3000},
]  # fmt: skip


async def test_a_damaged_attachment_is_counted_and_the_others_are_registered(
    repository: SqlJobRepository, registry: ExtractorRegistry
) -> None:
    fine = {"id": "a0", "filename": "a.fake", "url": "files/0"}
    damaged = [fine | {"id": f"d{number}", "url": f"files/{number}"} | part for number, part in enumerate(DAMAGED)]
    found = attachments_of("rec", {"files": [*damaged, fine]}, owner_id="mara")
    report = await backfill(repository, registry, found)
    assert (report.seen, report.registered, report.unusable) == (8, 1, 7)
    (job,) = (await repository.find(owner="mara")).jobs
    assert job.attachment_id == "a0"


@pytest.mark.parametrize("size", [True, -5, 10**30, "7", 1.5])
def test_what_is_no_size_or_type_is_not_taken_for_one(anyio_backend: str, size: object) -> None:
    item = {"id": 7, "filename": "a.dxf", "url": "x", "size": size, "mime_type": 5}
    (found,) = attachments_of("rec", {"fld": [item, {**item, "filename": ["a.dxf"]}, {**item, "url": {}}]})
    assert (found.id, found.size, found.media_type) == ("7", None, None)


async def test_jobs_of_a_backfill_are_enriched_as_submitted_ones_are(
    repository: SqlJobRepository, registry: ExtractorRegistry
) -> None:
    enrich = {"fake": {"fake-await": {"sleep_s": 0.5}}}
    await backfill(repository, registry, many(3), options={"fake": {"pages": 2}}, enrich=enrich)
    (job, _) = (await repository.find(owner="mara")).jobs
    assert job.options == {"pages": 2, "enrich": [{"fake-await": {"sleep_s": 0.5}}]}
    assert (job.extractor, job.extractor_version) == ("fake", "1+fake-await-1")
    with pytest.raises(OptionsError):
        await backfill(repository, registry, many(1), enrich={"fake": {"fake-await": {"no_such_option": 1}}})
