"""Standard pitches of threads.

Sources: ISO 261:1998 Table 2 (metric, coarse and fine diameters), ASME B1.1 Tables 2 and 3 (UNC, UNF, UNEF), ISO 228-1
Table 1 and ISO 7-1 Table 1 (pipe threads), ASME B1.20.1 Table 2 (NPT), BS 84 (Whitworth).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def _decimals(text: str) -> dict[Decimal, Decimal]:
    pairs = (entry.split(":") for entry in text.split())
    return {Decimal(key): Decimal(value) for key, value in pairs}


def _sizes(text: str) -> dict[str, Decimal]:
    pairs = (entry.split(":") for entry in text.split())
    return {key.replace("_", " "): Decimal(value) for key, value in pairs}


METRIC_COARSE = _decimals(
    "1:0.25 1.1:0.25 1.2:0.25 1.4:0.3 1.6:0.35 1.8:0.35 2:0.4 2.2:0.45 2.5:0.45 3:0.5 3.5:0.6 4:0.7 4.5:0.75"
    " 5:0.8 6:1 7:1"
    " 8:1.25 9:1.25 10:1.5 11:1.5 12:1.75 14:2 16:2 18:2.5 20:2.5 22:2.5 24:3 27:3 30:3.5 33:3.5 36:4 39:4"
    " 42:4.5 45:4.5 48:5"
    " 52:5 56:5.5 60:5.5 64:6"
)
"""Diameter in mm -> coarse pitch in mm (ISO 261)."""

METRIC_FINE_ONLY = frozenset(
    Decimal(size)
    for size in (
        5.5,
        15,
        17,
        25,
        26,
        28,
        32,
        35,
        38,
        40,
        50,
        55,
        58,
        62,
        65,
        68,
        70,
        72,
        75,
        76,
        78,
        80,
        82,
        85,
        90,
        95,
    )
) | frozenset(Decimal(size) for size in range(100, 305, 5))
"""Diameters in mm that ISO 261 has with fine pitches only."""

METRIC_PITCHES = frozenset(METRIC_COARSE.values()) | {Decimal("0.2"), Decimal(8)}
"""All pitches of ISO 261 in mm."""

UNC = _sizes(
    "#1:64 #2:56 #3:48 #4:40 #5:40 #6:32 #8:32 #10:24 #12:24 1/4:20 5/16:18 3/8:16 7/16:14 1/2:13 9/16:12"
    " 5/8:11 3/4:10 7/8:9 1:8"
    " 1_1/8:7 1_1/4:7 1_3/8:6 1_1/2:6 1_3/4:5 2:4.5 2_1/4:4.5 2_1/2:4 2_3/4:4 3:4 3_1/4:4 3_1/2:4 3_3/4:4 4:4"
)
UNF = _sizes(
    "#0:80 #1:72 #2:64 #3:56 #4:48 #5:44 #6:40 #8:36 #10:32 #12:28 1/4:28 5/16:24 3/8:24 7/16:20 1/2:20 9/16:18"
    " 5/8:18 3/4:16"
    " 7/8:14 1:12 1_1/8:12 1_1/4:12 1_3/8:12 1_1/2:12"
)
UNEF = _sizes(
    "#12:32 1/4:32 5/16:32 3/8:32 7/16:28 1/2:28 9/16:24 5/8:24 11/16:24 3/4:20 13/16:20 7/8:20 15/16:20 1:20"
    " 1_1/16:18 1_1/8:18"
    " 1_3/16:18 1_1/4:18 1_5/16:18 1_3/8:18 1_7/16:18 1_1/2:18 1_9/16:18 1_5/8:18 1_11/16:18"
)
"""Size -> threads per inch (ASME B1.1)."""

PIPE = _sizes(
    "1/16:28 1/8:28 1/4:19 3/8:19 1/2:14 5/8:14 3/4:14 7/8:14 1:11 1_1/8:11 1_1/4:11 1_1/2:11 1_3/4:11 2:11"
    " 2_1/4:11 2_1/2:11"
    " 2_3/4:11 3:11 3_1/2:11 4:11 4_1/2:11 5:11 5_1/2:11 6:11"
)
"""Size -> threads per inch (ISO 228-1, ISO 7-1)."""

NPT = _sizes(
    "1/16:27 1/8:27 1/4:18 3/8:18 1/2:14 3/4:14 1:11.5 1_1/4:11.5 1_1/2:11.5 2:11.5 2_1/2:8 3:8 3_1/2:8 4:8 5:8"
    " 6:8 8:8 10:8 12:8"
)
"""Size -> threads per inch (ASME B1.20.1)."""

WHITWORTH = _sizes(
    "1/8:40 3/16:24 1/4:20 5/16:18 3/8:16 7/16:14 1/2:12 9/16:12 5/8:11 3/4:10 7/8:9 1:8 1_1/8:7 1_1/4:7"
    " 1_1/2:6 1_3/4:5 2:4.5"
)
"""Size -> threads per inch (BS 84)."""


def inch_diameter(size: str) -> Decimal | None:
    """Give the major diameter in inches of ``"1/4"``, ``"1 1/2"``, ``"#10"`` or ``".250"``; None when it is no size.

    A numbered size k has 0.060 + 0.013 · k inches (ASME B1.1, 3.1).
    """
    if size.startswith("#"):
        return Decimal("0.060") + Decimal("0.013") * int(size[1:]) if size[1:].isdecimal() else None
    parts = size.split()
    try:
        total = sum((Fraction(part) for part in parts), Fraction(0))
    except (ValueError, ZeroDivisionError):
        return None
    return Decimal(total.numerator) / Decimal(total.denominator)
