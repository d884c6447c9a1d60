"""General tolerances: what holds for every dimension without a tolerance of its own, read and applied.

Read: ISO 2768-1/-2 (and EN 22768, GB/T 1804, JIS B 0405 with the same classes), DIN 7168, ISO 13920, ISO 8062,
ISO 22081 and the tolerance block of ASME drawings (``.X ±.1  .XX ±.01  ANGLES ±1°``).

::

    general = standard [part] ["-"] class { "-" class }
            | block entry { block entry }
    entry   = places ["="] "±" amount | "ANGLES" "±" angle | "FRACTIONS" "±" fraction
    places  = ".XX" | "X.XX" | "0.00" | ("TWO" | "2") "PLACE" ["DECIMAL"]
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from decimal import Decimal

from pybase_extraction.drawing.context import CalloutContext
from pybase_extraction.drawing.reader import Reader
from pybase_extraction.drawing.sizes import read_unit
from pybase_extraction.drawing.tokens import TokenKind
from pybase_extraction.drawing.tolerances import read_amount
from pybase_extraction.results.base import Provenance
from pybase_extraction.results.drawing import Dimension, DimensionKind, GeneralTolerance, ToleranceOrigin
from pybase_extraction.units import convert

_UNKNOWN = CalloutContext()
_METHOD = "general-tolerance-grammar"
Row = tuple[Decimal | None, ...]


def _row(values: str) -> Row:
    return tuple(None if value == "-" else Decimal(value) for value in values.split())


_SMALLEST = Decimal("0.5")
_ISO_2768_BINS = (3, 6, 30, 120, 400, 1000, 2000, 4000)
_ISO_2768_LINEAR = {
    "f": _row("0.05 0.05 0.1 0.15 0.2 0.3 0.5 -"),
    "m": _row("0.1 0.1 0.2 0.3 0.5 0.8 1.2 2"),
    "c": _row("0.2 0.3 0.5 0.8 1.2 2 3 4"),
    "v": _row("- 0.5 1 1.5 2.5 4 6 8"),
}
"""ISO 2768-1:1989, Table 1: ± mm; nominal sizes from 0.5 mm, above and up to and including."""

_ISO_2768_EDGE_BINS = (3, 6)
_ISO_2768_EDGES = {"f": _row("0.2 0.5 1"), "m": _row("0.2 0.5 1"), "c": _row("0.4 1 2"), "v": _row("0.4 1 2")}
"""ISO 2768-1:1989, Table 2: external radii and chamfer heights, ± mm; the last column has no upper end."""

_ISO_2768_ANGLE_BINS = (10, 50, 120, 400)
_ISO_2768_ANGLES = {
    "f": _row("60 30 20 10 5"),
    "m": _row("60 30 20 10 5"),
    "c": _row("90 60 30 15 10"),
    "v": _row("180 120 60 30 20"),
}
"""ISO 2768-1:1989, Table 3: ± minutes of arc by the length of the shorter side of the angle in mm."""

_DIN_7168_LINEAR = {
    "f": _row("0.05 0.05 0.1 0.15 0.2 0.3 0.5 0.8"),
    "m": _row("0.1 0.1 0.2 0.3 0.5 0.8 1.2 2"),
    "g": _row("0.15 0.2 0.5 0.8 1.2 2 3 4"),
    "sg": _row("- 0.5 1 1.5 2 3 4 6"),
}
"""DIN 7168:1991, Table 1, up to 4000 mm: ± mm in the bins of ISO 2768-1."""

_ISO_13920_BINS = (30, 120, 400, 1000, 2000, 4000, 8000, 12000, 16000, 20000)
_ISO_13920_LINEAR = {
    "A": _row("1 1 1 2 3 4 5 6 7 8 9"),
    "B": _row("1 2 2 3 4 6 8 10 12 14 16"),
    "C": _row("1 3 4 6 8 11 14 18 21 24 27"),
    "D": _row("1 4 7 9 12 16 21 27 32 36 40"),
}
"""ISO 13920:1996, Table 1: ± mm from 2 mm; the last column has no upper end."""

_PARTS = frozenset({"1", "2", "3"})
_DIN_7168_WORDS = {"fein": "f", "mittel": "m", "grob": "g", "sg": "sg", "f": "f", "m": "m", "g": "g"}
_PLACE_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_ONE_WORD = frozenset({"allgemeintoleranz", "allgemeintoleranzen"})
_GENERAL_WORDS = _ONE_WORD | {"general", "gen", "untoleranced", "algemene"}
_BLOCK_GLUE = frozenset({"=", ":", "decimal", "decimals", "dim", "dims", "dimensions", "dec", "tol", "tolerance"})
_EDGE_KINDS = frozenset({DimensionKind.RADIUS, DimensionKind.CHAMFER})
_UNTOLERANCED_KINDS = frozenset({DimensionKind.TAPER, DimensionKind.SLOPE})


def read_general_tolerance(text: str, *, context: CalloutContext = _UNKNOWN) -> GeneralTolerance | None:
    """Read the first general tolerance of a text; None when it has none."""
    reader = Reader.of(text, context)
    while not reader.is_done:
        for rule in (_named, _block, _uniform):
            start = reader.at
            found = reader.attempt(rule)
            if found is not None:
                raw = reader.raw_between(start, reader.at)
                return found.model_copy(update={"raw": raw, "provenance": Provenance(method=_METHOD)})
        reader.take()
    return None


def _named(reader: Reader) -> GeneralTolerance | None:
    number = reader.peek()
    if number.kind is not TokenKind.NUMBER:
        return None
    rule = _RULES.get(number.text)
    if rule is None:
        return None
    reader.take()
    return rule(reader)


def _iso_2768(reader: Reader) -> GeneralTolerance | None:
    """``-mK``, ``-1 m``, ``-m-K``, ``T1-m``, ``-mK-E``; the classes may be missing."""
    _skip_part(reader)
    linear, geometric = _classes(reader, "fmcv", "HKL")
    return GeneralTolerance(standard="ISO 2768", linear_class=linear, geometric_class=geometric, unit="mm")


def _gb_1804(reader: Reader) -> GeneralTolerance | None:
    linear, _ = _classes(reader, "fmcv", "")
    return GeneralTolerance(standard="GB/T 1804", linear_class=linear, unit="mm") if linear else None


def _jis_b_0405(reader: Reader) -> GeneralTolerance | None:
    linear, _ = _classes(reader, "fmcv", "")
    return GeneralTolerance(standard="JIS B 0405", linear_class=linear, unit="mm") if linear else None


def _din_7168(reader: Reader) -> GeneralTolerance | None:
    _skip_part(reader)
    reader.accept("-")
    word = reader.peek().key
    linear = _DIN_7168_WORDS.get(word)
    if linear is not None:
        reader.take()
    return GeneralTolerance(standard="DIN 7168", linear_class=linear, unit="mm")


def _iso_13920(reader: Reader) -> GeneralTolerance | None:
    linear, geometric = _classes(reader, "ABCD", "EFGH")
    return GeneralTolerance(standard="ISO 13920", linear_class=linear, geometric_class=geometric, unit="mm")


def _iso_8062(reader: Reader) -> GeneralTolerance | None:
    """``ISO 8062-3 DCTG 10``, ``ISO 8062 CT9``: the grade stands in ``linear_class``."""
    _skip_part(reader)
    reader.accept("-")
    grade = reader.accept("DCTG", "CT")
    number = reader.accept_number() if grade else None
    name = f"{grade.text}{number.text}" if grade is not None and number is not None else None
    return GeneralTolerance(standard="ISO 8062", linear_class=name, unit="mm")


def _iso_22081(reader: Reader) -> GeneralTolerance | None:
    return GeneralTolerance(standard="ISO 22081") if reader.at else None


def _skip_part(reader: Reader) -> None:
    start = reader.at
    reader.accept("-")
    reader.accept("T", "Teil", "part")
    part = reader.peek()
    if part.text in _PARTS:
        reader.take()
        while reader.peek().text == ":" and reader.peek(1).kind is TokenKind.NUMBER:
            reader.at += 2
        return
    reader.at = start


def _classes(reader: Reader, linear: str, geometric: str) -> tuple[str | None, str | None]:
    """Read ``mK``, ``m-K``, ``-m``: one letter of the first kind and one of the second, each optional."""
    found: list[str | None] = [None, None]
    for _ in range(2):
        start = reader.at
        reader.accept("-", "/")
        _skip_word(reader)
        letters = reader.peek().text
        places = [place for place, kinds in enumerate((linear, geometric)) for letter in letters if letter in kinds]
        is_class = reader.peek().kind is TokenKind.WORD and 1 <= len(letters) <= 2 and len(places) == len(letters)
        if not is_class or places != sorted(set(places)):
            reader.at = start
            break
        reader.take()
        for place, letter in zip(places, letters, strict=True):
            found[place] = letter
    return found[0], found[1]


def _skip_word(reader: Reader) -> None:
    if reader.peek().key in {"class", "klasse", "classe", "mittel", "medium"} and len(reader.peek(1).text) <= 2:
        reader.take()


_RULES: dict[str, Callable[[Reader], GeneralTolerance | None]] = {
    "2768": _iso_2768,
    "22768": _iso_2768,
    "7168": _din_7168,
    "13920": _iso_13920,
    "8062": _iso_8062,
    "22081": _iso_22081,
    "1804": _gb_1804,
    "0405": _jis_b_0405,
}


def _block(reader: Reader) -> GeneralTolerance | None:
    by_decimals: dict[int, float] = {}
    angular: Decimal | None = None
    fractional: Decimal | None = None
    gap = 0
    end = reader.at
    while not reader.is_done and gap < 8:
        start = reader.at
        if (places := reader.attempt(_places_entry)) is not None:
            by_decimals.setdefault(places[0], float(places[1]))
        elif (angle := reader.attempt(_angle_entry)) is not None:
            angular = angular or angle
        elif (fraction := reader.attempt(_fraction_entry)) is not None:
            fractional = fractional or fraction
        if reader.at == start:
            if not by_decimals and angular is None and fractional is None:
                return None
            gap += reader.take().kind is not TokenKind.NEWLINE
            continue
        gap, end = 0, reader.at
    reader.at = end
    if not by_decimals and fractional is None:
        return None
    return GeneralTolerance(
        standard="ASME block",
        by_decimals=by_decimals,
        angular=None if angular is None else float(angular),
        fractional=None if fractional is None else float(fractional),
        unit=reader.context.unit,
    )


def _uniform(reader: Reader) -> GeneralTolerance | None:
    """``General tolerances ±0.05 mm``: one for all sizes, however many decimals they have."""
    if reader.peek().key not in _GENERAL_WORDS:
        return None
    is_joined = reader.take().key in _ONE_WORD
    reader.accept(".")
    if not is_joined and not reader.take().key.startswith("tol"):
        return None
    reader.accept(".", ":", "=")
    is_signed = reader.accept("±") is not None
    amount = read_amount(reader)
    unit = read_unit(reader)
    if amount is None or not (is_signed or unit in {"mm", "in"}) or not 0 < amount < 10:
        return None
    by_decimals = dict.fromkeys(range(5), float(amount))
    return GeneralTolerance(by_decimals=by_decimals, unit=unit or reader.context.unit)


def _places_entry(reader: Reader) -> tuple[int, Decimal] | None:
    places = reader.attempt(_places)
    amount = None if places is None else _amount_behind(reader)
    return None if places is None or amount is None else (places, amount)


def _places(reader: Reader) -> int | None:
    token = reader.peek()
    if token.kind is TokenKind.NUMBER and token.value == 0 and token.decimals:
        reader.take()
        return token.decimals
    if token.key in _PLACE_WORDS and reader.peek(1).key in {
        "place",
        "places",
        "pl",
        "plc",
        "dec",
        "decimal",
        "decimals",
    }:
        reader.at += 2
        return _PLACE_WORDS[token.key]
    return _crosses(reader)


def _crosses(reader: Reader) -> int | None:
    whole = _is_crosses(reader.peek().text)
    if whole:
        reader.take()
    if reader.accept_tight(".", ",") if whole else reader.accept(".", ","):
        word = reader.peek()
        if _is_crosses(word.text) and not word.is_spaced:
            reader.take()
            return len(word.text)
    return 0 if whole and reader.peek().text in {"±", "=", "."} else None


def _is_crosses(text: str) -> bool:
    return 0 < len(text) <= 5 and not text.strip("Xx")


def _amount_behind(reader: Reader, *, is_angle: bool = False) -> Decimal | None:
    while reader.peek().key in _BLOCK_GLUE:
        reader.take()
    return read_amount(reader, is_angle) if reader.accept("±") else None


def _angle_entry(reader: Reader) -> Decimal | None:
    if reader.peek().key not in {"angles", "angle", "angular", "ang", "winkel"}:
        return None
    reader.take()
    reader.accept(".", ":")
    if reader.peek().key in {"mach", "machined"}:
        reader.take()
    while reader.peek().key in _BLOCK_GLUE:
        reader.take()
    if reader.accept("±") is None:
        return None
    return _half_degrees(reader)


def _half_degrees(reader: Reader) -> Decimal | None:
    """``1/2°`` is common in tolerance blocks."""
    fraction = reader.attempt(_fraction_degrees)
    return fraction if fraction is not None else read_amount(reader, is_angle=True)


def _fraction_degrees(reader: Reader) -> Decimal | None:
    value = read_amount(reader)
    return value if value is not None and reader.accept("°") else None


def _fraction_entry(reader: Reader) -> Decimal | None:
    if reader.peek().key not in {"fractions", "fraction", "fractional", "frac"}:
        return None
    reader.take()
    reader.accept(".")
    return _amount_behind(reader)


def apply_general(
    dimension: Dimension, tolerance: GeneralTolerance, *, shorter_side_mm: float | None = None
) -> Dimension:
    """Give a dimension the deviations that the general tolerance has for it, marked with the origin GENERAL.

    A dimension that has deviations, a fit or two limits, is for reference, theoretically exact, a maximum or a minimum
    keeps what it has (ISO 2768-1, clause 1); so does one whose unit is unknown and one the tables do not cover.

    Args:
        dimension: As read from the drawing.
        tolerance: As read from the title block or a note.
        shorter_side_mm: Length of the shorter side of an angle, which ISO 2768-1 Table 3 asks for; None when unknown.
    """
    if not _is_open(dimension):
        return dimension
    amount = _general_amount(dimension, tolerance, shorter_side_mm)
    if amount is None:
        return dimension
    return dimension.model_copy(
        update={"upper": float(amount), "lower": -float(amount), "tolerance_origin": ToleranceOrigin.GENERAL}
    )


def _is_open(dimension: Dimension) -> bool:
    has_own = dimension.upper is not None or dimension.lower is not None or dimension.fit is not None
    is_exempt = dimension.is_reference or dimension.is_basic or dimension.is_limit
    is_bound = dimension.is_maximum or dimension.is_minimum
    is_without = dimension.kind in _UNTOLERANCED_KINDS or dimension.nominal is None
    return not (has_own or is_exempt or is_bound or is_without)


def _general_amount(dimension: Dimension, tolerance: GeneralTolerance, shorter_side_mm: float | None) -> Decimal | None:
    if tolerance.by_decimals or tolerance.standard == "ASME block":
        return _block_amount(dimension, tolerance)
    if dimension.kind is DimensionKind.ANGULAR or dimension.unit == "deg":
        return _angle_amount(tolerance, shorter_side_mm)
    if dimension.unit is None or dimension.nominal is None:
        return None
    size_mm = Decimal(repr(convert(dimension.nominal, dimension.unit, "mm")))
    amount = _table_amount(tolerance, dimension.kind, abs(size_mm))
    return None if amount is None else Decimal(repr(convert(float(amount), "mm", dimension.unit)))


def _block_amount(dimension: Dimension, tolerance: GeneralTolerance) -> Decimal | None:
    if dimension.kind is DimensionKind.ANGULAR:
        amount = tolerance.angular
    else:
        amount = tolerance.by_decimals.get(dimension.decimals or 0)
    if amount is None:
        return None
    if dimension.kind is not DimensionKind.ANGULAR and {dimension.unit, tolerance.unit} == {"mm", "in"}:
        return None  # the block of one unit says nothing about numbers of the other
    return Decimal(repr(amount))


def _angle_amount(tolerance: GeneralTolerance, side_mm: float | None) -> Decimal | None:
    row = _ISO_2768_ANGLES.get(_class_of_2768(tolerance) or "")
    if row is None or side_mm is None:
        return None
    minutes = row[bisect_left(_ISO_2768_ANGLE_BINS, side_mm)]
    return None if minutes is None else minutes / 60


def _table_amount(tolerance: GeneralTolerance, kind: DimensionKind, size_mm: Decimal) -> Decimal | None:
    if tolerance.standard == "ISO 13920":
        row = _ISO_13920_LINEAR.get(tolerance.linear_class or "")
        return row[bisect_left(_ISO_13920_BINS, size_mm)] if row is not None and size_mm >= 2 else None
    name = _class_of_2768(tolerance)
    if kind in _EDGE_KINDS:
        edges = _ISO_2768_EDGES.get(name or "")
        return edges[bisect_left(_ISO_2768_EDGE_BINS, size_mm)] if edges is not None and size_mm >= _SMALLEST else None
    is_din = tolerance.standard == "DIN 7168"
    row = _DIN_7168_LINEAR.get(tolerance.linear_class or "") if is_din else _ISO_2768_LINEAR.get(name or "")
    index = bisect_left(_ISO_2768_BINS, size_mm)
    return row[index] if row is not None and size_mm >= _SMALLEST and index < len(row) else None


def _class_of_2768(tolerance: GeneralTolerance) -> str | None:
    name = tolerance.linear_class
    is_same = tolerance.standard in {"ISO 2768", "GB/T 1804", "JIS B 0405"}
    return name if is_same and name in _ISO_2768_LINEAR else None
