"""Everything in a result that can become rows of a table: each table, parts list and section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pybase_extraction.mapping.fields import FieldType
from pybase_extraction.records import Record, columns_of, sections
from pybase_extraction.results import (
    Dimension,
    ExtractionResult,
    FeatureControlFrame,
    Material,
    SurfaceTexture,
    Table,
    Thread,
    TitleBlock,
    TitleField,
    Value,
)


@dataclass(frozen=True, slots=True)
class RowSet:
    """Records of one kind.

    Attributes:
        name: What identifies it in its result: ``tables[0]``, ``bom``, ``dimensions``...
        title: What to call it: the caption of a table, or the name.
        records: The records; a column that a record lacks is None.
        columns: All columns in order.
    """

    name: str
    title: str
    records: tuple[Record, ...]
    columns: tuple[str, ...]

    def values(self, column: str) -> Iterator[Any]:
        """The values of a column that are not empty."""
        return (record[column] for record in self.records if record.get(column) not in (None, ""))


def row_sets(result: ExtractionResult) -> list[RowSet]:
    """List what can become rows, the parts list first, then tables, then everything else by its section."""
    found = sections(result)
    ordered = ["bom", *[name for name in found if name != "bom"]]
    made = [_row_set(name, name, found[name]) for name in ordered if name in found and name not in _RICH]
    tables = [_table(index, table) for index, table in enumerate(result.tables) if table.role is None]
    rich = [_row_set(name, name, records) for name, make in _RICH.items() if (records := list(make(result)))]
    head = [item for item in made if item.name == "bom"]
    return [*head, *tables, *rich, *(item for item in made if item.name not in {"bom", "issues", "texts"})]


def _row_set(name: str, title: str, records: Sequence[Record]) -> RowSet:
    return RowSet(name, title, tuple(records), tuple(columns_of(records)))


def _table(index: int, table: Table) -> RowSet:
    columns = _distinct(table.headers or [""] * table.num_columns)
    records = [dict(zip(columns, (text or None for text in row), strict=True)) for row in table.body]
    return RowSet(f"tables[{index}]", table.caption or f"table {index + 1}", tuple(records), tuple(columns))


def _distinct(headers: Iterable[str]) -> list[str]:
    """Headers that are not empty and differ; a column without one is called by its number."""
    taken: Counter[str] = Counter()
    names = []
    for number, header in enumerate(headers, 1):
        name = header.strip() or f"column {number}"
        taken[name] += 1
        names.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    return names


def _title_block(result: ExtractionResult) -> Iterator[Record]:
    """One record for every sheet's title block, a column for each field."""
    for block in result.title_blocks:
        fields = ((name, getattr(block, name)) for name in TitleBlock.model_fields)
        record: Record = {name: found.value for name, found in fields if isinstance(found, TitleField)}
        record |= {label: found.value for label, found in block.custom_fields.items() if label not in record}
        for role, signature in block.signatures.items():
            record[role] = signature.name.value if signature.name else None
            record[f"{role}_date"] = signature.date.value if signature.date else None
        yield {"page": block.page, **record}


def _with_value(section: str, column: str) -> Callable[[ExtractionResult], Iterator[Record]]:
    """Records of a section with the whole value in a first column, for fields that take its structure."""

    def make(result: ExtractionResult) -> Iterator[Record]:
        values: tuple[Value, ...] = getattr(result, section)
        flat = sections(result).get(_SECTION_OF.get(section, section), [])
        # a frame has a record for each of its rows
        records = flat if len(flat) == len(values) else [{"raw": value.raw} for value in values]
        for value, record in zip(values, records, strict=True):
            yield {column: value, **record}

    return make


_SECTION_OF = {"feature_control_frames": "frames", "surface_textures": "textures"}
_RICH: dict[str, Callable[[ExtractionResult], Iterable[Record]]] = {
    "title_block": _title_block,
    "dimensions": _with_value("dimensions", "dimension"),
    "frames": _with_value("feature_control_frames", "tolerance"),
    "threads": _with_value("threads", "thread"),
    "textures": _with_value("surface_textures", "surface finish"),
    "materials": _with_value("materials", "material"),
}
"""Row sets that differ from the flat records of their section."""

_STRUCTURED: tuple[tuple[type[Value], FieldType], ...] = (
    (Dimension, FieldType.DIMENSION),
    (FeatureControlFrame, FieldType.GDT),
    (Thread, FieldType.THREAD),
    (SurfaceTexture, FieldType.SURFACE_FINISH),
    (Material, FieldType.MATERIAL),
)


def structured_type(value: object) -> FieldType | None:
    """The engineering type of a value; None for a plain one."""
    return next((kind for type_, kind in _STRUCTURED if isinstance(value, type_)), None)
