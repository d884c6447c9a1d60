"""Routes about bulk jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from pybase_extraction import mapping
from pybase_extraction.errors import JobStateError, OptionsError
from pybase_extraction.integrations.fastapi.context import Here, User
from pybase_extraction.integrations.fastapi.failures import Route, refusals
from pybase_extraction.integrations.fastapi.jobs import checked_place, known_format, target_fields
from pybase_extraction.integrations.fastapi.projection import bulk_response
from pybase_extraction.integrations.fastapi.schemas import BulkExtractionResponse, BulkImportPreview, FilePreview
from pybase_extraction.integrations.fastapi.uploads import form, receive
from pybase_extraction.jobs import Batch, Job, JobQuery, JobStatus, Owner, PageKey
from pybase_extraction.repositories.connections import answered

router = APIRouter(route_class=Route)
_CHUNK = 1000
_SAMPLES = 5
_PREVIEWED = 100
"""Files of one preview: the result of each is read."""
EXACT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "headers": {
            "X-Total-Exact": {
                "description": "`false` where the preview is of some of the completed files.",
                "schema": {"type": "string", "enum": ["true", "false"]},
            }
        }
    }
}


async def _jobs(here: Here, batch_id: UUID, owner: Owner, session: Any = None) -> AsyncIterator[Job]:
    after: PageKey | None = None
    while True:
        page = await here.manager.find(
            JobQuery(batch_id=batch_id), owner=owner, limit=_CHUNK, after=after, oldest_first=True, session=session
        )
        for job in page.jobs:
            yield job
        after = page.next_key
        if after is None:
            return


async def _answer(here: Here, batch_id: UUID, page: int = 1, size: int = _CHUNK) -> BulkExtractionResponse:
    batch = await here.manager.batch(batch_id, owner=here.scope)
    found = await here.manager.find(
        JobQuery(batch_id=batch_id), owner=here.scope, limit=size, offset=(page - 1) * size, oldest_first=True
    )
    return bulk_response(batch, found.jobs)


async def _committed(here: Here, batch: Batch) -> None:
    """Let the host add its own rows for each job, and commit them together with the bulk job."""
    if here.session is None:
        return
    if here.settings.on_submit is not None:
        async for job in _jobs(here, batch.id, here.caller.id, here.session):
            await here.settings.on_submit(here.session, job, here.caller)
    with answered():
        await here.session.commit()


@router.post(
    "/bulk", status_code=202, responses=refusals(400, 408, 413, 415, 422),
    openapi_extra=form("format", "options", "target_table_id", files="files"),
)  # fmt: skip
async def submit_bulk(request: Request, here: User) -> BulkExtractionResponse:
    """Take many files as one bulk job; when one is refused, none is taken."""
    async with receive(request, here, is_bulk=True) as received:
        if not received.files:
            raise RequestValidationError([{"loc": ("body", "files"), "msg": "Field required", "type": "missing"}])
        table = received.text("target_table_id")
        batch = await here.manager.submit_many(
            received.files,
            owner=here.caller.id,
            format=known_format(here, received.text("format")),
            options=received.options(),
            session=here.session,
            **checked_place({} if table is None else {"target_table_id": table}),
            **here.told,
        )
        await _committed(here, batch)
    return await _answer(here, batch.id)


@router.get("/bulk/{bulk_id}", responses=refusals(404))
async def get_bulk(
    bulk_id: UUID,
    here: User,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=_CHUNK)] = _CHUNK,
) -> BulkExtractionResponse:
    """Read a bulk job with its files, in the order of their submission; the counts are those of all files."""
    return await _answer(here, bulk_id, page, page_size)


@router.post("/bulk/{bulk_id}/retry", status_code=202, responses=refusals(404, 409))
async def retry_bulk(bulk_id: UUID, here: User) -> BulkExtractionResponse:
    """Try the failed files of a bulk job again."""
    batch = await here.manager.batch(bulk_id, owner=here.scope)
    if not await here.manager.retry_batch(bulk_id, owner=here.scope):
        raise JobStateError("No file of the bulk job has failed.", status=batch.status)
    return await _answer(here, bulk_id)


@router.post("/bulk/{bulk_id}/preview", responses={**EXACT, **refusals(404, 409)})
async def preview_bulk(
    bulk_id: UUID,
    here: User,
    response: Response,
    table_id: Annotated[str, Query(min_length=1, max_length=255)],
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=_PREVIEWED)] = _PREVIEWED,
) -> BulkImportPreview:
    """Show what importing the rows of completed files into a table would do, for a page of them.

    ``X-Total-Exact`` is ``false`` where there are more completed files: fields, records and samples are those of the
    page.
    """
    batch = await here.manager.batch(bulk_id, owner=here.caller.id)
    if not batch.completed:
        raise JobStateError("No file of the bulk job is completed.", status=batch.status)
    fields = await target_fields(here, table_id)
    query = JobQuery(batch_id=bulk_id, statuses=frozenset({JobStatus.COMPLETED}))
    found = await here.manager.find(
        query, owner=here.caller.id, limit=page_size, offset=(page - 1) * page_size, oldest_first=True
    )
    response.headers["X-Total-Exact"] = str(len(found.jobs) == batch.completed).lower()
    shown = [(job, made) for job in found.jobs if (made := await _preview(here, job, fields)) is not None]
    return _together(batch, fields, shown)


async def _preview(here: Here, job: Job, fields: list[mapping.TargetField]) -> mapping.ImportPreview | None:
    result = await here.manager.result(job.id, owner=here.caller.id)
    try:
        return await anyio.to_thread.run_sync(mapping.preview, result, fields)
    except OptionsError:  # nothing in the result makes rows
        return None


def _together(
    batch: Batch, fields: list[mapping.TargetField], previews: list[tuple[Job, mapping.ImportPreview]]
) -> BulkImportPreview:
    suggested: dict[str, str] = {}
    for _, shown in reversed(previews):
        suggested |= shown.suggested_mapping
    return BulkImportPreview(
        bulk_job_id=batch.id,
        total_files=batch.total,
        total_records=sum(shown.total_records for _, shown in previews),
        source_fields=list(dict.fromkeys(name for _, shown in previews for name in shown.source_fields)),
        target_fields=[item.model_dump() for item in fields],
        suggested_mapping=suggested,
        sample_data=[row for _, shown in previews for row in shown.sample_data][:_SAMPLES],
        file_previews=[
            FilePreview(
                file_path=str(job.id),
                filename=job.filename,
                format=job.format,
                source_fields=shown.source_fields,
                sample_data=shown.sample_data,
                total_records=shown.total_records,
            )
            for job, shown in previews
        ],
        files_with_data=len(previews),
        files_failed=batch.failed,
    )
