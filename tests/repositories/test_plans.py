"""What each verb costs, by the plans and the steps of its statements, in a table as it looks after a year."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pybase_extraction.jobs import (
    ALL_OWNERS,
    CacheKey,
    ClaimFilter,
    ConcurrencyLimits,
    Held,
    JobQuery,
    Settlement,
    new_id,
)
from pybase_extraction.repositories import prepared
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from tests.repositories.seeding import seed
from tests.steps import steps_of

pytestmark = pytest.mark.anyio
KEY = "key"
WALK = re.compile(
    r"SCAN (extraction_jobs|head|due)\b(?! USING (COVERING )?INDEX \w+_(running|retrying))"
    r"|Seq Scan on extraction_jobs\b"
)
Verb = Callable[[SqlJobRepository], Awaitable[Any]]


@pytest.fixture(params=["sqlite", "postgresql"])
async def repository(
    request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str
) -> AsyncIterator[SqlJobRepository]:
    address = str(tmp_path / "jobs.db")
    if request.param == "postgresql":
        address = request.getfixturevalue("postgres_database")
    upgrade(address)
    async with SqlJobRepository(address) as opened:
        yield opened


async def fill(repository: SqlJobRepository, rows: int) -> None:
    """Fill the table; nobody runs ANALYZE on a SQLite file, and PostgreSQL does it by itself."""
    await repository._transact(lambda connection: seed(connection, rows))
    await repository.recount()
    if repository.engine.dialect.name == "postgresql":
        analyse = sa.text("VACUUM ANALYZE")
        await repository._connections._writer.run(lambda connection: connection.execute(analyse))


def rescued(*_: object) -> Settlement:
    raise AssertionError("no lease has run out")


ONE = new_id()
HELD = [Held(ONE, 1)]
PDF, RARE = JobQuery(formats=frozenset({"pdf"})), JobQuery(formats=frozenset({"step"}))
FILE, ATTACHED, BATCH = JobQuery(file_url="s3://bucket/77"), JobQuery(attachment_id="a"), JobQuery(batch_id=ONE)
LONG_AGO = JobQuery(ended_before=datetime(2020, 1, 1, tzinfo=UTC))
LIMITED = ClaimFilter(limits=ConcurrencyLimits(per_owner=1000))
LONG: Any = {"worker": "w", "lease_s": 86_400}
"""How to claim what no rescue may take away, however long a million rows take to be written."""
VERBS: dict[str, tuple[Verb, set[str]]] = {
    "claim": (lambda r: r.claim(3, **LONG), {"ready", KEY}),
    "filtered claim": (lambda r: r.claim(3, **LONG, where=ClaimFilter(owners=frozenset({"O1"}))), {"ready", KEY}),
    "limited claim": (lambda r: r.claim(3, **LONG, where=LIMITED), {"ready", "running", KEY}),
    "claim by id": (lambda r: r.claim_by_id(ONE, worker="w"), {KEY}),
    "limited claim by id": (lambda r: r.claim_by_id(ONE, worker="w", limits=LIMITED.limits), {"running", KEY}),
    "startable": (lambda r: r.startable(3, where=LIMITED), {"ready", "running", KEY}),
    "heartbeat": (lambda r: r.heartbeat(HELD, worker="w"), {KEY}),
    "settle": (lambda r: r.settle([Settlement(id=ONE, attempt=1, outcome="complete")]), {KEY}),
    "rescue": (lambda r: r.rescue(rescued), {"running"}),
    "undispatched": (lambda r: r.undispatched(older_than_s=60), {"listed", "running"}),
    "prune": (lambda r: r.prune(LONG_AGO, owner=ALL_OWNERS, dry_run=True), {"listed", KEY}),
    "promote": (lambda r: r.promote(), {"scheduled", KEY}),
    "next due": (lambda r: r.next_due(), {"scheduled"}),
    "get": (lambda r: r.get(ONE, owner=ALL_OWNERS), {KEY}),
    "list": (lambda r: r.find(owner=ALL_OWNERS, limit=50), {"listed", KEY}),
    "list of an owner": (lambda r: r.find(owner="O1", limit=50), {"owned", KEY}),
    "list of a file": (lambda r: r.find(FILE, owner=ALL_OWNERS, limit=50), {"file_url", KEY}),
    "list of an owner's file": (lambda r: r.find(FILE, owner="O1", limit=50), {"file_url", KEY}),
    "count of an attachment": (lambda r: r.count(ATTACHED, owner="O1", at_most=10), {"attachment"}),
    "list of a batch": (lambda r: r.find(BATCH, owner="O1", limit=50, oldest_first=True), {"batch", KEY}),
    "list of a format": (lambda r: r.find(RARE, owner=ALL_OWNERS, limit=50), {"formats", "running", KEY}),
    "count of a format": (lambda r: r.count(PDF, owner=ALL_OWNERS, at_most=10), {"formats", "running"}),
    "count of a rare format": (lambda r: r.count(RARE, owner=ALL_OWNERS, at_most=10), {"formats", "running"}),
    "count of an owner's format": (lambda r: r.count(PDF, owner="O1", at_most=10), {"formats", "owned", "running"}),
    "stats": (lambda r: r.stats(owner=ALL_OWNERS), {"running", "retrying", "ready"}),
    "stats of an owner": (lambda r: r.stats(owner="O1"), {"running", "retrying", "ready", "owned"}),
    "cache": (lambda r: r.find_cached(CacheKey("O1", "c", "e", "1", "h")), {"cached"}),
}

WINDOWS = {"undispatched": 2_100}
"""Work of verbs that look at a window of rows: at worst each lies on a page of its own, however large the table is."""


@contextmanager
def recorded(repository: SqlJobRepository, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, Any]]]:
    """Note every statement that goes to the driver, whichever way it goes."""
    statements: list[tuple[str, Any]] = []
    execute = prepared._execute

    def note(connection: sa.Connection, text: str, parameters: Any, **how: Any) -> Any:
        statements.append((text, parameters))
        return execute(connection, text, parameters, **how)

    def heard(_connection: Any, _cursor: Any, text: str, parameters: Any, *_: Any) -> None:
        statements.append((text, parameters))

    with monkeypatch.context() as patched:
        patched.setattr(prepared, "_execute", note)
        sa.event.listen(repository.engine, "before_cursor_execute", heard)
        yield statements
        sa.event.remove(repository.engine, "before_cursor_execute", heard)


def explain(repository: SqlJobRepository, text: str, parameters: Any) -> str:
    if not re.search(r"\bextraction_jobs\b", text) or text.startswith("INSERT"):
        return ""
    with repository.engine.connect() as connection:
        if repository.engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters)
            return "\n".join(row[-1] for row in rows)
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {text}", parameters))


def indexes(plan: str) -> set[str]:
    """Name the indexes of a plan as the tables do."""
    found = set(re.findall(r"\bix_extraction_jobs_(\w+)", plan))
    return found | ({KEY} if re.search("sqlite_autoindex_extraction_jobs_1|extraction_jobs_pkey", plan) else set())


async def test_every_verb_goes_through_its_indexes(
    repository: SqlJobRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(repository, 20_000)
    for verb, (call, allowed) in VERBS.items():
        with recorded(repository, monkeypatch) as statements:
            await call(repository)
        plans = [plan for text, parameters in statements if (plan := explain(repository, text, parameters))]
        assert plans, verb
        for plan in plans:
            assert indexes(plan) <= allowed, f"{verb}: {plan}"
            # a walk over all of an index is one too, unless the index holds only what is counted
            assert not WALK.search(plan), f"{verb}: {plan}"


def work(repository: SqlJobRepository, text: str, parameters: Any) -> int:
    """Count what the database does for a statement: instructions of SQLite's machine, pages that PostgreSQL touches."""
    with repository.engine.connect() as connection:
        if repository.engine.dialect.name == "postgresql":
            explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", parameters)
            plan = explained.scalar_one()[0]["Plan"]
            connection.rollback()
            return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE")
        steps = steps_of(connection, lambda: driver.execute(text, parameters).fetchall())
        driver.execute("ROLLBACK")
        return steps


async def all_work(repository: SqlJobRepository, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    found = {}
    for verb, (call, _) in VERBS.items():
        with recorded(repository, monkeypatch) as statements:
            await call(repository)
        about_jobs = [each for each in statements if explain(repository, *each)]
        found[verb] = sum(work(repository, *each) for each in about_jobs)
        assert found[verb], verb
    return found


@pytest.mark.slow
async def test_the_work_does_not_grow_with_the_table(
    repository: SqlJobRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten times the rows, at most twice the work: counted, so that no other program on the machine matters."""
    await fill(repository, 20_000)
    small = await all_work(repository, monkeypatch)
    await fill(repository, 180_000)
    large = await all_work(repository, monkeypatch)
    grown = {verb: (small[verb], large[verb]) for verb in VERBS if large[verb] > 2 * small[verb] + 32}
    assert not {verb: counts for verb, counts in grown.items() if counts[1] > WINDOWS.get(verb, 0)}
