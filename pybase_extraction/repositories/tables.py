"""The tables of jobs, for the library's own database or for the metadata of the host.

Every index is named after what it serves.  Those of the claim's way are partial, so that a million ended or scheduled
jobs never lie in it; ``lease_expires_at``, ``progress`` and ``updated_at`` are in no index, so that on PostgreSQL a
heartbeat is a heap-only update, for which pages keep room (``fillfactor``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

READY = "status = 'pending' AND next_retry_at IS NULL"
SCHEDULED = "status = 'pending' AND next_retry_at IS NOT NULL"
RETRYING = "status = 'pending' AND retry_count > 0"
RUNNING = "status = 'processing'"
DEDUPED = "dedupe_key IS NOT NULL AND status IN ('pending', 'processing')"
CACHED = "status = 'completed' AND content_sha256 IS NOT NULL"

_STORAGE: Final[dict[str, Any]] = (
    {"postgresql_with": {"fillfactor": 85, "autovacuum_vacuum_scale_factor": 0.02}}
    if tuple(map(int, sa.__version__.split(".")[:2])) >= (2, 1)
    else {}
)
"""Room in every page for updates beside the old row, and a vacuum after every fiftieth row: what was claimed since the
last one lies at the head of the index of ready jobs.  SQLAlchemy 2.0 cannot say it of a table."""


class Instant(sa.types.TypeDecorator[datetime]):
    """A moment: ``timestamptz`` on PostgreSQL, microseconds since 1970 UTC as an integer on SQLite.

    SQLite has no type for it, and integers compare and add as numbers.  In Python always an aware datetime in UTC.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Choose the column type."""
        integer = dialect.name == "sqlite"
        return dialect.type_descriptor(sa.BigInteger() if integer else sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """Write a moment."""
        if value is None or dialect.name != "sqlite":
            return value
        return to_microseconds(value)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Read moments of SQLite without a detour: a claim has four, mostly those of its neighbours."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return _read_instant

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """Read a moment."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return from_microseconds(value)
        moment: datetime = value
        return moment.astimezone(UTC)


def to_microseconds(moment: datetime) -> int:
    """Count the microseconds since 1970 UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Give the moment so many microseconds after 1970 UTC."""
    return _EPOCH + timedelta(microseconds=count)


class OwnerId(sa.types.TypeDecorator[str]):
    """The host's key of a user as text in Python, whatever its column is: text, UUID or integer."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, stored: sa.types.TypeEngine[Any] | None = None) -> None:
        super().__init__()
        self.stored = stored if stored is not None else sa.Text()

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Use the type that the host named."""
        return dialect.type_descriptor(self.stored)

    def to_stored(self, owner: str | None) -> str | int | UUID | None:
        """Convert an owner to what the column holds.

        Raises:
            ValueError: The host's keys are UUIDs or integers, and this is none.
        """
        if owner is None:
            return None
        if isinstance(self.stored, sa.Uuid):
            return UUID(owner)
        return int(owner) if isinstance(self.stored, sa.Integer) else owner

    def to_json(self, owner: str | None) -> str | int | None:
        """Convert an owner to what a JSON document holds for the column."""
        stored = self.to_stored(owner)
        return stored.hex if isinstance(stored, UUID) else stored

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> Any:  # noqa: ARG002 -- the signature is SQLAlchemy's
        """Write an owner."""
        return self.to_stored(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 -- the signature is SQLAlchemy's
        """Read an owner."""
        return None if value is None else str(value)

    def from_stored(self, value: Any) -> str | None:
        """Convert what SQLite's driver gives for the column to an owner."""
        if value is None:
            return None
        return str(UUID(value)) if isinstance(self.stored, sa.Uuid) else str(value)


@lru_cache(maxsize=1024)
def _read_instant(count: int | None) -> datetime | None:
    return None if count is None else from_microseconds(count)


@dataclass(frozen=True, slots=True)
class JobTables:
    """The four tables.

    Attributes:
        jobs: One row a job, the whole truth about it.
        attempts: The append-only log; without a foreign key, whose check would cost a row lock per settled job.
        batches: Bulk submissions; their counts are derived from the jobs.
        counts: Changes of the number of live and ended jobs, summed by ``stats`` and folded together from time to time.
    """

    jobs: sa.Table
    attempts: sa.Table
    batches: sa.Table
    counts: sa.Table

    @property
    def owner_type(self) -> OwnerId:
        """Type of the owner columns."""
        kind = self.jobs.c.owner_id.type
        assert isinstance(kind, OwnerId)
        return kind

    @property
    def all(self) -> tuple[sa.Table, ...]:
        """The tables in an order in which they can be created."""
        return (self.jobs, self.attempts, self.batches, self.counts)

    @property
    def channel(self) -> str:
        """Base of the names of the notification channels on PostgreSQL."""
        return f"{self.jobs.schema or 'public'}.{self.jobs.name}"[:50]


def define_tables(
    metadata: sa.MetaData,
    *,
    schema: str | None = None,
    table: str = "extraction_jobs",
    user_fk: str | None = None,
    owner_type: sa.types.TypeEngine[Any] | None = None,
    on_user_delete: str = "CASCADE",
) -> JobTables:
    """Add the tables to a MetaData; nothing is created in any database.

    Args:
        metadata: The host's, so that its Alembic sees the tables.
        schema: Schema of the tables; the metadata's own when None.
        table: Name of the table of jobs; the others are called after it.
        user_fk: Column of the host's users, for example ``"users.id"``, for a foreign key of the owner.
        owner_type: Type of that column: text (when None), ``sa.Uuid()`` or an integer type.
        on_user_delete: What happens to a deleted user's jobs; ``"SET NULL"`` leaves them to nobody.
    """
    define = _Definition(metadata, schema, table, user_fk, OwnerId(owner_type), on_user_delete)
    return JobTables(define.jobs(), define.attempts(), define.batches(), define.counts())


def _bytewise() -> sa.types.TypeEngine[str]:
    # lanes are compared byte by byte: a language's collation is slow and may ignore the separator
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _json() -> sa.types.TypeEngine[Any]:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


@dataclass(frozen=True, slots=True)
class _Definition:
    metadata: sa.MetaData
    schema: str | None
    name: str
    user_fk: str | None
    owner_type: OwnerId
    on_user_delete: str

    def _table(self, name: str, *items: sa.schema.SchemaItem, **options: Any) -> sa.Table:
        return sa.Table(name, self.metadata, *items, schema=self.schema, **options)

    def _owner(self, *, key: bool = True) -> sa.Column[str]:
        keys = [sa.ForeignKey(self.user_fk, ondelete=self.on_user_delete)] if self.user_fk and key else []
        return sa.Column("owner_id", self.owner_type, *keys, nullable=True)

    def jobs(self) -> sa.Table:
        required: Callable[..., Any] = lambda name, kind, default=None: sa.Column(  # noqa: E731 -- three words per line below
            name, kind, nullable=False, server_default=default
        )
        table = self._table(
            self.name,
            sa.Column("id", sa.Uuid(), primary_key=True),
            required("status", sa.String(16), "pending"),
            required("lane", _bytewise()),
            required("priority", sa.Integer(), "0"),
            required("attempt", sa.Integer(), "0"),
            sa.Column("next_retry_at", Instant()),
            sa.Column("leased_by", sa.Text()),
            sa.Column("lease_expires_at", Instant()),
            required("cancel_requested", sa.Boolean(), sa.false()),
            required("progress", sa.Integer(), "0"),
            required("retry_count", sa.Integer(), "0"),
            required("crash_count", sa.Integer(), "0"),
            required("max_retries", sa.Integer(), "3"),
            required("format", sa.Text()),
            required("filename", sa.Text()),
            sa.Column("file_url", sa.Text()),
            sa.Column("file_size", sa.BigInteger()),
            sa.Column("media_type", sa.Text()),
            sa.Column("content_sha256", sa.Text()),
            required("options", _json(), sa.text("'{}'")),
            required("options_hash", sa.Text()),
            self._owner(),
            sa.Column("batch_id", sa.Uuid()),
            sa.Column("record_id", sa.Text()),
            sa.Column("field_id", sa.Text()),
            sa.Column("attachment_id", sa.Text()),
            sa.Column("target_table_id", sa.Text()),
            sa.Column("extractor", sa.Text()),
            sa.Column("extractor_version", sa.Text()),
            sa.Column("service", sa.Text()),
            sa.Column("dedupe_key", sa.Text()),
            sa.Column("external_task_id", sa.Text()),
            sa.Column("callback", sa.Text()),
            required("metadata", _json(), sa.text("'{}'")),
            sa.Column("error_code", sa.Text()),
            sa.Column("error_message", sa.Text()),
            required("created_at", Instant()),
            sa.Column("started_at", Instant()),
            sa.Column("completed_at", Instant()),
            required("updated_at", Instant()),
            sa.Column("result_key", sa.Text()),
            sa.Column("result_sha256", sa.Text()),
            sa.Column("result_size", sa.BigInteger()),
            # last, so that SQLite reads the columns before it without walking its overflow pages
            sa.Column("result", _json()),
            **_STORAGE,
        )
        self._index_jobs(table)
        return table

    def _index_jobs(self, table: sa.Table) -> None:
        c = table.c
        self._index("ready", c.lane, c.priority.desc(), c.id, where=READY)
        self._index("scheduled", c.next_retry_at, where=SCHEDULED)
        self._index("retrying", c.owner_id, where=RETRYING)
        self._index("running", c.leased_by, where=RUNNING)
        self._index("deduped", c.dedupe_key, where=DEDUPED, unique=True)
        self._index("listed", c.status, c.created_at, c.id)
        self._index("owned", c.owner_id, c.status, c.created_at, c.id)
        self._index("formats", c.format, c.status, c.created_at, c.id)
        self._index("file_url", c.file_url, where="file_url IS NOT NULL")
        self._index("record", c.record_id, c.attachment_id, where="record_id IS NOT NULL")
        self._index("attachment", c.attachment_id, where="attachment_id IS NOT NULL")
        self._index("batch", c.batch_id, c.status, where="batch_id IS NOT NULL")
        self._index("cached", c.content_sha256, c.options_hash, where=CACHED)

    def _index(self, name: str, *columns: Any, where: str | None = None, unique: bool = False) -> None:
        condition = None if where is None else sa.text(where)
        sa.Index(f"ix_{self.name}_{name}", *columns, unique=unique, postgresql_where=condition, sqlite_where=condition)

    def attempts(self) -> sa.Table:
        return self._table(
            f"{self.name}_attempts",
            sa.Column("job_id", sa.Uuid(), primary_key=True),
            sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
            sa.Column("worker", sa.Text()),
            sa.Column("outcome", sa.String(16), nullable=False),
            sa.Column("started_at", Instant()),
            sa.Column("ended_at", Instant(), nullable=False),
            sa.Column("error_code", sa.Text()),
            sa.Column("error_type", sa.Text()),
            sa.Column("error_message", sa.Text()),
            sa.Column("crashed", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("retry_at", Instant()),
        )

    def batches(self) -> sa.Table:
        name = f"{self.name}_batches"
        table = self._table(
            name,
            sa.Column("id", sa.Uuid(), primary_key=True),
            self._owner(),
            sa.Column("target_table_id", sa.Text()),
            sa.Column("callback", sa.Text()),
            sa.Column("metadata", _json(), nullable=False, server_default=sa.text("'{}'")),
            sa.Column("sealed", sa.Boolean(), nullable=False, server_default=sa.true()),
            sa.Column("created_at", Instant(), nullable=False),
            sa.Column("completed_at", Instant()),
        )
        is_open = sa.text("completed_at IS NULL")
        sa.Index(f"ix_{name}_open", table.c.id, postgresql_where=is_open, sqlite_where=is_open)
        return table

    def counts(self) -> sa.Table:
        return self._table(
            f"{self.name}_counts",
            sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
            self._owner(key=False),
            sa.Column("status", sa.String(16), nullable=False),
            sa.Column("delta", sa.BigInteger(), nullable=False),
        )
