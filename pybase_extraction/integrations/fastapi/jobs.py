"""Routes about single jobs."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse

from pybase_extraction import mapping
from pybase_extraction.errors import ExtractionError, JobStateError, OptionsError, StorageError
from pybase_extraction.integrations import page_pictures
from pybase_extraction.integrations.fastapi import events
from pybase_extraction.integrations.fastapi.context import Here, User
from pybase_extraction.integrations.fastapi.failures import Route, refusals
from pybase_extraction.integrations.fastapi.projection import job_response, read_result
from pybase_extraction.integrations.fastapi.schemas import (
    NO_NUL,
    CreateJob,
    ExtractionJobListResponse,
    ExtractionJobResponse,
    ImportPreview,
)
from pybase_extraction.integrations.fastapi.uploads import form, receive
from pybase_extraction.jobs import Job, JobQuery, JobStats, JobStatus, PageKey
from pybase_extraction.repositories.connections import answered
from pybase_extraction.source import display_name
from pybase_extraction.storage.base import check_key, is_address

router = APIRouter(route_class=Route)
EVENT_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'id: 1.0.processing.40\nevent: job\ndata: {"status": "processing", "progress": 40}\n\n',
            }
        },
        "description": "Events.",
    }
}
PLACE = ("record_id", "field_id", "attachment_id", "target_table_id")


async def committed(here: Here, job: Job) -> Job:
    """Let the host add its own rows, and commit them together with the job."""
    if here.session is not None:
        if here.settings.on_submit is not None:
            await here.settings.on_submit(here.session, job, here.caller)
        with answered():
            await here.session.commit()
    return job


@router.post(
    "/upload", status_code=202, responses=refusals(400, 408, 413, 415, 422),
    openapi_extra=form(*PLACE, "format", "options"),
)  # fmt: skip
async def upload(request: Request, here: User) -> ExtractionJobResponse:
    """Take a file and extract it later; the answer names the job."""
    async with receive(request, here) as received:
        place = {name: text for name in PLACE if (text := received.text(name)) is not None}
        job = await here.manager.submit(
            received.file,
            owner=here.caller.id,
            format=known_format(here, received.text("format")),
            options=received.options(),
            session=here.session,
            **checked_place(place),
            **here.told,
        )
        return job_response(await committed(here, job))


def known_format(here: Here, name: str | None) -> str | None:
    """Check that something reads the format that a request names.

    Raises:
        OptionsError: Nothing does.
    """
    if name is not None and name not in here.manager.registry.formats():
        known = ", ".join(here.manager.registry.formats())
        raise OptionsError(f"There is no format {name[:80]!r}. There are: {known}.", errors=(("format", "is unknown"),))
    return name


def checked_place(place: dict[str, str]) -> dict[str, Any]:
    """Check what says where in the host a file belongs.

    Raises:
        OptionsError: A value is too long, or the table's id is no UUID.
    """
    for name, value in place.items():
        if len(value.encode()) > 255 or not value.isprintable():
            raise OptionsError(f"{name} is too long or not printable.", errors=((name, "is no identifier"),))
    try:
        return {name: str(UUID(value)) if name == "target_table_id" else value for name, value in place.items()}
    except ValueError as exc:
        raise OptionsError("target_table_id is no UUID.", errors=(("target_table_id", "is no UUID"),)) from exc


@router.post("/jobs", status_code=202, responses=refusals(400, 413, 415, 422))
async def create_job(body: CreateJob, here: User) -> ExtractionJobResponse:
    """Extract a file that is in the storage already, or at an address where the host allows it."""
    place = {name: str(value) for name in PLACE if (value := getattr(body, name)) is not None}
    given = {
        "owner": here.caller.id,
        "format": known_format(here, body.format),
        "options": body.options,
        "session": here.session,
        **checked_place(place),
        **here.told,
    }
    if is_address(body.file_url) and here.settings.http_sources:
        return job_response(await committed(here, await here.manager.submit(body.file_url, **given)))
    try:
        is_allowed = await here.may_read(check_key(body.file_url))
    except StorageError:
        is_allowed = False
    if not is_allowed:
        raise HTTPException(400, "The storage holds no such file.")
    name = None if body.filename is None else display_name(body.filename)
    job = await here.manager.submit_stored(body.file_url, name=name, **given)
    return job_response(await committed(here, job))


LINK: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "headers": {
            "Link": {"description": "The next page (`rel=next`), by its key.", "schema": {"type": "string"}},
            "X-Total-Exact": {
                "description": "`false` where there are more than `total`: filtered jobs are counted up to 10,000.",
                "schema": {"type": "string", "enum": ["true", "false"]},
            },
        }
    }
}
_COUNTED: Final = 10_000
"""Most jobs that are counted for a filter: to count a million would be a second of the database's time."""
_NUMBERED: Final = 100_000
"""Jobs on pages that have a number: the database passes over all that lie before a page."""


@router.get("/jobs", responses=LINK)
async def list_jobs(
    here: User,
    request: Request,
    response: Response,
    status: JobStatus | None = None,
    format: Annotated[str | None, Query(max_length=100, pattern=NO_NUL)] = None,  # noqa: A002 -- the contract's name
    file_url: Annotated[str | None, Query(max_length=2000, pattern=NO_NUL)] = None,
    attachment_id: Annotated[str | None, Query(max_length=255, pattern=NO_NUL)] = None,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[str | None, Query(max_length=100, description="Key of a page, as `Link` names it.")] = None,
) -> ExtractionJobListResponse:
    """List the caller's jobs, newest first; a superuser sees all.

    The first 100,000 jobs have page numbers; from there on, and faster anywhere, follow the address in ``Link``.
    """
    query = JobQuery(
        statuses=None if status is None else frozenset({status}),
        formats=None if format is None else frozenset({format}),
        file_url=file_url,
        attachment_id=attachment_id,
    )
    key, offset = _place_of(after, (page - 1) * page_size)
    found = await here.manager.find(query, owner=here.scope, limit=page_size, offset=offset, after=key)
    total, is_exact = await _total(here, query)
    response.headers["X-Total-Exact"] = str(is_exact).lower()
    if found.next_key is not None:
        following = request.url.include_query_params(after=found.next_key.to_text()).remove_query_params("page")
        response.headers["Link"] = f'<?{following.query}>; rel="next"'
    return ExtractionJobListResponse(
        items=[job_response(job) for job in found.jobs], total=total, page=page, page_size=page_size
    )


def _place_of(after: str | None, offset: int) -> tuple[PageKey | None, int]:
    if after is None:
        if offset >= _NUMBERED:
            raise _wrong_query("page", f"only the first {_NUMBERED:,} jobs have page numbers; follow Link instead")
        return None, offset
    try:
        return PageKey.from_text(after), 0
    except (ValueError, OverflowError) as exc:
        raise _wrong_query("after", "is no key of a page") from exc


def _wrong_query(name: str, reason: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("query", name), "msg": reason, "type": "value_error", "input": None}])


async def _total(here: Here, query: JobQuery) -> tuple[int, bool]:
    if replace(query, statuses=None) != JobQuery():
        counted = await here.manager.repository.count(query, owner=here.scope, at_most=_COUNTED)
        return counted, counted < _COUNTED
    # by status alone there are counts that do not walk over the ended jobs
    stats = await here.manager.stats(owner=here.scope)
    total = stats.total if query.statuses is None else sum(count_of(stats, status) for status in query.statuses)
    return total, True


def count_of(stats: JobStats, status: JobStatus) -> int:
    """Read the count of one status."""
    return int(getattr(stats, status.value))


@router.get("/jobs/events", responses={**EVENT_STREAM, **refusals(429)}, response_class=StreamingResponse)
async def watch_jobs(here: User) -> StreamingResponse:
    """Stream the caller's latest jobs as they change."""
    await here.release()
    return events.EventStream(events.follow_latest(here), here)


@router.get("/jobs/{job_id}", responses=refusals(404))
async def get_job(job_id: UUID, here: User) -> ExtractionJobResponse:
    """Read one job, with the result in PyBase's form when it is completed."""
    job = await here.manager.get(job_id, owner=here.scope)
    return job_response(job, await read_result(here.manager, job, here.scope))


WHOLE: Final[dict[str, Any]] = {
    "schema": {"type": "object"},
    "example": {"schema_version": 1, "format": "pdf", "source": {"filename": "bracket.pdf"}, "title_blocks": []},
}


@router.get(
    "/jobs/{job_id}/result", responses=refusals(404, 409), response_class=Response,
    openapi_extra={"responses": {"200": {"content": {"application/json": WHOLE}}}},
)  # fmt: skip
async def get_result(job_id: UUID, here: User) -> Response:
    """Read the whole result in the library's own form, see its JSON Schema."""
    return Response(await here.manager.result_json(job_id, owner=here.scope), media_type="application/json")


PICTURE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}, "description": "The page."}
}


@router.get(
    "/jobs/{job_id}/pages/{number}.png",
    responses={**PICTURE, **refusals(400, 404, 501)},
    response_class=Response,
)
async def draw_page(
    job_id: UUID,
    number: Annotated[int, PathParameter(ge=1, le=1_000_000)],
    here: User,
    width: Annotated[int, Query(ge=50, le=page_pictures.MAX_WIDTH)] = 1200,
) -> Response:
    """Draw a page of a PDF or an image as a picture, ``width`` pixels across; models have pictures in their results."""
    await here.release()
    job = await here.manager.get(job_id, owner=here.scope)
    if job.file_url is None:
        raise HTTPException(404, "The job has no file.")
    with tempfile.TemporaryDirectory(dir=here.settings.scratch, prefix="page-", ignore_cleanup_errors=True) as folder:
        # fetched within the bound, too: a file for each of many calls would fill the disk
        async with here.settings.drawing:
            path = await here.manager.storage.fetch(job.file_url, Path(folder), max_bytes=here.settings.max_bytes)
            try:
                drawn = await page_pictures.draw_page(path, number, width=width, format=job.format)
            except LookupError as exc:
                raise HTTPException(404, str(exc)) from exc
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(drawn, media_type="image/png", headers=headers)


@router.get("/jobs/{job_id}/events", responses={**EVENT_STREAM, **refusals(404, 429)}, response_class=StreamingResponse)
async def watch_job(job_id: UUID, here: User, request: Request) -> StreamingResponse:
    """Stream status and progress until the job ends; a client that comes back with Last-Event-ID misses nothing."""
    await here.release()
    await here.manager.get(job_id, owner=here.scope)
    return events.EventStream(events.follow_job(here, job_id, request.headers.get("last-event-id")), here)


@router.delete("/jobs/{job_id}", status_code=204, response_model=None, responses=refusals(404, 409))
async def delete_job(job_id: UUID, here: User) -> None:
    """Cancel a job that has not ended; delete one that has, with its result."""
    job = await here.manager.get(job_id, owner=here.scope)
    try:
        await (here.manager.delete if job.status.is_final else here.manager.cancel)(job_id, owner=here.scope)
    except JobStateError:  # it ended, or was retried, in between
        job = await here.manager.get(job_id, owner=here.scope)
        await (here.manager.delete if job.status.is_final else here.manager.cancel)(job_id, owner=here.scope)


@router.post("/jobs/{job_id}/retry", status_code=202, responses=refusals(404, 409))
async def retry_job(job_id: UUID, here: User) -> ExtractionJobResponse:
    """Try a failed job again, with all its retries."""
    job = await here.manager.get(job_id, owner=here.scope)
    if job.status is not JobStatus.FAILED:
        raise JobStateError(f"The job is {job.status}; only failed ones are retried.", status=job.status)
    return job_response(await here.manager.retry(job_id, owner=here.scope))


@router.post("/jobs/{job_id}/preview", responses=refusals(404, 409))
async def preview_job(
    job_id: UUID, here: User, table_id: Annotated[str, Query(min_length=1, max_length=255)]
) -> ImportPreview:
    """Show what importing the rows of a completed job into a table would do."""
    result = await here.manager.result(job_id, owner=here.caller.id)
    fields = await target_fields(here, table_id)
    try:
        shown = await anyio.to_thread.run_sync(mapping.preview, result, fields)
    except OptionsError:  # nothing in the result makes rows
        described = [item.model_dump() for item in fields]
        return ImportPreview(
            source_fields=[], target_fields=described, suggested_mapping={}, sample_data=[], total_records=0
        )
    return ImportPreview.model_validate(shown.model_dump())


async def target_fields(here: Here, table_id: str) -> list[mapping.TargetField]:
    """Ask the host for the fields of a table; none when it has not said how."""
    ask = here.settings.target_fields
    try:
        return [] if ask is None else list(await ask(here.caller, table_id))
    except (LookupError, PermissionError) as exc:
        if isinstance(exc, ExtractionError):
            raise
        raise HTTPException(404, "There is no such table.") from exc
