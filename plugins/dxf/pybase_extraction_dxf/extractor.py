"""The extractor: one pass over every space."""

from __future__ import annotations

import importlib.metadata
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import (
    Attribute,
    Block,
    BlockInsert,
    Dimension,
    Entity,
    ExtractionResult,
    ExtractorRecord,
    GeometrySummary,
    Issue,
    Layer,
    Locator,
    Page,
    Provenance,
    Severity,
    SourceInfo,
    TextBlock,
)
from pybase_extraction.source import Source
from pybase_extraction_dxf import __version__
from pybase_extraction_dxf.dimensions import dimension
from pybase_extraction_dxf.document import Opened, open_drawing
from pybase_extraction_dxf.options import DxfOptions

UNITS = {
    1: "in", 2: "ft", 3: "mi", 4: "mm", 5: "cm", 6: "m", 7: "km", 8: "µin", 9: "mil", 10: "yd", 12: "nm", 13: "µm",
    14: "dm", 21: "ft_us",
}  # fmt: skip
"""$INSUNITS (DXF reference, HEADER section); the astronomical ones are left out."""
_CHECK_EVERY = 500


class DxfExtractor:
    """Reads a drawing through ezdxf."""

    def extract(self, source: Source, options: DxfOptions, context: ExtractionContext) -> ExtractionResult:
        """Read a drawing.

        Raises:
            CorruptedFileError: It is no DXF, or damaged beyond repair.
        """
        started = time.monotonic()
        context.check()
        opened = open_drawing(source, context.scratch)
        context.report(0.5, "reading entities")
        reading = Reading(opened, options, context)
        reading.read()
        return reading.result(source, time.monotonic() - started)


class Reading:
    """What has been read of one drawing so far."""

    def __init__(self, opened: Opened, options: DxfOptions, context: ExtractionContext) -> None:
        self.document = opened.document
        self.options = options
        self.context = context
        self.issues = list(opened.issues)
        self.unit = self._declared_unit()
        self.texts: list[TextBlock] = []
        self.dimensions: list[Dimension] = []
        self.entities: list[Entity] = []
        self.inserts: dict[str, list[BlockInsert]] = {}
        self.counts: dict[str, Counter[str]] = {}
        self.in_blocks: Counter[str] = Counter()
        self.damaged: Counter[str] = Counter()
        self.by_layer: dict[str, Counter[str]] = {}
        wanted = options.layer_filter
        self.layers = None if wanted is None else {name.casefold() for name in wanted}
        self._seen = 0

    def _declared_unit(self) -> str | None:
        header = self.document.header
        found = UNITS.get(int(header.get("$INSUNITS", 0)))
        if found is None:
            hint = {0: "imperial", 1: "metric"}.get(int(header.get("$MEASUREMENT", -1)), "no")
            message = f"The drawing declares no unit ($INSUNITS); it hints at {hint} units. Lengths have no unit."
            self.issues.append(Issue(code="units-undeclared", severity=Severity.WARNING, message=message))
        return found

    def read(self) -> None:
        """Read every wanted space, then the blocks."""
        for layout in self.document.layouts:
            is_model = layout.name == "Model"
            if self.options.include_model_space if is_model else self.options.include_paper_space:
                self.counts[layout.name] = self._read_space(layout, layout.name)
        for block in self.document.blocks:
            if not block.is_any_layout:
                self._read_block(block)
        self.issues += [
            Issue(
                code="entity-damaged",
                severity=Severity.ERROR,
                message=f"Entities of kind {kind} lack what their kind needs and are only counted.",
                count=count,
            )
            for kind, count in self.damaged.items()
        ]

    def _read_space(self, space: Any, name: str) -> Counter[str]:
        counts: Counter[str] = Counter()
        for entity in space:
            self._tick()
            if not self._is_wanted(entity):
                continue
            kind = entity.dxftype()
            counts[kind] += 1
            self.by_layer.setdefault(layer_of(entity).casefold(), Counter())[kind] += 1
            self._try_to_take(entity, kind, name)
        return counts

    def _read_block(self, block: Any) -> None:
        for entity in block:
            self._tick()
            if not self._is_wanted(entity):
                continue
            kind = entity.dxftype()
            self.in_blocks[kind] += 1
            # a dimension's own picture holds its text again
            if not block.name.upper().startswith("*D"):
                self._try_to_take(entity, kind, block.name, in_block=True)

    def _tick(self) -> None:
        self._seen += 1
        if self._seen % _CHECK_EVERY == 0:
            self.context.check()

    def _is_wanted(self, entity: Any) -> bool:
        return self.layers is None or layer_of(entity).casefold() in self.layers

    def _try_to_take(self, entity: Any, kind: str, space: str, *, in_block: bool = False) -> None:
        """Take an entity; one that lacks what its kind needs is counted and left out, the others are right."""
        try:
            self._take(entity, kind, space, in_block=in_block)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            # DXFAttributeError and DXFValueError are kin of these two; pydantic's refusal of nan is a ValueError
            self.damaged[kind] += 1

    def _take(self, entity: Any, kind: str, space: str, *, in_block: bool = False) -> None:
        if kind == "DIMENSION" and self.options.extract_dimensions:
            self.dimensions.append(dimension(entity, self.unit, space))
        if kind == "INSERT":
            self._take_insert(entity, space)
        if self.options.extract_text and kind in {"TEXT", "MTEXT"}:
            self.texts.append(_text(entity, kind, space, in_block=in_block))
        if self.options.extract_geometry and not in_block:
            place = Provenance(place=_place(entity, space), method="entity")
            self.entities.append(Entity(type=kind, layout=space, geometry=_geometry(entity), provenance=place))

    def _take_insert(self, entity: Any, space: str) -> None:
        attributes = tuple(_attribute(item, space) for item in entity.attribs)
        insert = BlockInsert(
            block=entity.dxf.name,
            position=tuple(entity.dxf.insert),
            scale=(entity.dxf.xscale, entity.dxf.yscale, entity.dxf.zscale),
            rotation=entity.dxf.rotation,
            rows=max(1, entity.dxf.row_count),
            columns=max(1, entity.dxf.column_count),
            attributes=attributes,
            provenance=Provenance(place=_place(entity, space), method="insert"),
        )
        self.inserts.setdefault(entity.dxf.name.casefold(), []).append(insert)

    def result(self, source: Source, seconds: float) -> ExtractionResult:
        """Put the result together."""
        total: Counter[str] = Counter()
        for counts in self.counts.values():
            total.update(counts)
        return ExtractionResult(
            format="dxf",
            source=SourceInfo(filename=source.name, size=source.size, sha256=source.sha256, media_type="image/vnd.dxf"),
            extractor=ExtractorRecord(
                name="dxf",
                version=__version__,
                library=f"ezdxf {importlib.metadata.version('ezdxf')}",
                options=self.options.model_dump(mode="json"),
                seconds=seconds,
            ),
            is_partial=any(issue.severity is Severity.ERROR for issue in self.issues),
            length_unit=self.unit,
            pages=tuple(self._pages()),
            text_blocks=tuple(self.texts),
            dimensions=tuple(self.dimensions),
            layers=tuple(self._layers()) if self.options.extract_layers else (),
            blocks=tuple(self._blocks()) if self.options.extract_blocks else (),
            geometry_summary=GeometrySummary(
                counts=dict(sorted(total.items())),
                counts_by_layout={name: dict(sorted(counts.items())) for name, counts in self.counts.items()},
                counts_in_blocks=dict(sorted(self.in_blocks.items())),
                total=sum(total.values()),
            ),
            entities=tuple(self.entities),
            metadata=self._metadata(),
            issues=tuple(self.issues),
        )

    def _pages(self) -> Iterator[Page]:
        for number, name in enumerate(self.counts, 1):
            yield Page(number=number, label=name, unit=self.unit, kind="model" if name == "Model" else "paper")

    def _layers(self) -> Iterator[Layer]:
        for layer in self.document.layers:
            name = layer.dxf.name
            counts = self.by_layer.get(name.casefold(), Counter())
            rgb = layer.rgb
            yield Layer(
                name=name,
                color=abs(layer.dxf.color),
                rgb="#{:02x}{:02x}{:02x}".format(*rgb) if rgb is not None else None,
                linetype=layer.dxf.linetype,
                lineweight=layer.dxf.lineweight / 100 if layer.dxf.get("lineweight", -3) >= 0 else None,
                is_on=layer.is_on(),
                is_frozen=layer.is_frozen(),
                is_locked=layer.is_locked(),
                is_plotted=bool(layer.dxf.get("plot", 1)),
                entity_count=sum(counts.values()),
                entity_types=dict(sorted(counts.items())),
                provenance=Provenance(place=Locator(layer=name, handle=layer.dxf.handle), method="layer-table"),
            )

    def _blocks(self) -> Iterator[Block]:
        for block in self.document.blocks:
            if block.is_any_layout:
                continue
            inserts = self.inserts.get(block.name.casefold(), [])
            head = block.block
            yield Block(
                name=block.name,
                insert_count=len(inserts),
                base_point=tuple(block.base_point),
                attributes=tuple(_definition(item, block.name) for item in block if item.dxftype() == "ATTDEF"),
                inserts=tuple(insert for insert in inserts if insert.attributes),
                entity_count=len(block),
                is_anonymous=block.name.startswith("*"),
                is_xref=bool(head.is_xref or head.is_xref_overlay),
                xref_path=head.dxf.get("xref_path") or None,
                description=head.dxf.get("description") or None,
                provenance=Provenance(place=Locator(block=block.name, handle=head.dxf.handle), method="block-table"),
            )

    def _metadata(self) -> dict[str, Any]:
        header = self.document.header
        names = {"$ACADVER": "version", "$DWGCODEPAGE": "code_page", "$LASTSAVEDBY": "last_saved_by"}
        found = {label: header.get(name) for name, label in names.items() if header.get(name)}
        return {**found, "dxf_version": self.document.acad_release, "encoding": self.document.encoding}


def layer_of(entity: Any) -> str:
    """Name of an entity's layer; "0" where the entity does not say (AutoCAD's default, group code 8)."""
    from ezdxf.entities.dxfentity import DXFTagStorage

    if isinstance(entity, DXFTagStorage):
        # a kind that ezdxf only keeps as tags: its layer stands in AcDbEntity, before R13 in the head of the entity
        tags = (*entity.base_class, *next(iter(entity.xtags.subclasses[1:]), ()))
        return next((str(tag.value) for tag in tags if tag.code == 8), "0")
    return str(entity.dxf.get("layer", "0"))


def _place(entity: Any, space: str) -> Locator:
    return Locator(layout=space, layer=layer_of(entity), handle=entity.dxf.handle)


def _text(entity: Any, kind: str, space: str, *, in_block: bool) -> TextBlock:
    if kind == "TEXT":
        raw, text, size = entity.dxf.text, entity.plain_text(), entity.dxf.height
    else:
        raw, text, size = entity.text, entity.plain_text(), entity.dxf.char_height
    return TextBlock(
        text=text,
        raw=raw,
        font=entity.dxf.get("style"),
        size=size,
        rotation=entity.dxf.get("rotation", 0.0),
        kind=kind.lower(),
        provenance=Provenance(place=_place(entity, space), method="block-text" if in_block else "text"),
    )


def _attribute(item: Any, space: str) -> Attribute:
    return Attribute(
        tag=item.dxf.tag,
        value=item.plain_text(),
        raw=item.dxf.text,
        is_invisible=item.is_invisible,
        is_constant=item.is_const,
        provenance=Provenance(place=_place(item, space), method="attribute"),
    )


def _definition(item: Any, block: str) -> Attribute:
    return Attribute(
        tag=item.dxf.tag,
        value=item.dxf.text or None,
        prompt=item.dxf.get("prompt") or None,
        raw=item.dxf.text,
        is_invisible=item.is_invisible,
        is_constant=item.is_const,
        provenance=Provenance(place=Locator(block=block, layer=item.dxf.layer, handle=item.dxf.handle)),
    )


def _geometry(entity: Any) -> dict[str, Any]:
    names = (
        "start",
        "end",
        "center",
        "radius",
        "start_angle",
        "end_angle",
        "insert",
        "location",
        "major_axis",
        "ratio",
    )
    found: dict[str, Any] = {}
    for name in names:
        if entity.dxf.hasattr(name):
            value = entity.dxf.get(name)
            found[name] = value if isinstance(value, int | float) else tuple(value)
    if entity.dxftype() == "LWPOLYLINE":
        found["points"] = [tuple(point) for point in entity.get_points("xyb")]
        found["is_closed"] = entity.closed
    return found
