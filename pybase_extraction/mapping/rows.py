"""Rows for a host's table: made by a mapping, previewed, and written so that a second run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from pybase_extraction.errors import OptionsError
from pybase_extraction.mapping.conversion import convert
from pybase_extraction.mapping.fields import TargetField
from pybase_extraction.mapping.row_sets import RowSet, row_sets
from pybase_extraction.mapping.suggestion import suggest_mapping
from pybase_extraction.results import ExtractionResult

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A row for the host's table.

    Attributes:
        key: What identifies it for good: the same job, row set and place in it give the same key.
        values: Plain JSON by field id.
    """

    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Loss:
    """What a field did not take.

    Attributes:
        key: Key of the row.
        column: Column that the value came from.
        field_id: The field.
        reason: What is lost, or why nothing was written.
    """

    key: str
    column: str
    field_id: str
    reason: str


class RowSink(Protocol):
    """Where rows go; the host supplies it."""

    async def put(self, rows: Sequence[Row]) -> None:
        """Insert the rows, or update those whose key is there already: putting rows twice changes nothing."""


@dataclass(slots=True)
class WriteReport:
    """What came of writing rows.

    Attributes:
        rows: Rows that were put.
        losses: Everything that fields did not take.
    """

    rows: int = 0
    losses: list[Loss] = field(default_factory=list)


class ImportPreview(BaseModel):
    """What an import would do; field by field the ``ImportPreview`` of PyBase's HTTP interface.

    Attributes:
        source_fields: Columns of the row set.
        target_fields: Fields of the target table.
        suggested_mapping: Field id by column.
        sample_data: The first rows as they would be written, by column.
        total_records: Rows that the import would write.
    """

    model_config = ConfigDict(frozen=True)

    source_fields: list[str]
    target_fields: list[dict[str, Any]]
    suggested_mapping: dict[str, str]
    sample_data: list[dict[str, Any]]
    total_records: int


def choose_rows(result: ExtractionResult, name: str | None = None) -> RowSet:
    """Give a row set by its name; without one the first, which is the parts list or the first table.

    Raises:
        OptionsError: There is none of that name, or nothing in the result makes rows.
    """
    found = row_sets(result)
    if name is None and found:
        return found[0]
    chosen = next((rows for rows in found if rows.name == name), None)
    if chosen is None:
        known = ", ".join(rows.name for rows in found) or "none"
        raise OptionsError(f"The result has no rows {name or ''!r}. There are: {known}.")
    return chosen


def preview(
    result: ExtractionResult, fields: Sequence[TargetField], *, name: str | None = None, samples: int = 5
) -> ImportPreview:
    """Show what writing a row set into a table would do.

    Args:
        result: Of an ended job.
        fields: Fields of the target table.
        name: Row set, see ``choose_rows``.
        samples: Rows to show.
    """
    rows = choose_rows(result, name)
    mapping = suggest_mapping(rows, fields)
    by_id = {item.id: item for item in fields}

    def show(column: str, value: Any) -> Any:
        return convert(value, by_id[mapping[column]].takes).value if column in mapping else _plain(value)

    return ImportPreview(
        source_fields=list(rows.columns),
        target_fields=[item.model_dump() for item in fields],
        suggested_mapping=mapping,
        sample_data=[{column: show(column, row[column]) for column in row} for row in rows.records[:samples]],
        total_records=len(rows.records),
    )


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def make_rows(
    rows: RowSet, mapping: Mapping[str, str], fields: Sequence[TargetField], *, job_id: object
) -> Iterator[tuple[Row, list[Loss]]]:
    """Make rows for the host's table, each with what its fields do not take.

    Args:
        rows: The row set.
        mapping: Field id by column.
        fields: Fields of the target table.
        job_id: Of the job that made the result; part of every row's key.

    Raises:
        OptionsError: The mapping names a column or a field that is not there.
    """
    by_id = {item.id: item for item in fields}
    unknown = [*(set(mapping) - set(rows.columns)), *(set(mapping.values()) - set(by_id))]
    if unknown:
        raise OptionsError(f"The mapping names what is not there: {', '.join(sorted(map(repr, unknown)))}.")
    for number, record in enumerate(rows.records):
        key = f"{job_id}:{rows.name}:{number}"
        values: dict[str, Any] = {}
        losses = []
        for column, field_id in mapping.items():
            converted = convert(record.get(column), by_id[field_id].takes)
            values[field_id] = converted.value
            if converted.loss is not None:
                losses.append(Loss(key, column, field_id, converted.loss))
        yield Row(key, values), losses


async def write_rows(
    rows: RowSet,
    mapping: Mapping[str, str],
    fields: Sequence[TargetField],
    sink: RowSink,
    *,
    job_id: object,
    batch: int = _BATCH,
) -> WriteReport:
    """Write a row set into the host's table; a second run puts the same keys again and adds nothing.

    Args:
        rows: The row set.
        mapping: Field id by column, a suggested one or the user's.
        fields: Fields of the target table.
        sink: The host's.
        job_id: Of the job that made the result.
        batch: Rows in one call of the sink.
    """
    report = WriteReport()
    waiting = make_rows(rows, mapping, fields, job_id=job_id)
    while made := list(islice(waiting, batch)):
        await sink.put([row for row, _ in made])
        report.rows += len(made)
        report.losses += [loss for _, losses in made for loss in losses]
    return report
