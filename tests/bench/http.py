"""What the HTTP interface costs: uploads, a long list of jobs, and an event loop that stays free.

    python -m tests.bench.http [--uploads 1000] [--clients 50] [--rows 1000000] [--only uploads,load,list]

The example backend runs as one process of uvicorn against PostgreSQL and S3 (SeaweedFS), or SQLite where it says so,
and beside it an upload as it is written by hand (``plain_upload``).
Clients, servers and backend share this machine, so three figures stand beside each time: the time of an empty route
under the same clients (the floor of framework and clients), processor seconds of the backend for each request, and
how much of the machine was idle.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from pybase_extraction.jobs import ALL_OWNERS
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.storage.s3 import S3Storage
from tests.repositories.test_plans import fill
from tests.servers import S3Server, create_database, free_port, postgres

ROOT = Path(__file__).parents[2]
API = "/api/v1/extraction"
DRAWING = (ROOT / "docs" / "samples" / "flange.dxf").read_bytes()
COMMENT = b"999\r\nPadding behind the end of the drawing, as long as lines of a drawing are\r\n"
BOUNDARY = b"----WebKitFormBoundary7MA4YWxkTrZu0gW"
"""As browsers make them."""


@contextmanager
def backend(home: Path, app: str = "app:app", **given: str) -> Iterator[tuple[int, psutil.Process]]:
    """The example backend, or another application; gives its port and process."""
    port = free_port()
    place = "docs/examples/backend" if app == "app:app" else "."
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT / place), app]
    log = (home / "log").open("ab")
    environment = os.environ | {"PYBASE_EXTRACTION_HOME": str(home)} | given
    process = subprocess.Popen(
        [*command, "--port", str(port), "--no-access-log"], cwd=home, env=environment, stdout=log, stderr=log
    )
    try:
        asyncio.run(_answers(port, process))
        yield port, psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()
        log.close()


async def _answers(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            await Connection.open(port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return
    raise RuntimeError("the backend has ended")


class Connection:
    """A client of one connection that does as little as possible: the clients share the machine with the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self.reader = reader
        self.writer = writer
        self.token = token

    @classmethod
    async def open(cls, port: int, token: str = "root-token") -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 22), token)

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> tuple[int, bytes]:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode())
        self.writer.write(body)
        await self.writer.drain()
        answer = await self.reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return int(answer[9:12]), await self.reader.readexactly(length)

    async def upload(self, number: int, size: int) -> tuple[int, bytes]:
        # what stands behind the end of a DXF makes each upload a file of its own
        padding = COMMENT * ((size - len(DRAWING)) // len(COMMENT) + 1)
        return await self.send(f"{number}.dxf", (DRAWING + padding)[: size - 12] + b"%012d" % number)

    async def send(self, name: str, content: bytes) -> tuple[int, bytes]:
        head = b'--%b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n' % (BOUNDARY, name.encode())
        kind = f"multipart/form-data; boundary={BOUNDARY.decode()}"
        body = b"%b\r\n%b\r\n--%b--\r\n" % (head, content, BOUNDARY)
        return await self.ask("POST", f"{API}/upload", body, kind)


Call = Callable[[Connection, int], Awaitable[tuple[int, bytes]]]


async def together(port: int, clients: int, count: int, call: Call, *, expected: int = 200) -> list[float]:
    """Make many calls by several clients; gives the seconds of each."""
    numbers, times = itertools.count(), []

    async def client() -> None:
        connection = await Connection.open(port)
        while (number := next(numbers)) < count:
            begun = time.perf_counter()
            status, body = await call(connection, number)
            times.append(time.perf_counter() - begun)
            if status != expected:
                raise RuntimeError(f"{status}: {body[:300]!r}")

    await asyncio.gather(*(client() for _ in range(clients)))
    return times


def ping(connection: Connection, _: int) -> Awaitable[tuple[int, bytes]]:
    return connection.ask("GET", "/ping")


def quantile(times: list[float], part: float) -> float:
    """In milliseconds."""
    return sorted(times)[min(int(len(times) * part), len(times) - 1)] * 1000


def show(name: str, times: list[float], process_s: float | None = None) -> None:
    cost = "" if process_s is None else f"   backend {process_s / len(times) * 1000:6.2f} ms CPU each"
    print(
        f"{name:44} n={len(times):5}  p50 {quantile(times, 0.5):8.1f} ms  p99 {quantile(times, 0.99):8.1f} ms"
        f"  max {max(times) * 1000:8.1f} ms{cost}",
        flush=True,
    )


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def measured(name: str, process: psutil.Process, port: int, clients: int, count: int, call: Call, **given: Any) -> None:
    before = cpu(process)
    psutil.cpu_percent(None)
    times = asyncio.run(together(port, clients, count, call, **given))
    idle = 100 - psutil.cpu_percent(None)
    show(name, times, cpu(process) - before)
    print(f"{'':44} {len(times) / (sum(times) / clients):8.0f} a second; {idle:.0f} % of the machine idle", flush=True)


def bench_uploads(home: Path, settings: dict[str, str], uploads: int, clients: int) -> None:
    """1 MB uploads: alone, and by many clients at once."""

    def upload(connection: Connection, number: int) -> Awaitable[tuple[int, bytes]]:
        return connection.upload(number, 1_000_000)

    def second(connection: Connection, number: int) -> Awaitable[tuple[int, bytes]]:
        return connection.upload(number + 10_000_000, 1_000_000)

    with backend(home, BACKEND_WORKS="0", **settings) as (port, process):
        asyncio.run(together(port, 4, 40, lambda c, n: c.upload(n + 20_000_000, 1_000_000), expected=202))  # warm up
        measured("empty route, 1 client", process, port, 1, 300, ping)
        measured("1 MB to 202, 1 client", process, port, 1, uploads // 5, upload, expected=202)
        measured(f"empty route, {clients} clients", process, port, clients, 3000, ping)
        measured(f"1 MB to 202, {clients} clients at full speed", process, port, clients, uploads, second, expected=202)
        show("of that, the storage alone: put of 1 MB", asyncio.run(storage_alone(settings)))
        for number, rate in enumerate((5.0, 10.0, 20.0)):
            paced(process, port, clients, rate, uploads // 3, 30_000_000 + number * uploads)
    with backend(home, "tests.bench.plain_upload:app", **settings) as (port, process):
        asyncio.run(together(port, 4, 40, upload, expected=202))
        measured("by hand: 1 MB to 202, 1 client", process, port, 1, uploads // 5, upload, expected=202)
        measured(f"by hand: {clients} clients at full speed", process, port, clients, uploads, second, expected=202)


async def storage_alone(settings: dict[str, str]) -> list[float]:
    """Put objects of a megabyte, one after the other, without a backend: what no backend can be faster than."""
    storage = S3Storage.from_url(settings["PYBASE_EXTRACTION_STORAGE"])
    storage._keys = settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"]
    times = []
    for number in range(55):
        data = os.urandom(1_000_000)
        digest = hashlib.sha256(data).hexdigest()
        begun = time.perf_counter()
        await storage.put_known(f"alone/{number}", data, digest)
        times.append(time.perf_counter() - begun)
    return times[5:]


def paced(process: psutil.Process, port: int, clients: int, rate: float, count: int, first: int) -> None:
    """Clients that together upload ``rate`` files a second, as people do, rather than as fast as they can.

    The moments of the uploads are random (a Poisson process) and independent of the answers, so uploads do meet.
    """
    chance = random.Random(1)
    moments = list(itertools.accumulate(chance.expovariate(rate) for _ in range(count)))

    async def run() -> list[float]:
        times: list[float] = []
        begun = time.perf_counter()

        async def client(own: int) -> None:
            for number in range(own, count, clients):
                await asyncio.sleep(max(0.0, begun + moments[number] - time.perf_counter()))
                start = time.perf_counter()
                connection = await Connection.open(port)  # the one before was closed while nothing happened
                status, body = await connection.upload(first + number, 1_000_000)
                times.append(time.perf_counter() - start)
                connection.writer.close()
                if status != 202:
                    raise RuntimeError(body)

        await asyncio.gather(*(client(number) for number in range(clients)))
        return times

    before = cpu(process)
    times = asyncio.run(run())
    show(f"1 MB to 202, {clients} clients, {rate:g} a second", times, cpu(process) - before)


def bench_load(home: Path, settings: dict[str, str]) -> None:
    """A trivial route while 20 uploads of 10 MB arrive and 4 extractions run."""

    async def run(port: int) -> tuple[list[float], list[float]]:
        alone = await together(port, 1, 300, ping)
        heavy = (ROOT / "docs" / "samples" / "house.ifc").read_bytes()
        starting = await Connection.open(port)
        for number in range(4):
            await starting.send(f"{number}.ifc", heavy + b"\n" * number)
        # sent by a process of its own: making and sending 200 MB would hold up the loop that measures
        sending = asyncio.get_running_loop().run_in_executor(apart, send_twenty, port)
        connection, times = await Connection.open(port), []
        while not sending.done():
            begun = time.perf_counter()
            await ping(connection, 0)
            times.append(time.perf_counter() - begun)
            await asyncio.sleep(0.005)
        await sending
        return alone, times

    with ProcessPoolExecutor(1) as apart, backend(home, **settings) as (port, _):
        asyncio.run(together(port, 4, 8, lambda c, n: c.upload(n + 50_000_000, 100_000), expected=202))
        alone, under_load = asyncio.run(run(port))
        show("trivial route alone", alone)
        show("trivial route under 20 x 10 MB and 4 jobs", under_load)
        show("  the same, late wake-ups of the client", asyncio.run(_lateness()))


def send_twenty(port: int) -> None:
    """Upload twenty files of 10 MB at once."""
    asyncio.run(together(port, 20, 20, lambda c, n: c.upload(n + 40_000_000, 10_000_000), expected=202))


async def _lateness() -> list[float]:
    late = []
    for _ in range(300):
        begun = time.perf_counter()
        await asyncio.sleep(0.005)
        late.append(time.perf_counter() - begun - 0.005)
    return late


def bench_list(name: str, home: Path, database: str, settings: dict[str, str], rows: int) -> None:
    """``GET /jobs`` in a long table: the first pages, the last that has a number, one in the middle, filters."""

    async def prepare() -> None:
        async with SqlJobRepository(database) as repository:
            await fill(repository, rows)

    upgrade(database)
    asyncio.run(prepare())
    with backend(home, BACKEND_WORKS="0", **settings) as (port, process):
        key = asyncio.run(_middle(database))
        filters = ("?status=failed", "?format=pdf", "?format=step", "?status=completed&format=pdf")
        for path in ("", "?page=5", "?page=250", f"?after={key}", *filters, "?file_url=s3://bucket/77"):
            before = cpu(process)
            times = asyncio.run(together(port, 1, 200, lambda c, _, path=path: c.ask("GET", f"{API}/jobs{path}")))
            show(f"{name}, {rows:,} rows: /jobs{path}", times, cpu(process) - before)


async def _middle(database: str) -> str:
    """Key of a page in the middle of the table."""
    async with SqlJobRepository(database) as repository:
        count = await repository.count(owner=ALL_OWNERS)
        page = await repository.find(owner=ALL_OWNERS, limit=1, offset=count // 2)
    assert page.next_key is not None
    return quote(page.next_key.to_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", default="uploads,load,list")
    given = parser.parse_args()
    wanted = given.only.split(",")
    print(f"{os.cpu_count()} cores, load {', '.join(f'{each:.1f}' for each in os.getloadavg())}", flush=True)
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        home = Path(folder)
        if {"uploads", "load"} & set(wanted):
            s3 = S3Server()
            s3.start()
            settings = {
                "PYBASE_EXTRACTION_STORAGE": f"s3://{s3.make_bucket()}/x?endpoint={s3.endpoint}&region=us-east-1",
                "AWS_ACCESS_KEY_ID": s3.ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": s3.SECRET_KEY,
                "PYBASE_EXTRACTION_DB": create_database(server).replace("postgresql://", "postgresql+asyncpg://"),
            }
            try:
                if "uploads" in wanted:
                    bench_uploads(home, settings, given.uploads, given.clients)
                if "load" in wanted:
                    bench_load(home, settings)
            finally:
                s3.close()
        if "list" in wanted:
            sqlite = str(home / "backend.sqlite")
            bench_list("SQLite", home, sqlite, {}, given.rows)
            database = create_database(server)
            named = {"PYBASE_EXTRACTION_DB": database.replace("postgresql://", "postgresql+asyncpg://")}
            bench_list("PostgreSQL", home, database, named, given.rows)


if __name__ == "__main__":
    main()
