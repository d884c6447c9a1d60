"""Values of a title block that no label names, told by form, place, size, and by what the file is called.

ISO 7200 and ASME Y14.1 fix where a frame has its fields, and many frames therefore print no labels: the company stands
large and with its legal form, the title is the largest other text, the number has the form of one and often that of the
file's name.  Each rule has a method of its own in the provenance and a confidence from counting on sheets that were not
used to make it; nothing is inferred for a field that has a label, not even where its value is blank.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from pybase_extraction.drawing.detail_sheets import DetailSheet, read_detail_sheet
from pybase_extraction.drawing.title_fields import TitleFields, title_field, union
from pybase_extraction.drawing.title_forms import (
    form_of,
    is_company,
    is_contact,
    is_standing,
    is_stock,
    sheet_of,
)
from pybase_extraction.drawing.title_labels import DATE, fits, is_heading, is_norm, is_number, match_label
from pybase_extraction.results import Locator, Provenance
from pybase_extraction.source import BBox

_COUNTED: Mapping[str, tuple[int, int]] = {
    "company-by-its-form": (18, 18),
    "form-without-label": (10, 11),
    "largest-text": (6, 6),
    "number-by-its-form": (2, 2),
    "number-of-the-file": (2, 2),
    "beside-the-number": (2, 2),
    "text-in-the-header": (2, 2),
    "only-text-without-label": (2, 2),
    "first-of-the-lines": (1, 1),
    "largest-at-the-frame": (1, 1),
}
"""Right of found by rule, on drawn sheets that were held out when the rules were made; the others were never seen."""

_NEAR = 3.0
"""Distance between rules of neighbouring cells, in points or drawing units."""
_GROWTH = 6
"""Rounds in which a block takes in the cells that touch it."""
_BETWEEN = re.compile(r"\s+[-–—|/]\s+")
"""What parts several facts in one line."""
_STRIP = 0.14
"""Share of the frame's height above its lower edge in which title and revision stand where there is no block."""
_CORNER = 0.08
"""Share of the frame's height below its upper edge in which a text in the corner belongs to the sheet."""
_LARGER = 1.6
"""Times the height of the labels that a company without a legal form is set larger."""
_LINE_GAP = 0.6
"""Heights of the letters between two lines of one title, at most."""
_SAME_HEIGHT = 0.15
"""Share by which letters of one text may differ in height."""
_VIEW = re.compile(
    r"(?:detail|section|view|schnitt|einzelheit|ansicht|coupe|d[ée]tail|vue|secci[oó]n|detalle|vista|sezione|dettaglio|"
    r"przekrój|widok|řez|pohled|snitt|doorsnede|вид|разрез)\b|[A-Z]{1,2} ?[-–] ?[A-Z]{1,2}\b|\(.*\)\Z",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{3,}|[\u3040-\u30ff\u4e00-\u9fff]{2,}")
_NOT_NAMES = re.compile(r"[=±⌀°]|\d+ ?[xX×] ?\d|\A\d+[.)]\s|\bR\d|[,;] \d+, \d+|\b(?:THRU|TYP|PLACES|HOLES)\b")
"""Marks of dimensions, notes and enumerations, which titles do not have."""
_PARTED = re.compile(r"[^\W\d_]-(?:\Z|\s(?!und\b|oder\b|u\.|and\b|or\b|et\b|ou\b|y\b|o\b|e\b))")
"""A word that the end of a line parts; ``Vor- und Nachlauf`` shares its last part."""
_PRACTICE = re.compile(
    r"\b(?:ISO|DIN|EN|BS|NF|JIS|GB|GB/T)[ -]?(?:EN ?|ISO ?|E ?)*"
    r"(?:128|129|406|1101|1302|1660|2692|2768|5455|5456|5457|5458|5459|6784|7083|7168|7200|8015|8062|10579|13715|13920|"
    r"14405|16792|20457|21920|22081)\b|\bASME ?Y14",
    re.IGNORECASE,
)
"""Standards of how drawings are made and toleranced, which a frame names and a title does not."""
_MOST_WORDS = 12
_FACTS = frozenset({
    "scale", "format", "date", "units", "general_tolerance", "material", "company", "sheet", "revision", "mass",
    "projection",
})  # fmt: skip
_OF_SHEETS = frozenset({"scale", "format", "date", "sheet", "company"})
"""Facts that only a sheet has: one of them tells lines about a sheet from notes."""
_FEWEST_FACTS = 3
_MOST_LINES = 16
_LOOSEST = 1.8
"""Gap between lines that begin, end or have their middle below each other, in their heights; half of it otherwise."""
_REVISION = re.compile(r"[A-Z]{1,2}|\d{1,2}|[A-Z]\d")
_FORMAT = re.compile(r"[A-EJ]|A\d")


_PERSON = re.compile(
    r"[^\W\d_]{1,3}\. ?(?:[^\W\d_]\. ?)?[^\W\d_][^\W\d_'’-]{1,20}|[^\W\d_][^\W\d_'’-]{1,15} ?[^\W\d_][^\W\d_'’.-]{0,20}"
)
_ORDER = ("drawn", "checked")
_ROLES = frozenset({"drawn", "designed", "checked", "approved", "released"})
_DECIMAL = re.compile(r"\d{1,5}[.,]\d{1,4}")
_BESIDE = 8
"""Heights of letters within which the cell of the mass begins behind the scale."""


class Cell(Protocol):
    """A ruled cell with its lines of text, top to bottom."""

    @property
    def bbox(self) -> BBox:
        """Box of the cell."""
        ...

    @property
    def lines(self) -> tuple[tuple[str, BBox], ...]:
        """Each line with its box."""
        ...


@dataclass(frozen=True, slots=True)
class FramedSheet:
    """What is known of a sheet beside its texts.

    Attributes:
        frame: The innermost frame around the drawing, or None when there is none.
        names: What the file is called: its name without ending, the title in its properties.
    """

    frame: BBox | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    bbox: BBox
    home: BBox | None = None
    """Box of the cell it stands in."""

    @property
    def height(self) -> float:
        x0, top, x1, bottom = self.bbox
        return min(bottom - top, x1 - x0) if len(self.text) > 1 else bottom - top


def infer(
    found: TitleFields,
    cells: Sequence[Cell],
    loose: Sequence[tuple[str, BBox]],
    page: int,
    sheet: FramedSheet,
) -> None:
    """Add what no label names to the fields that were found.

    Args:
        found: Fields that have labels; what is inferred is added to them.
        cells: Ruled cells of the sheet.
        loose: Lines outside of all cells.
        page: Number of the sheet, from 1.
        sheet: The frame and the names of the file.
    """
    inferring = _Inference(found, page, sheet)
    area = _area_of(found, cells, sheet)
    if area is not None:
        labels = [box[3] - box[1] for cell in cells for text, box in cell.lines if match_label(text) is not None]
        inferring.read(_texts_in(area, cells, loose, found), min_height=median(labels) if labels else 0.0)
        _keep_unknown_labels(found, [cell for cell in cells if _lies_in(cell.bbox, area)], page)
    elif (detail := read_detail_sheet([*loose, *(line for cell in cells for line in cell.lines)])) is not None:
        inferring.read_detail(detail)
    else:
        stack = _stack_of_facts([_Text(text, box) for text, box in loose])
        inferring.read_stack(stack)
    if sheet.frame is not None:
        inferring.read_around([_Text(text, box) for text, box in loose], sheet.frame, has_block=area is not None)


def _area_of(found: TitleFields, cells: Sequence[Cell], sheet: FramedSheet) -> BBox | None:
    """Box of the ruled block: the cells with labels and values, and the cells that touch them."""
    places = [item.place.bbox for item in found.places if item.place.bbox is not None]
    seeds = [cell.bbox for cell in cells if any(_holds(cell.bbox, place) for place in places)]
    if len(seeds) < 2:
        seeds = _corner_cells(cells, sheet) or seeds
    if not seeds:
        return None
    area, rest = union(seeds), list(cells)
    for _ in range(_GROWTH):
        touching = [cell.bbox for cell in rest if _touches(cell.bbox, area)]
        grown = union([area, *touching]) if touching else area
        if grown == area:
            break
        area = grown
    return area


def _corner_cells(cells: Sequence[Cell], sheet: FramedSheet) -> list[BBox]:
    """Cells at the lower right of the frame that tell facts, where ISO 5457 and ASME Y14.1 put the block."""
    if sheet.frame is None:
        return []
    x0, top, x1, bottom = sheet.frame
    across, down = x0 + _BLOCK_LEFT * (x1 - x0), top + _BLOCK_TOP * (bottom - top)
    near = [cell for cell in cells if cell.lines and cell.bbox[0] > across and cell.bbox[1] > down][-_MOST_CELLS:]
    group: list[BBox] = []
    told: set[str] = set()
    for cell in sorted(near, key=lambda cell: -cell.bbox[3] - cell.bbox[2]):
        if not group or any(_touches(cell.bbox, other) for other in group):
            group.append(cell.bbox)
            told |= {form[0] for text, _ in cell.lines if (form := form_of(text)) is not None}
    return group if len(group) >= _FEWEST_FACTS and len(told & _FACTS) >= 2 else []


_BLOCK_LEFT = 0.2
"""Share of the frame's width behind which a block without labels begins at the earliest."""
_BLOCK_TOP = 0.55
"""Share of the frame's height below which it begins."""
_MOST_CELLS = 200


def _touches(box: BBox, area: BBox) -> bool:
    is_beside = box[0] - _NEAR < area[2] and area[0] - _NEAR < box[2]
    is_level = box[1] - _NEAR < area[3] and area[1] - _NEAR < box[3]
    return is_beside and is_level


def _lies_in(box: BBox, area: BBox) -> bool:
    return _holds(area, box)


def _holds(box: BBox, inner: BBox) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _texts_in(area: BBox, cells: Sequence[Cell], loose: Sequence[tuple[str, BBox]], found: TitleFields) -> list[_Text]:
    """Texts of a block that are neither labels nor values yet."""
    taken = [item.place.bbox for item in found.places if item.place.bbox is not None]
    texts = [
        _Text(text, box, cell.bbox)
        for cell in cells
        if cell.lines and _lies_in(cell.bbox, area) and not any(match_label(text) for text, _ in cell.lines)
        for text, box in cell.lines
    ]
    texts += [_Text(text, box) for text, box in loose if _holds(area, box) and match_label(text) is None]
    return [text for text in texts if not any(_holds(box, text.bbox) for box in taken)]


def _keep_unknown_labels(found: TitleFields, cells: Sequence[Cell], page: int) -> None:
    """Keep values under labels that no vocabulary has, told by the height of the frame's other labels."""
    heights = [box[3] - box[1] for cell in cells for text, box in cell.lines[:1] if match_label(text) is not None]
    if len(heights) < _FEWEST_FACTS:
        return
    label_height = median(heights)
    for cell in cells:
        if len(cell.lines) != 2 or any(match_label(text) for text, _ in cell.lines):
            continue
        (label, label_box), (value, box) = cell.lines
        is_label = abs(label_box[3] - label_box[1] - label_height) < _SAME_HEIGHT * label_height
        is_value = box[3] - box[1] > (1 + _SAME_HEIGHT) * label_height and fits(None, value)
        is_taken = any(item.place.bbox is not None and _holds(item.place.bbox, box) for item in found.places)
        if is_label and is_value and not is_taken and not is_standing(label.rstrip(": ")) and _WORD.search(label):
            provenance = Provenance(place=Locator(page=page, bbox=box), method="unknown-label")
            found.add(None, None, title_field(value, label, provenance), tag=label.rstrip(": "))


def _stack_of_facts(lines: Sequence[_Text]) -> list[_Text]:
    """Lines below each other of which several tell facts of the sheet; the stack with the most facts."""
    stacks: list[list[_Text]] = []
    for line in sorted(lines, key=lambda line: (line.bbox[1], line.bbox[0])):
        home = next((stack for stack in reversed(stacks[-40:]) if _goes_on(stack[-1], line)), None)
        if home is None:
            stacks.append([line])
        else:
            home.append(line)
    told = [(len(facts), stack) for stack in stacks if (facts := _facts(stack)) and facts & _OF_SHEETS]
    most, stack = max(told, key=lambda item: item[0], default=(0, []))
    return stack if most >= _FEWEST_FACTS else []


def _goes_on(above: _Text, below: _Text) -> bool:
    height = above.bbox[3] - above.bbox[1]
    gap = below.bbox[1] - above.bbox[3]
    overlaps = above.bbox[0] < below.bbox[2] and below.bbox[0] < above.bbox[2]
    (x0, _, x1, _), (next_x0, _, next_x1, _) = above.bbox, below.bbox
    aside = min(abs(x0 - next_x0), abs(x1 - next_x1), abs(x0 + x1 - next_x0 - next_x1) / 2)
    widest = (1.0 if aside > 0.3 * height else _LOOSEST) * height
    return -0.3 * height < gap < widest and overlaps and 0.55 * height < below.bbox[3] - below.bbox[1] < 1.8 * height


def _facts(stack: Sequence[_Text]) -> set[str]:
    if not 2 <= len(stack) <= _MOST_LINES:
        return set()
    told = {form[0] for line in stack for piece in _pieces(line.text) if (form := form_of(piece)) is not None}
    return (told | ({"company"} if any(is_company(line.text) for line in stack) else set())) & _FACTS


def _pieces(text: str) -> list[str]:
    """The text itself where its form tells it, or else its parts: "A4 Drawing - Scale 3:1", "A4 Drawing Scale 10:1"."""
    if form_of(text) is not None:
        return [text]
    parts = _BETWEEN.split(text)
    words = text.split() if len(parts) == 1 and ":" in text else []
    for at in range(1, len(words) if len(words) <= _MOST_WORDS else 0):
        left, right = " ".join(words[:at]), " ".join(words[at:])
        if form_of(left) is not None and form_of(right) is not None:
            return [left, right]
    return parts


def _squashed(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


class _Inference:
    """The rules, in the order in which they are sure."""

    def __init__(self, found: TitleFields, page: int, sheet: FramedSheet) -> None:
        self.found = found
        self.page = page
        self.names = [squashed for name in sheet.names if len(squashed := _squashed(name)) > 2]

    def read(self, texts: Sequence[_Text], *, min_height: float) -> None:
        """Read the texts of a ruled block."""
        rest = self._without_facts(texts)
        rest = self._without_company(rest, [text for text in texts if is_contact(text.text)])
        rest = self._without_number(rest)
        if self._is_open("title"):
            rest = self._without_title(_joined(rest))
        self._read_signatures(texts)
        self._read_mass(rest)
        alone = [text for text in rest if text.home and text.height > _LARGER * min_height and self._is_name(text)]
        alone = [text for text in alone if not any(map(str.isdigit, text.text))]  # a code, and no name
        if len(alone) == 1 and self._is_open("company") and "title" in self.found.fields:
            self._add("company", alone[0], "only-text-without-label")

    def read_stack(self, stack: Sequence[_Text]) -> None:
        """Read lines about the sheet that stand below each other without any rules."""
        if not stack:
            return
        contacts = [text for text in stack if is_contact(text.text)]
        rest = self._without_company(self._without_facts(stack), contacts)
        for text in [text for text in rest if is_stock(text.text)]:
            self._add(None, text, "stock-by-its-words", tag="raw material")
            rest.remove(text)
        names = [text for text in rest if self._is_name(text)]
        if names and self._is_open("title"):
            tallest = max(text.height for text in names)
            first = next(text for text in names if text.height > (1 - _SAME_HEIGHT) * tallest)
            self._add("title", _with_lines_below(first, names), "first-of-the-lines")

    def read_detail(self, detail: DetailSheet) -> None:
        """Take what names a sheet of a single detail."""
        header = detail.header
        named = {"title": detail.title, "scale": detail.scale, "drawing_number": detail.number}
        if header is not None and (form := form_of(header[0])) is not None and form[0] == "document_type":
            named["document_type"] = header
            header = None
        for field, (text, box) in named.items():
            if self._is_open(field):
                self._add(field, _Text(text, box), "detail-sheet")
        if header is not None:
            self._keep_texts([_Text(*header)], "header")

    def read_around(self, lines: Sequence[_Text], frame: BBox, *, has_block: bool) -> None:
        """Read what stands outside of the frame, and what stands along its edges where there is no block."""
        outside = [line for line in lines if not _holds(frame, line.bbox) and _WORD.search(line.text)]
        inside = [line for line in lines if _holds(frame, line.bbox)]
        rest = self._named_like_the_file(outside)
        if not has_block:
            rest += self._named_like_the_file(inside)
            height = frame[3] - frame[1]
            strip = [line for line in inside if line.bbox[3] > frame[3] - _STRIP * height and line.bbox[1] < frame[3]]
            self._read_strip(strip)
        if not (self.found.fields or self.found.names):
            return
        headers = [line for line in outside if line in rest and line.bbox[3] <= frame[1] + _NEAR]
        self._keep_texts(self._without_facts(headers, wanted="document_type"), "header")
        if not has_block:
            corner = [line for line in inside if _is_in_upper_corner(line, frame)]
            self._keep_texts(corner, "corner")

    def _read_strip(self, strip: Sequence[_Text]) -> None:
        """Revision and title along the lower edge of a frame without a block."""
        revisions = [
            (line, label.rest)
            for line in strip
            if (label := match_label(line.text)) is not None and label.field == "revision" and label.rest
        ]
        if len(revisions) == 1 and self._is_open("revision"):
            line, value = revisions[0]
            self._add("revision", line, "revision-at-the-frame", value=value)
        if not self._is_open("title") or not (self.found.fields or self.found.names):
            return
        names = [line for line in strip if self._is_name(line) and form_of(line.text) is None]
        if names:
            self._add("title", max(names, key=lambda line: (round(line.height), -line.bbox[1])), "largest-at-the-frame")

    def _keep_texts(self, lines: Sequence[_Text], name: str) -> None:
        names = [line for line in lines if self._is_name(line) and form_of(line.text) is None]
        for number, line in enumerate(names[:_FEWEST_FACTS], 1):
            self._add(None, line, f"text-in-the-{name}", tag=name if number == 1 else f"{name} {number}")

    def _named_like_the_file(self, lines: Sequence[_Text]) -> list[_Text]:
        """Take the line that is what the file is called, anywhere on the sheet; give the others."""
        rest = list(lines)
        for line in lines:
            if _squashed(line.text) in self.names and is_number(line.text) and self._is_open("drawing_number"):
                self._add("drawing_number", line, "number-of-the-file")
                rest.remove(line)
        return rest

    def _without_facts(self, texts: Sequence[_Text], *, wanted: str | None = None) -> list[_Text]:
        """Take what forms tell; what is left of a line keeps its words."""
        told: dict[str, list[tuple[_Text, str]]] = {}
        rest = []
        for text in texts:
            if is_contact(text.text):
                continue
            kept = []
            for piece in _pieces(text.text):
                form = form_of(piece)
                if form is None or (wanted is not None and form[0] != wanted):
                    kept.append(piece)
                else:
                    told.setdefault(form[0], []).append((text, form[1]))
            if kept:
                rest.append(_Text(_between(text.text, kept), text.bbox, text.home))
        for field, values in told.items():
            self._add_told(field, values)
        return rest

    def _add_told(self, field: str, values: Sequence[tuple[_Text, str]]) -> None:
        # several days are those of signatures and changes, several scales those of views
        if len({value for _, value in values}) > 1 and field in {"date", "scale"}:
            return
        is_open = self._is_open(field)
        for text, value in values if is_open else ():
            sheet = sheet_of(value) if field == "sheet" else None
            if sheet is None:
                self._add(field, text, "form-without-label", value=value)
                continue
            for name, part in zip(("sheet", "sheets"), sheet, strict=True):
                if part is not None and (self._is_open(name) or name == "sheet"):
                    self._add(name, text, "form-without-label", value=part)

    def _without_company(self, texts: Sequence[_Text], contacts: Sequence[_Text]) -> list[_Text]:
        """Take the company: by its legal form, or by the address of the web that repeats its name."""
        hosts = [_squashed(text.text) for text in contacts]
        named = [text for text in texts if is_company(text.text)]
        method = "company-by-its-form"
        if not named:
            named = [text for text in texts if len(name := _squashed(text.text)) > 5 and any(name in h for h in hosts)]
            method = "company-by-its-address"
        if named and self._is_open("company"):
            self._add("company", max(named, key=lambda text: text.height), method)
        return [text for text in texts if text not in named]

    def _without_number(self, texts: Sequence[_Text]) -> list[_Text]:
        """Take the number: what the file is called, or the only text with the form of one; with its neighbours."""
        numbers = [
            text
            for text in texts
            if is_number(text.text) and len(text.text) > 3 and _DECIMAL.fullmatch(text.text) is None
        ]
        like_file = [text for text in numbers if any(_agrees(_squashed(text.text), name) for name in self.names)]
        if not self._is_open("drawing_number"):
            return [text for text in texts if text not in like_file]
        # what the file is called may name a standard part; a frame names the standards that it keeps to
        chosen = like_file or [text for text in numbers if text.home is not None and not is_norm(text.text)]
        if not chosen:
            return list(texts)
        best = max(chosen, key=lambda text: (text.height, text.bbox[3]))
        if not like_file and sum(text.height > (1 - _SAME_HEIGHT) * best.height for text in chosen) > 1:
            return list(texts)
        self._add("drawing_number", best, "number-of-the-file" if like_file else "number-by-its-form")
        rest = [text for text in texts if text is not best and text not in like_file]
        return self._without_neighbours(best, rest)

    def _without_neighbours(self, number: _Text, texts: Sequence[_Text]) -> list[_Text]:
        """Take the size to the left and the revision to the right of a number (ASME Y14.1, blocks C, D and H)."""
        rest = []
        for text in texts:
            is_level = number.bbox[1] < (text.bbox[1] + text.bbox[3]) / 2 < number.bbox[3]
            field = "format" if text.bbox[2] < number.bbox[0] else "revision"
            form = _FORMAT if field == "format" else _REVISION
            if is_level and text.home is not None and form.fullmatch(text.text) and self._is_open(field):
                self._add(field, text, "beside-the-number")
            else:
                rest.append(text)
        return rest

    def _without_title(self, texts: Sequence[_Text]) -> list[_Text]:
        """Take the title: the largest text, of equal ones that which the file's name repeats, or the lowest."""
        # a cell so narrow that its words are parted is a label with its value
        narrow = {text.home for text in texts if text.home is not None and _PARTED.search(text.text)}
        names = [text for text in texts if self._is_name(text) and (text.home is None or text.home not in narrow)]
        if not names:
            return list(texts)
        tallest = max(text.height for text in names)
        large = [text for text in names if text.height > (1 - _SAME_HEIGHT) * tallest]
        repeated = [text for text in large if any(_agrees(_squashed(text.text), name) for name in self.names)]
        best = (repeated or sorted(large, key=lambda text: text.bbox[1]))[-1]
        self._add("title", best, "title-of-the-file" if repeated else "largest-text")
        below = [text for text in names if text.home == best.home and best.bbox[3] - 1 < text.bbox[1]]
        if best.home is not None and len(below) == 1 and self._is_open("subtitle"):
            self._add("subtitle", below[0], "below-the-title")
            return [text for text in texts if text is not best and text is not below[0]]
        return [text for text in texts if text is not best]

    def _read_signatures(self, texts: Sequence[_Text]) -> None:
        """Read cells with a name and a day and nothing else: who drew stands above who checked (ISO 7200, ASME Y14.1).

        Only where no role has a label.
        """
        if self.found.names or self.found.dates or self.found.blank & _ROLES:
            return
        homes: dict[BBox, list[_Text]] = {}
        for text in texts:
            if text.home is not None:
                homes.setdefault(text.home, []).append(text)
        signed = [(home, pair) for home, texts in homes.items() if (pair := _name_and_day(texts)) is not None]
        if len(signed) != len(_ORDER) or len({round(home[0]) for home, _ in signed}) != 1:
            return
        for role, (_, (name, day)) in zip(_ORDER, sorted(signed, key=lambda item: item[0][1]), strict=True):
            self._sign(role, name, is_date=False)
            self._sign(role, day, is_date=True)

    def _sign(self, role: str, text: _Text, *, is_date: bool) -> None:
        place = Locator(page=self.page, bbox=text.bbox)
        provenance = Provenance(place=place, method="signatures-in-order")
        self.found.add(None, role, title_field(text.text, None, provenance), is_date=is_date)

    def _read_mass(self, texts: Sequence[_Text]) -> None:
        """Take a bare decimal number beside the scale as the mass: no other field of a block has one."""
        scale = self.found.fields.get("scale")
        if scale is None or scale.provenance.place.bbox is None or not self._is_open("mass"):
            return
        box = scale.provenance.place.bbox
        numbers = [
            text
            for text in texts
            if text.home is not None
            and _DECIMAL.fullmatch(text.text)
            and box[1] < (text.bbox[1] + text.bbox[3]) / 2 < box[3]
            and abs(text.home[0] - box[2]) < _BESIDE * text.height
        ]
        if len(numbers) == 1:
            self._add("mass", numbers[0], "number-beside-the-scale")

    def _is_name(self, text: _Text) -> bool:
        """Whether a text may be a title or the name of a company: words, and nothing that is told otherwise."""
        words = text.text.split()
        return (
            len(words) <= _MOST_WORDS
            and _WORD.search(text.text) is not None
            and not is_standing(text.text)
            and not is_heading(text.text)
            and _VIEW.match(text.text) is None
            and _NOT_NAMES.search(text.text) is None
            and _PRACTICE.search(text.text) is None
            and _PARTED.search(text.text) is None
            and not (text.text.endswith(".") and len(words) > 3)
            and match_label(text.text) is None
            and not all(is_heading(word) or match_label(word) is not None for word in words)
        )

    def _is_open(self, field: str) -> bool:
        return self.found.is_open(field)

    def _add(
        self, field: str | None, text: _Text, method: str, *, value: str | None = None, tag: str | None = None
    ) -> None:
        place = Locator(page=self.page, bbox=text.bbox)
        provenance = Provenance(place=place, method=method, confidence=_confidence(method))
        entry = title_field(text.text if value is None else value, None, provenance, raw=text.text)
        self.found.add(field, None, entry, tag=tag)


def _name_and_day(texts: Sequence[_Text]) -> tuple[_Text, _Text] | None:
    """A person's name and a day, where a cell has nothing else."""
    days = [text for text in texts if DATE.fullmatch(text.text) is not None]
    names = [text for text in texts if _PERSON.fullmatch(text.text) is not None]
    return (names[0], days[0]) if len(texts) == 2 and len(days) == len(names) == 1 else None


def _confidence(method: str) -> float | None:
    """The rule of succession, so that a rule that was seen seldom stays doubtful; None where it was never seen."""
    if method not in _COUNTED:
        return None
    right, found = _COUNTED[method]
    return round((right + 1) / (found + 2), 2)


def _between(text: str, kept: Sequence[str]) -> str:
    """What a line says from the first to the last of the parts that are kept."""
    start, end = text.index(kept[0]), text.rindex(kept[-1]) + len(kept[-1])
    return text[start:end]


def _agrees(text: str, name: str) -> bool:
    """Whether a text is what a file is called, or one is a part of the other; both squashed."""
    return text == name or (len(text) > 4 and text in name) or (len(name) > 4 and name in text)


def _joined(texts: Sequence[_Text]) -> list[_Text]:
    """Lines of one cell and one height as one text: titles are set in several lines."""
    joined: list[_Text] = []
    for text in texts:
        last = joined[-1] if joined else None
        if (
            last is not None
            and text.home is not None
            and last.home == text.home
            and abs(text.height - last.height) < _SAME_HEIGHT * last.height
            and text.bbox[1] > last.bbox[1]
            and _is_plain(text.text)
            and _is_plain(last.text)
        ):
            joined[-1] = _Text(f"{last.text} {text.text}", union([last.bbox, text.bbox]), last.home)
        else:
            joined.append(text)
    return joined


def _with_lines_below(first: _Text, names: Sequence[_Text]) -> _Text:
    """A title with the lines of its height that follow it directly, from the same left edge: set in several lines."""
    whole, last = first, first
    for text in sorted(names, key=lambda text: text.bbox[1]):
        gap = text.bbox[1] - last.bbox[3]
        is_next = -0.3 * last.height < gap < _LINE_GAP * last.height and text is not last
        is_aligned = abs(text.bbox[0] - first.bbox[0]) < 0.5 * first.height
        is_alike = abs(text.height - first.height) < _SAME_HEIGHT * first.height
        if is_next and is_aligned and is_alike:
            whole, last = _Text(f"{whole.text} {text.text}", union([whole.bbox, text.bbox]), first.home), text
    return whole


def _is_plain(text: str) -> bool:
    return not is_standing(text) and match_label(text) is None


def _is_in_upper_corner(line: _Text, frame: BBox) -> bool:
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    is_high = line.bbox[1] < frame[1] + _CORNER * height
    is_beside = line.bbox[0] < frame[0] + 0.05 * width or line.bbox[2] > frame[2] - 0.05 * width
    return is_high and is_beside and _WORD.search(line.text) is not None
