"""Fixtures that every part of the tests may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# how long an example takes says how busy the machine is, nothing about the code
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def anyio_backend() -> str:
    """The event loop of tests that do not ask for another; trio comes with none of the declared requirements."""
    return "asyncio"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real files beside the project, which not every checkout has."""
    folder = Path(__file__).parents[2] / "shared" / "corpus"
    if not (folder / "MANIFEST.csv").is_file():
        pytest.skip("the folder of real files (../shared/corpus) is not here")
    return folder


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a running PostgreSQL, ``postgresql://user@host:port/database``, shared by the session."""
    from tests.servers import postgres

    with postgres() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """Address of an empty database of its own for one test."""
    from tests.servers import create_database, drop_database

    url = create_database(postgres_url)
    yield url
    drop_database(url)
