"""Names of standard sheets by their size."""

from __future__ import annotations

from typing import Final

_SIZES: Final = {
    "A0": (841, 1189), "A1": (594, 841), "A2": (420, 594), "A3": (297, 420), "A4": (210, 297),
    "ANSI A": (215.9, 279.4), "ANSI B": (279.4, 431.8), "ANSI C": (431.8, 558.8), "ANSI D": (558.8, 863.6),
    "ANSI E": (863.6, 1117.6),
}  # fmt: skip
"""Width and height in mm, upright (trimmed sizes of ISO 5457, ASME Y14.1)."""
_TOLERANCE_MM: Final = 1.5
"""ISO 216 allows 1.5 mm up to 150 mm and more above; no two sizes are nearer to each other than 17 mm."""


def sheet_name(width_mm: float | None, height_mm: float | None) -> str | None:
    """The name of a sheet of this size, upright or lying; None when it has none, or the size is not known."""
    if width_mm is None or height_mm is None:
        return None
    short, long = sorted((width_mm, height_mm))
    for name, (width, height) in _SIZES.items():
        if abs(width - short) <= _TOLERANCE_MM and abs(height - long) <= _TOLERANCE_MM:
            return name
    return None
