"""A backend that mounts the extraction, as PyBase would: ``uvicorn --app-dir docs/examples/backend app:app``.

Two users and a superuser, told by a bearer token; a real host checks its own sessions here.  The host has an engine,
a transaction for each request and a table of its own; jobs join both.  The page is at http://127.0.0.1:8000/extraction/ui.

PYBASE_EXTRACTION_DB names the database (``postgresql+asyncpg://...``), a SQLite file in PYBASE_EXTRACTION_HOME
otherwise; PYBASE_EXTRACTION_STORAGE the storage (``s3://bucket/prefix?endpoint=...``), a folder otherwise.  With
BACKEND_WEBHOOK and BACKEND_WEBHOOK_SECRET that address is told of jobs that have ended; with BACKEND_WORKS=0 the jobs are
left to other processes; BACKEND_LEASE_S is for how long a process that dies keeps its jobs from others.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import anyio
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import JSON, Column, MetaData, String, Table, delete, event, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from pybase_extraction import ExtractionManager
from pybase_extraction.errors import ExtractionError, JobNotFoundError
from pybase_extraction.integrations.fastapi import Caller, create_router, create_ui_router
from pybase_extraction.integrations.webhooks import Webhooks, define_deliveries
from pybase_extraction.jobs import Job
from pybase_extraction.mapping import Row, TargetField, choose_rows, suggest_mapping, write_rows
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.repositories.tables import define_tables
from pybase_extraction.worker import WorkerSettings

API = "/api/v1/extraction"
HOME = Path(os.environ.get("PYBASE_EXTRACTION_HOME", "pybase-data"))
HOME.mkdir(parents=True, exist_ok=True)
DATABASE = os.environ.get("PYBASE_EXTRACTION_DB", f"sqlite+aiosqlite:///{HOME / 'backend.sqlite'}")
WEBHOOK = os.environ.get("BACKEND_WEBHOOK")
SECRET = os.environ.get("BACKEND_WEBHOOK_SECRET", "a secret of the example").encode()


@dataclass(frozen=True)
class Person:
    id: str
    is_superuser: bool = False


PEOPLE = {
    "mara-token": Person("mara"),
    "noor-token": Person("noor"),
    "root-token": Person("root", is_superuser=True),
}
bearer = HTTPBearer(auto_error=False)


# asynchronous though it waits for nothing: FastAPI gives every synchronous dependency to a thread
async def current_user(given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Person:
    person = PEOPLE.get(given.credentials) if given else None
    if person is None:
        raise HTTPException(401, "Who are you?")
    return person


# -- the host's database: its own tables beside those of the library -----------------------------------------------

metadata = MetaData()
job_tables = define_tables(metadata)
define_deliveries(job_tables)
attachments = Table(
    "attachments",
    metadata,
    Column("job_id", String, primary_key=True),
    Column("owner", String),
    Column("filename", String),
)
parts = Table(
    "parts", metadata, Column("key", String, primary_key=True), Column("owner", String), Column("fields", JSON)
)
FIELDS = [
    TargetField(id="pos", name="Pos."),
    TargetField(id="part", name="Part number"),
    TargetField(id="description", name="Description"),
    TargetField(id="quantity", name="Quantity", type="number"),
    TargetField(id="material", name="Material", type="material"),
]

engine = create_async_engine(DATABASE, pool_size=20, max_overflow=10)


if engine.dialect.name == "sqlite":

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        # readers must not wait for writers, nor writers give up on each other
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")


upsert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
sessions = async_sessionmaker(engine, expire_on_commit=False)
repository = SqlJobRepository(engine, tables=job_tables)
manager = ExtractionManager(
    repository,
    works=os.environ.get("BACKEND_WORKS") != "0",
    settings=WorkerSettings(lease_s=float(os.environ.get("BACKEND_LEASE_S", "60"))),
)


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as made:
        yield made


async def on_submit(transaction: AsyncSession, job: Job, caller: Caller) -> None:
    """Add the host's own row: it is there if and only if the job is; the same upload again gives the same job."""
    values = {"job_id": str(job.id), "owner": caller.id, "filename": job.filename}
    await transaction.execute(upsert(attachments).values(values).on_conflict_do_nothing())


async def target_fields(caller: Caller, table_id: str) -> list[TargetField]:
    if table_id != "parts":
        raise LookupError(table_id)
    return FIELDS


class Parts:
    """Where rows go: a row of the same key replaces the one before, so a second import adds nothing."""

    def __init__(self, transaction: AsyncSession, owner: str) -> None:
        self.transaction = transaction
        self.owner = owner

    async def put(self, rows: Sequence[Row]) -> None:
        await self.transaction.execute(delete(parts).where(parts.c.key.in_([row.key for row in rows])))
        made = [{"key": row.key, "owner": self.owner, "fields": dict(row.values)} for row in rows]
        await self.transaction.execute(insert(parts), made)


# -- the application ------------------------------------------------------------------------------------------------


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:  # a real host has migrations for this
        await connection.run_sync(metadata.create_all)
    async with manager, anyio.create_task_group() as group:
        if WEBHOOK:
            # the receiver of this example is on the same machine; a real one is in ``allow`` and reached by https
            webhooks = Webhooks(repository, SECRET, allow=[], private=[str(urlsplit(WEBHOOK).hostname)])
            group.start_soon(webhooks.serve, 0.5)
        yield
        group.cancel_scope.cancel()
    await engine.dispose()


app = FastAPI(title="Backend with extraction", lifespan=lifespan)
app.include_router(
    create_router(
        manager,
        current_user=current_user,
        session=session,
        on_submit=on_submit,
        target_fields=target_fields,
        callback=lambda caller: WEBHOOK,
    ),
    prefix=API,
)
app.include_router(create_ui_router(api=API), prefix="/extraction")


@app.get("/ping")
async def ping() -> str:
    return "pong"


@app.post(
    "/parts/import/{job_id}",
    responses={404: {"description": "No such job."}, 409: {"description": "It has no result, or no parts list."}},
)
async def import_parts(
    job_id: UUID,
    person: Annotated[Person, Depends(current_user)],
    transaction: Annotated[AsyncSession, Depends(session)],
) -> dict[str, Any]:
    """Write the parts list of a completed job into the host's table."""
    try:
        result = await manager.result(job_id, owner=person.id)
        rows = choose_rows(result, "bom")
    except ExtractionError as exc:
        raise HTTPException(404 if isinstance(exc, JobNotFoundError) else 409, str(exc)) from exc
    mapping = suggest_mapping(rows, FIELDS)
    report = await write_rows(rows, mapping, FIELDS, Parts(transaction, person.id), job_id=job_id)
    await transaction.commit()
    return {"rows": report.rows, "losses": [str(loss) for loss in report.losses]}


@app.get("/parts")
async def list_parts(
    person: Annotated[Person, Depends(current_user)],
    transaction: Annotated[AsyncSession, Depends(session)],
) -> list[dict[str, Any]]:
    found = await transaction.scalars(select(parts.c.fields).where(parts.c.owner == person.id).order_by(parts.c.key))
    return list(found)
