"""A folder of this machine as storage."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import Final

import anyio
import anyio.to_thread

from pybase_extraction.errors import FileTooLargeError, ObjectNotFoundError, StorageError
from pybase_extraction.storage.base import Content, StoredObject, check_key, chunks_of


class LocalStorage:
    """Keeps every object as a file below one folder; written beside and renamed: no half object is ever seen."""

    direct_bytes: Final = 1 << 20
    """Most bytes of ``put_known``."""

    def __init__(self, folder: str | Path) -> None:
        """Use a folder, which is made when it is first written to.

        Args:
            folder: The root; nothing outside of it is touched.
        """
        self.folder = Path(folder).absolute()

    def _path(self, key: str) -> Path:
        return self.folder.joinpath(*check_key(key).split("/"))

    async def put(self, key: str, content: Content, *, max_bytes: int | None = None) -> StoredObject:
        """Store an object."""
        if isinstance(content, bytes):
            return await anyio.to_thread.run_sync(self._put_bytes, key, content, max_bytes)
        path = self._path(key)
        partial = self.folder / f".partial-{uuid.uuid4().hex}"
        await anyio.to_thread.run_sync(_make_folder, path.parent, self.folder)
        try:
            size, digest = await _write(partial, content, key, max_bytes)
            await anyio.to_thread.run_sync(os.replace, partial, path)
        finally:
            partial.unlink(missing_ok=True)  # at once: a cancelled task may not come to await anything
        return StoredObject(key, size, digest)

    async def put_known(self, key: str, data: bytes, sha256: str) -> StoredObject:
        """Store a small object whose digest is known; it is not digested again, for it travels nowhere."""
        await anyio.to_thread.run_sync(self._place, self._path(key), data)
        return StoredObject(key, len(data), sha256)

    def _put_bytes(self, key: str, content: bytes, max_bytes: int | None) -> StoredObject:
        if max_bytes is not None and len(content) > max_bytes:
            raise _too_large(key, max_bytes, len(content))
        self._place(self._path(key), content)
        return StoredObject(key, len(content), hashlib.sha256(content).hexdigest())

    def _place(self, path: Path, content: bytes) -> None:
        """Write what is in memory, in one thread: a hop for every step costs more than the steps do."""
        partial = self.folder / f".partial-{uuid.uuid4().hex}"
        _make_folder(path.parent, self.folder)
        try:
            partial.write_bytes(content)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    async def fetch(self, key: str, folder: Path, *, max_bytes: int | None = None) -> Path:
        """Give the object's own path."""
        del folder
        return self.locate(key, max_bytes=max_bytes)[0]

    def locate(self, key: str, *, max_bytes: int | None = None) -> tuple[Path, int]:
        """Say where an object is, and its size in bytes; one look at the folder, without a thread."""
        # joined as text: pathlib takes ten times as long, and every attempt comes through here
        path = f"{self.folder}{os.sep}{check_key(key)}"
        try:
            found = os.stat(path)  # noqa: PTH116
        except FileNotFoundError as exc:
            raise _missing(key) from exc
        if not S_ISREG(found.st_mode):
            raise _missing(key)
        if max_bytes is not None and found.st_size > max_bytes:
            raise _too_large(key, max_bytes, found.st_size)
        return Path(path), found.st_size

    async def read(self, key: str) -> bytes:
        """Read an object into memory."""
        try:
            return await anyio.Path(self._path(key)).read_bytes()
        except FileNotFoundError as exc:
            raise _missing(key) from exc

    async def stat(self, key: str) -> StoredObject | None:
        """Describe an object."""
        return await anyio.to_thread.run_sync(_describe, key, self._path(key))

    async def delete(self, key: str) -> bool:
        """Delete an object."""
        try:
            await anyio.Path(self._path(key)).unlink()
        except FileNotFoundError:
            return False
        return True

    async def list(self, prefix: str = "") -> AsyncIterator[StoredObject]:
        """List objects by key."""
        for found in await anyio.to_thread.run_sync(lambda: sorted(self._walk(prefix), key=lambda item: item.key)):
            yield found

    def _walk(self, prefix: str) -> Iterator[StoredObject]:
        for path in self.folder.rglob("*"):
            key = path.relative_to(self.folder).as_posix()
            if key.startswith(prefix) and not key.startswith(".partial-") and (found := _describe(key, path)):
                yield found

    async def presign(self, key: str, *, expires_s: int = 900) -> str | None:
        """A folder has no addresses."""
        del key, expires_s
        return None


def _describe(key: str, path: Path) -> StoredObject | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):  # deleted by others while it was listed
        return None
    if not S_ISREG(found.st_mode):
        return None
    return StoredObject(key, found.st_size, stored_at=datetime.fromtimestamp(found.st_mtime, UTC))


def _make_folder(folder: Path, root: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StorageError(
            f"The storage folder cannot be written: {exc.strerror or type(exc).__name__}.",
            remedy=f"Make {str(root)!r} writable, or set PYBASE_EXTRACTION_HOME to a folder that is.",
        ) from exc


async def _write(path: Path, content: Content, key: str, max_bytes: int | None) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    # opened and closed here, not in a thread: a task that is cancelled meanwhile would lose the thread's file
    with path.open("wb") as stream:
        async for chunk in chunks_of(content):
            size += len(chunk)
            if max_bytes is not None and size > max_bytes:
                raise _too_large(key, max_bytes, size)
            digest.update(chunk)
            await anyio.to_thread.run_sync(stream.write, chunk)
    return size, digest.hexdigest()


def _missing(key: str) -> ObjectNotFoundError:
    return ObjectNotFoundError(
        f"The storage holds no {key!r}.",
        key=key,
        remedy="Who submits and who works need the same storage: a folder that both see, or s3://bucket/prefix.",
    )


def _too_large(key: str, limit: int, size: int) -> FileTooLargeError:
    return FileTooLargeError(
        f"{key!r} has more than the {limit} bytes that are allowed.", limit=limit, actual=size, unit="bytes"
    )
