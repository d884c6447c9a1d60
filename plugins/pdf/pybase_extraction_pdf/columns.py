"""Columns of a block of lines: the strips of white that nearly all of its lines leave free."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, groupby, pairwise, repeat
from operator import itemgetter
from statistics import median

from pybase_extraction_pdf.captions import NOTE
from pybase_extraction_pdf.logical_rows import GridCell, is_number
from pybase_extraction_pdf.primitives import Box, Word
from pybase_extraction_pdf.segments import Line, Segment, around, bottom_of, segment_of, top_of

_CROSSING = 0.12
"""Share of a block's lines whose letters may reach across the white between two columns: headers that span."""
_NARROW = 0.4
"""Share of a block's lines that may pass a strip by no more than a blank between words: cells that nearly touch."""
FEWEST_ROWS = 3
_FEWEST_LINES = 5
"""Lines that show, all together, that a blank which is hardly wider than that between words parts cells."""
_CLOSE = 0.35
"""Share of the text's height that the white above the rest of a wrapped text is, at most."""
_MOST_LEFT_OUT = 3
_MOST = 0.7
"""Share of the texts of a header that stand at the edges of their columns, at least."""
_MOST_HEADERS = 3
"""Lines of a column that holds nothing but headers, at most."""
_SHORT = 3
"""Words of a text that stands alone above one column and is its header, at most."""
_NEAR = 1.2
"""Times the pitch of the lines that the rest of a wrapped text stands below the last line, at most."""
_STRIP = 0.25
"""Share of the text's height that white between columns is wide, at least."""
_SLIVER = 0.2
"""Share of the text's height that what parts two strips is wide, at least."""
_INSET = 0.3
"""Share of the text's height by which text may reach over the middle of the white and stays in its column."""
_ALIGNED = 0.15
"""Share of the text's height within which edges stand above each other."""
_WIDER = 1.3
"""Times that a gap between cells is wider than those between words of one text."""


def core_of(block: list[Line], height: float) -> tuple[list[Line], list[float]]:
    """The lines of a block that share the most columns, and where these are parted.

    A caption above or a source below, cut by a wide blank, would hide the white between columns: up to three lines at
    either end are left out where that shows more columns.  Those of them that fit the columns come back: headers and
    sums whose texts span, headers that nearly touch, and the last line of a text that is wrapped in its cell.
    """
    several = [index for index, line in enumerate(block) if len(line) > 1]
    if not several:
        return [], []
    cuts, first, last = _most_columns(block, several[0], several[-1] + 1, height)
    cuts = _united(cuts, block[first:last], height)
    if not cuts:
        return block[first:last], []
    first, last = _trimmed(block, first, last, cuts)
    while first > several[0]:
        cuts, is_header = _with_line(block[first - 1], cuts, block[first:last], height)
        if not is_header:
            break
        first -= 1
    if 0 < first <= several[0]:
        wider = cuts_of(block[first - 1 : last], height)
        if len(wider) == len(cuts) and _heads(block[first - 1], wider, block[first:last], height):
            first, cuts = first - 1, wider
    while last < len(block) and _goes_on(block[last], cuts, block[first:last], height):
        last += 1
    return block[first:last], cuts


def _with_line(line: Line, cuts: list[float], core: list[Line], height: float) -> tuple[list[float], bool]:
    """The cuts together with one more line, and whether it belongs to the others."""
    wider = cuts_of([line, *core], height) if len(line) > 1 else []
    if len(wider) == len(cuts) and _is_between_edges(line, core, height):
        return wider, True
    return cuts, _fits(line, cuts, core, height)


def _trimmed(block: list[Line], first: int, last: int, cuts: list[float]) -> tuple[int, int]:
    """The same lines without those at the ends that stand in the first column alone or before it."""
    kept = [index for index in range(first, last) if len(block[index]) > 1 or block[index][0].x1 > cuts[0]]
    return kept[0], kept[-1] + 1


def _most_columns(block: list[Line], start: int, stop: int, height: float) -> tuple[list[float], int, int]:
    best: tuple[list[float], int, int] = ([], start, stop)
    for left_out in range(2 * _MOST_LEFT_OUT + 1):
        for above in range(max(0, left_out - _MOST_LEFT_OUT), min(left_out, _MOST_LEFT_OUT) + 1):
            first, last = start + above, stop - (left_out - above)
            lines = block[first:last]
            if sum(len(line) > 1 for line in lines) < FEWEST_ROWS:
                continue
            cuts = cuts_of(lines, height, len(best[0]))
            if len(cuts) > len(best[0]):
                best = cuts, first, last
    return best


def _united(cuts: list[float], lines: list[Line], height: float) -> list[float]:
    """The cuts without those between two columns that no line fills both, where one of them holds headers alone.

    Such texts stand beside the numbers below them: at the left or in the middle above, while these end on the right.
    """
    if not cuts:
        return []
    columns = Columns(lines, cuts, height)
    filled: list[set[int]] = [set() for _ in range(len(cuts) + 1)]
    for number, line in enumerate(lines):
        for cell in columns.row(line, number):
            if cell.column_span == 1:
                filled[cell.column].add(number)
    kept = []
    left, *others = filled
    for cut, right in zip(cuts, others, strict=True):
        if left & right or (min(len(left), len(right)) > 1 and not _is_above(left, right)):
            kept.append(cut)
            left = right
        else:
            left |= right
    return kept


def _is_above(one: set[int], other: set[int]) -> bool:
    """Whether a few lines of one column stand above all of the other."""
    few, many = sorted((one, other), key=len)
    return len(few) <= _MOST_HEADERS and max(few) < min(many)


def _fits(line: Line, cuts: list[float], core: list[Line], height: float) -> bool:
    """Whether the texts of a line stand in columns of their own, between the outer edges of the others."""
    if not _is_between_edges(line, core, height):
        return False
    if len(line) == 1:
        return line[0].x0 > cuts[0] or _heads(line, cuts, core, height)
    ranges = [_range_of(segment, cuts, height) for segment in line]
    return all(before[1] < after[0] for before, after in pairwise(ranges)) and any(one == last for one, last in ranges)


def _is_between_edges(line: Line, core: list[Line], height: float) -> bool:
    left = min(other[0].x0 for other in core)
    right = max(other[-1].x1 for other in core)
    return line[0].x0 > left - height and line[-1].x1 < right + height


def _heads(line: Line, cuts: list[float], core: list[Line], height: float) -> bool:
    """Whether a text is the header of one column, or those of most columns that nearly touch each other."""
    if not _is_between_edges(line, core, height):
        return False
    columns = Columns(core, cuts, height)
    pieces = columns.row(line, 0)
    aligned = sum(columns.is_aligned(piece.bbox) for piece in pieces)
    if len(pieces) == 1:
        is_close = top_of(core[0]) - bottom_of(line) < _CLOSE * height
        return pieces[0].column > 0 and (aligned == 1 or is_close) and line[0].words <= _SHORT
    return len(pieces) > max(2, len(cuts) / 2) and aligned > _MOST * len(pieces)


def _goes_on(line: Line, cuts: list[float], core: list[Line], height: float) -> bool:
    """Whether a line below the others is one more row, or the rest of a text that is wrapped in its cell."""
    if len(line) > 1:
        return _fits(line, cuts, core, height)
    if not _is_between_edges(line, core, height):
        return False
    if line[0].x1 < cuts[0]:
        return top_of(line) - bottom_of(core[-1]) < _CLOSE * height and not NOTE.match(line[0].text)
    pitches = [bottom_of(below) - bottom_of(above) for above, below in pairwise(core)]
    first, last = _range_of(line[0], cuts, height)
    return bottom_of(line) - bottom_of(core[-1]) < _NEAR * median(pitches) and 0 < first == last


def _range_of(segment: Segment, cuts: list[float], height: float) -> tuple[int, int]:
    """First and last column that a segment stands in; the cuts rise."""
    inset = _INSET * height
    first = bisect_left(cuts, segment.x0 + inset)
    return first, max(first, bisect_left(cuts, segment.x1 - inset))


def cuts_of(block: list[Line], height: float, more_than: int = 0) -> list[float]:
    """Where the strips of white that at most a few lines of several texts reach across are emptiest.

    Letters of a few lines may cross a strip, for headers span.  More of them may pass it by the blank between two words
    where most lines show that cells end and begin there.
    No strip is looked into where no more than ``more_than`` are white: the answer is that there are none.
    """
    lines = [line for index, line in enumerate(block) if len(line) > 1 or _is_interleaved(block, index)]
    letters = _depths(_spans_of(lines))
    allowed = int(_CROSSING * len(lines))
    strips = _joined(_strips(letters, allowed), _SLIVER * height)
    strips = [strip for strip in strips if strip[1] - strip[0] > _STRIP * height]
    if len(strips) <= more_than:
        return []
    # a line of many texts tells more than one whose texts span
    every = _depths(_spans_of(block), [len(line) for line in block for segment in line for _ in segment.parts])
    return [_emptiest(every, strip, 0.5 * _STRIP * height) for strip in _parting(strips, lines, allowed, height)]


def _spans_of(lines: list[Line]) -> list[_Strip]:
    return [(word[1], word[3]) for line in lines for segment in line for word in segment.parts]


def _is_interleaved(block: list[Line], index: int) -> bool:
    """Whether a line overlaps the next or the last one in height, as cells in the middle of their rows do."""
    above = index > 0 and top_of(block[index]) < bottom_of(block[index - 1])
    return above or (index + 1 < len(block) and top_of(block[index + 1]) < bottom_of(block[index]))


_Strip = tuple[float, float]
_PLACE: Callable[[tuple[float, float]], float] = itemgetter(0)


def _depths(intervals: Iterable[_Strip], weights: Iterable[int] = repeat(1)) -> list[tuple[float, int]]:
    """How many intervals, each with its weight, cover the part of a line from each place on."""
    changes: dict[float, int] = {}
    for (x0, x1), weight in zip(intervals, weights, strict=False):
        changes[x0] = changes.get(x0, 0) + weight
        changes[x1] = changes.get(x1, 0) - weight
    places = sorted(changes)
    return list(zip(places, accumulate(map(changes.__getitem__, places)), strict=True))


def _strips(depths: list[tuple[float, int]], allowed: int) -> list[_Strip]:
    """Parts of a line, inside of the outermost ends, that at most so many intervals cover."""
    found = []
    for is_white, run in groupby(pairwise(depths), key=lambda pair: pair[0][1] <= allowed):
        pieces = list(run)
        if is_white:
            found.append((pieces[0][0][0], pieces[-1][1][0]))
    first, last = depths[0][0], depths[-1][0]
    return [(left, right) for left, right in found if left > first and right < last]


def _joined(strips: Iterable[_Strip], sliver: float) -> list[_Strip]:
    """The strips, those as one between which no letter could stand: headers of two lines overlap there by a hair."""
    found: list[_Strip] = []
    for left, right in strips:
        if found and left - found[-1][1] < sliver:
            found[-1] = (found[-1][0], right)
        else:
            found.append((left, right))
    return found


def _emptiest(depths: list[tuple[float, int]], strip: _Strip, least: float) -> float:
    """Middle of the widest part of a strip that the fewest letters cover, of those wider than ``least``."""
    left, right = strip
    first, last = bisect_right(depths, left, key=_PLACE) - 1, bisect_left(depths, right, key=_PLACE)
    near = pairwise(depths[max(first, 0) : last + 1])
    parts = [(depth, max(x, left), min(end, right)) for (x, depth), (end, _) in near]
    wide = [part for part in parts if part[2] - part[1] > least]
    _, x0, x1 = min(wide or [(0, left, right)], key=lambda part: (part[0], part[1] - part[2]))
    return (x0 + x1) / 2


def _parting(strips: list[_Strip], lines: list[Line], allowed: int, height: float) -> list[_Strip]:
    """Strips that part cells: more segments end and begin at one, between its neighbours, than pass it.

    One that nearly all lines pass by a blank parts them too, where the blank is wider than those between words.
    """
    segments = [segment for line in lines for segment in line]
    widest = _WIDER * _space_of(segments, height) if len(lines) >= _FEWEST_LINES else float("inf")
    spans = _Spans((part.x0, part.x1) for part in segments)
    passing = {strip: spans.passing(*strip) for strip in strips}
    likely = [strip for strip in strips if passing[strip] <= _NARROW * len(lines) or strip[1] - strip[0] > widest]
    found: list[_Strip] = []
    for index, (left, right) in enumerate(likely):
        before = found[-1][1] if found else -float("inf")
        after = likely[index + 1][0] if index + 1 < len(likely) else float("inf")
        ending = sum(x0 > before - 1 and x1 <= right for x0, x1 in spans.beginning(before - 1, right))
        beginning = sum(x1 < after + 1 for _, x1 in spans.beginning(left, after + 1))
        is_told = passing[left, right] <= max(allowed, min(ending, beginning) - 1)
        if is_told or right - left > widest:
            found.append((left, right))
    return found


class _Spans:
    """Where texts begin and end on a line, by their beginnings, so that those of one column are looked at alone."""

    def __init__(self, spans: Iterable[_Strip]) -> None:
        self._spans = sorted(spans)
        self._ends = sorted(x1 for _, x1 in self._spans)

    def beginning(self, left: float, right: float) -> list[_Strip]:
        """Spans that begin at ``left`` or behind it, and not behind ``right``."""
        first = bisect_left(self._spans, left, key=_PLACE)
        return self._spans[first : bisect_right(self._spans, right, key=_PLACE)]

    def passing(self, left: float, right: float) -> int:
        """How many spans begin before a strip and end behind it."""
        inside = sum(x1 <= right for _, x1 in self.beginning(left, right))
        before = bisect_left(self._spans, left, key=_PLACE)
        # of those that end before its right edge all but the ones inside begin before its left one
        return before - (bisect_right(self._ends, right) - inside)


class Columns:
    """Columns of a table.

    Args:
        lines: Its lines.
        cuts: Where its columns are parted.
        height: Height of its text.
    """

    def __init__(self, lines: Sequence[Line], cuts: list[float], height: float) -> None:
        self.cuts = cuts
        self.height = height
        segments = [segment for line in lines for segment in line]
        self.space = _space_of(segments, height)
        self.edges = [_edges(column, height) for column in self._alone(segments)]

    def _alone(self, segments: list[Segment]) -> list[list[Segment]]:
        """The segments of every column that stand in it alone."""
        found: list[list[Segment]] = [[] for _ in range(len(self.cuts) + 1)]
        for segment in segments:
            first, last = _range_of(segment, self.cuts, self.height)
            if first == last:
                found[first].append(segment)
        return found

    def row(self, line: Line, row: int) -> list[GridCell]:
        """Cells of a line; segments in one column are one cell, as in justified text with wide blanks."""
        found: list[GridCell] = []
        for segment in [piece for whole in line for piece in self._pieces(whole)]:
            first, last = _range_of(segment, self.cuts, self.height)
            box = (segment.x0, segment.top, segment.x1, segment.bottom)
            text = segment.text
            if found and found[-1].last_column >= first:
                before = found.pop()
                first, last = before.column, max(last, before.last_column)
                text, box = f"{before.text} {text}", around((before.bbox, box))
            found.append(GridCell(row, first, 1, last - first + 1, text, box))
        return found

    def _pieces(self, segment: Segment) -> list[Segment]:
        """A segment cut where the white between columns runs between its words; whole where it spans columns."""
        inset = _INSET * self.height
        crossing = [cut for cut in self.cuts if segment.x0 + inset < cut < segment.x1 - inset]
        gaps = [gap for cut in crossing if (gap := _gap_at(segment.parts, cut, self.height)) is not None]
        splits = sorted(set(gaps))
        if len(crossing) == 1 or len(gaps) < len(crossing):
            splits = [gap for gap in splits if self._are_apart(segment.parts, gap)]
        if not splits:
            return [segment]
        starts = [0, *splits]
        pieces = zip(starts, [*splits, len(segment.parts)], strict=True)
        return [segment_of(segment.parts[start:end]) for start, end in pieces]

    def _are_apart(self, words: list[Word], index: int) -> bool:
        """Whether two neighbouring words are two cells: by what they are, their gap, or the edges of the columns."""
        left, right = words[index - 1], words[index]
        if is_number(left.text) and is_number(right.text):
            return True
        gaps = [after.x0 - before.x1 for before, after in pairwise(words)]
        others = gaps[: index - 1] + gaps[index:]
        if gaps[index - 1] > _WIDER * (median(others) if others else self.space):
            return True
        return all(self.is_aligned(around(word[1:5] for word in part)) for part in (words[:index], words[index:]))

    def is_aligned(self, box: Box) -> bool:
        """Whether a text stands in one column and at an edge that the texts of the column share."""
        inset = _INSET * self.height
        first, last = (bisect_left(self.cuts, x) for x in (box[0] + inset, box[2] - inset))
        places = (box[0], box[2], (box[0] + box[2]) / 2)
        near = (abs(places[kind] - edge) < _ALIGNED * self.height for kind, edge in self.edges[first])
        return first >= last and any(near)


def _space_of(segments: list[Segment], height: float) -> float:
    """Blank between words of one text."""
    gaps = sorted(right.x0 - left.x1 for segment in segments for left, right in pairwise(segment.parts))
    return max(gaps[len(gaps) // 4], _STRIP * height) if gaps else _INSET * height


def _edges(column: list[Segment], height: float) -> list[tuple[int, float]]:
    """Left (0) and right (1) edge and middle (2) of the texts of a column, those that most of them share.

    Where both edges are shared, the middle says nothing more.
    """
    if len(column) < FEWEST_ROWS:
        return []
    places = [(segment.x0, segment.x1, (segment.x0 + segment.x1) / 2) for segment in column]
    found = []
    for kind in range(3):
        edge = median(place[kind] for place in places)
        if sum(abs(place[kind] - edge) < _ALIGNED * height for place in places) > 0.6 * len(places):
            found.append((kind, edge))
    return found[:2]


def _gap_at(words: list[Word], cut: float, height: float) -> int | None:
    """Index of the word that begins right of a cut which runs between two words, or None."""
    slack = 0.2 * height
    for index in range(1, len(words)):
        if words[index - 1].x1 - slack <= cut <= words[index].x0 + slack:
            return index
    return None
