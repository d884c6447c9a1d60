"""The statements that workers run, built once per dialect from the same expressions.

Two differences between the dialects are bridged here.  Time: PostgreSQL's own ``statement_timestamp()`` (stable, so it
may bound an index scan; ``clock_timestamp()`` is volatile and may not), on SQLite a parameter.  Rows as input: one JSON
parameter, read by ``json_to_recordset`` or ``json_each``, so that a statement is the same for one row and ten thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from types import SimpleNamespace
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import custom_op

from pybase_extraction.jobs import CACHE_DEPTH, GROWTH_OF_WAIT, LONGEST_WAIT_S, SEPARATOR, Job
from pybase_extraction.repositories.prepared import Prepared
from pybase_extraction.repositories.tables import (
    CACHED,
    DEDUPED,
    READY,
    RETRYING,
    RUNNING,
    SCHEDULED,
    Instant,
    JobTables,
)

Condition = sa.ColumnElement[bool]

Whose = Literal["all", "nobody", "one"]

SETTLED: Final = ("id", "attempt", "status", "owner_id", "batch_id")
SUBMITTED: Final = (
    "id", "lane", "priority", "max_retries", "format", "filename", "file_url", "file_size", "media_type",
    "content_sha256", "options", "options_hash", "owner_id", "batch_id", "record_id", "field_id", "attachment_id",
    "target_table_id", "extractor", "extractor_version", "service", "dedupe_key", "external_task_id", "callback",
    "metadata",
)  # fmt: skip


class _ArrayOf(FunctionElement[Any]):
    """PostgreSQL's ``ARRAY(SELECT ...)``: evaluated once, before the statement around it."""

    inherit_cache = True


@compiles(_ArrayOf)
def _compile_array_of(element: _ArrayOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"ARRAY{compiler.process(element.clauses, **options)}"


def literal(text: str) -> sa.ColumnElement[Any]:
    """Write a constant into the statement: a partial index is not used for a parameter."""
    return sa.literal_column(f"'{text}'", sa.String())


def condition(text: str, columns: Any) -> Condition:
    """Qualify one of the conditions of the partial indexes with the columns of an alias."""
    status, attempt_at = columns.status, columns.next_retry_at
    conditions: dict[str, Condition] = {
        READY: sa.and_(status == literal("pending"), attempt_at.is_(None)),
        SCHEDULED: sa.and_(status == literal("pending"), attempt_at.is_not(None)),
        RETRYING: sa.and_(status == literal("pending"), columns.retry_count > sa.literal_column("0")),
        RUNNING: status == literal("processing"),
        DEDUPED: sa.and_(columns.dedupe_key.is_not(None), status.in_([literal("pending"), literal("processing")])),
        CACHED: sa.and_(status == literal("completed"), columns.content_sha256.is_not(None)),
    }
    return conditions[text]


def _unindexed(column: sa.ColumnElement[Any], *, is_postgresql: bool) -> sa.ColumnElement[Any]:
    """Hide a status from the planner where rows are found by their key.

    SQLite without statistics takes a status for rarer than a key and walks over all rows of that status
    (https://www.sqlite.org/optoverview.html, disqualifying terms by unary "+"); PostgreSQL walks over a partial index
    whose entries are mostly dead between two vacuums.
    """
    if is_postgresql:
        return column.op("||", return_type=sa.Text())(literal(""))
    return unindexed(column)


def unindexed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Keep SQLite from looking for an index of a column."""
    return sa.UnaryExpression(column, operator=custom_op("+"), type_=column.type)


class Statements:
    """Every statement of the way of a job, for one dialect.

    Args:
        tables: The tables to work on.
        dialect: ``"postgresql"`` or ``"sqlite"``.
    """

    def __init__(self, tables: JobTables, dialect: str) -> None:
        self.tables = tables
        self.is_postgresql = dialect == "postgresql"
        self.now: sa.ColumnElement[Any] = (
            sa.func.statement_timestamp(type_=Instant()) if self.is_postgresql else sa.bindparam("now", type_=Instant())
        )
        self._insert = postgresql.insert if self.is_postgresql else sqlite.insert
        self._doc = sa.bindparam("doc", type_=sa.Text())
        self._live = tables.jobs.c.status.in_([literal("pending"), literal("processing")])

        self.submit = Prepared(self._build_submit(self.job_columns))
        self.submit_many = Prepared(self._build_submit([tables.jobs.c.id, tables.jobs.c.owner_id]))
        self.claim = {filtered: Prepared(self._build_claim(filtered=filtered)) for filtered in (False, True)}
        self.claim_by_id = Prepared(self._build_take(tables.jobs.c.id == sa.bindparam("job_id", type_=sa.Uuid())))
        self.claim_picked = Prepared(self._build_take(self._is_any(self._lock_listed())))
        self.choices = Prepared(self._build_choices())
        self.heartbeat = Prepared(self._build_heartbeat())
        self.settle = Prepared(self._build_settle())
        self.log_attempt = Prepared(self._build_insert(tables.attempts))
        self.add_count = Prepared(self._build_insert(tables.counts, without="id"))
        self.expired = Prepared(self._build_expired())
        self.promote = Prepared(self._build_promote())
        self.next_due = Prepared(self._build_next_due())
        self.undispatched = Prepared(self._build_undispatched())
        self.running = Prepared(self._build_running())
        self.endable_batches = {named: Prepared(self._build_endable_batches(named=named)) for named in (False, True)}
        self.lock_batches = Prepared(self._build_lock_batches())
        self.finish_batches = Prepared(self._build_finish_batches())
        self.cached = Prepared(self._build_cached())
        whose: tuple[Whose, ...] = ("all", "nobody", "one")
        self.stats = {each: Prepared(self._build_stats(each)) for each in whose}
        self.get = {each: Prepared(self._build_get(each)) for each in whose}

    # -- pieces -------------------------------------------------------------------------------------------------

    @property
    def job_columns(self) -> list[sa.ColumnElement[Any]]:
        """The columns of a ``Job`` in its order; never the result itself."""
        c = self.tables.jobs.c
        # SQLite 3.40 answers IS NOT NULL wrongly in the RETURNING of an INSERT ... SELECT; typeof is right
        has_result = c.result.is_not(None) if self.is_postgresql else sa.func.typeof(c.result) != literal("null")
        computed = {"has_result": sa.type_coerce(has_result, sa.Boolean()).label("has_result")}
        return [computed[f.name] if f.name in computed else c[f.name] for f in fields(Job)]

    def later(self, seconds: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Give the moment so many seconds from now."""
        if self.is_postgresql:
            zero: sa.ColumnElement[int] = sa.literal_column("0")
            span: Any = sa.func.make_interval(zero, zero, zero, zero, zero, zero, seconds)
        else:
            span = sa.cast(seconds * sa.literal_column("1000000"), sa.Integer())
        moment: sa.ColumnElement[Any] = self.now.op("+", return_type=Instant())(span)
        return moment

    def rows(self, *spec: tuple[str, sa.types.TypeEngine[Any]]) -> Any:
        """Read the JSON parameter as rows: the columns of a source for UPDATE and INSERT."""
        if self.is_postgresql:
            columns = [sa.column(name, kind) for name, kind in spec]
            records = sa.func.json_to_recordset(sa.cast(self._doc, sa.JSON()))
            return records.table_valued(*columns, name="d").render_derived(name="d", with_types=True)
        each = sa.func.json_each(self._doc).table_valued("value", name="e")
        got = [
            sa.func.json_extract(each.c.value, sa.literal_column(f"'$.{name}'"), type_=kind).label(name)
            for name, kind in spec
        ]
        # as a subquery SQLite would look into the JSON again for every place where a column is named
        return sa.select(*got).cte("d").prefix_with("MATERIALIZED")

    def _still(self, text: str, columns: Any = None) -> Condition:
        """Repeat a condition for rows that are found by their key, so that they are found by it."""
        c = self.tables.jobs.c if columns is None else columns
        hidden = _unindexed(c.status, is_postgresql=self.is_postgresql)
        return condition(text, SimpleNamespace(**{**dict(c.items()), "status": hidden}))

    def through(self, index: str) -> str:
        """Name the index of a source for SQLite, which without statistics takes another one."""
        return f'INDEXED BY "ix_{self.tables.jobs.name}_{index}"'

    def _build_insert(self, table: sa.Table, *, without: str = "") -> Any:
        given = {c.name: sa.bindparam(c.name, type_=c.type) for c in table.c if c.name != without}
        return sa.insert(table).values(given)

    def _is_any(self, picked: Any) -> Condition:
        column = self.tables.jobs.c.id
        if self.is_postgresql:
            return column == sa.any_(_ArrayOf(picked.scalar_subquery()))
        return column.in_(picked)

    def _seconds(self) -> sa.ColumnElement[Any]:
        return sa.bindparam("lease_s", type_=sa.Float())

    def _notify(self, suffix: str = "") -> sa.ColumnElement[Any]:
        # without columns of the rows around it PostgreSQL runs it once, however many rows there are
        told = sa.select(sa.func.pg_notify(self.tables.channel + suffix, ""))
        return sa.cast(told.scalar_subquery(), sa.Text())

    # -- submitting ---------------------------------------------------------------------------------------------

    def _build_submit(self, returned: Sequence[sa.ColumnElement[Any]]) -> Any:
        jobs = self.tables.jobs
        types = {name: self._input_type(jobs.c[name]) for name in SUBMITTED}
        d = self.rows(*types.items(), ("delay_s", sa.Float())).c
        due = sa.case((d.delay_s > 0, self.later(d.delay_s)), else_=sa.null())
        source = sa.select(
            *(d[name] for name in SUBMITTED), literal("pending"), due, self.now, self.now
        ).where(sa.true())  # fmt: skip
        names = [*SUBMITTED, "status", "next_retry_at", "created_at", "updated_at"]
        insert = self._insert(jobs).from_select(names, source, include_defaults=False).on_conflict_do_nothing()
        statement = insert.returning(*returned)
        if not self.is_postgresql:
            return statement
        new = statement.cte("new")
        tally = self._tally([sa.select(new.c.owner_id, literal("live"), sa.func.count()).group_by(new.c.owner_id)])
        return sa.select(*new.c, self._notify()).add_cte(tally)

    def _input_type(self, column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
        """Give the type as which the JSON document holds the value of a column."""
        if column.name in {"options", "metadata"}:
            return postgresql.JSONB() if self.is_postgresql else sa.Text()
        if column.name == "owner_id":
            return self.tables.owner_type.stored
        return column.type

    def _tally(self, selects: Sequence[Any]) -> Any:
        counts = self.tables.counts
        union: Any = sa.union_all  # mypy 2.4 dies on its type
        rows = selects[0] if len(selects) == 1 else union(*selects)
        insert: Any = sa.insert(counts)
        return insert.from_select(["owner_id", "status", "delta"], rows).cte("tally")

    # -- claiming -----------------------------------------------------------------------------------------------

    def lanes(self, *, filtered: bool) -> Any:
        """Enumerate lanes with ready jobs by skipping from one to the next: one index descent for each.

        Starts after the lane ``after`` and goes around; ends when ``most`` lanes that fit were seen.
        """
        first = sa.func.coalesce(
            self._next_lane(sa.bindparam("after", type_=sa.String())), self._next_lane(literal("")), type_=sa.String()
        )
        start: Any = sa.select(first.label("lane"), sa.literal_column("0").label("seen"))
        lanes = start.cte("lanes", recursive=True)
        fits: Any = sa.case((self._fits(lanes.c.lane), 1), else_=0) if filtered else sa.literal_column("1")
        step = sa.select(self._next_lane(lanes.c.lane), lanes.c.seen + fits).where(
            lanes.c.lane.is_not(None), lanes.c.seen + fits < sa.bindparam("most", type_=sa.Integer())
        )
        return lanes.union_all(step)

    def _next_lane(self, lane: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        j = self.tables.jobs.alias()
        found = sa.select(j.c.lane).where(condition(READY, j.c), j.c.lane > lane).order_by(j.c.lane).limit(1)
        return found.with_hint(j, self.through("ready"), "sqlite").scalar_subquery()

    def _fits(self, lane: sa.ColumnElement[Any]) -> Condition:
        """Compare a lane with the JSON lists of what is wanted (null for all) and what is full."""
        return sa.and_(
            self._lists("want_formats", lane, "format", absent=True),
            self._lists("want_owners", lane, "owner", absent=True),
            sa.not_(self._lists("full_formats", lane, "format", absent=False)),
            sa.not_(self._lists("full_owners", lane, "owner", absent=False)),
            sa.not_(self._lists("full_services", lane, "service", absent=False)),
        )

    def _lists(self, name: str, lane: sa.ColumnElement[Any], part: str, *, absent: bool) -> Condition:
        # bound twice under two names: asyncpg wants one type per parameter
        given = sa.bindparam(name, type_=sa.Text())
        if self.is_postgresql:
            each = sa.func.json_array_elements_text(sa.cast(given, sa.JSON())).table_valued("value", name=f"e_{name}")
            at: Any = sa.func.strpos
        else:
            each = sa.func.json_each(given).table_valued("value", name=f"e_{name}")
            at = sa.func.instr
        value, cut = each.c.value, sa.literal(SEPARATOR, sa.String())
        match = {
            "format": at(lane, cut + value + cut) > 0,
            # nothing comes before the owner and after the service, and neither can hold a separator
            "owner": at(lane, value + cut) == 1,
            "service": sa.func.substr(lane, sa.func.length(lane) - sa.func.length(value)) == cut + value,
        }[part]
        listed = sa.select(sa.literal_column("1")).select_from(each).where(match).exists()
        return sa.or_(given.is_(None), listed) if absent else listed

    def _candidates(self, *, filtered: bool) -> Any:
        """Rank the jobs at the heads of the lanes: first of every lane, second of every lane, and so on."""
        lanes, jobs = self.lanes(filtered=filtered), self.tables.jobs
        j = jobs.alias("head")
        window = sa.bindparam("window", type_=sa.Integer())
        head = (
            sa.select(j.c.id, j.c.priority)
            .where(condition(READY, j.c), j.c.lane == lanes.c.lane)
            .order_by(j.c.priority.desc(), j.c.id)
            .limit(window)
            .with_hint(j, self.through("ready"), "sqlite")
        )
        fits = [lanes.c.lane.is_not(None), *([self._fits(lanes.c.lane)] if filtered else [])]
        if self.is_postgresql:
            c: Any = head.lateral("c")
            source = lanes.join(c, sa.true())
        else:
            c = jobs.alias("c")
            source = lanes.join(c, c.c.id.in_(head.with_only_columns(j.c.id)))
        turn = sa.func.row_number().over(partition_by=lanes.c.lane, order_by=[c.c.priority.desc(), c.c.id])
        return sa.select(c.c.id, lanes.c.lane, turn.label("turn")).select_from(source).where(*fits)

    def _build_claim(self, *, filtered: bool) -> Any:
        """Take ``n`` ready jobs, the lanes in turn."""
        picked = self._candidates(filtered=filtered).subquery("ranked")
        ordered = sa.select(picked.c.id).order_by(picked.c.turn, picked.c.lane)
        n = sa.bindparam("n", type_=sa.Integer())
        if not self.is_postgresql:
            return self._build_take(self._is_any(ordered.limit(n)))
        ids = ordered.subquery("ordered")
        locked = self._locked(ids.c.id)
        return self._build_take(self._is_any(sa.select(locked.c.id).select_from(ids.join(locked, sa.true())).limit(n)))

    def _build_choices(self) -> Any:
        """List the candidates of a limited claim, for the arithmetic that SQL does not do."""
        picked = self._candidates(filtered=True).subquery("ranked")
        return sa.select(picked.c.id, picked.c.lane).order_by(picked.c.turn, picked.c.lane)

    def _locked(self, job_id: sa.ColumnElement[Any]) -> Any:
        # a lateral that locks is never flattened: one look-up by primary key for each candidate, whatever the planner
        # believes about their number, and no more locks than jobs wanted
        j = self.tables.jobs.alias("lockable")
        found = sa.select(j.c.id).where(j.c.id == job_id, self._still(READY, j.c))
        return found.with_for_update(skip_locked=True).lateral("locked")

    def _lock_listed(self) -> Any:
        d = self.rows(("id", sa.Uuid()))
        if not self.is_postgresql:
            return sa.select(d.c.id)
        locked = self._locked(d.c.id)
        return sa.select(locked.c.id).select_from(d.join(locked, sa.true()))

    def _build_take(self, which: Condition) -> Any:
        jobs = self.tables.jobs
        return (
            sa.update(jobs)
            .where(which, self._still(READY))
            .values(
                status=literal("processing"),
                attempt=jobs.c.attempt + 1,
                leased_by=sa.bindparam("worker", type_=sa.String()),
                lease_expires_at=self.later(self._seconds()),
                started_at=self.now,
                updated_at=self.now,
                progress=sa.literal_column("0"),
            )
            .returning(*self.job_columns, jobs.c.lane)
        )

    def _build_running(self) -> Any:
        c = self.tables.jobs.c
        keys = (c.owner_id, c.format, c.service)
        found = sa.select(*keys, sa.func.count()).where(condition(RUNNING, c)).group_by(*keys)
        return found.with_hint(self.tables.jobs, self.through("running"), "sqlite")

    # -- holding and settling -----------------------------------------------------------------------------------

    def _build_heartbeat(self) -> Any:
        jobs = self.tables.jobs
        d = self.rows(("id", sa.Uuid()), ("attempt", sa.Integer()), ("progress", sa.Integer())).c
        return (
            sa.update(jobs)
            .where(
                *self._named(d),
                jobs.c.leased_by == sa.bindparam("worker", type_=sa.String()),
                self._still(RUNNING),
            )
            .values(
                lease_expires_at=self.later(self._seconds()),
                progress=sa.func.coalesce(d.progress, jobs.c.progress),
            )
            .returning(jobs.c.id, jobs.c.attempt, jobs.c.cancel_requested)
        )

    def _build_settle(self) -> Any:
        jobs = self.tables.jobs
        spec: list[tuple[str, sa.types.TypeEngine[Any]]] = [
            ("id", sa.Uuid()), ("attempt", sa.Integer()), ("outcome", sa.String()), ("result", sa.Text()),
            ("result_key", sa.Text()), ("result_sha256", sa.Text()), ("result_size", sa.BigInteger()),
            ("error_code", sa.Text()), ("error_type", sa.Text()), ("error_message", sa.Text()),
            ("delay_s", sa.Float()), ("crashed", sa.Integer()), ("only_expired", sa.Integer()),
            ("extractor", sa.Text()), ("extractor_version", sa.Text()),
        ]  # fmt: skip
        d = self.rows(*spec).c
        update = sa.update(jobs).where(*self._held(d)).values(self._settled_values(d))
        if not self.is_postgresql:
            return update.returning(
                *(jobs.c[name] for name in SETTLED), jobs.c.leased_by, jobs.c.started_at, jobs.c.next_retry_at
            )
        return self._log_and_count(update, d)

    def _named(self, d: Any) -> list[Condition]:
        """Find the rows that the JSON parameter names by id and attempt."""
        c = self.tables.jobs.c
        named: list[Condition] = [c.id == d.id, c.attempt == d.attempt]
        if self.is_postgresql:
            # it takes a JSON document for a hundred rows and would rather read the whole of a middling table
            ids = sa.bindparam("ids", type_=postgresql.ARRAY(sa.Uuid()))
            named.insert(0, c.id == sa.any_(ids))
        return named

    def _held(self, d: Any) -> list[Condition]:
        """Say when a settlement counts: the fence, and for a rescuer that the lease is really over."""
        jobs = self.tables.jobs
        return [
            *self._named(d),
            self._still(RUNNING),
            sa.or_(d.only_expired == 0, jobs.c.lease_expires_at < self.now),
        ]

    def _settled_values(self, d: Any) -> dict[str, Any]:
        c = self.tables.jobs.c
        repeated = d.outcome.in_([literal("retry"), literal("release")])
        cancelled = sa.or_(d.outcome == literal("cancel"), sa.and_(repeated, c.cancel_requested))
        completed = d.outcome == literal("complete")
        status = sa.case(
            (cancelled, literal("cancelled")),
            (completed, literal("completed")),
            (repeated, literal("pending")),
            else_=literal("failed"),
        )
        again = sa.and_(repeated, sa.not_(c.cancel_requested))
        failed = d.outcome.in_([literal("retry"), literal("fail")])
        return {
            "status": status,
            "next_retry_at": sa.case((sa.and_(again, d.delay_s > 0), self.later(d.delay_s)), else_=sa.null()),
            "lease_expires_at": sa.null(),
            "retry_count": c.retry_count + sa.case((sa.and_(again, d.outcome == literal("retry")), 1), else_=0),
            "crash_count": c.crash_count + d.crashed,
            "progress": sa.case((completed, 100), (repeated, 0), else_=c.progress),
            "result": sa.cast(d.result, postgresql.JSONB()) if self.is_postgresql else d.result,
            "result_key": d.result_key,
            "result_sha256": d.result_sha256,
            "result_size": d.result_size,
            "error_code": sa.case((completed, sa.null()), (failed, d.error_code), else_=c.error_code),
            "error_message": sa.case((completed, sa.null()), (failed, d.error_message), else_=c.error_message),
            "extractor": sa.func.coalesce(d.extractor, c.extractor),
            "extractor_version": sa.func.coalesce(d.extractor_version, c.extractor_version),
            "completed_at": sa.case((again, sa.null()), else_=self.now),
            "updated_at": self.now,
        }

    def _log_and_count(self, update: Any, d: Any) -> Any:
        c = self.tables.jobs.c
        won = update.returning(
            *(c[name] for name in SETTLED), c.leased_by, c.started_at, c.next_retry_at,
            d.outcome, d.error_code.label("code"), d.error_type, d.error_message.label("message"), d.crashed,
        ).cte("won")  # fmt: skip
        w = won.c
        line = {
            "job_id": w.id, "number": w.attempt, "worker": w.leased_by, "outcome": w.outcome,
            "started_at": w.started_at, "ended_at": self.now, "error_code": w.code, "error_type": w.error_type,
            "error_message": w.message, "crashed": w.crashed == 1, "retry_at": w.next_retry_at,
        }  # fmt: skip
        log = sa.insert(self.tables.attempts).from_select(
            list(line), sa.select(*line.values()), include_defaults=False
        ).cte("log")  # fmt: skip
        ended = w.status != literal("pending")
        tally = self._tally(
            [
                sa.select(w.owner_id, w.status, sa.func.count()).where(ended).group_by(w.owner_id, w.status),
                sa.select(w.owner_id, literal("live"), -sa.func.count()).where(ended).group_by(w.owner_id),
            ]
        )
        kept = [w[name] for name in SETTLED]
        return sa.select(*kept, self._notify("_changes")).add_cte(log).add_cte(tally)

    def _build_expired(self) -> Any:
        c = self.tables.jobs.c
        # without ORDER BY id, which lures SQLite into a walk over the whole table
        return (
            sa.select(*self.job_columns)
            .where(condition(RUNNING, c), c.lease_expires_at < self.now)
            .limit(sa.bindparam("n", type_=sa.Integer()))
            .with_hint(self.tables.jobs, self.through("running"), "sqlite")
        )

    # -- time ---------------------------------------------------------------------------------------------------

    def _build_promote(self) -> Any:
        jobs, j = self.tables.jobs, self.tables.jobs.alias("due")
        due = (
            sa.select(j.c.id)
            .where(condition(SCHEDULED, j.c), j.c.next_retry_at <= self.now)
            .order_by(j.c.next_retry_at)
            .limit(sa.bindparam("n", type_=sa.Integer()))
            .with_hint(j, self.through("scheduled"), "sqlite")
        )
        picked = self._is_any(due.with_for_update(skip_locked=True) if self.is_postgresql else due)
        update = (
            sa.update(jobs)
            .where(picked, self._still(SCHEDULED))
            .values(next_retry_at=sa.null(), updated_at=self.now)
            .returning(jobs.c.id)
        )
        if not self.is_postgresql:
            return update
        new = update.cte("promoted")
        return sa.select(new.c.id, self._notify())

    def _build_next_due(self) -> Any:
        c = self.tables.jobs.c
        first = sa.select(sa.func.min(c.next_retry_at, type_=Instant())).where(condition(SCHEDULED, c))
        first = first.with_hint(self.tables.jobs, self.through("scheduled"), "sqlite")
        return sa.select(first.scalar_subquery(), self.now)

    def _build_undispatched(self) -> Any:
        """Look at a window of the pending jobs for those that wait for long, and say where the window ends.

        Nothing orders jobs by their last change, which would cost every submission an index: all have to be looked at.
        A queue that is at work has rather not come to a job yet than lost it, so there the wait doubles twice from one
        message to the next.  A queue none of whose jobs runs has nothing left to come to.
        """
        jobs = self.tables.jobs
        c, at, job_id = jobs.c, sa.bindparam("from_at", type_=Instant()), sa.bindparam("from_id", type_=sa.Uuid())
        seen = (
            sa.select(c.id, c.created_at, c.updated_at, c.next_retry_at, self._asked_again_at().label("again_at"))
            .where(c.status == literal("pending"), sa.tuple_(c.created_at, c.id) > sa.tuple_(at, job_id))
            .order_by(c.created_at, c.id)
            .limit(sa.bindparam("window", type_=sa.Integer()))
            .with_hint(jobs, self.through("listed"), "sqlite")
            .cte("seen")
        )
        w = seen.c
        last = sa.select(w.id).order_by(w.created_at.desc(), w.id.desc()).limit(1).scalar_subquery()
        number = sa.select(sa.func.count()).select_from(seen).scalar_subquery()
        is_lost = sa.and_(
            w.next_retry_at.is_(None),
            w.updated_at < self.later(sa.bindparam("age", type_=sa.Float())),
            sa.or_(w.again_at < self.now, sa.not_(self._is_any_running())),
        )
        return (
            sa.select(w.id, w.created_at, is_lost.label("is_lost"), number)
            .where(sa.or_(is_lost, w.id == last))
            .order_by(w.created_at, w.id)
            .limit(sa.bindparam("n", type_=sa.Integer()))
        )

    def _asked_again_at(self) -> sa.ColumnElement[Any]:
        """Give the moment at which a job has waited for four times as long as at its last message."""
        c = self.tables.jobs.c
        waited = c.updated_at.op("-")(sa.func.coalesce(c.started_at, c.created_at))
        longest: Any = sa.literal_column(str(LONGEST_WAIT_S * 1_000_000))
        if self.is_postgresql:
            longest = sa.literal_column(f"interval '{LONGEST_WAIT_S} seconds'")
        smaller = sa.func.least if self.is_postgresql else sa.func.min
        pause = smaller(waited.op("*")(sa.literal_column(str(GROWTH_OF_WAIT - 1))), longest)
        moment: sa.ColumnElement[Any] = c.updated_at.op("+", return_type=Instant())(pause)
        return moment

    def _is_any_running(self) -> Condition:
        j = self.tables.jobs.alias("runs")
        one: Any = sa.select(sa.literal_column("1")).where(condition(RUNNING, j.c)).limit(1)
        found: Condition = one.with_hint(j, self.through("running"), "sqlite").exists()
        return found

    # -- batches, cache, stats ----------------------------------------------------------------------------------

    def _named_batches(self) -> Condition:
        return self.tables.batches.c.id.in_(sa.select(self.rows(("id", sa.Uuid())).c.id))

    def _is_endable(self) -> Condition:
        b, j = self.tables.batches.c, self.tables.jobs.alias("child")
        live = (
            sa.select(sa.literal_column("1"))
            .where(j.c.batch_id == b.id, j.c.status.in_([literal("pending"), literal("processing")]))
            .exists()
        )
        return sa.and_(b.completed_at.is_(None), b.sealed.is_(sa.true()), sa.not_(live))

    def _build_endable_batches(self, *, named: bool) -> Any:
        return sa.select(self.tables.batches.c.id).where(
            *([self._named_batches()] if named else []), self._is_endable()
        )

    def _build_lock_batches(self) -> Any:
        b = self.tables.batches.c
        return sa.select(b.id).where(self._named_batches()).order_by(b.id).with_for_update()

    def _build_finish_batches(self) -> Any:
        b = self.tables.batches
        update = sa.update(b).where(self._named_batches(), self._is_endable())
        return update.values(completed_at=self.now).returning(b.c.id)

    def _build_cached(self) -> Any:
        c = self.tables.jobs.c
        same = [c[name] == sa.bindparam(name, type_=c[name].type) for name in
                ("content_sha256", "options_hash", "extractor", "extractor_version")]  # fmt: skip
        return (
            sa.select(*self.job_columns)
            .where(
                condition(CACHED, c), *same,
                c.owner_id.is_not_distinct_from(sa.bindparam("owner", type_=c.owner_id.type)),
                sa.or_(c.result.is_not(None), c.result_key.is_not(None)),
            )
            .order_by(c.completed_at.desc())
            .limit(sa.literal_column(str(CACHE_DEPTH)))
            .with_hint(self.tables.jobs, self.through("cached"), "sqlite")
        )  # fmt: skip

    def _build_stats(self, whose: Whose) -> Any:
        n = self.tables.counts.c
        sums = [
            sa.func.coalesce(sa.func.sum(sa.case((n.status == literal(name), n.delta), else_=0)), 0)
            for name in ("live", "completed", "failed", "cancelled")
        ]
        here = [self._number(RUNNING, "running", whose), self._number(RETRYING, "retrying", whose)]
        oldest = self._oldest_due() if whose == "all" else self._oldest_of(whose)
        due = sa.type_coerce(oldest.scalar_subquery(), Instant())
        return sa.select(*sums, sa.func.count(), *here, due, self.now).where(self._belongs(n, whose))

    def _build_get(self, whose: Whose) -> Any:
        c = self.tables.jobs.c
        is_it = c.id == sa.bindparam("job_id", type_=sa.Uuid())
        return sa.select(*self.job_columns).where(is_it, self._belongs(c, whose))

    def _belongs(self, columns: Any, whose: Whose) -> Condition:
        if whose == "all":
            return sa.true()
        owner = sa.bindparam("owner", type_=self.tables.owner_type)
        found: Condition = columns.owner_id.is_(None) if whose == "nobody" else columns.owner_id == owner
        return found

    def _number(self, which: str, index: str, whose: Whose) -> sa.ScalarSelect[int]:
        """Count the rows of a partial index."""
        c = self.tables.jobs.c
        found = sa.select(sa.func.count()).select_from(self.tables.jobs)
        found = found.where(condition(which, c), self._belongs(c, whose))
        return found.with_hint(self.tables.jobs, self.through(index), "sqlite").scalar_subquery()

    def _oldest_of(self, whose: Whose) -> sa.Select[Any]:
        c = self.tables.jobs.c
        found = sa.select(c.created_at).where(self._belongs(c, whose), condition(READY, c))
        found = found.order_by(c.created_at).limit(1)
        return found.with_hint(self.tables.jobs, self.through("owned"), "sqlite")

    def _oldest_due(self) -> sa.Select[Any]:
        lanes, j = self.lanes(filtered=False), self.tables.jobs.alias("head")
        head = (
            sa.select(j.c.created_at)
            .where(condition(READY, j.c), j.c.lane == lanes.c.lane)
            .order_by(j.c.priority.desc(), j.c.id)
            .limit(1)
            .with_hint(j, self.through("ready"), "sqlite")
            .scalar_subquery()
        )
        heads = sa.select(head.label("created_at")).where(lanes.c.lane.is_not(None)).subquery("heads")
        return sa.select(sa.func.min(heads.c.created_at, type_=Instant()))
