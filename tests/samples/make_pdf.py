"""Write the sample drawing: an A3 sheet with views, dimensions, a parts list and a title block.

The PDF is written by hand, object by object, so that the sample depends on no library and stays the same byte for byte.
"""

from __future__ import annotations

from pathlib import Path

MM = 72 / 25.4
WIDTH, HEIGHT = 420, 297

TITLE_BLOCK = {
    "Legal owner": "Example Works Ltd",
    "Title": "Bearing bracket",
    "Drawing no.": "PB-1042-A",
    "Rev.": "C",
    "Scale": "1:2",
    "Sheet": "1 / 1",
    "Drawn": "M. Keller",
    "Date": "2026-03-14",
    "Checked": "A. Rossi",
    "Approved": "",
    "Material": "EN AW-6082 T6",
    "Mass": "0.84 kg",
    "General tolerances": "ISO 2768-mK",
    "Finish": "Ra 3.2",
}
PARTS = [
    ("Pos.", "Qty", "Part number", "Description", "Material"),
    ("1", "1", "PB-1042-01", "Bracket", "EN AW-6082 T6"),
    ("2", "2", "ISO 4762 M8×25", "Hexagon socket screw", "8.8"),
    ("3", "2", "ISO 7089-8", "Washer", "St"),
    ("4", "1", "DIN 625-6204", "Deep groove ball bearing", "100Cr6"),
]
NOTES = [
    "NOTES:",
    "1. Break sharp edges 0.2 - 0.5.",
    "2. Dimensions in millimetres.",
    "3. Anodise natural, 15 µm.",
]


class Sheet:
    """A content stream with millimetres from the bottom left corner."""

    def __init__(self) -> None:
        self.operators: list[str] = []

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.25) -> None:
        self.operators.append(f"{width * MM:.2f} w {x0 * MM:.2f} {y0 * MM:.2f} m {x1 * MM:.2f} {y1 * MM:.2f} l S")

    def box(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.5) -> None:
        for ends in ((x0, y0, x1, y0), (x1, y0, x1, y1), (x1, y1, x0, y1), (x0, y1, x0, y0)):
            self.line(*ends, width)

    def circle(self, x: float, y: float, radius: float) -> None:
        k, r, cx, cy = 0.5523 * radius * MM, radius * MM, x * MM, y * MM
        self.operators.append(
            f"{0.5 * MM:.2f} w {cx + r:.2f} {cy:.2f} m "
            f"{cx + r:.2f} {cy + k:.2f} {cx + k:.2f} {cy + r:.2f} {cx:.2f} {cy + r:.2f} c "
            f"{cx - k:.2f} {cy + r:.2f} {cx - r:.2f} {cy + k:.2f} {cx - r:.2f} {cy:.2f} c "
            f"{cx - r:.2f} {cy - k:.2f} {cx - k:.2f} {cy - r:.2f} {cx:.2f} {cy - r:.2f} c "
            f"{cx + k:.2f} {cy - r:.2f} {cx + r:.2f} {cy - k:.2f} {cx + r:.2f} {cy:.2f} c S"
        )

    def text(self, x: float, y: float, text: str, height: float = 3.5, *, upright: bool = True) -> None:
        matrix = "1 0 0 1" if upright else "0 1 -1 0"
        # cap height of Helvetica is 0.718 of the font size
        size = height * MM / 0.718
        shown = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        self.operators.append(f"BT /F1 {size:.2f} Tf {matrix} {x * MM:.2f} {y * MM:.2f} Tm ({shown}) Tj ET")


def draw_views(sheet: Sheet) -> None:
    sheet.box(60, 150, 180, 230)
    for x in (78, 162):
        sheet.circle(x, 170, 4.5)
    sheet.circle(120, 200, 13)
    sheet.box(230, 150, 270, 230)
    sheet.line(60, 138, 180, 138)
    sheet.line(60, 148, 60, 136)
    sheet.line(180, 148, 180, 136)
    sheet.text(115, 139, "120 ±0.1")
    sheet.line(48, 150, 48, 230)
    sheet.line(58, 150, 46, 150)
    sheet.line(58, 230, 46, 230)
    sheet.text(47, 185, "80", upright=False)
    sheet.text(128, 240, "Ø26 H7")
    sheet.line(124, 212, 134, 239)
    sheet.text(66, 157, "2× Ø9 THRU")
    sheet.text(236, 238, "40 +0.2/-0.1")
    sheet.text(276, 200, "R5")
    sheet.text(276, 170, "M8×1.25-6H")
    sheet.text(236, 140, "2×45°")


def draw_parts_list(sheet: Sheet, right: float, bottom: float) -> None:
    widths = (12, 12, 45, 60, 35)
    left = right - sum(widths)
    top = bottom + 8 * len(PARTS)
    for row in range(len(PARTS) + 1):
        sheet.line(left, top - 8 * row, right, top - 8 * row)
    edge = left
    for column in range(len(widths) + 1):
        sheet.line(edge, bottom, edge, top)
        for row, cells in enumerate(PARTS):
            if column < len(widths) and cells[column]:
                sheet.text(edge + 1.5, top - 8 * row - 5.5, cells[column], 2.5)
        edge += widths[column] if column < len(widths) else 0


def draw_title_block(sheet: Sheet, right: float, bottom: float) -> None:
    labels = list(TITLE_BLOCK.items())
    columns, width, height = 4, 45, 12
    left = right - columns * width
    rows = -(-len(labels) // columns)
    sheet.box(left, bottom, right, bottom + rows * height)
    for row in range(1, rows):
        sheet.line(left, bottom + row * height, right, bottom + row * height)
    for column in range(1, columns):
        sheet.line(left + column * width, bottom, left + column * width, bottom + rows * height)
    for index, (label, value) in enumerate(labels):
        row, column = divmod(index, columns)
        x, y = left + column * width + 1.5, bottom + (rows - row) * height
        sheet.text(x, y - 3.5, label, 1.8)
        if value:
            sheet.text(x, y - 9.5, value, 3.0)


def content() -> bytes:
    sheet = Sheet()
    sheet.box(20, 10, WIDTH - 10, HEIGHT - 10, 0.7)
    draw_views(sheet)
    for number, note in enumerate(NOTES):
        sheet.text(28, 90 - 6 * number, note, 2.5)
    draw_title_block(sheet, WIDTH - 10, 10)
    draw_parts_list(sheet, WIDTH - 10, 62)
    return "\n".join(sheet.operators).encode("cp1252")


def write_sample(path: Path) -> Path:
    """Write the drawing and give its path back."""
    stream = content()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH * MM:.2f} {HEIGHT * MM:.2f}] "
        "/Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        (
            b"<< /Title (Bearing bracket) /Author (M. Keller) /Creator (pybase_extraction sample) "
            b"/CreationDate (D:20260314090000Z) >>"
        ),
    ]
    data, offsets = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    path.write_bytes(bytes(data))
    return path
