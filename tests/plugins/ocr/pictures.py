"""Small pictures of drawings, made with a font that pillow brings."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = (900, 620)
FIELDS = (
    (488, 448, "TITLE", "Bracket"),
    (688, 448, "SCALE", "1:2"),
    (488, 528, "DWG NO", "4711-B"),
    (688, 528, "SHEET", "1 OF 2"),
)
"""Left, top, label and value of the cells of the title block."""


def letter(draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str, size: int) -> None:
    """Write a line; the font has neither the diameter sign nor the degree sign, so they are drawn."""
    font = ImageFont.load_default(size=size)
    x, y = place
    top, high = y + 0.27 * size, 0.72 * size  # of the capitals of this font
    for char in text:
        if char == "⌀":
            draw.ellipse((x, top + 0.1 * high, x + 0.8 * high, top + 0.9 * high), outline=0, width=max(2, size // 14))
            draw.line((x + 0.1 * high, top + high, x + 0.7 * high, top), fill=0, width=max(2, size // 14))
            x += 0.95 * high
        elif char == "°":
            draw.ellipse((x, top, x + 0.4 * high, top + 0.4 * high), outline=0, width=max(2, size // 14))
            x += 0.5 * high
        else:
            draw.text((x, y), char, font=font, fill=0)
            x += font.getlength(char)


def sheet(turned: int = 0) -> Image.Image:
    """A sheet with three dimensions, one of them upright, and a ruled title block."""
    image = Image.new("L", SIZE, 255)
    draw = ImageDraw.Draw(image)
    font, small = ImageFont.load_default(size=34), ImageFont.load_default(size=24)
    draw.rectangle((10, 10, SIZE[0] - 10, SIZE[1] - 10), outline=0, width=3)
    letter(draw, (150, 60), "120.5", 34)
    draw.line((80, 105, 330, 105), fill=0, width=2)
    letter(draw, (420, 60), "⌀8.4 H7", 34)
    letter(draw, (700, 60), "45°", 34)
    upright = Image.new("L", (120, 44), 255)
    ImageDraw.Draw(upright).text((4, 2), "45.25", font=font, fill=0)
    image.paste(upright.rotate(90, expand=True), (60, 160))
    for left, top, label, value in FIELDS:
        draw.rectangle((left, top, left + 200, top + 80), outline=0, width=3)
        draw.text((left + 10, top + 6), label, font=small, fill=0)
        draw.text((left + 40, top + 34), value, font=font, fill=0)
    return image.rotate(turned, expand=True) if turned else image


def write_note(path: Path) -> Path:
    """One dimension, as small as it can be."""
    image = Image.new("L", (260, 70), 255)
    ImageDraw.Draw(image).text((40, 14), "120.5", font=ImageFont.load_default(size=34), fill=0)
    image.save(path, dpi=(150, 150))
    return path


def write_sheet(path: Path) -> Path:
    """The sheet as a file of the kind that the extension says, with 150 dpi."""
    sheet().save(path, dpi=(150, 150))
    return path
