"""Parts lists that neither rules nor white columns tell: by the line of their headers and what stands above or below.

A list on a drawing may stand close to the views and to the title block, so that no white surrounds it.  The words of
its headers are proof enough: three of them name columns of a parts list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pybase_extraction.drawing.list_grid import is_label_row
from pybase_extraction.drawing.parts_list import is_header_row, match_header
from pybase_extraction.drawing.parts_list_places import find_lists
from pybase_extraction.drawing.revisions import find_columns, match_column, read_revisions
from pybase_extraction.results import Provenance, Table
from pybase_extraction_pdf.primitives import Box, Word
from pybase_extraction_pdf.tables import table_of

Rows: TypeAlias = tuple[tuple[str, ...], ...]
"""Texts of a grid, row by row."""
_FEWEST_HEADERS = 3
_WORD_SPACE = 0.8
"""Share of the letters' height up to which a gap is a space within a text."""
_LARGEST_GAP = 2.5
"""Heights of letters between the lines of one list, at most."""
_STRAY = 12.0
"""Points by which a text stands outside of a list that does not belong to it."""
_MARGIN = 3.0
"""Heights of letters by which a line may begin before, and its last text behind, the line of the headers."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand close beside each other."""

    text: str
    bbox: Box

    @property
    def middle(self) -> float:
        """Middle of its width."""
        return (self.bbox[0] + self.bbox[2]) / 2


def lettered_lists(words: Iterable[Word], number: int, taken: Sequence[Box]) -> list[Table]:
    """Find parts lists by their headers.

    Args:
        words: Words of the page.
        number: Number of the page, from 1.
        taken: Boxes of lists that are known.
    """
    return _lettered(words, number, taken, _headers, lambda rows: bool(find_lists(rows)), _lines)


def lettered_revisions(words: Iterable[Word], number: int, taken: Sequence[Box]) -> list[Table]:
    """Find revision tables without rules by their headers.

    Args:
        words: Words of the page.
        number: Number of the page, from 1.
        taken: Boxes of tables that are known.
    """
    return _lettered(words, number, taken, _revision_headers, _has_revisions, lambda table: table.num_rows)


def _lettered(
    words: Iterable[Word],
    number: int,
    taken: Sequence[Box],
    headers_in: Callable[[Sequence[Phrase]], list[Phrase] | None],
    is_found: Callable[[Rows], bool],
    size: Callable[[Table], int],
) -> list[Table]:
    rows = _rows([word for word in words if word.upright])
    found: list[Table] = []
    for at, row in enumerate(rows):
        headers = headers_in(row)
        if headers is None or any(_holds(box, headers[0].bbox) for box in taken):
            continue
        sides = (rows[at + 1 :], rows[at - 1 :: -1] if at else [])
        tables = [table for lines in sides if (table := _grid(headers, lines, number, is_found)) is not None]
        found += sorted(tables, key=size, reverse=True)[:1]
    return found


def _has_revisions(rows: Rows) -> bool:
    return any(line.index and line.date for line in read_revisions(rows, Provenance()))


def _revision_headers(row: Sequence[Phrase]) -> list[Phrase] | None:
    """The headers of a revision table in a line: an index, a date and a description."""
    named = [at for at, phrase in enumerate(row) if match_column(phrase.text) is not None]
    if len(named) < _FEWEST_HEADERS:
        return None
    headers = list(row[named[0] : named[-1] + 1])
    columns = find_columns([phrase.text for phrase in headers])
    return headers if columns is not None and {"index", "date", "description"} <= {*columns} else None


def is_unruled(table: Table) -> bool:
    """Whether a table was told by the white between its columns."""
    return table.provenance.method in {"white-between-columns", "partly-ruled"}


def is_within(table: Table, other: Table) -> bool:
    """Whether the middle of a table lies in another one."""
    box, others = table.provenance.place.bbox, other.provenance.place.bbox
    return box is not None and others is not None and _holds(others, box)


def leaves_out_strays(table: Table, other: Table) -> bool:
    """Whether a list has the lines of another reading of it without a text of a view beside its first column."""
    box, others = table.provenance.place.bbox, other.provenance.place.bbox
    if box is None or others is None or box[0] < others[0] + _STRAY:
        return False
    return _lines(table) + 1 >= _lines(other)


def _lines(table: Table) -> int:
    return sum(len(place.lines) for place in find_lists(table.rows))


def _rows(words: Sequence[Word]) -> list[list[Phrase]]:
    """Phrases that stand on one level, top to bottom, from left to right."""
    levels: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.top + word.bottom):
        middle = (word.top + word.bottom) / 2
        if levels and levels[-1][0].top < middle < levels[-1][0].bottom:
            levels[-1].append(word)
        else:
            levels.append([word])
    return [list(_phrases(sorted(level, key=lambda word: word.x0))) for level in levels]


def _phrases(words: Sequence[Word]) -> Iterator[Phrase]:
    group: list[Word] = []
    for word in words:
        if group and word.x0 - group[-1].x1 > _WORD_SPACE * (word.bottom - word.top):
            yield _phrase(group)
            group = []
        group.append(word)
    if group:
        yield _phrase(group)


def _phrase(words: Sequence[Word]) -> Phrase:
    box = (words[0].x0, min(word.top for word in words), words[-1].x1, max(word.bottom for word in words))
    return Phrase(" ".join(word.text for word in words), box)


def _headers(row: Sequence[Phrase]) -> list[Phrase] | None:
    """The headers in a line: from the first to the last text that names a column; None when they are none."""
    named = [at for at, phrase in enumerate(row) if match_header(phrase.text) is not None]
    if len(named) < _FEWEST_HEADERS:
        return None
    headers = list(row[named[0] : named[-1] + 1])
    return headers if is_header_row([phrase.text for phrase in headers]) else None


def _grid(
    headers: Sequence[Phrase], rows: Iterable[Sequence[Phrase]], number: int, is_found: Callable[[Rows], bool]
) -> Table | None:
    """The list on one side of its headers as a table; None when there is none."""
    height = headers[0].bbox[3] - headers[0].bbox[1]
    last = headers[0].bbox
    lines: list[dict[int, Phrase]] = []
    for row in rows:
        if not any(_is_beside(phrase, headers, height) for phrase in row):
            continue
        near = max(row[0].bbox[1] - last[3], last[1] - row[0].bbox[3])
        line = _placed([phrase for phrase in row if _is_beside(phrase, headers, height)], headers)
        texts = [phrase.text for phrase in row]
        if near > _LARGEST_GAP * height or line is None or is_label_row(texts) or is_header_row(texts):
            break
        lines.append(line)
        last = row[0].bbox
    grid = [dict(enumerate(headers)), *lines]
    grid.sort(key=lambda line: next(iter(line.values())).bbox[1])
    texts_of = tuple(tuple(line[at].text if at in line else "" for at in range(len(headers))) for line in grid)
    if not is_found(texts_of):
        return None
    boxes = [[line[at].bbox if at in line else None for at in range(len(headers))] for line in grid]
    return _table(boxes, texts_of, number)


def _table(boxes: Sequence[Sequence[Box | None]], rows: tuple[tuple[str, ...], ...], number: int) -> Table:
    known = [box for line in boxes for box in line if box is not None]
    x0s, tops, x1s, bottoms = zip(*known, strict=True)
    table = table_of((min(x0s), min(tops), max(x1s), max(bottoms)), boxes, rows, number, "headers-in-words")
    # boxes of texts do not meet each other as those of cells do: nothing spans
    cells = tuple(cell.model_copy(update={"row_span": 1, "column_span": 1}) for cell in table.cells)
    return table.model_copy(update={"cells": cells})


def _is_beside(phrase: Phrase, headers: Sequence[Phrase], height: float) -> bool:
    """Whether a text stands above or below the line of the headers."""
    left, right = headers[0].bbox[0] - _MARGIN * height, headers[-1].bbox[2] + _MARGIN * height
    return phrase.bbox[2] > headers[0].bbox[0] - height and left < phrase.bbox[0] < right


def _placed(line: Sequence[Phrase], headers: Sequence[Phrase]) -> dict[int, Phrase] | None:
    """The texts of a line by their columns; None when one of them is in two, or two of them in one."""
    placed: dict[int, Phrase] = {}
    for phrase in line:
        over = [at for at, header in enumerate(headers) if _overlap(phrase.bbox, header.bbox) > 0]
        gaps = [max(header.bbox[0] - phrase.bbox[2], phrase.bbox[0] - header.bbox[2]) for header in headers]
        at = over[0] if over else min(range(len(headers)), key=gaps.__getitem__)
        if len(over) > 1 or at in placed:
            return None
        placed[at] = phrase
    return placed


def _overlap(box: Box, other: Box) -> float:
    return min(box[2], other[2]) - max(box[0], other[0])


def _holds(box: Box, inner: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
