"""A result as flat records: the one description of what a row of each section is.

Export, data frames and the command line all show these rows.  Deviations keep their sign, units are columns of their
own, and a place is spread over ``page`` and ``bbox`` or the format's own identifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from pybase_extraction.results import (
    AssemblyNode,
    BomItem,
    Dimension,
    Element,
    ExtractionResult,
    Part,
    SpatialNode,
    TitleBlock,
    TitleField,
    Value,
)

Record = dict[str, Any]

_PLACE = ("page", "layout", "layer", "handle", "global_id", "step_id", "path")


def sections(result: ExtractionResult) -> dict[str, list[Record]]:
    """All sections that hold something, as lists of flat records, in the result's order."""
    found = {name: list(make(result)) for name, make in SECTIONS.items()}
    return {name: rows for name, rows in found.items() if rows}


def columns_of(records: Iterable[Record]) -> list[str]:
    """All fields of the records, in the order in which they first appear."""
    return list(dict.fromkeys(name for record in records for name in record))


def uniform(values: Iterable[Any]) -> list[Any]:
    """A column with one type: whole numbers beside fractions become fractions, everything else that is mixed text."""
    column = list(values)
    kinds = {type(value) for value in column if value is not None}
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in column]
    if len(kinds) > 1 or kinds & {dict, list, tuple}:
        return [None if value is None else str(value) for value in column]
    return column


def place_of(value: Value) -> Record:
    """Where a value stands, as flat fields; only those that are known."""
    place = value.provenance.place
    record: Record = {name: getattr(place, name) for name in _PLACE if getattr(place, name) is not None}
    if place.bbox is not None:
        record["bbox"] = " ".join(f"{number:.2f}" for number in place.bbox)
    return record


def dimension_record(dimension: Dimension) -> Record:
    """One row for a dimension."""
    return {
        "raw": dimension.raw,
        "kind": dimension.kind.value,
        "quantity": dimension.quantity,
        "nominal": dimension.nominal,
        "upper": dimension.upper,
        "lower": dimension.lower,
        "unit": dimension.unit,
        "fit": dimension.fit.symbol if dimension.fit else None,
        "tolerance_origin": dimension.tolerance_origin.value if dimension.tolerance_origin else None,
        "measured": dimension.measured,
        "measured_unit": dimension.measured_unit,
        "is_reference": dimension.is_reference,
        "is_basic": dimension.is_basic,
        **place_of(dimension),
    }


def title_records(block: TitleBlock) -> Iterator[Record]:
    """One row for every printed field of a title block."""
    for name in type(block).model_fields:
        found = getattr(block, name)
        if isinstance(found, TitleField):
            yield _title_record(block, name, found)
    for role, signature in block.signatures.items():
        for part in ("name", "date"):
            found = getattr(signature, part)
            if found is not None:
                yield _title_record(block, role if part == "name" else f"{role}_date", found)
    for label, found in block.custom_fields.items():
        yield _title_record(block, label, found)


def _title_record(block: TitleBlock, name: str, found: TitleField) -> Record:
    return {
        "sheet": block.page,
        "field": name,
        "value": found.value,
        "normalized": found.normalized,
        "label": found.label,
        **place_of(found),
    }


def bom_record(item: BomItem) -> Record:
    """One row for a line of a parts list."""
    fixed = item.model_dump(exclude={"provenance", "confirmed_by", "properties", "raw"})
    return {**fixed, **item.properties, **place_of(item)}


def element_record(element: Element) -> Record:
    """One row for an element, its properties and quantities as ``set.name`` columns."""
    record: Record = {
        "ifc_class": element.ifc_class,
        "global_id": element.global_id,
        "name": element.name,
        "predefined_type": element.predefined_type,
        "type_name": element.type_name,
        "tag": element.tag,
        "storey": element.storey,
        "container": " / ".join(element.container),
        "materials": "; ".join(use.name for use in element.materials if use.name),
    }
    for set_name, properties in element.property_sets.items():
        record |= {f"{set_name}.{name}": item.value for name, item in properties.items()}
    for set_name, quantities in element.quantities.items():
        record |= {f"{set_name}.{name} [{item.unit or '?'}]": item.value for name, item in quantities.items()}
    return record


def part_record(part: Part) -> Record:
    """One row for a part."""
    record: Record = {
        "key": part.key,
        "part_number": part.part_number,
        "name": part.name,
        "is_assembly": part.is_assembly,
        "occurrence_count": part.occurrence_count,
        "material": part.material,
    }
    measures = part.mass_properties
    for name in ("volume", "area", "mass"):
        measure = getattr(measures, name) if measures else None
        record[name] = measure.value if measure else None
        record[f"{name}_unit"] = measure.unit if measure else None
    if part.bounding_box:
        record |= dict(zip(("size_x", "size_y", "size_z"), part.bounding_box.size, strict=True))
        record["length_unit"] = part.bounding_box.unit
    return record


def assembly_records(nodes: Iterable[AssemblyNode], level: int = 0) -> Iterator[Record]:
    """The assembly tree, parents before children, with levels."""
    for node in nodes:
        yield {"level": level, "part": node.part, "name": node.name, "quantity": node.quantity}
        yield from assembly_records(node.children, level + 1)


def spatial_records(nodes: Iterable[SpatialNode], level: int = 0) -> Iterator[Record]:
    """The spatial tree, parents before children, with levels."""
    for node in nodes:
        yield {
            "level": level,
            "ifc_class": node.ifc_class,
            "name": node.name,
            "elevation": node.elevation.value if node.elevation else None,
            "elevation_unit": node.elevation.unit if node.elevation else None,
            "element_count": node.element_count,
            "global_id": node.global_id,
        }
        yield from spatial_records(node.children, level + 1)


def _values(section: str, *fields: str) -> Callable[[ExtractionResult], Iterator[Record]]:
    def make(result: ExtractionResult) -> Iterator[Record]:
        for value in getattr(result, section):
            yield {**{name: _flat(getattr(value, name)) for name in fields}, **place_of(value)}

    return make


def _flat(value: object) -> object:
    return ", ".join(str(part) for part in value) if isinstance(value, tuple) else value


def _frames(result: ExtractionResult) -> Iterator[Record]:
    for frame in result.feature_control_frames:
        for number, zone in enumerate(frame.zones, 1):
            yield {
                "raw": frame.raw,
                "characteristic": frame.characteristic,
                "row": number,
                "value": zone.value,
                "unit": frame.unit,
                "shape": zone.shape,
                "modifiers": " ".join(zone.modifiers),
                "datums": "|".join("-".join(datum.letters) + "".join(datum.modifiers) for datum in zone.datums),
                **place_of(frame),
            }


def _issues(result: ExtractionResult) -> Iterator[Record]:
    for issue in result.issues:
        yield {"code": issue.code, "severity": issue.severity.value, "count": issue.count, "message": issue.message}


SECTIONS: dict[str, Callable[[ExtractionResult], Iterable[Record]]] = {
    "title_block": lambda result: (row for block in result.title_blocks for row in title_records(block)),
    "revisions": _values("revisions", "index", "description", "date", "author", "approved"),
    "bom": lambda result: (bom_record(item) for bom in result.boms for item in bom.items),
    "dimensions": lambda result: (dimension_record(item) for item in result.dimensions),
    "frames": _frames,
    "threads": _values(
        "threads", "raw", "designation", "family", "nominal_diameter", "pitch", "tolerance_class", "quantity", "unit"
    ),
    "textures": _values("surface_textures", "raw", "parameter", "value", "unit", "is_majority"),
    "general_tolerances": _values("general_tolerances", "raw", "standard", "linear_class", "geometric_class"),
    "materials": _values("materials", "name", "designation", "number", "system", "family", "condition"),
    "notes": _values("notes", "number", "text"),
    "layers": _values("layers", "name", "color", "rgb", "linetype", "is_on", "is_frozen", "is_locked", "entity_count"),
    "blocks": _values("blocks", "name", "insert_count", "total_count", "entity_count", "xref_path"),
    "spatial": lambda result: spatial_records(result.spatial_structure),
    "elements": lambda result: (element_record(item) for item in result.elements),
    "parts": lambda result: (part_record(item) for item in result.parts),
    "assembly": lambda result: assembly_records(result.assembly),
    "texts": _values("text_blocks", "text", "kind", "font", "size", "rotation"),
    "issues": _issues,
}
"""For every section of an export what makes its records."""


_WORDS: Final = {
    "text_blocks": "texts",
    "boms": "parts lists",
    "assembly": "assemblies",
    "spatial_structure": "spatial structures",
    "takeoff": "lines of quantities",
}


def counted(name: str, count: int) -> str:
    """A number of members of a section in words: ``1 parts list``, ``2 title blocks``."""
    words = name_in_words(name)
    if count == 1:
        first, of, rest = words.partition(" of ")
        words = f"{first[:-3]}y{of}{rest}" if first.endswith("ies") else f"{first.removesuffix('s')}{of}{rest}"
    return f"{count:,} {words}"


def name_in_words(name: str) -> str:
    """What people call the members of a section."""
    return _WORDS.get(name, name.replace("_", " "))
