"""Inserts of blocks with their attributes, and how often each block appears in the drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pybase_extraction.results import Attribute, BlockInsert, Locator, Provenance, unchecked
from pybase_extraction_dxf.tags import Record, integer, number, of_firsts
from pybase_extraction_dxf.wording import Decoder, plain_mtext, plain_text

INSERT_CODES = (2, 5, 8, 10, 20, 30, 41, 42, 43, 44, 45, 50, 70, 71, 210, 220, 230)
ATTRIBUTE_CODES = (1, 2, 3, 5, 7, 8, 10, 11, 20, 21, 40, 41, 50, 70, 71, 72, 74, 101, 210, 220, 230)
_INVISIBLE, _CONSTANT = 1, 2
_attribute, _block_insert = unchecked(Attribute), unchecked(BlockInsert)
_locator, _provenance = unchecked(Locator), unchecked(Provenance)


@dataclass(slots=True)
class Insert:
    """An insert as far as counting needs it.

    Attributes:
        block: Name of the block as written.
        space: Number of the space that it stands in.
        copies: Rows × columns.
        record: Its tags.
        attributes: ATTRIB records that follow it.
    """

    block: str
    space: int
    copies: int
    record: Record
    attributes: list[Record] = field(default_factory=list)

    @property
    def copies_by_axis(self) -> tuple[int, int]:
        """Rows and columns."""
        return _copies(self.record)


def gather(records: Iterable[Record], spaces: Mapping[int, int], decode: Decoder) -> list[Insert]:
    """Put attributes to the inserts that they follow.

    Args:
        records: INSERT, ATTRIB and SEQEND in the file's order.
        spaces: Number of the space by number of the entity.
        decode: Decoder of the drawing's strings.
    """
    found: list[Insert] = []
    current: Insert | None = None
    for record in records:
        if record.type == "INSERT":
            rows, columns = _copies(record)
            current = Insert(decode.name(record.get(2)), spaces[record.entity], rows * columns, record)
            found.append(current)
        elif record.type == "SEQEND":
            current = None
        elif current is not None and current.space == spaces[record.entity]:
            current.attributes.append(record)
    return found


def _copies(record: Record) -> tuple[int, int]:
    return max(1, record.integer(71) or 1), max(1, record.integer(70) or 1)


def to_result(insert: Insert, place: Locator, decode: Decoder) -> BlockInsert:
    """The insert as a result has it."""
    firsts = insert.record.firsts()
    rows, columns = insert.copies_by_axis
    return _block_insert(
        block=insert.block,
        position=of_firsts(firsts, 10),
        scale=(_factor(firsts.get(41)), _factor(firsts.get(42)), _factor(firsts.get(43))),
        rotation=number(firsts.get(50)) or 0.0,
        rows=rows,
        columns=columns,
        attributes=tuple(read_attribute(record, place, decode) for record in insert.attributes),
        provenance=_provenance(place=place, method="insert"),
    )


def _factor(value: bytes | None) -> float:
    found = number(value)
    return 1.0 if found is None else found


def read_attribute(record: Record, place: Locator, decode: Decoder) -> Attribute:
    """Read an ATTRIB or ATTDEF; the place is that of its insert or block."""
    firsts = record.firsts()
    own = record.before_embedded()
    rich = rich_text(record.tags[len(own) :], decode)
    raw = rich or decode.text(firsts.get(1, b""))
    flags = integer(firsts.get(70)) or 0
    its_place = _locator(
        layout=place.layout,
        block=place.block,
        layer=decode.name(firsts.get(8)) or "0",
        handle=_handle(firsts.get(5)),
    )
    value = plain_mtext(raw) if rich else plain_text(raw)
    is_definition = record.type == "ATTDEF"
    return _attribute(
        tag=decode.name(firsts.get(2)),
        value=None if is_definition and not value else value,
        prompt=(decode.name(firsts.get(3)) or None) if is_definition else None,
        raw=raw,
        is_invisible=bool(flags & _INVISIBLE),
        is_constant=bool(flags & _CONSTANT),
        provenance=_provenance(place=its_place, method="attribute"),
    )


def rich_text(tags: Sequence[tuple[int, bytes]], decode: Decoder) -> str:
    """Text of an MTEXT, embedded or not: pieces in group 3, the last one in group 1; empty when there is none."""
    return decode.text(b"".join(value for code, value in tags if code in {1, 3}))


def is_shown(attribute: Record) -> bool:
    """Whether an attribute can be seen."""
    return not (attribute.integer(70) or 0) & _INVISIBLE


def _handle(value: bytes | None) -> str | None:
    return value.strip().decode("ascii", "replace").upper() if value else None


def total_counts(
    inserts: Iterable[Insert], block_of: Mapping[int, str], roots: frozenset[int]
) -> dict[str, int | None]:
    """How often each block appears in the wanted spaces, nested and multiple inserts multiplied.

    Args:
        inserts: All inserts.
        block_of: Lower-case name of the block by number of its space; layouts are left out.
        roots: Numbers of the spaces that are layouts and wanted.

    Returns:
        Count by lower-case name; None for a block that contains itself, and for what only such a block contains.
    """
    uses: dict[str, Counter[str]] = {}
    direct: Counter[str] = Counter()
    for insert in inserts:
        name = insert.block.casefold()
        if insert.space in roots:
            direct[name] += insert.copies
        elif (parent := block_of.get(insert.space)) is not None:
            uses.setdefault(name, Counter())[parent] += insert.copies
    found: dict[str, int | None] = {}
    for name in {*direct, *uses}:
        _count(name, uses, direct, found)
    return found


def _count(start: str, uses: Mapping[str, Counter[str]], direct: Counter[str], found: dict[str, int | None]) -> None:
    """Count without recursion: files may nest deeper than Python does."""
    path = [start]
    on_path = {start}
    while path:
        name = path[-1]
        open_parent = next((parent for parent in uses.get(name, ()) if parent not in found), None)
        if open_parent is not None:
            if open_parent in on_path:
                for member in path[path.index(open_parent) :]:
                    found[member] = None
            else:
                path.append(open_parent)
                on_path.add(open_parent)
                continue
        if name not in found:
            above = [(found[parent], copies) for parent, copies in uses.get(name, {}).items()]
            nested = [count * copies for count, copies in above if count is not None]
            found[name] = None if len(nested) < len(above) else direct[name] + sum(nested)
        path.pop()
        on_path.discard(name)
