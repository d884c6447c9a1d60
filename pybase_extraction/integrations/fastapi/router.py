"""``create_router``: all routes, bound to a manager and to the host's notion of a user."""

import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, Request

from pybase_extraction.integrations.fastapi import bulk, files, jobs, maintenance
from pybase_extraction.integrations.fastapi.context import Caller, Here, Settings
from pybase_extraction.integrations.fastapi.failures import refusals
from pybase_extraction.jobs import Job
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.mapping import TargetField

# no ``from __future__ import annotations`` here: FastAPI reads the annotations of the dependency made below

_MOST = 1 << 40
_DRAWN_AT_ONCE = 2


async def _no_session() -> None:
    return None


def _identify(user: Any) -> Caller:
    return Caller(str(user.id), bool(getattr(user, "is_superuser", False)), user)


def create_router(
    manager: ExtractionManager,
    *,
    current_user: Callable[..., Any],
    identify: Callable[[Any], Caller] = _identify,
    session: Callable[..., Any] = _no_session,
    on_submit: Callable[[Any, Job, Caller], Awaitable[None]] | None = None,
    callback: Callable[[Caller], str | None] | None = None,
    may_read: Callable[[Caller, str], Awaitable[bool]] | None = None,
    target_fields: Callable[[Caller, str], Awaitable[Sequence[TargetField]]] | None = None,
    http_sources: bool = False,
    max_bytes: int | None = None,
    max_files: int = 1000,
    max_bulk_bytes: int = 8 << 30,
    patience_s: float = 60.0,
    scratch: Path | None = None,
    heartbeat_s: float = 15.0,
    max_streams: int = 32,
) -> APIRouter:
    """Make the router; mount it under ``/api/v1/extraction`` to have PyBase's addresses.

    Args:
        manager: Started and stopped by the host, in its lifespan.
        current_user: The host's dependency; it refuses whoever is nobody.
        identify: Who that is; the attributes ``id`` and ``is_superuser`` when not given.
        session: A dependency that gives the host's ``AsyncSession``: jobs are added to its transaction, which the
            route commits.  One that ``current_user`` has begun is committed before a body is received or a stream
            sent, so that slow callers hold no connection; what ``SET LOCAL`` says belongs into ``after_begin``.
        on_submit: Adds the host's own rows to that transaction, with the new job.
        callback: The address that ``webhooks`` tells of the end of a caller's jobs.
        may_read: Whether a caller may have an object of the storage read by ``POST /jobs``; without it, what the
            caller has submitted before, and everything for superusers.
        target_fields: Fields of a table of the host, for previews; raises LookupError when there is no such table.
        http_sources: Whether callers may name http(s) addresses in ``POST /jobs``; the manager's ``http_sources`` say
            which.
        max_bytes: Bytes of one file; the manager's limit when None.
        max_files: Files in one bulk request.
        max_bulk_bytes: Bytes of all files of one bulk request.
        patience_s: Seconds that an upload may fall behind 1 KiB a second before it is refused (408).
        scratch: Folder for uploads that are larger than 1 MiB while they arrive; the system's when None.
        heartbeat_s: Seconds between two signs of life on a quiet event stream.
        max_streams: Event streams that one caller may have open in this process; one more is refused (429).
    """
    limit = manager.work.limits.max_bytes if max_bytes is None else max_bytes
    settings = Settings(
        manager=manager,
        identify=identify,
        callback=callback,
        may_read=may_read,
        target_fields=target_fields,
        on_submit=on_submit,
        http_sources=http_sources,
        max_bytes=_MOST if limit is None else limit,
        max_files=max_files,
        max_bulk_bytes=max_bulk_bytes,
        patience_s=patience_s,
        scratch=scratch or Path(tempfile.gettempdir()),
        heartbeat_s=heartbeat_s,
        max_streams=max_streams,
        streams=Counter(),
        drawing=CapacityLimiter(_DRAWN_AT_ONCE),
    )

    async def surroundings(
        request: Request,
        user: Annotated[Any, Depends(current_user)],
        transaction: Annotated[Any, Depends(session)],
    ) -> None:
        request.state.pybase_extraction = Here(settings, settings.identify(user), transaction)

    router = APIRouter(tags=["extraction"])
    # literal addresses before /jobs/{job_id}: the superusers' routes come first; the database is behind all of them
    for part in (maintenance, files, jobs, bulk):
        router.include_router(part.router, dependencies=[Depends(surroundings)], responses=refusals(503))
    return router
