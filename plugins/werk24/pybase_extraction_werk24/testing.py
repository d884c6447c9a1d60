"""A Werk24 service on this machine that speaks the real protocol, for the tests of whoever uses the plugin.

The whole real client runs against it: websocket and https on loopback with a certificate made on the fly.

::

    with FakeWerk24() as service:
        service.scenario = Scenario(answers={"FEATURES": {...}})
        extract("drawing.pdf", format="werk24", credentials=service.credentials)

``python -m pybase_extraction_werk24.testing`` runs one in a process of its own until its standard input ends: it prints
the credentials as a line of JSON, and takes scenarios as lines of JSON.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
import logging
import ssl
import struct
import sys
import tempfile
import threading
import uuid
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

SIGNATURE = "signature-of-the-fake-9876543210"
"""Stands in every presigned address of the fake; must appear in no log, error or row."""
TOKEN = "token-of-the-fake-0123456789"  # noqa: S105 -- opens nothing but the fake


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the service does with a drawing.

    Attributes:
        answers: Payload by ask type; an ask that is not named gets an empty component drawing, one with None no answer.
        latency_s: Seconds before the answers.
        failing_uploads: Uploads that are answered with 503 before one is taken.
        refuse_quota: Answer that the quota is used up.
        refuse_token: Do not accept the token.
        close_before_answer: Drop the connection instead of answering.
        stall: Never answer.
        ask_errors: Exception type by ask type, sent at level ERROR.
        incomplete: Ask types that get a READ_INCOMPLETE warning beside their answer.
        pictures: Bytes for asks that are answered with a download; a blank A3 sheet at 72 dpi when not named.
        unknown_problem: Ask types beside whose answer stands a problem of a later protocol.
        page_type: Page type of the default answers.
        gap_s: Seconds before every single answer: a slow service.
        malformed: Ask types whose answer misses what the protocol requires of it.
        garbage: Send a message that is no JSON instead of the answers.
        oversized_bytes: Refuse larger uploads with 413; None takes all.
        unasked: An ask type of a later protocol that is answered without having been asked, or None.
        custom: Output by id of custom asks.
        silent_s: Seconds before the handshake is answered.
        dropped: Readings whose connection is dropped before one is answered.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    latency_s: float = 0.0
    failing_uploads: int = 0
    refuse_quota: bool = False
    refuse_token: bool = False
    close_before_answer: bool = False
    stall: bool = False
    ask_errors: dict[str, str] = field(default_factory=dict)
    incomplete: tuple[str, ...] = ()
    pictures: dict[str, bytes] = field(default_factory=dict)
    page_type: str = "COMPONENT_DRAWING"
    gap_s: float = 0.0
    malformed: tuple[str, ...] = ()
    garbage: bool = False
    oversized_bytes: int | None = None
    unasked: str | None = None
    custom: dict[str, Any] = field(default_factory=dict)
    silent_s: float = 0.0
    dropped: int = 0
    unknown_problem: tuple[str, ...] = ()


class FakeWerk24:
    """The service; a context manager that runs it in a thread of its own.

    Attributes:
        scenario: What it does next; may be changed between readings, which begins to count anew.
        readings: The ask types of every reading that was initialized.
        max_pages: The pages that each of them wanted at most.
        uploads: The bytes of every drawing that was received.
        most_at_once: Largest number of connections that were open at once.
        connections: Number of connections that were opened.
        connected: Number of connections that are open.
    """

    def __init__(self, scenario: Scenario | None = None) -> None:
        self._failed_uploads = self._dropped = 0
        self._scenario = scenario or Scenario()
        self.readings: list[list[str]] = []
        self.max_pages: list[int] = []
        self.uploads: list[bytes] = []
        self.most_at_once = self.connections = self.connected = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake werk24", daemon=True)
        self._folder = tempfile.TemporaryDirectory(prefix="fake-werk24-")
        self._wss_port = self._https_port = 0

    @property
    def scenario(self) -> Scenario:
        """What the service does next."""
        return self._scenario

    @scenario.setter
    def scenario(self, scenario: Scenario) -> None:
        self._failed_uploads = self._dropped = 0
        self._scenario = scenario

    @property
    def credentials(self) -> dict[str, str]:
        """What a host gives so that the plugin talks to this service."""
        return {
            "werk24": TOKEN,
            "werk24.wss_server": f"wss://localhost:{self._wss_port}",
            "werk24.https_server": f"https://localhost:{self._https_port}",
            "werk24.ca_file": str(Path(self._folder.name, "certificate.pem")),
        }

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(30)
        return self

    def __exit__(self, *exc_info: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()
        self._folder.cleanup()

    def disconnect(self) -> None:
        """Close all connections, as a service does that restarts or has waited for long."""

        async def close_all() -> None:
            await asyncio.gather(*(connection.close(1001) for connection in self._server.connections))

        asyncio.run_coroutine_threadsafe(close_all(), self._loop)

    async def _start(self) -> None:
        self._stopping = asyncio.Event()
        from aiohttp import web
        from websockets.asyncio.server import serve

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*write_certificate(Path(self._folder.name)))
        # a server's debug log quotes the tokens it is sent, which would hide what a client lets out
        log = logging.getLogger("pybase_extraction_werk24.testing")
        log.setLevel(logging.WARNING)
        self._server = await serve(
            self._serve, "127.0.0.1", 0, ssl=context, process_request=self._authorize, logger=log
        )
        self._wss_port = next(iter(self._server.sockets)).getsockname()[1]
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/upload", self._upload)
        app.router.add_get("/picture/{ask}", self._picture)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self._https_port = self._runner.addresses[0][1]

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not longer than the service runs: the server waits for every connection that is being opened."""
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _stop(self) -> None:
        self._stopping.set()
        self._server.close()
        await self._server.wait_closed()
        await self._runner.cleanup()

    async def _authorize(self, connection: Any, request: Any) -> Any:
        del connection
        from websockets.datastructures import Headers
        from websockets.http11 import Response

        await self._pause(self.scenario.silent_s)
        if self.scenario.refuse_token or request.headers.get("Authorization") != f"Token {TOKEN}":
            return Response(403, "Forbidden", Headers(), b"")
        return None

    async def _serve(self, connection: Any) -> None:
        from websockets.exceptions import ConnectionClosed

        self.connections += 1
        self.connected += 1
        self.most_at_once = max(self.most_at_once, self.connected)
        try:
            with suppress(ConnectionClosed):  # a client that was killed takes no leave
                await self._converse(connection)
        finally:
            self.connected -= 1

    async def _converse(self, connection: Any) -> None:
        request_id, asks = "", []
        async for raw in connection:
            message = json.loads(raw)
            if message["action"] == "INITIALIZE":
                request = message["message"]
                request = json.loads(request) if isinstance(request, str) else request
                request_id, asks = str(uuid.uuid4()), [ask["ask_type"] for ask in request["asks"]]
                self.readings.append(asks)
                self.max_pages.append(request["max_pages"])
                await connection.send(self._initialized(request_id))
            elif not await self._read(connection, request_id, asks):
                return

    def _initialized(self, request_id: str) -> str:
        if self.scenario.refuse_quota:
            return _message(request_id, "PROGRESS", "COMPLETED", payload_dict={"message": "Limit Exceeded"})
        post = {
            "url": f"https://localhost:{self._https_port}/upload",
            "fields": {"key": request_id, "X-Amz-Signature": SIGNATURE},
        }
        return _message(request_id, "PROGRESS", "INITIALIZATION_SUCCESS", payload_dict={"drawing_presigned_post": post})

    async def _read(self, connection: Any, request_id: str, asks: list[str]) -> bool:
        scenario = self.scenario
        if scenario.stall:
            return True
        await connection.send(_message(request_id, "PROGRESS", "STARTED"))
        await self._pause(scenario.latency_s)
        if scenario.close_before_answer or self._dropped < scenario.dropped:
            self._dropped += 1
            await connection.close(1011)
            return False
        if scenario.garbage:
            await connection.send(f'{{"no json": {self._https_port}, "url": "{self._picture_address("X")}')
            return True
        for answer in self._answers(request_id, asks):
            await self._pause(scenario.gap_s)
            await connection.send(answer)
        await connection.send(_message(request_id, "PROGRESS", "COMPLETED"))
        return True

    def _answers(self, request_id: str, asks: list[str]) -> Iterator[str]:
        scenario = self.scenario
        for ask in asks:
            if ask == "CUSTOM":
                continue
            if (answer := self._answer(request_id, ask)) is not None:
                yield answer
        for name, output in scenario.custom.items():
            described = {"ask_version": "v2", "ask_type": "CUSTOM", "custom_id": name, "output": output}
            yield _message(request_id, "ASK", "CUSTOM", payload_dict=described)
        if scenario.unasked is not None:
            described = {"ask_version": "v9", "ask_type": scenario.unasked, "news": [1]}
            yield _message(request_id, "ASK", scenario.unasked, payload_dict=described)

    def _picture_address(self, ask: str) -> str:
        return f"https://localhost:{self._https_port}/picture/{ask}?X-Amz-Signature={SIGNATURE}"

    def _answer(self, request_id: str, ask: str) -> str | None:
        scenario = self.scenario
        if ask in scenario.malformed:
            described = {"ask_version": "v2", "ask_type": ask, **_REQUIRED.get(ask, {}), **_MALFORMED}
            return _message(request_id, "ASK", ask, payload_dict=described)
        if ask in scenario.ask_errors:
            return _message(request_id, "ASK", ask, exceptions=[_problem("ERROR", scenario.ask_errors[ask])])
        if self._picture_of(ask) is not None and ask not in scenario.answers:
            return _message(request_id, "ASK", ask, payload_url=self._picture_address(ask))
        payload = scenario.answers.get(ask, {"page_type": scenario.page_type} if ask in _PAGED else {})
        if payload is None:
            return None
        problems = [_problem("WARNING", "READ_INCOMPLETE")] if ask in scenario.incomplete else []
        problems += [_problem("NOTICE", "INK_TOO_PALE")] if ask in scenario.unknown_problem else []
        described = {"ask_version": "v2", "ask_type": ask, **_REQUIRED.get(ask, {}), **payload}
        return _message(request_id, "ASK", ask, payload_dict=described, exceptions=problems)

    def _picture_of(self, ask: str) -> bytes | None:
        return self.scenario.pictures.get(ask, _SHEET if ask == "SHEET_IMAGES" else None)

    async def _upload(self, request: Any) -> Any:
        from aiohttp import web

        data = _file_of(await request.read(), request.headers["Content-Type"])
        if self._failed_uploads < self.scenario.failing_uploads:
            self._failed_uploads += 1
            return web.Response(status=503)
        if self.scenario.oversized_bytes is not None and len(data) > self.scenario.oversized_bytes:
            return web.Response(status=413)
        self.uploads.append(data)
        return web.Response(status=204)

    async def _picture(self, request: Any) -> Any:
        from aiohttp import web

        picture = self._picture_of(request.match_info["ask"])
        return web.Response(body=picture) if picture else web.Response(status=404)


_MALFORMED = {name: [{"reference_id": "none"}] for name in ("dimensions", "identifiers", "reference_positions")}
_PAGED = {"FEATURES", "META_DATA", "INSIGHTS"}
_REQUIRED: dict[str, dict[str, Any]] = {
    "FEATURES": {"page_type": "COMPONENT_DRAWING"},
    "META_DATA": {"page_type": "COMPONENT_DRAWING"},
    "INSIGHTS": {"page_type": "COMPONENT_DRAWING", "primary_process_options": [], "secondary_processes": []},
    "REFERENCE_POSITIONS": {"reference_positions": []},
    "BALLOONS": {"balloons": []},
}


def _file_of(form: bytes, media_type: str) -> bytes:
    """The part ``file`` of a form (RFC 7578); aiohttp's parser takes a quarter of the time of a reading here."""
    boundary = b"--" + media_type.partition("boundary=")[2].strip('"').encode()
    for part in form.split(b"\r\n" + boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        if b'name="file"' in head:
            return content
    raise ValueError("the form has no file")


def blank_picture(width: int, height: int) -> bytes:
    """Make a white PNG of so many pixels (ISO/IEC 15948): what the service gives as the picture of a sheet."""
    rows = zlib.compress((b"\x00" + b"\xff" * ((width + 7) // 8)) * height)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)  # one bit a pixel, greyscale
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


_SHEET = blank_picture(1191, 842)


def _message(request_id: str, kind: str, subtype: str, **fields: Any) -> str:
    return json.dumps({"request_id": request_id, "message_type": kind, "message_subtype": subtype, **fields})


def _problem(level: str, kind: str) -> dict[str, str]:
    return {"exception_level": level, "exception_type": kind}


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a self-signed certificate for localhost; gives the paths of certificate and key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


def main() -> None:
    """Serve until standard input ends."""
    with FakeWerk24() as service:
        sys.stdout.write(json.dumps(service.credentials) + "\n")
        sys.stdout.flush()
        for line in sys.stdin:
            service.scenario = Scenario(**json.loads(line))


if __name__ == "__main__":
    main()
