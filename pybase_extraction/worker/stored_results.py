"""Where results are: in their rows, or compressed in the storage when they are large."""

from __future__ import annotations

import zlib
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import anyio.to_thread

from pybase_extraction.attempt import AttemptOutcome
from pybase_extraction.errors import StorageError
from pybase_extraction.jobs import Claim, Outcome, Settlement
from pybase_extraction.storage.base import RESULTS

if TYPE_CHECKING:
    from uuid import UUID

    from pybase_extraction.jobs import Owner
    from pybase_extraction.repositories.base import JobRepository
    from pybase_extraction.storage.base import Storage

INLINE_RESULT_BYTES = 256 * 1024
"""Results up to this size stay in the row; larger ones go to the storage, compressed."""


async def complete(claim: Claim, outcome: AttemptOutcome, storage: Storage) -> Settlement:
    """Turn a result into the settlement of its attempt; a large one is in the storage then."""
    data = outcome.result_json or b""
    if len(data) > INLINE_RESULT_BYTES:
        stored = await _store(claim, data, storage)
        return replace(stored, extractor=outcome.extractor, extractor_version=outcome.extractor_version)
    return Settlement(
        id=claim.id,
        attempt=claim.attempt,
        outcome=Outcome.COMPLETE,
        result=data.decode(),
        result_size=len(data),
        extractor=outcome.extractor,
        extractor_version=outcome.extractor_version,
    )


async def _store(claim: Claim, data: bytes, storage: Storage) -> Settlement:
    digest = sha256(data).hexdigest()
    # the attempt's number is in the key: a zombie must not overwrite its heir's result
    key = f"{RESULTS}/{claim.id}/{claim.attempt}.json.z"
    await storage.put(key, await anyio.to_thread.run_sync(zlib.compress, data, 6))
    return Settlement.complete(claim, result_key=key, result_sha256=digest, result_size=len(data))


async def read_result(repository: JobRepository, storage: Storage, job_id: UUID, *, owner: Owner) -> bytes | None:
    """Read the result of a job as JSON, from its row or from the storage; None when it has none.

    Raises:
        StorageError: The stored result is gone, or is not what was written.
    """
    stored = await repository.get_result(job_id, owner=owner)
    if stored is None:
        return None
    if stored.text is not None:
        return stored.text.encode()
    packed = await storage.read(str(stored.key))
    try:
        data = await anyio.to_thread.run_sync(zlib.decompress, packed)
    except zlib.error:
        data = b""
    if sha256(data).hexdigest() != stored.sha256:
        raise StorageError(
            f"The stored result of job {job_id} was changed.",
            key=stored.key,
            remedy="Extract the file again with force=True.",
        )
    return data
