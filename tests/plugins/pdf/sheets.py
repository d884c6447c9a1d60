"""Drawing sheets that show one thing each: lettering at any angle, signs drawn with strokes, symbol fonts."""

from __future__ import annotations

import math
from pathlib import Path

from tests.plugins.pdf.documents import document

WIDTH, HEIGHT = 1191, 842
ADVANCE = 0.556
"""Width of every letter in heights, that of Helvetica's digits."""


class DrawingSheet:
    """A sheet of 1191 × 842 points (A3) under construction; coordinates count from the top left.

    Every character of the text font is given by a ToUnicode map; the symbol font has none, or one into the private use
    area, as TrueType symbol fonts have.
    """

    def __init__(self) -> None:
        self.operators: list[str] = []
        self.codes: dict[str, int] = {}

    def text(self, x: float, y: float, text: str, size: float = 12, angle: float = 0, *, font: str = "F") -> float:
        """Set a text with its base line beginning at a point, and tell where it ends along its direction."""
        if font == "F":
            shown = "".join(f"{self.codes.setdefault(char, len(self.codes) + 33):02X}" for char in text)
        else:
            shown = text.encode("ascii").hex()
        cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        matrix = f"{cosine:.5f} {sine:.5f} {-sine:.5f} {cosine:.5f} {x:.3f} {HEIGHT - y:.3f}"
        self.operators.append(f"BT /{font} {size} Tf {matrix} Tm <{shown}> Tj ET")
        return x + len(text) * ADVANCE * size

    def line(self, *points: float) -> None:
        """Draw strokes from point to point, each a path of its own."""
        for x0, y0, x1, y1 in zip(points[::2], points[1::2], points[2::2], points[3::2], strict=False):
            self.operators.append(f"{x0:.3f} {HEIGHT - y0:.3f} m {x1:.3f} {HEIGHT - y1:.3f} l S")

    def box(self, x0: float, top: float, x1: float, bottom: float) -> None:
        """Draw a rectangle with four strokes."""
        for ends in ((x0, top, x1, top), (x1, top, x1, bottom), (x1, bottom, x0, bottom), (x0, bottom, x0, top)):
            self.line(*ends)

    def circle(self, x: float, y: float, radius: float, *, sides: int = 0) -> None:
        """Draw a circle with four Bézier curves, or as a polygon of many sides as SolidWorks does."""
        y = HEIGHT - y
        if sides:
            points = [
                (x + radius * math.cos(2 * math.pi * n / sides), y + radius * math.sin(2 * math.pi * n / sides))
                for n in range(sides + 1)
            ]
            path = " ".join(f"{a:.3f} {b:.3f} {'l' if n else 'm'}" for n, (a, b) in enumerate(points))
            self.operators.append(f"{path} S")
            return
        k = 0.5523 * radius
        self.operators.append(
            f"{x + radius} {y} m {x + radius} {y + k} {x + k} {y + radius} {x} {y + radius} c "
            f"{x - k} {y + radius} {x - radius} {y + k} {x - radius} {y} c "
            f"{x - radius} {y - k} {x - k} {y - radius} {x} {y - radius} c "
            f"{x + k} {y - radius} {x + radius} {y - k} {x + radius} {y} c S"
        )

    def diameter_sign(self, x: float, y: float, size: float = 12) -> None:
        """Draw ⌀ of one letter's width with its base line at a point."""
        middle, radius = (x + 0.35 * size, y - 0.35 * size), 0.3 * size
        self.circle(*middle, radius, sides=24)
        self.line(middle[0] - 0.24 * size, middle[1] + 0.42 * size, middle[0] + 0.24 * size, middle[1] - 0.42 * size)

    def depth_sign(self, x: float, y: float, size: float = 12) -> None:
        """Draw ↧."""
        middle, top = x + 0.4 * size, y - 0.75 * size
        self.line(x, top, x + 0.8 * size, top)
        self.line(middle, top, middle, y)
        self.line(middle - 0.3 * size, y - 0.4 * size, middle, y)
        self.line(middle + 0.3 * size, y - 0.4 * size, middle, y)

    def frame(self, x: float, top: float, cells: list[tuple[float, str]], size: float = 12) -> None:
        """Draw a row of cells 24 points high, each of a width and with a text in its middle."""
        for width, text in cells:
            self.box(x, top, x + width, top + 24)
            self.text(x + (width - len(text) * ADVANCE * size) / 2, top + 16, text, size)
            x += width

    def bitmap(self, x0: float, top: float, x1: float, bottom: float) -> None:
        """Place a white bitmap."""
        matrix = f"{x1 - x0} 0 0 {bottom - top} {x0} {HEIGHT - bottom}"
        self.operators.append(f"q {matrix} cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q")

    def write(
        self,
        path: Path,
        *,
        symbols: str = "AIGDT",
        in_private_area: bool = False,
        size: tuple[float, float] = (WIDTH, HEIGHT),
    ) -> Path:
        """Write the sheet as a PDF, as large as its drawing or smaller."""
        content = "\n".join(["0.5 w", *self.operators]).encode("latin-1")
        pairs = [(code, char) for char, code in self.codes.items()]
        letters = [(ord(char), chr(0xF000 + ord(char))) for char in "abcdefghijklmnopqrstuvwxyz"]
        bodies = (
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size[0]} {size[1]}]/Contents 6 0 R"
            "/Resources<</Font<</F 4 0 R/S 5 0 R>>>>>>".encode(),
            _font("Arial", b"/ToUnicode 7 0 R"),
            _font(symbols, b"/ToUnicode 8 0 R" if in_private_area else b""),
            b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
            _to_unicode(pairs),
            _to_unicode(letters),
        )
        path.write_bytes(document(bodies))
        return path


def _font(name: str, more: bytes) -> bytes:
    widths = b" ".join([b"556"] * 224)
    descriptor = (
        b"<</Type/FontDescriptor/FontName/ABCDEF+%s/Flags 32/Ascent 905/Descent -212/FontBBox[0 -212 1000 905]>>"
    )
    return (
        b"<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+%s/FirstChar 32/LastChar 255/Widths[%s]"
        b"/Encoding/WinAnsiEncoding/FontDescriptor %s%s>>" % (name.encode(), widths, descriptor % name.encode(), more)
    )


def _to_unicode(pairs: list[tuple[int, str]]) -> bytes:
    entries = "\n".join(f"<{code:02X}> <{char.encode('utf-16-be').hex().upper()}>" for code, char in pairs)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "1 begincodespacerange <00> <FF> endcodespacerange\n"
        f"{len(pairs)} beginbfchar\n{entries}\nendbfchar endcmap end end"
    ).encode()
    return b"<</Length %d>>stream\n%s\nendstream" % (len(cmap), cmap)
