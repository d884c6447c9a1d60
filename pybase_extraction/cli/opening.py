"""Making the manager that the commands work with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pybase_extraction.environment import read_environment
from pybase_extraction.errors import StorageError
from pybase_extraction.manager import ExtractionManager

if TYPE_CHECKING:
    from pybase_extraction.repositories.sql import SqlJobRepository
    from pybase_extraction.storage.base import Storage


def make_manager(db: str | None, storage: str | None, **arguments: Any) -> ExtractionManager:
    """Make a manager over the database and storage that the options or the environment name."""
    database = db or read_environment().database
    repository = _repository(database) if database else None
    place = _storage(storage) if storage else None
    if arguments.get("dispatcher") is None:
        return ExtractionManager(repository, place, **arguments)
    try:
        return ExtractionManager(repository, place, **arguments)
    except ValueError as exc:
        raise click.BadParameter(str(exc), param_hint="--queue") from exc


def _repository(database: str) -> SqlJobRepository:
    from pybase_extraction.repositories.sql import SqlJobRepository

    with address_checked():
        return SqlJobRepository(database)


def _storage(address: str) -> Storage:
    from pybase_extraction.storage.opening import open_storage

    try:
        return open_storage(address)
    except ValueError as exc:
        raise click.BadParameter(str(exc), param_hint="--storage") from exc


def make_folder(folder: Path, purpose: str) -> None:
    """Make a folder that will be written to.

    Raises:
        StorageError: It cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        reason = None if os.access(folder, os.W_OK) else "no permission"
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
    if reason is not None:
        raise StorageError(
            f"The {purpose} folder {str(folder)!r} cannot be written to: {reason}.",
            remedy="Make it writable, or name another one.",
        )


@contextmanager
def address_checked() -> Iterator[None]:
    """Tell an address of a database that cannot be one as a wrong use of the command."""
    from sqlalchemy.exc import ArgumentError

    try:
        yield
    except (ValueError, ArgumentError) as exc:
        raise click.BadParameter(str(exc), param_hint="--db") from exc
