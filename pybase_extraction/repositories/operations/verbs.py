"""What all verbs share: the tables, their statements, the clock, whose jobs are meant, and the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from pybase_extraction.jobs import ALL_OWNERS, Owner
from pybase_extraction.repositories.statements import Statements, Whose, literal
from pybase_extraction.repositories.tables import JobTables

_CHUNK: Final = 2000
"""Submissions in one statement; more of them share the transaction."""

Counts = Counter[tuple[str | None, str]]
T = TypeVar("T")


class Verbs:
    """A group of verbs, for one set of tables on one dialect.

    Args:
        tables: Where the jobs are.
        dialect: ``"postgresql"`` or ``"sqlite"``.
        clock: Seconds since 1970 UTC; only SQLite asks it, a server has a clock of its own.
    """

    def __init__(self, tables: JobTables, dialect: str, clock: Callable[[], float]) -> None:
        self.tables = tables
        self.statements = s = Statements(tables, dialect)
        self.is_postgresql = s.is_postgresql
        self._clock = clock
        quoting: Any = postgresql.dialect  # SQLite quotes in the same way
        self._name: str = quoting().identifier_preparer.format_table(tables.jobs)

    def _with(self, **values: Any) -> dict[str, Any]:
        if not self.is_postgresql:
            values["now"] = datetime.fromtimestamp(self._clock(), UTC)
        return values

    def _owned(self, columns: Any, owner: Owner) -> sa.ColumnElement[bool]:
        if owner is ALL_OWNERS:
            return sa.true()
        if owner is None:
            is_nobodys: sa.ColumnElement[bool] = columns.owner_id.is_(None)
            return is_nobodys
        if not self._is_key(owner):
            return sa.false()
        is_owners: sa.ColumnElement[bool] = columns.owner_id == owner
        return is_owners

    def _is_key(self, owner: Any) -> bool:
        """Whether a user of this host can have this key."""
        try:
            self.tables.owner_type.to_stored(owner)
        except ValueError:
            return False
        return True

    def _count(
        self,
        connection: sa.Connection,
        counts: Mapping[tuple[str | None, str], int],
        *,
        unless_postgresql: bool = False,
    ) -> None:
        # on PostgreSQL the statements of the way of a job count for themselves, without another round trip
        if not counts or (unless_postgresql and self.is_postgresql):
            return
        lines = [{"owner_id": owner, "status": status, "delta": delta} for (owner, status), delta in counts.items()]
        self.statements.add_count.run_many(connection, lines)

    def _read_committed(self, connection: sa.Connection) -> None:
        """Have each statement of this transaction on PostgreSQL see what others have committed before it."""
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"))

    def _announce(self, connection: sa.Connection) -> None:
        if self.is_postgresql:
            channel = self.tables.channel
            connection.execute(sa.select(sa.func.pg_notify(channel, ""), sa.func.pg_notify(f"{channel}_changes", "")))


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces that one statement can take."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def whose_of(owner: Owner) -> Whose:
    """Say which form of a statement an owner needs."""
    return "nobody" if owner is None else "all" if owner is ALL_OWNERS else "one"


def live(columns: Any) -> sa.ColumnElement[bool]:
    """Whether a job has not ended."""
    found: sa.ColumnElement[bool] = columns.status.in_([literal("pending"), literal("processing")])
    return found
