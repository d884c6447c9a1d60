"""The metadata scanner: sections, spaces and entities as columns; only what carries information is decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pybase_extraction_dxf.tags import Record, TagIndex, integer, of_firsts, rows_of
from pybase_extraction_dxf.wording import Decoder

PARTS = frozenset({"VERTEX", "SEQEND", "ATTRIB"})
"""Entities that belong to the one before them and are not counted by themselves."""
MODEL = "*model_space"
_TABLE_TYPES = frozenset({"LAYER", "DIMSTYLE", "STYLE", "BLOCK_RECORD"})


@dataclass(slots=True)
class BlockHead:
    """A block definition as its head and its bounds say.

    Attributes:
        name: As written.
        handle: Of the BLOCK entity, or None.
        base_point: In drawing units.
        flags: Group code 70.
        xref_path: As written, or None.
        description: As written, or None.
    """

    name: str
    handle: str | None
    base_point: tuple[float, float, float]
    flags: int
    xref_path: str | None
    description: str | None


@dataclass(slots=True)
class Layout:
    """A layout: model space, or a sheet.

    Attributes:
        name: As shown on its tab.
        block: Name of its block, lower-case.
        order: Place among the tabs.
        width, height: Sheet in mm; None for model space, or when not set.
    """

    name: str
    block: str
    order: int = 0
    width: float | None = None
    height: float | None = None


@dataclass(slots=True)
class Scan:
    """A drawing, indexed.

    Attributes:
        index: Its tags.
        decode: Decoder of its strings.
        header: Header variables, first value of each, decoded.
        bounds: First row of every entity (group code 0), and the row behind the last.
        types: Names of types.
        type_of: For each entity the number of its type.
        section_of: First and last entity of each section, the last excluded; damaged files repeat sections.
        heads: Block definitions in their order.
        space_of: For each entity the number of its space: a block's own number, -1 in ENTITIES, -2 paper space there,
            -3 elsewhere.
        layouts: Model space first, then the sheets by the order of their tabs.
        unclosed: Names of sections without ENDSEC.
        has_end: Whether EOF stands at the end.
    """

    index: TagIndex
    decode: Decoder
    header: dict[str, str]
    bounds: Any
    types: list[str]
    type_of: Any
    section_of: dict[str, list[tuple[int, int]]]
    heads: list[BlockHead] = field(default_factory=list)
    space_of: Any = None
    layouts: list[Layout] = field(default_factory=list)
    block_records: dict[str, Record] = field(default_factory=dict)
    record_names: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[Record]] = field(default_factory=dict)
    unclosed: list[str] = field(default_factory=list)
    has_end: bool = True

    def number_of(self, *names: str) -> list[int]:
        """Numbers of the types that occur in this drawing."""
        return [at for at, name in enumerate(self.types) if name in names]

    def entities(self, section: str, *names: str) -> Any:
        """Numbers of the entities of a section that have one of these types, in the file's order."""
        found = self.in_section(section)
        return found[np.isin(self.type_of[found], self.number_of(*names))]

    def in_section(self, section: str) -> Any:
        """Numbers of all entities of a section, in the file's order."""
        parts = [np.arange(first, last) for first, last in self.section_of.get(section, ())]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def records(self, entities: Any, codes: Sequence[int] | None = None) -> list[Record]:
        """Decode entities.

        Args:
            entities: Their numbers.
            codes: Group codes to keep, or None for all.
        """
        entities = np.asarray(entities, dtype=np.int64)
        rows, owner = rows_of(self.bounds, entities)
        if codes is not None:
            kept = np.isin(self.index.codes[rows], np.array(codes, np.int16))
            rows, owner = rows[kept], owner[kept]
        data = self.index.data
        spans = zip(self.index.starts[rows].tolist(), self.index.ends[rows].tolist(), strict=True)
        tags = list(zip(self.index.codes[rows].tolist(), [data[start:end] for start, end in spans], strict=True))
        stops = np.cumsum(np.bincount(owner, minlength=len(entities))).tolist()
        numbers = zip(self.type_of[entities].tolist(), entities.tolist(), [0, *stops], stops, strict=False)
        return [Record(self.types[type_], tags[first:last], entity) for type_, entity, first, last in numbers]

    def first_rows(self, code: int) -> Any:
        """For each entity the row of its first tag with a group code, -1 where it has none."""
        rows = np.flatnonzero(self.index.codes == code)
        owners = np.searchsorted(self.bounds, rows, "right") - 1
        is_first = np.ones(len(rows), bool)
        is_first[1:] = owners[1:] != owners[:-1]
        is_first &= (owners >= 0) & (owners < len(self.type_of))
        found = np.full(len(self.type_of), -1, np.int64)
        found[owners[is_first]] = rows[is_first]
        return found

    def layers_of(self, entities: Any, rows: Any) -> tuple[Any, list[str]]:
        """Layers of entities; ``"0"`` where none is written (DXF reference, group code 8).

        Args:
            entities: Their numbers.
            rows: For each entity of the drawing the row of its layer, -1 where it has none.

        Returns:
            For each of the entities the number of its layer, and the names of the layers.
        """
        at = rows[entities]
        written = at >= 0
        found = np.zeros(len(at), np.int64)
        names, numbers = self.index.distinct(at[written])
        found[written] = numbers + 1
        return found, ["0", *map(self.decode.name, names)]

    @property
    def version(self) -> str | None:
        """``$ACADVER``, or None."""
        return self.header.get("$ACADVER")

    def layout_by_space(self) -> dict[int, str]:
        """Layout name by number of space (see ``space_of``)."""
        found = {-1: "Model"}
        sheet_blocks = {layout.block: layout.name for layout in self.layouts if layout.block != MODEL}
        found[-2] = sheet_blocks.get("*paper_space", "Layout1")
        for at, head in enumerate(self.heads):
            if (name := sheet_blocks.get(head.name.casefold())) is not None:
                found[at] = name
        return found


def scan_tags(index: TagIndex, check: Callable[[], None]) -> Scan:
    """Find sections, spaces, blocks, tables and layouts.

    Args:
        index: The tags of the drawing.
        check: Called between steps; raises to stop.
    """
    zeros = np.flatnonzero(index.codes == 0)
    bounds = np.append(zeros, len(index))
    types, type_of = _types(index, zeros)
    check()
    scan = Scan(index, Decoder(None, None), {}, bounds, types, type_of, {})
    scan.has_end = bool(len(type_of)) and types[type_of[-1]] == "EOF"
    _find_sections(scan)
    scan.decode = _decoder(scan)
    _find_blocks(scan)
    check()
    _find_tables(scan)
    _find_layouts(scan)
    return scan


def _types(index: TagIndex, zeros: Any) -> tuple[list[str], Any]:
    written, numbers = index.distinct(zeros)
    # the same name may be written with and without blanks
    names = [name.strip().upper().decode("ascii", "replace") for name in written]
    unique = {name: at for at, name in enumerate(dict.fromkeys(names))}
    to_unique = np.array([unique[name] for name in names], np.int32)
    return list(unique), to_unique[numbers]


def _find_sections(scan: Scan) -> None:
    starts, ends = scan.number_of("SECTION"), scan.number_of("ENDSEC")
    openings = np.flatnonzero(np.isin(scan.type_of, starts)).tolist()
    closings = np.flatnonzero(np.isin(scan.type_of, ends))
    for at, opening in enumerate(openings):
        following = openings[at + 1] if at + 1 < len(openings) else len(scan.type_of)
        place = int(np.searchsorted(closings, opening))
        closing = int(closings[place]) if place < len(closings) else len(scan.type_of)
        row = int(scan.bounds[opening]) + 1
        is_named = row < len(scan.index) and scan.index.codes[row] == 2
        name = scan.index.value(row).strip().upper().decode("ascii", "replace") if is_named else ""
        if closing > following or closing == len(scan.type_of):
            scan.unclosed.append(name or "?")
        scan.section_of.setdefault(name, []).append((opening + 1, min(closing, following)))
        if name == "HEADER":
            scan.header = _variables(scan.index, row + 1, int(scan.bounds[opening + 1])) | scan.header


def _variables(index: TagIndex, first: int, last: int) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for row in range(first, last):
        value = index.value(row)
        if index.codes[row] == 9:
            name = value.strip().decode("ascii", "replace").upper()
            continue
        if name in {"$CUSTOMPROPERTYTAG", "$CUSTOMPROPERTY"}:
            continue
        # a point has several values: the second and third get names of their own
        axis = {20: ":Y", 30: ":Z"}.get(int(index.codes[row]), "")
        found.setdefault(name + axis, value.decode("latin-1"))
    return found


def _decoder(scan: Scan) -> Decoder:
    version = scan.header.get("$ACADVER")
    decode = Decoder(version.strip() if version else None, scan.header.get("$DWGCODEPAGE"))
    scan.header = {name: decode.text(value.encode("latin-1")).strip() for name, value in scan.header.items()}
    return decode


def _find_blocks(scan: Scan) -> None:
    scan.space_of = np.full(len(scan.type_of), -3, np.int32)
    drawn = scan.in_section("ENTITIES")
    scan.space_of[drawn] = -1
    flagged = drawn[scan.first_rows(67)[drawn] >= 0]
    flags = scan.index.values(scan.first_rows(67)[flagged])
    on_sheets = [at for at, value in zip(flagged.tolist(), flags, strict=True) if integer(value) == 1]
    scan.space_of[on_sheets] = -2
    heads = scan.entities("BLOCKS", "BLOCK")
    tails = scan.entities("BLOCKS", "ENDBLK")
    section_end = max((last for _, last in scan.section_of.get("BLOCKS", ())), default=0)
    for number, record in enumerate(scan.records(heads, (1, 2, 4, 5, 10, 20, 30, 70))):
        scan.heads.append(_head(record, scan.decode))
        begin = int(heads[number]) + 1
        following = int(heads[number + 1]) if number + 1 < len(heads) else section_end
        place = int(np.searchsorted(tails, begin))
        end = int(tails[place]) if place < len(tails) else section_end
        scan.space_of[begin : min(end, following)] = number


def _head(record: Record, decode: Decoder) -> BlockHead:
    firsts = record.firsts()
    return BlockHead(
        name=decode.name(firsts.get(2)),
        handle=_handle(firsts.get(5)),
        base_point=of_firsts(firsts, 10) or (0.0, 0.0, 0.0),
        flags=integer(firsts.get(70)) or 0,
        xref_path=decode.name(firsts.get(1)) or None,
        description=decode.name(firsts.get(4)) or None,
    )


def _handle(value: bytes | None) -> str | None:
    return value.strip().decode("ascii", "replace").upper() if value else None


def _find_tables(scan: Scan) -> None:
    wanted = scan.entities("TABLES", *_TABLE_TYPES)
    for record in scan.records(wanted):
        scan.tables.setdefault(record.type, []).append(record)
    for record in scan.tables.get("BLOCK_RECORD", ()):
        name = scan.decode.name(record.get(2))
        scan.block_records[name.casefold()] = record
        if (handle := _handle(record.get(5))) is not None:
            scan.record_names[handle] = name


def _find_layouts(scan: Scan) -> None:
    found: dict[str, Layout] = {}
    for record in scan.records(scan.entities("OBJECTS", "LAYOUT")):
        own = record.after(b"AcDbLayout")
        owner = [value for code, value in own.tags if code == 330]
        block = scan.record_names.get(_handle(owner[-1]) or "", "") if owner else ""
        name = scan.decode.name(own.get(1))
        if block and name and block.casefold() not in found:
            width, height = _sheet_size(record)
            found[block.casefold()] = Layout(name, block.casefold(), own.integer(71) or 0, width, height)
    model = Layout("Model", MODEL)
    sheets = [layout for block, layout in found.items() if block != MODEL]
    known = {layout.block for layout in sheets}
    names = {layout.name for layout in sheets}
    missing = [head.name.casefold() for head in scan.heads if head.name.casefold().startswith("*paper_space")]
    if (scan.space_of == -2).any():
        missing.append("*paper_space")
    for number, block in enumerate(dict.fromkeys(block for block in missing if block not in known), 1):
        name = f"Layout{number}"
        while name in names:
            number += 1  # noqa: PLW2901 -- the next free number
            name = f"Layout{number}"
        names.add(name)
        sheets.append(Layout(name, block, 1000 + number))
    scan.layouts = [model, *sorted(sheets, key=lambda layout: (layout.order, layout.block))]


def _sheet_size(record: Record) -> tuple[float | None, float | None]:
    """Paper size of the plot settings: group codes 44 and 45 in mm, 73 the rotation in quarter turns."""
    width, height = record.number(44), record.number(45)
    if not width or not height or width <= 0 or height <= 0:
        return None, None
    return (height, width) if (record.integer(73) or 0) % 2 else (width, height)


def by_space(spaces: Any) -> Iterator[tuple[int, Any]]:
    """Each space with the places where it stands in a list of spaces (see ``Scan.space_of``)."""
    order = np.argsort(spaces, kind="stable")
    unique, firsts = np.unique(spaces[order], return_index=True)
    yield from zip(unique.tolist(), np.split(order, firsts[1:]), strict=False)


def count_types(scan: Scan, entities: Iterable[int] | Any) -> Counter[str]:
    """Entities by type; vertices, attributes and ends of sequences belong to what they follow."""
    numbers = np.bincount(scan.type_of[entities], minlength=len(scan.types)).tolist()
    return Counter(
        {name: count for name, count in zip(scan.types, numbers, strict=True) if count and name not in PARTS}
    )
