"""Every repository passes the one suite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from pybase_extraction.repositories.base import JobRepository
from pybase_extraction.testing.repository import RepositoryConformance
from tests.repositories.harness import KINDS, SERVER_KINDS, Opened, opened


@pytest.mark.parametrize("kind", KINDS)
class TestRepositories(RepositoryConformance):
    @pytest.fixture
    async def harness(
        self, kind: str, tmp_path: Path, request: pytest.FixtureRequest, anyio_backend: str
    ) -> AsyncIterator[Opened]:
        if kind in SERVER_KINDS:  # before the loop needs it: starting the server blocks
            request.getfixturevalue("postgres_database")
        async with opened(kind, tmp_path, lambda: request.getfixturevalue("postgres_database")) as harness:
            yield harness

    @pytest.fixture
    def repository(self, harness: Opened) -> JobRepository:
        assert isinstance(harness.repository, JobRepository)
        return harness.repository

    @pytest.fixture
    def elapse(self, harness: Opened) -> Callable[[float], Awaitable[None]]:
        return harness.elapse
