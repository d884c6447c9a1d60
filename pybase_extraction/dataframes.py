"""Records as data frames, of pandas or of polars.

Neither library is imported before somebody asks for a frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pybase_extraction.errors import MissingDependencyError
from pybase_extraction.records import SECTIONS, Record, bom_record, columns_of, uniform

if TYPE_CHECKING:
    from pybase_extraction.results import BillOfMaterials, ExtractionResult, Table

Engine = Literal["pandas", "polars"]


def frame(records: Sequence[Record], *, columns: Sequence[str] | None = None, engine: Engine = "pandas") -> Any:
    """Make a data frame of records; what a record lacks is missing in its row.

    Whole numbers stay whole numbers beside missing ones: pandas' nullable types are used, never a float in place of
    an integer.

    Args:
        records: The rows.
        columns: Names and order of the columns; in the order of their first appearance when None.
        engine: ``"pandas"`` or ``"polars"``.

    Raises:
        MissingDependencyError: The engine is not installed.
    """
    names = list(columns) if columns is not None else columns_of(records)
    data = {name: [record.get(name) for record in records] for name in names}
    if engine == "pandas":
        return _pandas(data)
    if engine == "polars":
        return _polars(data)
    raise ValueError(f"engine is 'pandas' or 'polars', not {engine!r}")


def _pandas(data: Mapping[str, Sequence[Any]]) -> Any:
    try:
        import pandas as pd
    except ImportError as exc:
        raise MissingDependencyError(
            "A data frame needs pandas.",
            extra="pybase-extraction[notebook]",
            remedy="pip install 'pybase-extraction[notebook]'.",
        ) from exc
    series = {name: pd.Series(values, dtype=object) for name, values in data.items()}
    return pd.DataFrame(series, columns=pd.Index(list(data), dtype=object)).convert_dtypes()


def _polars(data: Mapping[str, Sequence[Any]]) -> Any:
    try:
        import polars as pl
    except ImportError as exc:
        raise MissingDependencyError(
            "A polars data frame needs polars.",
            extra="pybase-extraction[polars]",
            remedy="pip install 'pybase-extraction[polars]', or say engine='pandas'.",
        ) from exc
    return pl.DataFrame([pl.Series(name, uniform(values)) for name, values in data.items()])


def section_frame(result: ExtractionResult, section: str, *, engine: Engine = "pandas") -> Any:
    """One section of a result, for example ``"dimensions"``, as a data frame.

    Raises:
        KeyError: There is no such section; the message lists those that there are.
        MissingDependencyError: The engine is not installed.
    """
    if section not in SECTIONS:
        raise KeyError(f"no section {section!r}; there are {', '.join(SECTIONS)}")
    return frame(list(SECTIONS[section](result)), engine=engine)


def table_frame(table: Table, *, engine: Engine = "pandas") -> Any:
    """A table's body as a data frame of texts, its header texts as columns.

    Columns without a header are called ``column 1``, ``column 2``...; a header that stands twice gets its number.
    """
    headers = table.headers or ("",) * table.num_columns
    names = _distinct([text.strip() or f"column {number}" for number, text in enumerate(headers, 1)])
    body = table.rows[table.header_rows or 0 :]
    return frame([dict(zip(names, row, strict=True)) for row in body], columns=names, engine=engine)


def bom_frame(bom: BillOfMaterials, *, engine: Engine = "pandas") -> Any:
    """The lines of a bill of materials as a data frame."""
    return frame([bom_record(item) for item in bom.items], engine=engine)


def _distinct(names: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for name in names:
        number, distinct = 1, name
        while distinct in found:
            number += 1
            distinct = f"{name} ({number})"
        found[distinct] = None
    return list(found)
