"""The extractor: opens a drawing, reads it, and draws it when asked to."""

from __future__ import annotations

import time

from pybase_extraction.extractor import ExtractionContext, without_collection
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source
from pybase_extraction_dxf.document import open_drawing
from pybase_extraction_dxf.options import DxfOptions
from pybase_extraction_dxf.reading import Reading


class DxfExtractor:
    """Reads a drawing with a scanner of its own; ezdxf repairs damaged ones."""

    def extract(self, source: Source, options: DxfOptions, context: ExtractionContext) -> ExtractionResult:
        """Read a drawing.

        Raises:
            CorruptedFileError: It is no DXF, or damaged beyond repair.
            EmptyFileError: It has no bytes.
        """
        started = time.monotonic()
        context.check()
        context.check_size(source.size, name=source.name)
        opened = open_drawing(source, context.check)
        context.report(0.4, "reading entities")
        with without_collection():
            result = Reading(opened, options, context).result(source)
        result = with_previews(result, source, options, context)
        record = result.extractor.model_copy(update={"seconds": time.monotonic() - started})
        return result.model_copy(update={"extractor": record})


def with_previews(
    result: ExtractionResult, drawing: Source, options: DxfOptions, context: ExtractionContext
) -> ExtractionResult:
    """A result with the pictures that were asked for.

    Args:
        result: What was found.
        drawing: The drawing as DXF; for other formats the exchange form that was read.
        options: What the caller wants.
        context: Of this attempt.
    """
    if options.preview is None:
        return result
    from pybase_extraction_dxf.preview import draw_previews

    context.check()
    context.report(0.8, "drawing previews")
    with drawing.as_path(context.scratch) as path:
        pictures, issues = draw_previews(path, result, options, context.check)
    return result.model_copy(update={"pictures": tuple(pictures), "issues": (*result.issues, *issues)})
