"""Hosts that cannot see each other's disks: files and results travel by the storage alone."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import pytest

from pybase_extraction.jobs import JobStatus
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.storage.s3 import S3Storage
from tests.deploy.island import UNSHARE, bridge
from tests.servers import S3Server

pytestmark = [pytest.mark.slow, pytest.mark.anyio]
SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
NAMES = ("bearing-bracket.pdf", "flange.dxf", "house.ifc", "bracket-assembly.step")
PEEK = """
import socket, sys
from pathlib import Path
assert not list(Path(sys.argv[1]).iterdir()), "the host's folder is seen"
for port in map(int, sys.argv[2:]):
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)), "the host's network is reached"
"""


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    server = S3Server()
    server.start()
    yield server
    server.close()


def island(hidden: Path, sockets: Path, ports: str, *command: str) -> list[str]:
    return [*UNSHARE, sys.executable, "-m", "tests.deploy.island", str(hidden), str(sockets), ports, *command]


@pytest.fixture
def sockets(tmp_path: Path) -> Path:
    """A folder for sockets, where the machine lets its user make networks."""
    programs = [shutil.which(name) for name in ("unshare", "ip", "mount")]
    if not all(programs) or subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let the tests make network namespaces")
    made = tmp_path / "sockets"
    made.mkdir()
    return made


@asynccontextmanager
async def machines(
    count: int, tmp_path: Path, hidden: Path, sockets: Path, ports: str, names: dict[str, str]
) -> AsyncIterator[None]:
    """Workers on so many islands, each with a home and a folder for temporary files of its own."""
    running = []
    for number in range(count):
        home = tmp_path / f"worker-{number}"
        home.mkdir()
        command = [sys.executable, "-m", "pybase_extraction", "worker", "--concurrency", "1"]
        environment = os.environ | names | {"HOME": str(home), "TMPDIR": str(home), "PYBASE_EXTRACTION_HOME": str(home)}
        running.append(await asyncio.create_subprocess_exec(*island(hidden, sockets, ports, *command), env=environment))
    try:
        yield
    finally:
        for process in running:
            process.terminate()
            await asyncio.wait_for(process.wait(), 30)


async def test_files_travel_by_the_storage_alone(
    postgres_database: str, s3: S3Server, tmp_path: Path, sockets: Path
) -> None:
    upgrade(postgres_database)
    host = tmp_path / "host"
    host.mkdir()
    ports = [int(urlsplit(address).port or 0) for address in (postgres_database, s3.endpoint)]
    for name in NAMES:
        shutil.copy(SAMPLES / name, host)
    peek = island(host, sockets, "", sys.executable, "-c", PEEK, str(host), *map(str, ports))
    await asyncio.to_thread(subprocess.run, peek, check=True, timeout=30)
    storage = f"s3://{s3.make_bucket()}/files?endpoint={s3.endpoint}&region=us-east-1"
    keys = {"AWS_ACCESS_KEY_ID": s3.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": s3.SECRET_KEY}
    names = {"PYBASE_EXTRACTION_DB": postgres_database, "PYBASE_EXTRACTION_STORAGE": storage, **keys}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in keys.items():
            patch.setenv(name, value)
        manager = ExtractionManager(SqlJobRepository(postgres_database), S3Storage.from_url(storage), works=False)
        async with bridge(sockets, ports), manager:
            async with machines(2, tmp_path, host, sockets, ",".join(map(str, ports)), names):
                jobs = [await manager.submit(host / name, owner="mara") for name in NAMES]
                with anyio.fail_after(90):
                    ended = [await manager.wait(job.id, owner="mara") for job in jobs]
            assert {job.status for job in ended} == {JobStatus.COMPLETED}, [job.error_message for job in ended]
            results = [await manager.result(job.id, owner="mara") for job in ended]
            logs = [await manager.attempts(job.id, owner="mara") for job in ended]
    assert [result.source.filename for result in results] == list(NAMES)
    assert {log[0].worker for log in logs}.isdisjoint({manager.worker.name})
