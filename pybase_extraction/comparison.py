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
from html import escape
from typing import TYPE_CHECKING, Any

from pybase_extraction.dataframes import Engine, frame
from pybase_extraction.display import folded, html_table, image
from pybase_extraction.pictures.view import can_be_drawn
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
_COLUMNS = ("section", "row", "change", "field", "before", "after")
_SHOWN_PICTURES = 10
_SAY_NOTHING = (None, "", False)
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

    @property
    def named(self) -> str:
        """The values that identify the row."""
        return " ".join(str(part) for part in self.identity[1:-1:2])

    def __str__(self) -> str:
        named = self.named
        if self.before is None or self.after is None:
            return f"{self.section} {named}: {'added' if self.before is None else 'removed'}"
        said = "; ".join(f"{name} {self.before.get(name)!r} → {self.after.get(name)!r}" for name in self.fields)
        return f"{self.section} {named}: {said}"


class Changes(tuple[Change, ...]):  # noqa: SLOT001 -- a tuple cannot have slots that hold something
    """The changes between two results, in the order of the sections; shows itself in notebooks.

    Attributes:
        before: The first result.
        after: The second result.
    """

    before: ExtractionResult
    after: ExtractionResult

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "no changes"

    def records(self) -> list[Record]:
        """One row for every field that differs, and one for every row that was added or removed."""
        return [row for change in self for row in _rows(change)]

    def df(self, *, engine: Engine = "pandas") -> Any:
        """The changes as a data frame with the columns section, row, change, field, before and after.

        Raises:
            MissingDependencyError: The engine is not installed.
        """
        return frame(self.records(), columns=_COLUMNS, engine=engine)

    def _repr_html_(self) -> str:
        names = f"{self.before.source.filename} → {self.after.source.filename}"
        parts = [f"<p><b>{escape(names)}</b>: {_count(len(self))}</p>"]
        for section in _IDENTITIES:
            changes = [change for change in self if change.section == section]
            if changes:
                table = html_table([row for change in changes for row in _rows(change)])
                parts.append(folded(f"{section.replace('_', ' ')} ({len(changes)})", table))
        return f"<div>{''.join([*parts, *self._pictures()])}</div>"

    def _pictures(self) -> Iterator[str]:
        """The places of the first changes on their pages, where the files lie where they were extracted from."""
        sides = [(self.before, "before", can_be_drawn(self.before)), (self.after, "after", can_be_drawn(self.after))]
        for change in self[:_SHOWN_PICTURES]:
            pictures = [
                f"<p>{word}</p>{picture}"
                for result, word, is_there in sides
                if is_there and (picture := _picture(result, change.before if word == "before" else change.after))
            ]
            if pictures:
                yield folded(str(change), "".join(pictures))


def diff(before: ExtractionResult, after: ExtractionResult) -> Changes:
    """Compare two results; empty when they say the same. The module's text tells how rows are matched."""
    found = Changes(change for section in _IDENTITIES for change in _changes(section, before, after))
    found.before, found.after = before, after
    return found


def _count(number: int) -> str:
    return "no changes" if not number else f"{number} change{'' if number == 1 else 's'}"


def _rows(change: Change) -> Iterator[Record]:
    named = {"section": change.section, "row": change.named}
    if change.before is None or change.after is None:
        word, row = ("added", change.after) if change.before is None else ("removed", change.before)
        said = "; ".join(f"{name} {value}" for name, value in _said(row or {}).items() if value not in _SAY_NOTHING)
        before, after = (None, said) if change.before is None else (said, None)
        yield {**named, "change": word, "field": None, "before": before, "after": after}
        return
    for name in change.fields:
        before, after = change.before.get(name), change.after.get(name)
        yield {**named, "change": "changed", "field": name, "before": _text(before), "after": _text(after)}


def _text(value: object) -> str | None:
    # one column holds numbers and texts of many fields, so that it is text
    return None if value is None else str(value)


def _picture(result: ExtractionResult, row: Record | None) -> str:
    if row is None or not row.get("bbox") or not isinstance(page := row.get("page"), int):
        return ""
    if all(known.number != page or known.unit not in {"pt", "px"} for known in result.pages):
        return ""
    left, top, right, bottom = (float(number) for number in str(row["bbox"]).split())
    return image(lambda: result.page(page).crop((left, top, right, bottom)))


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
