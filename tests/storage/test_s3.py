"""What only S3 has: signatures, checksums, parts, retries, and a memory that stays flat."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from botocore.exceptions import ClientError

from pybase_extraction.errors import ServiceUnavailableError, StorageError
from pybase_extraction.jobs import JobStatus
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.source import Source
from pybase_extraction.storage.base import StoredObject
from pybase_extraction.storage.opening import open_storage
from pybase_extraction.storage.s3 import PART_BYTES, S3Storage
from pybase_extraction.testing.fakes import FAKES
from tests.servers import S3Server, free_port

pytestmark = pytest.mark.anyio


def make(server: S3Server, **given: object) -> S3Storage:
    arguments = {
        "endpoint_url": server.endpoint, "region": "us-east-1", "access_key": server.ACCESS_KEY,
        "secret_key": server.SECRET_KEY,
    } | given  # fmt: skip
    return S3Storage(str(arguments.pop("bucket", None) or server.make_bucket()), "jobs", **arguments)


async def test_a_wrong_secret_is_refused_and_shown_nowhere(s3_server: S3Server) -> None:
    storage = make(s3_server, secret_key="not-the-secret", bucket=s3_server.make_bucket())
    with pytest.raises(StorageError, match="SignatureDoesNotMatch") as caught:
        await storage.put("a", b"x")
    assert "not-the-secret" not in str(caught.value)


async def test_a_server_that_is_away_may_come_back(tmp_path: Path) -> None:
    storage = S3Storage(
        "b", endpoint_url=f"http://127.0.0.1:{free_port()}", region="us-east-1", access_key="a", secret_key="b"
    )
    with pytest.raises(ServiceUnavailableError):
        await storage.put("a", b"x")


@pytest.mark.parametrize("checksum", ["sha256", "md5"])
async def test_the_server_refuses_a_part_that_was_changed_on_its_way(s3_server: S3Server, checksum: str) -> None:
    storage = make(s3_server, checksum=checksum)
    proof = storage._proof(b"what was sent")
    with pytest.raises(ClientError):
        s3_server.client().put_object(Bucket=storage.bucket, Key="jobs/a", Body=b"what arrives!", **proof)
    assert await storage.stat("a") is None


async def test_small_content_is_put_without_boto3_and_checked_by_the_server(s3_server: S3Server) -> None:
    storage = make(s3_server)
    asked: list[str] = []
    storage._client().meta.events.register("before-send.s3", lambda request, **_: asked.append(request.url))
    data, key = os.urandom(100_000), "a=b@c+d/e-f_g.h"
    digest = hashlib.sha256(data).hexdigest()
    assert await storage.put_known(key, data, digest) == StoredObject(key, len(data), digest)
    assert asked == []
    described = s3_server.client().head_object(Bucket=storage.bucket, Key=f"jobs/{key}", ChecksumMode="ENABLED")
    assert base64.b64decode(described["ChecksumSHA256"]).hex() == digest
    with pytest.raises(StorageError, match="refused 'false'"):
        await storage.put_known("false", data, hashlib.sha256(b"other").hexdigest())
    assert [item.key async for item in storage.list()] == [key]


async def test_what_is_not_put_at_once_is_left_to_boto3(s3_server: S3Server) -> None:
    storage = make(s3_server)
    asked: list[str] = []
    storage._client().meta.events.register("before-send.s3", lambda request, **_: asked.append(request.url))
    assert storage._direct is not None
    storage._direct._region = None  # what signs in another way than Signature Version 4
    await storage.put("one", b"1")
    storage._direct._region = "us-east-1"
    address = storage._direct._address
    storage._direct._address = f"http://127.0.0.1:{free_port()}/"  # nobody is there
    await storage.put("two", b"2")
    storage._direct._address = address
    storage._direct._session.set_credentials(s3_server.ACCESS_KEY, "not-the-secret")  # refused; boto3 has the other
    await storage.put("three", b"3")
    assert [url.rpartition("/")[2] for url in asked] == ["one", "two", "three"]
    assert [await storage.read(key) for key in ("one", "two", "three")] == [b"1", b"2", b"3"]


async def test_a_broken_upload_leaves_no_parts_behind(s3_server: S3Server) -> None:
    storage = make(s3_server)

    async def breaking():
        yield b"x" * (PART_BYTES * 2 + 1)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await storage.put("a", breaking())
    assert not s3_server.client().list_multipart_uploads(Bucket=storage.bucket).get("Uploads")


async def test_a_download_that_breaks_is_taken_up_where_it_broke(s3_server: S3Server, monkeypatch) -> None:
    storage = make(s3_server)
    data = os.urandom(3 << 20)
    await storage.put("a", data)
    made = storage._client()
    asked = []
    get_object = made.get_object

    def breaking(**given: object) -> object:
        answer = get_object(**given)
        asked.append(given.get("Range"))
        if len(asked) == 1:
            body, reads = answer["Body"], iter([0, 1])
            read = body.read

            def once(size: int) -> bytes:
                if next(reads):
                    raise ConnectionResetError
                return read(size)

            body.read = once
        return answer

    monkeypatch.setattr(made, "get_object", breaking)
    assert await storage.read("a") == data
    assert asked == [None, f"bytes={1 << 20}-"]


async def test_keys_outside_of_the_prefix_are_not_seen(s3_server: S3Server) -> None:
    storage = make(s3_server)
    s3_server.client().put_object(Bucket=storage.bucket, Key="other/a", Body=b"x")
    s3_server.client().put_object(Bucket=storage.bucket, Key="jobs2", Body=b"x")
    await storage.put("a", b"x")
    assert [item.key async for item in storage.list()] == ["a"]


async def test_more_than_a_page_of_objects_is_listed(s3_server: S3Server) -> None:
    storage = make(s3_server)
    client = s3_server.client()
    for number in range(1100):
        client.put_object(Bucket=storage.bucket, Key=f"jobs/{number:04}", Body=b"")
    assert [item.key async for item in storage.list()] == [f"{number:04}" for number in range(1100)]


def test_an_address_names_bucket_prefix_and_endpoint() -> None:
    storage = open_storage("s3://drawings/a/b?endpoint=http://127.0.0.1:9000&region=eu&checksum=md5")
    assert isinstance(storage, S3Storage)
    assert (storage.bucket, storage.prefix, storage.endpoint_url, storage.checksum) == (
        "drawings", "a/b/", "http://127.0.0.1:9000", "md5",
    )  # fmt: skip
    for wrong in ("s3://", "s3://key:secret@bucket", "s3://b?nonsense=1", "s3://b?checksum=crc", "ftp://host/x"):
        with pytest.raises(ValueError, match="s3://bucket"):
            open_storage(wrong)


async def test_jobs_run_with_their_files_and_large_results_in_s3(s3_server: S3Server, tmp_path: Path) -> None:
    registry = ExtractorRegistry.discover(allow=[], plugins=[FAKES])
    storage = make(s3_server)
    async with ExtractionManager(SqlJobRepository(tmp_path / "jobs.db"), storage, registry=registry) as manager:
        source = Source.from_bytes(b"FAKE", name="a.fake")
        job = await manager.submit(source, owner="mara", options={"result_bytes": 3 << 20})
        with anyio.fail_after(60):
            ended = await manager.wait(job.id, owner="mara")
        assert ended.status is JobStatus.COMPLETED, ended.error_message
        assert len((await manager.result(job.id, owner="mara")).metadata["text"]) == 3 << 20
        assert [item.key.split("/")[0] async for item in storage.list()] == ["files", "results"]
        await manager.delete(job.id, owner="mara")
        assert [item.key.split("/")[0] async for item in storage.list()] == ["files"]


FLAT = """
import asyncio, resource, sys, tempfile
from pathlib import Path
from pybase_extraction.storage.s3 import S3Storage

async def stream(mib):
    for _ in range(mib):
        yield bytes(1 << 20)

async def main(bucket, endpoint, mib):
    keys = {"access_key": "test-key", "secret_key": "test-secret"}
    storage = S3Storage(bucket, endpoint_url=endpoint, region="us-east-1", **keys)
    async def pass_through(size):
        await storage.put("a", stream(size))
        with tempfile.TemporaryDirectory() as folder:
            assert (await storage.fetch("a", Path(folder))).stat().st_size == size << 20
    await pass_through(24)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await pass_through(mib)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(s3_server: S3Server) -> None:
    command = [sys.executable, "-c", FLAT, s3_server.make_bucket(), s3_server.endpoint, "192"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    # eight times the file of the warm-up: a copy of it anywhere would be 168 MiB more
    assert int(done.stdout) < 16 << 10, f"{done.stdout.strip()} KiB more than for 24 MiB"
