"""Block definitions with their use, their attributes, and the dynamic block that an anonymous one stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pybase_extraction.results import Block, BlockInsert, Issue, Locator, Provenance, Severity
from pybase_extraction_dxf.inserts import (
    ATTRIBUTE_CODES,
    INSERT_CODES,
    Insert,
    gather,
    read_attribute,
    to_result,
    total_counts,
)
from pybase_extraction_dxf.scan import Scan
from pybase_extraction_dxf.selection import Selection
from pybase_extraction_dxf.tags import Record

_CHECK_EVERY = 500


def inserts_of(selection: Selection) -> list[Insert]:
    """Inserts with the attributes that follow them, in the file's order."""
    found = selection.of("INSERT", "ATTRIB", "SEQEND")
    spaces = dict(zip(found.tolist(), selection.scan.space_of[found].tolist(), strict=True))
    records = selection.scan.records(selection.of("INSERT"), INSERT_CODES)
    records += selection.scan.records(selection.of("ATTRIB", "SEQEND"), ATTRIBUTE_CODES)
    records.sort(key=lambda record: record.entity)
    return gather(records, spaces, selection.decode)


def placed_inserts(selection: Selection, inserts: list[Insert]) -> list[tuple[int, BlockInsert]]:
    """Inserts that carry attributes, with the number of their space."""
    found = []
    for at, insert in enumerate(inserts):
        if at % _CHECK_EVERY == 0:
            selection.check()
        if insert.attributes:
            found.append((insert.space, to_result(insert, selection.place(insert.record), selection.decode)))
    return found


def read_blocks(
    selection: Selection, inserts: Sequence[Insert], placed: Iterable[tuple[int, BlockInsert]]
) -> Iterator[Block]:
    """Block definitions with the count of their use, in the file's order."""
    totals = total_counts(inserts, selection.block_of, selection.roots)
    direct = Counter(insert.block.casefold() for insert in inserts)
    with_attributes: dict[str, list[BlockInsert]] = {}
    for _, insert in placed:
        with_attributes.setdefault(insert.block.casefold(), []).append(insert)
    definitions: dict[int, list[Record]] = {}
    for record in selection.records(ATTRIBUTE_CODES, "ATTDEF"):
        definitions.setdefault(selection.space(record), []).append(record)
    sources = {name: _dynamic_name(selection.scan, name) for name in selection.block_of.values()}
    dynamic = _dynamic_counts(sources, totals)
    contents = Counter(selection.scan.space_of[selection.wholes()].tolist())
    for at, name in selection.block_of.items():
        head = selection.scan.heads[at]
        place = Locator(block=head.name, handle=head.handle)
        yield Block(
            name=head.name,
            insert_count=direct[name],
            total_count=totals.get(name, 0),
            base_point=head.base_point,
            attributes=tuple(read_attribute(record, place, selection.decode) for record in definitions.get(at, ())),
            inserts=tuple(with_attributes.get(name, ())),
            entity_count=contents[at],
            is_anonymous=head.name.startswith("*"),
            is_xref=bool(head.flags & 12),
            xref_path=head.xref_path if head.flags & 12 else None,
            dynamic_name=sources[name],
            dynamic_count=dynamic.get(name),
            description=head.description,
            provenance=Provenance(place=place, method="block-table"),
        )


def _dynamic_counts(sources: Mapping[str, str | None], totals: Mapping[str, int | None]) -> dict[str, int | None]:
    """How often each dynamic block appears, in its own state and in those of the anonymous blocks made from it.

    Args:
        sources: Name of the dynamic block that each block was made from, if any.
        totals: How often each block appears.
    """
    states: dict[str, set[str]] = {}
    for name, source in sources.items():
        if source is not None:
            states.setdefault(source.casefold(), {source.casefold()}).add(name)
    found: dict[str, int | None] = {}
    for source, names in states.items():
        counts = [totals.get(name, 0) for name in names]
        found[source] = None if None in counts else sum(filter(None, counts))
    return found


def _dynamic_name(scan: Scan, name: str) -> str | None:
    """Name of the dynamic block that an anonymous one was made from: extended data of its block record."""
    record = scan.block_records.get(name)
    if record is None or not name.startswith("*"):
        return None
    for code, value in record.extended(b"AcDbBlockRepBTag"):
        if code == 1005:
            return scan.record_names.get(value.strip().decode("ascii", "replace").upper())
    return None


def reference_issues(selection: Selection, inserts: Iterable[Insert]) -> Iterator[Issue]:
    """Inserts without a place, clipped ones, and inserts of blocks that the drawing does not define."""
    scan, clips = selection.scan, selection.clips
    known = {head.name.casefold() for head in scan.heads}
    damaged, lost = 0, Counter[str]()
    for insert in inserts:
        damaged += insert.record.get(10) is None
        if insert.block.casefold() not in known:
            lost[insert.block] += 1
    if damaged:
        message = "Inserts have no insertion point: they are counted, and nothing else of them is read."
        yield Issue(code="entity-damaged", severity=Severity.ERROR, message=message, count=damaged)
    if clips.of_insert:
        message = (
            "Inserts show a part of their block only (XCLIP): extents, title blocks and drawn tables leave the rest "
            "out; the texts and dimensions of the block are all listed."
        )
        yield Issue(code="insert-clipped", severity=Severity.INFO, message=message, count=len(clips.of_insert))
    if clips.unread:
        message = "Clips of inserts are inverted or lie aslant: what they show is taken for the whole block."
        yield Issue(code="clip-not-applied", severity=Severity.WARNING, message=message, count=clips.unread)
    for name, count in sorted(lost.items()):
        message = f"The block {name!r} is inserted but not defined."
        yield Issue(code="block-undefined", severity=Severity.WARNING, message=message, count=count)
