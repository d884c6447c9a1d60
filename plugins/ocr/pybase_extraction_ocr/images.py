"""Image files as pages of pixels, opened by pillow: bounded before anything is unpacked."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pybase_extraction.errors import CorruptedFileError, LimitExceededError
from pybase_extraction.raster import Raster, bounded_scale
from pybase_extraction.source import Source

FORMATS = ("PNG", "TIFF", "JPEG", "WEBP", "BMP")
"""What pillow may try: other decoders are never given an untrusted file."""
MAX_PIXELS = 200_000_000
"""Pixels of a page that is unpacked: an A0 sheet at 400 dpi has 250 million, and 600 MB."""
_MAX_FRAMES = 10_000
_ORIENTATION = 0x0112
"""The tag of TIFF 6.0 and Exif by which a picture asks to be shown turned."""


_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""Pillow's ``Transpose`` for each orientation that is not upright."""
_STRIP = 8_000_000
"""Pixels that are changed to three channels at a time: a page of 200 million needs no copy of itself for that."""

# whether pillow takes what is there of a broken picture is a switch of the whole process
_loading = threading.Lock()


@contextmanager
def opened(source: Source) -> Iterator[Pages]:
    """Open an image file.

    Raises:
        CorruptedFileError: It is no image, or damaged beyond reading.
    """
    from PIL import Image, UnidentifiedImageError

    with source.open() as stream:
        try:
            with _quiet():
                image = Image.open(stream, formats=FORMATS)
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
            raise damaged(source.name, exc) from exc
        with image:
            yield Pages(source.name, image)


def damaged(name: str, cause: object, page: int | None = None) -> CorruptedFileError:
    """The error of an image that cannot be read."""
    place = None if page is None else f"page {page}"
    return CorruptedFileError(
        f"{name!r} is damaged{f' on {place}' if place else ''}: {type(cause).__name__}.",
        name=name,
        format="image",
        where=place,
        remedy="Open it in a viewer and save it anew.",
    )


class Pages:
    """The pages of an open image file; all but TIFF have one.

    Attributes:
        cut_off: Numbers of the pages that were unpacked and whose data end early or are damaged; what is missing of
            them is grey or black.
    """

    def __init__(self, name: str, image: Any) -> None:
        self.cut_off: set[int] = set()
        self._name = name
        self._image = image

    def __len__(self) -> int:
        """Number of pages.

        Raises:
            CorruptedFileError: It cannot be told.
        """
        if self._image.format != "TIFF":
            return 1
        try:
            with _quiet():
                return min(int(self._image.n_frames), _MAX_FRAMES)
        except (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError) as exc:
            raise damaged(self._name, exc) from exc

    @property
    def kind(self) -> str:
        """Media type by the content."""
        return f"image/{str(self._image.format).lower()}"

    def size(self, number: int) -> tuple[int, int]:
        """Width and height of a page as it is shown, in pixels."""
        self._seek(number)
        width, height = self._image.size
        return (height, width) if self._turned() in {5, 6, 7, 8} else (width, height)

    def dpi(self, number: int) -> tuple[float, float] | None:
        """Pixels per inch across and down as the file says; None where it does not, or what no scanner gives."""
        self._seek(number)
        found = self._image.info.get("dpi")
        try:
            across, down = (float(value) for value in found or ())
        except (TypeError, ValueError, ZeroDivisionError):
            return None
        if not all(math.isfinite(value) and 10 <= value <= 10_000 for value in (across, down)):
            return None
        return (down, across) if self._turned() in {5, 6, 7, 8} else (across, down)

    def raster(self, number: int, max_pixels: int) -> Raster:
        """A page as pixels, made smaller where it has more than ``max_pixels``.

        Raises:
            CorruptedFileError: It cannot be unpacked.
            LimitExceededError: It has more than 200 million pixels.
        """
        width, height = self.size(number)
        if width * height > MAX_PIXELS:
            raise LimitExceededError(
                f"Page {number} of {self._name!r} has {width} × {height} pixels, more than {MAX_PIXELS:,}.",
                limit=MAX_PIXELS,
                actual=width * height,
                unit="pixels",
                remedy="Save it with fewer pixels.",
            )
        scale = bounded_scale(width, height, 1.0, max_pixels)
        shown = self._unpacked(number, (max(1, int(width * scale)), max(1, int(height * scale))))
        box = (0.0, 0.0, float(width), float(height))
        return Raster(shown.width, shown.height, shown.tobytes(), box, number)

    def _unpacked(self, number: int, size: tuple[int, int]) -> Any:
        """A page as it is shown, in three channels and the given size."""
        from PIL import Image

        turn = _TURNS.get(self._turned())
        stored = size[::-1] if self._turned() in {5, 6, 7, 8} else size
        try:
            with _quiet():
                self._load(number)
                page = _in_strips(self._image, stored)
                return page if turn is None else page.transpose(Image.Transpose(turn))
        except (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, Image.DecompressionBombError) as exc:
            raise damaged(self._name, exc, number) from exc

    def _load(self, number: int) -> None:
        """Unpack a page; of one whose data end early what is there.

        Raises:
            OSError: Nothing of it can be unpacked.
        """
        from PIL import ImageFile

        with _loading:
            try:
                self._image.load()
            except OSError:
                ImageFile.LOAD_TRUNCATED_IMAGES = True
                try:
                    self._image.load()
                finally:
                    ImageFile.LOAD_TRUNCATED_IMAGES = False
                self.cut_off.add(number)

    def _seek(self, number: int) -> None:
        try:
            with _quiet():
                self._image.seek(number - 1)
        except (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError) as exc:
            raise damaged(self._name, exc, number) from exc

    def _turned(self) -> int:
        try:
            with _quiet():
                return int(self._image.getexif().get(_ORIENTATION, 1))
        except (OSError, ValueError, SyntaxError, TypeError, KeyError):
            return 1


@contextmanager
def _quiet() -> Iterator[None]:
    """Without pillow's warnings: sizes are checked here, and odd tags of a picture that can be read harm nobody."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _in_strips(image: Any, size: tuple[int, int]) -> Any:
    """A picture in three channels and another size, on white paper."""
    from PIL import Image

    width, height = size
    page = Image.new("RGB", size, "white")
    rows = max(1, min(height, int(_STRIP * height / (image.width * image.height))))
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        upper, lower = (round(row * image.height / height) for row in (top, bottom))
        strip = _on_white(image.crop((0, upper, image.width, max(lower, upper + 1))))
        fitting = strip.size == (width, bottom - top)
        page.paste(strip if fitting else strip.resize((width, bottom - top), Image.Resampling.LANCZOS), (0, top))
    return page


def _on_white(image: Any) -> Any:
    """Three channels; what is transparent shows white paper."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):  # 16 bits of grey: pillow would cut them off instead of scaling them
        image = (
            image.point(lambda level: level / 256).convert("L") if image.mode.startswith("I;16") else image.convert("L")
        )
    if "A" in image.getbands() or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    return image.convert("RGB")
