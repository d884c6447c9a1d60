"""From a file and what was said about it to a submission."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from pybase_extraction.enrichment import ENRICH, Enrichment, put_down, readings_of, split
from pybase_extraction.errors import FileTooLargeError, ForbiddenAddressError, OptionsError
from pybase_extraction.extractor import ExtractorInfo
from pybase_extraction.jobs import CacheKey, Job, NewJob, hash_options
from pybase_extraction.manager.life import Life
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source
from pybase_extraction.storage.base import KnownContent, content_key

if TYPE_CHECKING:
    import os

    File = str | os.PathLike[str] | Source

FRESH_S = 3600.0
"""Seconds for which a stored file is safe from ``remove_orphans``: longer than any upload takes to be committed."""
_PLACE = ("record_id", "field_id", "attachment_id", "target_table_id")


class Intake(Life):
    """Finds a file, checks what is to be done with it, and keeps it."""

    async def _download(self, url: str, folder: Path) -> Source:
        allowed = self.http_sources
        if allowed is None:
            raise ForbiddenAddressError(
                "Files are not read from addresses here.", remedy="Give the manager http_sources, or upload the file."
            )
        limit = self.work.limits.max_bytes
        return await anyio.to_thread.run_sync(lambda: allowed.download(url, folder, max_bytes=limit))

    async def _prepare(
        self,
        source: Source,
        owner: str | None,
        wanted: str | None,
        options: Mapping[str, Any],
        *,
        force: bool,
        fields: Mapping[str, Any],
    ) -> NewJob:
        limit = self.work.limits.max_bytes
        if limit is not None and source.size > limit:
            raise FileTooLargeError(
                f"{source.name!r} has {source.size} bytes; {limit} are allowed.",
                limit=limit,
                actual=source.size,
                unit="bytes",
                name=source.name,
                remedy="Raise max_bytes, or split the file.",
            )
        detected = wanted or (await anyio.to_thread.run_sync(self.registry.detect, source)).format
        info = self.registry.choose(detected)
        own, further = split(options)
        readers = {name: self.registry.choose(name) for name in further}
        stored_options = _storable(self.registry, info, own)
        if further:
            stored_options[ENRICH] = put_down(
                {readers[name].name: _storable(self.registry, readers[name], given) for name, given in further.items()}
            )
        version = "+".join([info.version, *(f"{each.name}-{each.version}" for each in readers.values())])
        services = [each.network_service for each in (info, *readers.values()) if each.network_service is not None]
        # the same bytes in another place of the host are another job: its outcome belongs to another row
        place = [str(fields[name]) for name in _PLACE if fields.get(name) is not None]
        identity = (source.sha256, info.name, version, hash_options(stored_options), *place)
        return NewJob(
            format=info.formats[0].name if detected == info.name else detected,
            filename=source.name,
            file_url=content_key(source.sha256),
            file_size=source.size,
            media_type=source.media_type,
            content_sha256=source.sha256,
            options=stored_options,
            owner_id=owner,
            extractor=info.name,
            extractor_version=version,
            service=services[0] if services else None,
            dedupe_key=None if force else ":".join(identity),
            **{"max_retries": self.work.policy(detected).max_retries, **fields},
        )

    async def _keep(self, source: Source, key: str) -> None:
        storage = self.storage
        if source.data is not None and isinstance(storage, KnownContent) and source.size <= storage.direct_bytes:
            await storage.put_known(key, source.data, source.sha256)
            return
        stored = await self.storage.stat(key)
        # what is there for long may be an orphan that is about to be removed: storing it again makes it new
        if stored is None or stored.is_older_than(FRESH_S):
            await self.storage.put(key, source.path or source.read(), max_bytes=self.work.limits.max_bytes)

    async def _known(self, new: NewJob) -> Job | None:
        """The completed job that has the same result already."""
        key = CacheKey(
            new.owner_id,
            str(new.content_sha256),
            str(new.extractor),
            str(new.extractor_version),
            hash_options(new.options),
        )
        for found in await self.repository.find_cached(key):
            if all(getattr(found, name) == getattr(new, name) for name in _PLACE):
                return found
        return None


async def source_of(file: File) -> Source:
    """Open what a path names, off the event loop; a source is given back as it is."""
    return file if isinstance(file, Source) else await anyio.to_thread.run_sync(Source.from_path, Path(file))


def _storable(registry: ExtractorRegistry, info: ExtractorInfo, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as they are kept in the row: checked, without defaults, and without any secret."""
    from pydantic import SecretBytes, SecretStr

    checked = registry.validate_options(info.name, options)
    for name in checked.model_fields_set:
        if isinstance(getattr(checked, name), SecretStr | SecretBytes):
            raise OptionsError(
                f"The option {name!r} is a secret and cannot be kept with a job.",
                errors=((name, "is a secret"),),
                remedy="Use extract() for this file, or give the manager credentials.",
            )
    return checked.model_dump(mode="json", exclude_unset=True)


def with_readings(options: Mapping[str, Any] | None, enrich: Enrichment) -> dict[str, Any]:
    """Options together with the readings that enrich the result."""
    further = readings_of(enrich)
    return {**(options or {}), **({ENRICH: put_down(further)} if further else {})}
