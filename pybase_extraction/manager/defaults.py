"""What a manager is made of where the host says nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pybase_extraction.errors import StorageError
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.storage.base import Storage

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import JobRepository


def own_policies(registry: ExtractorRegistry, policy: RetryPolicy) -> dict[str, RetryPolicy]:
    """The host's policy, limited for the formats whose extractors say that an attempt costs money."""
    return {
        name: replace(
            policy,
            max_retries=min(policy.max_retries, info.max_retries),
            max_crashes=min(policy.max_crashes, info.max_retries + 1),
            unknown_retries=0,
        )
        for info in registry.extractors()
        if info.max_retries is not None
        for name in (info.name, *(item.name for item in info.formats))
    }


def default_repository(database: str | None, home: Path) -> JobRepository:
    """Open the database that the environment names, or SQLite in the data folder."""
    from pybase_extraction.repositories.sql import SqlJobRepository

    if database is None:
        _make_home(home)
    return SqlJobRepository(database or home / "jobs.sqlite")


def _make_home(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StorageError(
            f"The data folder cannot be made: {exc.strerror or type(exc).__name__}.",
            remedy=f"Make {str(home)!r} writable, or set PYBASE_EXTRACTION_HOME to a folder that is.",
        ) from exc


def default_storage(address: str | None, home: Path) -> Storage:
    """Open the storage that the environment names, or a folder in the data folder."""
    from pybase_extraction.storage.opening import open_storage

    return open_storage(address or str(home / "storage"))
