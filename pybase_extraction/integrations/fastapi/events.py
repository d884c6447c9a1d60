"""Server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi.responses import JSONResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from pybase_extraction.errors import JobNotFoundError, RepositoryError
from pybase_extraction.integrations.fastapi.context import Here
from pybase_extraction.integrations.fastapi.projection import job_response
from pybase_extraction.jobs import Job, PageKey
from pybase_extraction.manager import JobEvent

logger = logging.getLogger(__name__)
_LATEST = 100
_LOOK_S = 1.0


def _event(job: Job, message: str | None, id_: str) -> bytes:
    data = job_response(job).model_dump_json()
    lines = [f"id: {id_}", "event: job", f"data: {data}"]
    if message:
        lines += ["", "event: message", *(f"data: {line}" for line in message.splitlines())]
    return ("\n".join(lines) + "\n\n").encode()


def _state(job: Job) -> str:
    return f"{job.attempt}.{job.retry_count}.{job.status}.{job.progress}"


class EventStream(StreamingResponse):
    """A stream of events, or the refusal where the caller has as many open as one may: each asks the database."""

    def __init__(self, content: AsyncIterator[bytes], here: Here) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, media_type="text/event-stream", headers=headers)
        self._here = here

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; the place is taken here, where nothing can come between taking it and giving it back."""
        open_, caller, most = self._here.settings.streams, self._here.caller.id, self._here.settings.max_streams
        if open_[caller] >= most:
            detail = {"detail": f"At most {most} event streams of one caller may be open.", "code": "too_many_streams"}
            await JSONResponse(detail, 429, {"Retry-After": "30"})(scope, receive, send)
            return
        open_[caller] += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            open_[caller] -= 1
            if not open_[caller]:
                del open_[caller]


async def follow_job(here: Here, job_id: UUID, last: str | None) -> AsyncIterator[bytes]:
    """Give a job whenever it has changed, until it ends.

    Args:
        here: The request's surroundings.
        job_id: The job.
        last: Id of the last event that the client saw: the same state is not sent again, unless it is the end.
    """
    watched = aiter(here.manager.watch(job_id, owner=here.scope))
    waiting: asyncio.Future[JobEvent] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(anext(watched))
            done, _ = await asyncio.wait([waiting], timeout=here.settings.heartbeat_s)
            if not done:
                yield b": still here\n\n"
                continue
            event, waiting = waiting.result(), None
            if _state(event.job) != last or event.job.status.is_final:
                yield _event(event.job, event.message, _state(event.job))
            if event.job.status.is_final:
                return
    except (StopAsyncIteration, JobNotFoundError):  # deleted while it was watched
        yield b"event: gone\ndata: {}\n\n"
    except RepositoryError as exc:  # the client comes again with the id of its last event
        logger.warning("a stream of events has ended: %s", exc)
    finally:
        if waiting is not None:
            waiting.cancel()


async def follow_latest(here: Here) -> AsyncIterator[bytes]:
    """Give the latest jobs, then each of them whenever it has changed."""
    seen: dict[UUID, str] = {}
    quiet_s = 0.0
    while True:
        found = await here.manager.find(owner=here.scope, limit=_LATEST)
        changed = [job for job in reversed(found.jobs) if seen.get(job.id) != _state(job)]
        seen = {job.id: _state(job) for job in found.jobs}
        for job in changed:
            yield _event(job, None, PageKey(job.created_at, job.id).to_text())
        quiet_s = 0.0 if changed else quiet_s + _LOOK_S
        if quiet_s >= here.settings.heartbeat_s:
            quiet_s = 0.0
            yield b": still here\n\n"
        # a busy worker notifies all the time: a second between two looks is enough for a list
        await asyncio.gather(here.manager.repository.wait_for_change(_LOOK_S), asyncio.sleep(_LOOK_S / 4))
