"""MTEXT in columns as programs before R2018 write it: a text for each column, tied together by extended data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pybase_extraction_dxf.scan import Scan
from pybase_extraction_dxf.selection import Selection
from pybase_extraction_dxf.tags import Record

_BEGIN, _END = b"ACAD_MTEXT_COLUMNS_BEGIN", b"ACAD_MTEXT_COLUMNS_END"
_HANDLE = 1005
_TEXT = frozenset({1, 3})


def has_columns(scan: Scan) -> bool:
    """Whether any text of a drawing is in columns of its own."""
    return _BEGIN in scan.index.data


def with_columns(selection: Selection, records: Iterable[Record]) -> Iterator[Record]:
    """Give the first column of an MTEXT the texts of those that follow, and leave these out.

    Args:
        selection: What is read.
        records: Texts of it.
    """
    following = _following(selection) if has_columns(selection.scan) else {}
    taken = {column.entity for columns in following.values() for column in columns}
    for record in records:
        if record.entity in taken:
            continue
        columns = following.get(record.entity, ())
        texts = [tag for column in columns for tag in column.tags if tag[0] in _TEXT]
        yield Record(record.type, record.tags + texts, record.entity) if texts else record


def _following(selection: Selection) -> Mapping[int, list[Record]]:
    """The columns behind the first one, by its number; a column belongs to one text, and is none's first."""
    records = list(selection.records(None, "MTEXT"))
    by_handle = {_plain(handle): record for record in records if (handle := record.get(5)) is not None}
    handles = {record.entity: list(_handles(record)) for record in records}
    found: dict[int, list[Record]] = {}
    taken: set[int] = set()
    for record in records:
        for handle in handles[record.entity]:
            column = by_handle.get(handle)
            if column is None or column.entity in taken or handles[column.entity]:
                continue
            taken.add(column.entity)
            found.setdefault(record.entity, []).append(column)
    return found


def _handles(record: Record) -> Iterator[bytes]:
    is_inside = False
    for code, value in record.extended(b"ACAD"):
        text = value.strip()
        if text in {_BEGIN, _END}:
            is_inside = text == _BEGIN
        elif is_inside and code == _HANDLE:
            yield _plain(text)


def _plain(handle: bytes) -> bytes:
    return handle.strip().upper().lstrip(b"0")
