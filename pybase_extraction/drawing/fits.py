"""ISO 286 tolerance classes: reading them, and their deviations up to 3150 mm.

Data: ISO 286-1:2010, Tables 1 (standard tolerances), 2 and 3 (holes), 4 and 5 (shafts), in micrometres as printed.
Nominal sizes are "above, up to and including"; the first range includes everything above 0.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

MAXIMUM_SIZE_MM: Final = 3150
"""ISO 286 ends here."""

_RANGES = (3, 6, 10, 18, 30, 50, 80, 120, 180, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150)
_STEPS_TO_500 = (
    3,
    6,
    10,
    14,
    18,
    24,
    30,
    40,
    50,
    65,
    80,
    100,
    120,
    140,
    160,
    180,
    200,
    225,
    250,
    280,
    315,
    355,
    400,
    450,
    500,
)
_STEPS = (
    *_STEPS_TO_500, 560, 630, 710, 800, 900, 1000, 1120, 1250, 1400, 1600, 1800, 2000, 2240, 2500, 2800, 3150,
)  # fmt: skip
_GRADES = ("01", "0", *(str(number) for number in range(1, 19)))


def _row(values: str) -> tuple[Decimal | None, ...]:
    return tuple(None if value == "-" else Decimal(value) for value in values.split())


_IT = {
    "01": _row("0.3 0.4 0.4 0.5 0.6 0.6 0.8 1 1.2 2 2.5 3 4"),
    "0": _row("0.5 0.6 0.6 0.8 1 1 1.2 1.5 2 3 4 5 6"),
    "1": _row("0.8 1 1 1.2 1.5 1.5 2 2.5 3.5 4.5 6 7 8 9 10 11 13 15 18 22 26"),
    "2": _row("1.2 1.5 1.5 2 2.5 2.5 3 4 5 7 8 9 10 11 13 15 18 21 25 30 36"),
    "3": _row("2 2.5 2.5 3 4 4 5 6 8 10 12 13 15 16 18 21 24 29 35 41 50"),
    "4": _row("3 4 4 5 6 7 8 10 12 14 16 18 20 22 25 28 33 39 46 55 68"),
    "5": _row("4 5 6 8 9 11 13 15 18 20 23 25 27 32 36 40 47 55 65 78 96"),
    "6": _row("6 8 9 11 13 16 19 22 25 29 32 36 40 44 50 56 66 78 92 110 135"),
    "7": _row("10 12 15 18 21 25 30 35 40 46 52 57 63 70 80 90 105 125 150 175 210"),
    "8": _row("14 18 22 27 33 39 46 54 63 72 81 89 97 110 125 140 165 195 230 280 330"),
    "9": _row("25 30 36 43 52 62 74 87 100 115 130 140 155 175 200 230 260 310 370 440 540"),
    "10": _row("40 48 58 70 84 100 120 140 160 185 210 230 250 280 320 360 420 500 600 700 860"),
    "11": _row("60 75 90 110 130 160 190 220 250 290 320 360 400 440 500 560 660 780 920 1100 1350"),
    "12": _row("100 120 150 180 210 250 300 350 400 460 520 570 630 700 800 900 1050 1250 1500 1750 2100"),
    "13": _row("140 180 220 270 330 390 460 540 630 720 810 890 970 1100 1250 1400 1650 1950 2300 2800 3300"),
    "14": _row("250 300 360 430 520 620 740 870 1000 1150 1300 1400 1550 1750 2000 2300 2600 3100 3700 4400 5400"),
    "15": _row("400 480 580 700 840 1000 1200 1400 1600 1850 2100 2300 2500 2800 3200 3600 4200 5000 6000 7000 8600"),
    "16": _row("600 750 900 1100 1300 1600 1900 2200 2500 2900 3200 3600 4000 4400 5000 5600 6600 7800 9200"
        " 11000 13500"),
    "17": _row("1000 1200 1500 1800 2100 2500 3000 3500 4000 4600 5200 5700 6300 7000 8000 9000 10500 12500"
        " 15000 17500 21000"),
    "18": _row("1400 1800 2200 2700 3300 3900 4600 5400 6300 7200 8100 8900 9700 11000 12500 14000 16500 19500"
        " 23000 28000 33000"),
}  # fmt: skip
"""Table 1: grade -> µm for each range; 01 and 0 end at 500 mm."""

_BY_STEP = {
    "a": _row("270 270 280 290 290 300 300 310 320 340 360 380 410 460 520 580 660 740 820 920 1050 1200 1350"
        " 1500 1650"),
    "b": _row("140 140 150 150 150 160 160 170 180 190 200 220 240 260 280 310 340 380 420 480 540 600 680 760 840"),
    "c": _row("60 70 80 95 95 110 110 120 130 140 150 170 180 200 210 230 240 260 280 300 330 360 400 440 480"),
    "r": _row("10 15 19 23 23 28 28 34 34 41 43 51 54 63 65 68 77 80 84 94 98 108 114 126 132 150 155 175 185"
        " 210 220 250 260"
              " 300 330 370 400 440 460 550 580"),
    "s": _row("14 19 23 28 28 35 35 43 43 53 59 71 79 92 100 108 122 130 140 158 170 190 208 232 252 280 310"
        " 340 380 430 470"
              " 520 580 640 720 820 920 1000 1100 1250 1400"),
    "t": _row("- - - - - - 41 48 54 66 75 91 104 122 134 146 166 180 196 218 240 268 294 330 360 400 450 500"
        " 560 620 680 780"
              " 840 960 1050 1200 1350 1500 1650 1900 2100"),
    "u": _row("18 23 28 33 33 41 48 60 70 87 102 124 144 170 190 210 236 258 284 315 350 390 435 490 540 600"
        " 660 740 840 940"
              " 1050 1150 1300 1450 1600 1850 2000 2300 2500 2900 3200"),
    "v": _row("- - - - 39 47 55 68 81 102 120 146 172 202 228 252 284 310 340 385 425 475 530 595 660"),
    "x": _row("20 28 34 40 45 54 64 80 97 122 146 178 210 248 280 310 350 385 425 475 525 590 660 740 820"),
    "y": _row("- - - - - 63 75 94 114 144 174 214 254 300 340 380 425 470 520 580 650 730 820 920 1000"),
    "z": _row("26 35 42 50 60 73 88 112 136 172 210 258 310 365 415 465 520 575 640 710 790 900 1000 1100 1250"),
    "za": _row("32 42 52 64 77 98 118 148 180 226 274 335 400 470 535 600 670 740 820 920 1000 1150 1300 1450 1600"),
    "zb": _row("40 50 67 90 108 136 160 200 242 300 360 445 525 620 700 780 880 960 1050 1200 1300 1500 1650"
        " 1850 2100"),
    "zc": _row("60 80 97 130 150 188 218 274 325 405 480 585 690 800 900 1000 1150 1250 1350 1550 1700 1900"
        " 2100 2400 2600"),
}  # fmt: skip
"""Tables 4 and 5, letters whose deviation changes within the main ranges: magnitude in µm for each step."""

_BY_RANGE = {
    "cd": _row("34 46 56 70 85 100"),
    "d": _row("20 30 40 50 65 80 100 120 145 170 190 210 230 260 290 320 350 390 430 480 520"),
    "e": _row("14 20 25 32 40 50 60 72 85 100 110 125 135 145 160 170 195 220 240 260 290"),
    "ef": _row("10 14 18 23 28 35"),
    "f": _row("6 10 13 16 20 25 30 36 43 50 56 62 68 76 80 86 98 110 120 130 145"),
    "fg": _row("4 6 8 10 12 15"),
    "g": _row("2 4 5 6 7 9 10 12 14 15 17 18 20 22 24 26 28 30 32 34 38"),
    "h": _row("0 " * 21),
    "m": _row("2 4 6 7 8 9 11 13 15 17 20 21 23 26 30 34 40 48 58 68 76"),
    "n": _row("4 8 10 12 15 17 20 23 27 31 34 37 40 44 50 56 66 78 92 110 135"),
    "p": _row("6 12 15 18 22 26 32 37 43 50 56 62 68 78 88 100 120 140 170 195 240"),
}  # fmt: skip
"""Tables 4 and 5, the other letters: magnitude in µm for each range."""

_J_SHAFT = {
    "5": _row("2 2 2 3 4 5 7 9 11 13 16 18 20"),
    "6": _row("2 2 2 3 4 5 7 9 11 13 16 18 20"),
    "7": _row("4 4 5 6 8 10 12 15 18 21 26 28 32"),
    "8": _row("6"),
}
_J_HOLE = {
    "6": _row("2 5 5 6 8 10 13 16 18 22 25 29 33"),
    "7": _row("4 6 8 10 12 14 18 22 26 30 36 39 43"),
    "8": _row("6 10 12 15 20 24 28 34 41 47 55 60 66"),
}
_K = _row("0 1 1 1 2 2 2 3 3 4 4 4 5")
_DELTA = {
    "3": _row("0 1 1 1 1.5 1.5 2 2 3 3 4 4 5"),
    "4": _row("0 1.5 1.5 2 2 3 3 4 4 4 4 5 5"),
    "5": _row("0 1 2 3 3 4 5 5 6 6 7 7 7"),
    "6": _row("0 3 3 3 4 5 6 7 7 9 9 11 13"),
    "7": _row("0 4 6 7 8 9 11 13 15 17 20 21 23"),
    "8": _row("0 6 7 9 12 14 16 19 23 26 29 32 34"),
}
"""Tables 2 and 3: Δ for holes K to ZC, µm for each range up to 500 mm."""

_ABOVE_ZERO = frozenset({"a", "b", "c", "cd", "d", "e", "ef", "f", "fg", "g", "h"})
_LETTERS = frozenset({*_BY_STEP, *_BY_RANGE, "j", "js", "k"})
_TABULATED = {
    "a": (9, 13), "b": (8, 13), "c": (8, 13), "cd": (5, 10), "d": (5, 13), "e": (5, 10), "ef": (3, 10), "f": (3, 10),
    "fg": (3, 10), "g": (3, 10), "h": (1, 18), "js": (1, 18), "j": (5, 8), "k": (3, 13), "m": (3, 10), "n": (3, 11),
    "p": (3, 10), "r": (3, 10), "s": (3, 10), "t": (5, 8), "u": (5, 10), "v": (5, 8), "x": (5, 10), "y": (6, 10),
    "z": (6, 11), "za": (6, 11), "zb": (7, 11), "zc": (7, 11),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToleranceClass:
    """A fundamental deviation and a grade: ``H7``, ``js6``.

    Attributes:
        letters: In the case of the drawing: upper case for holes, lower case for shafts.
        grade: ``"01"``, ``"0"``, ``"1"``..``"18"``.
    """

    letters: str
    grade: str

    @property
    def is_hole(self) -> bool:
        """Upper case: an internal feature of size."""
        return self.letters.isupper()

    @property
    def is_tabulated(self) -> bool:
        """ISO 286-2 lists limit deviations for the class."""
        low, high = _TABULATED[self.letters.lower()]
        return low <= int(self.grade) <= high and len(self.grade.lstrip("0")) > 0

    def __str__(self) -> str:
        """As on a drawing."""
        return f"{self.letters}{self.grade}"


def tolerance_class(letters: str, grade: str) -> ToleranceClass | None:
    """Make a class of its parts; None when ISO 286 has no such letter (I L O Q W) or grade."""
    folded = letters.lower()
    if folded not in _LETTERS or grade not in _GRADES or letters not in {folded, folded.upper()}:
        return None
    return ToleranceClass(letters, grade)


def parse_class(text: str) -> ToleranceClass | None:
    """Read a class such as ``"H7"`` or ``"js6"``; None when it is none."""
    letters = text.rstrip("0123456789")
    return tolerance_class(letters, text[len(letters) :])


def standard_tolerance_um(grade: str, size_mm: Decimal) -> Decimal | None:
    """Give the standard tolerance IT of a grade in µm; None outside Table 1 of ISO 286-1."""
    return _at(_IT.get(grade, ()), _range_of(size_mm))


def deviations_um(tolerance: ToleranceClass, size_mm: Decimal) -> tuple[Decimal, Decimal] | None:
    """Give the upper and lower limit deviation of a class in µm, signed; None where ISO 286 defines none.

    Args:
        tolerance: The class.
        size_mm: Nominal size, above 0 and up to 3150.
    """
    width = standard_tolerance_um(tolerance.grade, size_mm)
    if width is None:
        return None
    if tolerance.letters.lower() == "js":
        return width / 2, -width / 2
    if tolerance.is_hole:
        return _hole(tolerance, size_mm, width)
    return _shaft(tolerance, size_mm, width)


def _shaft(tolerance: ToleranceClass, size: Decimal, width: Decimal) -> tuple[Decimal, Decimal] | None:
    letter = tolerance.letters
    if letter in _ABOVE_ZERO:
        magnitude = _magnitude(letter, size)
        return None if magnitude is None else (-magnitude, -magnitude - width)
    lower = _lower_of_shaft(letter, tolerance.grade, size)
    return None if lower is None else (lower + width, lower)


def _lower_of_shaft(letter: str, grade: str, size: Decimal) -> Decimal | None:
    if letter == "j":
        magnitude = _at(_J_SHAFT.get(grade, ()), _range_of(size))
        return None if magnitude is None else -magnitude
    if letter == "k":
        is_lifted = size <= 500 and grade in {"4", "5", "6", "7"}
        return _at(_K, _range_of(size)) if is_lifted else Decimal(0)
    return _magnitude(letter, size)


def _hole(tolerance: ToleranceClass, size: Decimal, width: Decimal) -> tuple[Decimal, Decimal] | None:
    letter, grade = tolerance.letters.lower(), tolerance.grade
    if letter in _ABOVE_ZERO:
        magnitude = _magnitude(letter, size)
        return None if magnitude is None else (magnitude + width, magnitude)
    upper = _at(_J_HOLE.get(grade, ()), _range_of(size)) if letter == "j" else _upper_of_hole(letter, grade, size)
    return None if upper is None else (upper, upper - width)


def _upper_of_hole(letter: str, grade: str, size: Decimal) -> Decimal | None:
    """Tables 2 and 3: ES of K, M, N with Δ up to IT8, of P to ZC with Δ up to IT7."""
    number = int(grade)
    if letter == "k":
        return _upper_of_k(number, size)
    magnitude = _magnitude(letter, size)
    if magnitude is None or size > 500:
        return None if magnitude is None else -magnitude
    if letter == "n" and number > 8:
        return -magnitude if size <= 3 else Decimal(0)
    if letter == "m" and number == 6 and 250 < size <= 315:
        return Decimal(-9)  # Table 3, footnote: not the -11 that the rule gives
    if number > (8 if letter in {"m", "n"} else 7):
        return -magnitude
    delta = _delta(number, size)
    return None if delta is None else -magnitude + delta


def _upper_of_k(number: int, size: Decimal) -> Decimal | None:
    if size > 500 or size <= 3:
        return Decimal(0)
    lift, delta = _at(_K, _range_of(size)), _delta(number, size)
    return None if lift is None or delta is None else -lift + delta


def _delta(number: int, size: Decimal) -> Decimal | None:
    return _at(_DELTA.get(str(number), ()), _range_of(size))


def _magnitude(letter: str, size: Decimal) -> Decimal | None:
    if letter in {"a", "b"} and size <= 1:
        return None  # Tables 2 and 4, footnote: not used up to and including 1 mm
    if letter in _BY_STEP:
        return _at(_BY_STEP[letter], _step_of(size))
    return _at(_BY_RANGE.get(letter, ()), _range_of(size))


def _range_of(size: Decimal) -> int | None:
    return bisect_left(_RANGES, size) if 0 < size <= MAXIMUM_SIZE_MM else None


def _step_of(size: Decimal) -> int | None:
    return bisect_left(_STEPS, size) if 0 < size <= MAXIMUM_SIZE_MM else None


def _at(row: tuple[Decimal | None, ...], index: int | None) -> Decimal | None:
    return row[index] if index is not None and index < len(row) else None
