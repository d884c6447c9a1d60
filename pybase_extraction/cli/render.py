"""A readable summary of a result for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pybase_extraction.records import Record, columns_of, counted, sections
from pybase_extraction.results import ExtractionResult, Severity

_ROWS = 8
"""Rows of a section that a summary shows; the rest is counted."""
_WHOLE = {"title block": 40}
"""Sections of which more is shown: a title block is read as a whole."""
_COLUMNS = 8
_WIDTH = 44
"""Characters of one cell."""
_MARKS = {Severity.INFO: "[blue]info[/]", Severity.WARNING: "[yellow]warning[/]", Severity.ERROR: "[red]error[/]"}
_PLACES = ("page", "bbox", "layout", "layer", "handle", "global_id", "step_id", "path")


def show(console: Console, result: ExtractionResult) -> None:
    """Print what was found: a line about the file, a table for every section, and the issues."""
    console.print(f"[bold]{escape(result.source.filename)}[/]  {escape(headline(result))}", soft_wrap=True)
    for name, records in sections(result).items():
        if name not in {"texts", "issues"}:
            title = name.replace("_", " ")
            most = _WHOLE.get(title, _ROWS)
            _show_table(console, f"{title} ({len(records)})", section_table(records, most), len(records), most)
    for number, table in enumerate(result.tables, 1):
        if table.role is None:
            count = len(table.rows)
            _show_table(console, f"table {number} ({count} rows)", _text_table(table.rows), count)
    for issue in result.issues:
        console.print(f"  {_MARKS[issue.severity]} {escape(issue.message)}", soft_wrap=True)


def headline(result: ExtractionResult) -> str:
    """One line: format, size, tool, and the counts of every section that is not empty."""
    counts = [counted(name, len(getattr(result, name))) for name in _counted(result)]
    seconds = result.extractor.seconds
    timing = f" in {seconds:.2f} s" if seconds is not None else ""
    return f"{result.format}, {result.source.size:,} bytes{timing}: {', '.join(counts) or 'nothing found'}"


def _counted(result: ExtractionResult) -> Iterable[str]:
    return (
        name
        for name in type(result).model_fields
        if isinstance(getattr(result, name), tuple) and getattr(result, name) and name != "issues"
    )


def _show_table(console: Console, heading: str, table: Table, rows: int, most: int = _ROWS) -> None:
    # lines of their own: the title and caption of a table are wrapped to its width, which may be one word
    console.print(f"[bold cyan]{escape(heading)}[/]")
    console.print(table)
    if rows > most:
        console.print(f"[dim]... and {rows - most} more[/]")


def section_table(records: Sequence[Record], most: int = _ROWS) -> Table:
    """The first rows and the fullest columns of a section."""
    columns = _informative(records)
    table = Table()
    for column in columns:
        table.add_column(escape(column), overflow="ellipsis", no_wrap=True, max_width=_WIDTH)
    for record in records[:most]:
        table.add_row(*(_shown(record.get(column)) for column in columns))
    return table


def _informative(records: Sequence[Record]) -> list[str]:
    columns = [column for column in columns_of(records) if column not in _PLACES]
    filled = {column: sum(_says_something(record.get(column)) for record in records) for column in columns}
    kept = sorted((column for column in columns if filled[column]), key=lambda column: -filled[column])[:_COLUMNS]
    return [column for column in columns if column in kept]


def _says_something(value: object) -> bool:
    # a deviation of 0 does, and 0 == False
    return value is not None and value is not False and value != ""


def _text_table(rows: Sequence[Sequence[str | None]]) -> Table:
    table = Table(show_header=False)
    for _ in rows[0] if rows else ():
        table.add_column(overflow="ellipsis", no_wrap=True, max_width=_WIDTH)
    for row in rows[:_ROWS]:
        table.add_row(*(_shown(text) for text in row))
    return table


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    return escape(str(value).replace("\n", " "))
