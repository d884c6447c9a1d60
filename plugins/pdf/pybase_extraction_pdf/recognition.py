"""Lettering without text: when a page is read from its pixels, and how the words join those of the text layer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from pybase_extraction.errors import ExtractionError, PluginError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.raster import Raster, RasterReading, RasterWord
from pybase_extraction_pdf.document import MISTAKES
from pybase_extraction_pdf.primitives import Box, PageContent, Stroke, Word
from pybase_extraction_pdf.words import levelled

When = Literal["never", "auto", "always"]

MAX_PIXELS = 36_000_000
"""Pixels of a page that is read: an A1 sheet at 200 dpi."""
WANTED = 300 / 72
"""Pixels for a point: lettering of 2.5 mm (ISO 3098) is 30 pixels high."""
_GLYPH = 14.0
"""Points: curves that fit into a square of this side may be letters."""
_STROKED = 200
"""A page with more such curves than this, and more than characters, has lettering that is drawn with strokes."""
_COVERED = 0.4
"""Share of a word's box by which a word of the text layer makes it superfluous."""
_PICTURE = 0.1
"""A bitmap above this share of the page may hold lettering; smaller ones are logos and icons."""
_SECONDS = 20.0
"""What reading a page is taken to need before one was read."""


class NoTimeLeftError(Exception):
    """There is not enough time to read a page from its pixels."""


@dataclass(slots=True)
class Recogniser:
    """Reads pages from their pixels, as long as there is time.

    Attributes:
        draw: Gives a page, counted from 1, as pixels; must have at most ``MAX_PIXELS``.
        context: What the attempt may use; its hooks read.
        when: ``auto``: pages and regions without text; ``always``: every page; ``never``.
        engine: The library that read, None before it did.
    """

    draw: Callable[[int], Raster]
    context: ExtractionContext
    when: When
    engine: str | None = None
    _seconds: float = field(default=0.0, repr=False)

    def read(self, number: int) -> RasterReading | None:
        """Read a page; None when no plugin that reads pixels is installed.

        Raises:
            NoTimeLeftError: The deadline is too near.
            CorruptedFileError: The page cannot be drawn.
            PluginError: The plugin that reads pixels failed.
        """
        if self.context.hooks is None or not self.context.hooks.pybase_extraction_ocr_page.get_hookimpls():
            return None
        left = self.context.remaining_s()
        if left is not None and left < 1.5 * (self._seconds or _SECONDS / 1.5):
            raise NoTimeLeftError
        started = time.monotonic()
        raster = self.draw(number)
        with _failures_of_hook(number):
            found: RasterReading | None = self.context.hooks.pybase_extraction_ocr_page(
                raster=raster, context=self.context
            )
        self._seconds = max(self._seconds, time.monotonic() - started)
        self.engine = found.engine if found is not None else self.engine
        return found


@contextmanager
def _failures_of_hook(number: int) -> Iterator[None]:
    """Name the hook where a plugin breaks: its mistakes are none of the file."""
    try:
        yield
    except ExtractionError:
        raise
    except MISTAKES as exc:
        raise PluginError(
            f"The plugin behind the hook pybase_extraction_ocr_page failed on page {number}: {type(exc).__name__}.",
            plugin="ocr_page",
            remedy="The option ocr='never' reads the file without it.",
        ) from exc


def regions_without_text(page: PageContent, kind: str, words: Sequence[Word], *, is_drawing: bool) -> list[Box]:
    """Where lettering may stand that the text layer lacks; empty when the page is to be believed.

    Args:
        page: What the page draws.
        kind: Its kind; ``raster`` and ``outlined`` pages have no text at all.
        words: Words of the text layer and of annotations.
        is_drawing: Whether dimensions or the title block are wanted: only then pages with text are looked at, because
            plots and logos of documents are drawn with strokes, too.
    """
    whole = (0.0, 0.0, page.width, page.height)
    if kind in {"raster", "outlined"}:
        return [] if words else [whole]
    if not is_drawing:
        return []
    glyphs = sum(_is_small(curve) for curve in page.curves)
    if glyphs > max(_STROKED, len(page.chars)):
        return [whole]
    least = _PICTURE * page.width * page.height
    pictures = [box for box in page.images if (box[2] - box[0]) * (box[3] - box[1]) > least]
    return [box for box in pictures if not any(_share(word[1:5], box) > 0.5 for word in words)]


def _is_small(curve: Sequence[tuple[float, float]]) -> bool:
    xs, ys = [x for x, _ in curve], [y for _, y in curve]
    return max(xs) - min(xs) < _GLYPH and max(ys) - min(ys) < _GLYPH


def words_in(found: RasterReading, regions: Sequence[Box], known: Sequence[Word]) -> list[Word]:
    """Words that were read in the regions and that the text layer does not have."""
    kept = []
    for word in found.words:
        inside = any(_share(word.bbox, region) > 0.5 for region in regions)
        if inside and not any(_share(word.bbox, other[1:5]) > _COVERED for other in known):
            kept.append(_word(word))
    return kept


def rules_in(found: RasterReading, page: PageContent) -> list[Stroke]:
    """Ruling strokes that were seen, as strokes of the page; hair-thin, in their middle."""
    strokes = []
    for x0, top, x1, bottom in found.rules:
        if x1 - x0 > bottom - top:
            middle = (top + bottom) / 2
            strokes.append(Stroke(max(x0, 0.0), middle, min(x1, page.width), middle, bottom - top))
        else:
            middle = (x0 + x1) / 2
            strokes.append(Stroke(middle, max(top, 0.0), middle, min(bottom, page.height), x1 - x0))
    return strokes


def _word(word: RasterWord) -> Word:
    _, top, _, bottom = levelled(word.bbox, word.turn)
    return Word(
        word.text,
        *word.bbox,
        None,
        word.height or bottom - top,
        word.turn in {0, 180},
        source="ocr",
        turn=word.turn,
        confidence=word.confidence,
        angle=word.angle,
    )


def _share(box: Sequence[float], other: Sequence[float]) -> float:
    """Which share of a box another one covers."""
    across = min(box[2], other[2]) - max(box[0], other[0])
    down = min(box[3], other[3]) - max(box[1], other[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return across * down / area if across > 0 and down > 0 and area > 0 else 0.0
