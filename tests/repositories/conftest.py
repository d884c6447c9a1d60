"""What several of the suites of repositories run on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.repositories.harness import Opened, opened


@pytest.fixture(params=["sqlite", "psycopg"])
async def harness(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Opened]:
    """A repository on each database, and its time; a suite for every kind of repository has a fixture of its own."""
    if request.param == "psycopg":
        # before the event loop runs: fixtures of a test are not made inside another one
        request.getfixturevalue("postgres_database")
    async with opened(request.param, tmp_path, lambda: request.getfixturevalue("postgres_database")) as harness:
        yield harness
