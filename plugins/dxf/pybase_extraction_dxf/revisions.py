"""Revisions of a drawing: from tables, from inserts of one block, and from numbered attributes of title blocks."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence

from pybase_extraction.drawing.revisions import (
    find_columns,
    read_revisions,
    revisions_from_attributes,
    revisions_from_lines,
)
from pybase_extraction.drawing.title_labels import match_label
from pybase_extraction.results import BlockInsert, Provenance, Revision, Table

_SHEET_FIELDS = frozenset({"drawing_number", "scale", "sheet", "sheets", "company", "projection", "format"})


def is_revision_line(insert: BlockInsert) -> bool:
    """Whether the attributes of an insert are the columns of a revision table and not the fields of a title block."""
    return _names_revision(tuple(item.tag for item in insert.attributes))


@functools.lru_cache(maxsize=1024)
def _names_revision(tags: tuple[str, ...]) -> bool:
    words = [tag.replace("_", " ") for tag in tags]
    fields = {label.field for word in words if (label := match_label(word)) is not None}
    return find_columns(words) is not None and not fields & _SHEET_FIELDS


def revisions_of(inserts: Sequence[BlockInsert], tables: Iterable[Table]) -> Iterator[Revision]:
    """Every revision that a drawing lists.

    Args:
        inserts: Inserts with attributes, on layouts.
        tables: Tables of the drawing, parts lists included.
    """
    for table in tables:
        yield from read_revisions(table.rows, table.provenance.model_copy(update={"method": "revision-table"}))
    groups: dict[tuple[str, str | None], list[BlockInsert]] = {}
    for insert in inserts:
        if is_revision_line(insert):
            groups.setdefault((insert.block.casefold(), insert.provenance.place.layout), []).append(insert)
        else:
            named = {item.tag: (item.value or "", _placed(item.provenance)) for item in insert.attributes}
            yield from revisions_from_attributes(named)
    for lines in groups.values():
        yield from _of_inserts(lines)


def _of_inserts(lines: Sequence[BlockInsert]) -> Iterator[Revision]:
    """Revisions in the order of their indexes where all have one, else in the order of the file."""
    found = revisions_from_lines(
        ({item.tag: item.value for item in line.attributes}, _placed(line.provenance)) for line in lines
    )
    indexes = [line.index or "" for line in found]
    is_sortable = all(indexes) and (all(map(str.isdecimal, indexes)) or all(map(str.isalpha, indexes)))
    yield from sorted(found, key=lambda line: (len(line.index or ""), line.index or "")) if is_sortable else found


def _placed(provenance: Provenance) -> Provenance:
    return Provenance(place=provenance.place, method="revision-attributes")
