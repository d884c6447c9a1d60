"""The example backend, started as its page says, used over real HTTP, and killed in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.integrations.fastapi.conftest import BASE, SAMPLES
from tests.servers import free_port

BACKEND = Path(__file__).parents[3] / "docs" / "examples" / "backend"
ENDED = {"completed", "failed", "cancelled"}


@contextmanager
def backend(home: Path, *, kill: bool = False) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(BACKEND), "app:app", "--port", str(port)]
    environment = os.environ | {"PYBASE_EXTRACTION_HOME": str(home)}
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


@pytest.mark.slow
def test_every_202_ends_after_the_backend_was_killed(tmp_path: Path) -> None:
    data = (SAMPLES / "flange.dxf").read_bytes()
    with backend(tmp_path, kill=True) as address, client(address) as mara:
        # bytes after the end of a DXF make each upload a file of its own
        answers = [mara.post("/upload", files={"file": (f"{n}.dxf", data + b"\n" * n)}) for n in range(6)]
        assert {answer.status_code for answer in answers} == {202}
    ids = {answer.json()["id"] for answer in answers}
    assert len(ids) == 6
    with backend(tmp_path) as address, client(address) as mara, client(address, "noor-token") as noor:
        deadline = time.monotonic() + 150
        while True:
            listed = mara.get("/jobs", params={"page_size": 100}).json()["items"]
            if all(item["status"] in ENDED for item in listed):
                break
            assert time.monotonic() < deadline, [item["status"] for item in listed]
            time.sleep(0.3)
        assert {item["id"] for item in listed} == ids
        assert {item["status"] for item in listed} == {"completed"}
        assert noor.get("/jobs").json()["total"] == 0
        assert httpx.get(f"{address}/jobs").status_code == 401
