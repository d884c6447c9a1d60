"""The extractor: decodes a DWG with its library and reads it like a DXF."""

from __future__ import annotations

import importlib.metadata
import time

from pybase_extraction.errors import EmptyFileError
from pybase_extraction.extractor import ExtractionContext, without_collection
from pybase_extraction.results import ExtractionResult, ExtractorRecord, Issue, Severity, SourceInfo
from pybase_extraction.source import Source
from pybase_extraction_dwg import __version__
from pybase_extraction_dwg.drawing import DwgDrawing, read_drawing
from pybase_extraction_dwg.exchange import to_dxf
from pybase_extraction_dwg.options import DwgOptions
from pybase_extraction_dxf.document import open_drawing
from pybase_extraction_dxf.extractor import with_previews
from pybase_extraction_dxf.reading import Reading

_STYLES = "dimension-style-missing"
"""The reader's word for a style that is not in the table; here none ever is."""


class DwgExtractor:
    """Reads a drawing with ezdwg; experimental."""

    def extract(self, source: Source, options: DwgOptions, context: ExtractionContext) -> ExtractionResult:
        """Read a drawing.

        Raises:
            EmptyFileError: It has no bytes.
            UnsupportedFormatError: It is of a version before R13 or after R2018.
            CorruptedFileError: It is damaged.
        """
        started = time.monotonic()
        if source.size == 0:
            raise EmptyFileError(f"{source.name!r} is empty (0 bytes).", name=source.name)
        context.check()
        context.check_size(source.size, name=source.name)
        with source.as_path(context.scratch) as path:
            drawing = read_drawing(path, source.name)
        context.report(0.5, "reading entities")
        exchange = Source.from_bytes(to_dxf(drawing), name=source.name)
        opened = open_drawing(exchange, context.check)
        with without_collection():
            read = Reading(opened, options, context).result(source)
        if options.preview is not None:
            shown = Source.from_bytes(to_dxf(drawing, only_whole=True), name="drawing.dxf")
            read = with_previews(read, shown, options, context)
        return read.model_copy(
            update={
                "format": "dwg",
                "source": SourceInfo(
                    filename=source.name, size=source.size, sha256=source.sha256, media_type="image/vnd.dwg"
                ),
                "extractor": ExtractorRecord(
                    name="dwg",
                    version=__version__,
                    library=f"ezdwg {importlib.metadata.version('ezdwg')}",
                    options=options.model_dump(mode="json"),
                    tier="experimental",
                    seconds=time.monotonic() - started,
                ),
                "metadata": {**read.metadata, "version": drawing.version},
                "issues": (*_issues(drawing, bool(read.dimensions)), *(i for i in read.issues if i.code != _STYLES)),
            }
        )


def _issues(drawing: DwgDrawing, has_dimensions: bool) -> list[Issue]:
    issues = [
        Issue(
            code="entities-not-decoded",
            severity=Severity.WARNING,
            message=f"Entities of the type {kind} are in the drawing and cannot be decoded.",
            count=count,
        )
        for kind, count in sorted(drawing.undecoded.items())
    ]
    if has_dimensions:
        message = "Dimension styles are not decoded: tolerances and factors that only a style holds are missing."
        issues.append(Issue(code="dimension-styles-not-decoded", severity=Severity.WARNING, message=message))
    return issues
