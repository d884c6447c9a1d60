"""What every storage of files can do.

Objects have keys: relative paths with ``/``.  Rows keep keys, never addresses; a display name never becomes a key.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import anyio

from pybase_extraction.errors import StorageError

_KEY = re.compile(r"[A-Za-z0-9._=@+-]+(/[A-Za-z0-9._=@+-]+)*")

_CHUNK: Final = 1 << 20

Content = bytes | Path | AsyncIterable[bytes]
"""What is stored: bytes, a local file, or a stream."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in a storage.

    Attributes:
        key: Its key.
        size: Bytes.
        sha256: Lower-case hexadecimal digest; None where the storage only lists.
        stored_at: When it was stored last, with time zone; None where the storage does not say.
    """

    key: str
    size: int
    sha256: str | None = None
    stored_at: datetime | None = None

    def is_older_than(self, seconds: float) -> bool:
        """Whether it was stored longer ago; False where the storage does not say."""
        return self.stored_at is not None and datetime.now(UTC) - self.stored_at > timedelta(seconds=seconds)


@runtime_checkable
class Storage(Protocol):
    """Keeps files by key; may be used from any task."""

    async def put(self, key: str, content: Content, *, max_bytes: int | None = None) -> StoredObject:
        """Store an object, all of it or nothing; an object of that key is replaced.

        Raises:
            FileTooLargeError: The content has more than ``max_bytes``; nothing is stored.
        """
        ...

    async def fetch(self, key: str, folder: Path, *, max_bytes: int | None = None) -> Path:
        """Give a local path to the content, in ``folder`` if a copy is needed; it must not be changed.

        Raises:
            ObjectNotFoundError: There is none.
            FileTooLargeError: It has more than ``max_bytes``.
        """
        ...

    async def read(self, key: str) -> bytes:
        """Read an object into memory.

        Raises:
            ObjectNotFoundError: There is none.
        """
        ...

    async def stat(self, key: str) -> StoredObject | None:
        """Describe an object; None when there is none."""
        ...

    async def delete(self, key: str) -> bool:
        """Delete an object; tells whether there was one."""
        ...

    def list(self, prefix: str = "") -> AsyncIterator[StoredObject]:
        """List the objects whose key starts with ``prefix``, by key."""
        ...

    async def presign(self, key: str, *, expires_s: int = 900) -> str | None:
        """Make an address from which the object can be read for a while; None where the storage has none."""
        ...


@runtime_checkable
class LocalFiles(Protocol):
    """What a storage can do besides whose objects are files of this machine: say where they are, without waiting."""

    def locate(self, key: str, *, max_bytes: int | None = None) -> tuple[Path, int]:
        """Give the path of an object and its size in bytes.

        Raises:
            ObjectNotFoundError: There is none.
            FileTooLargeError: It has more than ``max_bytes``.
        """
        ...


@runtime_checkable
class KnownContent(Protocol):
    """What a storage can do besides for which asking costs as much as sending: take small content with its digest."""

    @property
    def direct_bytes(self) -> int:
        """Most bytes that are stored without asking first whether they are there."""
        ...

    async def put_known(self, key: str, data: bytes, sha256: str) -> StoredObject:
        """Store an object, as ``put`` does.

        Args:
            key: Its key.
            data: Its content.
            sha256: Digest of the content, lower-case hexadecimal; a server compares with it what arrives.
        """
        ...


def check_key(key: str) -> str:
    """Refuse a key that could leave the storage.

    Raises:
        StorageError: It is empty, absolute, holds ``..`` or a character outside of letters, digits and ``._=@+-/``.
    """
    if not _KEY.fullmatch(key) or ("." in key and any(part in {".", ".."} for part in key.split("/"))):
        raise StorageError(
            f"{key[:80]!r} is no storage key.", key=key[:80], remedy="Use letters, digits and ._=@+- between slashes."
        )
    return key


def is_address(text: object) -> bool:
    """Whether a caller named an http(s) address rather than a path."""
    return isinstance(text, str) and text.lower().startswith(("http://", "https://"))


FILES: Final = "files"
"""Prefix of the files that were submitted."""

RESULTS: Final = "results"
"""Prefix of results that are too long for a row."""


def content_key(sha256: str, *, prefix: str = FILES) -> str:
    """The key of a file by its content, so that equal files are kept once."""
    return f"{prefix}/{sha256[:2]}/{sha256}"


async def chunks_of(content: Content) -> AsyncIterator[bytes]:
    """Give content in pieces; a file is never in memory as a whole."""
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, Path):
        async with await anyio.open_file(content, "rb") as stream:
            while chunk := await stream.read(_CHUNK):
                yield chunk
    else:
        async for chunk in content:
            yield chunk
