"""Adding jobs for files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from pybase_extraction.enrichment import Enrichment
from pybase_extraction.jobs import Batch, Job, NewBatch, NewJob
from pybase_extraction.manager.intake import Intake, source_of, with_readings
from pybase_extraction.manager.looking import Looking
from pybase_extraction.source import Source
from pybase_extraction.storage.base import is_address

if TYPE_CHECKING:
    from pybase_extraction.manager.intake import File
    from pybase_extraction.repositories.base import HostSession


class Submitting(Intake, Looking):
    """Submits files."""

    async def submit(
        self,
        file: File,
        *,
        owner: str | None,
        format: str | None = None,  # noqa: A002 -- the vocabulary's word
        options: Mapping[str, Any] | None = None,
        enrich: Enrichment = (),
        force: bool = False,
        session: HostSession | None = None,
        **fields: Any,
    ) -> Job:
        """Store a file and add a job for it; the same file, extractor and options are not extracted twice.

        Args:
            file: Path, a ``Source``, or an http(s) address where ``http_sources`` allows it: what is there is copied to
                the storage before this returns, and the job keeps the key of the copy.
            owner: To whom the job belongs.
            format: Format or extractor; detected from the content when None.
            options: Options of the extractor, checked now.
            enrich: Further extractors that read the file and whose results are merged with the first one, as for
                ``extract``; the job keeps them as its option ``enrich``, where they may be given too. When one fails
                for good, the job is completed without it, and its result is partial.
            force: Extract again even if there is a result.
            session: The host's transaction to join: the job exists if and only if the host commits.
            **fields: Further fields of ``NewJob``: ``record_id``, ``priority``, ``callback``...

        Raises:
            SourceError: The file is missing, empty or of no known format.
            OptionsError: An option is unknown or wrong.
            FileTooLargeError: The file is larger than the limit; nothing is stored.
            ForbiddenAddressError: The address may not be read.
        """
        if is_address(file):
            with tempfile.TemporaryDirectory(prefix="http-", ignore_cleanup_errors=True) as folder:
                source = await self._download(str(file), Path(folder))
                return await self.submit(
                    source,
                    owner=owner,
                    format=format,
                    options=options,
                    enrich=enrich,
                    force=force,
                    session=session,
                    **fields,
                )
        source = await source_of(file)
        new = await self._prepare(source, owner, format, with_readings(options, enrich), force=force, fields=fields)
        if not force and (found := await self._known(new)) is not None:
            return found
        await self._keep(source, str(new.file_url))
        submitted = await self.repository.submit(new, session=session, on_commit=self._committed)
        return submitted.job

    async def submit_stored(
        self,
        key: str,
        *,
        owner: str | None,
        name: str | None = None,
        format: str | None = None,  # noqa: A002 -- the vocabulary's word
        options: Mapping[str, Any] | None = None,
        enrich: Enrichment = (),
        force: bool = False,
        session: HostSession | None = None,
        **fields: Any,
    ) -> Job:
        """Add a job for a file that is in the storage already, under a key of the host's own.

        Whether that owner may have the file read is for the caller to know.

        Args:
            key: Key of the file; the job keeps it.
            owner: To whom the job belongs.
            name: Display name; the last part of the key when None.
            format: As for ``submit``.
            options: As for ``submit``.
            enrich: As for ``submit``.
            force: As for ``submit``.
            session: As for ``submit``.
            **fields: As for ``submit``.

        Raises:
            ObjectNotFoundError: The storage holds no such file.
            SourceError: It is empty or of no known format.
            OptionsError: An option is unknown or wrong.
            FileTooLargeError: It is larger than the limit.
        """
        with tempfile.TemporaryDirectory(prefix="stored-", ignore_cleanup_errors=True) as folder:
            path = await self.storage.fetch(key, Path(folder), max_bytes=self.work.limits.max_bytes)
            shown = name or key.rpartition("/")[2]
            source = await anyio.to_thread.run_sync(lambda: Source.from_path(path, name=shown))
            prepared = await self._prepare(
                source, owner, format, with_readings(options, enrich), force=force, fields=fields
            )
        new = replace(prepared, file_url=key)
        if not force and (found := await self._known(new)) is not None:
            return found
        return (await self.repository.submit(new, session=session, on_commit=self._committed)).job

    async def submit_many(
        self,
        files: Iterable[File],
        *,
        owner: str | None,
        format: str | None = None,  # noqa: A002 -- the vocabulary's word
        options: Mapping[str, Any] | None = None,
        enrich: Enrichment = (),
        force: bool = False,
        session: HostSession | None = None,
        **fields: Any,
    ) -> Batch:
        """Store files and add a batch of jobs for them in one transaction.

        Arguments and errors are those of ``submit``; an error in one file leaves no job of any.
        """
        new: list[NewJob] = []
        batch = NewBatch(owner_id=owner)
        for file in files:
            source = await source_of(file)
            prepared = await self._prepare(
                source, owner, format, with_readings(options, enrich), force=force, fields=fields
            )
            # a batch counts its own jobs: a live job of another batch cannot stand for one of them
            new.append(replace(prepared, dedupe_key=None if force else f"{batch.id}:{len(new)}"))
            await self._keep(source, str(prepared.file_url))
        await self.repository.submit_many(new, batch=batch, session=session, on_commit=self._committed)
        return await self.batch(batch.id, owner=owner) if session is None else _unread(batch, len(new))


def _unread(batch: NewBatch, jobs: int) -> Batch:
    """What a batch is before the host has committed it: it cannot be read by others yet."""
    return Batch(
        id=batch.id, owner_id=batch.owner_id, target_table_id=batch.target_table_id, callback=batch.callback,
        metadata=batch.metadata, sealed=batch.sealed, created_at=datetime.now(UTC), completed_at=None, pending=jobs,
        processing=0, completed=0, failed=0, cancelled=0, progress=0,
    )  # fmt: skip
