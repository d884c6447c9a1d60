"""What changed between two revisions of a drawing or a model.

Rows are matched by what identifies them, and those with equal identities in the order of the file:

- fields of the title block by sheet and name; lines of parts lists by item number, else part number, else key;
- dimensions by the entity's handle, else page, kind and nominal size: a printed dimension whose nominal size changed
  is one removed and one added, because nothing says that it is the same;
- elements by GlobalId; parts by part number, else name, else key.

Places are not compared: a callout that moved says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pybase_extraction.records import SECTIONS, Record

if TYPE_CHECKING:
    from pybase_extraction.results import ExtractionResult

_IDENTITIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "title_block": (("sheet", "field"),),
    "bom": (("item",), ("part_number",), ("key",)),
    "dimensions": (("handle",), ("page", "kind", "nominal")),
    "elements": (("global_id",),),
    "parts": (("part_number",), ("name",), ("key",)),
}
_PLACES = frozenset({"page", "layout", "layer", "handle", "step_id", "path", "bbox"})

Identity = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is not the same in both.

    Attributes:
        section: Section as in an export, for example ``"bom"``.
        identity: Names and values that identify the row, and its number among equal ones, from 0.
        before: The row in the first result; None when it was added.
        after: The row in the second result; None when it was removed.
    """

    section: str
    identity: Identity
    before: Record | None = field(hash=False)
    after: Record | None = field(hash=False)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that differ; empty for rows that were added or removed."""
        if self.before is None or self.after is None:
            return ()
        before, after = _said(self.before), _said(self.after)
        return tuple(name for name in before | after if before.get(name) != after.get(name))

    def __str__(self) -> str:
        named = " ".join(str(part) for part in self.identity[1:-1:2])
        if self.before is None or self.after is None:
            return f"{self.section} {named}: {'added' if self.before is None else 'removed'}"
        said = "; ".join(f"{name} {self.before.get(name)!r} → {self.after.get(name)!r}" for name in self.fields)
        return f"{self.section} {named}: {said}"


def diff(before: ExtractionResult, after: ExtractionResult) -> tuple[Change, ...]:
    """Compare two results; empty when they say the same. The module's text tells how rows are matched."""
    return tuple(change for section in _IDENTITIES for change in _changes(section, before, after))


def _changes(section: str, before: ExtractionResult, after: ExtractionResult) -> Iterator[Change]:
    old = _by_identity(section, list(SECTIONS[section](before)))
    new = _by_identity(section, list(SECTIONS[section](after)))
    for identity in old | new:
        change = Change(section, identity, old.get(identity), new.get(identity))
        if change.before is None or change.after is None or change.fields:
            yield change


def _by_identity(section: str, rows: Sequence[Record]) -> dict[Identity, Record]:
    found: dict[Identity, Record] = {}
    seen: dict[Identity, int] = {}
    for row in rows:
        identity = _identity(section, row)
        number = seen.get(identity, 0)
        seen[identity] = number + 1
        found[*identity, number] = row
    return found


def _identity(section: str, row: Record) -> Identity:
    for names in _IDENTITIES[section]:
        if row.get(names[-1]) is not None:
            return tuple(part for name in names for part in (name, row.get(name)))
    return ("row", None)


def _said(row: Record) -> Record:
    return {name: value for name, value in row.items() if name not in _PLACES}
