"""Opening a drawing: scanned as it is; repaired first where its tags are damaged."""

from __future__ import annotations

import importlib.metadata
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pybase_extraction.errors import CorruptedFileError, EmptyFileError
from pybase_extraction.results import Issue, Severity
from pybase_extraction.source import Source
from pybase_extraction_dxf.binary import SENTINEL, to_text
from pybase_extraction_dxf.scan import Scan, scan_tags
from pybase_extraction_dxf.tags import TagIndex, index_tags

_REPAIRABLE = 64 << 20
"""Bytes up to which a damaged drawing is repaired: that takes twenty times its size in memory."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A drawing and what was done to open it.

    Attributes:
        scan: The drawing.
        issues: What was repaired, and what is missing.
        library: Library that repaired it, or None.
    """

    scan: Scan
    issues: tuple[Issue, ...]
    library: str | None = None


def open_drawing(source: Source, check: Callable[[], None]) -> Opened:
    """Open a drawing.

    Args:
        source: The file.
        check: Called between steps; raises to stop.

    Raises:
        CorruptedFileError: It is no DXF, or damaged beyond repair.
        EmptyFileError: It has no bytes.
    """
    if source.size == 0:
        raise EmptyFileError(f"{source.name!r} is empty (0 bytes).", name=source.name)
    data = source.read()
    issues: list[Issue] = []
    if data.startswith(SENTINEL):
        data, is_whole = to_text(data)
        if not is_whole:
            issues.append(_issue("cut-off", "The binary drawing ends or breaks within a value; the rest is missing."))
    if b"SECTION" not in data:
        raise _no_drawing(source.name, "has no DXF section")
    check()
    index = index_tags(data)
    bad = index.first_bad()
    if bad is None:
        return _scanned(source.name, index, issues, None, check)
    return _repaired(source.name, index, bad, issues, check)


def _scanned(name: str, index: TagIndex, issues: list[Issue], library: str | None, check: Callable[[], None]) -> Opened:
    scan = scan_tags(index, check)
    if not scan.section_of:
        raise _no_drawing(name, "has no DXF section")
    if not any(section in scan.section_of for section in ("ENTITIES", "BLOCKS", "TABLES", "HEADER")):
        raise _no_drawing(name, "has none of the sections of a DXF drawing")
    if scan.unclosed:
        sections = ", ".join(scan.unclosed)
        issues.append(_issue("section-unclosed", f"The end (ENDSEC) is missing of the sections {sections}."))
    if not scan.has_end:
        message = "The drawing has no end (EOF): the rest of the file is missing."
        issues.append(_issue("cut-off", message))
    return Opened(scan, tuple(issues), library)


def _no_drawing(name: str, lack: str) -> CorruptedFileError:
    remedy = "Open it in a CAD program and save it as DXF; when it is another format, name that one."
    return CorruptedFileError(f"{name!r} {lack}.", name=name, format="dxf", remedy=remedy)


def _issue(code: str, message: str) -> Issue:
    return Issue(code=code, severity=Severity.ERROR, message=message)


def _repaired(name: str, index: TagIndex, bad: int, issues: list[Issue], check: Callable[[], None]) -> Opened:
    """Read a drawing in which a line stands where a group code belongs."""
    line = 2 * bad + 1
    found = repair(index.data) if len(index.data) <= _REPAIRABLE else None
    check()
    if found is not None:
        data, notes, library = found
        mended = index_tags(data)
        if mended.first_bad() is None:
            message = f"Line {line} is no group code; the drawing was repaired."
            issues.append(Issue(code="repaired", severity=Severity.WARNING, message=message))
            issues += notes
            return _scanned(name, mended, issues, library, check)
    message = f"Line {line} is no group code: what follows it could not be read."
    issues.append(_issue("cut-off", message))
    # the entity that holds the damage is left out too
    kept = index.until(bad)
    zeros = (kept.codes == 0).nonzero()[0]
    if len(zeros) < 2:
        raise CorruptedFileError(
            f"{name!r} is damaged beyond repair at line {line}.",
            name=name,
            format="dxf",
            remedy="Open it in a CAD program, audit it, and save it again.",
        )
    return _scanned(name, kept.until(int(zeros[-1])), issues, None, check)


def repair(data: bytes) -> tuple[bytes, list[Issue], str] | None:
    """Let ezdxf repair a drawing.

    Returns:
        The drawing as ezdxf writes it, what it changed, and its name and version; None when it cannot.
    """
    from ezdxf import recover
    from ezdxf.lldxf.const import DXFError

    failures = (DXFError, OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
    text = io.StringIO()
    try:
        document, auditor = recover.read(io.BytesIO(data))
        document.write(text)
    except failures:
        return None
    encoding = "utf-8" if document.dxfversion >= "AC1021" else document.encoding
    return (
        text.getvalue().encode(encoding, "replace"),
        _audit_issues(auditor),
        f"ezdxf {importlib.metadata.version('ezdxf')}",
    )


def _audit_issues(auditor: Any) -> list[Issue]:
    found: dict[tuple[Severity, str], int] = {}
    for severity, entries in ((Severity.ERROR, auditor.errors), (Severity.WARNING, auditor.fixes)):
        for entry in entries:
            key = severity, str(entry.message)
            found[key] = found.get(key, 0) + 1
    return [
        Issue(code="audit", severity=severity, message=message, count=count)
        for (severity, message), count in found.items()
    ]
