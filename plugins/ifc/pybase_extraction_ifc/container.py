"""What a file is before it is a model: plain text, a zip with one model in it, or XML that is refused."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from pybase_extraction.errors import (
    CorruptedFileError,
    EncryptedFileError,
    FileTooLargeError,
    UnsupportedFormatError,
)
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.source import Source
from pybase_extraction_ifc.model import Found

MAX_MEMBERS: Final = 1000
"""Members of an ifczip; real ones have one model and its textures."""

MAX_RATIO: Final = 200.0
"""Unpacked over packed bytes; model text packs 4 to 20 times, deflate ends at 1032."""

_RATIO_FROM: Final = 1 << 20
_CHUNK: Final = 1 << 16
_XML_STARTS = (b"<?xml", b"<ifcXML", b"<ex:iso_10303_28", b"<iso_10303_28", b"<doc:iso_10303_28")


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a model.

    Attributes:
        data: Its bytes.
        member: Name of the member of a zip that it was in, or None.
    """

    data: bytes
    member: str | None = None


def is_xml(head: bytes) -> bool:
    """Whether a file starts like an XML document."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_XML_STARTS)


def read_content(source: Source, context: ExtractionContext, found: Found) -> Content:
    """Read the text of a model, unpacking it where it is zipped.

    Raises:
        UnsupportedFormatError: It is ifcXML, or a zip without a model.
        FileTooLargeError: It is, or unpacks to, more than the limits allow.
        CorruptedFileError: The zip is damaged.
        EncryptedFileError: The zip needs a password.
    """
    context.check_size(source.size, name=source.name)
    head = source.head(512)
    if head.startswith(b"PK"):
        return _unzip(source, context, found)
    if is_xml(head):
        raise _no_xml(source.name)
    return Content(source.read())


def _no_xml(name: str) -> UnsupportedFormatError:
    return UnsupportedFormatError(
        f"{name!r} is ifcXML (ISO 10303-28), which is not read.",
        name=name,
        format="ifc",
        remedy="Export the model again as IFC in STEP format (.ifc or .ifczip).",
    )


def _unzip(source: Source, context: ExtractionContext, found: Found) -> Content:
    try:
        with zipfile.ZipFile(io.BytesIO(source.read())) as archive:
            member = _choose(archive, source, found)
            return Content(_read_member(archive, member, source, context), member.filename)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as exc:
        raise CorruptedFileError(
            f"The zip {source.name!r} is damaged: {exc}.",
            name=source.name,
            format="ifc",
            remedy="Export or upload it again.",
        ) from exc


def _choose(archive: zipfile.ZipFile, source: Source, found: Found) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise FileTooLargeError(
            f"The zip {source.name!r} has {len(members)} members, more than the {MAX_MEMBERS} that are allowed.",
            limit=MAX_MEMBERS,
            actual=len(members),
            unit="members",
            name=source.name,
            remedy="Zip the model alone.",
        )
    models = [item for item in members if PurePosixPath(item.filename).suffix.lower() == ".ifc"]
    if not models:
        if any(PurePosixPath(item.filename).suffix.lower() in {".ifcxml", ".xml"} for item in members):
            raise _no_xml(source.name)
        raise UnsupportedFormatError(
            f"The zip {source.name!r} holds no .ifc file; zips inside of zips are not opened.",
            name=source.name,
            format="ifc",
            remedy="Zip the model alone.",
        )
    if len(models) > 1:
        found.add(
            "several-models",
            "warning",
            f"The zip holds {len(models)} models; only the first, {models[0].filename!r}, was read.",
        )
    return models[0]


def _read_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, source: Source, context: ExtractionContext
) -> bytes:
    if member.flag_bits & 1:
        raise EncryptedFileError(
            f"The zip {source.name!r} needs a password.",
            name=source.name,
            format="ifc",
            remedy="Zip the model without one.",
        )
    # what the directory says of the size is the attacker's word: only bytes that came out count
    parts, size, packed = [], 0, max(member.compress_size, 1)
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            context.check_size(size, name=source.name)
            if size > _RATIO_FROM and size / min(packed, source.size) > MAX_RATIO:
                raise FileTooLargeError(
                    f"The zip {source.name!r} unpacks to more than {MAX_RATIO:g} times its size.",
                    limit=MAX_RATIO,
                    actual=size / packed,
                    unit="ratio",
                    name=source.name,
                    remedy="Send the model without a zip.",
                )
            parts.append(chunk)
            context.check()
    data = b"".join(parts)
    if is_xml(data[:512]):
        raise _no_xml(source.name)
    return data
