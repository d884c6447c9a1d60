"""Documents and pages, read by the project's own interpreter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Self

from pybase_extraction_pdf.annotations import Mark, marks_of
from pybase_extraction_pdf.fonts import Font
from pybase_extraction_pdf.interpreter import Interpreter, Matrix, PageLimits
from pybase_extraction_pdf.page_tree import labels_of, leaves_of
from pybase_extraction_pdf.primitives import Box, PageContent
from pybase_extraction_pdf.resources import Resources, decoded

_PAGES_REMEMBERED = 16
"""Pages after which objects are read anew; forms and resources that pages share are mostly on neighbouring ones."""


_LARGEST_UNIT = 75_000.0
"""The largest ``UserUnit``: more would make a page of 14,400 units longer than any (ISO 32000-1, annex C)."""

_FONTS_REMEMBERED = 64
"""Fonts after which they are loaded anew: documents that were put together of others have their own on every page."""


def open_document(path: Path | str, password: str = "") -> Document:
    """Open a PDF; close it, or use it as a context manager.

    Failures of pdfminer pass as they are: :func:`pybase_extraction_pdf.document.failures_named` names them.
    """
    file = Path(path).open("rb")  # noqa: SIM115 -- the document closes it
    try:
        return Document(file, password)
    except BaseException:
        file.close()
        raise


class Document:
    """An open PDF.  Not thread-safe.

    Attributes:
        password: The one that opened it: blank where the given one is not needed.
    """

    def __init__(self, file: BinaryIO, password: str = "") -> None:
        from pdfminer.pdfinterp import PDFResourceManager

        from pybase_extraction_pdf.object_parser import ObjectParser

        self._file = file
        self._document, self.password = _unlocked(lambda given: _guarded(ObjectParser(file), given), password)
        self._manager = PDFResourceManager(caching=False)
        self._fonts: dict[int, Font] = {}
        self._leaves = leaves_of(self._document)
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        """Number of pages."""
        return len(self._leaves)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def catalog(self) -> dict[str, Any]:
        """The document's root dictionary, as pdfminer gives it."""
        found: dict[str, Any] = self._document.catalog
        return found

    def labels(self) -> list[str | None]:
        """Label of every page, None where the document gives none."""
        return labels_of(self._document, len(self))

    @property
    def info(self) -> list[dict[str, Any]]:
        """Its information dictionaries, the oldest last."""
        found: list[dict[str, Any]] = self._document.info
        return found

    def marks(self, number: int) -> list[Mark]:
        """Annotations of a page, counted from 1."""
        return list(marks_of(self._leaves[number - 1].page(self._document), self.placing(number)))

    def placing(self, number: int) -> Callable[[Box], Box]:
        """What takes a box in user space to its place on the page as it is displayed."""
        page, (a, b, c, d, e, f) = _blank(self._leaves[number - 1].page(self._document), number)
        left, base = page.origin[0], page.height + page.origin[1]

        def place(box: Box) -> Box:
            xs = [a * x + c * y + e + left for x, y in (box[:2], box[2:])]
            ys = [base - (b * x + d * y + f) for x, y in (box[:2], box[2:])]
            return min(xs), min(ys), max(xs), max(ys)

        return place

    def page(self, number: int, limits: PageLimits | None = None) -> PageContent:
        """Read a page, counted from 1.

        Raises:
            LimitExceededError: The page costs more than ``limits`` allow.
        """
        source = self._leaves[number - 1].page(self._document)
        page, ctm = _blank(source, number)
        data = _joined(source.contents, page.defects)
        interpreter = Interpreter(page, limits or PageLimits())
        interpreter.draw(data, ctm, Resources(self._manager, source.resources, self._fonts))
        self._forget()
        return page

    def _forget(self) -> None:
        """Drop copies of objects now and then: pdfminer keeps every unpacked stream until it closes."""
        if len(self._fonts) > _FONTS_REMEMBERED:
            self._fonts.clear()
        self._read += 1
        if self._read % _PAGES_REMEMBERED == 0:
            self._document._cached_objs.clear()  # noqa: SLF001 -- there is no public way
            self._document._parsed_objs.clear()  # noqa: SLF001


def _unlocked(opened: Callable[[str], Any], password: str) -> tuple[Any, str]:
    """A document by its password; by the blank one where that opens it, too, though another was given."""
    from pdfminer.pdfdocument import PDFPasswordIncorrect

    try:
        return opened(password), password
    except PDFPasswordIncorrect:
        if not password:
            raise
    return opened(""), ""


def _guarded(parser: Any, password: str) -> Any:
    """A pdfminer document in which a reference to a reference cannot loop for ever; object streams are read quicker."""
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfexceptions import PDFObjectNotFound
    from pdfminer.pdftypes import PDFObjRef, PDFStream
    from pdfminer.psexceptions import PSEOF

    from pybase_extraction_pdf.object_parser import ObjectStreamParser

    class Guarded(PDFDocument):  # type: ignore[misc, unused-ignore]
        def getobj(self, objid: int) -> object:
            found = super().getobj(objid)
            visited = {objid}
            while isinstance(found, PDFObjRef):
                if found.objid in visited:
                    raise PDFObjectNotFound(objid)
                visited.add(found.objid)
                found = super().getobj(found.objid)
            return found

        def _get_objects(self, stream: PDFStream) -> tuple[list[object], int]:
            inner = ObjectStreamParser(stream.get_data())
            inner.set_document(self)
            objects: list[object] = []
            with suppress(PSEOF):
                while True:
                    objects.append(inner.nextobject()[1])
            return objects, stream.get("N", 0)

    return Guarded(parser, password=password)


def _joined(contents: Sequence[Any], defects: list[str]) -> bytes:
    """The content streams of a page as one; those that cannot be read are named as defects.

    Raises:
        PDFException: The only one cannot be read.
    """
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.pdftypes import PDFStream, resolve1

    found: list[bytes] = []
    for index, reference in enumerate(contents, 1):
        stream = resolve1(reference)
        if not isinstance(stream, PDFStream):
            defects.append(f"Content stream {index} of {len(contents)} is missing.")
            continue
        try:
            found.append(decoded(stream))
        except PDFException as exc:
            if len(contents) == 1:
                raise
            defects.append(f"Content stream {index} of {len(contents)} is damaged: {type(exc).__name__}.")
    return b"\n".join(found)


def _blank(source: Any, number: int) -> tuple[PageContent, Matrix]:
    """An empty page and the matrix from its user space to its displayed place (ISO 32000-1, 8.3.2.3)."""
    x0, y0, x1, y1 = (float(value) for value in source.mediabox)
    rotation = int(source.rotate or 0) % 360
    width, height = abs(x1 - x0), abs(y1 - y0)
    ctm: Matrix = {
        90: (0.0, -1.0, 1.0, 0.0, -y0, x1),
        180: (-1.0, 0.0, 0.0, -1.0, x1, y1),
        270: (0.0, 1.0, -1.0, 0.0, y1, -x0),
    }.get(rotation, (1.0, 0.0, 0.0, 1.0, -x0, -y0))
    left, low, high = min(x0, x1), min(y0, y1), max(y0, y1)
    if rotation in {90, 270}:
        width, height = height, width
        left, low, high = min(y0, y1), min(x0, x1), max(x0, x1)
    unit = user_unit(source)
    if unit != 1.0:
        width, height, left, low, high = (value * unit for value in (width, height, left, low, high))
        a, b, c, d, e, f = (value * unit for value in ctm)
        ctm = (a, b, c, d, e, f)
    origin = (left, (high - low) - high)
    return PageContent(number=number, width=width, height=height, rotation=rotation, origin=origin), ctm


def user_unit(source: Any) -> float:
    """Points of a unit of user space: large sheets have units of more (ISO 32000-1, 14.11.1, ``UserUnit``)."""
    from pdfminer.pdftypes import resolve1

    unit = resolve1(source.attrs.get("UserUnit"))
    is_number = isinstance(unit, int | float) and not isinstance(unit, bool)
    return float(unit) if is_number and 0 < unit <= _LARGEST_UNIT else 1.0
