"""The conformance suite of storages.

Subclass ``StorageConformance`` and give it one fixture, an empty storage; pytest needs the plugin of anyio::

    class TestMine(StorageConformance):
        @pytest.fixture
        async def storage(self):
            yield MyStorage()
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar
from urllib.request import urlopen

import anyio
import anyio.to_thread
import pytest

from pybase_extraction.errors import FileTooLargeError, ObjectNotFoundError, StorageError
from pybase_extraction.storage.base import Storage

MIB = 1 << 20
_BAD_KEYS = ("", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\\b", "a b", "é", "a\n", "a?b", "a#b", "a%2e", "~a")


async def _stream(chunks: int, *, fails_after: int | None = None) -> AsyncIterator[bytes]:
    for number in range(chunks):
        if number == fails_after:
            raise ConnectionResetError("the sender went away")
        yield bytes([number % 251]) * MIB


class StorageConformance:
    """What every storage does.

    Attributes:
        large_mib: Size in MiB of the file that is streamed; above the size of a part where there are parts.
    """

    large_mib: ClassVar[int] = 20

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Run on asyncio."""
        return "asyncio"

    async def test_what_is_put_is_read_fetched_and_described(self, storage: Storage, tmp_path: Path) -> None:
        """Bytes, files and streams give the same object."""
        data = b"0123456789" * 1000
        path = tmp_path / "source"
        path.write_bytes(data)

        async def stream() -> AsyncIterator[bytes]:
            yield data[:7]
            yield b""
            yield data[7:]

        for content in (data, path, stream()):
            stored = await storage.put("a/b-1.bin", content)
            assert (stored.key, stored.size) == ("a/b-1.bin", len(data))
            assert stored.sha256 == hashlib.sha256(data).hexdigest()
            assert await storage.read("a/b-1.bin") == data
            fetched = await storage.fetch("a/b-1.bin", tmp_path)
            assert fetched.read_bytes() == data
        found = await storage.stat("a/b-1.bin")
        assert found is not None
        assert found.size == len(data)
        assert found.stored_at is None or abs(datetime.now(UTC) - found.stored_at) < timedelta(hours=1)

    async def test_an_empty_object_is_one(self, storage: Storage, tmp_path: Path) -> None:
        """Nothing is different from not there."""
        await storage.put("empty", b"")
        assert await storage.read("empty") == b""
        assert (await storage.fetch("empty", tmp_path)).read_bytes() == b""
        assert await storage.stat("empty") is not None

    async def test_what_is_not_there_is_told(self, storage: Storage, tmp_path: Path) -> None:
        """Reading raises; looking gives None; deleting tells that there was none."""
        for act in (storage.read("none"), storage.fetch("none", tmp_path)):
            with pytest.raises(ObjectNotFoundError):
                await act
        assert await storage.stat("none") is None
        assert await storage.delete("none") is False

    async def test_an_object_is_replaced_and_deleted(self, storage: Storage) -> None:
        """The last one put is there, until it is deleted."""
        await storage.put("a", b"first")
        await storage.put("a", b"second")
        assert await storage.read("a") == b"second"
        assert await storage.delete("a") is True
        assert await storage.stat("a") is None

    async def test_objects_are_listed_by_prefix_in_order(self, storage: Storage) -> None:
        """A prefix is one of the key's text."""
        for key in ("b/2", "a/1", "b/10", "c", "bb/1"):
            await storage.put(key, key.encode())
        assert [item.key async for item in storage.list()] == ["a/1", "b/10", "b/2", "bb/1", "c"]
        assert [item.key async for item in storage.list("b/")] == ["b/10", "b/2"]
        assert [item.size async for item in storage.list("b")] == [4, 3, 4]
        assert [item.key async for item in storage.list("none")] == []

    @pytest.mark.parametrize("key", _BAD_KEYS)
    async def test_a_key_that_could_leave_the_storage_is_refused(
        self, storage: Storage, tmp_path: Path, key: str
    ) -> None:
        """By every verb, before anything is touched."""
        for act in (storage.put(key, b"x"), storage.read(key), storage.fetch(key, tmp_path), storage.stat(key)):
            with pytest.raises(StorageError) as caught:
                await act
            assert not isinstance(caught.value, ObjectNotFoundError)
        with pytest.raises(StorageError):
            await storage.delete(key)

    async def test_a_large_file_streams_through(self, storage: Storage, tmp_path: Path) -> None:
        """In and out, piece by piece, the same bytes."""
        stored = await storage.put("large", _stream(self.large_mib))
        digest = hashlib.sha256()
        async for chunk in _stream(self.large_mib):
            digest.update(chunk)
        assert (stored.size, stored.sha256) == (self.large_mib * MIB, digest.hexdigest())
        fetched = await storage.fetch("large", tmp_path)
        assert hashlib.sha256(await anyio.to_thread.run_sync(fetched.read_bytes)).hexdigest() == digest.hexdigest()

    async def test_what_is_too_large_leaves_nothing(self, storage: Storage, tmp_path: Path) -> None:
        """The limit is noticed on the way, in small and large files."""
        for limit, chunks in ((MIB // 2, 1), ((self.large_mib - 1) * MIB, self.large_mib)):
            with pytest.raises(FileTooLargeError):
                await storage.put("large", _stream(chunks), max_bytes=limit)
            assert await storage.stat("large") is None
        await storage.put("two", b"22")
        with pytest.raises(FileTooLargeError):
            await storage.fetch("two", tmp_path, max_bytes=1)

    async def test_a_sender_that_goes_away_leaves_what_was_there(self, storage: Storage) -> None:
        """All or nothing: the object before stays."""
        await storage.put("kept", b"before")
        for after in (1, self.large_mib - 1):
            with pytest.raises(ConnectionResetError):
                await storage.put("kept", _stream(self.large_mib, fails_after=after))
            assert await storage.read("kept") == b"before"
        assert [item.key async for item in storage.list()] == ["kept"]

    async def test_a_cancelled_upload_leaves_nothing(self, storage: Storage) -> None:
        """The caller may stop at any time."""

        async def endless() -> AsyncIterator[bytes]:
            async for chunk in _stream(self.large_mib - 1):
                yield chunk
            await anyio.sleep_forever()

        with anyio.move_on_after(1.5) as scope:
            await storage.put("stopped", endless())
        assert scope.cancelled_caught
        assert [item.key async for item in storage.list()] == []

    async def test_many_tasks_may_use_it_at_once(self, storage: Storage) -> None:
        """Each gets its own object."""

        async def work(number: int) -> None:
            await storage.put(f"many/{number}", str(number).encode())
            assert await storage.read(f"many/{number}") == str(number).encode()

        async with anyio.create_task_group() as group:
            for number in range(30):
                group.start_soon(work, number)
        assert len([item async for item in storage.list("many/")]) == 30

    async def test_a_presigned_address_gives_the_object(self, storage: Storage) -> None:
        """Where there is one, it needs no further right."""
        await storage.put("shown", b"picture")
        address = await storage.presign("shown", expires_s=60)
        if address is not None:

            def load() -> bytes:
                with urlopen(address, timeout=20) as answer:  # noqa: S310 -- made by the storage itself
                    data: bytes = answer.read()
                    return data

            assert await anyio.to_thread.run_sync(load) == b"picture"
