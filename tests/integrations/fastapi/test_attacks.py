"""Requests that nobody sends who means well: each is refused in words, or harmless, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import anyio
import pytest
import sqlalchemy as sa
from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from pybase_extraction.registry import ExtractorRegistry
from tests.integrations.fastapi.conftest import BASE, Api, Person, current_user, make_manager, running

pytestmark = pytest.mark.anyio
FORM = {"content-type": "multipart/form-data; boundary=x"}
FILE = b'Content-Disposition: form-data; name="file"; filename="a.fake"'


def part(*headers: bytes, data: bytes = b"FAKE") -> bytes:
    return b"--x\r\n" + b"\r\n".join(headers) + b"\r\n\r\n" + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--x--\r\n"


def text(name: str, value: str) -> bytes:
    return part(f'Content-Disposition: form-data; name="{name}"'.encode(), data=value.encode())


def deep(count: int) -> str:
    return "[" * count + "]" * count


REFUSED: dict[str, tuple[bytes, int]] = {
    "no file name": (form(part(b'Content-Disposition: form-data; name="file"')), 422),
    # RFC 7578, section 4.2: not to be used; read by some and not by others it smuggles names past a gateway
    "an extended file name": (form(part(b"Content-Disposition: form-data; name=file; filename*=UTF-8''a.fake")), 422),
    "no name": (form(part(b"Content-Type: text/plain")), 400),
    "two files": (form(part(FILE), part(FILE)), 422),
    "two files of different fields": (form(part(FILE), part(FILE.replace(b"file;", b"other;"))), 422),
    "a header of a megabyte": (form(part(FILE, b"X-A: " + b"a" * (1 << 20))), 400),
    "a header without a colon, of a megabyte": (form(part(FILE, b"a" * (1 << 20))), 400),
    "a hundred thousand headers": (form(part(FILE, *[b"X-A: a"] * 100_000)), 400),
    "a thousand fields": (form(*[text(f"f{number}", "") for number in range(1000)], part(FILE)), 413),
    "a field of a megabyte": (form(text("options", " " * (1 << 20)), part(FILE)), 413),
    "no end": (part(FILE), 400),
    "nothing": (b"", 400),
    "no boundary": (b"\r\n" * 500_000, 400),
    "no bytes": (form(part(FILE, data=b"")), 400),
    "options with U+0000": (form(text("options", '{"prints": "\\u0000"}'), part(FILE)), 422),
    "options with half a surrogate pair": (form(text("options", '{"prints": "\\ud800"}'), part(FILE)), 422),
    "an option that is no text": (form(text("options", '{"\\ud800": 1}'), part(FILE)), 422),
    "options that are no numbers": (form(text("options", '{"sleep_s": NaN}'), part(FILE)), 422),
    "options beyond all numbers": (form(text("options", '{"sleep_s": 1e999}'), part(FILE)), 422),
    "options of too many digits": (form(text("options", '{"sleep_s": ' + "9" * 5000 + "}"), part(FILE)), 422),
    "options that are nested": (form(text("options", '{"prints": ' + deep(900) + "}"), part(FILE)), 422),
    "options that are nested too deeply": (form(text("options", '{"prints": ' + deep(30_000) + "}"), part(FILE)), 422),
    "readings that hide what is no text": (
        form(text("options", '{"enrich": {"fake": {"prints": "\\udfff"}}}'), part(FILE)), 422,
    ),
    "an id with U+0000": (form(text("record_id", "a\x00"), part(FILE)), 422),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_a_form_that_means_no_good_is_refused_in_words(api: Api, name: str) -> None:
    body, status = REFUSED[name]
    async with api.client("mara") as client:
        begun = time.process_time()
        answer = await client.post("/upload", content=body, headers=FORM)
        assert time.process_time() - begun < 2
        assert (answer.status_code, bool(answer.json()["detail"])) == (status, True), answer.text
        assert (await client.get("/jobs")).json()["total"] == 0
    assert [stored.key async for stored in api.manager.storage.list()] == []


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        (b"../../etc/passwd.fake", "passwd.fake"),
        (b"..", "unnamed"),
        (b" . ", "unnamed"),
        (b"", "unnamed"),
        (b"C:\\\\temp\\\\a.fake", "a.fake"),
        (b"a\x00b.fake", "ab.fake"),
        ("a\u202efxd.fake".encode(), "afxd.fake"),  # shown, the mark would turn the letters behind it around
        (b"a" * 1000, "a" * 255),
    ],
)
async def test_a_display_name_is_neither_a_path_nor_anything_else(api: Api, filename: bytes, shown: str) -> None:
    body = form(part(b'Content-Disposition: form-data; name="file"; filename="' + filename + b'"'))
    async with api.client("mara") as client:
        answer = await client.post("/upload", content=body, headers=FORM)
    assert (answer.status_code, answer.json()["filename"]) == (202, shown)


@pytest.mark.parametrize("kind", [b"application/pdf", b"\xff\xfe\x00", b"a" * 3000, b"text/html; charset=\x00", b"/"])
async def test_the_media_type_of_a_part_decides_nothing(api: Api, kind: bytes) -> None:
    body = form(part(FILE, b"Content-Type: " + kind))
    async with api.client("mara") as client:
        answer = await client.post("/upload", content=body, headers=FORM)
    assert (answer.status_code, answer.json()["format"]) == (202, "fake")


@pytest.mark.parametrize("kind", ["", "x" * 500, "é", '"x; y'])
async def test_a_boundary_that_is_none_is_refused(api: Api, kind: str) -> None:
    headers = {"content-type": f"multipart/form-data; boundary={kind}".encode("latin-1")}
    async with api.client("mara") as client:
        assert (await client.post("/upload", content=form(part(FILE)), headers=headers)).status_code in {400, 415}


JSON = [
    '{"file_url": "a\\u0000"}', '{"file_url": "\\ud800"}', '{"file_url": NaN}', '{"file_url": 1e999}',
    '{"file_url": ' + deep(900) + "}", deep(100_000), '{"file_url": "a", "\\ud800": 1}', '{"file_url": {"a": NaN}}',
    '{"file_url": "a", "filename": "\\u0000"}', '{"file_url": "a", "record_id": "\\ud800"}',
    '{"file_url": "a", "format": "\\ud800"}', '{"file_url": "a.fake", "options": {"prints": "\\ud800"}}',
    '{"file_url": "a.fake", "options": {"prints": ' + deep(900) + "}}", '{"file_url": "../../etc/passwd"}',
    '{"file_url": "https://[::1]/a"}', '{"file_url": "file:///etc/passwd"}',
]  # fmt: skip


@pytest.mark.parametrize("body", JSON, ids=range(len(JSON)))
async def test_a_body_that_no_answer_could_quote_is_refused(api: Api, body: str) -> None:
    await api.manager.storage.put("a.fake", b"FAKE")
    async with api.client("root") as client:
        for address in ("/jobs", "/backfill"):
            answer = await client.post(address, content=body, headers={"content-type": "application/json"})
            assert answer.status_code in {400, 422}, answer.text
            assert "NaN" not in answer.text
        assert (await client.get("/jobs")).json()["total"] == 0


@pytest.mark.parametrize("query", ["file_url=%00", "format=%00", "attachment_id=%00", "after=%00", "page=" + "9" * 40])
async def test_a_query_that_no_database_takes_is_refused(api: Api, query: str) -> None:
    async with api.client("mara") as client:
        assert (await client.get(f"/jobs?{query}")).status_code == 422


def left(folder: Path) -> list[Path]:
    """What uploads have left in their folder."""
    return list(folder.glob("upload-*"))


async def dripping(pieces: Sequence[bytes], pause_s: float, sent: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        sent.append(piece)
        yield piece
        await anyio.sleep(pause_s)


async def test_an_upload_that_drips_is_refused_and_a_slow_one_is_not(
    tmp_path: Path, registry: ExtractorRegistry
) -> None:
    async with running(tmp_path, registry, patience_s=0.5, scratch=tmp_path) as api, api.client("mara") as client:
        sent: list[bytes] = []
        head, tail = form(part(FILE)).split(b"FAKE")
        pieces = [head + b"FAKE", *[b"x"] * 200, tail]
        # a byte every 20 ms: always something, and never an end
        answer = await client.post("/upload", content=dripping(pieces, 0.02, sent), headers=FORM)
        assert (answer.status_code, answer.json()["detail"]) == (408, "The form came too slowly.")
        assert len(sent) < 100
        assert (await client.get("/jobs")).json()["total"] == 0
        # 4 KiB every 50 ms take a second and a half, three times as long as the patience
        pieces = [head + b"FAKE", *[b"x" * 4096] * 30, tail]
        assert (await client.post("/upload", content=dripping(pieces, 0.05, []), headers=FORM)).status_code == 202
    assert left(tmp_path) == []


async def test_a_second_file_is_refused_when_it_begins_not_when_it_ends(api: Api) -> None:
    sent: list[bytes] = []
    pieces = [part(FILE), part(FILE, data=b"F" * (1 << 20)), *[b"F" * (1 << 20)] * 5]
    async with api.client("mara") as client:
        answer = await client.post("/upload", content=dripping(pieces, 0, sent), headers=FORM)
    assert (answer.status_code, len(sent)) == (422, 2)


async def test_the_files_of_a_bulk_request_are_bounded_together(tmp_path: Path, registry: ExtractorRegistry) -> None:
    async with running(tmp_path, registry, max_bulk_bytes=1000, max_files=20) as api, api.client("mara") as client:
        files = [("files", (f"{number}.fake", b"FAKE" + bytes(200) + bytes([number]))) for number in range(5)]
        answer = await client.post("/bulk", files=files)
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
        assert (await client.post("/bulk", files=files[:4])).status_code == 202
        assert (await client.post("/bulk", files=[files[0]] * 21)).status_code == 413


async def test_a_bulk_request_is_one_also_where_it_may_have_one_file(
    tmp_path: Path, registry: ExtractorRegistry
) -> None:
    async with running(tmp_path, registry, max_bulk_bytes=1000, max_files=1) as api, api.client("mara") as client:
        files = [("files", ("a.fake", b"FAKE")), ("files", ("b.fake", b"FAKE" + bytes(1000)))]
        assert (await client.post("/bulk", files=files[:1])).status_code == 202
        assert (await client.post("/bulk", files=files)).status_code == 413
        assert (await client.post("/bulk", files=files[1:])).status_code == 413


async def test_a_sender_who_leaves_leaves_nothing(tmp_path: Path, registry: ExtractorRegistry) -> None:
    async with running(tmp_path, registry, scratch=tmp_path) as api:
        messages = [{"type": "http.request", "body": part(FILE, data=b"F" * (3 << 20)), "more_body": True}]
        answers: list[dict[str, object]] = []

        async def receive() -> dict[str, object]:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            answers.append(message)

        headers = [(name.encode(), value.encode()) for name, value in {**FORM, "x-user": "mara"}.items()]
        scope = {"type": "http", "method": "POST", "path": f"{BASE}/upload", "query_string": b"", "headers": headers}
        await api.app(scope | {"http_version": "1.1", "scheme": "http", "server": ("test", 80)}, receive, send)
        assert answers[0]["status"] == 400
        assert json.loads(bytes(answers[1]["body"]))["detail"] == "The request was broken off."  # type: ignore[call-overload]
    assert left(tmp_path) == []


class Watchers:
    """Clients of event streams that stay until all of them go."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.gone, self.seen = anyio.Event(), anyio.Semaphore(0)
        self.statuses: list[object] = []

    async def watch(self, path: str, who: str = "mara") -> None:
        async def receive() -> dict[str, object]:
            await self.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            if "status" in message:
                self.statuses.append(message["status"])
            if b"event: job" in bytes(message.get("body") or b""):  # type: ignore[call-overload]
                self.seen.release()

        scope = {"type": "http", "method": "GET", "path": BASE + path, "query_string": b""}
        scope |= {"headers": [(b"x-user", who.encode())], "http_version": "1.1", "scheme": "http"}
        await self.api.app(scope | {"server": ("test", 80)}, receive, send)

    async def saw(self, count: int) -> None:
        with anyio.fail_after(20):
            for _ in range(count):
                await self.seen.acquire()


@pytest.mark.parametrize("path", ["/jobs/events", "/jobs/{}/events"])
async def test_streams_that_are_left_free_what_they_held(api: Api, path: str) -> None:
    job_id = (await api.upload("mara", b"FAKE", "a.fake", options='{"sleep_s": 60}')).json()["id"]
    with anyio.fail_after(20):
        while not api.manager.worker.running:
            await anyio.sleep(0.02)
    before = asyncio.all_tasks()
    watchers = Watchers(api)
    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(watchers.watch, path.format(job_id))
        await watchers.saw(30)
        watchers.gone.set()
        with anyio.fail_after(5):
            while asyncio.all_tasks() - before:
                await anyio.sleep(0.02)
    async with api.client("mara") as client:
        await client.delete(f"/jobs/{job_id}")


async def test_a_caller_may_have_so_many_streams_open(tmp_path: Path, registry: ExtractorRegistry) -> None:
    async with running(tmp_path, registry, max_streams=3) as api:
        for who in ("mara", "noor"):
            await api.completed(who)
        for _ in range(2):  # those who leave make room
            watchers = Watchers(api)
            async with anyio.create_task_group() as group:
                for _ in range(3):
                    group.start_soon(watchers.watch, "/jobs/events")
                await watchers.saw(3)
                async with api.client("mara") as client:
                    refused = await client.get("/jobs/events")
                    job_id = (await client.get("/jobs")).json()["items"][0]["id"]
                    assert (await client.get(f"/jobs/{job_id}/events")).status_code == 429
                assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
                group.start_soon(watchers.watch, "/jobs/events", "noor")
                await watchers.saw(1)
                watchers.gone.set()
            assert watchers.statuses == [200] * 4


async def test_streams_and_slow_uploads_hold_no_connection_of_the_host(
    tmp_path: Path, registry: ExtractorRegistry
) -> None:
    """A host with one connection, in which it looks its callers up: calls are answered beside streams and uploads."""
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{tmp_path / 'host.db'}", pool_size=1, max_overflow=0, pool_timeout=2
    )

    async def session() -> AsyncIterator[AsyncSession]:
        async with AsyncSession(engine) as made:
            yield made

    async def looked_up(request: Request, made: AsyncSession = Depends(session)) -> Person:  # noqa: B008 -- a local name
        await made.execute(sa.text("select 1"))
        return current_user(request)

    async with make_manager(tmp_path, registry) as manager:
        await Api(manager).completed("mara")
        watchers = Watchers(Api(manager, session=session, current_user=looked_up))
        arriving = anyio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield part(FILE)[:40]
            arriving.set()
            await watchers.gone.wait()

        async with anyio.create_task_group() as group, watchers.api.client("mara") as client:
            group.start_soon(watchers.watch, "/jobs/events")
            await watchers.saw(1)
            upload = partial(client.post, "/upload", content=slowly(), headers=FORM)
            group.start_soon(upload)
            await arriving.wait()
            assert (await client.get("/jobs")).json()["total"] == 1
            watchers.gone.set()
    await engine.dispose()
