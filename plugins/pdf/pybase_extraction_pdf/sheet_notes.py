"""Notes of a sheet: numbered lists in one or more columns, standing phrases, labels of views, sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pybase_extraction.results import BBox, Locator, Note, Provenance
from pybase_extraction_pdf.text import Line
from pybase_extraction_pdf.words import levelled

_HEADING = re.compile(
    r"\A\s*(?:(?:general|drawing|allgemeine)\s+)?"
    r"(?:notes?|hinweise?|bemerkungen|anmerkungen|remarques|notas?|note generali|技术要求)\s*:?\s*\Z",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\A\s*([1-9]\d?|[a-z])\s*[.)、:]\s*([^\s\d].*|(?<=\s)\S.*)\Z", re.DOTALL)
_NUMBER = re.compile(r"\A\s*([1-9]\d?)\s*[.)、:]?\s*\Z")
_STANDING = re.compile(
    r"\b(?:do not scale|nicht ma(?:ß|ss)st[äa]blich|ne pas mesurer|break (?:all )?sharp (?:edges|corners)|"
    r"deburr?|entgraten|kanten gebrochen|unless otherwise (?:specified|stated|noted)|"
    r"all rights (?:are )?reserved|sauf indication|wenn nicht anders angegeben|salvo indicaci[oó]n)\b",
    re.IGNORECASE,
)
"""Phrases that are notes wherever they stand, in cells of title blocks too."""
_VIEW = re.compile(
    r"\A(?:detail|section|view|schnitt|einzelheit|ansicht|coupe|d[ée]tail|vue|secci[oó]n|detalle|vista|sezione|"
    r"dettaglio)\b(?:\s+view)?\s*[(]?[A-Z0-9]",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_ADDRESS = re.compile(r"https?://|www\.|@\w")
_FEWEST_WORDS = 3
_COLUMN = 6.0
"""Points by which the numbers of one column of notes may differ in their left edge."""


@dataclass(slots=True)
class _Item:
    number: str
    start: Line
    lines: list[Line] = field(default_factory=list)


def numbered_notes(lines: Sequence[Line], page: int) -> Iterator[Note]:
    """Numbered notes below a heading such as NOTES, or that count from 1 without one.

    A note goes on in the lines below it until the next number of its column; columns follow each other.

    Args:
        lines: All lines of the page.
        page: Page number, from 1.
    """
    heading = next((line for line in lines if _HEADING.match(line.text)), None)
    numbers = {id(line) for line in lines if _NUMBER.match(line.text)}
    items = [item for line in lines if (item := _item(line, lines)) is not None]
    if heading is not None:
        items = [item for item in items if item.start.bbox[1] > heading.bbox[1] - 1]
    columns = _columns(items)
    texts = [line for line in lines if id(line) not in numbers]
    expected = 1
    for column in columns:
        if heading is None and not _counts(column):
            continue
        if heading is not None and not (_is_under(column, heading) or column[0].number == str(expected)):
            continue
        for item, following in zip(column, [*column[1:], None], strict=True):
            _continue(item, following, texts)
            yield _note(item.lines, page, "numbered-note", item)
        expected = int(column[-1].number) + 1 if column[-1].number.isdecimal() else expected


def _item(line: Line, lines: Sequence[Line]) -> _Item | None:
    if match := _NUMBERED.match(line.text):
        return _Item(match[1], line, [replace(line, text=match[2].strip())])
    match = _NUMBER.match(line.text)
    if match is None:
        return None
    height = line.bbox[3] - line.bbox[1]
    beside = [
        other
        for other in lines
        if other is not line
        and abs(other.bbox[1] - line.bbox[1]) < 0.4 * height
        and 0 < other.bbox[0] - line.bbox[2] < 6 * height
        and len(_WORD.findall(other.text)) >= 2
    ]
    nearest = min(beside, key=lambda other: other.bbox[0], default=None)
    return None if nearest is None else _Item(match[1], line, [nearest])


def _columns(items: Sequence[_Item]) -> list[list[_Item]]:
    """Items by their left edge, columns from left to right, each from top to bottom."""
    columns: list[list[_Item]] = []
    for item in sorted(items, key=lambda item: item.start.bbox[0]):
        if columns and item.start.bbox[0] - columns[-1][0].start.bbox[0] < _COLUMN:
            columns[-1].append(item)
        else:
            columns.append([item])
    return [sorted(column, key=lambda item: item.start.bbox[1]) for column in columns]


def _counts(column: Sequence[_Item]) -> bool:
    """Two or more, from 1, each of several words: a list without a heading."""
    are_words = all(len(_WORD.findall(item.lines[0].text)) >= 2 for item in column)
    return (
        len(column) > 1 and [item.number for item in column] == [str(n + 1) for n in range(len(column))] and are_words
    )


def _is_under(column: Sequence[_Item], heading: Line) -> bool:
    return abs(column[0].start.bbox[0] - heading.bbox[0]) < 40


def _continue(item: _Item, following: _Item | None, lines: Sequence[Line]) -> None:
    """Add the lines that go on below an item, aligned with its text or its number."""
    lefts = (item.start.bbox[0], item.lines[0].bbox[0])
    end = following.start.bbox[1] - 0.5 if following is not None else float("inf")
    first = item.lines[0]
    height = first.bbox[3] - first.bbox[1]
    for line in sorted(lines, key=lambda line: line.bbox[1]):
        last = item.lines[-1]
        is_next = last.bbox[1] + 0.5 * height < line.bbox[1] < min(end, last.bbox[3] + 0.8 * height)
        is_aligned = lefts[0] - 2 < line.bbox[0] < max(lefts[1], lefts[0] + 3 * height) + 2
        is_text = not _NUMBERED.match(line.text) and not _HEADING.match(line.text)
        if line is not first and is_next and is_aligned and is_text and _is_as_high(line, first):
            item.lines.append(line)


def _is_as_high(one: Line, other: Line) -> bool:
    return 0.7 < (one.bbox[3] - one.bbox[1]) / max(other.bbox[3] - other.bbox[1], 0.1) < 1.4


def free_notes(blocks: Sequence[Sequence[Line]], taken: Sequence[BBox], page: int) -> Iterator[Note]:
    """Standing phrases anywhere; labels of views and sentences outside of the boxes that are something else.

    Args:
        blocks: All texts of the page, each of one or several lines.
        taken: Boxes of the title block, of tables and of the notes that are numbered.
        page: Page number, from 1.
    """
    for block in blocks:
        text = " ".join(line.text for line in block)
        is_free = not any(_holds(box, block[0].bbox) for box in taken)
        if any(_is_about(box, line.bbox) for box in taken for line in block):
            continue  # a numbered note, which is given already
        if _STANDING.search(text):
            yield _note(block, page, "standing-note")
        elif _VIEW.match(text) and len(text) < 60:
            yield _note(block, page, "view-label")
        elif is_free and len(_WORD.findall(text)) >= _FEWEST_WORDS and not _ADDRESS.search(text):
            yield _note(block, page, "free-note")


def _is_about(box: BBox, line: BBox) -> bool:
    """Whether a box holds little more than a line: that of a note, not that of a title block."""
    width, height = box[2] - box[0], box[3] - box[1]
    return _holds(box, line) and (width < 2 * (line[2] - line[0]) or height < 2 * (line[3] - line[1]))


def text_blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that stand below each other as one text, in the direction in which they run."""
    blocks: list[list[Line]] = []
    placed = [(line.turn, levelled(line.bbox, line.turn), index) for index, line in enumerate(lines)]
    for turn, _, index in sorted(placed, key=lambda entry: (entry[0], entry[1][1], entry[1][0])):
        line = lines[index]
        home = next(
            (block for block in reversed(blocks[-12:]) if block[-1].turn == turn and _goes_on(block[-1], line)), None
        )
        if home is None:
            blocks.append([line])
        else:
            home.append(line)
    return blocks


def _goes_on(above: Line, below: Line) -> bool:
    upper, lower = levelled(above.bbox, above.turn), levelled(below.bbox, below.turn)
    height = upper[3] - upper[1]
    if not -0.3 * height < lower[1] - upper[3] < 0.45 * height:
        return False
    starts_alike = abs(upper[0] - lower[0]) < 0.6 * height
    is_as_high = 0.7 < height / max(lower[3] - lower[1], 0.1) < 1.4
    return starts_alike and is_as_high and not _VIEW.match(below.text)


def _note(lines: Sequence[Line], page: int, method: str, item: _Item | None = None) -> Note:
    text = " ".join(line.text for line in lines).strip()
    number, starts = (None, []) if item is None else (item.number, [item.start])
    x0s, tops, x1s, bottoms = zip(*(line.bbox for line in [*starts, *lines]), strict=True)
    place = Locator(page=page, bbox=(min(x0s), min(tops), max(x1s), max(bottoms)))
    raw = "\n".join(line.text for line in lines)
    return Note(text=text, number=number, raw=raw, provenance=Provenance(place=place, method=method))


def _holds(box: BBox, inner: BBox) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
