"""The extractor: one scan, then what each option asks for."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np

from pybase_extraction.drawing import read_general_tolerance, read_material, vote_decimal_separator
from pybase_extraction.drawing.bom_views import apply_view
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import (
    Attachment,
    BBox,
    BillOfMaterials,
    Block,
    BlockInsert,
    Datum,
    Dimension,
    Entity,
    ExtractionResult,
    ExtractorRecord,
    FeatureControlFrame,
    GeneralTolerance,
    GeometrySummary,
    Georeference,
    Issue,
    Locator,
    Material,
    Page,
    Provenance,
    Revision,
    Severity,
    SourceInfo,
    SurfaceTexture,
    Table,
    TextBlock,
    Thread,
    TitleBlock,
    Value,
)
from pybase_extraction.source import Source
from pybase_extraction_dxf import __version__
from pybase_extraction_dxf.dimension_styles import read_styles
from pybase_extraction_dxf.dimensions import TYPES as DIMENSION_TYPES
from pybase_extraction_dxf.dimensions import DimensionReader
from pybase_extraction_dxf.document import Opened, open_drawing
from pybase_extraction_dxf.extents import Extents
from pybase_extraction_dxf.geolocation import contradicts, design_facts, read_geodata
from pybase_extraction_dxf.geometry import CODES as GEOMETRY_CODES
from pybase_extraction_dxf.geometry import area_of, joined, length_of, values_of
from pybase_extraction_dxf.inserts import (
    ATTRIBUTE_CODES,
    INSERT_CODES,
    Insert,
    gather,
    is_shown,
    read_attribute,
    to_result,
    total_counts,
)
from pybase_extraction_dxf.layers import VIEWPORT_CODES, read_layers, read_page
from pybase_extraction_dxf.options import DxfOptions
from pybase_extraction_dxf.revisions import revisions_of
from pybase_extraction_dxf.ruled import LINE_TYPES, MOST_LINES, MOST_TEXTS, RuledCell, Word, cells_of, segments_of
from pybase_extraction_dxf.scan import MODEL, PARTS, Scan
from pybase_extraction_dxf.sheet import (
    callouts_of,
    frames_of,
    lists_from_inserts,
    lists_from_tables,
    tables_from_cells,
    title_from_cells,
    titles_from_inserts,
)
from pybase_extraction_dxf.tables import read_table
from pybase_extraction_dxf.tags import Record, number
from pybase_extraction_dxf.texts import CODES as TEXT_CODES
from pybase_extraction_dxf.texts import TEXT_TYPES, read_text

UNITS = {
    1: "in", 2: "ft", 3: "mi", 4: "mm", 5: "cm", 6: "m", 7: "km", 8: "µin", 9: "mil", 10: "yd", 12: "nm", 13: "µm",
    14: "dm", 21: "ft_us",
}  # fmt: skip
"""$INSUNITS (DXF reference, HEADER section); the astronomical ones are left out."""
_MEASURABLE = 50_000
"""Entities of model space up to which its extents are computed without being asked for geometry."""
_NOWHERE = 1e19
"""AutoCAD writes extents of 1e20 for a drawing that has none."""
_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)
_EPOCH_JULIAN = 2400000.5
_CHECK_EVERY = 500
_HAS_DECIMALS = re.compile(r"\d[.,]\d")
_VOTERS = 500
"""Texts with decimals that tell the decimal sign of a drawing."""
_PICTURES = ("*d", "*t")
"""Blocks that show a dimension or a table, whose texts are read from the entity itself."""


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


class Reading:
    """What is read of one drawing."""

    def __init__(self, opened: Opened, options: DxfOptions, context: ExtractionContext) -> None:
        self.scan: Scan = opened.scan
        self.decode = opened.scan.decode
        self.library = opened.library
        self.options = options
        self.context = context
        self.issues = list(opened.issues)
        self.unit = self._declared_unit()
        self.layout_of = self.scan.layout_by_space()
        self._layer_rows = self.scan.first_rows(8)
        self._choose()
        self.shown: dict[str, str] = {}

    def _declared_unit(self) -> str | None:
        header = self.scan.header
        stated = number(header.get("$INSUNITS", "").encode())
        found = UNITS.get(int(stated)) if stated is not None else None
        if found is None:
            hint = {"0": "imperial", "1": "metric"}.get(header.get("$MEASUREMENT", ""), "no")
            message = f"The drawing declares no unit ($INSUNITS); it hints at {hint} units. Lengths have no unit."
            self._issue("units-undeclared", Severity.WARNING, message)
        return found

    def _issue(self, code: str, severity: Severity, message: str, count: int = 1) -> None:
        self.issues.append(Issue(code=code, severity=severity, message=message, count=count))

    def _choose(self) -> None:
        """Choose the spaces, and in them the entities, that the options ask for."""
        spaces = self.scan.space_of
        layouts = {layout.name for layout in self.scan.layouts if layout.block != MODEL}
        limit = self.context.limits.max_pages
        ordered = [layout.name for layout in self.scan.layouts]
        if limit is not None and len(ordered) > limit:
            message = f"The drawing has {len(ordered)} layouts; {limit} were read."
            self._issue("pages-left-out", Severity.ERROR, message)
            layouts &= set(ordered[:limit])
        wanted = set(layouts) if self.options.include_paper_space else set()
        if self.options.include_model_space:
            wanted.add("Model")
        self.layouts = [layout for layout in self.scan.layouts if layout.name in wanted]
        self.page_of = {layout.name: at for at, layout in enumerate(self.layouts, 1)}
        self.roots = frozenset(space for space, name in self.layout_of.items() if name in wanted)
        self.block_of = {
            at: head.name.casefold()
            for at, head in enumerate(self.scan.heads)
            if not head.name.casefold().startswith(("*model_space", "*paper_space"))
        }
        is_read = np.isin(spaces, np.array([*self.roots, *self.block_of], np.int32))
        self.chosen = np.flatnonzero(is_read)
        if self.options.layer_filter is not None:
            kept = {name.casefold() for name in self.options.layer_filter}
            names = self.scan.layer_of(self.chosen, self._layer_rows)
            on_layer = np.array([name.casefold() in kept for name in names], bool)
            # attributes and vertices go with what they belong to
            parts = np.isin(self.scan.type_of[self.chosen], self.scan.number_of(*PARTS))
            self.chosen = self.chosen[_with_parts(on_layer, parts)]

    def _of(self, *types: str) -> Any:
        return self.chosen[np.isin(self.scan.type_of[self.chosen], self.scan.number_of(*types))]

    def _records(self, codes: tuple[int, ...] | None, *types: str) -> Iterator[Record]:
        """Decode the chosen entities of some types: layouts first, then blocks, each in the file's order."""
        found = self._of(*types)
        pages = self.page_of
        rank = {space: pages[name] for space, name in self.layout_of.items() if name in pages}
        order = np.array([rank.get(space, 1 << 30) for space in self.scan.space_of[found].tolist()], np.int64)
        for at, record in enumerate(self.scan.records(found[np.argsort(order, kind="stable")], codes)):
            if at % _CHECK_EVERY == 0:
                self.context.check()
            yield record

    def _space(self, record: Record) -> int:
        return int(self.scan.space_of[record.entity])

    def _place(self, record: Record, bbox: BBox | None = None) -> Locator:
        space = self._space(record)
        handle = record.get(5)
        layer = record.get(8)
        return Locator(
            layout=self.layout_of.get(space),
            block=self.scan.heads[space].name if space in self.block_of else None,
            layer="0" if layer is None else self.decode.name(layer),
            handle=None if handle is None else handle.strip().decode("ascii", "replace").upper(),
            bbox=bbox,
        )

    def result(self, source: Source) -> ExtractionResult:
        """Read everything that the options ask for."""
        options = self.options
        inserts = self._inserts()
        placed = self._placed_inserts(inserts)
        texts = [*self._texts(), *self._attribute_texts(inserts)]
        tables = list(self._tables()) if options.extract_text or options.extract_title_block else []
        summary, by_layer = self._counts()
        measures, summary = self._measured(summary, inserts)
        separator = vote_decimal_separator(islice(filter(_HAS_DECIMALS.search, (text.text for text in texts)), _VOTERS))
        dimensions, others = self._dimensions(separator)
        frames = list(frames_of(texts, self.unit, separator)) if options.extract_dimensions else []
        if options.extract_dimensions:
            others += callouts_of(texts, self.unit, separator, self.context.check)
        titles, lists, drawn = self._sheet(placed, texts, tables)
        revisions = self._revisions(placed, [*tables, *drawn])
        boms, doubts = apply_view(lists, options)
        self.issues += doubts
        self._check_references(inserts)
        blocks = tuple(self._blocks(inserts, placed)) if options.extract_blocks else ()
        sections: dict[str, tuple[Any, ...]] = {
            "dimensions": (*dimensions, *_of_kind(others, Dimension)),
            "feature_control_frames": (*frames, *_of_kind(others, FeatureControlFrame)),
            "threads": _of_kind(others, Thread),
            "surface_textures": _of_kind(others, SurfaceTexture),
            "datums": _of_kind(others, Datum),
        }
        layers = read_layers(self.scan.tables.get("LAYER", ()), self.decode, by_layer, measures)
        entities = tuple(self._entities()) if options.extract_geometry else ()
        pages = tuple(self._pages())
        attachments = tuple(self._attachments())
        georeference = self._georeference()
        self._check_texts()
        return ExtractionResult(
            format="dxf",
            source=SourceInfo(filename=source.name, size=source.size, sha256=source.sha256, media_type="image/vnd.dxf"),
            extractor=ExtractorRecord(
                name="dxf",
                version=__version__,
                library=self.library,
                options=options.model_dump(mode="json"),
                tier="repaired" if self.library else "metadata",
            ),
            is_partial=any(issue.severity is Severity.ERROR for issue in self.issues),
            length_unit=self.unit,
            pages=pages,
            tables=(*tables, *drawn) if options.extract_text or options.extract_title_block else (),
            text_blocks=tuple(texts) if options.extract_text else (),
            attachments=attachments,
            title_blocks=tuple(titles),
            revisions=revisions,
            boms=boms,
            materials=tuple(_materials(titles)),
            general_tolerances=tuple(_general_tolerances(titles, texts)),
            layers=tuple(layers) if options.extract_layers else (),
            blocks=blocks,
            geometry_summary=summary,
            entities=entities,
            georeference=georeference,
            metadata=self._metadata(),
            issues=tuple(self.issues),
            **sections,
        )

    def _pages(self) -> Iterator[Page]:
        views: dict[str, list[Record]] = {}
        for record in self._records(VIEWPORT_CODES, "VIEWPORT"):
            views.setdefault(self.layout_of.get(self._space(record), ""), []).append(record)
        for at, layout in enumerate(self.layouts, 1):
            yield read_page(at, layout, self.unit, views.get(layout.name, ()) if layout.block != MODEL else ())

    def _inserts(self) -> list[Insert]:
        """Inserts with the attributes that follow them, in the file's order."""
        found = self._of("INSERT", "ATTRIB", "SEQEND")
        spaces = dict(zip(found.tolist(), self.scan.space_of[found].tolist(), strict=True))
        records = self.scan.records(self._of("INSERT"), INSERT_CODES)
        records += self.scan.records(self._of("ATTRIB", "SEQEND"), ATTRIBUTE_CODES)
        records.sort(key=lambda record: record.entity)
        return gather(records, spaces, self.decode)

    def _placed_inserts(self, inserts: list[Insert]) -> list[tuple[int, BlockInsert]]:
        """Inserts that carry attributes, with the number of their space."""
        found = []
        damaged = sum(insert.record.get(10) is None for insert in inserts)
        if damaged:
            message = "Inserts have no insertion point: they are counted, and nothing else of them is read."
            self._issue("entity-damaged", Severity.ERROR, message, damaged)
        for at, insert in enumerate(inserts):
            if at % _CHECK_EVERY == 0:
                self.context.check()
            if insert.attributes:
                found.append((insert.space, to_result(insert, self._place(insert.record), self.decode)))
        return found

    def _texts(self) -> Iterator[TextBlock]:
        options = self.options
        if not (options.extract_text or options.extract_dimensions or options.extract_title_block):
            return
        for record in self._records(TEXT_CODES, *TEXT_TYPES):
            block = self.block_of.get(self._space(record))
            text = read_text(record, self._place, self.decode, in_block=block is not None)
            if text is None:
                continue
            if block is not None and block.startswith(_PICTURES):
                # a picture of a dimension has one text; a second one makes it unclear which is shown
                self.shown[block] = "" if block in self.shown else text.text
                continue
            yield text

    def _attribute_texts(self, inserts: list[Insert]) -> Iterator[TextBlock]:
        """What attributes of inserts show; those of definitions are prompts."""
        if not (self.options.extract_text or self.options.extract_title_block):
            return
        for insert in inserts:
            for record in insert.attributes:
                in_block = insert.space in self.block_of
                text = read_text(record, self._place, self.decode, in_block=in_block) if is_shown(record) else None
                if text is not None:
                    yield text

    def _tables(self) -> Iterator[Table]:
        for record in self._records(None, "ACAD_TABLE"):
            table = read_table(record, self._place(record), self.decode)
            if table is None:
                message = f"The table {self._place(record).handle} could not be read: its cells do not fit its size."
                self._issue("table-unreadable", Severity.WARNING, message)
            else:
                yield table

    def _dimensions(self, separator: Any) -> tuple[list[Dimension], list[Value]]:
        if not self.options.extract_dimensions:
            return [], []
        styles = read_styles(self.scan.tables.get("DIMSTYLE", ()), self.scan.header, self.decode)
        reader = DimensionReader(self.decode, styles, self.unit, self.shown, separator)
        dimensions: list[Dimension] = []
        others: list[Value] = []
        missing = contradictions = 0
        factors: Counter[float] = Counter()
        for record in self._records(None, *DIMENSION_TYPES):
            on_sheet = self.layout_of.get(self._space(record), "Model") != "Model"
            found = reader.read(record, self._place(record), is_on_sheet=on_sheet)
            dimensions.append(found.dimension)
            others += found.others
            missing += found.lacks_style
            contradictions += found.contradicts_unit
            factors[found.factor] += 1
        if missing:
            message = "Dimensions name a style that is not in the drawing; AutoCAD's defaults were applied."
            self._issue("dimension-style-missing", Severity.WARNING, message, missing)
        if contradictions:
            message = f"Dimensions are written in feet and inches; the drawing declares {self.unit} ($INSUNITS)."
            self._issue("units-contradict", Severity.WARNING, message, contradictions)
        for factor, count in factors.items():
            if factor != 1.0:
                message = f"Measurements are multiplied by {factor:g} (DIMLFAC)."
                self._issue("dimension-factor", Severity.INFO, message, count)
        return dimensions, others

    def _counts(self) -> tuple[GeometrySummary, dict[str, Counter[str]]]:
        """Count entities by type, layout and layer."""
        is_whole = ~np.isin(self.scan.type_of[self.chosen], self.scan.number_of(*PARTS))
        whole = self.chosen[is_whole]
        spaces = self.scan.space_of[whole].tolist()
        types = self.scan.type_of[whole].tolist()
        names = self.scan.layer_of(whole, self._layer_rows)
        by_layout: dict[str, Counter[str]] = {layout.name: Counter() for layout in self.layouts}
        in_blocks: Counter[str] = Counter()
        by_layer: dict[str, Counter[str]] = {}
        for (space, type_, name), count in Counter(zip(spaces, types, names, strict=True)).items():
            label = self.scan.types[type_]
            layout = self.layout_of.get(space)
            if layout is None:
                in_blocks[label] += count
            else:
                by_layout[layout][label] += count
                by_layer.setdefault(name.casefold(), Counter())[label] += count
        total: Counter[str] = sum(by_layout.values(), Counter())
        summary = GeometrySummary(
            counts=dict(sorted(total.items())),
            counts_by_layout={name: dict(sorted(counts.items())) for name, counts in by_layout.items()},
            counts_in_blocks=dict(sorted(in_blocks.items())),
            total=total.total(),
            proxies=self._proxies(),
        )
        return summary, by_layer

    def _proxies(self) -> dict[str, int]:
        """Entities of other programs by class name: group 91 counts the CLASSES section from 500."""
        classes = [
            self.decode.name(record.get(1)) for record in self.scan.records(self.scan.entities("CLASSES", "CLASS"))
        ]
        found: Counter[str] = Counter()
        for record in self._records((5, 8, 90, 91), "ACAD_PROXY_ENTITY"):
            at = (record.integer(91) or 0) - 500
            found[classes[at] if 0 <= at < len(classes) else "ACAD_PROXY_ENTITY"] += 1
        return dict(sorted(found.items()))

    def _measured(
        self, summary: GeometrySummary, inserts: list[Insert]
    ) -> tuple[dict[str, tuple[float, float]], GeometrySummary]:
        """Extents of model space, and lengths and areas when geometry is asked for."""
        in_model = sum(summary.counts_by_layout.get("Model", {}).values())
        inside = sum(summary.counts_in_blocks.values())
        lengths: dict[str, float] = {}
        measures: dict[str, tuple[float, float]] = {}
        if not self.options.extract_geometry and in_model + inside > _MEASURABLE:
            return measures, summary.model_copy(update=self._stated_extents())
        if self.options.extract_geometry:
            for record in joined(self._drawn()):
                if self.layout_of.get(self._space(record)) is not None:
                    self._measure(record, lengths, measures)
        corners = None
        if self.options.include_model_space:
            corners = Extents(self.scan, self.chosen, inserts, self.block_of, self.context.check).of(-1)
        update: dict[str, Any] = {"lengths": dict(sorted(lengths.items()))}
        if corners is not None:
            low, high = corners
            update |= {"extents": (*low[:2], *high[:2]), "extents_3d": corners, "extents_origin": "computed"}
        return measures, summary.model_copy(update=update)

    def _drawn(self) -> Iterator[Record]:
        types = [name for name in self.scan.types if name not in {"ATTRIB", "SEQEND", "ATTDEF"}]
        return self._records(GEOMETRY_CODES, *types)

    def _measure(self, record: Record, lengths: dict[str, float], measures: dict[str, tuple[float, float]]) -> None:
        length, area = length_of(record), area_of(record)
        if length is not None:
            lengths[record.type] = lengths.get(record.type, 0.0) + length
        layer = (self.decode.name(record.get(8)) or "0").casefold()
        before = measures.get(layer, (0.0, 0.0))
        measures[layer] = before[0] + (length or 0.0), before[1] + (area or 0.0)

    def _stated_extents(self) -> dict[str, Any]:
        """Extents as the header states them; nothing when they are missing or those of an empty drawing."""
        header = self.scan.header
        x0, y0, z0, x1, y1, z1 = (
            number(header.get(name + axis, "").encode()) for name in ("$EXTMIN", "$EXTMAX") for axis in ("", ":Y", ":Z")
        )
        if x0 is None or y0 is None or x1 is None or y1 is None or not (x0 <= x1 < _NOWHERE and y0 <= y1 < _NOWHERE):
            return {}
        corners = None if z0 is None or z1 is None else ((x0, y0, z0), (x1, y1, z1))
        return {"extents": (x0, y0, x1, y1), "extents_3d": corners, "extents_origin": "header"}

    def _entities(self) -> Iterator[Entity]:
        for record in joined(self._drawn()):
            if self._space(record) in self.block_of or record.type in PARTS:
                continue
            place = self._place(record)
            provenance = Provenance(place=place, method="entity")
            yield Entity(type=record.type, layout=place.layout, geometry=values_of(record), provenance=provenance)

    def _blocks(self, inserts: list[Insert], placed: list[tuple[int, BlockInsert]]) -> Iterator[Block]:
        totals = total_counts(inserts, self.block_of, self.roots)
        direct = Counter(insert.block.casefold() for insert in inserts)
        with_attributes: dict[str, list[BlockInsert]] = {}
        for _, insert in placed:
            with_attributes.setdefault(insert.block.casefold(), []).append(insert)
        definitions: dict[int, list[Record]] = {}
        for record in self._records(ATTRIBUTE_CODES, "ATTDEF"):
            definitions.setdefault(self._space(record), []).append(record)
        whole = self.chosen[~np.isin(self.scan.type_of[self.chosen], self.scan.number_of(*PARTS))]
        contents = Counter(self.scan.space_of[whole].tolist())
        for at, name in self.block_of.items():
            head = self.scan.heads[at]
            place = Locator(block=head.name, handle=head.handle)
            yield Block(
                name=head.name,
                insert_count=direct[name],
                total_count=totals.get(name, 0),
                base_point=head.base_point,
                attributes=tuple(read_attribute(record, place, self.decode) for record in definitions.get(at, ())),
                inserts=tuple(with_attributes.get(name, ())),
                entity_count=contents[at],
                is_anonymous=head.name.startswith("*"),
                is_xref=bool(head.flags & 12),
                xref_path=head.xref_path if head.flags & 12 else None,
                dynamic_name=self._dynamic_name(name),
                description=head.description,
                provenance=Provenance(place=place, method="block-table"),
            )

    def _dynamic_name(self, name: str) -> str | None:
        """Name of the dynamic block that an anonymous one was made from: extended data of its block record."""
        record = self.scan.block_records.get(name)
        if record is None or not name.startswith("*"):
            return None
        for code, value in record.extended(b"AcDbBlockRepBTag"):
            if code == 1005:
                return self.scan.record_names.get(value.strip().decode("ascii", "replace").upper())
        return None

    def _attachments(self) -> Iterator[Attachment]:
        for at in self.block_of:
            head = self.scan.heads[at]
            if head.flags & 12 and head.xref_path:
                place = Locator(block=head.name, handle=head.handle)
                yield Attachment(name=head.xref_path, kind="xref", provenance=Provenance(place=place, method="xref"))
        kinds = {"IMAGEDEF": "image", "PDFDEFINITION": "external-reference", "DGNDEFINITION": "external-reference",
                 "DWFDEFINITION": "external-reference"}  # fmt: skip
        for record in self.scan.records(self.scan.entities("OBJECTS", *kinds)):
            name = self.decode.name(record.get(1))
            handle = (record.get(5) or b"").strip().decode("ascii", "replace").upper()
            if name:
                provenance = Provenance(place=Locator(handle=handle), method=record.type.lower())
                yield Attachment(name=name, kind=kinds[record.type], provenance=provenance)

    def _sheet(
        self, placed: list[tuple[int, BlockInsert]], texts: list[TextBlock], tables: list[Table]
    ) -> tuple[list[TitleBlock], list[BillOfMaterials], list[Table]]:
        """Title blocks and parts lists: from attributes, from tables, and from texts in ruled cells."""
        if not self.options.extract_title_block:
            return [], [], []
        on_layouts = [insert for space, insert in placed if space in self.roots]
        titles = list(titles_from_inserts(on_layouts, self.page_of))
        boms = [*lists_from_inserts(on_layouts), *lists_from_tables(tables)]
        titled = {title.provenance.place.layout for title in titles}
        drawn: list[Table] = []
        for name, cells in self._cells(texts):
            found = list(tables_from_cells(cells, name))
            drawn += found
            if name not in titled and (title := title_from_cells(cells, name, self.page_of[name])) is not None:
                titles.append(title)
        titles.sort(key=lambda title: title.page or 0)
        listed = [bom for bom in lists_from_tables([*tables, *drawn]) if (bom.source_table or 0) >= len(tables)]
        return titles, boms + listed, drawn

    def _revisions(self, placed: list[tuple[int, BlockInsert]], tables: list[Table]) -> tuple[Revision, ...]:
        if not self.options.extract_title_block:
            return ()
        return tuple(revisions_of([insert for space, insert in placed if space in self.roots], tables))

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

    def _cells(self, texts: list[TextBlock]) -> Iterator[tuple[str, list[RuledCell]]]:
        """Ruled cells of each layout."""
        words: dict[str, list[Word]] = {}
        for at, text in enumerate(texts):
            place = text.provenance.place
            if place.layout is not None and place.bbox is not None and text.size:
                words.setdefault(place.layout, []).append(Word(text.text, place.bbox, text.size, at))
        segments: dict[str, list[tuple[float, float, float, float]]] = {}
        wanted = {
            space for space, name in self.layout_of.items() if 0 < len(words.get(name, ())) <= MOST_TEXTS
        }  # fmt: skip
        lines = self._of(*LINE_TYPES)
        lines = lines[np.isin(self.scan.space_of[lines], np.array([*wanted], np.int32))]
        if len(lines) > MOST_LINES:
            return
        for record in self.scan.records(lines, (10, 11, 20, 21, 70)):
            segments.setdefault(self.layout_of[self._space(record)], []).extend(segments_of([record]))
        for name in self.page_of:
            self.context.check()
            if name in words and name in segments:
                yield name, cells_of(segments[name], words[name])

    def _check_references(self, inserts: list[Insert]) -> None:
        known = {head.name.casefold() for head in self.scan.heads}
        lost = Counter(insert.block for insert in inserts if insert.block.casefold() not in known)
        for name, count in sorted(lost.items()):
            message = f"The block {name!r} is inserted but not defined."
            self._issue("block-undefined", Severity.WARNING, message, count)

    def _check_texts(self) -> None:
        decode = self.decode
        if decode.undecodable:
            message = f"Texts hold bytes that are not {decode.encoding}; they are shown as the replacement sign."
            self._issue("text-undecodable", Severity.WARNING, message, decode.undecodable)
        if decode.assumed:
            message = f"The drawing names no known code page; its texts were read as {decode.encoding}."
            self._issue("code-page-assumed", Severity.WARNING, message, decode.assumed)

    def _metadata(self) -> dict[str, Any]:
        header = self.scan.header
        names = {
            "$ACADVER": "version", "$DWGCODEPAGE": "code_page", "$LASTSAVEDBY": "last_saved_by",
            "$PROJECTNAME": "project", "$FINGERPRINTGUID": "fingerprint", "$VERSIONGUID": "version_guid",
        }  # fmt: skip
        found: dict[str, Any] = {label: header[name] for name, label in names.items() if header.get(name)}
        if (release := _RELEASES.get(header.get("$ACADVER", ""))) is not None:
            found["dxf_version"] = release
        found["encoding"] = self.decode.encoding
        if (system := {"0": "imperial", "1": "metric"}.get(header.get("$MEASUREMENT", ""))) is not None:
            found["measurement"] = system
        for name, label in (("$TDUCREATE", "created"), ("$TDUUPDATE", "modified")):
            if (moment := _moment(header.get(name))) is not None:
                found[label] = moment
        if (geodata := self._geodata()) is not None:
            found["geolocation"] = design_facts(geodata)
        return found


_RELEASES = {
    "AC1006": "R10", "AC1009": "R12", "AC1012": "R13", "AC1014": "R14", "AC1015": "R2000", "AC1018": "R2004",
    "AC1021": "R2007", "AC1024": "R2010", "AC1027": "R2013", "AC1032": "R2018",
}  # fmt: skip


def _moment(julian: str | None) -> str | None:
    """ISO 8601 form of a Julian date in universal time; None for a date that nobody set."""
    days = number(julian.encode()) if julian else None
    if days is None or not 2_400_000.5 < days < 2_600_000:
        return None
    return (_EPOCH + timedelta(days=days - _EPOCH_JULIAN)).isoformat(timespec="seconds")


def _with_parts(kept: Any, parts: Any) -> Any:
    """Let parts share the fate of the whole before them."""
    wholes = np.flatnonzero(~parts)
    owner = np.searchsorted(wholes, np.arange(len(kept)), "right") - 1
    found = kept.copy()
    has_owner = parts & (owner >= 0)
    found[has_owner] = kept[wholes[owner[has_owner]]]
    return found


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
