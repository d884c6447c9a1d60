"""Annotations of a page, and the lettering that AutoCAD writes as annotations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pybase_extraction_pdf.primitives import Box, Char, Turn, Word

_SHX_AUTHOR = "AutoCAD SHX Text"
"""Author of the comments that AutoCAD's PDFSHX setting writes for stroke fonts, which have no glyphs in a PDF."""


class Mark(NamedTuple):
    """An annotation.

    Attributes:
        kind: Its subtype (ISO 32000-1, table 169), or ``Unknown``.
        box: Its place on the displayed page, or None when the file states none.
        target: Address of a link, or None.
        value: What is written in a field of a form, or None.
    """

    kind: str
    text: str | None
    author: str | None
    target: str | None
    box: Box | None
    value: str | None = None

    @property
    def is_lettering(self) -> bool:
        """Whether it repeats lettering that is drawn as strokes."""
        return (self.author or "").strip() == _SHX_AUTHOR


def marks_of(source: Any, place: Any) -> Iterator[Mark]:
    """Annotations of a page of pdfminer.

    Args:
        source: The page.
        place: Function from a rectangle of the file (four numbers) to its box on the displayed page.
    """
    from pdfminer.pdftypes import resolve1

    for reference in resolve1(source.annots) or ():
        data = resolve1(reference)
        if not isinstance(data, dict):
            continue
        action = resolve1(data.get("A"))
        yield Mark(
            kind=str(getattr(resolve1(data.get("Subtype")), "name", None) or "Unknown"),
            text=_text(data.get("Contents")),
            author=_text(data.get("T")),
            target=_text(action.get("URI")) if isinstance(action, dict) else None,
            box=_box(data.get("Rect"), place),
            value=_text(data.get("V")),
        )


def _text(value: Any) -> str | None:
    from pdfminer.pdftypes import resolve1
    from pdfminer.utils import decode_text

    value = resolve1(value)
    return decode_text(value) if isinstance(value, bytes) else None


def _box(value: Any, place: Any) -> Box | None:
    from pdfminer.pdftypes import resolve_all

    numbers = resolve_all(value)
    if not isinstance(numbers, list) or len(numbers) != 4:
        return None
    if not all(isinstance(number, int | float) for number in numbers):
        return None
    box: Box = place(tuple(float(number) for number in numbers))
    return box


def lettering(marks: Iterable[Mark]) -> list[Word]:
    """The words of AutoCAD's stroke lettering, each once; several of one annotation share its box by their length."""
    found: dict[tuple[str, tuple[int, ...]], Box] = {}
    for mark in marks:
        text = decoded(mark.text or "").strip()
        if mark.is_lettering and mark.box is not None and text:
            found.setdefault((text, tuple(round(side) for side in mark.box)), mark.box)
    return [word for (text, _), box in found.items() for word in _words(text, box)]


def filled_in(marks: Iterable[Mark]) -> list[Word]:
    """Words that are written in the fields of a form, from the left of each; they are no part of the page's content."""
    found: list[Word] = []
    for mark in marks:
        text = (mark.value or "").strip("\x00 \r\n")
        if mark.kind != "Widget" or mark.box is None or not text or "\n" in text:
            continue
        x0, top, x1, bottom = mark.box
        width = min(x1 - x0, _LETTER * (bottom - top) * len(text))
        found += _words(text, (x0, top, x0 + max(width, 1.0), bottom))
    return [word for word in found if not word.turn]


_LETTER = 0.5
"""Width of a letter in heights of its field."""


def decoded(text: str) -> str:
    """The text with AutoCAD's control codes replaced: %%C diameter, %%D degree, %%P plus or minus, %%% per cent.

    %%U, %%O and %%K switch lines and leave no character (AutoCAD, "Control codes and special characters").
    """
    head, *rest = text.split("%%")
    found = [head]
    for part in rest:
        sign = _CODES.get(part[:1].upper())
        found.append("%%" + part if sign is None else sign + part[1:])
    return "".join(found)


_CODES = {"C": "⌀", "D": "°", "P": "±", "%": "%", "U": "", "O": "", "K": ""}


def _words(text: str, box: Box) -> Iterator[Word]:
    x0, top, x1, bottom = box
    lines = [line for line in text.splitlines() if line.strip()]
    longest = max(len(line) for line in lines)
    # a box that is taller than its lines' letters could fill belongs to text that runs upwards (ISO 129-1, 5.4)
    turn: Turn = 90 if longest > 1 and bottom - top > 1.5 * (x1 - x0) * len(lines) else 0
    for index, line in enumerate(lines):
        for start, word in _parts(line):
            a, b = start / longest, (start + len(word)) / longest
            c, d = index / len(lines), (index + 1) / len(lines)
            if turn:
                place = (_at(x0, x1, c), _at(bottom, top, b), _at(x0, x1, d), _at(bottom, top, a))
            else:
                place = (_at(x0, x1, a), _at(top, bottom, c), _at(x0, x1, b), _at(top, bottom, d))
            size = (x1 - x0 if turn else bottom - top) / len(lines)
            yield Word(word, *place, None, size, not turn, "annotation", turn)


def _at(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


def _parts(line: str) -> Iterator[tuple[int, str]]:
    start = 0
    for word in line.split():
        start = line.index(word, start)
        yield start, word
        start += len(word)


def not_drawn_yet(words: Iterable[Word], drawn: Iterable[Word]) -> list[Word]:
    """Those of the words that the text layer does not hold at the same place already."""
    places: dict[str, list[Word]] = {}
    for word in drawn:
        places.setdefault(word.text, []).append(word)
    return [word for word in words if not any(_overlap(word, other) for other in places.get(word.text, ()))]


def _overlap(one: Word, other: Word) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.top < other.bottom and other.top < one.bottom


def chars_of(words: Iterable[Word]) -> Iterator[Char]:
    """Characters that share the boxes of their words evenly, for the cells of tables."""
    for word in words:
        count = len(word.text)
        for index, text in enumerate(word.text):
            a, b = index / count, (index + 1) / count
            if word.turn:
                box = (word.x0, _at(word.bottom, word.top, b), word.x1, _at(word.bottom, word.top, a))
            else:
                box = (_at(word.x0, word.x1, a), word.top, _at(word.x0, word.x1, b), word.bottom)
            yield (text, *box, "", word.size or 0.0, word.upright, word.turn)
