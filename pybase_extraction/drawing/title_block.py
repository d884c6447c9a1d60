"""Title blocks: how a value belongs to its label.

A value stands in the ruled cell of its label, below or behind it, or in the next cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from pybase_extraction.drawing.title_fields import TitleFields, title_field, union
from pybase_extraction.drawing.title_forms import is_company, sheet_of
from pybase_extraction.drawing.title_inference import FramedSheet, infer
from pybase_extraction.drawing.title_labels import (
    DATE,
    Label,
    fits,
    fold,
    is_norm,
    label_in_cell,
    match_label,
    role_of,
    sheet_size,
    split_labels,
)
from pybase_extraction.results import Locator, Provenance, TitleBlock
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
_NAMES = frozenset(
    map(
        fold,
        (
            "name",
            "nom",
            "nombre",
            "nome",
            "naam",
            "namn",
            "navn",
            "jméno",
            "nazwisko",
            "imię i nazwisko",
            "nimi",
            "№ докум.",
            "N докум.",
            "фамилия",
            "姓名",
            "氏名",
        ),
    )
)
"""Headings of the names in a table of signatures."""


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A ruled cell of a sheet with its lines of text, top to bottom.

    Attributes:
        bbox: Box of the cell on its page.
        lines: Each line with its box.
        whole: Box of the ruled cell that it is a part of; None when it is a whole one.
    """

    bbox: BBox
    lines: tuple[tuple[str, BBox], ...]
    whole: BBox | None = None

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
    found = TitleFields()
    for tag, (value, provenance) in attributes.items():
        upper = tag.upper()
        label = match_label(tag.replace("_", " ").replace("-", " "))
        field = _MECHANICAL.get(upper) or (label.field if label else None)
        role = _SIGNED.get(upper) or (label.role if label else None)
        is_date = label is not None and label.is_date
        if value.strip():
            found.add(field, role, title_field(value, tag, provenance), is_date=is_date, tag=tag)
    return found.block(fewest=2)


def title_block_from_cells(
    cells: Sequence[SheetCell],
    page: int,
    loose: Sequence[tuple[str, BBox]] = (),
    sheet: FramedSheet = FramedSheet(),  # noqa: B008 -- frozen
) -> TitleBlock | None:
    """Read a title block from the ruled cells of a sheet.

    A value is looked for behind the colon of its label, elsewhere in the same cell, in the cell to the right, and in
    the cell below, in this order.  A cell with room for a value of its own that is blank gives nothing, and so does a
    text that does not look like a value of the field.  Then what no label names is inferred, see ``title_inference``.

    Args:
        cells: The cells, with blank ones.
        page: Number of the sheet, from 1.
        loose: Lines of the sheet outside of all cells; only those that bring label and value together are read.
        sheet: The frame of the sheet, and what its file is called.

    Returns:
        None when fewer than three fields are found.
    """
    cells = [part for cell in cells for part in _parts(_with_labels_apart(cell))]
    found = TitleFields()
    signed = _signatures(cells, page, found)
    for cell, label in _labelled(cells, signed):
        _read_label(label, cell, cells, page, found)
    ruled = tuple(found.places)
    _read_loose(found, loose, page, is_ruled=len(ruled) >= _FEWEST)
    _read_beside(found, loose, page)
    _read_size(found, cells, loose, page)
    infer(found, cells, loose, page, sheet)
    # lines may stand anywhere between the views: the box of the block is that of its cells
    found.places = list(ruled or found.places)
    return found.block(page=page, fewest=_FEWEST - len(found.custom), method="title-block" if ruled else "title-lines")


def _parts(cell: SheetCell) -> list[SheetCell]:
    """A cell with several labels, or with texts that are none of its label's, as several cells.

    A text belongs to the label above it or on its level that is nearest; none belongs to a label that stands wholly to
    its right.
    """
    first = match_label(cell.lines[0][0]) if cell.lines else None
    if first is not None and first.field == "status":
        return [cell]  # its value may be the word of a role
    labels = [line for line in cell.lines[:_MOST_LINES] if match_label(line[0]) is not None]
    others = [line for line in cell.lines if line not in labels]
    if not labels or (len(labels) == 1 and all(_may_belong(line[1], labels[0][1]) for line in others)):
        return [cell]
    homes = {id(line): min(labels, key=lambda label: _farness(line[1], label[1])) for line in others}
    strays = [line for line in others if _farness(line[1], homes[id(line)][1]) >= _NEVER]
    tops = [label[1][1] for label in labels]
    parts = []
    for label in labels:
        end = min((top for top in tops if top > label[1][3]), default=cell.bbox[3])
        lines = [line for line in others if homes[id(line)] is label and line not in strays]
        parts.append(SheetCell((cell.bbox[0], label[1][1], cell.bbox[2], end), (label, *lines), cell.bbox))
    return [*parts, *(SheetCell(_grown(line[1]), (line,), cell.bbox) for line in strays)]


_MOST_LINES = 60
_NEVER = 1e6


def _may_belong(box: BBox, label: BBox) -> bool:
    return _farness(box, label) < _NEVER


def _farness(box: BBox, label: BBox) -> float:
    """How far a text is from a label that may be its own: down before across; ``_NEVER`` where it cannot be."""
    height = label[3] - label[1]
    if box[2] < label[0] or box[3] < label[1] + 0.3 * height:
        return _NEVER
    is_level = (box[1] + box[3]) / 2 < label[3] + 0.3 * height
    across = max(box[0] - label[2], 0.0)
    if not is_level and across > _WIDEST_STEP * height:
        return _NEVER
    return (0.0 if is_level else box[1] - label[1]) + across


_WIDEST_STEP = 12
"""Heights of a label by which a text below it may begin behind its end."""


def _grown(box: BBox) -> BBox:
    return box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1


def _labelled(cells: Sequence[SheetCell], signed: set[SheetCell]) -> Iterator[tuple[SheetCell, Label]]:
    """Cells that begin with a label; of more than any block has, those at the foot of the sheet."""
    beginning = [cell for cell in cells if cell.lines and cell not in signed and _names(cell.lines[0][0])]
    for cell in beginning[-_MOST_LABELS:]:
        label = _label_of(cell, cells)
        if label is not None:
            yield cell, label


def _names(text: str) -> bool:
    return match_label(text) is not None or label_in_cell(text) is not None


def _label_of(cell: SheetCell, cells: Sequence[SheetCell]) -> Label | None:
    text = cell.lines[0][0]
    label = match_label(text) or label_in_cell(text)
    if label is not None and label.field == "date" and (signer := _signer_above(cell, cells)) is not None:
        return replace(label, field=None, role=signer, is_date=True)
    if label is not None and label.field is not None and (role := role_of(text)) is not None:
        # "Proyectó" above "Dibujó" is who designed, "Proyecto" alone the project
        others = [_below(cell, cells), _above(cell, cells)]
        names = [other.lines[0][0] for other in others if other is not None and other.lines]
        if any(role_of(name) for name in names):
            return Label(None, role, text)
    return label


def _read_label(label: Label, cell: SheetCell, cells: Sequence[SheetCell], page: int, found: TitleFields) -> None:
    if label.role is not None:
        _read_role(label, cell, cells, page, found)
        return
    value, method = _value_of(label, cell, cells)
    if value is not None and label.field == "title" and method == "ruled-cell-label":
        _put_title(found, label, _until_label(cell.lines[1:], label), page)
    elif value is not None:
        _put(found, label, value, page, method)
    elif label.field is not None and not (label.field == "title" and _is_heading_of_names(cell)):
        found.blank.add(label.field)


def _is_heading_of_names(cell: SheetCell) -> bool:
    """Whether a cell is no wider than its label and no higher: "Nome" and "Nom" stand above the names of persons.

    A cell for a title has room for one, beside its label or below it.
    """
    (_, box), (x0, top, x1, bottom) = cell.lines[0], cell.bbox
    return x1 - x0 < _TITLE_ROOM * (box[2] - box[0]) and bottom - top < _TITLE_ROOM * (box[3] - box[1])


_TITLE_ROOM = 3.5
"""Times the size of its label that a cell for a title has both ways, at least one of them."""


def _put_title(found: TitleFields, label: Label, lines: Sequence[tuple[str, BBox]], page: int) -> None:
    """Put the title, and the lines below it that are set smaller or that the label announces as its supplement."""
    height = lines[0][1][3] - lines[0][1][1]
    is_double = _named_with_supplement(label.text)
    count = 1 if is_double else len([*takewhile(lambda line: line[1][3] - line[1][1] > _SMALLER * height, lines)])
    for name, part in (("title", lines[:count]), ("subtitle", lines[count:])):
        if part:
            value = (" ".join(text for text, _ in part), union(box for _, box in part))
            _put(found, replace(label, field=name), value, page, "ruled-cell-label")


_SMALLER = 0.85
"""Share of the title's height below which a line is its supplement."""


def _named_with_supplement(text: str) -> bool:
    parts = re.split(r"\s*[,/]\s*", text)
    return len(parts) == 2 and any((label := match_label(part)) and label.field == "subtitle" for part in parts)


def _read_role(label: Label, cell: SheetCell, cells: Sequence[SheetCell], page: int, found: TitleFields) -> None:
    """Read who signed and when: the day stands behind the name or in one of the cells to the right."""
    value, method = _value_of(label, cell, cells)
    texts = [(*value, method)] if value is not None else []
    at: SheetCell | None = cell
    for _ in range(_MOST_SIGNED):
        at = _right_of(at, cells) if at is not None else None
        if at is None or len(at.lines) > 1 or any(match_label(text) for text, _ in at.lines):
            break
        texts += [(text, box, "cell-to-the-right") for text, box in at.lines if value is None or value[0] != text]
    # where the name is blank, what stands further to the right is none
    names = [
        item for item in texts[:1] if value is not None and DATE.fullmatch(item[0]) is None and not is_company(item[0])
    ]
    dates = [item for item in texts if DATE.fullmatch(item[0]) is not None]
    if names and (behind := _DATE_BEHIND.fullmatch(names[0][0])):
        names, dates = [(behind[1], *names[0][1:])], [(behind[2], *names[0][1:])]
    elif names and (before := _DATE_BEFORE.fullmatch(names[0][0])):
        names, dates = [(before[2], *names[0][1:])], [(before[1], *names[0][1:])]
    if not names and dates:
        names = [item for item in texts[1:2] if item[0] != dates[0][0] and _WORDS.match(item[0])]
    for (text, box, how), is_date in [
        *((item, label.is_date) for item in names),
        *((item, True) for item in dates[:1]),
    ]:
        if fits("date" if is_date else None, text) and _LETTER.search(text):
            provenance = Provenance(place=Locator(page=page, bbox=box), method=how)
            found.add(None, label.role, title_field(text, label.text, provenance), is_date=is_date)
    if not texts and label.role is not None:
        found.blank.add(label.role)


_MOST_LABELS = 300
"""Labels of a sheet that are read: each one's value is looked for among all cells."""
_MOST_SIGNED = 3
"""Cells behind a role: name, signature, day."""
_DATE_BEHIND = re.compile(rf"(\D.{{0,40}}?)[\s,/|-]+({DATE.pattern.replace('(?:', '(?:')})", DATE.flags)
_DATE_BEFORE = re.compile(r"(\d{4}-\d{2}-\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})[\s,/|-]*([^\W\d_].{0,40})")
_PRINCIPLE = re.compile(r"(?:DIN |EN )*ISO ?8015(?:[:-]\d{4})?")
"""The standard of how sizes and forms belong together, which states no tolerances."""
_LETTER = re.compile(r"[^\W_]")
_WORDS = re.compile(r"[^\W\d_]")


def _put(
    found: TitleFields, label: Label, value: tuple[str, BBox], page: int, method: str, *, raw: str | None = None
) -> None:
    text, box = value
    provenance = Provenance(place=Locator(page=page, bbox=box), method=method)
    raw = text if raw is None else raw
    if label.field in {"sheet", "sheets"} and (parts := sheet_of(text)) is not None:
        number, count = parts
        if count is not None:
            found.add("sheets", None, title_field(count, label.text, provenance))
        if number is None:
            return
        text = number
    is_own = label.field is None and label.role is None
    if not fits(label.field, text) and not (is_own and is_norm(text)):
        return
    if label.field == "general_tolerance" and _PRINCIPLE.fullmatch(text):
        label = replace(label, field=None)
    entry = title_field(text, label.text, provenance, raw=raw)
    found.add(label.field, label.role, entry, is_date=label.is_date, tag=label.text)


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


def _read_loose(found: TitleFields, loose: Sequence[tuple[str, BBox]], page: int, *, is_ruled: bool) -> None:
    """Read lines outside of cells that bring label and value together.

    Scales of views are none of the sheet: neither those below the name of a view, nor several different ones, nor any
    where a ruled block states what it states.
    """
    pairs: list[tuple[Label, tuple[str, BBox], str]] = []
    views = [box for text, box in loose if _VIEW.match(text)][:_MOST_VIEWS]
    for text, box in loose:
        for part, place in _apart(text, box):
            for piece in _BETWEEN.split(part):
                label = match_label(piece)
                if label is not None and label.rest and not _is_under(box, views):
                    pairs.append((label, (label.rest, place), piece))
    facts = [(piece.strip(), box) for text, box in loose for piece in _BETWEEN.split(text)[1:]]
    dates = [fact for fact in facts if DATE.fullmatch(fact[0])]
    if len(dates) == 1 and found.is_open("date"):
        _put(found, Label("date", None, ""), dates[0], page, "date-without-label")
    scales = {value[0] for label, value, _ in pairs if label.field == "scale"}
    for label, value, raw in pairs:
        if label.field != "scale" or (len(scales) == 1 and not is_ruled):
            _put(found, label, value, page, "label-inline", raw=raw)


def _read_beside(found: TitleFields, loose: Sequence[tuple[str, BBox]], page: int) -> None:
    """Read labels that end in a colon outside of all cells, with the text that stands next on their level."""
    labels = [(label, box) for text, box in loose if text.endswith(":") and (label := match_label(text)) is not None]
    values = [(text, box) for text, box in loose if not text.endswith(":")]
    for label, box in labels[-_MOST_LABELS:]:
        height, middle = box[3] - box[1], (box[1] + box[3]) / 2
        level = [value for value in values if value[1][1] < middle < value[1][3]]
        beside = [value for value in level if -height < value[1][0] - box[2] < _FARTHEST * height]
        other = min((at[0] for _, at in labels if at[0] > box[2] and at[1] < middle < at[3]), default=float("inf"))
        near = min((value for value in beside if value[1][0] < other), key=lambda value: value[1][0], default=None)
        if near is not None:
            _put(found, label, near, page, "text-to-the-right")


_FARTHEST = 10
"""Heights of a label within which its value begins where no rules surround them."""
_MOST_VIEWS = 100
_VIEW = re.compile(
    r"(?:detail|section|view|schnitt|einzelheit|ansicht|coupe|d[ée]tail|vue|secci[oó]n|detalle|vista|sezione|dettaglio)"
    r"\b|[A-Z] ?[-–] ?[A-Z]\Z",
    re.IGNORECASE,
)


def _is_under(box: BBox, views: Sequence[BBox]) -> bool:
    height = box[3] - box[1]
    return any(-height < box[1] - view[3] < 1.5 * height and view[0] < box[2] and box[0] < view[2] for view in views)


def _read_size(found: TitleFields, cells: Sequence[SheetCell], loose: Sequence[tuple[str, BBox]], page: int) -> None:
    """Read the size of the sheet where it stands alone, in a cell of the block or beside other facts."""
    alone = [line for cell in cells if len(cell.lines) == 1 for line in cell.lines]
    beside = [(piece, box) for text, box in loose if _BETWEEN.search(text) for piece in _BETWEEN.split(text)]
    sizes = [(size, text, box) for text, box in [*alone, *beside] if (size := sheet_size(text)) is not None]
    if len({size for size, _, _ in sizes}) == 1 and "format" not in found.fields:
        size, text, box = sizes[0]
        provenance = Provenance(place=Locator(page=page, bbox=box), method="size-without-label")
        found.add("format", None, title_field(size, None, provenance, raw=text))


def _signatures(cells: Sequence[SheetCell], page: int, found: TitleFields) -> set[SheetCell]:
    """Read a table of signatures: roles below each other, names and dates in columns beside them.

    Returns:
        The cells of its headings and roles, which name no other field.
    """
    roles = [(cell, label) for cell in cells if (label := _blank_role(cell)) is not None][-_MOST_LABELS:]
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
                found.add(None, label.role, title_field(value.text, label.text, provenance), is_date=is_date)
    return read


def _blank_role(cell: SheetCell) -> Label | None:
    role = role_of(cell.lines[0][0]) if len(cell.lines) == 1 else None
    return Label(None, role, cell.lines[0][0]) if role is not None else None


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
    others = _until_label(cell.lines[1:], label)
    if others:
        return (" ".join(text for text, _ in others), union(box for _, box in others)), "ruled-cell-label"
    if len(cell.lines) > 1 or _has_room(cell):
        return None, "blank"
    for other, method in ((_right_of(cell, cells), "cell-to-the-right"), (_below(cell, cells), "cell-below")):
        if other is not None and other.lines and not any(match_label(text) for text, _ in other.lines):
            return (" ".join(text for text, _ in other.lines), union(box for _, box in other.lines)), method
        if other is not None and not other.lines and method == "cell-to-the-right":
            # an empty cell beside the label is its value, printed blank
            return None, method
    return None, "blank"


def _until_label(lines: Sequence[tuple[str, BBox]], of: Label) -> list[tuple[str, BBox]]:
    """The lines before the next label; the same label in another language is none of them."""
    found: list[tuple[str, BBox]] = []
    for line in lines:
        label = match_label(line[0])
        is_same = (
            label is not None and not found and (label.field, label.role) == (of.field, of.role) and not label.rest
        )
        if label is not None and label.role is not None and of.field == "status":
            # "Released" and "Checked" are states as well as roles
            label = None
        if label is not None and not is_same:
            break
        found += [] if is_same else [line]
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


def _signer_above(cell: SheetCell, cells: Sequence[SheetCell]) -> str | None:
    """The role whose part of the same ruled cell stands right above a date's."""
    top = cell.bbox[1]
    same = (other for other in cells if other.lines and other.whole is not None and other.whole == cell.whole)
    above = next((other for other in same if other.bbox[3] == top), None)
    label = match_label(above.lines[0][0]) if above is not None else None
    return label.role if label is not None and not label.is_date else None


def _above(cell: SheetCell, cells: Sequence[SheetCell]) -> SheetCell | None:
    middle = (cell.bbox[0] + cell.bbox[2]) / 2
    over = (other for other in cells if abs(other.bbox[3] - cell.bbox[1]) < _NEAR)
    return next((other for other in over if other.bbox[0] < middle < other.bbox[2]), None)


def _below(cell: SheetCell, cells: Sequence[SheetCell]) -> SheetCell | None:
    x0, _, x1, bottom = cell.bbox
    middle = (x0 + x1) / 2
    under = [other for other in cells if abs(other.bbox[1] - bottom) < 3 and other.bbox[0] < middle < other.bbox[2]]
    return min(under, key=lambda other: abs(other.bbox[1] - bottom), default=None)
