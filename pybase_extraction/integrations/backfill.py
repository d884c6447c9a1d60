"""Register jobs for files that were there before: attachments of a host's records, or all below a storage prefix.

Files are not opened: the format is told by name and media type, and the worker checks it.  Registering is idempotent:
an attachment that has a job, ended or not, is passed over, so a backfill that was stopped goes on when started again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, Final

import anyio
import sqlalchemy as sa

from pybase_extraction.enrichment import ENRICH, Enrichment, Readings, put_down, readings_of
from pybase_extraction.errors import StorageError
from pybase_extraction.extractor import ExtractorInfo
from pybase_extraction.jobs import NewJob
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.storage.base import Storage, check_key

logger = logging.getLogger(__name__)
_BATCH: Final = 1000
_DEDUPE: Final = "backfill"
_MOST_BYTES: Final = 1 << 63
_TOLD: Final = 10
"""Unusable attachments that are logged: millions of lines would say no more."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that is there already.

    Attributes:
        id: What identifies it at the host; one job at most is registered for it.
        filename: Display name, with its extension.
        key: Where the storage has it.
        size: Bytes, or None when unknown.
        media_type: As the host noted it, or None.
        record_id: Record that it hangs on, or None.
        field_id: Field of that record, or None.
        owner_id: To whom its job belongs, or None.
    """

    id: str
    filename: str
    key: str
    size: int | None = None
    media_type: str | None = None
    record_id: str | None = None
    field_id: str | None = None
    owner_id: str | None = None


@dataclass(slots=True)
class BackfillReport:
    """What a backfill has done so far.

    Attributes:
        seen: Attachments looked at.
        registered: Jobs made, or that would be made in a dry run.
        existing: Attachments that had a job.
        unreadable: Attachments that no installed extractor reads, counted by extension.
        unusable: Attachments with a name, an id or a key that cannot be one; the first are logged.
    """

    seen: int = 0
    registered: int = 0
    existing: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    unusable: int = 0

    def __add__(self, other: BackfillReport) -> BackfillReport:
        """Put the reports of two runs together."""
        return BackfillReport(
            self.seen + other.seen,
            self.registered + other.registered,
            self.existing + other.existing,
            self.unreadable + other.unreadable,
            self.unusable + other.unusable,
        )


def attachments_of(
    record_id: str, data: Mapping[str, Any], *, owner_id: str | None = None, key_of: Callable[[str], str] = str
) -> Iterable[Attachment]:
    """Find the attachments in a record's data: ``{field_id: [{id, filename, url, size, mime_type}]}``.

    Args:
        record_id: Of the record.
        data: Its values by field; whatever is no list of attachments is passed over.
        owner_id: To whom the jobs belong.
        key_of: Makes a storage key of an attachment's ``url``; the url itself when not given.
    """
    for field_id, value in data.items():
        for item in value if isinstance(value, list) else ():
            if not isinstance(item, Mapping):
                continue
            id_, filename, url = item.get("id"), item.get("filename"), item.get("url")
            if isinstance(id_, str | int) and id_ and isinstance(filename, str) and isinstance(url, str) and url:
                yield Attachment(
                    id=str(id_),
                    filename=filename,
                    key=key_of(url),
                    size=_size(item.get("size")),
                    media_type=kind if isinstance(kind := item.get("mime_type"), str) else None,
                    record_id=record_id,
                    field_id=field_id,
                    owner_id=owner_id,
                )


def _size(value: object) -> int | None:
    """A number of bytes, if it can be one; what other programs wrote is not trusted."""
    return value if type(value) is int and 0 <= value < _MOST_BYTES else None


async def attachments_below(storage: Storage, prefix: str, *, owner_id: str | None = None) -> AsyncIterator[Attachment]:
    """List everything that a storage has below a prefix; the key is the attachment's id."""
    async for found in storage.list(prefix):
        name = PurePosixPath(found.key).name
        yield Attachment(id=found.key, filename=name, key=found.key, size=found.size, owner_id=owner_id)


async def backfill(
    repository: SqlJobRepository,
    registry: ExtractorRegistry,
    attachments: Iterable[Attachment] | AsyncIterable[Attachment],
    *,
    options: Mapping[str, Any] | None = None,
    priority: int = -10,
    dry_run: bool = False,
    batch: int = _BATCH,
    pause_s: float = 0.0,
    progress: Callable[[BackfillReport], Awaitable[None]] | None = None,
    enrich: Mapping[str, Enrichment] | None = None,
) -> BackfillReport:
    """Register a job for every attachment that has none.

    Args:
        repository: Where the jobs are.
        registry: The extractors that there are.
        attachments: What to register, in any number.
        options: Options of the extractors by format; their defaults for a format that is not named.
        priority: Of the jobs; below that of uploads, which are not to wait for a backfill.
        dry_run: Count only.
        batch: Attachments that are looked up and registered in one transaction.
        pause_s: Seconds to leave the database alone after each batch.
        progress: Is told after each batch.
        enrich: Further extractors that read the files, by format, for example ``{"pdf": ["werk24"]}``; see
            ``ExtractionManager.submit``. A paid service is paid for each file, within the budget of its owner.

    Raises:
        OptionsError: An extractor does not accept its options; nothing was registered.
    """
    maker = _JobMaker(registry, options or {}, enrich or {}, priority)
    report = BackfillReport()
    async for group in _batches(attachments, batch):
        report.seen += len(group)
        usable = [attachment for attachment in group if _is_usable(attachment, report)]
        known = await repository.transact(partial(_known, repository, usable))
        jobs = [job for attachment in usable if (job := _new(maker, attachment, known, report)) is not None]
        if dry_run:
            report.registered += len(jobs)
        elif jobs:
            created = [receipt.created for receipt in await repository.submit_many(jobs)]
            report.registered += created.count(True)
            report.existing += created.count(False)
        if progress is not None:
            await progress(report)
        if pause_s:
            await anyio.sleep(pause_s)
    return report


def _is_usable(attachment: Attachment, report: BackfillReport) -> bool:
    """Tell whether a job can be made; one damaged record must not keep the others from their turn."""
    try:
        _check(attachment)
    except (ValueError, StorageError) as exc:
        report.unusable += 1
        if report.unusable <= _TOLD:
            logger.warning("an attachment cannot be registered: %s", exc)
        return False
    return True


def _check(attachment: Attachment) -> None:
    """Refuse what a database or a storage cannot keep, before it is one of a thousand in a statement.

    Raises:
        ValueError: A text has a character that is none, or a name is too long.
        StorageError: The key is none.
    """
    check_key(attachment.key)
    names = (attachment.id, attachment.record_id, attachment.field_id, attachment.owner_id)
    for text in (*names, attachment.filename, attachment.media_type):
        if text is not None and b"\x00" in text.encode():  # a half of a surrogate pair is no text either
            raise ValueError(f"{text[:80]!r} has the character U+0000")
    NewJob(
        format="",
        filename="",
        file_url=attachment.key,
        owner_id=attachment.owner_id,
        record_id=attachment.record_id,
        field_id=attachment.field_id,
        attachment_id=attachment.id,
        dedupe_key=f"{_DEDUPE}:{attachment.id}",
    )


def _new(maker: _JobMaker, attachment: Attachment, known: set[str], report: BackfillReport) -> NewJob | None:
    if attachment.id in known:
        report.existing += 1
        return None
    job = maker.make(attachment)
    if job is None:
        report.unreadable[PurePosixPath(attachment.filename).suffix.lower() or "none"] += 1
    else:
        known.add(attachment.id)
    return job


def _known(repository: SqlJobRepository, group: Sequence[Attachment], connection: sa.Connection) -> set[str]:
    column = repository.tables.jobs.c.attachment_id
    wanted = [attachment.id for attachment in group]
    return set(connection.execute(sa.select(column).where(column.in_(wanted)).distinct()).scalars())


async def _batches(
    attachments: Iterable[Attachment] | AsyncIterable[Attachment], size: int
) -> AsyncIterator[list[Attachment]]:
    if isinstance(attachments, AsyncIterable):
        group: list[Attachment] = []
        async for attachment in attachments:
            group.append(attachment)
            if len(group) == size:
                yield group
                group = []
        if group:
            yield group
        return
    waiting = iter(attachments)
    while found := list(islice(waiting, size)):
        yield found


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the jobs of one format have in common."""

    extractor: str
    version: str
    service: str | None
    options: dict[str, Any]

    @classmethod
    def of(cls, registry: ExtractorRegistry, name: str, options: Mapping[str, Any], further: Readings) -> _Reading:
        info = registry.choose(name)
        readers = {each: registry.choose(each) for each in further}
        stored = _checked(registry, info, options)
        if further:
            stored[ENRICH] = put_down(
                {readers[each].name: _checked(registry, readers[each], given) for each, given in further.items()}
            )
        services = [each.network_service for each in (info, *readers.values()) if each.network_service is not None]
        version = "+".join([info.version, *(f"{each.name}-{each.version}" for each in readers.values())])
        return cls(info.name, version, services[0] if services else None, stored)


def _checked(registry: ExtractorRegistry, info: ExtractorInfo, options: Mapping[str, Any]) -> dict[str, Any]:
    return registry.validate_options(info.name, options).model_dump(mode="json", exclude_unset=True)


class _JobMaker:
    """Makes jobs; what depends on the format only is looked up once."""

    def __init__(
        self,
        registry: ExtractorRegistry,
        options: Mapping[str, Any],
        enrich: Mapping[str, Enrichment],
        priority: int,
    ) -> None:
        self.priority = priority
        self.formats = {
            ending: item.name
            for info in registry.extractors()
            for item in info.formats
            if info.network_service is None
            for ending in (*item.extensions, *item.media_types)
        }
        self.chosen = {
            name: _Reading.of(registry, name, options.get(name, {}), readings_of(enrich.get(name, ())))
            for name in set(self.formats.values()) | set(options) | set(enrich)
        }

    def make(self, attachment: Attachment) -> NewJob | None:
        """Make the job of an attachment; None when no extractor reads it."""
        ending = PurePosixPath(attachment.filename).suffix.lower()
        media_type = (attachment.media_type or "").partition(";")[0].strip().lower()
        name = self.formats.get(ending) or self.formats.get(media_type)
        if name is None:
            return None
        reading = self.chosen[name]
        return NewJob(
            format=name,
            filename=attachment.filename,
            file_url=attachment.key,
            file_size=attachment.size,
            media_type=attachment.media_type,
            options=reading.options,
            owner_id=attachment.owner_id,
            record_id=attachment.record_id,
            field_id=attachment.field_id,
            attachment_id=attachment.id,
            extractor=reading.extractor,
            extractor_version=reading.version,
            service=reading.service,
            priority=self.priority,
            dedupe_key=f"{_DEDUPE}:{attachment.id}",
        )
