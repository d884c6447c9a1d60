"""Small pictures of drawings, made with a font that pillow brings."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = (900, 620)


def sheet(turned: int = 0) -> Image.Image:
    """A sheet with three dimensions, one of them upright, and a ruled title block."""
    image = Image.new("L", SIZE, 255)
    draw = ImageDraw.Draw(image)
    font, small = ImageFont.load_default(size=34), ImageFont.load_default(size=24)
    draw.rectangle((10, 10, SIZE[0] - 10, SIZE[1] - 10), outline=0, width=3)
    draw.text((150, 60), "120.5", font=font, fill=0)
    draw.line((80, 105, 330, 105), fill=0, width=2)
    draw.text((420, 60), "2xØ8.4 H7", font=font, fill=0)
    upright = Image.new("L", (120, 44), 255)
    ImageDraw.Draw(upright).text((4, 2), "45.25", font=font, fill=0)
    image.paste(upright.rotate(90, expand=True), (60, 160))
    for top, label, value in ((420, "TITLE", "Bracket"), (500, "DWG NO", "4711-B")):
        draw.rectangle((480, top, 888, top + 80), outline=0, width=3)
        draw.text((490, top + 6), label, font=small, fill=0)
        draw.text((600, top + 34), value, font=font, fill=0)
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
