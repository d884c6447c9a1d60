"""Write results as JSON Lines, CSV, XLSX and Parquet.

Texts that a spreadsheet would run as a formula are written with a leading apostrophe, headers too; numbers stay
numbers (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pybase_extraction.errors import MissingDependencyError
from pybase_extraction.records import Record, columns_of, sections, uniform

if TYPE_CHECKING:
    from pybase_extraction.results import ExtractionResult

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CELL_LIMIT = 32_767
"""Characters that a cell of a workbook holds (Excel specifications and limits)."""
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def safe_cell(value: object) -> object:
    """Make one cell safe to open in a spreadsheet: numbers, truth values and None as they are, text never a formula."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_csv(path: Path, records: Sequence[Record]) -> None:
    """Write records as UTF-8 CSV (RFC 4180) with a byte order mark, which spreadsheets need to see the encoding."""
    columns = columns_of(records)
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream)
        writer.writerow(safe_cell(name) for name in columns)
        writer.writerows([safe_cell(record.get(name)) for name in columns] for record in records)


def write_csv_folder(folder: Path, result: ExtractionResult) -> list[Path]:
    """Write one CSV file for every section and every table of a result; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, records in sections(result).items():
        written.append(folder / f"{name}.csv")
        write_csv(written[-1], records)
    for number, table in enumerate(result.tables, 1):
        written.append(folder / f"table-{number}.csv")
        with written[-1].open("w", newline="", encoding="utf-8-sig") as stream:
            csv.writer(stream).writerows([safe_cell(text) for text in row] for row in table.rows)
    return written


def write_jsonl(path: Path, results: Iterable[ExtractionResult]) -> int:
    """Write whole results as UTF-8 JSON Lines, one a line, as they come; gives their number.

    ``ExtractionResult.model_validate_json`` reads a line back.
    """
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for result in results:
            stream.write(f"{result.model_dump_json()}\n")
            count += 1
    return count


def write_parquet_folder(folder: Path, results: Sequence[ExtractionResult]) -> list[Path]:
    """Write one Parquet file for every section, with the file's name in the first column; gives the files.

    A column has one type: where rows differ, numbers become fractions and all else text.

    Raises:
        MissingDependencyError: pyarrow is not installed.
    """
    pa, parquet = load_parquet()
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, records in _by_section(results).items():
        columns = {column: uniform(record.get(column) for record in records) for column in columns_of(records)}
        written.append(folder / f"{name}.parquet")
        parquet.write_table(pa.table(columns), written[-1])
    return written


def load_parquet() -> tuple[Any, Any]:
    """Import pyarrow and its Parquet module.

    Raises:
        MissingDependencyError: It is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as exc:
        raise MissingDependencyError(
            "Writing Parquet needs pyarrow.",
            extra="pybase-extraction[parquet]",
            remedy="pip install 'pybase-extraction[parquet]'.",
        ) from exc
    return pa, parquet


def write_xlsx(path: Path, results: Sequence[ExtractionResult]) -> None:
    """Write results into one workbook: a sheet for every section, with the file's name in the first column.

    Raises:
        MissingDependencyError: openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook
    except ImportError as exc:
        raise MissingDependencyError(
            "Writing XLSX needs openpyxl.",
            extra="pybase-extraction[cli]",
            remedy="pip install 'pybase-extraction[cli]'.",
        ) from exc
    book = Workbook(write_only=True)
    for name, records in _by_section(results).items():
        _append(book.create_sheet(name[:31]), records)
    if not book.worksheets:
        book.create_sheet("empty")
    book.save(path)


def _by_section(results: Sequence[ExtractionResult]) -> dict[str, list[Record]]:
    merged: dict[str, list[Record]] = {}
    for result in results:
        for name, records in sections(result).items():
            rows = merged.setdefault(name, [])
            rows.extend({"file": result.source.filename, **record} for record in records)
        for number, table in enumerate(result.tables, 1):
            rows = merged.setdefault("tables", [])
            for index, texts in enumerate(table.rows):
                cells = {f"column {column}": text for column, text in enumerate(texts, 1)}
                rows.append({"file": result.source.filename, "table": number, "row": index, **cells})
    return merged


def _append(sheet: Any, records: Sequence[Record]) -> None:
    columns = columns_of(records)
    sheet.append([_workbook_cell(name) for name in columns])
    for record in records:
        sheet.append([_workbook_cell(record.get(name)) for name in columns])


def _workbook_cell(value: object) -> object:
    cell = safe_cell(value)
    return _ILLEGAL.sub("�", cell)[:_CELL_LIMIT] if isinstance(cell, str) else cell
