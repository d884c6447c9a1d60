"""An application with two users and a superuser, over SQLite, a folder, and the installed extractors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request

from pybase_extraction.integrations.fastapi import create_router
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.mapping import TargetField
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.testing.fakes import FAKES
from pybase_extraction.worker import WorkerSettings

BASE = "/api/v1/extraction"
SAMPLES = Path(__file__).parents[3] / "docs" / "samples"


@pytest.fixture(scope="session")
def registry() -> ExtractorRegistry:
    return ExtractorRegistry.discover(plugins=[FAKES])


@dataclass(frozen=True)
class Person:
    id: str
    is_superuser: bool = False


PEOPLE = {name: Person(name, is_superuser=name == "root") for name in ("mara", "noor", "root")}


def current_user(request: Request) -> Person:
    """Whoever the header names; a host would check a token here."""
    person = PEOPLE.get(request.headers.get("x-user", ""))
    if person is None:
        raise HTTPException(401, "Who are you?")
    return person


async def target_fields(caller: Any, table_id: str) -> list[TargetField]:
    if table_id != "parts":
        raise LookupError(table_id)
    return [TargetField(id="f1", name="Description", type="text"), TargetField(id="f2", name="Quantity", type="number")]


def make_manager(folder: Path, registry: ExtractorRegistry, **given: Any) -> ExtractionManager:
    settings = WorkerSettings(poll_s=0.1, maintain_s=0.2, grace_s=3)
    arguments = {
        "retry": RetryPolicy(base_s=0.1, jitter=0),
        "settings": settings,
        "runner": ProcessPoolRunner(2),
    } | given
    return ExtractionManager(
        SqlJobRepository(folder / "jobs.db"), LocalStorage(folder / "files"), registry=registry, **(arguments | given)
    )


class Api:
    """The application, and clients of its users."""

    def __init__(self, manager: ExtractionManager, **given: Any) -> None:
        self.manager = manager
        self.app = FastAPI()
        router = create_router(manager, **({"current_user": current_user, "target_fields": target_fields} | given))
        self.app.include_router(router, prefix=BASE)

    def client(self, name: str | None) -> httpx.AsyncClient:
        headers = {} if name is None else {"x-user": name}
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url=f"http://test{BASE}", headers=headers, timeout=60)

    async def upload(self, who: str, data: bytes, name: str, **fields: str) -> httpx.Response:
        async with self.client(who) as client:
            return await client.post("/upload", files={"file": (name, data)}, data=fields)

    async def completed(self, who: str, data: bytes = b"FAKE", name: str = "a.fake", **fields: str) -> str:
        """Upload a file, wait for its end, and give the job's id."""
        from uuid import UUID

        answer = await self.upload(who, data, name, **fields)
        assert answer.status_code == 202, answer.text
        job_id: str = answer.json()["id"]
        await self.manager.wait(UUID(job_id), owner=who)
        return job_id


@asynccontextmanager
async def running(folder: Path, registry: ExtractorRegistry, **given: Any) -> AsyncIterator[Api]:
    async with make_manager(folder, registry) as manager:
        yield Api(manager, **given)


@pytest.fixture
async def api(tmp_path: Path, registry: ExtractorRegistry) -> AsyncIterator[Api]:
    async with running(tmp_path, registry, max_bytes=8 << 20, heartbeat_s=0.2) as made:
        yield made
