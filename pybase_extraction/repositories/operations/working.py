"""What workers do with jobs: claim, hold, settle, rescue, promote, and hand them to external queues."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pybase_extraction.jobs import (
    Claim,
    ClaimFilter,
    ConcurrencyLimits,
    Heartbeat,
    Held,
    JobStatus,
    Outcome,
    Settled,
    Settlement,
)
from pybase_extraction.repositories.limits import Room
from pybase_extraction.repositories.operations.verbs import Counts, Verbs
from pybase_extraction.repositories.prepared import Prepared, Row
from pybase_extraction.repositories.rows import document, from_settlement, has_error, storable_error, to_job
from pybase_extraction.repositories.tables import JobTables, to_microseconds

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import Rescuer

_WINDOW: Final = 16
"""Jobs looked at in a lane beyond those wanted, so that workers that claim at the same moment find others."""

_LOOKED_AT: Final = 2000
"""Pending jobs that are looked at in one call for what an external queue has lost; the next call goes on from there."""

_BEGINNING: Final = (datetime.fromtimestamp(0, UTC), UUID(int=0))
"""Before every job, in the order of their creation."""

_NO_ERROR: Final = (None, None, None)

_STATUSES: Final = {str(status): status for status in JobStatus}


class Working(Verbs):
    """Claims jobs and writes what became of them."""

    def __init__(self, tables: JobTables, dialect: str, clock: Callable[[], float]) -> None:
        super().__init__(tables, dialect, clock)
        self._after = ""
        self._looked_until: tuple[datetime, UUID] = _BEGINNING

    def claim(
        self, connection: sa.Connection, count: int, worker: str, lease_s: float, where: ClaimFilter | None
    ) -> list[Claim]:
        """Take ready jobs without limits: one statement, and a second one where the circle of lanes closes."""
        if count <= 0:
            return []
        given = self._with(worker=worker, lease_s=lease_s, **_wanted(where))
        statement = self.statements.claim["want_formats" in given]
        rows = self._claim_from(connection, statement, given, count, self._after)
        if self._after and len(rows) < count:
            rows += self._claim_from(connection, statement, given, count - len(rows), "")
        lanes = {row[-1] for row in rows}
        # every slot went to another lane: there may be more of them, and the next claim begins there
        self._after = max(lanes) if len(lanes) >= count else ""
        return _claims(rows, worker, lease_s)

    def _claim_from(
        self, connection: sa.Connection, statement: Prepared, given: dict[str, Any], count: int, after: str
    ) -> list[Row]:
        window = count + _WINDOW if self.is_postgresql else count
        given = {**given, "n": count, "most": count, "window": window, "after": after}
        return statement.run(connection, given)

    def claim_limited(
        self, connection: sa.Connection, count: int, worker: str, lease_s: float, where: ClaimFilter
    ) -> list[Claim]:
        """Take ready jobs within limits, in a transaction in which nobody else counts."""
        if count <= 0:
            return []
        self._count_alone(connection)
        room = self._room(connection, where.limits)
        rows: list[Any] = []
        while len(rows) < count:
            full = _full(room, where)
            chosen = room.choose(self._candidates(connection, count, where, full), count - len(rows))
            rows += self._take(connection, chosen, worker, lease_s)
            # what has become full hid others behind it, which the next look finds
            if not chosen or _full(room, where) == full:
                break
        return _claims(rows, worker, lease_s)

    def startable(self, connection: sa.Connection, count: int, where: ClaimFilter) -> list[UUID]:
        """List what a claim would take; nobody is kept from taking it meanwhile."""
        room = self._room(connection, where.limits)
        return room.choose(self._candidates(connection, count, where, _full(room, where)), count)

    def _count_alone(self, connection: sa.Connection) -> None:
        """See to it that nobody claims between the count and the claim."""
        if self.is_postgresql:  # on SQLite the transaction has the write lock
            # in stricter isolation the count would be as old as the wait for the lock
            self._read_committed(connection)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(zlib.crc32(self.tables.channel.encode()))))

    def _room(self, connection: sa.Connection, limits: ConcurrencyLimits) -> Room:
        running = self.statements.running.run(connection, self._with())
        return Room(limits, [(row[0], row[1], row[2], row[3]) for row in running])

    def _candidates(
        self, connection: sa.Connection, count: int, where: ClaimFilter, full: Mapping[str, Any]
    ) -> list[tuple[UUID, str]]:
        given = {"after": "", "most": count, "window": count, **_wanted(where), **full}
        return [(row[0], row[1]) for row in self.statements.choices.run(connection, given)]

    def _take(self, connection: sa.Connection, ids: Sequence[UUID], worker: str, lease_s: float) -> list[Any]:
        if not ids:
            return []
        doc = document({"id": job_id.hex} for job_id in ids)
        given = self._with(doc=doc, worker=worker, lease_s=lease_s)
        return self.statements.claim_picked.run(connection, given)

    def claim_by_id(self, connection: sa.Connection, job_id: UUID, worker: str, lease_s: float) -> Claim | None:
        """Take one ready job."""
        given = self._with(job_id=job_id, worker=worker, lease_s=lease_s)
        rows = self.statements.claim_by_id.run(connection, given)
        return Claim(to_job(rows[0]), worker, lease_s) if rows else None

    def claim_by_id_limited(
        self, connection: sa.Connection, job_id: UUID, worker: str, lease_s: float, limits: ConcurrencyLimits
    ) -> Claim | None:
        """Take one ready job within limits, in a transaction in which nobody else counts."""
        self._count_alone(connection)
        lane = connection.execute(sa.select(self.tables.jobs.c.lane).where(self.tables.jobs.c.id == job_id)).scalar()
        if lane is None or not self._room(connection, limits).take(lane):
            return None
        return self.claim_by_id(connection, job_id, worker, lease_s)

    def heartbeat(self, connection: sa.Connection, held: Sequence[Held], worker: str, lease_s: float) -> Heartbeat:
        """Extend leases."""
        doc = document({"id": h.id.hex, "attempt": h.attempt, "progress": h.progress} for h in held)
        ids = [h.id for h in held]
        rows = self.statements.heartbeat.run(connection, self._with(doc=doc, ids=ids, worker=worker, lease_s=lease_s))
        extended = frozenset((row[0], row[1]) for row in rows)
        cancelling = frozenset((row[0], row[1]) for row in rows if row[2])
        return Heartbeat(extended, cancelling, frozenset((h.id, h.attempt) for h in held) - extended)

    def settle(self, connection: sa.Connection, settlements: Sequence[Settlement]) -> list[Settled]:
        """Write the ends of attempts."""
        if not settlements:
            return []
        try:
            return self._settle(connection, settlements)
        except DBAPIError as exc:
            # SQLSTATE class 22: data exception; settlements are statements for themselves, so the others still can win
            if not (getattr(exc.orig, "sqlstate", None) or "").startswith("22"):
                raise
            if len(settlements) > 1:  # one outcome that the database refuses must not hold up the others
                return [won for each in settlements for won in self.settle(connection, [each])]
            return self._settle(connection, [_unstorable(settlements[0], exc)])

    def _settle(self, connection: sa.Connection, settlements: Sequence[Settlement]) -> list[Settled]:
        records = list(map(from_settlement, settlements))
        if not self.is_postgresql:
            said = {(record["id"], record["attempt"]): s for record, s in zip(records, settlements, strict=True)}
            return self._settle_and_log(connection, said, self._with(doc=document(records)))
        given = self._with(doc=document(records), ids=[s.id for s in settlements])
        rows = self.statements.settle.run(connection, given)
        return [Settled(row[0], row[1], JobStatus(row[2]), row[3], row[4]) for row in rows]

    def _settle_and_log(
        self, connection: sa.Connection, said: Mapping[tuple[str, int], Settlement], given: Mapping[str, Any]
    ) -> list[Settled]:
        """Settle on SQLite, which has no statement that writes to several tables."""
        counts: Counts = Counter()
        lines: list[Any] = []
        won: list[Settled] = []
        now, to_owner = to_microseconds(given["now"]), self.tables.owner_type.from_stored
        for key, attempt, status, owner, batch, worker, started_at, retry_at in self.statements.settle.run_plain(
            connection, given
        ):
            s = said[key, attempt]
            error = storable_error(s) if has_error(s) else _NO_ERROR
            lines.append((key, attempt, worker, s.outcome.value, started_at, now, *error, s.crashed, retry_at))
            owner_id = None if owner is None else to_owner(owner)
            won.append(Settled(s.id, attempt, _STATUSES[status], owner_id, None if batch is None else UUID(batch)))
            if status != "pending":
                counts[owner_id, status] += 1
                counts[owner_id, "live"] -= 1
        if lines:
            self.statements.log_attempt.run_many_plain(connection, lines)
        self._count(connection, counts)
        return won

    def rescue(self, connection: sa.Connection, decide: Rescuer, limit: int) -> list[Settled]:
        """End attempts whose lease has run out, if it still has when that is written."""
        rows = self.statements.expired.run(connection, self._with(n=limit))
        verdicts = [decide(Claim(job, job.leased_by or "", 0.0)) for job in map(to_job, rows)]
        return self.settle(connection, [_if_expired(verdict) for verdict in verdicts])

    def promote(self, connection: sa.Connection, limit: int) -> list[UUID]:
        """Make due jobs ready."""
        return [row[0] for row in self.statements.promote.run(connection, self._with(n=limit))]

    def next_due(self, connection: sa.Connection) -> float | None:
        """Give the seconds until the next scheduled job is due."""
        due, now = self.statements.next_due.run(connection, self._with())[0]
        return None if due is None else float(max(0.0, (due - now).total_seconds()))

    def set_external_task(self, connection: sa.Connection, tasks: Sequence[tuple[UUID, str]]) -> None:
        """Record the ids of messages."""
        jobs = self.tables.jobs
        update = (
            sa.update(jobs)
            .where(jobs.c.id == sa.bindparam("job"))
            .values(external_task_id=sa.bindparam("task"), updated_at=self.statements.now)
        )
        if tasks:
            connection.execute(update, [self._with(job=job_id, task=task) for job_id, task in tasks])

    def undispatched(self, connection: sa.Connection, older_than_s: float, limit: int) -> list[UUID]:
        """List ready jobs that nobody has touched for long, among as many as one call may look at."""
        begins_inside = self._looked_until != _BEGINNING
        found = self._look_for_lost(connection, older_than_s, limit)
        if begins_inside and self._looked_until == _BEGINNING and len(found) < limit:
            found += self._look_for_lost(connection, older_than_s, limit - len(found))
        return list(dict.fromkeys(found))

    def _look_for_lost(self, connection: sa.Connection, older_than_s: float, limit: int) -> list[UUID]:
        at, job_id = self._looked_until
        given = self._with(age=-older_than_s, from_at=at, from_id=job_id, window=_LOOKED_AT, n=limit + 1)
        rows = self.statements.undispatched.run(connection, given)
        is_all = not rows or (len(rows) <= limit and rows[0][3] < _LOOKED_AT)
        # the last of more rows than wanted is looked at again, and the last of fewer is where the window ends
        self._looked_until = _BEGINNING if is_all else _place(rows[-1 if len(rows) <= limit else -2])
        return [row[0] for row in rows[:limit] if row[2]]


def _place(row: Row) -> tuple[datetime, UUID]:
    return row[1], row[0]


def _wanted(where: ClaimFilter | None) -> dict[str, Any]:
    if where is None or (where.formats is None and where.owners is None and not where.limits):
        return {}
    formats = None if where.formats is None else _list(sorted(where.formats))
    owners = None if where.owners is None else _list(sorted(owner or "" for owner in where.owners))
    return {
        "want_formats": formats, "want_owners": owners,
        "full_formats": "[]", "full_owners": "[]", "full_services": "[]",
    }  # fmt: skip


def _full(room: Room, where: ClaimFilter) -> dict[str, str]:
    assert where.limits
    return {
        "full_formats": _list(sorted(room.full_formats)),
        "full_owners": _list(sorted(owner or "" for owner in room.full_owners)),
        "full_services": _list(sorted(room.full_services)),
    }


def _list(names: Sequence[str]) -> str:
    return json.dumps(names, ensure_ascii=False)


def _claims(rows: Iterable[Any], worker: str, lease_s: float) -> list[Claim]:
    # RETURNING promises no order; a UUID compares in Python, its number at once
    jobs = sorted(map(to_job, rows), key=lambda job: (-job.priority, job.id.int))
    return [Claim(job, worker, lease_s) for job in jobs]


def _if_expired(settlement: Settlement) -> Settlement:
    return replace(settlement, only_expired=True)


def _unstorable(settlement: Settlement, error: DBAPIError) -> Settlement:
    return Settlement(
        id=settlement.id, attempt=settlement.attempt, outcome=Outcome.FAIL, error_code="result_not_storable",
        error_type=type(error.orig).__name__, error_message="The database cannot store the result of this file.",
        only_expired=settlement.only_expired,
    )  # fmt: skip
