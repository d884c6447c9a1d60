"""S3 and what speaks its protocol (Backblaze B2, MinIO, SeaweedFS, Ceph...) as storage.

boto3 is synchronous: every call runs in a worker thread, and a file passes in parts, so that neither the event loop nor
the memory notices its size.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import anyio
import anyio.to_thread

from pybase_extraction.errors import (
    FileTooLargeError,
    MissingDependencyError,
    ObjectNotFoundError,
    ServiceUnavailableError,
    StorageError,
)
from pybase_extraction.storage.base import Content, StoredObject, check_key, chunks_of
from pybase_extraction.storage.s3_direct import DirectPut

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

T = TypeVar("T")

PART_BYTES: Final = 8 << 20
"""Size of the parts of a large object; S3 takes 5 MiB to 5 GiB, and 10,000 parts."""
_CHUNK: Final = 1 << 20
_THREADS: Final = 16
_TRIES: Final = 5
_MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_PASSING: Final = frozenset(
    {"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "500", "502", "503", "504"}
)

Checksum = Literal["sha256", "md5"]


class S3Storage:
    """Keeps every object in one bucket, below a prefix.

    What is written is digested here and compared by the server, part by part.  Credentials are given, or found where
    boto3 looks for them: variables of the environment, its configuration file, the role of the machine.
    """

    direct_bytes: Final = PART_BYTES
    """Most bytes of ``put_known``."""

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        endpoint_url: str | None = None,
        region: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        checksum: Checksum = "sha256",
    ) -> None:
        """Use a bucket; nothing is contacted before the first call.

        Args:
            bucket: An existing bucket.
            prefix: Prefix of all keys, without slashes at its ends; everything else in the bucket is left alone.
            endpoint_url: Of a server that is not AWS.
            region: Its region, as boto3 finds it when None.
            access_key: Id of the key.
            secret_key: The key.
            checksum: How parts are proved: ``sha256`` by the headers that AWS introduced in 2022, ``md5`` by
                Content-MD5, which older servers know too.
        """
        self.bucket = bucket
        self.prefix = f"{check_key(prefix.strip('/'))}/" if prefix.strip("/") else ""
        self.endpoint_url = endpoint_url
        self.checksum = checksum
        self._region = region
        self._keys = (access_key, secret_key)
        self._lock = threading.Lock()
        self._made: S3Client | None = None
        self._direct: DirectPut | None = None
        self._threads = anyio.CapacityLimiter(_THREADS)

    @classmethod
    def from_url(cls, url: str) -> S3Storage:
        """Read ``s3://bucket/prefix?endpoint=https://...&region=...&checksum=md5``.

        Raises:
            ValueError: It is none.
        """
        parts = urlsplit(url)
        given = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
        endpoint, region = given.pop("endpoint", None), given.pop("region", None)
        checksum = given.pop("checksum", "sha256")
        if parts.scheme != "s3" or not parts.hostname or parts.username or given or checksum not in {"sha256", "md5"}:
            raise ValueError(
                "a storage on S3 is s3://bucket/prefix?endpoint=https://...&region=...&checksum=sha256|md5"
            )
        return cls(
            parts.netloc,
            unquote(parts.path),
            endpoint_url=endpoint,
            region=region,
            checksum="md5" if checksum == "md5" else "sha256",
        )

    # -- the protocol -------------------------------------------------------------------------------------------

    async def put(self, key: str, content: Content, *, max_bytes: int | None = None) -> StoredObject:
        """Store an object, in parts when it is large."""
        name = self._name(key)
        if isinstance(content, bytes) and len(content) <= PART_BYTES:
            _check_size(key, len(content), max_bytes)
            return await self._put_at_once(key, name, content)
        parts = _parts(content, key, max_bytes)
        first = await anext(parts, b"")
        second = await anext(parts, None)
        if second is None:
            return await self._put_at_once(key, name, first)
        digest = await anyio.to_thread.run_sync(hashlib.sha256, first)
        size = await self._put_in_parts(key, name, _again(first, second, parts), digest)
        return StoredObject(key, size, digest.hexdigest())

    async def _put_at_once(self, key: str, name: str, body: bytes) -> StoredObject:
        # in the thread: eight megabytes would hold the event loop up
        digest = await self._call(key, lambda client: self._send(client, name, body, hashlib.sha256(body).hexdigest()))
        return StoredObject(key, len(body), digest)

    async def put_known(self, key: str, data: bytes, sha256: str) -> StoredObject:
        """Store a small object whose digest is known."""
        name = self._name(key)
        return StoredObject(
            key, len(data), await self._call(key, lambda client: self._send(client, name, data, sha256))
        )

    def _send(self, client: S3Client, name: str, body: bytes, sha256: str) -> str:
        proof = self._proof(body, bytes.fromhex(sha256))
        direct = self._direct
        if direct is None or not direct.put(name, body, sha256, _headers(proof)):
            client.put_object(Bucket=self.bucket, Key=name, Body=body, **proof)
        return sha256

    async def _put_in_parts(self, key: str, name: str, parts: AsyncIterator[bytes], digest: Any) -> int:
        how: dict[str, Any] = {"ChecksumAlgorithm": "SHA256"} if self.checksum == "sha256" else {}
        begun = await self._call(
            key, lambda client: client.create_multipart_upload(Bucket=self.bucket, Key=name, **how)
        )
        where: dict[str, Any] = {"Bucket": self.bucket, "Key": name, "UploadId": begun["UploadId"]}
        done: list[dict[str, Any]] = []
        size, is_complete, first = 0, False, True
        try:
            async for part in parts:
                if not first:
                    await anyio.to_thread.run_sync(digest.update, part)
                size, first = size + len(part), False
                done.append(await self._put_part(key, where, len(done) + 1, part))
            whole: dict[str, Any] = {**where, "MultipartUpload": {"Parts": done}}
            await self._call(key, lambda client: client.complete_multipart_upload(**whole))
            is_complete = True
        finally:
            if not is_complete:
                # what is left of a broken upload costs money and is in no listing
                with anyio.CancelScope(shield=True), anyio.move_on_after(30):
                    await self._call(key, lambda client: client.abort_multipart_upload(**where))
        return size

    async def _put_part(self, key: str, where: dict[str, Any], number: int, part: bytes) -> dict[str, Any]:
        proof = await anyio.to_thread.run_sync(self._proof, part)
        answer = await self._call(
            key, lambda client: client.upload_part(**where, PartNumber=number, Body=part, **proof)
        )
        told = {"ChecksumSHA256": proof["ChecksumSHA256"]} if "ChecksumSHA256" in proof else {}
        return {"PartNumber": number, "ETag": answer["ETag"], **told}

    def _proof(self, part: bytes, digest: bytes | None = None) -> dict[str, Any]:
        if self.checksum == "sha256":
            return {"ChecksumSHA256": base64.b64encode(digest or hashlib.sha256(part).digest()).decode()}
        return {"ContentMD5": base64.b64encode(hashlib.md5(part, usedforsecurity=False).digest()).decode()}

    async def fetch(self, key: str, folder: Path, *, max_bytes: int | None = None) -> Path:
        """Copy an object into a folder; a connection that breaks is taken up where it broke."""
        path = folder / "object"
        async with await anyio.open_file(path, "wb") as stream:
            async for chunk in self._stream(key, max_bytes):
                await stream.write(chunk)
        return path

    async def read(self, key: str) -> bytes:
        """Read an object into memory."""
        return b"".join([chunk async for chunk in self._stream(key, None)])

    async def _stream(self, key: str, max_bytes: int | None) -> AsyncIterator[bytes]:
        name, done, tries, etag, size = self._name(key), 0, 0, "", -1
        while done != size:
            tries += 1
            if tries > _TRIES:
                raise ServiceUnavailableError(f"The storage gave {done} of {size} bytes of {key!r}.")
            # the rest of the very object that was begun, not of one that has replaced it meanwhile
            rest: dict[str, Any] = {"Range": f"bytes={done}-", "IfMatch": etag} if etag else {}
            answer = await self._call(key, lambda client: client.get_object(Bucket=self.bucket, Key=name, **rest))  # noqa: B023
            if not etag:
                etag, size = answer["ETag"], answer["ContentLength"]
                _check_size(key, size, max_bytes)
            body = answer["Body"]
            try:
                while chunk := await self._in_thread(key, lambda: body.read(_CHUNK)):  # noqa: B023
                    done += len(chunk)
                    yield chunk
            except ServiceUnavailableError:
                if tries >= _TRIES:
                    raise
            finally:
                body.close()

    async def stat(self, key: str) -> StoredObject | None:
        """Describe an object."""
        name = self._name(key)
        try:
            found = await self._call(key, lambda client: client.head_object(Bucket=self.bucket, Key=name))
        except ObjectNotFoundError:
            return None
        return StoredObject(key, found["ContentLength"], stored_at=found["LastModified"])

    async def delete(self, key: str) -> bool:
        """Delete an object."""
        name = self._name(key)
        if await self.stat(key) is None:
            return False
        await self._call(key, lambda client: client.delete_object(Bucket=self.bucket, Key=name))
        return True

    async def list(self, prefix: str = "") -> AsyncIterator[StoredObject]:
        """List objects by key, a page at a time."""
        token: dict[str, Any] = {}
        while True:
            page = await self._call(
                prefix,
                lambda client: client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix + prefix, **token),  # noqa: B023
            )
            for item in page.get("Contents", []):
                key = item["Key"].removeprefix(self.prefix)
                if not key.endswith("/"):  # folders that a console made
                    yield StoredObject(key, item["Size"], stored_at=item["LastModified"])
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    async def presign(self, key: str, *, expires_s: int = 900) -> str | None:
        """Make an address (AWS Signature Version 4) that gives the object to whoever has it."""
        name = {"Bucket": self.bucket, "Key": self._name(key)}
        return await self._call(
            key, lambda client: client.generate_presigned_url("get_object", Params=name, ExpiresIn=expires_s)
        )

    # -- calls --------------------------------------------------------------------------------------------------

    def _name(self, key: str) -> str:
        return self.prefix + check_key(key)

    async def _call(self, key: str, work: Callable[[S3Client], T]) -> T:
        return await self._in_thread(key, lambda: work(self._client()))

    async def _in_thread(self, key: str, work: Callable[[], T]) -> T:
        def mapped() -> T:
            with _mapped(key):
                return work()

        return await anyio.to_thread.run_sync(mapped, limiter=self._threads)

    def _client(self) -> S3Client:
        with self._lock:
            if self._made is None:
                self._made = self._make_client()
            return self._made

    def _make_client(self) -> S3Client:
        try:
            from boto3.session import Session
            from botocore.config import Config
            from botocore.session import Session as Core
        except ImportError as exc:
            raise MissingDependencyError(
                "Storage on S3 needs boto3.",
                extra="pybase-extraction[s3]",
                remedy="Install it: pip install 'pybase-extraction[s3]'.",
            ) from exc
        config = Config(
            signature_version="s3v4",
            # names of buckets in the host name need wildcard certificates, which servers of one's own seldom have
            s3={"addressing_style": "path" if self.endpoint_url else "auto"},
            retries={"mode": "standard", "max_attempts": _TRIES},
            max_pool_connections=_THREADS,
            connect_timeout=10,
            read_timeout=60,
            # our own checksums are sent always; boto3's trailing ones break servers that are not AWS
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        core = Core()
        access_key, secret_key = self._keys
        if access_key is not None and secret_key is not None:
            core.set_credentials(access_key, secret_key)
        client = Session(botocore_session=core).client(
            "s3", endpoint_url=self.endpoint_url, region_name=self._region, config=config
        )
        # parts are in memory and can be sent again: asking the server first costs a round trip for each
        client.meta.events.register("before-send.s3", _do_not_ask)
        self._direct = DirectPut(core, client, self.bucket, connections=_THREADS)
        return client


def _headers(proof: dict[str, Any]) -> dict[str, str]:
    names = {"ChecksumSHA256": "x-amz-checksum-sha256", "ContentMD5": "Content-MD5"}
    return {names[name]: value for name, value in proof.items()}


def _do_not_ask(request: Any, **_: object) -> None:
    """Take ``Expect: 100-continue`` away, which boto3 sends with every body; it is no part of the signature."""
    if "Expect" in request.headers:
        del request.headers["Expect"]


@contextmanager
def _mapped(key: str) -> Iterator[None]:
    """Turn boto3's exceptions into the library's; addresses and keys of access stay out of the messages."""
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as exc:
        code = str(exc.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise ObjectNotFoundError(
                f"The storage holds no {key!r}.",
                key=key,
                remedy="Who submits and who works need the same bucket, prefix and endpoint.",
            ) from exc
        if code in _PASSING:
            raise ServiceUnavailableError(f"The storage cannot answer now: {code}.") from exc
        raise StorageError(
            f"The storage refused {key!r}: {code or 'no reason given'}.",
            key=key,
            remedy="Check the bucket, its region and the rights of the key.",
        ) from exc
    except (HTTPError, OSError) as exc:
        raise ServiceUnavailableError(f"The storage cannot be reached: {type(exc).__name__}.") from exc
    except BotoCoreError as exc:
        if "Connect" in type(exc).__name__ or "Timeout" in type(exc).__name__ or "Stream" in type(exc).__name__:
            raise ServiceUnavailableError(f"The storage cannot be reached: {type(exc).__name__}.") from exc
        raise StorageError(f"The storage cannot be used: {type(exc).__name__}.", key=key) from exc


async def _parts(content: Content, key: str, max_bytes: int | None) -> AsyncIterator[bytes]:
    """Cut content into parts of ``PART_BYTES``, the last one shorter; stops at the limit."""
    waiting, size = bytearray(), 0
    if isinstance(content, Path):  # read in parts by a thread: putting them together would hold the event loop up
        async with await anyio.open_file(content, "rb") as stream:
            while part := await stream.read(PART_BYTES):
                size += len(part)
                _check_size(key, size, max_bytes)
                yield part
        return
    async for chunk in chunks_of(content):
        size += len(chunk)
        _check_size(key, size, max_bytes)
        waiting += chunk
        while len(waiting) >= PART_BYTES:
            yield bytes(waiting[:PART_BYTES])
            del waiting[:PART_BYTES]
    if waiting:
        yield bytes(waiting)


async def _again(first: bytes, second: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    yield second
    async for part in rest:
        yield part


def _check_size(key: str, size: int, limit: int | None) -> None:
    if limit is not None and size > limit:
        raise FileTooLargeError(
            f"{key!r} has more than the {limit} bytes that are allowed.", limit=limit, actual=size, unit="bytes"
        )
