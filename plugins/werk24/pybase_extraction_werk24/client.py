"""One reading through the official client, with its failures translated and its side effects kept away from the host.

The client's settings read unprefixed environment variables such as ``LOG_LEVEL`` when it is imported, and it attaches a
handler to the logger ``werk24``.  Neither may reach the host: the import happens with those variables hidden, and the
handler is removed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import ssl
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import anyio
import anyio.to_thread

from pybase_extraction.errors import (
    AuthenticationError,
    CreditsExhaustedError,
    ExtractionError,
    FileTooLargeError,
    ServiceError,
    ServiceUnavailableError,
    UnsupportedFormatError,
)
from pybase_extraction.extractor import ExtractionContext

WSS_SERVER = "wss://ws-api.w24.co/v2"
HTTPS_SERVER = "https://api.w24.co"
TIMEOUT_S = 180.0
"""Seconds that the service allows itself for one drawing (limits of the client, release 2.8)."""
ANSWER_BYTES = 64 << 20
"""Largest message of the service that is read; pictures are no messages, they are fetched."""

_TOO_BIG = 1009
_CLOSE_S = 2.0
"""Seconds that closing the connections may take before they are left to themselves."""
_LINGER_S = 5.0
"""Seconds that connections wait for the next reading: the pause between two jobs, not the one between two batches."""
_SETTINGS = (
    "SIGNUP_URL", "HTTP_SERVER", "WSS_SERVER", "WSS_CLOSE_TIMEOUT", "MAX_PAGES", "SUPPORTED_PYTHON_VERSIONS",
    "LOG_LEVEL", "MAX_HTTPS_RETRIES", "READ_TOTAL_TIMEOUT", "READ_IDLE_TIMEOUT",
)  # fmt: skip
_import_lock = threading.Lock()
_CHATTY = ("werk24", "websockets.client", "aiohttp.client", "asyncio")
"""Loggers that quote tokens, presigned addresses and whole answers, the first at every level."""
_reading = ContextVar("werk24 reading", default=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the service is and how it is entered; comes from the host, never from options.

    Attributes:
        token: The API token.
        wss_server: Address of the websocket.
        https_server: Address for uploads and downloads.
        ca_file: Certificates to trust instead of the public ones, or None.
    """

    token: str
    wss_server: str = WSS_SERVER
    https_server: str = HTTPS_SERVER
    ca_file: str | None = None

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, str]) -> Endpoint:
        """Take it from what the host gives: ``werk24``, and optionally ``werk24.wss_server`` and its kin.

        Raises:
            AuthenticationError: There is no token.
        """
        token = credentials.get("werk24", "")
        if not token:
            raise AuthenticationError(
                "Werk24 has no key.",
                service="werk24",
                remedy="Set PYBASE_EXTRACTION_CREDENTIAL_WERK24, or give the manager credentials={'werk24': token}.",
            )
        return cls(
            token,
            credentials.get("werk24.wss_server", WSS_SERVER),
            credentials.get("werk24.https_server", HTTPS_SERVER),
            credentials.get("werk24.ca_file"),
        )


def is_loaded() -> bool:
    """Whether ``load_client`` has nothing more to import."""
    return not _import_lock.locked() and "werk24.techread" in sys.modules


def load_client() -> Any:
    """Import the client without letting the host's environment break it, or it change the host's logging."""
    with _import_lock:
        hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.upper() in _SETTINGS}
        try:
            import werk24
            import werk24.techread
        finally:
            os.environ.update(hidden)
        log = logging.getLogger("werk24")
        for handler in [handler for handler in log.handlers if type(handler) is logging.StreamHandler]:
            log.removeHandler(handler)
        # the client hands bytes to a form; where warnings are errors that would be the end of every reading
        warnings.filterwarnings("ignore", "In v4, passing bytes", DeprecationWarning)
        for name in _CHATTY:
            logging.getLogger(name).addFilter(_is_harmless)  # the same function is added once
    return werk24


def _is_harmless(record: logging.LogRecord) -> bool:
    """Refuse what a reading quotes to its debug log, and cut the addresses out of the rest."""
    if record.name != "werk24" and not _reading.get():
        return True
    if record.levelno < logging.WARNING:
        return False
    record.msg, record.args = _QUERY.sub("?...", record.getMessage()), None
    # a traceback prints the messages of its exceptions, which quote addresses too; the reading's error says the rest
    record.exc_info = record.exc_text = None
    return True


_QUERY = re.compile(r"""\?[^\s"'<>)]+=[^\s"'<>)]+""")


def scrubbed(payload: Any) -> Any:
    """A JSON value without the query strings of its addresses, which open what they name."""
    if isinstance(payload, str):
        return _QUERY.sub("?...", payload) if "://" in payload else payload
    if isinstance(payload, dict):
        return {key: scrubbed(part) for key, part in payload.items()}
    return [scrubbed(part) for part in payload] if isinstance(payload, list) else payload


async def read_drawing(
    data: bytes, asks: list[Any], endpoint: Endpoint, context: ExtractionContext, *, name: str, max_pages: int
) -> list[Any]:
    """Read one drawing and give all messages of the service, in their order.

    Raises:
        ExtractionError: As ``translated`` says.
        ExtractionCancelledError: ``context`` was cancelled; the connection is closed.
    """
    # the callbacks of the connection run in a copy of this context
    quiet = _reading.set(True)
    try:
        messages = await _read(data, asks, endpoint, context, name=name, max_pages=max_pages)
    finally:
        _reading.reset(quiet)
    context.check()
    return messages


async def _read(
    data: bytes, asks: list[Any], endpoint: Endpoint, context: ExtractionContext, *, name: str, max_pages: int
) -> list[Any]:
    messages: list[Any] = []
    with translated(name):
        async with anyio.create_task_group() as group:
            group.start_soon(_watch, context, group.cancel_scope)
            async with (
                connected(endpoint) as client,
                aclosing(client.read_drawing(data, asks, max_pages=max_pages)) as stream,
            ):
                async for message in stream:
                    messages.append(message)
                    context.report(None, str(getattr(message.message_subtype, "value", message.message_subtype)))
            group.cancel_scope.cancel()
    return messages


@dataclass(slots=True)
class _Shared:
    """Connections that readings on one event loop use one after the other.

    A new one costs half of the processor time of a reading, and four round trips to the service.  When the last reading
    has ended, those that are free wait ``_LINGER_S`` for another one; a loop that ends meanwhile closes them at once.
    """

    readings: int = 0
    free: list[Any] = field(default_factory=list)
    keeper: asyncio.Task[None] | None = None

    async def take(self, endpoint: Endpoint) -> Any:
        """Give a client that is connected, a new one where none waits."""
        self.readings += 1
        self._dismiss_keeper()
        if self.free:
            return self.free.pop()  # the client connects anew where the service has closed it meanwhile
        client = make_client(endpoint)
        try:
            await client.__aenter__()
        except BaseException:
            await _close([client])
            raise
        return client

    def leave(self) -> None:
        """End a reading; the last one sets the time."""
        self.readings -= 1
        if not self.readings and self.free:
            self._dismiss_keeper()
            self.keeper = asyncio.get_running_loop().create_task(self._keep(), name="werk24 connections")

    def _dismiss_keeper(self) -> None:
        keeper, self.keeper = self.keeper, None
        if keeper is not None:
            keeper.cancel()

    async def _keep(self) -> None:
        own = asyncio.current_task()
        try:
            await asyncio.sleep(_LINGER_S)
        finally:
            # cancelled by a reading, which has dismissed this task before, or by the end of the loop
            if self.keeper is own:
                self.keeper = None
                free, self.free = self.free, []
                await _close(free)


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Endpoint, _Shared]] = WeakKeyDictionary()


@asynccontextmanager
async def connected(endpoint: Endpoint) -> AsyncIterator[Any]:
    """Give a client that nobody else uses meanwhile, connected; one whose reading fails or is cancelled is closed."""
    shared = _shared.setdefault(asyncio.get_running_loop(), {}).setdefault(endpoint, _Shared())
    closing: list[Any] = []
    try:
        closing.append(await shared.take(endpoint))
        yield closing[0]
        shared.free.append(closing.pop())
    finally:
        shared.leave()
        await _close(closing)


async def _close(clients: Sequence[Any]) -> None:
    """Close clients even when the reading is cancelled: their own exit is cut short then."""
    if not clients:
        return
    with anyio.move_on_after(_CLOSE_S, shield=True):
        async with anyio.create_task_group() as group:
            for client in clients:
                group.start_soon(client.close)


@asynccontextmanager
async def opened(client: Any) -> AsyncIterator[None]:
    """Enter a client and close it."""
    await client.__aenter__()
    try:
        yield
    finally:
        await _close([client])


def make_client(endpoint: Endpoint) -> Any:
    """Make the official client for an endpoint; connects to nothing."""
    client = load_client().Werk24Client(
        wss_server=endpoint.wss_server, https_server=endpoint.https_server, token=endpoint.token
    )
    if endpoint.ca_file is not None:
        # the client has no public way to trust another authority
        client._ssl_context = _trusting(endpoint.ca_file)  # noqa: SLF001
    # nor one to go on after a message that a later protocol has
    client._parse_message = partial(_parse, client._parse_message)  # noqa: SLF001
    # nor one for an answer above the 1 MiB that websockets takes, which would be lost and paid for
    client._connect_with_retry = partial(_connect, client, client._connect_with_retry)  # noqa: SLF001
    return client


async def _connect(client: Any, connect: Callable[[], Awaitable[None]]) -> None:
    await connect()
    protocol = client._wss_session.protocol  # noqa: SLF001 -- set before the first answer can come
    # two names: websockets 14 has the former, 16 and later the latter
    for name in ("max_size", "max_message_size"):
        if hasattr(protocol, name):
            setattr(protocol, name, ANSWER_BYTES)


@lru_cache(maxsize=4)
def _trusting(ca_file: str) -> ssl.SSLContext:
    # made once: the reading of the certificates costs more than a handshake
    return ssl.create_default_context(cafile=ca_file)


def _parse(parse: Callable[[str], Any], raw: str) -> Any:
    """Read a message, also one whose ask, progress or problem this release of the client has no name for.

    The client's own reading fails on those, and with it what was answered and paid for already.
    """
    from werk24.utils.exceptions import ServerException

    try:
        return parse(raw)
    except ServerException as exc:
        # its subclasses are refusals that say what they are
        if type(exc) is ServerException and (message := _parse_unknown(parse, raw)) is not None:
            return message
        raise


def _parse_unknown(parse: Callable[[str], Any], raw: str) -> Any:
    from werk24 import TechreadMessage, TechreadMessageType
    from werk24.utils.exceptions import ServerException

    with suppress(ValueError):
        given = json.loads(raw)
        kind = TechreadMessageType(given.get("message_type")) if isinstance(given, dict) else None
        if kind is None:
            return None
        problems = given.pop("exceptions", None)
        try:
            message = parse(json.dumps(given))
        except ServerException:
            message = TechreadMessage.model_construct(
                message_type=kind,
                message_subtype=str(given.get("message_subtype")),
                page_number=int(given.get("page_number") or 0),
                payload_dict=given.get("payload_dict"),
            )
        message.exceptions = [_problem(each) for each in problems or () if isinstance(each, dict)]
        return message
    return None


def _problem(given: Mapping[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(
        exception_type=str(given.get("exception_type", "UNKNOWN")),
        exception_level=str(given.get("exception_level", "ERROR")),
        reason=None,
    )


async def _watch(context: ExtractionContext, scope: anyio.CancelScope) -> None:
    """Stop the reading when the extraction is cancelled: a thread's event cannot be awaited."""
    while not context.cancelled.is_set() and context.remaining_s() != 0:  # noqa: ASYNC110 -- a thread sets it
        await anyio.sleep(0.1)
    scope.cancel()


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn the client's exceptions into the library's; ``name`` is the file's display name."""
    try:
        yield
    except ExtractionError:
        raise
    except Exception as exc:  # noqa: BLE001 -- the client lets through what four libraries raise; none may be paid twice
        # no cause: the client's messages quote presigned addresses, and a cause is printed wherever the error is logged
        raise _translate(_innermost(exc), name) from None


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _translate(error: BaseException, name: str) -> ExtractionError:
    import aiohttp
    from werk24.utils import exceptions as theirs

    match error:
        case theirs.InsufficientCreditsException():
            return CreditsExhaustedError(
                "The credits of the Werk24 account are used up.", service="werk24", remedy="Buy credits, then retry."
            )
        case theirs.UnauthorizedException() | theirs.InvalidLicenseException() | theirs.W24AuthenticationError():
            return AuthenticationError(
                "Werk24 does not accept the key.", service="werk24", remedy="Check or renew the token."
            )
        case theirs.RequestTooLargeException():
            return FileTooLargeError(f"{name!r} is larger than Werk24 takes (10 MiB).", name=name, unit="bytes")
        case theirs.UnsupportedMediaType():
            return UnsupportedFormatError(f"Werk24 does not read files like {name!r}.", name=name)
        case theirs.SSLCertificateError():
            return ServiceError("The certificate of Werk24 cannot be verified.", service="werk24")
        case theirs.RetryableServerError() | theirs.ReadTimeoutError() | theirs.W24RateLimitError():
            return _unavailable(error)
        case aiohttp.ClientError() | TimeoutError() | ConnectionError():
            return _unavailable(error)
        case theirs.ServerException() if _is_oversized(error.__cause__):
            return ServiceError(
                f"Werk24's answer to {name!r} is larger than {ANSWER_BYTES >> 20} MiB.", service="werk24"
            )
        case theirs.ServerException() if _is_passing(error.__cause__):
            return _unavailable(error)
        case theirs.TechreadException():
            return ServiceError(f"Werk24 refused {name!r}: {type(error).__name__}.", service="werk24")
    # final: what nobody has classified must not be paid for twice
    return ServiceError(f"The Werk24 client failed on {name!r}: {type(error).__name__}.", service="werk24")


def _unavailable(error: BaseException) -> ServiceUnavailableError:
    return ServiceUnavailableError(
        f"Werk24 did not answer ({type(error).__name__}). Another attempt may cost credits again.",
        remedy="It may heal by itself.",
    )


def _is_oversized(cause: BaseException | None) -> bool:
    """Whether this side closed the connection because of a message's size (RFC 6455, 7.4.1): so it would again."""
    import websockets

    sent = cause.sent if isinstance(cause, websockets.ConnectionClosedError) else None
    return sent is not None and sent.code == _TOO_BIG


def _is_passing(cause: BaseException | None) -> bool:
    import aiohttp
    import websockets

    return isinstance(cause, aiohttp.ClientError | OSError | websockets.WebSocketException)
