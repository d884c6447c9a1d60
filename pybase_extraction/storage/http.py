"""Files at http(s) addresses, read only, and only where the host has turned it on.

An address that a user names is a way to make this process call others.  So only listed hosts are called, by https; a
name is resolved once, checked and connected to as it was checked; every redirect is checked like the first address; and
what comes is counted while it streams.  See ``pybase_extraction.addresses``.
"""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from pybase_extraction import addresses
from pybase_extraction.errors import (
    ExtractionError,
    FileTooLargeError,
    ForbiddenAddressError,
    ServiceUnavailableError,
    SourceNotFoundError,
    SourceUnreadableError,
)
from pybase_extraction.source import Source, display_name

_CHUNK: Final = 1 << 16
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410})
_LATER: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class HttpSources:
    """Which addresses may be read, and how.

    Attributes:
        allow: Hosts, ``*.example.com`` with all below it; ``*`` alone stands for every public host.
        private: Hosts of the operator's own network that may be read, also by plain http; nothing else that has an
            address which is not public.
        timeout_s: Seconds for the whole of one file, redirects included.
        most_redirects: Redirects of one file.
    """

    allow: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    timeout_s: float = 60.0
    most_redirects: int = 5

    def download(self, url: str, folder: Path, *, max_bytes: int | None = None) -> Source:
        """Copy a file into a folder; blocks, so call it in a thread.

        Args:
            url: Its address.
            folder: Where the copy goes; the caller deletes it.
            max_bytes: Bytes that it may have.

        Raises:
            ForbiddenAddressError: The address, or one that it redirects to, may not be called.
            SourceNotFoundError: There is no such file.
            SourceUnreadableError: The server refuses it, or its answer is broken.
            FileTooLargeError: It has more than ``max_bytes``.
            ServiceUnavailableError: The server cannot be reached, is too slow, or asks to come again later.
        """
        deadline = time.monotonic() + self.timeout_s
        name = _name_of(url)
        for _ in range(self.most_redirects + 1):
            endpoint = addresses.resolve(url, allow=self.allow, private=self.private)
            with _answer(endpoint, deadline, name) as answer:
                if answer.status not in _REDIRECTS:
                    _check(answer, name)
                    path = folder / "downloaded"
                    _copy(answer, path, name, max_bytes)
                    if time.monotonic() >= deadline:  # cut off, which looks like the end where no length was said
                        raise TimeoutError
                    kind = answer.headers.get_content_type() if "content-type" in answer.headers else None
                    return Source.from_path(path, name=name, media_type=kind)
                url = _next(url, answer.headers.get("location"))
        raise SourceUnreadableError(
            f"{name!r} was redirected more than {self.most_redirects} times.", name=name, remedy="Name its own address."
        )


def _name_of(url: str) -> str:
    """The last part of the path; queries may hold secrets and are left out."""
    with contextlib.suppress(ValueError):
        return display_name(unquote(urlsplit(url).path))
    return "unnamed"


def _next(url: str, location: str | None) -> str:
    if not location:
        raise SourceUnreadableError("The server redirects without saying where to.")
    try:
        return urljoin(url, location)
    except ValueError as exc:
        raise ForbiddenAddressError("The server redirects to what is no address.") from exc


@contextlib.contextmanager
def _answer(endpoint: addresses.Endpoint, deadline: float, name: str) -> Iterator[http.client.HTTPResponse]:
    try:
        with addresses.connected(endpoint, max(deadline - time.monotonic(), 0.1)) as connection:
            headers = {"Accept-Encoding": "identity", "User-Agent": "pybase-extraction"}
            connection.request("GET", endpoint.target, headers=headers)
            with contextlib.closing(connection.getresponse()) as answer:
                yield answer
    except ExtractionError:  # some of ours are an OSError, too
        raise
    except (OSError, http.client.HTTPException) as exc:
        raise ServiceUnavailableError(
            f"{name!r} could not be read from {endpoint.host!r}: {type(exc).__name__}.", remedy="Try again later."
        ) from exc


def _check(answer: http.client.HTTPResponse, name: str) -> None:
    status = answer.status
    if status in _GONE:
        raise SourceNotFoundError(f"The server has no {name!r}.", name=name, remedy="Check the address.")
    if status >= 500 or status in _LATER:
        raise ServiceUnavailableError(f"The server answered {status} for {name!r}.", remedy="Try again later.")
    if status != 200:
        raise SourceUnreadableError(f"The server answered {status} for {name!r}.", name=name)
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise SourceUnreadableError(f"The server packed {name!r}, which was not asked for.", name=name)


def _copy(answer: http.client.HTTPResponse, path: Path, name: str, max_bytes: int | None) -> None:
    announced, size = answer.length, 0  # read1 counts ``length`` down
    with path.open("wb") as stream:
        if max_bytes is not None and announced is not None and announced > max_bytes:
            raise _too_large(name, max_bytes, announced)
        while chunk := answer.read1(_CHUNK):
            size += len(chunk)
            if max_bytes is not None and size > max_bytes:
                raise _too_large(name, max_bytes, size)
            stream.write(chunk)
    if announced is not None and size != announced:
        raise http.client.IncompleteRead(b"", announced - size)


def _too_large(name: str, limit: int, actual: int) -> FileTooLargeError:
    return FileTooLargeError(
        f"{name!r} has more than the {limit} bytes that are allowed.",
        limit=limit,
        actual=actual,
        unit="bytes",
        name=name,
    )
