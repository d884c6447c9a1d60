"""How a host uses the public API; never run, only checked: ``mypy --strict tests/typing``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import assert_type
from uuid import UUID

from pybase_extraction import (
    ALL_OWNERS,
    Batch,
    BlockingExtractionManager,
    ExtractionError,
    ExtractionManager,
    ExtractionResult,
    Job,
    JobEvent,
    JobQuery,
    JobStats,
    JobStatus,
    Limits,
    LocalStorage,
    MemoryJobRepository,
    ProcessPoolRunner,
    RetryPolicy,
    Source,
    SqlJobRepository,
    WorkerSettings,
    aextract,
    extract,
)
from pybase_extraction.errors import CorruptedFileError, OptionsError
from pybase_extraction.results import BomItem, Dimension, Issue, Part, Table, TitleBlock


def _tell(done: float | None, word: str | None) -> None:
    print(done, word)


def one_file(path: Path) -> ExtractionResult:
    result = extract(path, format="pdf", options={"extract_dimensions": True}, limits=Limits(timeout_s=20.0))
    assert_type(result, ExtractionResult)
    assert_type(extract("drawing.pdf", extract_title_block=True), ExtractionResult)
    assert_type(extract(b"%PDF-1.7"), ExtractionResult)
    return extract(Source.from_bytes(b"%PDF-1.7", name="a.pdf"), progress=_tell)


async def one_file_in_a_loop(path: Path) -> ExtractionResult:
    result = await aextract(path, enable_services={"werk24"}, credentials={"werk24": "secret"})
    assert_type(result, ExtractionResult)
    return result


def readings(result: ExtractionResult) -> list[str]:
    assert_type(result.dimensions, tuple[Dimension, ...])
    assert_type(result.tables, tuple[Table, ...])
    assert_type(result.parts, tuple[Part, ...])
    assert_type(result.title_block, TitleBlock | None)
    assert_type(result.issues, tuple[Issue, ...])
    items: list[BomItem] = [item for bom in result.boms for item in bom.items]
    nominal: list[float | None] = [dimension.nominal for dimension in result.dimensions]
    pages: list[int | None] = [dimension.provenance.place.page for dimension in result.dimensions]
    sheet = result.title_block
    number = sheet.drawing_number.value if sheet is not None and sheet.drawing_number is not None else None
    return [str(number), *map(str, items), *map(str, nominal), *map(str, pages)]


def errors(path: Path) -> str:
    try:
        extract(path)
    except OptionsError as exc:
        return "; ".join(f"{name}: {reason}" for name, reason in exc.errors)
    except CorruptedFileError as exc:
        assert_type(exc.where, str | None)
        return exc.message
    except ExtractionError as exc:
        assert_type(exc.remedy, str | None)
        return exc.code
    return ""


async def service(path: Path) -> JobStats:
    manager = ExtractionManager(
        SqlJobRepository("postgresql+psycopg://localhost/pybase"),
        LocalStorage(Path("files")),
        retry=RetryPolicy(max_retries=5),
        runner=ProcessPoolRunner(4),
        limits=Limits(max_bytes=100 << 20),
        settings=WorkerSettings(lease_s=30.0),
    )
    async with manager as started:
        job = await started.submit(path, owner="mara", options={"extract_tables": True}, priority=5)
        assert_type(job, Job)
        assert_type(job.id, UUID)
        async for event in started.watch(job.id, owner="mara"):
            assert_type(event, JobEvent)
        ended = await started.wait(job.id, owner="mara")
        if ended.status is JobStatus.COMPLETED:
            assert_type(await started.result(job.id, owner="mara"), ExtractionResult)
        batch = await started.submit_many([path, "other.dxf"], owner=None)
        assert_type(await started.wait_batch(batch.id, owner=None), Batch)
        page = await started.find(JobQuery(statuses=frozenset({JobStatus.FAILED})), owner=ALL_OWNERS, limit=10)
        failed: Sequence[Job] = page.jobs
        for job in failed:
            assert_type(await started.retry(job.id, owner=ALL_OWNERS), Job)
        return await started.stats(owner=ALL_OWNERS)


def script(path: Path) -> ExtractionResult:
    with BlockingExtractionManager(MemoryJobRepository(), works=True) as manager:
        job = manager.wait(manager.submit(path, owner=None).id, owner=None)
        assert_type(job, Job)
        assert_type(manager.cancel(job.id, owner=None), Job)
        return manager.result(job.id, owner=None)
