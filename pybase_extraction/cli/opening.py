"""Making the manager that the commands work with."""

from __future__ import annotations

from typing import Any

from pybase_extraction.environment import read_environment
from pybase_extraction.manager import ExtractionManager


def make_manager(db: str | None, storage: str | None, **arguments: Any) -> ExtractionManager:
    """Make a manager over the database and storage that the options or the environment name."""
    from pybase_extraction.repositories.sql import SqlJobRepository
    from pybase_extraction.storage.local import LocalStorage

    database = db or read_environment().database
    return ExtractionManager(
        SqlJobRepository(database) if database else None,
        LocalStorage(storage) if storage else None,
        **arguments,
    )
