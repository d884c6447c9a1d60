"""Taking over the rows of an older table of jobs.

PyBase has two migrations that create ``extraction_jobs`` with different columns.  Both are read by the names that their
columns have; a column that has no place here is kept under ``metadata["adopted"]``, so nothing is lost.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from pybase_extraction.errors import RepositoryError
from pybase_extraction.jobs import JobStatus, NewJob, hash_options
from pybase_extraction.repositories.tables import JobTables

_CHUNK: Final = 500

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id",),
    "status": ("status",),
    "format": ("format", "extraction_format"),
    "filename": ("filename", "file_name", "original_filename"),
    "file_url": ("file_url", "file_path"),
    "file_size": ("file_size",),
    "media_type": ("media_type", "mime_type"),
    "owner_id": ("owner_id", "user_id", "created_by_id", "created_by"),
    "record_id": ("record_id",),
    "field_id": ("field_id",),
    "attachment_id": ("attachment_id",),
    "target_table_id": ("target_table_id",),
    "options": ("options", "extraction_options"),
    "result": ("result", "results"),
    "error_message": ("error_message", "error"),
    "progress": ("progress",),
    "retry_count": ("retry_count",),
    "max_retries": ("max_retries",),
    "next_retry_at": ("next_retry_at",),
    "external_task_id": ("celery_task_id", "external_task_id", "task_id"),
    "created_at": ("created_at",),
    "started_at": ("started_at",),
    "completed_at": ("completed_at",),
    "updated_at": ("updated_at",),
}
"""Our columns, and what the old tables call them: the first that exists and is not null counts."""

_STATUSES: Final = {
    "queued": JobStatus.PENDING,
    "retrying": JobStatus.PENDING,
    "running": JobStatus.PENDING,
    # whoever ran it is gone with the old tables
    "processing": JobStatus.PENDING,
    "success": JobStatus.COMPLETED,
    "canceled": JobStatus.CANCELLED,
    **{str(status): status for status in JobStatus if status is not JobStatus.PROCESSING},
}


def adopt(connection: sa.Connection, old: str, tables: JobTables, *, schema: str | None = None) -> int:
    """Copy every row of an old table into the new ones, which must be empty of them; the old table stays as it is.

    A host whose tables are in its own metadata calls this in its own migration, after ``put_aside`` and the creation of
    the new ones.

    Args:
        connection: In the transaction of the migration.
        old: Name of the old table.
        tables: The new tables.
        schema: Schema of the old table.

    Returns:
        The number of rows.

    Raises:
        RepositoryError: Not every row could be copied; roll the transaction back.
    """
    counts: Counter[tuple[str | None, str]] = Counter()
    copied = 0
    for rows in _old_rows(connection, old, schema):
        jobs = [_to_row(row) for row in rows]
        connection.execute(sa.insert(tables.jobs), jobs)
        copied += len(jobs)
        counts.update((job["owner_id"], "live" if job["status"] == "pending" else job["status"]) for job in jobs)
    lines = [{"owner_id": owner, "status": status, "delta": number} for (owner, status), number in counts.items()]
    if lines:
        connection.execute(sa.insert(tables.counts), lines)
    expected = connection.execute(sa.select(sa.func.count()).select_from(_old_table(old, schema))).scalar_one()
    if copied != expected:
        raise RepositoryError(f"Only {copied} of {expected} rows of {old} could be adopted.")
    return copied


def put_aside(connection: sa.Connection, old: str, new: str, *, schema: str | None = None) -> None:
    """Rename an old table of jobs, and free the names of its indexes for the new one.

    Args:
        connection: In the transaction of the migration.
        old: Its name.
        new: The name that it gets.
        schema: Its schema.
    """
    inspector = sa.inspect(connection)
    constraints = {each["name"] for each in inspector.get_unique_constraints(old, schema=schema)}
    quote = connection.dialect.identifier_preparer.quote
    prefix = "" if schema is None else f"{quote(schema)}."
    statements = [
        f"DROP INDEX {prefix}{quote(str(index['name']))}"
        for index in inspector.get_indexes(old, schema=schema)
        if index["name"] is not None and index["name"] not in constraints
    ]
    statements.append(f"ALTER TABLE {prefix}{quote(old)} RENAME TO {quote(new)}")
    key = inspector.get_pk_constraint(old, schema=schema)["name"]
    if key is not None and connection.dialect.name == "postgresql":
        statements.append(f"ALTER TABLE {prefix}{quote(new)} RENAME CONSTRAINT {quote(key)} TO {quote(f'{new}_pkey')}")
    for statement in statements:
        connection.execute(sa.text(statement))


def _old_table(name: str, schema: str | None) -> sa.TableClause:
    return sa.table(name, schema=schema)


def _old_rows(connection: sa.Connection, old: str, schema: str | None) -> Iterator[list[Mapping[str, Any]]]:
    # untyped, because the two layouts and the two databases hold the same things as different types
    names = [column["name"] for column in sa.inspect(connection).get_columns(old, schema=schema)]
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names]
    select = sa.select(*columns).select_from(_old_table(old, schema)).order_by(sa.column("id")).limit(_CHUNK)
    last: Any = None
    while True:
        page = select if last is None else select.where(sa.column("id") > sa.literal(last))
        rows = connection.execute(page).mappings().all()
        if not rows:
            return
        yield [dict(row) for row in rows]
        last = rows[-1]["id"]


def _to_row(old: Mapping[str, Any]) -> dict[str, Any]:
    found = {ours: _first(old, names) for ours, names in _NAMES.items()}
    row: dict[str, Any] = {name: _read(name, value) for name, value in found.items()}
    row["created_at"] = row["created_at"] or row["updated_at"] or datetime.now(UTC)
    row["updated_at"] = row["updated_at"] or row["completed_at"] or row["created_at"]
    row["filename"] = row["filename"] or PurePosixPath(row["file_url"] or "").name or str(row["id"])
    row["format"] = (row["format"] or "unknown").lower()
    row["retry_count"] = row["retry_count"] or 0
    row["max_retries"] = 3 if row["max_retries"] is None else row["max_retries"]
    row["progress"] = max(0, min(100, row["progress"] or 0))
    row["options"] = row["options"] if isinstance(row["options"], dict) else {}
    row.update(_state(row, str(found["status"])))
    named = NewJob(format=row["format"], filename=row["filename"], owner_id=row["owner_id"])
    row.update(lane=named.lane, options_hash=hash_options(row["options"]), metadata={"adopted": _rest(old, found)})
    row["result"] = sa.null() if row["result"] is None else row["result"]
    return row


def _read(name: str, value: Any) -> Any:
    reader: Callable[[Any], Any] = _READERS.get(name, _text)
    return reader(value)


def _state(row: Mapping[str, Any], said: str) -> dict[str, Any]:
    status = _STATUSES.get(said.lower().rpartition(".")[2], JobStatus.FAILED)
    # the old tables wrote failed, and a time, where a retry was still to come
    if status is JobStatus.FAILED and row["next_retry_at"] and row["retry_count"] < row["max_retries"]:
        status = JobStatus.PENDING
    if status is JobStatus.PENDING:
        return {"status": str(status), "completed_at": None}
    ended = row["completed_at"] or row["updated_at"]
    progress = 100 if status is JobStatus.COMPLETED else row["progress"]
    return {"status": str(status), "completed_at": ended, "next_retry_at": None, "progress": progress}


def _first(old: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((old[name] for name in names if old.get(name) is not None), None)


def _rest(old: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what has no column here, and the status as it was called."""
    known = {name for names in _NAMES.values() for name in names}
    rest = {name: value for name, value in old.items() if name not in known and value is not None}
    return json.loads(json.dumps({"status": found["status"], **rest}, default=str))  # type: ignore[no-any-return]


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return str(getattr(value, "value", value))


def _key(value: Any) -> str | None:
    """Write a UUID in its usual form, whichever way it was stored, and leave other keys alone."""
    if value is None:
        return None
    try:
        return str(UUID(str(value)))
    except ValueError:
        return str(value)


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str | bytes) else value


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "id": lambda value: UUID(str(value)),
    **dict.fromkeys(("created_at", "started_at", "completed_at", "updated_at", "next_retry_at"), _moment),
    **dict.fromkeys(("file_size", "progress", "retry_count", "max_retries"), _number),
    **dict.fromkeys(("options", "result"), _json),
    **dict.fromkeys(("owner_id", "record_id", "field_id", "attachment_id", "target_table_id"), _key),
}
