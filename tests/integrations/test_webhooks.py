"""Deliveries to a real receiver: signed, repeated until taken, once for an ended attempt, never where they must not."""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
import sqlalchemy as sa

from pybase_extraction.integrations import webhooks as webhooks_module
from pybase_extraction.integrations.webhooks import ID_HEADER, Webhooks, verify
from pybase_extraction.jobs import ALL_OWNERS, NewJob
from pybase_extraction.repositories.migrations import upgrade
from pybase_extraction.repositories.sql import SqlJobRepository
from tests.steps import steps_of

pytestmark = pytest.mark.anyio
SECRET = b"0123456789abcdef"


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


async def test_an_older_database_gets_the_index_that_ended_jobs_are_looked_for_by(repository: SqlJobRepository) -> None:
    jobs = repository.tables.jobs.name

    def indexes(connection: sa.Connection) -> dict[str, list[str | None]]:
        found = sa.inspect(connection).get_indexes(jobs)
        return {str(index["name"]): index["column_names"] for index in found if index["name"]}

    await repository.transact(lambda c: c.exec_driver_sql(f"CREATE INDEX ix_{jobs}_callback ON {jobs} (status)"))
    for _ in range(2):
        await webhooks(repository)
    found = await repository.transact(indexes)
    assert found[f"ix_{jobs}_to_tell"] == ["completed_at"]
    assert f"ix_{jobs}_callback" not in found


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


async def test_looking_for_ended_jobs_costs_no_more_among_many_that_were_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks_module, "_COLLECTED", 50)
    upgrade(tmp_path / "jobs.db")
    steps = []
    async with SqlJobRepository(tmp_path / "jobs.db") as repository:
        hooks = await webhooks(repository, allow=["*"])
        jobs, ended = repository.tables.jobs, datetime.now(UTC) - timedelta(days=1)
        for count in (100, 300):
            new = [
                NewJob(format="pdf", filename="a.pdf", owner_id="mara", callback="https://hooks.example/")
                for _ in range(count)
            ]
            await repository.submit_many(new)
            end = sa.update(jobs).where(jobs.c.status == "pending").values(status="completed", completed_at=ended)
            await repository.transact(lambda connection, end=end: connection.execute(end))
            hooks._looked = None  # as in a process that has just started
            while hooks._looked is None:
                hooks._looked = await repository.transact(hooks._collect)
            steps.append(await repository.transact(lambda c: steps_of(c, lambda: hooks._collect(c))))
        kept = await repository.transact(lambda c: c.scalar(sa.select(sa.func.count()).select_from(hooks.table)))
        assert kept == 400  # more than one look's worth, and none twice
        await ended_job(repository, "https://hooks.example/")
        await repository.transact(hooks._collect)
        kept = await repository.transact(lambda c: c.scalar(sa.select(sa.func.count()).select_from(hooks.table)))
    assert kept == 401
    assert steps[1] < steps[0] * 1.2  # four times as many rows; a look at all of them is four times the work


NOW = str(int(time.time()))


@pytest.mark.parametrize(
    ("stamp", "signature"),
    [
        ("1000", "v1=00"), (NOW, "v1=00"), ("", ""), (NOW, ""), (NOW, "é"), (NOW, "\ud800"), ("9" * 400, "v1=00"),
        ("9" * 5000, "v1=00"), ("-1", "v1=00"), (f" {NOW}", "v1=00"), ("٣" * 10, "v1=00"), ("1e9", "v1=00"),
    ],
    ids=range(12),
)  # fmt: skip
def test_a_call_that_is_old_or_changed_or_nonsense_is_not_believed(
    stamp: str, signature: str, anyio_backend: str
) -> None:
    assert not verify(SECRET, {"x-pybase-timestamp": stamp, "x-pybase-signature": signature}, b"{}")
    assert not verify(SECRET, {}, b"{}")


async def test_addresses_that_cannot_be_written_as_they_are_stop_no_other_call(
    repository: SqlJobRepository, receiver: Receiver
) -> None:
    hooks = await webhooks(repository)
    strange = ["/é?ü=ß", "/a b", "/a\r\nX-Evil: 1", "/\u2028", "/%zz", "/?a=[b]|{c}", "/#part"]
    for path in (*strange, "/hook"):
        await ended_job(repository, receiver.url.removesuffix("/hook") + path)
    sent = await hooks.run_once()
    assert (sent, len(receiver.calls)) == (8, 8)
    assert not any("X-Evil" in headers for headers, _ in receiver.calls)


def drip(listener: socket.socket) -> None:
    """Answer with a byte of a status line every 50 ms."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            while True:
                connection.sendall(b"x")
                time.sleep(0.05)


async def test_a_receiver_that_drips_is_left_when_the_time_is_up(repository: SqlJobRepository) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        hooks = await webhooks(repository, timeout_s=0.5)
        job_id = await ended_job(repository, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        begun = time.monotonic()
        with anyio.fail_after(20):
            assert await hooks.run_once() == 1
        assert time.monotonic() - begun < 5
        (row,) = await hooks.deliveries(job_id)
        assert (row["status"], row["tries"]) == ("pending", 1)
        assert row["last_error"].startswith("The receiver could not be reached")
        listener.shutdown(socket.SHUT_RDWR)


async def test_receivers_that_hang_keep_no_thread_from_others(repository: SqlJobRepository) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:  # takes connections and never answers
        hooks = await webhooks(repository, timeout_s=2.0)
        for _ in range(20):
            await ended_job(repository, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        shared = anyio.to_thread.current_default_thread_limiter()
        async with anyio.create_task_group() as group:
            group.start_soon(hooks.run_once)
            with anyio.fail_after(20):
                while hooks.threads.borrowed_tokens < 20:
                    await anyio.sleep(0.01)
            assert shared.borrowed_tokens == 0


async def test_sending_goes_on_when_the_database_was_away(
    tmp_path: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    upgrade(tmp_path / "jobs.db")
    async with SqlJobRepository(tmp_path / "jobs.db") as repository:
        hooks = await webhooks(repository)
        await ended_job(repository, receiver.url)
        with caplog.at_level("WARNING"), contextlib.closing(sqlite3.connect(tmp_path / "jobs.db")) as other:
            other.execute("ALTER TABLE extraction_deliveries RENAME TO away")
            other.commit()
            async with anyio.create_task_group() as group:
                group.start_soon(hooks.serve, 0.05)
                with anyio.fail_after(20):
                    while "deliveries could not be read" not in caplog.text:
                        await anyio.sleep(0.02)
                    other.execute("ALTER TABLE away RENAME TO extraction_deliveries")
                    other.commit()
                    while not receiver.calls:
                        await anyio.sleep(0.02)
                group.cancel_scope.cancel()


def test_a_short_secret_is_refused(tmp_path: Path, anyio_backend: str) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Webhooks(SqlJobRepository(tmp_path / "x.db"), b"short", allow=())
