"""What several of the suites of the worker run on; one that needs others has fixtures of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pybase_extraction.repositories.memory import MemoryJobRepository
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.storage.local import LocalStorage


@pytest.fixture(params=["memory", "sqlite"])
async def repository(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MemoryJobRepository]:
    made = MemoryJobRepository() if request.param == "memory" else SqlJobRepository(tmp_path / "jobs.db")
    async with made as opened:
        yield opened


@pytest.fixture
async def storage(tmp_path: Path) -> LocalStorage:
    made = LocalStorage(tmp_path / "storage")
    await made.put("files/a", b"FAKE")
    return made
