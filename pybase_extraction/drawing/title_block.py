"""Title blocks: how a value belongs to its label.

A value stands in the ruled cell of its label, below or behind it, or in the next cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pybase_extraction.drawing.title_labels import (
    ROLE_OF,
    Label,
    fits,
    fold,
    match_label,
    sheet_size,
    split_labels,
)
from pybase_extraction.results import Locator, Provenance, Signature, TitleBlock, TitleField, TitleFieldRival
from pybase_extraction.source import BBox

_MECHANICAL = {
    "GEN-TITLE-NR": "drawing_number", "GEN-TITLE-DES1": "title", "GEN-TITLE-DES2": "subtitle",
    "GEN-TITLE-MAT1": "material",
    "GEN-TITLE-SCA": "scale", "GEN-TITLE-REV": "revision", "GEN-TITLE-SHEET": "sheet", "GEN-TITLE-WT": "mass",
    "GEN-TITLE-SIZ": "format", "GEN-TITLE-DAT": "date",
}  # fmt: skip
"""Attribute tags of AutoCAD Mechanical's title blocks."""
_SIGNED = {"GEN-TITLE-NAME": "drawn", "GEN-TITLE-CHKM": "checked", "GEN-TITLE-APPM": "approved"}
_FEWEST = 3
"""Fields below which a group of cells is not taken for a title block."""
_NEAR = 3.0
"""Distance between rules of neighbouring cells, in points or drawing units."""
_ROOM = 1.2
"""Share of its label's height that a cell leaves free where it is made for a value below."""
_LEVEL = 0.7
"""Share of their heights that a label's cell and that of its value have in common."""
_BETWEEN = re.compile(r"\s+[-–|/]\s+")
"""What parts several facts in one line."""
_NAMES = frozenset({"name", "nom", "nombre", "nome", "姓名"})
"""Headings of the names in a table of signatures."""


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A ruled cell of a sheet with its lines of text, top to bottom.

    Attributes:
        bbox: Box of the cell on its page.
        lines: Each line with its box.
    """

    bbox: BBox
    lines: tuple[tuple[str, BBox], ...]

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(text for text, _ in self.lines)


def title_block_from_attributes(attributes: Mapping[str, tuple[str, Provenance]]) -> TitleBlock | None:
    """Read a title block from block attributes; tags are matched as whole tokens.

    Args:
        attributes: Value and place by tag.

    Returns:
        None when fewer than two tags name a field.
    """
    found = _Fields()
    for tag, (value, provenance) in attributes.items():
        upper = tag.upper()
        label = match_label(tag.replace("_", " ").replace("-", " "))
        field = _MECHANICAL.get(upper) or (label.field if label else None)
        role = _SIGNED.get(upper) or (label.role if label else None)
        is_date = False
        if field is None and role is None:
            role, is_date = _dated_role(tag)
        if value.strip():
            found.add(field, role, _field(value, tag, provenance), is_date=is_date, tag=tag)
    return found.block(fewest=2)


def _dated_role(tag: str) -> tuple[str | None, bool]:
    tokens = fold(tag.replace("_", " ").replace("-", " ")).split()
    if len(tokens) == 2 and "date" in tokens:
        other = next((word for word in tokens if word != "date"), "")
        return ROLE_OF.get(other), other in ROLE_OF
    return None, False


def title_block_from_cells(
    cells: Sequence[SheetCell], page: int, loose: Sequence[tuple[str, BBox]] = ()
) -> TitleBlock | None:
    """Read a title block from the ruled cells of a sheet.

    A value is looked for behind the colon of its label, elsewhere in the same cell, in the cell to the right, and in
    the cell below, in this order.  A cell with room for a value of its own that is blank gives nothing, and so does a
    text that does not look like a value of the field.

    Args:
        cells: The cells, with blank ones.
        page: Number of the sheet, from 1.
        loose: Lines of the sheet outside of all cells; only those that bring label and value together are read.

    Returns:
        None when fewer than three fields are found.
    """
    cells = [_with_labels_apart(cell) for cell in cells]
    found = _Fields()
    signed = _signatures(cells, page, found)
    for cell in cells:
        label = match_label(cell.lines[0][0]) if cell.lines and cell not in signed else None
        if label is None:
            continue
        value, method = _value_of(label, cell, cells)
        if value is not None:
            _put(found, label, value, page, method)
    ruled = tuple(found.places)
    _read_loose(found, loose, page)
    _read_size(found, cells, loose, page)
    # lines may stand anywhere between the views: the box of the block is that of its cells
    found.places = list(ruled or found.places)
    return found.block(page=page, fewest=_FEWEST - len(found.custom), method="title-block" if ruled else "title-lines")


def _put(found: _Fields, label: Label, value: tuple[str, BBox], page: int, method: str) -> None:
    text, box = value
    provenance = Provenance(place=Locator(page=page, bbox=box), method=method)
    if not fits(label.field, text):
        return
    if label.field == "sheet" and (
        split := re.fullmatch(r"(\S+)\s*(?:/|of|von|de|di|sur)\s*(\S+)", text.strip(), re.IGNORECASE)
    ):
        found.add("sheets", None, _field(split[2], label.text, provenance))
        text = split[1]
    found.add(label.field, label.role, _field(text, label.text, provenance), tag=label.text)


def _with_labels_apart(cell: SheetCell) -> SheetCell:
    """Give labels in the middle of a line a line of their own."""
    lines: list[tuple[str, BBox]] = []
    for text, box in cell.lines:
        lines += _apart(text, box)
    return SheetCell(cell.bbox, tuple(lines))


def _apart(text: str, box: BBox) -> list[tuple[str, BBox]]:
    parts = split_labels(text)
    if len(parts) == 1:
        return [(text, box)]
    share = (box[2] - box[0]) / max(len(text), 1)
    starts = [text.index(part) for part in parts]
    return [
        (part, (box[0] + start * share, box[1], box[0] + (start + len(part)) * share, box[3]))
        for part, start in zip(parts, starts, strict=True)
    ]


def _read_loose(found: _Fields, loose: Sequence[tuple[str, BBox]], page: int) -> None:
    pairs: list[tuple[Label, tuple[str, BBox]]] = []
    for text, box in loose:
        for part, place in _apart(text, box):
            for piece in _BETWEEN.split(part):
                label = match_label(piece)
                if label is not None and label.rest:
                    pairs.append((label, (label.rest, place)))
    facts = [(piece.strip(), box) for text, box in loose for piece in _BETWEEN.split(text)[1:]]
    dates = [fact for fact in facts if _DATE.fullmatch(fact[0])]
    if len(dates) == 1:
        _put(found, Label("date", None, ""), dates[0], page, "date-without-label")
    scales = {value[0] for label, value in pairs if label.field == "scale"}
    for label, value in pairs:
        # several scales are those of views
        if label.field != "scale" or len(scales) == 1:
            _put(found, label, value, page, "label-inline")


def _read_size(found: _Fields, cells: Sequence[SheetCell], loose: Sequence[tuple[str, BBox]], page: int) -> None:
    """Read the size of the sheet where it stands alone, in a cell of the block or beside other facts."""
    alone = [line for cell in cells if len(cell.lines) == 1 for line in cell.lines]
    beside = [(piece, box) for text, box in loose if _BETWEEN.search(text) for piece in _BETWEEN.split(text)]
    sizes = [(size, text, box) for text, box in [*alone, *beside] if (size := sheet_size(text)) is not None]
    if len({size for size, _, _ in sizes}) == 1 and "format" not in found.fields:
        size, text, box = sizes[0]
        provenance = Provenance(place=Locator(page=page, bbox=box), method="size-without-label")
        found.add("format", None, TitleField(value=size, raw=text, provenance=provenance))


def _signatures(cells: Sequence[SheetCell], page: int, found: _Fields) -> set[SheetCell]:
    """Read a table of signatures: roles below each other, names and dates in columns beside them.

    Returns:
        The cells of its headings and roles, which name no other field.
    """
    roles = [(cell, label) for cell in cells if (label := _blank_role(cell)) is not None]
    columns: dict[int, list[tuple[SheetCell, Label]]] = {}
    for cell, label in roles:
        columns.setdefault(round(cell.bbox[0] / 4), []).append((cell, label))
    read: set[SheetCell] = set()
    for column in columns.values():
        top = min(column, key=lambda item: item[0].bbox[1])[0]
        headings = _headings_above(top, cells)
        if len(column) < 2 or not headings:
            continue
        read |= {heading for heading, _ in headings} | {cell for cell, _ in column}
        for cell, label in column:
            for heading, is_date in headings:
                value = _crossing(cell, heading, cells)
                if value is None or not fits("date" if is_date else None, value.text):
                    continue
                provenance = Provenance(place=Locator(page=page, bbox=value.bbox), method="signature-table")
                found.add(None, label.role, _field(value.text, label.text, provenance), is_date=is_date)
    return read


def _blank_role(cell: SheetCell) -> Label | None:
    label = match_label(cell.lines[0][0]) if len(cell.lines) == 1 else None
    return label if label is not None and label.role is not None and not label.rest else None


def _headings_above(top: SheetCell, cells: Sequence[SheetCell]) -> list[tuple[SheetCell, bool]]:
    """Headings of names and dates in the row above the first role, to its right; whether each is of dates."""
    row = [
        cell
        for cell in cells
        if cell.bbox[0] > top.bbox[0] and abs(cell.bbox[3] - top.bbox[1]) < _NEAR and len(cell.lines) == 1
    ]
    found = []
    for cell in row:
        label = match_label(cell.lines[0][0])
        if fold(cell.lines[0][0]) in _NAMES or (label is not None and label.field == "date"):
            found.append((cell, label is not None and label.field == "date"))
    return found


def _crossing(role: SheetCell, heading: SheetCell, cells: Sequence[SheetCell]) -> SheetCell | None:
    y, x = (role.bbox[1] + role.bbox[3]) / 2, (heading.bbox[0] + heading.bbox[2]) / 2
    return next(
        (
            cell
            for cell in cells
            if cell.lines and cell.bbox[0] < x < cell.bbox[2] and cell.bbox[1] < y < cell.bbox[3] and cell != role
        ),
        None,
    )


def _value_of(label: Label, cell: SheetCell, cells: Sequence[SheetCell]) -> tuple[tuple[str, BBox] | None, str]:
    if label.rest:
        return (label.rest, cell.lines[0][1]), "label-inline"
    others = _until_label(cell.lines[1:])
    if others:
        return (" ".join(text for text, _ in others), _union(box for _, box in others)), "ruled-cell-label"
    if len(cell.lines) > 1 or _has_room(cell):
        return None, "blank"
    for other, method in ((_right_of(cell, cells), "cell-to-the-right"), (_below(cell, cells), "cell-below")):
        if other is not None and other.lines and not any(match_label(text) for text, _ in other.lines):
            return (" ".join(text for text, _ in other.lines), _union(box for _, box in other.lines)), method
        if other is not None and not other.lines and method == "cell-to-the-right":
            # an empty cell beside the label is its value, printed blank
            return None, method
    return None, "blank"


def _until_label(lines: Sequence[tuple[str, BBox]]) -> list[tuple[str, BBox]]:
    """The lines before the next label."""
    found: list[tuple[str, BBox]] = []
    for line in lines:
        if match_label(line[0]) is not None:
            break
        found.append(line)
    return found


def _has_room(cell: SheetCell) -> bool:
    """Whether the label stands at the top of a cell with room for a value below: then a blank is a blank."""
    _, (_, top, _, bottom) = cell.lines[0]
    above, below = top - cell.bbox[1], cell.bbox[3] - bottom
    return below > _ROOM * (bottom - top) and below > 2 * above


def _right_of(cell: SheetCell, cells: Sequence[SheetCell]) -> SheetCell | None:
    x0, top, x1, bottom = cell.bbox
    middle = (top + bottom) / 2
    beside = [
        other
        for other in cells
        if abs(other.bbox[0] - x1) < _NEAR
        and other.bbox[1] < middle < other.bbox[3]
        and min(bottom, other.bbox[3]) - max(top, other.bbox[1]) > _LEVEL * max(bottom - top, _height(other))
    ]
    del x0
    return min(beside, key=lambda other: abs(other.bbox[0] - x1), default=None)


def _height(cell: SheetCell) -> float:
    return cell.bbox[3] - cell.bbox[1]


def _below(cell: SheetCell, cells: Sequence[SheetCell]) -> SheetCell | None:
    x0, _, x1, bottom = cell.bbox
    middle = (x0 + x1) / 2
    under = [other for other in cells if abs(other.bbox[1] - bottom) < 3 and other.bbox[0] < middle < other.bbox[2]]
    return min(under, key=lambda other: abs(other.bbox[1] - bottom), default=None)


def _union(boxes: Iterable[BBox]) -> BBox:
    x0s, tops, x1s, bottoms = zip(*boxes, strict=True)
    return min(x0s), min(tops), max(x1s), max(bottoms)


class _Fields:
    """Fields found so far; the first of a kind wins, later ones become its rivals."""

    def __init__(self) -> None:
        self.fields: dict[str, TitleField] = {}
        self.names: dict[str, TitleField] = {}
        self.dates: dict[str, TitleField] = {}
        self.custom: dict[str, TitleField] = {}
        self.places: list[Provenance] = []

    def add(
        self, field: str | None, role: str | None, found: TitleField, *, is_date: bool = False, tag: str | None = None
    ) -> None:
        home = self.fields if field else (self.dates if is_date else self.names) if role else self.custom
        key = field or role or tag
        if key is None:
            return
        self.places.append(found.provenance)
        if key in home:
            rival = TitleFieldRival(value=found.value, label=found.label, provenance=found.provenance)
            home[key] = home[key].model_copy(update={"rivals": (*home[key].rivals, rival)})
        else:
            home[key] = found

    def block(self, *, page: int | None = None, fewest: int, method: str = "title-block") -> TitleBlock | None:
        known = len(self.fields) + len(self.names)
        if known < fewest:
            return None
        roles = dict.fromkeys([*self.names, *self.dates])
        signatures = {role: Signature(name=self.names.get(role), date=self.dates.get(role)) for role in roles}
        fields: dict[str, Any] = dict(self.fields)
        boxes = [item.place.bbox for item in self.places if item.place.bbox is not None]
        place = Locator(page=page, bbox=_union(boxes)) if page is not None and boxes else self.places[0].place
        return TitleBlock(
            page=page,
            signatures=signatures,
            custom_fields=self.custom,
            provenance=Provenance(place=place, method=method),
            **fields,
        )


def _field(value: str, label: str, provenance: Provenance) -> TitleField:
    folded = " ".join(value.split()).removeprefix(":").lstrip()
    return TitleField(value=folded, normalized=_normalized(folded), label=label, raw=value, provenance=provenance)


_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}|\d{4}-\d{2}-\d{2}")
_SCALE = re.compile(r"(\d+(?:[.,]\d+)?)\s*[:/]\s*(\d+(?:[.,]\d+)?)")
_ISO_DATE = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})")
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def _normalized(value: str) -> str | None:
    """Canonical form of a date that can be read in one way only, or of a scale; None for everything else.

    Dates with slashes are left alone: their order differs between countries.
    """
    if match := _ISO_DATE.fullmatch(value):
        return _date(match[1], match[2], match[3])
    if match := _GERMAN_DATE.fullmatch(value):
        return _date(match[3], match[2], match[1])
    if match := _SCALE.fullmatch(value):
        return f"{match[1]}:{match[2]}".replace(",", ".")
    return None


def _date(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
