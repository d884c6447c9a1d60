"""Files at http addresses, from real servers of this machine: off by default, and only from where the host allows."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pybase_extraction.errors import (
    ExtractionError,
    FileTooLargeError,
    ForbiddenAddressError,
    ServiceUnavailableError,
    SourceNotFoundError,
    SourceUnreadableError,
)
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.memory import MemoryJobRepository
from pybase_extraction.storage.http import HttpSources
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.testing.fakes import FAKES

HERE = "127.0.0.1"
OWN = HttpSources(private=(HERE,), timeout_s=10)


class FileServer:
    """A host with files, redirects, lies and slowness; ``asked`` keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                getattr(self, "get_" + self.path.split("?")[0].split("/")[1], self.get_none)()

            def get_none(self) -> None:
                self.send_error(404)

            def get_busy(self) -> None:
                self.send_error(503)

            def get_closed(self) -> None:
                self.send_error(403)

            def get_file(self, body: bytes = b"FAKE from afar") -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Type", "application/x-fake; charset=x")
                self.end_headers()
                self.wfile.write(body)

            def get_to(self) -> None:
                self.send_response(302)
                self.send_header("Location", self.path.partition("?")[2])
                self.end_headers()

            def get_short(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.write(b"FAKE")

            def get_packed(self) -> None:
                self.send_response(200)
                self.send_header("Content-Encoding", "gzip")
                self.end_headers()

            def get_endless(self, pause_s: float = 0.0) -> None:
                self.send_response(200)
                self.end_headers()
                try:
                    for _ in range(10_000):
                        self.wfile.write(b"F" * (1 if pause_s else 1 << 16))
                        time.sleep(pause_s)
                except OSError:  # the reader has left
                    server.asked.append("left")

            def get_dripping(self) -> None:
                self.get_endless(0.05)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer((HERE, 0), Handler)
        self.url = f"http://{HERE}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def server() -> Iterator[FileServer]:
    made = FileServer()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_file_is_copied_with_its_name_and_kind(server: FileServer, tmp_path: Path) -> None:
    source = OWN.download(f"{server.url}/file/..%2Fa%20b.fake?token=secret", tmp_path, max_bytes=14)
    assert (source.name, source.size, source.media_type, source.read()) == (
        "a b.fake", 14, "application/x-fake", b"FAKE from afar",
    )  # fmt: skip
    assert Path(str(source.path)).parent == tmp_path


@pytest.mark.parametrize("last", ["..", "%20.%20", "", "%00"])
def test_a_file_whose_name_says_nothing_is_unnamed(server: FileServer, tmp_path: Path, last: str) -> None:
    assert OWN.download(f"{server.url}/file/{last}", tmp_path).name == "unnamed"


def test_redirects_are_followed_where_they_may_lead(server: FileServer, tmp_path: Path) -> None:
    assert OWN.download(f"{server.url}/to/a.fake?/to/b?{server.url}/file/c", tmp_path).size == 14
    with pytest.raises(SourceUnreadableError, match="more than 5 times"):
        OWN.download(f"{server.url}/to/a?/to/a?/to/a?/to/a?/to/a?/to/a?/to/a", tmp_path)


@pytest.mark.parametrize(
    "target",
    ["http://localhost:{port}/file/a", "https://169.254.169.254/latest", "http://[::1]:{port}/file/a", "http://[",
     "file:///etc/passwd", "http://2130706433:{port}/file/a", "ftp://127.0.0.1/a", "https://user@127.0.0.1/a",
     "//0x7f.1:{port}/file/a"],
)  # fmt: skip
def test_no_redirect_leads_to_where_the_first_address_may_not(server: FileServer, tmp_path: Path, target: str) -> None:
    before = len(server.asked)
    goal = target.format(port=server.server.server_port)
    with pytest.raises(ForbiddenAddressError):
        OWN.download(f"{server.url}/to/a?{goal}", tmp_path)
    with pytest.raises(ForbiddenAddressError):
        HttpSources(allow=("*",), private=()).download(goal, tmp_path)
    assert len(server.asked) == before + 1


def test_a_name_that_changes_its_address_gains_nothing(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["93.184.216.34", HERE, HERE])
    connected: list[Any] = []

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> None:
        connected.append(address[0])
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    sources = HttpSources(allow=("rebinds.example.com",))
    with pytest.raises(ServiceUnavailableError):
        sources.download("https://rebinds.example.com/a", tmp_path)
    assert connected == ["93.184.216.34"]  # the one that was checked, whatever the name means by now
    with pytest.raises(ForbiddenAddressError, match="not public"):
        sources.download("https://rebinds.example.com/a", tmp_path)


@pytest.mark.parametrize(
    ("path", "error", "text"),
    [
        ("/none/a.fake", SourceNotFoundError, "no 'a.fake'"),
        ("/closed/a.fake", SourceUnreadableError, "403"),
        ("/busy/a.fake", ServiceUnavailableError, "503"),
        ("/short/a.fake", ServiceUnavailableError, "IncompleteRead"),
        ("/packed/a.fake", SourceUnreadableError, "packed"),
        ("/endless/a.fake", FileTooLargeError, "1000000 bytes"),
        ("/file/a.fake", FileTooLargeError, "13 bytes"),
    ],
)
def test_what_goes_wrong_is_told_without_the_query(
    server: FileServer, tmp_path: Path, path: str, error: type[ExtractionError], text: str
) -> None:
    limit = 13 if "13 bytes" in text else 1_000_000
    with pytest.raises(error, match=text) as caught:
        OWN.download(f"{server.url}{path}?token=secret", tmp_path, max_bytes=limit)
    assert "secret" not in str(caught.value)


def test_a_server_that_drips_is_left(server: FileServer, tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(ServiceUnavailableError):
        HttpSources(private=(HERE,), timeout_s=0.6).download(f"{server.url}/dripping", tmp_path)
    assert time.monotonic() - begun < 5


@pytest.fixture(scope="module")
def registry() -> ExtractorRegistry:
    return ExtractorRegistry.discover(allow=[], plugins=[FAKES])


@pytest.fixture(params=[None, OWN], ids=["off", "on"])
async def manager(
    request: pytest.FixtureRequest, tmp_path: Path, registry: ExtractorRegistry
) -> AsyncIterator[ExtractionManager]:
    made = ExtractionManager(
        MemoryJobRepository(), LocalStorage(tmp_path), registry=registry, works=False, http_sources=request.param
    )
    async with made:
        yield made


@pytest.mark.anyio
async def test_a_manager_reads_addresses_only_when_told_to(manager: ExtractionManager, server: FileServer) -> None:
    before = len(server.asked)
    if manager.http_sources is None:
        with pytest.raises(ForbiddenAddressError, match="not read from addresses"):
            await manager.submit(f"{server.url}/file/a.fake", owner="mara")
        assert len(server.asked) == before
        return
    job = await manager.submit(f"{server.url}/file/a.fake?token=secret", owner="mara")
    assert (job.filename, job.format, job.file_size) == ("a.fake", "fake", 14)
    assert await manager.storage.read(str(job.file_url)) == b"FAKE from afar"
    assert "secret" not in repr(job)
    with pytest.raises(ForbiddenAddressError):
        await manager.submit("https://localhost/a.fake", owner="mara")
