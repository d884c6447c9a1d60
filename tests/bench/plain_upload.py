"""An upload as a backend writes it by hand: ``UploadFile``, boto3 in a thread, one row by SQLAlchemy.

``tests.bench.http`` runs it beside the library's route, which also detects, looks for equal jobs and adds a job.
"""

import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from fastapi import Depends, FastAPI, UploadFile
from sqlalchemy import Column, Integer, MetaData, String, Table, insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from starlette.concurrency import run_in_threadpool

place = urlsplit(os.environ["PYBASE_EXTRACTION_STORAGE"])
s3 = boto3.client(
    "s3",
    endpoint_url=parse_qs(place.query)["endpoint"][0],
    region_name=parse_qs(place.query)["region"][0],
    config=Config(max_pool_connections=16),
)
engine = create_async_engine(os.environ["PYBASE_EXTRACTION_DB"], pool_size=20, max_overflow=10)
sessions = async_sessionmaker(engine, expire_on_commit=False)
metadata = MetaData()
files = Table(
    "plain_files",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String),
    Column("size", Integer),
    Column("sha256", String),
)


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as made:
        yield made


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/ping")
async def ping() -> str:
    return "pong"


@app.post("/api/v1/extraction/upload", status_code=202)
async def upload(file: UploadFile, transaction: Annotated[AsyncSession, Depends(session)]) -> dict[str, str]:
    data = await file.read()
    key = uuid.uuid4().hex
    digest = hashlib.sha256(data).hexdigest()
    await run_in_threadpool(s3.put_object, Bucket=place.netloc, Key=f"plain/{key}", Body=data)
    await transaction.execute(insert(files).values(id=key, name=file.filename, size=len(data), sha256=digest))
    await transaction.commit()
    return {"id": key}
