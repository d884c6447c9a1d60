"""What every route is given: the manager, the caller, and what the host has chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from anyio import CapacityLimiter
from fastapi import Depends, HTTPException, Request
from sqlalchemy.ext.asyncio import AsyncSession

from pybase_extraction.jobs import ALL_OWNERS, Job, JobQuery, Owner
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.mapping import TargetField
from pybase_extraction.repositories.connections import answered

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request.

    Attributes:
        id: Owner of the jobs that are made.
        is_superuser: May see and steer every owner's jobs.
        user: What the host's dependency gave.
    """

    id: str
    is_superuser: bool
    user: Any = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the host has chosen; see ``create_router``."""

    manager: ExtractionManager
    identify: Callable[[Any], Caller]
    callback: Callable[[Caller], str | None] | None
    may_read: Callable[[Caller, str], Awaitable[bool]] | None
    target_fields: Callable[[Caller, str], Awaitable[Sequence[TargetField]]] | None
    on_submit: Callable[[Any, Job, Caller], Awaitable[None]] | None
    http_sources: bool
    max_bytes: int
    max_files: int
    max_bulk_bytes: int
    patience_s: float
    scratch: Path | None
    heartbeat_s: float
    max_streams: int
    streams: Counter[str]
    """How many event streams are open, by caller."""
    drawing: CapacityLimiter
    """Bounds how many pages are drawn at once."""


@dataclass(frozen=True, slots=True)
class Here:
    """One request's surroundings.

    Attributes:
        session: The host's transaction, None when it passes none.
    """

    settings: Settings
    caller: Caller
    session: Any = None

    @property
    def manager(self) -> ExtractionManager:
        """The manager."""
        return self.settings.manager

    @property
    def scope(self) -> Owner:
        """Whose jobs the caller may see: all for a superuser, else the own ones."""
        return ALL_OWNERS if self.caller.is_superuser else self.caller.id

    @property
    def told(self) -> dict[str, Any]:
        """Fields of a new job that say who is told of its end."""
        address = self.settings.callback(self.caller) if self.settings.callback is not None else None
        return {} if address is None else {"callback": address}

    async def release(self) -> None:
        """End the transaction in which the host has looked up the caller, before something that takes long.

        It would hold a connection of the host's pool all the while: thirty slow uploads, or streams of events, and
        nobody else gets one.  What was loaded in it stays loaded.
        """
        if not isinstance(self.session, AsyncSession) or not self.session.in_transaction():
            return
        inner = self.session.sync_session
        expires, inner.expire_on_commit = inner.expire_on_commit, False
        try:
            with answered():
                await self.session.commit()
        finally:
            inner.expire_on_commit = expires

    async def may_read(self, key: str) -> bool:
        """Whether the caller may have an object of the storage read.

        Without a rule of the host: superusers any, others what they have submitted before.
        """
        if self.settings.may_read is not None:
            return await self.settings.may_read(self.caller, key)
        if self.caller.is_superuser:
            return True
        return bool((await self.manager.find(JobQuery(file_url=key), owner=self.caller.id, limit=1)).jobs)


# asynchronous though they wait for nothing: FastAPI gives every synchronous dependency to a thread
async def get_here(request: Request) -> Here:
    """Give what ``create_router``'s own dependency has put into the request."""
    here: Here = request.state.pybase_extraction
    return here


async def get_here_as_superuser(request: Request) -> Here:
    """The same, for superusers only."""
    here = await get_here(request)
    if not here.caller.is_superuser:
        raise HTTPException(403, "Only superusers may do this.")
    return here


User = Annotated[Here, Depends(get_here)]
Superuser = Annotated[Here, Depends(get_here_as_superuser)]
