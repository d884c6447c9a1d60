"""Rows of a table from its lines of text: a cell whose text is wrapped is one cell, and its lines are one row.

Two cells that stand above each other in a column are one where nothing parts them and something joins them: the zone
of the headers, a line pitch below that of the rows, or the text itself (it goes on in lower case, or hangs in).  Where
cells of neighbouring lines stand above each other and are not one, a new row begins; a wrapped cell beside them spans.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from statistics import median

from pybase_extraction_pdf.primitives import Box

_WIDE = 0.6
"""Share of a table's width from which a level rule parts all of its columns."""
_MOST_HEADER_LINES = 9
_FEWEST_GROUPS = 3
_SPACED = 0.06
"""Share of the text's height by which the white between rows is wider than that between the lines in them."""
_NEARLY_ALL = 0.8
_LEVEL = 0.3
"""Share of the text's height by which the texts of a row may begin higher or lower."""
_OVERLAP = 0.15
"""Share of the text's height by which lines of one row stand in each other, at least."""
_PITCH = 1.6
"""Heights of text from line to line in a wrapped text, at most."""
_TIGHT = 0.86
"""Share of the rows' pitch below which a line belongs to the row above it."""
_NUMBER = re.compile(
    r"[(\[<>≤≥~±+\-–−]*\s*[$€£¥]?\s*[+\-–−]?\d[\d\s.,:/'’–\-−]*(?:[%‰°*†‡§)\]]|\s?[A-Za-zµ]{1,3}\b|\s)*|[-–—−.*…]+|n/?a",
    re.IGNORECASE,
)
_DAY = re.compile(r"\d{1,2}\.? ?[A-Z][a-z]{2}")
"""A day and its month, whose year may stand on the next line."""
_OPEN_END = re.compile(
    r"(?:[-‐–/,&]|\b(?:and|or|of|for|the|in|to|by|with|und|oder|für|von|der|et|ou|de|la|y|e|di|per))$"
)


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a table found without rules; rows and columns count from 0, ``bbox`` is the box of its text."""

    row: int
    column: int
    row_span: int
    column_span: int
    text: str
    bbox: Box

    @property
    def last_column(self) -> int:
        """Last column that it covers."""
        return self.column + self.column_span - 1


YEAR = re.compile(r"(?:FY\s*)?(?:19|20)\d\d(?:\s*[-–/]\s*(?:19|20)?\d\d)?")
"""A year or two, which stand in headers more often than in cells."""


def is_value(text: str) -> bool:
    """Whether a cell holds a number that is no year."""
    return is_number(text) and not YEAR.fullmatch(text.strip())


def is_number(text: str) -> bool:
    """Whether a cell holds a number, a range, an amount, or the dash that stands for one."""
    return bool(_NUMBER.fullmatch(text.strip()))


class LogicalRows:
    """Lines of a table put together to rows.

    Args:
        lines: Cells of every line of text, ``row`` the number of the line.
        columns: Number of columns.
        rules: Level rules of the page, as boxes.
        height: Height of the text.
    """

    def __init__(self, lines: Sequence[Sequence[GridCell]], columns: int, rules: Iterable[Box], height: float) -> None:
        self.lines = lines
        self.columns = columns
        self.height = height
        boxes = [cell.bbox for line in lines for cell in line]
        self.left, self.right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
        self.rules = sorted(
            (rule for rule in rules if top < rule[1] < bottom and rule[2] > self.left and rule[0] < self.right),
            key=lambda rule: rule[1],
        )
        self._heights = [rule[1] for rule in self.rules]
        self.bottoms = [max(cell.bbox[3] for cell in line) for line in lines]
        self.pitches = [below - above for above, below in pairwise(self.bottoms)]
        tops = [min(cell.bbox[1] for cell in line) for line in lines]
        reaches = list(accumulate(self.bottoms, max))
        self.whites = [max(0.0, top - reach) for reach, top in zip(reaches, tops[1:], strict=False)]
        self.header_lines = self._header_lines()
        self.pitch = self._row_pitch()
        self.ruled_groups = self._groups([self._is_parted(above) for above in range(len(lines) - 1)])
        spaced = None if (ruled := self._ruled_rows()) else self._spaced_rows()
        self.going_on = ruled or spaced or [False] * len(lines)
        self.is_spaced = spaced is not None
        self.parents: dict[tuple[int, int], tuple[int, int]] = {}

    def cells(self) -> tuple[list[GridCell], int | None]:
        """Cells by row, and the number of header rows, or None when that cannot be told."""
        for above in range(len(self.lines) - 1):
            for cell in self.lines[above]:
                below = self._below(cell)
                if below is not None and self._is_one(cell, below):
                    self.parents[below.row, below.column] = self._root(cell)
        rows = self._row_numbers()
        groups: dict[tuple[int, int], list[GridCell]] = {}
        for line in self.lines:
            for cell in line:
                groups.setdefault(self._root(cell), []).append(cell)
        found = [_united(parts, rows) for parts in groups.values()]
        found = self._spread_between(self._spread(found, rows), rows)
        headers = rows[self.header_lines - 1] + 1 if self.header_lines else None
        return sorted(found, key=lambda cell: (cell.row, cell.column)), headers

    def _spread(self, cells: list[GridCell], rows: list[int]) -> list[GridCell]:
        """The cells, where names of groups that rules part from each other span the rows of their group."""
        spans = [(rows[group[0]], rows[group[-1]]) for group in self.ruled_groups]
        names = [[cell for cell in cells if cell.column == 0 and first <= cell.row <= last] for first, last in spans]
        if len(spans) < 2 or any(len(some) != 1 for some in names) or all(first == last for first, last in spans):
            return cells
        spread = {id(some[0]): span for some, span in zip(names, spans, strict=True) if some[0].column_span == 1}
        return [_over(cell, spread.get(id(cell))) for cell in cells]

    def _spread_between(self, cells: list[GridCell], rows: list[int]) -> list[GridCell]:
        """The cells, where those that stand between the rows of a ruled group, alone in their columns, span them."""
        spans: dict[tuple[int, int], tuple[int, int]] = {}
        for group in self.ruled_groups if len(self.ruled_groups) > 1 else ():
            columns = self._columns_of(group)
            for number in group[1:-1]:
                line = self.lines[number]
                if rows[group[0]] < rows[group[-1]] and all(len(columns[cell.column]) == 1 for cell in line):
                    spans |= {(rows[number], cell.column): (rows[group[0]], rows[group[-1]]) for cell in line}
        return [_over(cell, spans.get((cell.row, cell.column))) for cell in cells]

    def _root(self, cell: GridCell) -> tuple[int, int]:
        place = (cell.row, cell.column)
        while place in self.parents:
            place = self.parents[place]
        return place

    def _below(self, cell: GridCell) -> GridCell | None:
        """The next cell below, when it has exactly the columns of this one; in a ruled row lines may lie between."""
        number = cell.row
        while number + 1 < len(self.lines) and (number == cell.row or self.going_on[number]):
            number += 1
            touching = [other for other in self.lines[number] if _share_column(cell, other)]
            if touching:
                (other, *more) = touching
                is_same = other.column == cell.column and other.column_span == cell.column_span
                return other if is_same and not more else None
        return None

    def _row_numbers(self) -> list[int]:
        """Row of every line."""
        numbers = [0]
        row: list[GridCell] = []
        for number, (above, below) in enumerate(pairwise(self.lines)):
            row += above
            pairs = [(one, other) for one in row for other in below if _share_column(one, other)]
            apart = any(self._root(one) != self._root(other) for one, other in pairs)
            if not pairs and number + 1 >= self.header_lines and not self.going_on[number]:
                apart = self.pitches[number] > 0.6 * self.height and not self._overlap(number)
            if apart or number + 1 == self.header_lines or self._wide_rule(number) is not None:
                row = []
            numbers.append(numbers[-1] + (not row))
        return numbers

    def _overlap(self, above: int) -> bool:
        """Whether a line reaches below the top of the next, as cells in the middle of their rows do."""
        top = min(cell.bbox[1] for cell in self.lines[above + 1])
        return top < self.bottoms[above] - _OVERLAP * self.height

    def _wide_rule(self, above: int) -> Box | None:
        """A rule through most of the width between a line and the next, or None."""
        for rule in self._rules_below(above):
            if min(rule[2], self.right) - max(rule[0], self.left) > _WIDE * (self.right - self.left):
                return rule
        return None

    def _leaves_first_out(self, rule: Box) -> bool:
        """Whether a rule begins behind the texts of the first column."""
        ends = [cell.bbox[2] for line in self.lines for cell in line if cell.last_column == 0]
        return bool(ends) and rule[0] > median(ends) - 0.5 * self.height

    def _rules_below(self, above: int) -> list[Box]:
        tops = [cell.bbox[1] for cell in self.lines[above + 1]]
        high = max((cell.bbox[1] + cell.bbox[3]) / 2 for cell in self.lines[above])
        low = max(max(tops) + 0.35 * self.height, high)
        return self._rules_within(high, low)

    def _rules_within(self, high: float, low: float) -> list[Box]:
        return self.rules[bisect_right(self._heights, high) : bisect_left(self._heights, low)]

    def _header_lines(self) -> int:
        """Lines above the first wide rule, else above the first line of numbers; 0 when neither tells."""
        most = min(_MOST_HEADER_LINES, len(self.lines) - 2)
        ruled = [(above, rule) for above in range(most) if (rule := self._wide_rule(above)) is not None]
        if ruled:
            first = ruled[0][0]
            # rules below the upper levels of headers leave the first column out, which none of them parts
            whole = next((above for above, rule in ruled if not self._leaves_first_out(rule)), first)
            between = [cell for line in self.lines[first + 1 : whole + 1] for cell in line]
            return first + 1 if any(is_value(cell.text) for cell in between) else whole + 1
        filled = [[cell for cell in line if cell.column > 0] for line in self.lines]
        values = [sum(is_value(cell.text) for cell in cells) for cells in filled]
        first = next((n for n, cells in enumerate(filled) if cells and values[n] >= max(1, len(cells) / 2)), 0)
        while first > 1 and not filled[first - 1]:
            first -= 1  # the title of a section
        numbers = sum(is_number(cell.text) for cells in filled for cell in cells)
        return first if first <= most and numbers > sum(map(len, filled)) / 2 else 0

    def _row_pitch(self) -> float:
        """Pitch of lines that begin rows: of neighbouring lines that both fill most columns."""
        most = max(len(line) for line in self.lines[self.header_lines :])
        full = [len(line) >= max(2, 0.7 * most) for line in self.lines]
        pitches = [
            pitch
            for number, pitch in enumerate(self.pitches)
            if number >= self.header_lines and full[number] and full[number + 1]
        ]
        return median(pitches) if pitches else 0.0

    def _ruled_rows(self) -> list[bool] | None:
        """For every line whether it and the next stand in one row that rules part from the others, None without such.

        Rules around several rows part sections: there numbers stand above each other, and cells of equal heights.
        """
        groups = self.ruled_groups
        if len(groups) < _FEWEST_GROUPS:
            return None
        are_rows = self._are_rows(groups) or not any(self._holds_rows(group) for group in groups)
        return self._inside(groups) if are_rows else None

    def _spaced_rows(self) -> list[bool] | None:
        """The same for rows that more white parts than there is between the lines in them.

        The widest step from one white to the next that gives such rows counts.  Lines of cells that stand in the middle
        of their row lie between those of the others, without any white.
        """
        whites = sorted({round(white / self.height, 2) for white in self.whites[self.header_lines :]}, reverse=True)
        for wide, narrow in sorted(pairwise(whites), key=lambda pair: pair[1] - pair[0]):
            if wide - narrow > _SPACED:
                bound = (wide + narrow) / 2 * self.height
                groups = self._groups([white > bound for white in self.whites])
                if len(groups) >= _FEWEST_GROUPS and self._are_rows(groups):
                    return self._inside(groups)
        return None

    def _are_rows(self, groups: list[list[int]]) -> bool:
        """Whether groups of lines are rows: most begin in the first column, and their cells are of several heights.

        So blank lines after some rows, which part sections, and space before their titles part no rows.
        """
        several = [group for group in groups if max(map(len, self._columns_of(group).values())) > 1]
        whole = sum(self._is_row(self._columns_of(group)) for group in several)
        anchored = sum(0 in self._columns_of(group) for group in groups)
        if not several or anchored < _NEARLY_ALL * len(groups) or whole < _NEARLY_ALL * len(several):
            return False
        uneven = sum(map(self._is_uneven, several))
        beside = sum(
            any(column and len(cells) > 1 for column, cells in self._columns_of(group).items()) for group in several
        )
        return uneven > len(several) / 2 and beside > len(several) / 2

    def _is_uneven(self, group: list[int]) -> bool:
        """Whether the texts of a row have several numbers of lines.

        Where numbers stand above each other, the first column may be the name of a group of rows, and does not count.
        """
        columns = self._columns_of(group)
        skipped = int(len(columns) > 2 and self._holds_rows(group))
        return len({len(boxes) for column, boxes in columns.items() if column >= skipped}) > 1

    def _columns_of(self, group: list[int]) -> dict[int, list[Box]]:
        """Boxes of a group's lines by column."""
        found: dict[int, list[Box]] = {}
        for cell in (cell for line in group for cell in self.lines[line]):
            found.setdefault(cell.column, []).append(cell.bbox)
        return found

    def _is_row(self, columns: dict[int, list[Box]]) -> bool:
        """Whether the texts of all columns begin at the top of the row, or all stand in the middle, without gaps."""
        ends = [(min(box[1] for box in boxes), max(box[3] for box in boxes)) for boxes in columns.values()]
        top, bottom = min(end[0] for end in ends), max(end[1] for end in ends)
        slack = _LEVEL * self.height
        is_level = all(end[0] - top < slack for end in ends)
        is_middle = all(abs(end[0] + end[1] - top - bottom) < 2 * slack for end in ends)
        heights = [(end[1] - end[0], len(boxes)) for end, boxes in zip(ends, columns.values(), strict=True)]
        is_whole = all(height < (_PITCH * lines + 0.5) * self.height for height, lines in heights)
        return (is_level or is_middle) and is_whole

    def _groups(self, parted: Sequence[bool]) -> list[list[int]]:
        """Lines below the headers, a new group wherever a line is parted from the next."""
        groups: list[list[int]] = [[self.header_lines]]
        for above in range(self.header_lines, len(self.lines) - 1):
            if parted[above]:
                groups.append([])
            groups[-1].append(above + 1)
        return groups

    def _inside(self, groups: list[list[int]]) -> list[bool]:
        """Whether each line is followed by one of its own group."""
        inside = {above for group in groups for above in group[:-1]}
        return [number in inside for number in range(len(self.lines))]

    def _holds_rows(self, group: Sequence[int]) -> bool:
        cells = (cell for number in group for cell in self.lines[number])
        numbers = [cell.column for cell in cells if is_number(cell.text) and not _DAY.fullmatch(cell.text)]
        return len(numbers) > len(set(numbers))

    def _is_parted(self, above: int) -> bool:
        """Whether rules part all columns between a line and the next."""
        covered = sum(min(rule[2], self.right) - max(rule[0], self.left) for rule in self._rules_below(above))
        return covered > 0.9 * (self.right - self.left)

    def _is_one(self, cell: GridCell, below: GridCell) -> bool:
        for rule in self._rules_between(cell, below):
            left, right = min(cell.bbox[0], below.bbox[0]), max(cell.bbox[2], below.bbox[2])
            if min(rule[2], right) - max(rule[0], left) > 0.5 * (right - left):
                return False
        pitch = self.pitches[cell.row]
        if below.row < self.header_lines:
            return pitch < 1.7 * self.height
        if cell.row < self.header_lines:
            return False
        if self.going_on[cell.row] or self.is_spaced:
            return self.going_on[cell.row]
        return not is_number(cell.text) and not is_number(below.text) and self._goes_on(cell, below, pitch)

    def _rules_between(self, cell: GridCell, below: GridCell) -> list[Box]:
        """Rules between two cells, also where a line of cells that stand in the middle of their row lies between."""
        if below.row == cell.row + 1:
            return self._rules_below(cell.row)
        high, low = ((box[1] + box[3]) / 2 for box in (cell.bbox, below.bbox))
        return self._rules_within(high, low)

    def _goes_on(self, cell: GridCell, below: GridCell, pitch: float) -> bool:
        above_line, below_line = self.lines[cell.row], self.lines[below.row]
        if self.pitch and pitch > 1.15 * self.pitch:
            return False
        if len(above_line) == len(below_line) > 1 or (_holds_numbers(above_line) and _holds_numbers(below_line)):
            return False
        if _continues_text(cell.text, below.text) and below.bbox[0] > cell.bbox[0] - 0.3 * self.height:
            return True
        is_partial = len(below_line) < len(above_line) and len(below_line) < self.columns
        if self.pitch and pitch < _TIGHT * self.pitch and is_partial:
            return True
        return is_partial and self._hangs_in(cell, below)

    def _hangs_in(self, cell: GridCell, below: GridCell) -> bool:
        """Whether a line stands deeper than the one above it and the one below it: text that hangs in."""
        if len(self.lines[below.row]) > 1 or below.column > 0 or below.row + 1 >= len(self.lines):
            return False
        following = self.lines[below.row + 1][0]
        inset = 0.3 * self.height
        is_deeper = below.bbox[0] > cell.bbox[0] + inset
        return is_deeper and following.column == 0 and following.bbox[0] < below.bbox[0] - inset


def _over(cell: GridCell, span: tuple[int, int] | None) -> GridCell:
    """A cell over the rows from the first to the last of a span; as it is without one."""
    return replace(cell, row=span[0], row_span=span[1] - span[0] + 1) if span else cell


def _holds_numbers(line: Sequence[GridCell]) -> bool:
    """Whether a line has numbers of its own: the rest of a wrapped text has none where the text began with some."""
    return any(cell.column > 0 and is_value(cell.text) for cell in line)


def _continues_text(above: str, below: str) -> bool:
    return below[:1].islower() or bool(_OPEN_END.search(above))


def _share_column(one: GridCell, other: GridCell) -> bool:
    return one.column <= other.last_column and other.column <= one.last_column


def _united(parts: Sequence[GridCell], rows: Sequence[int]) -> GridCell:
    first, last = rows[parts[0].row], rows[parts[-1].row]
    x0s, tops, x1s, bottoms = zip(*(part.bbox for part in parts), strict=True)
    return replace(
        parts[0],
        row=first,
        row_span=last - first + 1,
        text="\n".join(part.text for part in parts),
        bbox=(min(x0s), min(tops), max(x1s), max(bottoms)),
    )
