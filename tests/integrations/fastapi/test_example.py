"""The example backend, started as its page says, used over real HTTP, and killed in the middle."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from pybase_extraction.integrations.webhooks import verify
from tests.integrations.fastapi.conftest import BASE, SAMPLES
from tests.servers import S3Server, free_port

BACKEND = Path(__file__).parents[3] / "docs" / "examples" / "backend"
TITLE = '{"extract_title_block": true}'
ENDED = {"completed", "failed", "cancelled"}


@contextmanager
def backend(home: Path, *, kill: bool = False, **given: str) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(BACKEND), "app:app", "--port", str(port)]
    environment = os.environ | {"PYBASE_EXTRACTION_HOME": str(home)} | given
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/openapi.json")
                break
            except httpx.ConnectError:
                assert process.poll() is None, (home / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}{BASE}"
    finally:
        (process.kill if kill else process.terminate)()
        process.wait(60)


def client(address: str, token: str = "mara-token") -> httpx.Client:
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60)


def upload_until_it_dies(address: str, first: int, taken: list[str]) -> None:
    """Upload files of their own, one after the other; ``taken`` is what was answered with 202."""
    # group codes of the DXF reference: 0 type, 8 layer, 10/20 position, 40 height, 1 text
    lines = ["0", "SECTION", "2", "ENTITIES", "0", "TEXT", "8", "0", "10", "0", "20", "0", "40", "2.5", "1", "text"]
    data = "\n".join([*lines, "0", "ENDSEC", "0", "EOF", ""]).encode()
    with client(address) as mara:
        for number in itertools.count(first, step=4):
            try:
                # bytes after the end of a DXF make each upload a file of its own
                answer = mara.post("/upload", files={"file": (f"{number}.dxf", data + b"\n" * number)})
            except httpx.TransportError:
                return
            assert answer.status_code == 202
            taken.append(answer.json()["id"])


@pytest.fixture
def servers(postgres_database: str) -> Iterator[dict[str, str]]:
    """What the backend is told to use PostgreSQL and S3."""
    s3 = S3Server()
    try:
        s3.start()
        yield {
            "PYBASE_EXTRACTION_DB": postgres_database.replace("postgresql://", "postgresql+asyncpg://"),
            "PYBASE_EXTRACTION_STORAGE": f"s3://{s3.make_bucket()}/x?endpoint={s3.endpoint}&region=us-east-1",
            "AWS_ACCESS_KEY_ID": s3.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": s3.SECRET_KEY,
            "BACKEND_LEASE_S": "5",  # so long the second process waits for the jobs of the first
        }
    finally:
        s3.close()


@pytest.mark.slow
def test_every_202_ends_after_the_backend_was_killed(tmp_path: Path, servers: dict[str, str]) -> None:
    taken: list[str] = []
    with contextlib.ExitStack() as clients:
        with backend(tmp_path, kill=True, **servers) as address:
            threads = clients.enter_context(ThreadPoolExecutor(4))
            sent = [threads.submit(upload_until_it_dies, address, number, taken) for number in range(4)]
            while len(taken) < 6:
                assert not any(each.done() for each in sent), (tmp_path / "log").read_text()
                time.sleep(0.005)
        # killed while the four of them were uploading
        for each in sent:
            each.result(60)
    ids = set(taken)
    assert len(ids) == len(taken) >= 6
    with backend(tmp_path, **servers) as address, client(address) as mara, client(address, "noor-token") as noor:
        deadline = time.monotonic() + 150
        while True:
            listed = mara.get("/jobs", params={"page_size": 100}).json()["items"]
            if all(item["status"] in ENDED for item in listed):
                break
            assert time.monotonic() < deadline, [item["status"] for item in listed]
            time.sleep(0.3)
        # a job whose answer the kill cut off may be there besides; none is missing
        assert {item["id"] for item in listed} >= ids
        assert len(listed) <= len(ids) + 4
        assert {item["status"] for item in listed} == {"completed"}
        assert noor.get("/jobs").json()["total"] == 0
        assert httpx.get(f"{address}/jobs").status_code == 401


def upload_of(address: str, folder: Path, mib: int) -> None:
    path = folder / f"{mib}.dxf"
    with path.open("wb") as stream:
        stream.write((SAMPLES / "flange.dxf").read_bytes())
        stream.truncate(mib << 20)  # zeros behind the end of the drawing
    with client(address) as mara, path.open("rb") as stream:
        answer = mara.post("/upload", files={"file": (path.name, stream)}, timeout=180)
    assert (answer.status_code, answer.json()["file_size"]) == (202, mib << 20)


def peak_kib(process: psutil.Process) -> int:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell the peak of a process")
def test_memory_does_not_grow_with_an_upload(tmp_path: Path) -> None:
    with backend(tmp_path, BACKEND_WORKS="0") as address:
        process = next(each for each in psutil.Process().children() if "uvicorn" in each.cmdline())
        upload_of(address, tmp_path, 24)
        before = peak_kib(process)
        upload_of(address, tmp_path, 224)
        # a copy of the file anywhere would be 200 MiB more
        assert peak_kib(process) - before < 24 << 10


class Receiver:
    """Who is told of the end of jobs."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.calls.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give states of jobs; what an extractor says meanwhile is an event of another kind."""
    id_ = kind = ""
    for line in lines:
        if line.startswith("id: "):
            id_ = line[4:]
        if line.startswith("event: "):
            kind = line[7:]
        if line.startswith("data: ") and kind == "job":
            yield id_, json.loads(line[6:])


@pytest.mark.slow
def test_the_way_from_an_upload_to_rows_and_the_call_of_a_webhook(tmp_path: Path, receiver: Receiver) -> None:
    secret = "sixteen bytes and more"
    hook = f"http://127.0.0.1:{receiver.server.server_port}/hook"
    given = {"BACKEND_WEBHOOK": hook, "BACKEND_WEBHOOK_SECRET": secret}
    data = (SAMPLES / "bearing-bracket.pdf").read_bytes()
    with backend(tmp_path, **given) as address, client(address) as mara, client(address, "noor-token") as noor:
        host = address.rpartition("/api/")[0]
        answer = mara.post("/upload", files={"file": ("bracket.pdf", data)}, data={"options": TITLE})
        assert answer.status_code == 202
        job_id = answer.json()["id"]
        # the stream is left after its first event, and taken up again where it was left
        with mara.stream("GET", f"/jobs/{job_id}/events") as stream:
            seen, first = next(events(stream.iter_lines()))
        with mara.stream("GET", f"/jobs/{job_id}/events", headers={"last-event-id": seen}) as stream:
            later = list(events(stream.iter_lines()))
        assert later[-1][1]["status"] == "completed"
        assert first["status"] == "completed" or seen not in [id_ for id_, _ in later]
        result = mara.get(f"/jobs/{job_id}").json()["result"]
        assert result["title_block"]["drawing_number"] == "PB-1042-A"
        assert noor.get(f"/jobs/{job_id}").status_code == 404
        shown = mara.post(f"/jobs/{job_id}/preview", params={"table_id": "parts"}).json()
        assert shown["suggested_mapping"]["part_number"] == "part"
        assert noor.post(f"{host}/parts/import/{job_id}").status_code == 404
        for _ in range(2):  # importing twice adds nothing
            assert mara.post(f"{host}/parts/import/{job_id}").json()["rows"] == 4
        parts = mara.get(f"{host}/parts").json()
        assert [part["part"] for part in parts] == ["PB-1042-01", "ISO 4762 M8×25", "ISO 7089-8", "DIN 625-6204"]
        assert noor.get(f"{host}/parts").json() == []
        deadline = time.monotonic() + 30
        while not receiver.calls:
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.1)
    headers, body = receiver.calls[0]
    assert verify(secret.encode(), headers, body)
    assert (json.loads(body)["job_id"], json.loads(body)["status"]) == (job_id, "completed")
