"""The library's own schema, the host's, and the rows of older tables."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pybase_extraction.errors import SchemaOutdatedError
from pybase_extraction.jobs import ALL_OWNERS, JobQuery, JobStatus, NewJob
from pybase_extraction.repositories.connections import open_engine, open_sqlite
from pybase_extraction.repositories.migrations import (
    HEAD,
    VERSION_TABLE,
    adopt,
    check,
    configuration,
    migrate,
    put_aside,
    upgrade,
)
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.repositories.tables import define_tables

pytestmark = pytest.mark.anyio

# The columns of the two tables that PyBase created, as its migrations declare them.
FIRST_LAYOUT = """
CREATE TABLE extraction_jobs (
    id {uuid} PRIMARY KEY, user_id {uuid} NOT NULL, status VARCHAR(20) NOT NULL, extraction_format VARCHAR(20) NOT NULL,
    filename VARCHAR(255) NOT NULL, file_url TEXT NOT NULL, file_size INTEGER, record_id {uuid}, field_id {uuid},
    attachment_id VARCHAR(255), options {json}, result {json}, error_message TEXT, progress INTEGER DEFAULT 0,
    retry_count INTEGER DEFAULT 0, max_retries INTEGER DEFAULT 3, next_retry_at {time}, celery_task_id VARCHAR(255),
    created_at {time} NOT NULL, started_at {time}, completed_at {time}, updated_at {time} NOT NULL)
"""
SECOND_LAYOUT = """
CREATE TABLE extraction_jobs (
    id {uuid} PRIMARY KEY, created_by_id {uuid}, status {status} NOT NULL, format VARCHAR(20) NOT NULL,
    file_path TEXT NOT NULL, file_size BIGINT, target_table_id {uuid}, options {json}, results {json},
    error_message TEXT, retry_count INTEGER NOT NULL, next_retry_at {time}, page_count INTEGER,
    created_at {time} NOT NULL, started_at {time}, completed_at {time}, updated_at {time})
"""
USER = "7d444840-9dc0-11d1-b245-5ffdce74fad2"


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "jobs.db")
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
def engine(address: str) -> Iterator[sa.Engine]:
    engine = open_engine(address) if "://" in address else open_sqlite(address)
    yield engine
    engine.dispose()


def is_postgresql(engine: sa.Engine) -> bool:
    return engine.dialect.name == "postgresql"


def create_old(engine: sa.Engine, layout: str) -> None:
    types = (
        {"uuid": "UUID", "json": "JSONB", "time": "TIMESTAMPTZ", "status": "old_status"}
        if is_postgresql(engine)
        else {"uuid": "CHAR(32)", "json": "JSON", "time": "DATETIME", "status": "VARCHAR(10)"}
    )
    with engine.begin() as connection:
        if is_postgresql(engine):
            labels = "'PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'RETRYING'"
            connection.execute(sa.text(f"CREATE TYPE old_status AS ENUM ({labels})"))
        connection.execute(sa.text(layout.format(**types)))
        connection.execute(sa.text("CREATE INDEX ix_extraction_jobs_file_url ON extraction_jobs (file_size)"))
        connection.execute(sa.text("CREATE INDEX ix_extraction_jobs_status ON extraction_jobs (status)"))


def insert_old(engine: sa.Engine, rows: list[dict[str, object]]) -> None:
    with engine.begin() as connection:
        for row in rows:
            values = {n: json.dumps(v) if isinstance(v, dict) else v for n, v in row.items()}
            if not is_postgresql(engine):
                values = {n: v.replace("-", "") if n in {"id", "user_id", "created_by_id"} and isinstance(v, str) else v
                          for n, v in values.items()}  # fmt: skip
            names = ", ".join(values)
            given = ", ".join(f":{name}" for name in values)
            connection.execute(sa.text(f"INSERT INTO extraction_jobs ({names}) VALUES ({given})"), values)


def at(minute: int) -> str:
    return f"2025-03-04 05:{minute:02}:06.700000"


def old_id(number: int) -> str:
    return str(UUID(int=(0x4000 << 64) + (1 << 127) + number))


def first_rows() -> list[dict[str, object]]:
    common: dict[str, object] = {
        "user_id": USER, "extraction_format": "pdf", "filename": "a b.pdf", "file_url": "s3://x/a", "file_size": 9,
        "created_at": at(1), "updated_at": at(9), "options": {"pages": [1]}, "max_retries": 3,
    }  # fmt: skip
    states: list[dict[str, object]] = [
        {"status": "pending", "retry_count": 0},
        {"status": "processing", "retry_count": 1, "started_at": at(2), "celery_task_id": "c-1"},
        {"status": "completed", "retry_count": 0, "result": {"tables": ["⌀"]}, "completed_at": at(3)},
        {"status": "failed", "retry_count": 3, "error_message": "broken", "completed_at": at(4)},
        {"status": "failed", "retry_count": 1, "error_message": "later", "next_retry_at": at(40)},
        {"status": "retrying", "retry_count": 2, "next_retry_at": at(50), "error_message": "soon"},
        {"status": "cancelled", "retry_count": 0, "record_id": old_id(99), "attachment_id": "att1"},
    ]
    return [{"id": old_id(i), **common, **state} for i, state in enumerate(states)]


def test_the_claims_of_a_long_backlog_are_vacuumed_early(postgres_database: str) -> None:
    """By default PostgreSQL waits for a fifth of the table, and claims walk over what is gone."""
    if sa.__version__.startswith("2.0"):
        pytest.skip("SQLAlchemy 2.0 cannot say how a table is stored")
    engine = open_engine(postgres_database)
    upgrade(engine)
    with engine.connect() as connection:
        query = "SELECT reloptions FROM pg_class WHERE relname = 'extraction_jobs'"
        options = connection.execute(sa.text(query)).scalar_one()
    engine.dispose()
    assert "autovacuum_vacuum_scale_factor=0.02" in options


async def test_the_first_layout_is_adopted(address: str, engine: sa.Engine) -> None:
    create_old(engine, FIRST_LAYOUT)
    rows = first_rows()
    insert_old(engine, rows)
    upgrade(engine)
    async with SqlJobRepository(address) as repository:
        jobs = {job.id: job for job in (await repository.find(owner=USER)).jobs}
        pending, running, done, failed, waiting, retrying, cancelled = [jobs[UUID(str(row["id"]))] for row in rows]
        assert [str(job.status) for job in (pending, running, done, failed, waiting, retrying, cancelled)] == [
            "pending", "pending", "completed", "failed", "pending", "pending", "cancelled",
        ]  # fmt: skip
        assert {job.created_at for job in jobs.values()} == {datetime(2025, 3, 4, 5, 1, 6, 700_000, UTC)}
        assert (pending.format, pending.filename, pending.file_url, pending.file_size) == (
            "pdf",
            "a b.pdf",
            "s3://x/a",
            9,
        )
        assert pending.options == {"pages": [1]}
        assert (running.external_task_id, running.metadata["adopted"]) == ("c-1", {"status": "processing"})
        assert (waiting.next_retry_at, retrying.next_retry_at) == (
            datetime(2025, 3, 4, 5, 40, 6, 700_000, UTC),
            datetime(2025, 3, 4, 5, 50, 6, 700_000, UTC),
        )
        assert (waiting.error_message, failed.error_message, failed.retry_count) == ("later", "broken", 3)
        assert (cancelled.record_id, cancelled.attachment_id) == (old_id(99), "att1")
        result = await repository.get_result(done.id, owner=USER)
        assert result is not None
        assert result.text is not None
        assert json.loads(result.text) == {"tables": ["⌀"]}
        stats = await repository.stats(owner=USER)
        assert (stats.pending, stats.completed, stats.failed, stats.cancelled, stats.retrying) == (4, 1, 1, 1, 3)
        assert len(await repository.promote()) == 2
        assert len(await repository.claim(10, worker="w")) == 4


async def test_the_second_layout_is_adopted(address: str, engine: sa.Engine) -> None:
    create_old(engine, SECOND_LAYOUT)
    upper = str.upper
    rows: list[dict[str, object]] = [
        {"id": old_id(1), "created_by_id": USER, "status": upper("completed"), "format": "ifc", "retry_count": 0,
         "file_path": "uploads/2025/house.ifc", "results": {"elements": [1]}, "created_at": at(1), "page_count": 7},
        {"id": old_id(2), "created_by_id": None, "status": upper("retrying"), "format": "dxf", "retry_count": 1,
         "file_path": "uploads/b.dxf", "created_at": at(2), "next_retry_at": at(3), "updated_at": at(4)},
    ]  # fmt: skip
    insert_old(engine, rows)
    upgrade(engine)
    async with SqlJobRepository(address) as repository:
        done = await repository.get(UUID(old_id(1)), owner=USER)
        assert done is not None
        assert (str(done.status), done.format, done.filename) == ("completed", "ifc", "house.ifc")
        assert done.metadata["adopted"] == {"status": "COMPLETED", "page_count": 7}
        result = await repository.get_result(done.id, owner=USER)
        assert result is not None
        assert result.text is not None
        assert json.loads(result.text) == {"elements": [1]}
        (waiting,) = (await repository.find(owner=None)).jobs
        assert (str(waiting.status), waiting.retry_count, waiting.is_scheduled) == ("pending", 1, True)


async def test_no_row_is_lost_however_many_there_are(address: str, engine: sa.Engine) -> None:
    create_old(engine, FIRST_LAYOUT)
    template = first_rows()
    insert_old(engine, [{**template[i % 7], "id": old_id(i)} for i in range(1203)])
    upgrade(engine)
    async with SqlJobRepository(address) as repository:
        assert await repository.count(owner=ALL_OWNERS) == 1203
        assert (await repository.stats(owner=ALL_OWNERS)).total == 1203
        completed = JobQuery(statuses=frozenset({JobStatus.COMPLETED}))
        assert await repository.count(completed, owner=USER) == 172  # i % 7 == 2 for i < 1203
    with engine.connect() as connection:  # the old table stays until somebody drops it
        kept = connection.execute(sa.text("SELECT count(*) FROM extraction_jobs_before_adoption")).scalar()
    assert kept == 1203


def test_upgrading_twice_changes_nothing(address: str, engine: sa.Engine) -> None:
    assert upgrade(engine) == upgrade(engine) == HEAD
    check(address)


@pytest.mark.parametrize("by_migrations", [True, False])
def test_a_new_database_has_what_the_tables_say(engine: sa.Engine, *, by_migrations: bool) -> None:
    if by_migrations:
        with engine.begin() as connection:
            migrate(connection)
    else:
        upgrade(engine)
    check(engine)
    metadata = sa.MetaData()
    define_tables(metadata)
    assert differences(engine, metadata) == []


def differences(engine: sa.Engine, metadata: sa.MetaData) -> list[object]:
    def is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return not (kind == "table" and name == VERSION_TABLE)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours})
        return list(compare_metadata(context, metadata))


def test_alembic_of_the_host_sees_the_tables_and_nothing_else(engine: sa.Engine) -> None:
    metadata = sa.MetaData()
    sa.Table("users", metadata, sa.Column("id", sa.Uuid(), primary_key=True))
    with engine.begin() as connection:
        metadata.create_all(connection)
    tables = define_tables(metadata, table="file_jobs", user_fk="users.id", owner_type=sa.Uuid())
    seen = {getattr(each[1], "name", "") for each in differences(engine, metadata) if isinstance(each, tuple)}
    indexes = {index.name for table in tables.all for index in table.indexes}
    assert seen == {table.name for table in tables.all} | indexes
    with engine.begin() as connection:
        metadata.create_all(connection)
    assert differences(engine, metadata) == []


def test_tables_go_into_the_schema_of_the_host(postgres_database: str) -> None:
    engine = open_engine(postgres_database)
    metadata = sa.MetaData()
    tables = define_tables(metadata, schema="extraction", table="Jobs")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA extraction"))
        metadata.create_all(connection)
    assert sa.inspect(engine).get_table_names() == []
    assert sorted(sa.inspect(engine).get_table_names("extraction")) == sorted(table.name for table in tables.all)
    engine.dispose()


def test_a_version_table_is_the_one_that_alembic_makes(tmp_path: Path) -> None:
    made = []
    for name, prepare in (("new", upgrade), ("migrated", migrate_all)):
        engine = open_sqlite(tmp_path / name)
        prepare(engine)
        with engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT name, sql FROM sqlite_master ORDER BY name")).all()
        made.append({name: " ".join((sql or "").split()) for name, sql in rows})
        engine.dispose()
    assert made[0] == made[1]


def migrate_all(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        migrate(connection)


def test_a_new_file_needs_no_alembic(tmp_path: Path) -> None:
    code = (
        "import sys; from pybase_extraction.repositories.migrations import upgrade; "
        f"upgrade({str(tmp_path / 'jobs.db')!r}); sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_a_repository_works_in_the_schema_of_the_host(postgres_database: str) -> None:
    engine = open_engine(postgres_database)
    metadata = sa.MetaData()
    tables = define_tables(metadata, schema="extraction", table="Jobs", owner_type=sa.BigInteger())
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA extraction"))
        metadata.create_all(connection)
    async with SqlJobRepository(engine, tables=tables) as repository:
        await repository.submit(NewJob(format="pdf", filename="a", owner_id="7"))
        assert (await repository.claim(1, worker="w"))[0].job.owner_id == "7"
        assert (await repository.stats(owner="7")).processing == 1
        await repository.recount()
        assert (await repository.stats(owner=ALL_OWNERS)).processing == 1
        assert await repository.get(UUID(int=1), owner="seven") is None
    engine.dispose()


async def test_a_server_that_was_never_prepared_is_refused_with_what_to_run(postgres_database: str) -> None:
    with pytest.raises(SchemaOutdatedError, match="pybase-extract db upgrade"):
        async with SqlJobRepository(postgres_database):
            pass
    engine = open_engine(postgres_database)
    async with SqlJobRepository(
        engine
    ) as repository:  # the host's engine is the host's business, but the error is ours
        with pytest.raises(SchemaOutdatedError, match="pybase-extract db upgrade"):
            await repository.claim(1, worker="w")
    engine.dispose()


@pytest.mark.parametrize(("found", "advice"), [("0000", "pybase-extract db upgrade"), ("9999", "Upgrade the package")])
def test_another_revision_is_refused_with_what_to_do(address: str, engine: sa.Engine, found: str, advice: str) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '{found}'"))
    with pytest.raises(SchemaOutdatedError, match=advice) as caught:
        check(address)
    assert (caught.value.found, caught.value.expected) == (found, HEAD)


def test_the_known_head_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(configuration()).get_current_head() == HEAD


def _upgrade_at_once(address: str) -> None:
    upgrade(address)


def test_two_processes_may_upgrade_at_once(address: str) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_upgrade_at_once, [address, address])
    check(address)


async def test_a_hosts_own_migration_adopts_rows_for_its_users(engine: sa.Engine, address: str) -> None:
    metadata = sa.MetaData()
    users = sa.Table("users", metadata, sa.Column("id", sa.Uuid(), primary_key=True))
    tables = define_tables(metadata, user_fk="users.id", owner_type=sa.Uuid())
    create_old(engine, FIRST_LAYOUT)
    rows = [{"id": old_id(number), **row} for number, row in enumerate(first_rows())]
    insert_old(engine, rows)
    with engine.begin() as connection:
        users.create(connection)
        connection.execute(sa.insert(users), [{"id": UUID(USER)}])
        put_aside(connection, "extraction_jobs", "old_jobs")
        for table in tables.all:
            table.create(connection)
        assert adopt(connection, "old_jobs", tables) == len(rows)
    async with SqlJobRepository(engine, tables=tables) as repository:
        found = (await repository.find(owner=USER)).jobs
        assert {str(job.id) for job in found} == {row["id"] for row in rows}
        assert {job.owner_id for job in found} == {USER}
        assert (await repository.stats(owner=USER)).total == len(rows)
