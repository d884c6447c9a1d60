"""What is read of one drawing: one scan, then what each option asks for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from pybase_extraction.drawing import read_general_tolerance, read_material, vote_decimal_separator
from pybase_extraction.drawing.bom_views import apply_view
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import (
    BillOfMaterials,
    BlockInsert,
    Datum,
    Dimension,
    ExtractionResult,
    ExtractorRecord,
    FeatureControlFrame,
    GeneralTolerance,
    Georeference,
    Issue,
    Material,
    Page,
    Revision,
    Severity,
    SourceInfo,
    SurfaceTexture,
    Table,
    TextBlock,
    Thread,
    TitleBlock,
    Value,
    Viewport,
)
from pybase_extraction.source import Source
from pybase_extraction_dxf import __version__
from pybase_extraction_dxf.attachments import attachments_of
from pybase_extraction_dxf.blocks import inserts_of, placed_inserts, read_blocks, reference_issues
from pybase_extraction_dxf.dimension_styles import read_styles
from pybase_extraction_dxf.dimensions import TYPES as DIMENSION_TYPES
from pybase_extraction_dxf.dimensions import DimensionReader
from pybase_extraction_dxf.document import Opened
from pybase_extraction_dxf.geolocation import contradicts, read_geodata
from pybase_extraction_dxf.inserts import (
    Insert,
    is_shown,
)
from pybase_extraction_dxf.layers import VIEWPORT_CODES, layer_names, read_layers, read_page, read_viewport
from pybase_extraction_dxf.level_texts import read_level_texts
from pybase_extraction_dxf.metadata import declared_unit, metadata_of
from pybase_extraction_dxf.mtext_columns import has_columns, with_columns
from pybase_extraction_dxf.options import DxfOptions
from pybase_extraction_dxf.revisions import is_revision_line, revisions_of
from pybase_extraction_dxf.scan import MODEL, Scan
from pybase_extraction_dxf.selection import Selection
from pybase_extraction_dxf.sheet import (
    callouts_of,
    frames_of,
    is_parts_line,
    lists_from_inserts,
    lists_from_tables,
    tables_from_cells,
    title_from_cells,
    titles_from_inserts,
)
from pybase_extraction_dxf.sheet_cells import SheetCells
from pybase_extraction_dxf.summary import count_entities, entities_of, measure
from pybase_extraction_dxf.tables import read_table
from pybase_extraction_dxf.tags import Record
from pybase_extraction_dxf.texts import CODES as TEXT_CODES
from pybase_extraction_dxf.texts import TEXT_TYPES, read_text

_HAS_DECIMALS = re.compile(r"\d[.,]\d")
_VOTERS = 500
"""Texts with decimals that tell the decimal sign of a drawing."""
_AT_ONCE = 5_000
_PICTURES = ("*d", "*t")
"""Blocks that show a dimension or a table, whose texts are read from the entity itself."""


class Reading:
    """What is read of one drawing."""

    def __init__(self, opened: Opened, options: DxfOptions, context: ExtractionContext) -> None:
        """Choose what the options ask for.

        Args:
            opened: The drawing.
            options: What the caller wants.
            context: Of this attempt.
        """
        self.scan: Scan = opened.scan
        self.decode = opened.scan.decode
        self.library = opened.library
        self.options = options
        self.selection = Selection(opened.scan, options, context)
        self.unit, doubt = declared_unit(self.scan.header)
        self.issues = [*opened.issues, *([] if doubt is None else [doubt]), *self.selection.issues]
        self.shown: dict[str, str] = {}

    def _issue(self, code: str, severity: Severity, message: str, count: int = 1) -> None:
        self.issues.append(Issue(code=code, severity=severity, message=message, count=count))

    def result(self, source: Source) -> ExtractionResult:
        """Read everything that the options ask for."""
        inserts = inserts_of(self.selection)
        placed = placed_inserts(self.selection, inserts)
        texts = [*self._texts(), *self._attribute_texts(inserts)]
        sections = {
            **self._contents(inserts, placed),
            **self._callouts(texts),
            **self._lists(inserts, placed, texts),
            "text_blocks": tuple(texts) if self.options.extract_text else (),
            "pages": tuple(self._pages()),
            "attachments": tuple(attachments_of(self.selection)),
            "georeference": self._georeference(),
            "metadata": metadata_of(self.scan, self._geodata()),
        }
        self.issues += reference_issues(self.selection, inserts)
        self._check_texts()
        return ExtractionResult(
            format="dxf",
            source=SourceInfo(filename=source.name, size=source.size, sha256=source.sha256, media_type="image/vnd.dxf"),
            extractor=ExtractorRecord(
                name="dxf",
                version=__version__,
                library=self.library,
                options=self.options.model_dump(mode="json"),
                tier="repaired" if self.library else "metadata",
            ),
            is_partial=any(issue.severity is Severity.ERROR for issue in self.issues),
            length_unit=self.unit,
            issues=tuple(self.issues),
            **sections,
        )

    def _contents(self, inserts: list[Insert], placed: list[tuple[int, BlockInsert]]) -> dict[str, Any]:
        """Layers, blocks and geometry."""
        options = self.options
        summary, by_layer = count_entities(self.selection)
        measures, summary = measure(self.selection, summary, inserts)
        layers = read_layers(self.scan.tables.get("LAYER", ()), self.decode, by_layer, measures)
        return {
            "geometry_summary": summary,
            "layers": tuple(layers) if options.extract_layers else (),
            "blocks": tuple(read_blocks(self.selection, inserts, placed)) if options.extract_blocks else (),
            "entities": tuple(entities_of(self.selection)) if options.extract_geometry else (),
        }

    def _callouts(self, texts: list[TextBlock]) -> dict[str, tuple[Value, ...]]:
        """Dimensions, and what else texts say of shape and surface."""
        if not self.options.extract_dimensions:
            return {}
        separator = vote_decimal_separator(islice(filter(_HAS_DECIMALS.search, (text.text for text in texts)), _VOTERS))
        dimensions, others = self._dimensions(separator)
        others += callouts_of(texts, self.unit, separator, self.selection.check)
        return {
            "dimensions": (*dimensions, *_of_kind(others, Dimension)),
            "feature_control_frames": (
                *frames_of(texts, self.unit, separator),
                *_of_kind(others, FeatureControlFrame),
            ),
            "threads": _of_kind(others, Thread),
            "surface_textures": _of_kind(others, SurfaceTexture),
            "datums": _of_kind(others, Datum),
        }

    def _lists(
        self, inserts: list[Insert], placed: list[tuple[int, BlockInsert]], texts: list[TextBlock]
    ) -> dict[str, Any]:
        """Tables, title blocks, parts lists and revisions."""
        options = self.options
        wants_tables = options.extract_text or options.extract_title_block
        tables = list(self._tables()) if wants_tables else []
        titles, lists, drawn = self._sheet(inserts, placed, texts, tables)
        boms, doubts = apply_view(lists, options)
        self.issues += doubts
        return {
            "tables": (*tables, *drawn) if wants_tables else (),
            "title_blocks": tuple(titles),
            "revisions": self._revisions(placed, [*tables, *drawn]),
            "boms": boms,
            "materials": tuple(_materials(titles)),
            "general_tolerances": tuple(_general_tolerances(titles, texts)),
        }

    def _pages(self) -> Iterator[Page]:
        views: dict[str, list[Viewport]] = {}
        names = layer_names(self.scan.tables.get("LAYER", ()))
        for record in self.selection.records(VIEWPORT_CODES, "VIEWPORT"):
            if (view := read_viewport(record, names, self.decode)) is not None:
                views.setdefault(self.selection.layout_of.get(self.selection.space(record), ""), []).append(view)
        for at, layout in enumerate(self.selection.layouts, 1):
            yield read_page(at, layout, self.unit, views.get(layout.name, ()) if layout.block != MODEL else ())

    def _texts(self) -> Iterator[TextBlock]:
        options = self.options
        if not (options.extract_text or options.extract_dimensions or options.extract_title_block):
            return
        for space, text in self._read_texts():
            block = self.selection.block_of.get(space)
            if block is not None and block.startswith(_PICTURES):
                # a picture of a dimension has one text; a second one makes it unclear which is shown
                self.shown[block] = "" if block in self.shown else text.text
                continue
            yield text

    def _read_texts(self) -> Iterator[tuple[int, TextBlock]]:
        """Texts that are not empty, with the number of their space."""
        selection = self.selection
        records = selection.records(TEXT_CODES, *TEXT_TYPES)
        if has_columns(selection.scan):
            yield from self._one_by_one(with_columns(selection, records))
            return
        found = selection.by_page(*TEXT_TYPES)
        for at in range(0, len(found), _AT_ONCE):
            selection.check()
            some = found[at : at + _AT_ONCE]
            level = read_level_texts(selection, some)
            for is_level, group in groupby(some.tolist(), level.__contains__):
                if is_level:
                    texts = ((selection.space_of(entity), level[entity]) for entity in group)
                    yield from ((space, text) for space, text in texts if text is not None)
                else:
                    yield from self._one_by_one(selection.scan.records(list(group), TEXT_CODES))

    def _one_by_one(self, records: Iterable[Record]) -> Iterator[tuple[int, TextBlock]]:
        for record in records:
            space = self.selection.space(record)
            in_block = space in self.selection.block_of
            text = read_text(record, self.selection.place, self.decode, in_block=in_block)
            if text is not None:
                yield space, text

    def _attribute_texts(self, inserts: list[Insert]) -> Iterator[TextBlock]:
        """What attributes of inserts show; those of definitions are prompts."""
        if not (self.options.extract_text or self.options.extract_title_block):
            return
        level = read_level_texts(self.selection, self.selection.of("ATTRIB"))
        for insert in inserts:
            for record in insert.attributes:
                if not is_shown(record):
                    continue
                if record.entity in level:
                    if (found := level[record.entity]) is not None:
                        yield found
                    continue
                in_block = insert.space in self.selection.block_of
                text = read_text(record, self.selection.place, self.decode, in_block=in_block)
                if text is not None:
                    yield text

    def _tables(self) -> Iterator[Table]:
        for record in self.selection.records(None, "ACAD_TABLE"):
            place = self.selection.place(record)
            table = read_table(record, place, self.decode)
            if table is None:
                message = f"The table {place.handle} could not be read: its cells do not fit its size."
                self._issue("table-unreadable", Severity.WARNING, message)
            else:
                yield table

    def _dimensions(self, separator: Any) -> tuple[list[Dimension], list[Value]]:
        styles = read_styles(self.scan.tables.get("DIMSTYLE", ()), self.scan.header, self.decode)
        reader = DimensionReader(self.decode, styles, self.unit, self.shown, separator)
        dimensions: list[Dimension] = []
        others: list[Value] = []
        missing = contradictions = 0
        factors: Counter[float] = Counter()
        for record in self.selection.records(None, *DIMENSION_TYPES):
            on_sheet = self.selection.layout_of.get(self.selection.space(record), "Model") != "Model"
            found = reader.read(record, self.selection.place(record), is_on_sheet=on_sheet)
            dimensions.append(found.dimension)
            others += found.others
            missing += found.lacks_style
            contradictions += found.contradicts_unit
            factors[found.factor] += 1
        if missing:
            message = (
                "Dimensions name a style that is not in the drawing: their rounding is not known, and no factor or "
                "tolerance applied but their own."
            )
            self._issue("dimension-style-missing", Severity.WARNING, message, missing)
        if contradictions:
            message = f"Dimensions are written in feet and inches; the drawing declares {self.unit} ($INSUNITS)."
            self._issue("units-contradict", Severity.WARNING, message, contradictions)
        for factor, count in factors.items():
            if factor != 1.0:
                message = f"Measurements are multiplied by {factor:g} (DIMLFAC)."
                self._issue("dimension-factor", Severity.INFO, message, count)
        return dimensions, others

    def _sheet(
        self, inserts: list[Insert], placed: list[tuple[int, BlockInsert]], texts: list[TextBlock], tables: list[Table]
    ) -> tuple[list[TitleBlock], list[BillOfMaterials], list[Table]]:
        """Title blocks and parts lists: from attributes, from tables, and from texts in ruled cells."""
        if not self.options.extract_title_block:
            return [], [], []
        on_layouts = [insert for space, insert in placed if space in self.selection.roots]
        titles = list(titles_from_inserts(on_layouts, self.selection.page_of))
        boms = [*lists_from_inserts(on_layouts), *lists_from_tables(tables)]
        titled = {title.provenance.place.layout for title in titles}
        drawn: list[Table] = []
        for name, cells in SheetCells(self.selection, _without_lines(texts, on_layouts), inserts).by_layout():
            found = list(tables_from_cells(cells, name))
            drawn += found
            title = None if name in titled else title_from_cells(cells, name, self.selection.page_of[name])
            if title is not None:
                titles.append(title)
        titles.sort(key=lambda title: title.page or 0)
        listed = [bom for bom in lists_from_tables([*tables, *drawn]) if (bom.source_table or 0) >= len(tables)]
        return titles, boms + listed, drawn

    def _revisions(self, placed: list[tuple[int, BlockInsert]], tables: list[Table]) -> tuple[Revision, ...]:
        if not self.options.extract_title_block:
            return ()
        return tuple(revisions_of([insert for space, insert in placed if space in self.selection.roots], tables))

    def _geodata(self) -> Record | None:
        return next(iter(self.scan.records(self.scan.entities("OBJECTS", "GEODATA")[:1])), None)

    def _georeference(self) -> Georeference | None:
        record = self._geodata()
        if record is None:
            return None
        if contradicts(record, self.unit):
            message = f"The drawing's geolocation takes its unit for another one than the declared {self.unit}."
            self._issue("geolocation-unit", Severity.WARNING, message)
        return read_geodata(record, self.decode)

    def _check_texts(self) -> None:
        decode = self.decode
        if decode.undecodable:
            message = f"Texts hold bytes that are not {decode.encoding}; they are shown as the replacement sign."
            self._issue("text-undecodable", Severity.WARNING, message, decode.undecodable)
        if decode.assumed:
            message = f"The drawing names no known code page; its texts were read as {decode.encoding}."
            self._issue("code-page-assumed", Severity.WARNING, message, decode.assumed)


def _without_lines(texts: Iterable[TextBlock], inserts: Iterable[BlockInsert]) -> list[TextBlock]:
    """Texts without the attributes of lines of lists, which are read as such."""
    handles = {
        item.provenance.place.handle
        for insert in inserts
        if is_parts_line(insert) or is_revision_line(insert)
        for item in insert.attributes
    }
    return [text for text in texts if text.kind != "attribute" or text.provenance.place.handle not in handles]


def _of_kind(values: Iterable[Value], kind: type[Value]) -> tuple[Value, ...]:
    return tuple(value for value in values if isinstance(value, kind))


def _materials(titles: Iterable[TitleBlock]) -> Iterator[Material]:
    for title in titles:
        field = title.material
        if field is not None and (found := read_material(field.value)) is not None:
            yield found.model_copy(update={"raw": field.raw, "provenance": field.provenance})


def _general_tolerances(titles: Iterable[TitleBlock], texts: Iterable[TextBlock]) -> Iterator[GeneralTolerance]:
    for title in titles:
        field = title.general_tolerance
        if field is not None and (found := read_general_tolerance(field.value)) is not None:
            yield found.model_copy(update={"raw": field.raw, "provenance": field.provenance})
    for text in texts:
        if "2768" in text.text and text.provenance.place.layout is not None:
            found = read_general_tolerance(text.text)
            if found is not None:
                yield found.model_copy(update={"raw": text.raw, "provenance": text.provenance})
