"""Signs that CAD programs draw with strokes beside lettering that is text: ⌀, depth, counterbore, characteristics.

SolidWorks, for one, writes numbers as text and draws ``⌀``, ``↧`` and the symbols of feature control frames.  A sign is
known by its parts (proportions of ISO 3098-5, ISO 7083 and ASME Y14.5, annex C), within a window beside a number.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from pybase_extraction_pdf.oriented import Piece, turned, turned_box
from pybase_extraction_pdf.primitives import Box, Curve, PageContent

_CELL = 16.0
"""Points; width of the squares in which strokes are looked up."""
_LARGEST = 60.0
"""Points; larger strokes are no part of a sign."""
_ROUND = 0.1
"""Share of the radius by which points of a circle may miss it."""
_MOST_POINTS = 200
_SHAFT = 0.38
"""Share of the height of a cell that the shaft of an arrow is longer than, and its barbs are shorter."""
_ALONG = 2.0
"""Degrees by which a stroke may leave the direction of the text that it runs along."""


class Ring(NamedTuple):
    """A circle."""

    x: float
    y: float
    radius: float

    @property
    def box(self) -> Box:
        """The box around it."""
        return self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius


class Dash(NamedTuple):
    """A straight stroke, by its box."""

    box: Box


class Bow(NamedTuple):
    """An open arc, by its box and its ends."""

    box: Box
    ends: tuple[tuple[float, float], tuple[float, float]]


Mark = Ring | Dash | Bow
Slope = Literal["level", "upright", "diagonal"]


class DrawnSigns:
    """The small strokes of a page near its lettering."""

    def __init__(self, page: PageContent, pieces: Sequence[Piece]) -> None:
        self._page = page
        self._near = _squares_near(pieces)
        self._marks: dict[tuple[int, int], list[Mark]] = defaultdict(list)
        for mark in _marks_of(page, self._near):
            for square in _squares(mark.box):
                self._marks[square].append(mark)

    def within(self, box: Box, angle: float = 0.0) -> list[Mark]:
        """Marks that lie inside a box of the page turned by an angle; of curves without turn only."""
        window = turned_box(box, -angle)
        seen: dict[Mark, None] = {}
        for square in _squares(window):
            seen.update(dict.fromkeys(self._marks.get(square, ())))
        return [mark for mark in (_turned(mark, angle) for mark in seen) if _is_inside(mark.box, box)]

    def before(self, piece: Piece) -> list[tuple[str, Box]]:
        """The signs that stand directly before a piece, from left to right, with their boxes in its frame.

        A counterbore or countersink is only taken before ⌀: alone, two or three strokes are too common.
        """
        u0, v0, _, v1 = piece.frame
        height, angle = piece.height, piece.angle
        first = self._sign(u0, v0, v1, angle)
        if first is None or first[0] not in {"⌀", "↧", "□", "±"}:
            return []
        second = self._sign(first[1][0], v0, v1, angle) if first[0] == "⌀" and angle % 90 == 0 else None
        is_hole = second is not None and second[0] in {"⌴", "⌵"} and first[1][0] - second[1][2] < height
        return [second, first] if second is not None and is_hole else [first]

    def _sign(self, end: float, top: float, bottom: float, angle: float) -> tuple[str, Box] | None:
        height = bottom - top
        window = (end - 2.0 * height, top - 0.3 * height, end + 0.15 * height, bottom + 0.3 * height)
        marks = self.within(window, angle)
        found = _hole_sign(marks, height, is_aslant=angle % 90 != 0) if marks else None
        if found is None:
            return None
        _, (_, v0, _, v1) = found
        is_level = abs((v0 + v1 - top - bottom) / 2) < 0.3 * height and v1 - v0 < 1.2 * height
        return found if is_level else None

    def characteristic(self, cell: Box, angle: float) -> str | None:
        """The symbol of a characteristic that is drawn in a cell of a frame (ISO 1101, Table 1)."""
        u0, v0, u1, v1 = cell
        slack = 0.04 * (v1 - v0)
        marks = self.within((u0 + slack, v0 + slack, u1 - slack, v1 - slack), angle)
        return _characteristic(marks, v1 - v0)

    def box_around(self, piece: Piece) -> bool:
        """Whether a frame is drawn around text that runs aslant: two strokes along it, at equal distances."""
        u0, _, u1, _ = piece.frame
        height, middle, centre = piece.height, piece.middle, (u0 + u1) / 2
        sides: list[float] = []
        for x0, top, x1, bottom, *_ in self._page.lines:
            length = math.hypot(x1 - x0, bottom - top)
            if not u1 - u0 < length < u1 - u0 + 2 * height:
                continue
            u, v = turned((x0 + x1) / 2, (top + bottom) / 2, piece.angle)
            is_along = abs(_steepness(piece.angle) - math.degrees(math.atan2(bottom - top, x1 - x0))) < _ALONG
            if is_along and abs(u - centre) < 0.5 * height and 0.4 * height < abs(v - middle) < height:
                sides.append(v - middle)
        return any(one < 0 < other and abs(one + other) < 0.5 * height for one in sides for other in sides)

    def texture_at(self, piece: Piece) -> bool:
        """Whether the sign of surface texture is drawn at a number (ISO 1302: two legs at 60°, the right one longer).

        The number stands above the left leg (until 1992) or right of the long one, below its bar.
        """
        u0, v0, u1, v1 = piece.frame
        height, centre = piece.height, (u0 + u1) / 2
        marks = self.within((u0 - 3.2 * height, v0 - height, u1 + 2 * height, v1 + 3.2 * height), piece.angle)
        legs = [mark.box for mark in marks if isinstance(mark, Dash) and _is_leg(mark.box, height)]
        for left in legs:
            for right in legs:
                if not _is_tick(left, right, 0.15 * height):
                    continue
                is_above = -0.35 * height < left[1] - v1 < 0.8 * height
                is_between = left[0] - 1.2 * height < centre < right[2] + 0.3 * height
                is_behind = (
                    right[0] < u0 < right[2] + 1.5 * height and right[1] - 0.2 * height < piece.middle < right[3]
                )
                if (is_above and is_between) or is_behind:
                    return True
        return False

    def balloon_around(self, piece: Piece) -> bool:
        """Whether a bare number or letter stands in the middle of a circle: an item or an axis (ISO 6433, ISO 4157)."""
        u0, v0, u1, v1 = piece.frame
        height, reach = piece.height, 2 * piece.height
        marks = self.within((u0 - reach, v0 - reach, u1 + reach, v1 + reach), piece.angle)
        middle = ((u0 + u1) / 2, piece.middle)
        return any(
            isinstance(mark, Ring)
            and math.dist((mark.x, mark.y), middle) < 0.35 * height
            and max(0.6 * height, 0.5 * (u1 - u0)) < mark.radius < 2.6 * height
            for mark in marks
        )

    def target_around(self, piece: Piece) -> Box | None:
        """The circle, halved by a level stroke, in whose lower half a text stands: a datum target (ISO 5459, 7.4.2)."""
        u0, v0, u1, v1 = piece.frame
        height, centre = piece.height, (u0 + u1) / 2
        window = (u0 - 2.6 * height, v0 - 4 * height, u1 + 2.6 * height, v1 + 2 * height)
        marks = self.within(window, piece.angle)
        level = [mark for mark in marks if isinstance(mark, Dash) and _slope(mark) == "level"]
        for ring in (mark for mark in marks if isinstance(mark, Ring)):
            is_below = abs(ring.x - centre) < 0.4 * height and 0 < piece.middle - ring.y < ring.radius < 2.6 * height
            if is_below and any(_halves(dash.box, ring) for dash in level):
                return ring.box
        return None

    def ring_around(self, piece: Piece) -> bool:
        """Whether a circle of the size of a modifier is drawn around a letter (Ⓜ, Ⓛ, Ⓟ)."""
        u0, v0, u1, v1 = piece.frame
        height = piece.height
        window = (u0 - 0.8 * height, v0 - 0.5 * height, u1 + 0.8 * height, v1 + 0.5 * height)
        rings = [mark for mark in self.within(window, piece.angle) if isinstance(mark, Ring)]
        middle = ((u0 + u1) / 2, (v0 + v1) / 2)
        return any(math.dist((ring.x, ring.y), middle) < 0.3 * height <= ring.radius for ring in rings)


def _is_leg(box: Box, height: float) -> bool:
    width, tall = box[2] - box[0], box[3] - box[1]
    return tall > 0.5 * height and 0.4 < width / tall < 0.8


def _is_tick(left: Box, right: Box, slack: float) -> bool:
    meet = abs(left[2] - right[0]) < slack and abs(left[3] - right[3]) < slack
    return meet and right[3] - right[1] > 1.5 * (left[3] - left[1])


def _halves(box: Box, ring: Ring) -> bool:
    is_through = abs(box[1] - ring.y) < 0.15 * ring.radius and abs((box[0] + box[2]) / 2 - ring.x) < 0.15 * ring.radius
    return is_through and 1.7 * ring.radius < box[2] - box[0] < 2.3 * ring.radius


def _steepness(angle: float) -> float:
    """Angle to the level in 0..90 degrees, which is all that the box of a stroke tells."""
    folded = abs(angle) % 180
    return min(folded, 180 - folded)


def _squares(box: Box) -> list[tuple[int, int]]:
    left, top, right, bottom = (int(side // _CELL) for side in box)
    return [(column, row) for column in range(left, right + 1) for row in range(top, bottom + 1)]


def _squares_near(pieces: Iterable[Piece]) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for piece in pieces:
        reach = min(3 * piece.height, _LARGEST)
        x0, top, x1, bottom = piece.bbox
        found.update(_squares((x0 - reach, top - reach, x1 + reach, bottom + reach)))
    return found


def _marks_of(page: PageContent, near: set[tuple[int, int]]) -> Iterator[Mark]:
    for x0, top, x1, bottom, *_ in page.lines:
        if x1 - x0 <= _LARGEST and bottom - top <= _LARGEST and (int(x0 // _CELL), int(top // _CELL)) in near:
            yield Dash((x0, top, x1, bottom))
    for x0, top, x1, bottom, _, is_filled in page.rects:
        if not is_filled and x1 - x0 <= _LARGEST and (int(x0 // _CELL), int(top // _CELL)) in near:
            for side in ((x0, top, x1, top), (x0, bottom, x1, bottom), (x0, top, x0, bottom), (x1, top, x1, bottom)):
                yield Dash(side)
    for curve in page.curves:
        x, y = curve[0]
        if len(curve) <= _MOST_POINTS and (int(x // _CELL), int(y // _CELL)) in near:
            yield from _parts(curve)


def _parts(curve: Curve) -> Iterator[Mark]:
    xs, ys = zip(*curve, strict=True)
    box = (min(xs), min(ys), max(xs), max(ys))
    if box[2] - box[0] > _LARGEST or box[3] - box[1] > _LARGEST:
        return
    ring = _ring(curve, box) if len(curve) >= 5 else None
    if ring is not None:
        yield ring
    elif len(curve) <= 8:
        for (x0, y0), (x1, y1) in pairwise(curve):
            yield Dash((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    else:
        yield Bow(box, (curve[0], curve[-1]))


def _ring(curve: Curve, box: Box) -> Ring | None:
    width, height = box[2] - box[0], box[3] - box[1]
    if not 0.9 < (width or 1e-9) / (height or 1e-9) < 1.1:
        return None
    x, y, radius = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, (width + height) / 4
    is_round = all(abs(math.dist(point, (x, y)) - radius) < _ROUND * radius for point in curve)
    return Ring(x, y, radius) if is_round and math.dist(curve[0], curve[-1]) < radius else None


def _turned(mark: Mark, angle: float) -> Mark:
    if angle == 0:
        return mark
    if isinstance(mark, Ring):
        return Ring(*turned(mark.x, mark.y, angle), mark.radius)
    if isinstance(mark, Dash):
        if angle % 90 == 0:
            return Dash(turned_box(mark.box, angle))
        # of an oblique stroke the box does not tell which diagonal it is; its middle and length stay
        x, y = turned((mark.box[0] + mark.box[2]) / 2, (mark.box[1] + mark.box[3]) / 2, angle)
        half = math.dist(mark.box[:2], mark.box[2:]) * math.sqrt(0.125)
        return Dash((x - half, y - half, x + half, y + half))
    first, last = (turned(*end, angle) for end in mark.ends)
    return Bow(turned_box(mark.box, angle), (first, last))


def _is_inside(box: Box, window: Box) -> bool:
    return box[0] >= window[0] and box[1] >= window[1] and box[2] <= window[2] and box[3] <= window[3]


def _slope(dash: Dash) -> Slope:
    width, height = dash.box[2] - dash.box[0], dash.box[3] - dash.box[1]
    if height < 0.12 * width:
        return "level"
    return "upright" if width < 0.12 * height else "diagonal"


def _middle(dash: Dash) -> tuple[float, float]:
    return (dash.box[0] + dash.box[2]) / 2, (dash.box[1] + dash.box[3]) / 2


def _length(dash: Dash) -> float:
    return math.dist(dash.box[:2], dash.box[2:])


def _through(ring: Ring, dashes: Sequence[Dash]) -> list[Dash]:
    """Strokes that go through the middle of a circle."""
    middle = (ring.x, ring.y)
    return [
        dash
        for dash in dashes
        if math.dist(_middle(dash), middle) < 0.45 * ring.radius and 1.4 * ring.radius < _length(dash) < 6 * ring.radius
    ]


def _hole_sign(marks: Sequence[Mark], height: float, *, is_aslant: bool) -> tuple[str, Box] | None:
    dashes = [mark for mark in marks if isinstance(mark, Dash)]
    for ring in sorted((mark for mark in marks if isinstance(mark, Ring)), key=lambda ring: -ring.x):
        slopes = [_slope(dash) for dash in _through(ring, dashes)]
        if 0.2 * height < ring.radius < 0.7 * height and slopes and (is_aslant or set(slopes) == {"diagonal"}):
            return "⌀", ring.box
    return None if is_aslant else _stroked_sign(dashes, height)


def _stroked_sign(dashes: Sequence[Dash], height: float) -> tuple[str, Box] | None:
    """↧, ⌴ and ⌵ (ISO 3098-5, ASME Y14.5: counterbore, countersink, depth)."""
    own = [dash for dash in dict.fromkeys(dashes) if 0.2 * height < _length(dash) < 1.4 * height]
    level = [dash for dash in own if _slope(dash) == "level"]
    upright = [dash for dash in own if _slope(dash) == "upright"]
    diagonal = sorted((dash for dash in own if _slope(dash) == "diagonal"), key=lambda dash: dash.box[0])
    match len(level), len(upright), len(diagonal):
        case 1, 1, 2:
            return _depth(level[0].box, upright[0].box, [dash.box for dash in diagonal], 0.12 * height)
        case 2, 2, 0:
            return _square([dash.box for dash in level], [dash.box for dash in upright], 0.12 * height)
        case 2, 1, 0:
            return _plus_minus(
                sorted((dash.box for dash in level), key=lambda box: box[1]), upright[0].box, 0.12 * height
            )
        case 1, 2, 0:
            return _counterbore(level[0].box, sorted(dash.box for dash in upright), 0.12 * height)
        case 0, 0, 2:
            return _countersink(diagonal[0].box, diagonal[1].box, 0.12 * height)
    return None


def _depth(bar: Box, stem: Box, barbs: Sequence[Box], slack: float) -> tuple[str, Box] | None:
    """A bar, a stem hanging from its middle, two barbs that meet at the foot."""
    hangs = abs(stem[0] - (bar[0] + bar[2]) / 2) < slack and abs(stem[1] - bar[1]) < slack
    left, right = barbs
    points = abs(left[2] - stem[0]) < slack and abs(right[0] - stem[0]) < slack
    meet = all(abs(barb[3] - stem[3]) < slack and barb[1] > stem[1] + slack for barb in barbs)
    return ("↧", (bar[0], bar[1], bar[2], stem[3])) if hangs and points and meet else None


def _plus_minus(bars: Sequence[Box], stem: Box, slack: float) -> tuple[str, Box] | None:
    """A cross above a bar of the same width."""
    upper, lower = bars
    crosses = all(abs((bar[0] + bar[2]) / 2 - stem[0]) < slack for bar in bars)
    is_cross = (
        abs((stem[1] + stem[3]) / 2 - upper[1]) < 2 * slack and abs(upper[2] - upper[0] - lower[2] + lower[0]) < slack
    )
    is_below = stem[3] - slack < lower[1] < stem[3] + 4 * slack
    return ("±", (upper[0], stem[1], upper[2], lower[3])) if crosses and is_cross and is_below else None


def _square(levels: Sequence[Box], walls: Sequence[Box], slack: float) -> tuple[str, Box] | None:
    """Four strokes of one length that close (ISO 129-1: the sign of a square)."""
    u0, v0 = min(box[0] for box in walls), min(box[1] for box in levels)
    u1, v1 = max(box[2] for box in walls), max(box[3] for box in levels)
    closes = all(abs(box[0] - u0) < slack and abs(box[2] - u1) < slack for box in levels)
    stands = all(abs(box[1] - v0) < slack and abs(box[3] - v1) < slack for box in walls)
    return ("□", (u0, v0, u1, v1)) if closes and stands and abs((u1 - u0) - (v1 - v0)) < slack else None


def _counterbore(floor: Box, walls: Sequence[Box], slack: float) -> tuple[str, Box] | None:
    left, right = walls
    stand = abs(left[3] - floor[1]) < slack and abs(right[3] - floor[1]) < slack
    at_ends = abs(left[0] - floor[0]) < slack and abs(right[0] - floor[2]) < slack
    return ("⌴", (left[0], left[1], right[2], floor[3])) if stand and at_ends else None


def _countersink(left: Box, right: Box, slack: float) -> tuple[str, Box] | None:
    meet = abs(left[2] - right[0]) < slack
    alike = abs(left[1] - right[1]) < slack and abs(left[3] - right[3]) < slack
    return ("⌵", (left[0], left[1], right[2], right[3])) if meet and alike else None


def _characteristic(marks: Sequence[Mark], height: float) -> str | None:
    rings = sorted((mark for mark in marks if isinstance(mark, Ring)), key=lambda ring: ring.radius)
    dashes = list(dict.fromkeys(mark for mark in marks if isinstance(mark, Dash)))
    if rings:
        return _ringed(rings, dashes)
    bows = [mark for mark in marks if isinstance(mark, Bow)]
    boxes = {
        slope: [dash.box for dash in dashes if _slope(dash) == slope] for slope in ("level", "upright", "diagonal")
    }
    if bows:
        return ("⌓" if boxes["level"] else "⌒") if len(bows) == 1 else None
    return _upright_symbol(boxes) if boxes["upright"] else _slanted_symbol(boxes["level"], boxes["diagonal"], height)


def _upright_symbol(boxes: Mapping[str, Sequence[Box]]) -> str | None:
    counts = tuple(len(boxes[slope]) for slope in ("level", "upright", "diagonal"))
    return "⊥" if counts == (1, 1, 0) else None


def _slanted_symbol(level: Sequence[Box], diagonal: Sequence[Box], height: float) -> str | None:
    """By how many strokes are level, slanted, and slanted and short, as the barbs of arrows are."""
    if not diagonal:
        return {1: "⏤", 3: "⌯"}.get(len(level))
    long = [box for box in diagonal if math.dist(box[:2], box[2:]) > _SHAFT * height]
    barbs = len(diagonal) - len(long)
    match len(level), len(long), barbs:
        case ((0 | 1), 2, 0) if _is_arch(*sorted(long)):
            return "⌓" if level else "⌒"
        case 0, 2, 0:
            return "∥"
        case 1, 1, 0:
            return "∠"
    if len(level) == 2 and len(diagonal) == 2:
        return "⏥"
    if barbs >= 2 and len(level) <= 1:
        return {1: "↗", 2: "⌰"}.get(len(long))
    return None


def _is_arch(left: Box, right: Box) -> bool:
    """Two strokes that meet at the top: an arc of which the ends and the middle are known."""
    return abs(left[2] - right[0]) < 0.3 and abs(left[1] - right[1]) < 0.3 and abs(left[3] - right[3]) < 0.3


def _ringed(rings: Sequence[Ring], dashes: Sequence[Dash]) -> str | None:
    outer = rings[-1]
    crossing = {_slope(dash) for dash in _through(outer, dashes)}
    if crossing >= {"level", "upright"}:
        return "⌖"
    is_concentric = len(rings) > 1 and math.dist((outer.x, outer.y), (rings[0].x, rings[0].y)) < 0.2 * outer.radius
    if is_concentric and rings[0].radius < 0.9 * outer.radius:
        return "◎"
    if [_slope(dash) for dash in dashes] == ["diagonal", "diagonal"]:
        return "⌭"
    return None if dashes else "○"
