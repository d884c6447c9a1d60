"""A flat interpreter of content streams over pdfminer's documents and fonts.

It draws what pdfminer draws, box for box: clipping and marked content are ignored, glyph boxes go from the font's
descent up by the size.  Only what places text, strokes and images is interpreted (ISO 32000-1, 8.4.4, 8.5 and 9.4).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from pybase_extraction.errors import DeadlineExceededError, LimitExceededError
from pybase_extraction_pdf.fonts import Font
from pybase_extraction_pdf.lexer import SHORTEST_IMAGE, is_run, long_tokens, name, tokens, too_many
from pybase_extraction_pdf.primitives import PageContent, Stroke, Turn
from pybase_extraction_pdf.resources import Form, Resources

Matrix: TypeAlias = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
Path: TypeAlias = list[tuple[float, float] | None]
"""End points of the segments; None closes the subpath."""


@dataclass(slots=True)
class PageLimits:
    """What one page may cost.

    Attributes:
        tokens: Tokens of all its content streams, forms counted as often as they are drawn.
        form_depth: Forms inside forms.
        forms: Forms drawn.
        seconds: Time for the page, or None.
    """

    tokens: int = 20_000_000
    form_depth: int = 24
    forms: int = 20_000
    seconds: float | None = 60.0


def times(inner: Matrix, outer: Matrix) -> Matrix:
    """Matrix that applies ``inner`` first, ``outer`` second."""
    a1, b1, c1, d1, e1, f1 = inner
    a0, b0, c0, d0, e0, f0 = outer
    return (
        a0 * a1 + c0 * b1,
        b0 * a1 + d0 * b1,
        a0 * c1 + c0 * d1,
        b0 * c1 + d0 * d1,
        a0 * e1 + c0 * f1 + e0,
        b0 * e1 + d0 * f1 + f0,
    )


def turn_of(x: float, y: float) -> Turn:
    """Direction of a vector, y upwards, to the nearest quarter turn."""
    if abs(x) >= abs(y):
        return 0 if x >= 0 else 180
    return 90 if y > 0 else 270


_MOVE, _LINE, _CURVE, _RECT, _CLOSE = range(5)
_PAINT, _CLOSE_AND_PAINT, _END_PATH, _FILL = 10, 11, 12, 13
_SHOW, _SHOW_SPACED, _NEXT_SHOW, _SPACE_NEXT_SHOW = 20, 21, 22, 23
_SET, _SET_FONT, _DRAW = 30, 31, 32
_OPERATORS: dict[bytes, int] = {
    b"m": _MOVE,
    b"l": _LINE,
    b"c": _CURVE,
    b"v": _CURVE,
    b"y": _CURVE,
    b"re": _RECT,
    b"h": _CLOSE,
    b"n": _END_PATH,
    b"Tj": _SHOW,
    b"TJ": _SHOW_SPACED,
    b"'": _NEXT_SHOW,
    b'"': _SPACE_NEXT_SHOW,
    b"Tf": _SET_FONT,
    b"Do": _DRAW,
    **dict.fromkeys((b"S", b"B", b"B*"), _PAINT),
    **dict.fromkeys((b"f", b"F", b"f*"), _FILL),
    **dict.fromkeys((b"s", b"b", b"b*"), _CLOSE_AND_PAINT),
    **dict.fromkeys(b"Td TD Tm T* BT q Q cm Tc Tw Tz TL Ts w".split(), _SET),
}
_IGNORED = b"W W* ET J j M d ri i gs cs CS sc scn SC SCN g G rg RG k K sh BMC BDC EMC MP DP BX EX d0 d1 Tr".split()
_BEFORE_ARRAY = frozenset((b"[", *_OPERATORS, *_IGNORED))
"""What the strings of an array stand behind: its bracket or, where that is missing, an operator."""
_CURVES = (b"c", b"v", b"y")
_SEGMENTS = {b"m": "m", b"l": "l", b"c": "c", b"v": "c", b"y": "c"}
_BEFORE = [b""] * 6
"""What stands before the first token, so that an operator without its operands finds nothing that counts."""
_LONGEST_RECTANGLE = len("mllllh")
"""Operators of a path that may be a rectangle, one that returns to its beginning before it is closed."""
_CHECKED = 4095
"""Painting operators between two looks at the clock, less one: a power of two, less one."""


class _State:
    """The graphics state as far as it places things, and that of the text object (ISO 32000-1, 8.4.1 and 9.4.1)."""

    __slots__ = (
        "char_space", "ctm", "font", "leading", "matrix", "path", "pen", "rise", "saved", "scaling", "shape", "size",
        "word_space", "x", "y",
    )  # fmt: skip

    def __init__(self, ctm: Matrix) -> None:
        self.ctm = ctm
        self.matrix, self.x, self.y = IDENTITY, 0.0, 0.0
        self.font: Font | None = None
        self.size = self.char_space = self.word_space = self.leading = self.rise = self.pen = 0.0
        self.scaling = 1.0
        self.saved: list[tuple[Any, ...]] = []
        self.path: Path = []
        self.shape: list[str] = []

    def move(self, tx: float, ty: float) -> None:
        """Begin a line, moved by a vector from the beginning of this one."""
        a, b, c, d, e, f = self.matrix
        self.matrix, self.x, self.y = (a, b, c, d, tx * a + ty * c + e, tx * b + ty * d + f), 0.0, 0.0

    def next_line(self) -> None:
        """Begin the next line."""
        self.move(0.0, self.leading)

    def move_text(self, tokens: list[bytes], at: int) -> None:
        self.move(float(tokens[at - 2]), float(tokens[at - 1]))

    def move_text_and_lead(self, tokens: list[bytes], at: int) -> None:
        leading = float(tokens[at - 1])
        self.move(float(tokens[at - 2]), leading)
        self.leading = leading

    def place_text(self, tokens: list[bytes], at: int) -> None:
        self.matrix, self.x, self.y = _matrix(tokens, at), 0.0, 0.0

    def begin_text(self, tokens: list[bytes], at: int) -> None:
        del tokens, at
        self.matrix, self.x, self.y = IDENTITY, 0.0, 0.0

    def begin_line(self, tokens: list[bytes], at: int) -> None:
        del tokens, at
        self.next_line()

    def save(self, tokens: list[bytes], at: int) -> None:
        del tokens, at
        self.saved.append((
            self.ctm, self.font, self.size, self.char_space, self.word_space, self.scaling, self.leading, self.rise,
            self.pen,
        ))  # fmt: skip

    def restore(self, tokens: list[bytes], at: int) -> None:
        del tokens, at
        if self.saved:
            (
                self.ctm, self.font, self.size, self.char_space, self.word_space, self.scaling, self.leading, self.rise,
                self.pen,
            ) = self.saved.pop()  # fmt: skip

    def concatenate(self, tokens: list[bytes], at: int) -> None:
        self.ctm = times(_matrix(tokens, at), self.ctm)

    def set_char_space(self, tokens: list[bytes], at: int) -> None:
        self.char_space = float(tokens[at - 1])

    def set_word_space(self, tokens: list[bytes], at: int) -> None:
        self.word_space = float(tokens[at - 1])

    def set_scaling(self, tokens: list[bytes], at: int) -> None:
        self.scaling = float(tokens[at - 1]) * 0.01

    def set_leading(self, tokens: list[bytes], at: int) -> None:
        self.leading = -float(tokens[at - 1])

    def set_rise(self, tokens: list[bytes], at: int) -> None:
        self.rise = float(tokens[at - 1])

    def set_pen(self, tokens: list[bytes], at: int) -> None:
        self.pen = float(tokens[at - 1])


_SETTERS: dict[bytes, Callable[[_State, list[bytes], int], None]] = {
    b"Td": _State.move_text,
    b"TD": _State.move_text_and_lead,
    b"Tm": _State.place_text,
    b"T*": _State.begin_line,
    b"BT": _State.begin_text,
    b"q": _State.save,
    b"Q": _State.restore,
    b"cm": _State.concatenate,
    b"Tc": _State.set_char_space,
    b"Tw": _State.set_word_space,
    b"Tz": _State.set_scaling,
    b"TL": _State.set_leading,
    b"Ts": _State.set_rise,
    b"w": _State.set_pen,
}


class Interpreter:
    """Draws the content streams of one page into a :class:`PageContent`."""

    def __init__(self, page: PageContent, limits: PageLimits, name: str | None = None) -> None:
        self.page = page
        self.limits = limits
        self.name = name
        self.tokens_left = limits.tokens
        self.forms_left = limits.forms
        self.ends = None if limits.seconds is None else time.monotonic() + limits.seconds
        self.open_forms: list[int] = []
        # a page is drawn upwards from its lower left corner; results count downwards from the MediaBox's top
        self.left = page.origin[0]
        self.base = page.height + page.origin[1]

    def check(self) -> None:
        """Raise when the page has used up its time."""
        if self.ends is not None and time.monotonic() > self.ends:
            raise DeadlineExceededError(
                f"Page {self.page.number} took longer than {self.limits.seconds:g} s.",
                limit=self.limits.seconds,
                unit="s",
                name=self.name,
            )

    def draw(self, data: bytes, ctm: Matrix, resources: Resources) -> None:
        """Interpret a content stream.

        Raises:
            LimitExceededError: The page costs more than it may.
        """
        self.check()
        state = _State(ctm)
        operators = _OPERATORS
        long = long_tokens(data)
        for found in tokens(data, self.tokens_left, long):
            self.tokens_left -= len(found)
            piece = _BEFORE + found
            if any(long):
                places = [at for at, token in enumerate(piece) if token in operators or len(token) >= SHORTEST_IMAGE]
            else:
                places = [at for at, token in enumerate(piece) if token in operators]
            self._run(piece, places, state, resources)

    def _run(self, piece: list[bytes], places: list[int], state: _State, resources: Resources) -> None:
        """One loop over what is no operand; paths take no call for an operator."""
        operators = _OPERATORS
        path, shape = state.path, state.shape
        painted = 0
        for at in places:
            token = piece[at]
            code = operators.get(token)
            if code is None:
                if is_run(token):
                    self._add_run(token, path, shape)
                elif token[:2] == b"BI" and token[-2:] == b"EI":
                    self._image(state.ctm)
                continue
            try:
                if code == _SET:
                    _SETTERS[token](state, piece, at)
                    continue
                if code == _LINE:
                    path.append((float(piece[at - 2]), float(piece[at - 1])))
                    shape.append("l")
                elif code == _MOVE:
                    path.append((float(piece[at - 2]), float(piece[at - 1])))
                    shape.append("m")
                elif code == _CURVE:
                    path.append((float(piece[at - 2]), float(piece[at - 1])))
                    shape.append("c")
                elif code == _RECT:
                    x, y, width, height = map(float, piece[at - 4 : at])
                    path += ((x, y), (x + width, y), (x + width, y + height), (x, y + height), None)
                    shape.append("mlllh")
                elif code < 20:
                    if code in {_CLOSE, _CLOSE_AND_PAINT}:
                        path.append(None)
                        shape.append("h")
                    if code == _CLOSE:
                        continue
                    if code != _END_PATH and path:
                        self._paint("".join(shape), path, state.ctm, state.pen, code == _FILL)
                    path, shape = [], []
                    painted += 1
                elif code < 30:
                    self._text(code, piece, at, state)
                    painted += 1
                elif code == _SET_FONT:
                    state.size, state.font = float(piece[at - 1]), resources.font(name(piece[at - 2]))
                elif code == _DRAW:
                    self._do(name(piece[at - 1]), state.ctm, resources)
                if painted & _CHECKED == _CHECKED:
                    painted += 1
                    self.check()
            except (ValueError, IndexError):
                pass  # an operator without its operands is skipped, as every viewer does
        state.path, state.shape = path, shape  # a path may go on in the next piece

    def _add_run(self, run: bytes, path: Path, shape: list[str]) -> None:
        """Add a run of segments to a path; one without two numbers before its operator is left out.

        Raises:
            LimitExceededError: The page has more tokens than it may.
        """
        parts = run.split()
        self.tokens_left -= len(parts) - 1
        if self.tokens_left < 0:
            raise too_many(self.limits.tokens)
        try:
            if not any(map(run.__contains__, _CURVES)):
                path += [*zip(map(float, parts[0::3]), map(float, parts[1::3]), strict=True)]
                shape.append(b"".join(parts[2::3]).decode("ascii"))
            else:
                ends = [at for at, part in enumerate(parts) if part in _SEGMENTS]
                path += [(float(parts[at - 2]), float(parts[at - 1])) for at in ends]
                shape += [_SEGMENTS[parts[at]] for at in ends]
        except ValueError:
            self._add_segments(parts, path, shape)

    def _add_segments(self, parts: list[bytes], path: Path, shape: list[str]) -> None:
        for at in [at for at, part in enumerate(parts) if part in _SEGMENTS]:
            with suppress(ValueError):
                path.append((float(parts[at - 2]), float(parts[at - 1])))
                shape.append(_SEGMENTS[parts[at]])

    def _text(self, code: int, piece: list[bytes], at: int, state: _State) -> None:
        """Show a text; two of the operators begin a new line before."""
        first = at - 1
        if code == _SHOW_SPACED:
            while first > 0 and piece[first] not in _BEFORE_ARRAY:
                first -= 1
            shown = piece[first + 1 : at - 1] if piece[at - 1] == b"]" else piece[first + 1 : at]
        else:
            shown = piece[first:at]
            if code == _SPACE_NEXT_SHOW:
                state.word_space, state.char_space = float(piece[at - 3]), float(piece[at - 2])
            if code != _SHOW:
                state.next_line()
        if state.font is not None:
            matrix = times(state.matrix, state.ctm)
            if state.font.is_vertical:
                show = self._show_down
            else:
                show = self._show_aslant if matrix[1] or matrix[2] else self._show
            state.x, state.y = show(
                shown, matrix, state.x, state.y, state.font, state.size, state.scaling,
                state.char_space, state.word_space, state.rise,
            )  # fmt: skip

    def _show(
        self,
        shown: list[bytes],
        matrix: Matrix,
        x: float,
        y: float,
        font: Font,
        size: float,
        scaling: float,
        char_space: float,
        word_space: float,
        rise: float,
    ) -> tuple[float, float]:
        """Horizontal writing on a level line: all characters have the same height."""
        a, _, _, d, e, f = matrix
        char_space *= scaling
        word_space = 0.0 if font.is_multibyte else word_space * scaling
        step = 0.001 * size * scaling
        wide, font_name, known, left = size * scaling, font.name, font.strings, self.left
        low = font.descent * size + rise
        y_at = d * y + f
        y0, y1 = sorted((d * low + y_at, d * (low + size) + y_at))
        top, bottom, height = self.base - y1, self.base - y0, y1 - y0
        upright = a * d * scaling > 0
        turn: Turn = 0 if a * scaling >= 0 else 180
        gap = 0.0  # before the first character of all there is none
        add = self.page.chars.append
        for item in shown:
            glyphs = known.get(item)
            if glyphs is None:
                if item[0] != 0x28 and item[0] != 0x3C:
                    x -= float(item) * step
                    gap = char_space
                    continue
                glyphs = font.shown(item)
            for code, text, width, _ in glyphs:
                x += gap
                gap = char_space
                x0 = a * x + e
                advance = width * wide
                x1 = a * advance + x0
                if x1 < x0:
                    x0, x1 = x1, x0
                add((text, x0 + left, top, x1 + left, bottom, font_name, height, upright, turn))
                x += advance
                if code == 32 and word_space:
                    x += word_space
        return x, y

    def _show_aslant(
        self,
        shown: list[bytes],
        matrix: Matrix,
        x: float,
        y: float,
        font: Font,
        size: float,
        scaling: float,
        char_space: float,
        word_space: float,
        rise: float,
    ) -> tuple[float, float]:
        """Horizontal writing on a line in any direction."""
        a, b, c, d, e, f = matrix
        char_space *= scaling
        word_space = 0.0 if font.is_multibyte else word_space * scaling
        step = 0.001 * size * scaling
        low = font.descent * size + rise
        high = low + size
        upright = a * d * scaling > 0 and b * c <= 0
        turn = turn_of(a * scaling, b * scaling)
        wide, left, base, gap = size * scaling, self.left, self.base, 0.0
        for item in shown:
            if item[0] != 0x28 and item[0] != 0x3C:
                x -= float(item) * step
                gap = char_space
                continue
            for code, text, width, _ in font.shown(item):
                x += gap
                gap = char_space
                advance = width * wide
                ex, ey = a * x + c * y + e, b * x + d * y + f
                xs = (c * low + ex, a * advance + c * low + ex, c * high + ex, a * advance + c * high + ex)
                ys = (d * low + ey, b * advance + d * low + ey, d * high + ey, b * advance + d * high + ey)
                x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
                box = (x0 + left, base - y1, x1 + left, base - y0)
                self.page.chars.append((text, *box, font.name, y1 - y0, upright, turn))
                x += advance
                if code == 32 and word_space:
                    x += word_space
        return x, y

    def _show_down(
        self,
        shown: list[bytes],
        matrix: Matrix,
        x: float,
        y: float,
        font: Font,
        size: float,
        scaling: float,
        char_space: float,
        word_space: float,
        rise: float,
    ) -> tuple[float, float]:
        """Vertical writing (ISO 32000-1, 9.7.4.3)."""
        a, b, c, d, e, f = matrix
        char_space *= scaling
        word_space = 0.0 if font.is_multibyte else word_space * scaling
        step = 0.001 * size * scaling
        upright = a * d * scaling > 0 and b * c <= 0
        turn = turn_of(-c, -d)
        is_later = False
        for item in shown:
            if item[0] != 0x28 and item[0] != 0x3C:
                y -= float(item) * step
                is_later = True
                continue
            for code, text, width, displacement in font.shown(item):
                if is_later:
                    y += char_space
                advance = width * size * scaling
                vx, vy = displacement or (None, 880.0)
                left = -(size * 0.5 if vx is None else vx * size * 0.001)
                top = (1000 - vy) * size * 0.001 + rise
                ex, ey = a * x + c * y + e, b * x + d * y + f
                corners = [(left + w, top + h) for w in (0.0, size) for h in (0.0, advance)]
                xs = [a * u + c * v + ex for u, v in corners]
                ys = [b * u + d * v + ey for u, v in corners]
                x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
                box = (x0 + self.left, self.base - y1, x1 + self.left, self.base - y0)
                self.page.chars.append((text, *box, font.name, x1 - x0, upright, turn))
                y += advance
                if code == 32 and word_space:
                    y += word_space
                is_later = True
        return x, y

    def _paint(self, shape: str, path: Path, ctm: Matrix, pen: float, is_filled: bool) -> None:
        if shape[0] != "m":
            return
        start = 0
        while start >= 0:
            end = shape.find("m", start + 1)
            stop = end if end >= 0 else len(shape)
            if stop - start > 1:
                self._subpath(shape[start:stop], path[start:stop], ctm, pen, is_filled)
            start = end

    def _subpath(self, shape: str, path: Path, ctm: Matrix, pen: float, is_filled: bool) -> None:
        left, base = self.left, self.base
        first = path[0]
        assert first is not None
        ends: list[Any] = [point or first for point in path] if "h" in shape else path
        if len(shape) > _LONGEST_RECTANGLE:
            if shape[-2:] == "lh" and _moved(ends[-2:-1], ctm) == _moved((first,), ctm):
                ends.pop()
            a, b, c, d, e, f = ctm
            if b or c:
                curve = [(a * x + c * y + e + left, base - (b * x + d * y + f)) for x, y in ends]
            else:
                curve = [(a * x + e + left, base - (d * y + f)) for x, y in ends]
            self.page.curves.append(tuple(curve))
            return
        points = _moved(ends, ctm)
        if len(shape) > 3 and shape[-2:] == "lh" and points[-2] == points[0]:
            shape = shape[:-2] + "h"
            points.pop()
        if shape in {"ml", "mlh"}:
            self.page.lines.append(self._stroke(points[0], points[1], pen, is_filled))
        elif shape in {"mlllh", "mllll"} and _is_rectangle(points):
            self.page.rects.append(self._stroke(points[0], points[2], pen, is_filled))
        else:
            self.page.curves.append(tuple([(x + left, base - y) for x, y in points]))

    def _stroke(self, one: tuple[float, float], other: tuple[float, float], pen: float, is_filled: bool) -> Stroke:
        (x0, y0), (x1, y1) = one, other
        if x1 < x0:
            x0, x1 = x1, x0
        if y1 < y0:
            y0, y1 = y1, y0
        return Stroke(x0 + self.left, self.base - y1, x1 + self.left, self.base - y0, pen, is_filled)

    def _do(self, key: str, ctm: Matrix, resources: Resources) -> None:
        drawn = resources.drawn(key)
        if drawn is None:
            return
        if not isinstance(drawn, Form):
            self._image(ctm)
            return
        if drawn.identity in self.open_forms:
            return  # a form that draws itself: ISO 32000-1, 8.10.1 forbids it, and nothing is lost
        if len(self.open_forms) >= self.limits.form_depth:
            raise self._exceeded("forms inside each other", self.limits.form_depth, "forms")
        self.forms_left -= 1
        if self.forms_left < 0:
            raise self._exceeded("forms drawn", self.limits.forms, "forms")
        self.open_forms.append(drawn.identity)
        self.draw(drawn.data(), times(drawn.matrix, ctm), drawn.resources)
        self.open_forms.pop()

    def _exceeded(self, what: str, limit: int, unit: str) -> LimitExceededError:
        message = f"Page {self.page.number} has more than {limit:,} {what}."
        return LimitExceededError(message, limit=limit, actual=limit + 1, unit=unit, name=self.name)

    def _image(self, ctm: Matrix) -> None:
        a, b, c, d, e, f = ctm
        xs, ys = (e, a + e, c + e, a + c + e), (f, b + f, d + f, b + d + f)
        self.page.images.append((min(xs) + self.left, self.base - max(ys), max(xs) + self.left, self.base - min(ys)))


def _moved(points: Sequence[Any], matrix: Matrix) -> list[tuple[float, float]]:
    """Points on the page; the same numbers with less work where the axes are those of the page."""
    a, b, c, d, e, f = matrix
    if b or c:
        return [(a * x + c * y + e, b * x + d * y + f) for x, y in points]
    return [(a * x + e, d * y + f) for x, y in points]


def _matrix(tokens: list[bytes], at: int) -> Matrix:
    a, b, c, d, e, f = map(float, tokens[at - 6 : at])
    return a, b, c, d, e, f


def _is_rectangle(points: list[tuple[float, float]]) -> bool:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3), last = points
    has_square_sides = (x0 == x1 and y1 == y2 and x2 == x3 and y3 == y0) or (
        y0 == y1 and x1 == x2 and y2 == y3 and x3 == x0
    )
    return last == points[0] and has_square_sides
