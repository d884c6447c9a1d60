"""Registration of the IFC extractor, and how an IFC file is told from other files."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePosixPath
from typing import Any

from pybase_extraction.extractor import Evidence, ExtractorInfo, FormatInfo, Isolation, Magic, Probe, Strength
from pybase_extraction.hookspecs import hookimpl
from pybase_extraction_ifc import __version__
from pybase_extraction_ifc.options import IfcOptions

IFC = FormatInfo(
    name="ifc",
    title="IFC building model (ISO 16739)",
    extensions=(".ifc", ".ifczip", ".ifcxml"),
    media_types=("application/x-step", "model/ifc", "application/ifc", "application/x-ifc"),
)

_SCHEMA = re.compile(rb"FILE_SCHEMA\s*+\(\s*+\(\s*+'(IFC[^']{0,40})'", re.IGNORECASE)
_ZIP = Magic(b"PK\x03\x04")
_XML_NAMES = (b"ifcxml", b"iso_10303_28", b"/IFC")


@hookimpl
def pybase_extraction_register(registry: Any) -> None:
    """Add the extractor."""
    registry.add(
        ExtractorInfo(
            name="ifc",
            title="IFC building models",
            version=__version__,
            formats=(IFC,),
            options=IfcOptions,
            isolation=Isolation.PROCESS,
        ),
        "pybase_extraction_ifc.extractor:IfcExtractor",
    )


@hookimpl
def pybase_extraction_detect(probe: Probe) -> Evidence | None:
    """Look at FILE_SCHEMA, the listing of a zip, or the root of an XML document."""
    if match := _schema(probe.head):
        return Evidence("ifc", Strength.STRUCTURE, f"FILE_SCHEMA names {match[1].decode('ascii', 'replace')}")
    if _ZIP.matches(probe.head):
        return _in_zip(probe)
    start = probe.head[:2048].lower()
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and any(name.lower() in start for name in _XML_NAMES):
        return Evidence("ifc", Strength.STRUCTURE, "an ifcXML document")
    return None


def _schema(head: bytes) -> re.Match[bytes] | None:
    # a search without regard to case takes half a millisecond, and every file that is submitted comes through here
    return _SCHEMA.search(head) if b"file_schema" in head.lower() else None


def _in_zip(probe: Probe) -> Evidence | None:
    if probe.source.size > len(probe.head):
        with probe.source.open() as stream:
            return _listed(stream)
    return _listed(io.BytesIO(probe.head))


def _listed(stream: Any) -> Evidence | None:
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    found = next((name for name in names if PurePosixPath(name).suffix.lower() in {".ifc", ".ifcxml"}), None)
    return Evidence("ifc", Strength.STRUCTURE, f"a zip with {found!r} in it") if found else None
