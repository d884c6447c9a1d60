"""Where the file of a result lies: a result knows its name and digest, not its bytes."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path

from pybase_extraction.errors import FormatMismatchError, SourceNotFoundError
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source

File = str | os.PathLike[str] | bytes | Source

_MOST = 1000
"""Files of which the path is remembered; the oldest are forgotten."""
_lock = threading.Lock()
_paths: OrderedDict[str, Path] = OrderedDict()


def remember(source: Source) -> None:
    """Remember, in this process, where a file lies, so that results of it can be drawn without naming it again."""
    if source.path is None:
        return
    with _lock:
        _paths[source.sha256] = source.path
        _paths.move_to_end(source.sha256)
        if len(_paths) > _MOST:
            _paths.popitem(last=False)


def source_of(result: ExtractionResult, given: File | None = None) -> Source:
    """The file that a result was extracted from.

    Args:
        result: The result.
        given: Path, bytes or ``Source`` of its file; None for the path from which this process extracted it.

    Raises:
        SourceNotFoundError: Nobody said where the file lies, or it is not there any more.
        FormatMismatchError: It is another file than the one that the result was extracted from.
    """
    name = result.source.filename
    source = _opened(given, name) if given is not None else _remembered(result)
    if source.sha256 != result.source.sha256:
        raise FormatMismatchError(
            f"{source.name!r} is not the file that this result was extracted from: its content differs.",
            name=source.name,
            format=result.format,
            remedy=f"Give the file {name!r} with sha256 {result.source.sha256}, or extract this one.",
        )
    return source


def _opened(given: File, name: str) -> Source:
    if isinstance(given, Source):
        return given
    return Source.from_bytes(given, name=name) if isinstance(given, bytes) else Source.from_path(Path(given))


def _remembered(result: ExtractionResult) -> Source:
    with _lock:
        path = _paths.get(result.source.sha256)
    if path is None:
        raise SourceNotFoundError(
            f"Pictures of {result.source.filename!r} need the file, and this result does not tell where it lies.",
            name=result.source.filename,
            format=result.format,
            remedy="Give it: result.page(1, source='path').",
        )
    try:
        return Source.from_path(path, name=result.source.filename)
    except SourceNotFoundError as exc:
        raise SourceNotFoundError(
            f"{result.source.filename!r} is not where it was extracted from any more.",
            name=result.source.filename,
            format=result.format,
            remedy="Give its new place: result.page(1, source='path').",
        ) from exc
