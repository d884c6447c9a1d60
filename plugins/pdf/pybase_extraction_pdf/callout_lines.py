"""Callouts put together from words with places: lines, stacked deviations and limits, callouts of several lines.

Everything is done in the frame in which the text runs, so that callouts that stand upright or aslant are no special
case.  Distances are shares of the height of the text (ISO 3098-1: 1.4 heights from line to line, ISO 129-1, 9.2:
deviations in the same or the next smaller size).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from pybase_extraction_pdf.oriented import Piece, joined
from pybase_extraction_pdf.primitives import Box

CellOf = Callable[[Piece], object]
"""The ruled cell in which a piece stands; None outside of all."""

_SQUARE = 40.0
"""Points; width of the squares in which lines are looked up."""
_BLANK = 0.4
"""Heights of the widest blank between two words."""
_SIGNED = re.compile(r"\A[+\-±−–]\s?\d*[.,]?\d+°?\Z")
_ZERO = re.compile(r"\A[+\-±]?0(?:[.,]0+)?°?\Z")
_NUMBER = re.compile(r"\A\d*[.,]?\d+\Z")
_LIMIT = re.compile(r"\A((?:S?[⌀Øø∅φΦ]|S?R|□|\d+\s?[xX×]\s?[⌀Øø∅φΦ]?)?)\s?(\d*[.,]\d+|\d+)(\s?mm|°)?\Z")
_PREFIX = re.compile(r"\A(?:\d+\s?[xX×]\s?)?(?:S?[⌀Øø∅φΦ]|S?R|□)\Z")
_NOMINAL = re.compile(r"(?:\d|\d\s?[A-Za-z]{1,2}\d{1,2}|°)\)?\Z")
_SMALLER = 0.75
"""Numbers of a fraction are lower than this share of the size before them."""
_SMALL = re.compile(r"\A\d{1,2}\Z")
_INCHES = re.compile(r"(?:\d['′]\s?-?\s?\d{1,2}|\d)[\"″]?\Z")
_FEET = re.compile(r"\d['′]")
_DENOMINATORS = frozenset({"2", "4", "8", "16", "32", "64"})
_COUNT = re.compile(r"\A\(?\d+\s?(?:[xX×]|PL(?:ACE)?S?|HOLES?)\)?\Z")
_CONTINUES = re.compile(
    r"\A(?:[⌴⌵↧]|THRU|THROUGH|DEEP|DEPTH|C['´]?(?:BORE|SINK)|CBORE|CSK|S\.?F\.?|TYP|REF|EQ\.?\s?SP|EQUALLY|"
    r"\(?\d+\s?(?:PL(?:ACE)?S?|HOLES?|OFF)|\(?\d+\s?[xX×]\)?\Z|BOTH\s|NEAR\s|FAR\s)",
    re.IGNORECASE,
)
_THREAD = re.compile(r"\A(?:\d+\s?[xX×]\s?)?(?:M\d|G\s?\d|Tr\s?\d|\S+\s?-\s?\d+\s?UN)")
_DEEP = re.compile(r"↧|DEEP|DEPTH", re.IGNORECASE)


def callouts_of(pieces: Sequence[Piece], cell_of: CellOf) -> list[Piece]:
    """Put the pieces of a sheet together to callouts; every piece is used once."""
    found: list[Piece] = []
    for group in _by_angle(pieces):
        lines = _lines(group, cell_of)
        lines = _with_limits(_with_deviations(_with_fractions(lines)))
        found += _with_continuations(lines, cell_of)
    return found


def _by_angle(pieces: Iterable[Piece]) -> list[list[Piece]]:
    groups: dict[float, list[Piece]] = defaultdict(list)
    for piece in pieces:
        groups[round(piece.angle, 1)].append(piece)
    return list(groups.values())


def _lines(pieces: Sequence[Piece], cell_of: CellOf) -> list[Piece]:
    """Pieces that stand beside each other on one line, in the same ruled cell."""
    found: list[Piece] = []
    for row in _rows(pieces):
        run: list[Piece] = []
        for piece in sorted(row, key=lambda item: item.frame[0]):
            if run and not _is_beside(run[-1], piece, cell_of):
                found.append(_line(run))
                run = []
            run.append(piece)
        found.append(_line(run))
    return found


def _rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    rows: list[list[Piece]] = []
    base = 0.0
    for piece in sorted(pieces, key=lambda item: item.frame[3]):
        if rows and piece.frame[3] - base < 0.25 * min(piece.height, rows[-1][0].height):
            rows[-1].append(piece)
        else:
            rows.append([piece])
            base = piece.frame[3]
    return rows


def _is_beside(left: Piece, right: Piece, cell_of: CellOf) -> bool:
    """Closer than a letter's height; a rule parts words only where more than a blank is between them."""
    height = max(min(left.height, right.height), 1.0)
    gap = right.frame[0] - left.frame[2]
    if gap > _BLANK * height and _NUMBER.match(left.text) and _NUMBER.match(right.text):
        return False  # sizes of a chain, not one
    if right.height < _SMALLER * left.height and _SMALL.match(right.text):
        return False  # a number of a stacked fraction
    return -0.5 * height < gap < (1.0 if cell_of(left) == cell_of(right) else _BLANK) * height


def _line(run: Sequence[Piece]) -> Piece:
    return joined(run, _text(run), "line")


def _text(parts: Sequence[Piece]) -> str:
    """Words with a blank between, but none behind a sign that is drawn before its number."""
    text = ""
    for part in parts:
        text += part.text if not text or text.endswith("⌀") else f" {part.text}"
    return text


class _Field:
    """Lines by place, so that each is compared with its neighbours only."""

    def __init__(self, lines: Iterable[Piece]) -> None:
        self._squares: dict[tuple[int, int], list[Piece]] = defaultdict(list)
        for line in lines:
            for square in _squares(line.frame):
                self._squares[square].append(line)

    def near(self, piece: Piece) -> list[Piece]:
        """Lines within two heights of one, in their order."""
        reach = 2 * piece.height
        u0, v0, u1, v1 = piece.frame
        found: dict[int, Piece] = {}
        for square in _squares((u0 - reach, v0 - reach, u1 + reach, v1 + reach)):
            for line in self._squares.get(square, ()):
                found[id(line)] = line
        return list(found.values())


def _squares(box: Box) -> Iterator[tuple[int, int]]:
    for column in range(int(box[0] // _SQUARE), int(box[2] // _SQUARE) + 1):
        for row in range(int(box[1] // _SQUARE), int(box[3] // _SQUARE) + 1):
            yield column, row


def _gap(above: Piece, below: Piece) -> float:
    """Distance from line to line in heights of the smaller."""
    return (below.frame[1] - above.frame[3]) / max(min(above.height, below.height), 1.0)


def _is_below(above: Piece, below: Piece, closest: float, farthest: float) -> bool:
    return closest < _gap(above, below) < farthest and 0.7 < above.height / max(below.height, 0.1) < 1.43


def _is_deviation(text: str) -> bool:
    return bool(_SIGNED.match(text) or _ZERO.match(text))


def _with_fractions(lines: list[Piece]) -> list[Piece]:
    """Join a numerator above its denominator with the inches before them: ``6'-10 1/2"`` (ASME Y14.5, 1.6.2)."""
    parts = [line for line in lines if _SMALL.match(line.text)]
    if len(parts) < 2:
        return lines
    field, used = _Field(lines), set[int]()
    made: list[Piece] = []
    for upper in parts:
        near = field.near(upper)
        lower = next((line for line in near if _is_fraction(upper, line)), None)
        if lower is None or id(upper) in used or id(lower) in used:
            continue
        size = next((line for line in near if id(line) not in used and _takes_fraction(line, upper, lower)), None)
        if size is None:
            continue
        whole = size.text.rstrip('"″')
        mark = size.text[len(whole) :] or ('"' if _FEET.search(whole) else "")
        text = f"{whole} {upper.text}/{lower.text}{mark}"
        used.update((id(upper), id(lower), id(size)))
        made.append(joined((size, upper, lower), text, "stacked-fraction"))
    return [line for line in lines if id(line) not in used] + made


def _is_fraction(upper: Piece, lower: Piece) -> bool:
    if lower.text not in _DENOMINATORS or not _is_below(upper, lower, -0.6, 0.6):
        return False
    is_centred = abs(upper.frame[0] + upper.frame[2] - lower.frame[0] - lower.frame[2]) < 1.2 * upper.height
    return is_centred and int(upper.text) < int(lower.text) and int(upper.text) % 2 == 1


def _takes_fraction(size: Piece, upper: Piece, lower: Piece) -> bool:
    """Feet and inches, or inches, that end where the fraction stands and are higher than its numbers."""
    if not _INCHES.search(size.text) or size.height < 1.1 * upper.height:
        return False
    start, end = min(upper.frame[0], lower.frame[0]), max(upper.frame[2], lower.frame[2])
    is_at_end = size.frame[2] - 1.5 * size.height < start < size.frame[2] + 0.6 * size.height
    is_level = upper.frame[1] - 0.4 * size.height < size.middle < lower.frame[3] + 0.4 * size.height
    return is_at_end and is_level and end > size.frame[0] + 0.5 * size.height


def _with_deviations(lines: list[Piece]) -> list[Piece]:
    """Join an upper and a lower deviation that stand above each other with the size before them."""
    used: set[int] = set()
    made: list[Piece] = []
    alone = [line for line in lines if _is_deviation(line.text)]
    field = _Field(lines) if alone else None
    for deviation in alone:
        if id(deviation) in used or field is None:
            continue
        neighbours = field.near(deviation)
        for line in neighbours:
            if line is deviation or id(line) in used:
                continue
            found = _stacked(deviation, line, neighbours, used)
            if found is not None:
                piece, parts = found
                used.update(id(part) for part in parts)
                made.append(piece)
                break
    return [line for line in lines if id(line) not in used] + made


def _stacked(
    deviation: Piece, line: Piece, lines: Sequence[Piece], used: set[int]
) -> tuple[Piece, tuple[Piece, ...]] | None:
    for index, part in enumerate(line.parts):
        pair = _pair(deviation, part)
        if pair is None:
            continue
        text = f"{pair[0].text}/{pair[1].text}"
        before, after = line.parts[:index], line.parts[index + 1 :]
        if before and _NOMINAL.search(_text(before)):
            whole = f"{_text(before)} {text} {_text(after)}".strip()
            return joined((line, deviation), whole, "stacked-deviations"), (line, deviation)
        if not before:
            size = _size_before(pair, lines, used)
            if size is not None:
                whole = f"{size.text} {text} {_text(after)}".strip()
                return joined((size, line, deviation), whole, "stacked-deviations"), (size, line, deviation)
    return None


def _pair(one: Piece, other: Piece) -> tuple[Piece, Piece] | None:
    """Upper and lower deviation; None when the two are no stack."""
    if not _is_deviation(other.text) or not (_SIGNED.match(one.text) or _SIGNED.match(other.text)):
        return None
    upper, lower = sorted((one, other), key=lambda piece: piece.middle)
    starts_alike = abs(one.frame[0] - other.frame[0]) < 1.2 * one.height
    ends_alike = abs(one.frame[2] - other.frame[2]) < 0.6 * one.height
    return (upper, lower) if _is_below(upper, lower, -0.45, 0.6) and (starts_alike or ends_alike) else None


def _size_before(pair: tuple[Piece, Piece], lines: Sequence[Piece], used: set[int]) -> Piece | None:
    upper, lower = pair
    start, middle = min(upper.frame[0], lower.frame[0]), (upper.frame[1] + lower.frame[3]) / 2
    found = [
        line
        for line in lines
        if line not in pair
        and id(line) not in used
        and _NOMINAL.search(line.text)
        and not _is_deviation(line.text)
        and -0.5 * line.height < start - line.frame[2] < 1.2 * line.height
        and abs(line.middle - middle) < 0.7 * line.height
    ]
    return max(found, key=lambda line: line.frame[2], default=None)


def _with_limits(lines: list[Piece]) -> list[Piece]:
    """Join two limits of a size that stand above each other, with the sign before them."""
    used: set[int] = set()
    made: list[Piece] = []
    numbers = [line for line in lines if _LIMIT.match(line.text)]
    field = _Field(lines)
    for upper in numbers:
        neighbours = field.near(upper)
        near = [line for line in neighbours if _LIMIT.match(line.text)]
        lower = next((line for line in near if id(line) not in used and _are_limits(upper, line)), None)
        if lower is None or id(upper) in used or _is_in_column(upper, lower, [*near, *field.near(lower)]):
            continue
        sign = _sign_before((upper, lower), neighbours, used)
        parts = (upper, lower, *([sign] if sign else []))
        prefix = f"{sign.text} " if sign else ""
        shown = lower.text.lstrip("S⌀Øø∅φΦR□ ") if not sign else lower.text
        used.update(id(part) for part in parts)
        made.append(joined(parts, f"{prefix}{upper.text}/{shown}", "stacked-limits"))
    return [line for line in lines if id(line) not in used] + made


def _are_limits(upper: Piece, lower: Piece) -> bool:
    one, other = _LIMIT.match(upper.text), _LIMIT.match(lower.text)
    if upper is lower or one is None or other is None or not _is_below(upper, lower, -0.35, 0.25):
        return False
    values = [float(match[2].replace(",", ".")) for match in (one, other)]
    places = [len(re.split("[.,]", match[2])[-1]) if re.search("[.,]", match[2]) else 0 for match in (one, other)]
    is_close = 0 < abs(values[0] - values[1]) <= 0.05 * max(values)
    is_alike = places[0] == places[1] > 0 and not (other[1] and not one[1])
    return is_close and is_alike and abs(upper.frame[2] - lower.frame[2]) < 0.4 * upper.height


def _is_in_column(upper: Piece, lower: Piece, numbers: Sequence[Piece]) -> bool:
    """A third number above or below makes it a column of a table or of ordinates."""
    return any(
        line is not upper
        and line is not lower
        and abs(line.frame[2] - upper.frame[2]) < 0.4 * upper.height
        and _LIMIT.match(line.text) is not None
        and (_is_below(line, upper, -0.35, 0.6) or _is_below(lower, line, -0.35, 0.6))
        for line in numbers
    )


def _sign_before(limits: tuple[Piece, Piece], lines: Sequence[Piece], used: set[int]) -> Piece | None:
    upper, lower = limits
    start, middle = min(upper.frame[0], lower.frame[0]), (upper.frame[1] + lower.frame[3]) / 2
    return next(
        (
            line
            for line in lines
            if id(line) not in used
            and _PREFIX.match(line.text)
            and -0.3 * line.height < start - line.frame[2] < 1.0 * line.height
            and abs(line.middle - middle) < 0.8 * line.height
        ),
        None,
    )


def _with_continuations(lines: list[Piece], cell_of: CellOf) -> list[Piece]:
    """Join the lines of callouts of several lines, from top to bottom."""
    field = _Field(lines)
    whole: dict[int, Piece] = {}
    """Callout by the line that is its last so far."""
    for line in sorted(lines, key=lambda item: item.frame[1]):
        above = [whole[id(other)] for other in field.near(line) if id(other) in whole]
        home = next((callout for callout in reversed(above) if _continues(callout, line, cell_of)), None)
        if home is None:
            whole[id(line)] = line
            continue
        parts = (*_lines_of(home), line)
        del whole[id(_lines_of(home)[-1])]
        whole[id(line)] = joined(parts, "\n".join(part.text for part in parts), "several-lines")
    return list(whole.values())


def _lines_of(piece: Piece) -> tuple[Piece, ...]:
    return piece.parts if piece.rule == "several-lines" else (piece,)


def _is_open(piece: Piece) -> bool:
    """A count that waits for what it counts."""
    last = _lines_of(piece)[-1].text
    return bool(_COUNT.match(last)) or last.endswith((" x", " X", " ×"))


def _continues(above: Piece, below: Piece, cell_of: CellOf) -> bool:
    last = _lines_of(above)[-1]
    if not (_is_open(above) or _CONTINUES.match(below.text) or _THREAD.match(below.text)):
        return False
    if not _is_below(last, below, -0.4, 0.6) or cell_of(last) != cell_of(below):
        return False
    shared = min(last.frame[2], below.frame[2]) - max(last.frame[0], below.frame[0])
    if shared < 0.3 * min(last.frame[2] - last.frame[0], below.frame[2] - below.frame[0]):
        return False
    is_tapped = _THREAD.match(below.text) and _DEEP.search(last.text) and not _THREAD.match(last.text)
    is_callout = bool(re.search(r"\d", last.text))
    return bool(_is_open(above) or (is_callout and (_CONTINUES.match(below.text) or is_tapped)))
