"""The grammar of dimensions (ISO 129-1, ISO 14405-1, ASME Y14.5), and the way back to a callout.

::

    dimension = [count] ["(" | "["] ["MAX" | "MIN"] [label "="] [prefix] size [fit] [deviations] tail* [")" | "]"] tail*
    count     = integer ("×" | "-" before a sign of size | "PLACES" | "HOLES")
    prefix    = "⌀" | "S⌀" | "R" | "SR" | "CR" | "□" | "SW" | "⌒" | "t" | "C" | "↧" | "⌴" | "⌵" | "⌴ SF" | a word
    tail      = "THRU" | depth | counterbore | countersink | "×" size | "(=" total ")" | "TYP" | "MAX" | "MIN" | "REF"
              | "BASIC" | "EQS" | "(" count ")" | "[" dimension "]" | modifier

A rule reads the longest run of tokens that it can; a token belongs to one value only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from pybase_extraction.drawing.context import CalloutContext
from pybase_extraction.drawing.fits import deviations_um, parse_class
from pybase_extraction.drawing.lexicon import Keyword, words
from pybase_extraction.drawing.reader import Reader
from pybase_extraction.drawing.sizes import Size, read_ratio, read_size, read_unit
from pybase_extraction.drawing.tokens import TokenKind
from pybase_extraction.drawing.tolerances import Deviations, read_deviations, read_fit
from pybase_extraction.results.base import Provenance, UnitOrigin
from pybase_extraction.results.drawing import Dimension, DimensionKind, Fit, Pattern, ToleranceOrigin

METHOD = "callout-grammar"
"""``Provenance.method`` of what the grammar reads."""

_PREFIXES: tuple[tuple[tuple[str, ...], DimensionKind], ...] = (
    (("S", "⌀"), DimensionKind.SPHERICAL_DIAMETER),
    (("⌴", "SF"), DimensionKind.SPOTFACE),
    (("SR",), DimensionKind.SPHERICAL_RADIUS),
    (("CR",), DimensionKind.RADIUS),
    (("⌀",), DimensionKind.DIAMETER),
    (("R",), DimensionKind.RADIUS),
    (("□",), DimensionKind.SQUARE),
    (("⌒",), DimensionKind.ARC_LENGTH),
    (("C",), DimensionKind.CHAMFER),
    (("↧",), DimensionKind.DEPTH),
    (("⌴",), DimensionKind.COUNTERBORE),
    (("⌵",), DimensionKind.COUNTERSINK),
    (("t",), DimensionKind.THICKNESS),
    (("⌲",), DimensionKind.TAPER),
    (("▷",), DimensionKind.TAPER),
    (("◁",), DimensionKind.TAPER),
    (("⌳",), DimensionKind.SLOPE),
)
_RATIOS = frozenset({DimensionKind.TAPER, DimensionKind.SLOPE})
_PREFIXES_BY_FIRST = {
    first: tuple(entry for entry in _PREFIXES if entry[0][0] == first) for first in {signs[0] for signs, _ in _PREFIXES}
}
_TIGHT_LETTERS = frozenset({"C", "t"})
_KEYWORD_KINDS = {
    Keyword.DIAMETER: DimensionKind.DIAMETER,
    Keyword.RADIUS: DimensionKind.RADIUS,
    Keyword.CHAMFER: DimensionKind.CHAMFER,
    Keyword.ACROSS_FLATS: DimensionKind.ACROSS_FLATS,
    Keyword.THICKNESS: DimensionKind.THICKNESS,
    Keyword.DEPTH: DimensionKind.DEPTH,
    Keyword.DEPTH_OR_DEEP: DimensionKind.DEPTH,
    Keyword.COUNTERBORE: DimensionKind.COUNTERBORE,
    Keyword.COUNTERSINK: DimensionKind.COUNTERSINK,
    Keyword.SPOTFACE: DimensionKind.SPOTFACE,
}
_SUFFIX_KINDS = {
    Keyword.DIAMETER: DimensionKind.DIAMETER,
    Keyword.RADIUS: DimensionKind.RADIUS,
    Keyword.ACROSS_FLATS: DimensionKind.ACROSS_FLATS,
    Keyword.THICKNESS: DimensionKind.THICKNESS,
    Keyword.DEEP: DimensionKind.DEPTH,
    Keyword.DEPTH_OR_DEEP: DimensionKind.DEPTH,
}
_BEHIND_DEPTHS = (Keyword.DEEP, Keyword.DEPTH_OR_DEEP)
_LABEL_KINDS = {
    "d": DimensionKind.DIAMETER,
    "r": DimensionKind.RADIUS,
    "t": DimensionKind.THICKNESS,
    "s": DimensionKind.THICKNESS,
    "x": DimensionKind.COORDINATE,
    "y": DimensionKind.COORDINATE,
    "z": DimensionKind.COORDINATE,
    "sw": DimensionKind.ACROSS_FLATS,
    "af": DimensionKind.ACROSS_FLATS,
}
_GEAR_LETTERS = frozenset({"m", "mn", "mx", "mt"})
"""Modules of gears, which are no sizes of features (ISO 2203)."""
_BEVELS = frozenset({DimensionKind.CHAMFER, DimensionKind.COUNTERSINK})
_HOLE_PARTS = frozenset(
    {DimensionKind.COUNTERBORE, DimensionKind.COUNTERSINK, DimensionKind.SPOTFACE, DimensionKind.DEPTH}
)
_MODIFIERS = words("CZ SZ UF CT LP LS GG GX GN GC SX SN SA SM SD SR ACS SCS ALS ST CF UN")
_FLAGS = {
    Keyword.THROUGH: "is_through",
    Keyword.TYPICAL: "is_typical",
    Keyword.MAXIMUM: "is_maximum",
    Keyword.MINIMUM: "is_minimum",
    Keyword.REFERENCE: "is_reference",
    Keyword.BASIC: "is_basic",
    Keyword.EQUALLY_SPACED: "is_equally_spaced",
}


@dataclass(slots=True)
class DimensionDraft:
    """A dimension while it is read.

    Attributes:
        strength: 0 for a bare number, 1 with a weak sign (parentheses, a count), 2 with a sign, a tolerance or a unit.
    """

    kind: DimensionKind | None = None
    size: Size | None = None
    deviations: Deviations | None = None
    fit: Fit | None = None
    quantity: int = 1
    label: str | None = None
    angle: Decimal | None = None
    pitch_count: int | None = None
    total: Decimal | None = None
    flags: set[str] = field(default_factory=set)
    modifiers: list[str] = field(default_factory=list)
    features: list[Dimension] = field(default_factory=list)
    alternate: Dimension | None = None
    strength: int = 0

    @property
    def is_angle(self) -> bool:
        """The size is in degrees."""
        return self.size is not None and self.size.unit == "deg"

    def mark(self, strength: int = 2) -> None:
        """Note a sign that makes the number a dimension."""
        self.strength = max(self.strength, strength)


def read_dimension_draft(reader: Reader) -> DimensionDraft | None:
    """Read a dimension with all that belongs to it; None when none begins here."""
    draft = DimensionDraft()
    _read_count(reader, draft)
    bracket = reader.accept("(", "[")
    if _read_core(reader, draft) is None:
        return None
    if bracket is not None and not _close(reader, draft, bracket.text):
        return None
    _read_tail(reader, draft)
    return draft


def _close(reader: Reader, draft: DimensionDraft, bracket: str) -> bool:
    _read_tail(reader, draft)
    if reader.accept({"(": ")", "[": "]"}[bracket]) is None:
        return False
    draft.flags.add("is_reference" if bracket == "(" else "is_basic")
    draft.mark(1)
    return True


def _read_count(reader: Reader, draft: DimensionDraft) -> None:
    count = reader.attempt(_count) or reader.attempt(_bracketed_count)
    if count is not None:
        draft.quantity = count
        draft.mark(1)


def _bracketed_count(reader: Reader) -> int | None:
    """``[3X] ⌀6`` and ``(4x) R5``: Creo and many shops set the count apart."""
    opening = reader.accept("[", "(")
    token = reader.accept_number() if opening is not None else None
    if opening is None or token is None or not token.is_integer or reader.accept_tight("×", "x", "X") is None:
        return None
    is_closed = reader.accept({"[": "]", "(": ")"}[opening.text]) is not None
    is_size = _begins_size(reader) or reader.peek().kind is TokenKind.NUMBER
    return int(token.text) if is_closed and is_size and 1 <= int(token.text) <= _MOST_FEATURES else None


_MOST_FEATURES = 9999
_MOST_UNSIGNED = 48


def _count(reader: Reader) -> int | None:
    token = reader.accept_number()
    if token is None or not token.is_integer or not 1 <= int(token.text) <= _MOST_FEATURES:
        return None
    if reader.keyword(Keyword.PLACES):
        reader.accept_times()
        return int(token.text) if _begins_size(reader) else None
    sign = reader.accept("×", "x", "X", "*", "-")
    if sign is None:
        # "4 Ø 8" are four holes on French drawings
        is_count = int(token.text) <= _MOST_UNSIGNED and reader.peek().text == "⌀" and reader.peek().is_spaced
        return int(token.text) if is_count else None
    reader.skip_newline()
    if _begins_size(reader):
        return int(token.text)
    if sign.text == "-":
        return None
    return int(token.text) if _is_count_of_bare_size(reader, sign.is_spaced, sign.text) else None


def _begins_size(reader: Reader) -> bool:
    """What follows can only be a size with a sign of its own."""
    token, after = reader.peek(), reader.peek(1)
    if token.text in {"⌀", "□", "⌴", "⌵", "↧", "⌒"}:
        return True
    if token.text in {"(", "["}:
        return after.text in {"⌀", "R", "SR", "S"}
    if token.text in {"R", "SR", "CR", "C", "S", "SW", "t"}:
        return after.kind is TokenKind.NUMBER or after.text == "⌀"
    start = reader.at
    found = reader.keyword(*_KEYWORD_KINDS)
    reader.at = start
    return found is not None


def _is_count_of_bare_size(reader: Reader, is_sign_spaced: bool, sign: str) -> bool:
    """``4X 20`` and ``4× 20`` count (ASME Y14.5, 1.9.5), ``4 × 20`` and ``4×20`` are two sizes.

    ``4×20(=80)`` is a pattern.
    """
    size = reader.peek()
    if size.text in {"(", "["} and size.is_spaced and not is_sign_spaced:
        return True
    if size.text == "<" and reader.peek(1).text == ">":
        return not is_sign_spaced
    if size.kind is not TokenKind.NUMBER:
        return False
    if reader.peek(1).text == "°" or _has_times_angle(reader):
        # ASME Y14.5 sets its count tight before a capital X and a space behind it, ISO 129-1 its chamfers evenly
        is_asme = sign == "X" and not is_sign_spaced and size.is_spaced
        return is_asme or _counts_angles(reader)
    if size.is_spaced and not is_sign_spaced:
        return True
    return _has_total(reader, 1) or (sign == "X" and not is_sign_spaced)


def _has_times_angle(reader: Reader) -> bool:
    """``2×1×45°``: the second number belongs to a chamfer."""
    return (
        reader.peek(1).text in {"×", "x", "X", "*"}
        and reader.peek(2).kind is TokenKind.NUMBER
        and reader.peek(3).text == "°"
    )


_WIDEST_CHAMFER = 90
"""Degrees."""


def _counts_angles(reader: Reader) -> bool:
    """``2×45°`` is a chamfer; ``8×45°(=360°)``, ``2×1×45°`` and ``3×120°``, which is no bevel, count."""
    angle = reader.peek().value
    is_wide = reader.peek(1).text == "°" and angle is not None and angle >= _WIDEST_CHAMFER
    return is_wide or _has_times_angle(reader) or _has_total(reader, 2) or _is_followed_by_even_spacing(reader)


def _has_total(reader: Reader, ahead: int) -> bool:
    return reader.peek(ahead).text == "=" or (reader.peek(ahead).text == "(" and reader.peek(ahead + 1).text == "=")


def _is_followed_by_even_spacing(reader: Reader) -> bool:
    start = reader.at
    reader.at = min(start + 2, len(reader.tokens) - 1)
    found = reader.keyword(Keyword.EQUALLY_SPACED)
    reader.at = start
    return found is not None


def _read_core(reader: Reader, draft: DimensionDraft) -> Size | None:
    bound = reader.keyword(Keyword.MAXIMUM, Keyword.MINIMUM)
    if bound is not None:
        draft.flags.add(_FLAGS[bound])
        draft.mark(1)
    _read_label(reader, draft)
    _read_prefix(reader, draft)
    is_inner = draft.kind is not None and reader.peek(1).kind is TokenKind.NUMBER and reader.accept("(") is not None
    size = reader.attempt(read_ratio) if draft.kind in _RATIOS else read_size(reader)
    if size is None or not _is_sound(size) or (is_inner and reader.accept(")") is None):
        return None
    if is_inner:
        draft.flags.add("is_reference")
    draft.size = size
    if size.unit is not None or size.upper_limit is not None or size.is_measured:
        draft.mark()
    if size.is_fraction:
        draft.mark(1)
    _read_tolerance(reader, draft)
    return size


def _is_sound(size: Size) -> bool:
    return size.value is None or abs(size.value) < 10**7


def _read_label(reader: Reader, draft: DimensionDraft) -> None:
    word, equals = reader.peek(), reader.peek(1)
    if word.kind is TokenKind.WORD and len(word.text) <= 2 and equals.text == "=" and word.key not in _GEAR_LETTERS:
        reader.at += 2
        draft.label = word.text
        draft.kind = _LABEL_KINDS.get(word.key)
        draft.mark()


def _read_prefix(reader: Reader, draft: DimensionDraft) -> None:
    kind = reader.attempt(_sign_prefix) or reader.attempt(_word_prefix)
    if kind is None:
        return
    if kind in _HOLE_PARTS and reader.accept("⌀") is None:
        reader.keyword(Keyword.DIAMETER)
    sign = reader.tokens[reader.at - 1].text
    if sign == "CR":
        draft.modifiers.append("CR")
    draft.kind = kind
    # "C3" may be a zone of the sheet as well as a chamfer
    draft.mark(1 if sign in _TIGHT_LETTERS and reader.peek().decimals is None else 2)


def _sign_prefix(reader: Reader) -> DimensionKind | None:
    for signs, kind in _PREFIXES_BY_FIRST.get(reader.peek().text, ()):
        if all(reader.peek(ahead).text == sign for ahead, sign in enumerate(signs)):
            last = signs[-1]
            reader.at += len(signs)
            reader.accept_tight("=", ".") if last in {"R", "t"} else None
            if last in _TIGHT_LETTERS and (reader.peek().is_spaced or reader.peek().kind is not TokenKind.NUMBER):
                return None
            return kind
    return None


def _word_prefix(reader: Reader) -> DimensionKind | None:
    found = reader.keyword(*_KEYWORD_KINDS)
    if found is None:
        return None
    reader.accept(":", "=")
    return _KEYWORD_KINDS[found]


def _read_tolerance(reader: Reader, draft: DimensionDraft) -> None:
    assert draft.size is not None
    is_marked = draft.kind is not None
    draft.fit = reader.attempt(lambda inner: read_fit(inner, is_marked=is_marked))
    if draft.size.upper_limit is None:
        nominal = draft.size.value if draft.size.value is not None else Decimal(0)
        start = reader.at
        draft.deviations = read_deviations(reader, nominal, is_angle=draft.is_angle)
        if draft.deviations is None or _is_part_number(reader, draft, start):
            reader.at, draft.deviations = start, None
    if draft.fit is not None or draft.deviations is not None:
        draft.mark()
        _read_unit_behind(reader, draft)


def _is_part_number(reader: Reader, draft: DimensionDraft, start: int) -> bool:
    """``1234-5`` and ``2023-5-12`` are numbers of something: minus signs between integers make no deviations."""
    assert draft.size is not None
    found = draft.deviations
    if found is None or draft.kind is not None or (found.upper or Decimal(-1)) >= 0:
        return False
    last = reader.tokens[reader.at - 1]
    return draft.size.decimals is None and last.decimals is None and not reader.tokens[start].is_spaced


def _read_unit_behind(reader: Reader, draft: DimensionDraft) -> None:
    assert draft.size is not None
    unit = read_unit(reader)
    if unit is not None and draft.size.unit is None:
        draft.size = replace(draft.size, unit=unit)


def _read_tail(reader: Reader, draft: DimensionDraft) -> None:
    while any(_applied(reader, draft, rule) for rule in _TAIL_RULES):
        pass


def _applied(reader: Reader, draft: DimensionDraft, rule: TailRule) -> bool:
    start = reader.at
    if rule(reader, draft):
        return True
    reader.at = start
    return False


def _flag(reader: Reader, draft: DimensionDraft) -> bool:
    is_open = reader.accept("(") is not None
    found = reader.keyword(*_FLAGS)
    if found is None or (is_open and reader.accept(")") is None):
        return False
    draft.flags.add(_FLAGS[found])
    draft.mark(1)
    return True


def _suffix_kind(reader: Reader, draft: DimensionDraft) -> bool:
    """``5 DIA``, ``17 A/F``, ``20 DEEP``: only where no sign stands before the number."""
    if draft.kind is not None:
        return False
    # a whole number may be that of a drill ("#7 DRILL")
    if draft.size is not None and draft.size.decimals is not None and reader.keyword(Keyword.DRILL) is not None:
        return _drilled(reader, draft)
    found = reader.keyword(*_SUFFIX_KINDS)
    if found is None:
        return _radius_behind(reader, draft)
    draft.kind = _SUFFIX_KINDS[found]
    draft.mark()
    return True


def _drilled(reader: Reader, draft: DimensionDraft) -> bool:
    """``6.8 DRILL``, ``6.8 DRILL ( 6.8 )``: the drill is as thick as the number says; Creo repeats it."""
    draft.kind = DimensionKind.DIAMETER
    draft.mark()
    start = reader.at
    again = reader.accept_number() if reader.accept("(") is not None else None
    is_same = again is not None and draft.size is not None and again.value == draft.size.value
    if not is_same or reader.accept(")") is None:
        reader.at = start
    return True


def _radius_behind(reader: Reader, draft: DimensionDraft) -> bool:
    """``.25 R``, ``.12 R TYP``, ``.25 R 2 PL``: as drawings before ASME Y14.5M-1982 have their radii."""
    if draft.size is None or draft.size.decimals is None or reader.accept("R") is None:
        return False
    start, after = reader.at, reader.peek()
    is_ended = after.kind in {TokenKind.END, TokenKind.NEWLINE} or reader.keyword(*_FLAGS) is not None
    is_counted = after.kind is TokenKind.NUMBER and after.is_spaced and reader.accept_number() is not None
    is_counted = is_counted and reader.keyword(Keyword.PLACES) is not None
    reader.at = start
    if not (is_ended or is_counted):
        return False
    draft.kind = DimensionKind.RADIUS
    draft.mark()
    return True


def _times(reader: Reader, draft: DimensionDraft) -> bool:
    """``2×45°``, ``⌵ ⌀20 × 90°``, ``45°×2``, ``20×30``."""
    if reader.accept_times() is None:
        return False
    second = _read_part(reader, None)
    if second is None or second.size is None or second.size.value is None:
        return False
    draft.mark(2 if draft.is_angle or second.is_angle else 1)
    if second.is_angle:
        return _take_angle_of_sink(draft, second) or _take_angle(draft, second, reader.context)
    if draft.kind is not None and reader.keyword(*_BEHIND_DEPTHS) is not None:
        second.kind = DimensionKind.DEPTH
        draft.mark()
        _attach(draft, second, reader.context)
        return True
    if draft.is_angle and draft.size is not None and draft.kind is None:
        draft.kind, draft.angle = DimensionKind.CHAMFER, draft.size.value
        draft.size, draft.deviations = second.size, second.deviations
        return True
    draft.features.append(build_dimension(second, reader.context))
    return True


def _take_angle_of_sink(draft: DimensionDraft, second: DimensionDraft) -> bool:
    """``⌀5.5 ⌵ ⌀10.4 × 90°``: the angle behind a countersink is the countersink's."""
    sink = draft.features[-1] if draft.features else None
    if sink is None or sink.kind is not DimensionKind.COUNTERSINK or sink.angle is not None:
        return False
    assert second.size is not None
    draft.features[-1] = sink.model_copy(update={"angle": _number(second.size.value)})
    return True


def _take_angle(draft: DimensionDraft, second: DimensionDraft, context: CalloutContext) -> bool:
    assert second.size is not None
    if draft.angle is not None:
        return False
    draft.angle = second.size.value
    draft.kind = draft.kind or DimensionKind.CHAMFER
    if second.deviations is not None:
        draft.features.append(build_dimension(second, context))
    return True


def _total(reader: Reader, draft: DimensionDraft) -> bool:
    """``5×20(=100)``, ``8×45°=360°``: count and pitch with their sum."""
    is_open = reader.accept("(") is not None
    if reader.accept("=") is None:
        return False
    total = read_size(reader, limits=False)
    if total is None or (is_open and reader.accept(")") is None):
        return False
    draft.total = total.value
    draft.pitch_count = draft.quantity
    draft.mark()
    return True


def _part(reader: Reader, draft: DimensionDraft) -> bool:
    """Depth, counterbore, countersink and spotface that follow a hole, also on the next line."""
    if draft.is_angle:
        return False
    reader.accept(",", ";")
    if reader.peek(1).text in {"⌴", "⌵", "↧"}:
        reader.accept("-")
    reader.skip_newline()
    if (deep := reader.attempt(_deep)) is not None:
        draft.features.append(build_dimension(deep, reader.context))
        draft.mark()
        return True
    kind = reader.attempt(_sign_prefix) or reader.attempt(_word_prefix)
    if kind not in _HOLE_PARTS:
        return False
    part = _read_part(reader, kind)
    if part is None:
        return False
    draft.mark()
    _attach(draft, part, reader.context)
    return True


def _deep(reader: Reader) -> DimensionDraft | None:
    """``⌀6 20 DEEP``: a number and the word behind it."""
    part = _read_part(reader, None)
    if part is None or part.is_angle or reader.keyword(*_BEHIND_DEPTHS) is None:
        return None
    part.kind = DimensionKind.DEPTH
    return part


def _read_part(reader: Reader, kind: DimensionKind | None) -> DimensionDraft | None:
    """Read a size that belongs to another one: with a tolerance, without a tail."""
    part = DimensionDraft(kind=kind)
    if kind is not None and reader.accept("⌀") is None:
        reader.keyword(Keyword.DIAMETER)
    elif kind is None and reader.accept("⌀"):
        part.kind = DimensionKind.DIAMETER
    size = read_size(reader, limits=False)
    if size is None or not _is_sound(size):
        return None
    part.size = size
    _read_tolerance(reader, part)
    return part


def _attach(draft: DimensionDraft, part: DimensionDraft, context: CalloutContext) -> None:
    """The depth behind a counterbore is the counterbore's."""
    built = build_dimension(part, context)
    owner = draft.features[-1] if draft.features else None
    is_nested = (
        built.kind is DimensionKind.DEPTH
        and owner is not None
        and owner.kind in {DimensionKind.COUNTERBORE, DimensionKind.COUNTERSINK, DimensionKind.SPOTFACE}
    )
    if is_nested and owner is not None:
        draft.features[-1] = owner.model_copy(update={"features": (*owner.features, built)})
    else:
        draft.features.append(built)


def _counted(reader: Reader, draft: DimensionDraft) -> bool:
    """``(4x)``, ``4 PLACES``, ``(8 holes)``, ``4x``, Creo's ``-( 4 ) HOLE`` behind the size."""
    if draft.quantity != 1:
        return False
    if reader.peek(1).text == "(":
        reader.accept("-")
    is_open = reader.accept("(") is not None
    token = reader.accept_number()
    if token is None or not token.is_integer or int(token.text) < 1:
        return False
    is_times = reader.accept_tight("×", "x", "X") is not None
    is_ended = reader.peek().kind in {TokenKind.END, TokenKind.NEWLINE} or is_open
    if is_open and reader.attempt(_closed_before_places):
        draft.quantity = int(token.text)
        draft.mark(1)
        return True
    if not (reader.keyword(Keyword.PLACES) or (is_times and is_ended)):
        return False
    if is_open and reader.accept(")") is None:
        return False
    draft.quantity = int(token.text)
    draft.mark(1)
    return True


def _closed_before_places(reader: Reader) -> bool | None:
    is_closed = reader.accept(")") is not None
    return True if is_closed and reader.keyword(Keyword.PLACES) is not None else None


def _alternate(reader: Reader, draft: DimensionDraft) -> bool:
    """``25.4 [1.00]``, ``1.250 (31.75)``: the same size in the other unit."""
    opening = reader.accept("[", "(") if draft.alternate is None else None
    part = _read_part(reader, None) if opening is not None else None
    if opening is None or part is None or reader.accept({"[": "]", "(": ")"}[opening.text]) is None:
        return False
    if opening.text == "(" and not _is_converted(draft.size, part.size):
        return False
    part.kind = draft.kind
    draft.alternate = build_dimension(part, replace(reader.context, unit=None))
    draft.mark()
    if draft.deviations is None and draft.fit is None and draft.size is not None:
        _read_tolerance(reader, draft)
    return True


def _is_converted(size: Size | None, other: Size | None) -> bool:
    """Whether one of two sizes is the other in millimetres and inches, as far as both are rounded."""
    if size is None or other is None or not size.value or not other.value:
        return False
    ratio = max(size.value, other.value) / min(size.value, other.value)
    return abs(ratio - _MM_PER_INCH) < _ROUNDED * _MM_PER_INCH


_MM_PER_INCH = Decimal("25.4")
_ROUNDED = Decimal("0.01")


def _modifier(reader: Reader, draft: DimensionDraft) -> bool:
    """Symbols of ISO 14405-1 and ASME Y14.5 behind a toleranced size: Ⓔ, CZ, <ST>."""
    symbol = reader.circled() or _letters(reader)
    if symbol is None:
        return False
    draft.modifiers.append(symbol)
    draft.mark()
    return True


def _letters(reader: Reader) -> str | None:
    is_open = reader.accept("(", "<")
    word = reader.peek()
    if word.text not in _MODIFIERS or not (word.is_spaced or is_open):
        return None
    after = reader.peek(1)
    if after.kind is TokenKind.NUMBER or (after.kind is TokenKind.WORD and not after.is_spaced):
        return None
    reader.take()
    if is_open and reader.accept(")", ">") is None:
        return None
    return word.text


def _glue(reader: Reader, draft: DimensionDraft) -> bool:
    """Words of manufacture between the parts of a hole callout: ``⌀6 DRILL ↧ 20``."""
    if draft.kind is DimensionKind.CHAMFER:
        return reader.keyword(Keyword.CHAMFER) is not None
    return draft.kind is DimensionKind.DIAMETER and reader.keyword(Keyword.GLUE, Keyword.DRILL) is not None


TailRule = Callable[[Reader, DimensionDraft], bool]
_TAIL_RULES: tuple[TailRule, ...] = (_flag, _suffix_kind, _times, _total, _part, _counted, _alternate, _modifier, _glue)


def build_dimension(draft: DimensionDraft, context: CalloutContext, raw: str | None = None) -> Dimension:
    """Make a dimension of what was read: units resolved, deviations of a fit computed."""
    size = draft.size
    assert size is not None
    kind = draft.kind or (DimensionKind.ANGULAR if draft.is_angle else DimensionKind.LINEAR)
    unit, origin = _unit_of(size, draft, context)
    upper, lower, tolerance_origin = _tolerance_of(size, draft, unit)
    nominal, angle = size.value, draft.angle
    if kind in _BEVELS and draft.is_angle and angle is None:
        # "Chamfer 30°" says how steep it is and not how wide
        nominal, angle, unit, origin = None, size.value, context.unit, context.unit_origin if context.unit else None
    dimension = Dimension(
        raw=raw,
        provenance=Provenance(method=METHOD),
        kind=kind,
        nominal=_number(nominal),
        upper=_number(upper),
        lower=_number(lower),
        tolerance_origin=tolerance_origin,
        fit=draft.fit,
        unit=unit,
        unit_origin=origin,
        decimals=size.decimals,
        quantity=draft.quantity,
        pattern=_pattern_of(draft),
        is_reference="is_reference" in draft.flags,
        is_basic="is_basic" in draft.flags,
        is_limit=size.upper_limit is not None,
        is_maximum="is_maximum" in draft.flags,
        is_minimum="is_minimum" in draft.flags,
        is_through="is_through" in draft.flags,
        is_typical="is_typical" in draft.flags,
        angle=_number(angle),
        modifiers=tuple(draft.modifiers),
        features=tuple(draft.features),
        alternate=draft.alternate,
        label=draft.label,
    )
    return _with_pair(dimension) if draft.fit is not None else dimension


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _unit_of(size: Size, draft: DimensionDraft, context: CalloutContext) -> tuple[str | None, UnitOrigin | None]:
    if size.unit is not None:
        return size.unit, UnitOrigin.WRITTEN
    if draft.kind in _RATIOS:
        return None, None
    if context.unit is not None:
        return context.unit, context.unit_origin
    if size.is_fraction:
        return "in", UnitOrigin.ASSUMED  # only the inch is divided so
    if draft.fit is not None:
        return "mm", UnitOrigin.ASSUMED  # ISO 286 knows no other unit of size
    return None, None


Bounds = tuple[Decimal | None, Decimal | None, ToleranceOrigin | None]


def _tolerance_of(size: Size, draft: DimensionDraft, unit: str | None) -> Bounds:
    if size.upper_limit is not None and size.value is not None:
        return size.upper_limit - size.value, Decimal(0), ToleranceOrigin.LIMITS
    if draft.deviations is not None:
        return draft.deviations.upper, draft.deviations.lower, ToleranceOrigin.DECLARED
    if draft.fit is not None and size.value is not None:
        computed = fit_deviations(draft.fit, size.value, unit)
        if computed is not None:
            return computed[0], computed[1], ToleranceOrigin.FIT
    return None, None, None


_MM_PER_UNIT = {"mm": Decimal(1), "cm": Decimal(10), "m": Decimal(1000), "in": Decimal("25.4")}


def fit_deviations(fit: Fit, size: Decimal, unit: str | None) -> tuple[Decimal, Decimal] | None:
    """Compute the deviations of a single class in the unit of the size; None for a pair, or where ISO 286 has none."""
    symbol = fit.hole if fit.shaft is None else fit.shaft if fit.hole is None else None
    factor = _MM_PER_UNIT.get(unit or "mm")
    parsed = parse_class(symbol) if symbol is not None else None
    if parsed is None or factor is None:
        return None
    found = deviations_um(parsed, size * factor)
    return None if found is None else (found[0] / 1000 / factor, found[1] / 1000 / factor)


def _with_pair(dimension: Dimension) -> Dimension:
    """A hole and a shaft have deviations each: they stand as features, the dimension itself has none."""
    fit, nominal = dimension.fit, dimension.nominal
    if fit is None or fit.hole is None or fit.shaft is None or nominal is None:
        return dimension
    members = tuple(_member(dimension, single) for single in (Fit(hole=fit.hole), Fit(shaft=fit.shaft)))
    return dimension.model_copy(update={"features": (*members, *dimension.features)})


def _member(dimension: Dimension, fit: Fit) -> Dimension:
    assert dimension.nominal is not None
    found = fit_deviations(fit, Decimal(repr(dimension.nominal)), dimension.unit)
    return Dimension(
        provenance=dimension.provenance,
        kind=dimension.kind,
        nominal=dimension.nominal,
        upper=None if found is None else float(found[0]),
        lower=None if found is None else float(found[1]),
        tolerance_origin=None if found is None else ToleranceOrigin.FIT,
        fit=fit,
        unit=dimension.unit,
        unit_origin=dimension.unit_origin,
        decimals=dimension.decimals,
    )


def _pattern_of(draft: DimensionDraft) -> Pattern | None:
    is_even = "is_equally_spaced" in draft.flags
    if draft.total is None and not is_even:
        return None
    value = draft.size.value if draft.size is not None else None
    return Pattern(
        count=draft.quantity if draft.quantity > 1 or draft.total is not None else None,
        pitch=_number(value) if draft.total is not None else None,
        total=_number(draft.total),
        equally_spaced=is_even,
    )
