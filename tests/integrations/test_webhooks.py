"""Deliveries to a real receiver: signed, repeated until taken, once for an ended attempt, never where they must not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pybase_extraction.integrations.webhooks import ID_HEADER, Webhooks, verify
from pybase_extraction.jobs import ALL_OWNERS, NewJob
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository

pytestmark = pytest.mark.anyio
SECRET = b"0123456789abcdef"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Receiver:
    """A host that answers as it is told, and keeps what it got."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def repository(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlJobRepository]:
    database = tmp_path / "jobs.db" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    upgrade(database)
    async with SqlJobRepository(database) as made:
        yield made


async def webhooks(repository: SqlJobRepository, **settings: Any) -> Webhooks:
    given = {"allow": (), "private": ["127.0.0.1"], "pause_s": 0.01, "timeout_s": 5.0} | settings
    made = Webhooks(repository, SECRET, **given)
    await made.prepare()
    return made


async def ended_job(repository: SqlJobRepository, url: str) -> Any:
    """A job that was cancelled: the shortest way to an end."""
    new = NewJob(format="pdf", filename="a.pdf", file_url="x", file_size=1, owner_id="mara", callback=url)
    job = (await repository.submit(new)).job
    await repository.cancel(owner=ALL_OWNERS, job_id=job.id)
    return job.id


async def test_an_ended_job_is_told_once_and_signed(repository: SqlJobRepository, receiver: Receiver) -> None:
    hooks = await webhooks(repository)
    job_id = await ended_job(repository, receiver.url)
    assert await hooks.run_once() == 1
    assert await hooks.run_once() == 0
    ((headers, body),) = receiver.calls
    assert verify(SECRET, headers, body)
    told = json.loads(body)
    assert (told["job_id"], told["event"]) == (str(job_id), "job.cancelled")
    assert "result" not in told
    (row,) = await hooks.deliveries(job_id)
    assert (row["status"], row["tries"]) == ("delivered", 1)


async def test_a_receiver_that_fails_is_called_again_with_the_same_id(
    repository: SqlJobRepository, receiver: Receiver
) -> None:
    hooks = await webhooks(repository)
    receiver.answers = [500, 503]
    job_id = await ended_job(repository, receiver.url)
    deadline = time.monotonic() + 20
    while (await hooks.deliveries(job_id) or [{"status": ""}])[0]["status"] != "delivered":
        await hooks.run_once()
        assert time.monotonic() < deadline
    assert len(receiver.calls) == 3
    assert len({headers[ID_HEADER] for headers, _ in receiver.calls}) == 1


async def test_a_sender_that_dies_between_sending_and_noting_sends_again(
    repository: SqlJobRepository, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = await webhooks(repository, timeout_s=0.2)
    job_id = await ended_job(repository, receiver.url)
    with monkeypatch.context() as patched:
        patched.setattr(hooks, "_settle", lambda *_: None)  # what a SIGKILL leaves: sent, and not noted
        assert await hooks.run_once() == 1
    assert await hooks.run_once() == 0  # it is nobody else's while the first sender may still be at it
    deadline = time.monotonic() + 10
    while not await hooks.run_once():
        assert time.monotonic() < deadline
    assert len(receiver.calls) == 2
    assert len({headers[ID_HEADER] for headers, _ in receiver.calls}) == 1
    assert [row["status"] for row in await hooks.deliveries(job_id)] == ["delivered"]


async def test_redirects_are_not_followed_and_tries_end(repository: SqlJobRepository, receiver: Receiver) -> None:
    hooks = await webhooks(repository, most_tries=2)
    receiver.answers = [302, 302, 302]
    job_id = await ended_job(repository, receiver.url)
    deadline = time.monotonic() + 10
    while (await hooks.deliveries(job_id) or [{"status": ""}])[0]["status"] != "failed":
        await hooks.run_once()
        assert time.monotonic() < deadline
    (row,) = await hooks.deliveries(job_id)
    assert row["last_error"] == "The receiver answered 302; redirects are not followed."
    assert len(receiver.calls) == 2


async def test_a_private_address_is_never_called(repository: SqlJobRepository, receiver: Receiver) -> None:
    hooks = await webhooks(repository, allow=["*"], private=())
    job_id = await ended_job(repository, receiver.url.replace("http://", "https://"))
    await hooks.run_once()
    (row,) = await hooks.deliveries(job_id)
    assert row["status"] == "failed"
    assert row["last_error"] == "'127.0.0.1' is not called: it has an address that is not public."
    assert receiver.calls == []


async def test_a_retried_job_is_told_again(repository: SqlJobRepository, receiver: Receiver) -> None:
    hooks = await webhooks(repository)
    job_id = await ended_job(repository, receiver.url)
    await hooks.run_once()
    await repository.retry(owner=ALL_OWNERS, job_id=job_id)
    (claim,) = await repository.claim(1, worker="w")
    assert claim.id == job_id
    await repository.cancel(owner=ALL_OWNERS, job_id=job_id)
    await hooks.run_once()
    assert len(await hooks.deliveries(job_id)) == len(receiver.calls)


def test_a_call_that_is_old_or_changed_is_not_believed(anyio_backend: str) -> None:
    headers = {"x-pybase-timestamp": "1000", "x-pybase-signature": "v1=00"}
    assert not verify(SECRET, headers, b"{}")
    assert not verify(SECRET, {**headers, "x-pybase-timestamp": str(int(time.time()))}, b"{}")
    assert not verify(SECRET, {}, b"{}")


def test_a_short_secret_is_refused(tmp_path: Path, anyio_backend: str) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Webhooks(SqlJobRepository(tmp_path / "x.db"), b"short", allow=())
