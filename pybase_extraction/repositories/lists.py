"""Statements that list and count jobs, one for each shape of a question.

They have a dozen selects each: making the expression anew, and SQLAlchemy's key of it, took half of a list's processor
time.  Values are parameters, so that a question of the same shape is compiled once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any, Final, Self

import sqlalchemy as sa

from pybase_extraction.jobs import ALL_OWNERS, JobQuery, JobStatus, Owner, PageKey
from pybase_extraction.repositories.prepared import Prepared
from pybase_extraction.repositories.statements import Condition, Whose, literal, unindexed
from pybase_extraction.repositories.tables import Instant, JobTables

_KEPT: Final = 256
"""Statements that are kept; hosts ask a handful of questions, and what is made up of chance is made anew."""
_SELECTIVE: Final = frozenset({"batch_id", "file_url", "record_id", "attachment_id"})
"""What few jobs have in common, so that an index of its own finds them."""
_EQUAL: Final = (
    "batch_id", "file_url", "record_id", "field_id", "attachment_id", "target_table_id", "content_sha256",
    "external_task_id",
)  # fmt: skip
_BEFORE: Final = {"created_before": "created_at", "updated_before": "updated_at", "ended_before": "completed_at"}
_SETS: Final = {"formats": "format", "ids": "id"}


@dataclass(frozen=True, slots=True)
class Shape:
    """What two questions have in common that are the same but for values.

    Attributes:
        named: The fields of the query that narrow, without its statuses.
        lengths: How many formats and ids it has.
        statuses: Its statuses, in order.
        whose: Which form of owner.
        is_after: Whether it goes on from a place.
        oldest_first: The order.
        skips: Whether jobs before the page are passed over by their number.
    """

    named: frozenset[str]
    lengths: tuple[int, ...]
    statuses: tuple[JobStatus, ...]
    whose: Whose
    is_after: bool = False
    oldest_first: bool = False
    skips: bool = False

    @classmethod
    def of(
        cls,
        query: JobQuery,
        owner: Owner,
        statuses: Iterable[JobStatus],
        *,
        is_after: bool = False,
        oldest_first: bool = False,
        skips: bool = False,
    ) -> Self:
        """Tell the shape of a question."""
        named = frozenset(each.name for each in fields(query) if getattr(query, each.name) is not None) - {"statuses"}
        whose: Whose = "nobody" if owner is None else "all" if owner is ALL_OWNERS else "one"
        lengths = tuple(len(getattr(query, name) or ()) for name in _SETS)
        return cls(named, lengths, tuple(sorted(statuses)), whose, is_after, oldest_first, skips)


def values_of(
    query: JobQuery, owner: Owner, limit: int, offset: int = 0, after: PageKey | None = None
) -> Mapping[str, Any]:
    """Give the parameters of a question, by the names that its statement has for them."""
    given = {each.name: getattr(query, each.name) for each in fields(query)}
    for name in _SETS:
        given |= {f"{name}_{index}": value for index, value in enumerate(sorted(given[name] or ()))}
    place = {} if after is None else {"after_at": after.created_at, "after_id": after.id}
    return given | place | {"owner": owner, "limit": limit, "offset": offset, "most": limit + offset}


class Lists:
    """The statements, made when they are asked for first.

    Args:
        tables: The tables to work on.
        job_columns: The columns of a job.
        is_postgresql: Whether the database keeps statistics.
    """

    def __init__(self, tables: JobTables, job_columns: Sequence[sa.ColumnElement[Any]], *, is_postgresql: bool) -> None:
        self._jobs = tables.jobs
        self._owner_type = tables.owner_type
        self._job_columns = job_columns
        self._is_postgresql = is_postgresql
        self._made: dict[tuple[str, Shape], Prepared] = {}

    def page(self, shape: Shape) -> Prepared:
        """Read the jobs of one page; parameters are ``limit``, ``offset``, and ``most``, their sum."""
        return self._kept("page", shape, self._build_page)

    def count(self, shape: Shape) -> Prepared:
        """Count all jobs."""
        return self._kept("count", shape, self._build_count)

    def count_newest(self, shape: Shape) -> Prepared:
        """Count jobs up to ``limit``."""
        return self._kept("count newest", shape, self._build_count_newest)

    def _kept(self, name: str, shape: Shape, build: Callable[[Shape], sa.Select[Any]]) -> Prepared:
        found = self._made.get((name, shape))
        if found is None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            found = self._made[name, shape] = Prepared(build(shape))
        return found

    def _build_page(self, shape: Shape) -> sa.Select[Any]:
        """Merge the newest of every status: each is the end of an index, however many rows lie before it."""
        c = self._jobs.c
        if self._is_postgresql and not shape.skips and not shape.named & _SELECTIVE:
            # it takes no more rows from the indexes than it gives: looking up each by its key would cost three more
            # pages of a large table
            rows = self._newest(shape, "limit", self._job_columns)
            return sa.select(rows).order_by(*_order(rows.c, shape)).limit(_number("limit"))
        merged = self._newest(shape, "most")
        page = (
            sa.select(merged.c.id)
            .order_by(*_order(merged.c, shape))
            .limit(_number("limit"))
            .offset(_number("offset"))
        )  # fmt: skip
        return sa.select(*self._job_columns).where(c.id.in_(page)).order_by(*_order(c, shape))

    def _build_count(self, shape: Shape) -> sa.Select[Any]:
        c = self._jobs.c
        chosen = [] if len(shape.statuses) == len(JobStatus) else [_any_of(c.status, map(literal, shape.statuses))]
        wanted = [*self._matching(shape), self._owned(c, shape), *chosen]
        return sa.select(sa.func.count()).select_from(self._jobs).where(*wanted)

    def _build_count_newest(self, shape: Shape) -> sa.Select[Any]:
        counted = sa.select(self._newest(shape, "limit").c.id).limit(_number("limit")).subquery("counted")
        return sa.select(sa.func.count()).select_from(counted)

    def _newest(self, shape: Shape, limit: str, columns: Sequence[sa.ColumnElement[Any]] = ()) -> sa.Subquery:
        """Find the newest of each status: in this order there is an index for every status, so it stops early."""
        c = self._jobs.c
        narrowing = [*self._matching(shape), *_beyond(c, shape)]
        order = _order(c, shape)
        found = sa.select(*(columns or [c.id, c.created_at]))
        if shape.named & _SELECTIVE:
            chosen = _any_of(self._hidden.status, map(literal, shape.statuses))
            few = found.where(chosen, self._owned(self._hidden, shape), *narrowing)
            return few.order_by(*order).limit(_number(limit)).subquery("merged")
        parts = [
            found.where(c.status == literal(status), self._owned(c, shape), *narrowing)
            .order_by(*order)
            .limit(_number(limit))
            .subquery()
            .select()
            for status in shape.statuses
        ] or [found.where(sa.false())]
        return sa.union_all(*parts).subquery("merged")

    @property
    def _hidden(self) -> Any:
        """Columns that SQLite, which has no statistics, would take for rarer than the key of a file."""
        c = self._jobs.c
        if self._is_postgresql:
            return c
        return SimpleNamespace(status=unindexed(c.status), owner_id=unindexed(c.owner_id))

    def _owned(self, columns: Any, shape: Shape) -> Condition:
        if shape.whose == "all":
            return sa.true()
        owner = sa.bindparam("owner", type_=self._owner_type)
        found: Condition = columns.owner_id.is_(None) if shape.whose == "nobody" else columns.owner_id == owner
        return found

    def _matching(self, shape: Shape) -> list[Condition]:
        c = self._jobs.c
        found: list[Condition] = [
            c[name] == sa.bindparam(name, type_=c[name].type) for name in _EQUAL if name in shape.named
        ]
        for (name, column), length in zip(_SETS.items(), shape.lengths, strict=True):
            if name in shape.named:
                given = (sa.bindparam(f"{name}_{index}", type_=c[column].type) for index in range(length))
                found.append(_any_of(c[column], given))
        if "created_after" in shape.named:
            found.append(c.created_at >= sa.bindparam("created_after", type_=Instant()))
        found += [
            c[column] < sa.bindparam(name, type_=Instant()) for name, column in _BEFORE.items() if name in shape.named
        ]
        if "ended_before" in shape.named:
            # what ended before was created before: by that there is an index
            found.append(c.created_at < sa.bindparam("ended_before", type_=Instant()))
        return found


def _any_of(column: Any, given: Iterable[sa.ColumnElement[Any]]) -> Condition:
    """Whether a column is one of the values; SQLAlchemy writes an empty list when it executes, which is too late."""
    values = list(given)
    found: Condition = column.in_(values) if values else sa.false()
    return found


def _number(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.Integer())


def _order(columns: Any, shape: Shape) -> list[Any]:
    both = [columns.created_at, columns.id]
    return both if shape.oldest_first else [column.desc() for column in both]


def _beyond(columns: Any, shape: Shape) -> list[Condition]:
    if not shape.is_after:
        return []
    place = sa.tuple_(columns.created_at, columns.id)
    key = sa.tuple_(sa.bindparam("after_at", type_=Instant()), sa.bindparam("after_id", type_=sa.Uuid()))
    return [place > key if shape.oldest_first else place < key]
