"""Pages, texts and tables: what any document has."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from pybase_extraction.results.base import Finite, Model, Value
from pybase_extraction.source import BBox


class SourceInfo(Model):
    """The file that was extracted.

    Attributes:
        filename: Display name.
        size: Bytes.
        sha256: Lower-case hexadecimal digest of the content.
        media_type: Detected from the content, or what the caller said; None when neither is known.
    """

    filename: str
    size: int = Field(ge=0)
    sha256: str
    media_type: str | None = None


class ExtractorRecord(Model):
    """What produced the result.

    Attributes:
        name: Registered name of the extractor, for example ``"pdf"``.
        version: Version of the extractor's distribution.
        library: The parsing library underneath, with its version, for example ``"ezdxf 1.4.5"``; None for own code.
        options: The options that applied, secrets left out.
        tier: Which of several depths the extractor worked at, for example ``"metadata"`` or ``"geometry"``.
        seconds: Duration of the extraction; not part of equality tests between runs.
        contacted: Network hosts that the file's content was sent to.
    """

    name: str
    version: str
    library: str | None = None
    options: dict[str, Any] = {}
    tier: str | None = None
    seconds: Finite | None = None
    contacted: tuple[str, ...] = ()


class Page(Model):
    """A page, sheet or layout.

    Attributes:
        number: 1-based position in the document.
        label: Page label or layout name, or None.
        width: Points as shown (after rotation); drawing units for DXF layouts; pixels for images; None when unknown.
        height: As ``width``.
        unit: ``"pt"``, ``"px"`` or the drawing's unit symbol; None when unknown.
        rotation: Degrees clockwise that the file asks to show the page turned by: 0, 90, 180 or 270.
        kind: ``vector`` (real text), ``raster`` (pictures only), ``mixed``, ``outlined`` (text drawn as strokes, no
            text layer), ``model`` or ``paper`` (layouts); None when unknown.
        size_name: Standard sheet size that the page has, for example ``"A3"``; None when it has none.
        viewports: For a paper layout its views of the model.
    """

    number: int = Field(ge=1)
    label: str | None = None
    width: Finite | None = None
    height: Finite | None = None
    unit: str | None = None
    rotation: int = 0
    kind: Literal["vector", "raster", "mixed", "outlined", "blank", "model", "paper"] | None = None
    size_name: str | None = None
    viewports: tuple[Viewport, ...] = ()


class Viewport(Model):
    """A view of the model on a paper layout.

    Attributes:
        handle: Entity handle.
        bbox: Box on the sheet, in the sheet's units.
        scale: Sheet units per model unit: 0.1 for a view at 1:10; None when it cannot be told.
        center: Centre of the view in model coordinates x, y.
        frozen_layers: Layers that this view does not show, whatever their own state.
    """

    handle: str | None = None
    bbox: BBox | None = None
    scale: Finite | None = None
    center: tuple[Finite, Finite] | None = None
    frozen_layers: tuple[str, ...] = ()


class TextBlock(Value):
    r"""A block of text as it stands in the file, lines separated by ``\\n``.

    Attributes:
        text: The text, decoded and with formatting codes removed; ``raw`` keeps them.
        font: Font or text style name.
        size: Points on pages; text height in drawing units for DXF.
        rotation: Degrees counter-clockwise from reading left to right.
        kind: What carries it: ``text``, ``mtext``, ``attribute``, ``annotation``, ``form-field``, ``leader``, ``ocr``.
    """

    text: str
    font: str | None = None
    size: Finite | None = None
    rotation: Finite = 0.0
    kind: str = "text"


class Cell(Model):
    r"""A cell of a table.

    Attributes:
        row: 0-based row of its top left corner.
        column: 0-based column of its top left corner.
        row_span: Rows that it covers.
        column_span: Columns that it covers.
        text: Its text, lines separated by ``\\n``; empty for an empty cell.
        bbox: Place on the table's page, or None.
    """

    row: int = Field(ge=0)
    column: int = Field(ge=0)
    row_span: int = Field(default=1, ge=1)
    column_span: int = Field(default=1, ge=1)
    text: str = ""
    bbox: BBox | None = None


class Table(Value):
    """A table: rows × columns of text.

    Attributes:
        rows: All rows top to bottom including headers, each as long as the table is wide; None where a cell is
            covered by a span that starts elsewhere, "" where it is empty.
        header_rows: How many of the first rows are headers; None when that cannot be told.
        cells: The cells with spans and places, row by row; empty when the format gives none.
        column_types: For each column ``number``, ``integer``, ``date``, ``text`` or ``empty``, judged by its body.
        caption: The caption that stands beside it, or None.
        continued_from: Index in ``ExtractionResult.tables`` of the table that this one continues, or None.
        role: ``parts-list``, ``title-block``, ``revisions``, ``schedule`` when it was recognised as such,
            ``requirements`` for what a check against an IDS found; else None.
    """

    rows: tuple[tuple[str | None, ...], ...] = ()
    header_rows: int | None = None
    cells: tuple[Cell, ...] = ()
    column_types: tuple[str, ...] = ()
    caption: str | None = None
    continued_from: int | None = None
    role: str | None = None

    def df(self, *, engine: Literal["pandas", "polars"] = "pandas") -> Any:
        """The body as a data frame of texts, with the header texts as columns.

        Raises:
            MissingDependencyError: The engine is not installed.
        """
        from pybase_extraction.dataframes import table_frame

        return table_frame(self, engine=engine)

    @property
    def num_rows(self) -> int:
        """Number of rows, headers included."""
        return len(self.rows)

    @property
    def num_columns(self) -> int:
        """Number of columns."""
        return len(self.rows[0]) if self.rows else 0

    @property
    def headers(self) -> tuple[str, ...]:
        """Texts of the columns' headers, several header rows joined by a space; empty without header rows."""
        if not self.header_rows:
            return ()
        columns = zip(*self.rows[: self.header_rows], strict=True)
        return tuple(" ".join(text for text in column if text) for column in columns)

    @property
    def body(self) -> tuple[tuple[str | None, ...], ...]:
        """The rows below the headers."""
        return self.rows[self.header_rows or 0 :]


class FormField(Value):
    """A field of a form with its value; ``raw`` is the stored value.

    Attributes:
        name: Full name, its parents before it and dots between them.
        value: As text, or None when the field is blank.
        kind: Type as the format names it: ``Tx``, ``Btn``, ``Ch`` or ``Sig`` (ISO 32000-1, 12.7.3.1), or None.
    """

    name: str
    value: str | None = None
    kind: str | None = None


class Annotation(Value):
    """A comment or markup on a page.

    Attributes:
        kind: Subtype as the format names it, for example ``"FreeText"``.
        text: Its content, or None.
        author: Who made it, or None.
        target: Address or destination of a link, or None.
    """

    kind: str
    text: str | None = None
    author: str | None = None
    target: str | None = None


class Attachment(Value):
    """A file that is embedded in, or referenced by, the file.

    Attributes:
        name: Name as written; display only, never a path to follow.
        size: Bytes, or None.
        media_type: As stated, or None.
        kind: ``embedded``, ``image``, ``xref`` (external drawing), ``external-reference``.
        resolved: Whether a referenced file was found beside this one; None for embedded ones.
    """

    name: str
    size: int | None = None
    media_type: str | None = None
    kind: str = "embedded"
    resolved: bool | None = None


Page.model_rebuild()
