"""Opening a drawing: as it is first, repaired second."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pybase_extraction.errors import CorruptedFileError, EmptyFileError
from pybase_extraction.results import Issue, Severity
from pybase_extraction.source import Source
from pybase_extraction_dxf.plugin import SENTINEL

_TAIL = 256


@dataclass(frozen=True, slots=True)
class Opened:
    """A drawing and what was done to open it."""

    document: Any
    issues: tuple[Issue, ...]


def open_drawing(source: Source, scratch: Path | None) -> Opened:
    """Open a drawing with ezdxf.

    Recovery comes second: it fails on every binary DXF and on some files that open well without it.

    Raises:
        CorruptedFileError: It is no DXF, or damaged beyond repair.
        EmptyFileError: It has no bytes.
    """
    if source.size == 0:
        raise EmptyFileError(f"{source.name!r} is empty (0 bytes).", name=source.name)
    if b"SECTION" not in source.head(1 << 16):
        raise CorruptedFileError(f"{source.name!r} has no DXF section.", name=source.name, format="dxf")
    with source.as_path(scratch) as path:
        opened = _open(path, source.name)
    cut = _is_cut_off(source)
    return Opened(opened.document, (*opened.issues, *cut))


def _open(path: Path, name: str) -> Opened:
    from ezdxf import recover
    from ezdxf.filemanagement import readfile
    from ezdxf.lldxf.const import DXFError

    # ezdxf looks ahead with next() where a file may end: StopIteration
    failures = (DXFError, OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, StopIteration)
    try:
        return Opened(readfile(path), ())
    except failures as exc:
        first = exc
    try:
        document, auditor = recover.readfile(path)
    except failures as exc:
        raise CorruptedFileError(
            f"{name!r} is damaged beyond repair: {type(first).__name__}.",
            name=name,
            format="dxf",
            remedy="Open it in a CAD program, audit it, and save it again.",
        ) from exc
    repaired = Issue(
        code="repaired",
        severity=Severity.WARNING,
        message=f"The drawing is damaged ({type(first).__name__}) and was repaired.",
    )
    return Opened(document, (repaired, *_audit_issues(auditor)))


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


def _is_cut_off(source: Source) -> list[Issue]:
    if source.head(len(SENTINEL)) == SENTINEL:
        return []
    with source.open() as stream:
        stream.seek(max(0, source.size - _TAIL))
        tail = stream.read()
    if b"EOF" in tail:
        return []
    message = "The drawing has no end (EOF): the rest of the file is missing."
    return [Issue(code="cut-off", severity=Severity.ERROR, message=message)]
