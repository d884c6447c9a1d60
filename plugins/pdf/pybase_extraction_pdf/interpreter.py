"""A flat interpreter of content streams over pdfminer's documents and fonts.

It draws what pdfminer draws, box for box: clipping and marked content are ignored, glyph boxes go from the font's
descent up by the size.  Only what places text, strokes and images is interpreted (ISO 32000-1, 8.4.4, 8.5 and 9.4).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from pybase_extraction.errors import DeadlineExceededError, LimitExceededError
from pybase_extraction_pdf.fonts import Font
from pybase_extraction_pdf.lexer import name, string, tokens
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
_IGNORED = 99
_TEXT_MOVE, _TEXT_MOVE_LEADING, _TEXT_MATRIX, _NEXT_LINE, _SET_FONT, _BEGIN_TEXT, _SAVE, _RESTORE = range(40, 48)
_CONCAT, _CHAR_SPACE, _WORD_SPACE, _SCALING, _LEADING, _RISE, _PEN, _DRAW = range(48, 56)
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
    b"Td": _TEXT_MOVE,
    b"TD": _TEXT_MOVE_LEADING,
    b"Tm": _TEXT_MATRIX,
    b"T*": _NEXT_LINE,
    b"Tf": _SET_FONT,
    b"BT": _BEGIN_TEXT,
    b"q": _SAVE,
    b"Q": _RESTORE,
    b"cm": _CONCAT,
    b"Tc": _CHAR_SPACE,
    b"Tw": _WORD_SPACE,
    b"Tz": _SCALING,
    b"TL": _LEADING,
    b"Ts": _RISE,
    b"w": _PEN,
    b"Do": _DRAW,
    **dict.fromkeys((b"S", b"B", b"B*"), _PAINT),
    **dict.fromkeys((b"f", b"F", b"f*"), _FILL),
    **dict.fromkeys((b"s", b"b", b"b*"), _CLOSE_AND_PAINT),
    **dict.fromkeys(
        b"W W* ET J j M d ri i gs cs CS sc scn SC SCN g G rg RG k K sh BMC BDC EMC MP DP BX EX d0 d1 Tr".split(),
        _IGNORED,
    ),
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
        stream = tokens(data, self.tokens_left)
        if isinstance(stream, list):
            self.tokens_left -= len(stream)
        self._run(stream, ctm, resources, b"BI" in data)

    def _run(self, stream: Iterable[bytes], ctm: Matrix, resources: Resources, has_inline: bool) -> None:
        """One loop without calls per operator: nine times as fast as a method for each."""
        operators = _OPERATORS
        stack: list[bytes] = []
        push = stack.append
        saved: list[tuple[Any, ...]] = []
        path: Path = []
        shape: list[str] = []
        matrix, x, y = IDENTITY, 0.0, 0.0
        font: Font | None = None
        size = char_space = word_space = leading = rise = pen = 0.0
        scaling = 1.0
        painted = 0
        for token in stream:
            code = operators.get(token)
            if code is None:
                if has_inline and token[:2] == b"BI" and token[-2:] == b"EI":
                    self._image(ctm)
                else:
                    push(token)
                continue
            try:
                if code < 10:
                    if code == _LINE:
                        path.append((float(stack[-2]), float(stack[-1])))
                        shape.append("l")
                    elif code == _MOVE:
                        path.append((float(stack[-2]), float(stack[-1])))
                        shape.append("m")
                    elif code == _CURVE:
                        path.append((float(stack[-2]), float(stack[-1])))
                        shape.append("c")
                    elif code == _RECT:
                        x0, y0, w, h = float(stack[-4]), float(stack[-3]), float(stack[-2]), float(stack[-1])
                        path += ((x0, y0), (x0 + w, y0), (x0 + w, y0 + h), (x0, y0 + h), None)
                        shape += "mlllh"
                    else:
                        path.append(None)
                        shape.append("h")
                elif code < 20:
                    if code == _CLOSE_AND_PAINT:
                        path.append(None)
                        shape.append("h")
                    if code != _END_PATH and path:
                        self._paint("".join(shape), path, ctm, pen, code == _FILL)
                    path, shape = [], []
                    painted += 1
                    if not painted & 4095:
                        self.check()
                elif code < 40:
                    if code == _SHOW_SPACED:
                        first = len(stack) - 1
                        while first >= 0 and stack[first] != b"[":
                            first -= 1
                        shown = stack[first + 1 : -1] if stack and stack[-1] == b"]" else stack[first + 1 :]
                    else:
                        if code == _SPACE_NEXT_SHOW:
                            word_space, char_space = float(stack[-3]), float(stack[-2])
                        if code != _SHOW:
                            a, b, c, d, e, f = matrix
                            matrix, x, y = (a, b, c, d, leading * c + e, leading * d + f), 0.0, 0.0
                        shown = stack[-1:]
                    if font is not None:
                        show = self._show_down if font.is_vertical else self._show
                        x, y = show(shown, times(matrix, ctm), x, y, font, size, scaling, char_space, word_space, rise)
                    painted += 1
                    if not painted & 4095:
                        self.check()
                elif code in {_TEXT_MOVE, _TEXT_MOVE_LEADING}:
                    tx, ty = float(stack[-2]), float(stack[-1])
                    a, b, c, d, e, f = matrix
                    matrix, x, y = (a, b, c, d, tx * a + ty * c + e, tx * b + ty * d + f), 0.0, 0.0
                    if code == _TEXT_MOVE_LEADING:
                        leading = ty
                elif code == _TEXT_MATRIX:
                    matrix, x, y = _matrix(stack), 0.0, 0.0
                elif code == _NEXT_LINE:
                    a, b, c, d, e, f = matrix
                    matrix, x, y = (a, b, c, d, leading * c + e, leading * d + f), 0.0, 0.0
                elif code == _SET_FONT:
                    size = float(stack[-1])
                    font = resources.font(name(stack[-2]))
                elif code == _BEGIN_TEXT:
                    matrix, x, y = IDENTITY, 0.0, 0.0
                elif code == _SAVE:
                    saved.append((ctm, font, size, char_space, word_space, scaling, leading, rise, pen))
                elif code == _RESTORE:
                    if saved:
                        ctm, font, size, char_space, word_space, scaling, leading, rise, pen = saved.pop()
                elif code == _CONCAT:
                    ctm = times(_matrix(stack), ctm)
                elif code == _CHAR_SPACE:
                    char_space = float(stack[-1])
                elif code == _WORD_SPACE:
                    word_space = float(stack[-1])
                elif code == _SCALING:
                    scaling = float(stack[-1]) * 0.01
                elif code == _LEADING:
                    leading = -float(stack[-1])
                elif code == _RISE:
                    rise = float(stack[-1])
                elif code == _PEN:
                    pen = float(stack[-1])
                elif code == _DRAW:
                    self._do(name(stack[-1]), ctm, resources)
            except (ValueError, IndexError):
                pass  # an operator without its operands is skipped, as every viewer does
            stack.clear()

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
        a, b, c, d, e, f = matrix
        char_space *= scaling
        word_space = 0.0 if font.is_multibyte else word_space * scaling
        step = 0.001 * size * scaling
        low = font.descent * size + rise
        high = low + size
        upright = a * d * scaling > 0 and b * c <= 0
        turn = turn_of(a * scaling, b * scaling)
        is_straight = b == 0 and c == 0
        wide, name_, left, base, is_later = size * scaling, font.name, self.left, self.base, False
        add = self.page.chars.append
        y_at = d * y + f
        for item in shown:
            if item[0] != 0x28 and item[0] != 0x3C:
                x -= float(item) * step
                is_later = True
                continue
            for code, text, width, _ in font.glyphs(string(item)):
                if is_later:
                    x += char_space
                advance = width * wide
                if is_straight:
                    x0 = a * x + e
                    x1 = a * advance + x0
                    y0, y1 = d * low + y_at, d * high + y_at
                else:
                    ex, ey = a * x + c * y + e, b * x + d * y + f
                    xs = (c * low + ex, a * advance + c * low + ex, c * high + ex, a * advance + c * high + ex)
                    ys = (d * low + ey, b * advance + d * low + ey, d * high + ey, b * advance + d * high + ey)
                    x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
                if x1 < x0:
                    x0, x1 = x1, x0
                if y1 < y0:
                    y0, y1 = y1, y0
                add((text, x0 + left, base - y1, x1 + left, base - y0, name_, y1 - y0, upright, turn))
                x += advance
                if code == 32 and word_space:
                    x += word_space
                is_later = True
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
            for code, text, width, displacement in font.glyphs(string(item)):
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
        a, b, c, d, e, f = ctm
        first = path[0]
        assert first is not None
        points = [(a * p[0] + c * p[1] + e, b * p[0] + d * p[1] + f) for p in [first if p is None else p for p in path]]
        if len(shape) > 3 and shape[-2:] == "lh" and points[-2] == points[0]:
            shape = shape[:-2] + "h"
            points.pop()
        if shape in {"ml", "mlh"}:
            self.page.lines.append(self._stroke(points[0], points[1], pen, is_filled))
        elif shape in {"mlllh", "mllll"} and _is_rectangle(points):
            self.page.rects.append(self._stroke(points[0], points[2], pen, is_filled))
        else:
            self.page.curves.append(tuple([(x + self.left, self.base - y) for x, y in points]))

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


def _matrix(stack: list[bytes]) -> Matrix:
    a, b, c, d, e, f = stack[-6:]
    return (float(a), float(b), float(c), float(d), float(e), float(f))


def _is_rectangle(points: list[tuple[float, float]]) -> bool:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3), last = points
    has_square_sides = (x0 == x1 and y1 == y2 and x2 == x3 and y3 == y0) or (
        y0 == y1 and x1 == x2 and y2 == y3 and x3 == x0
    )
    return last == points[0] and has_square_sides
