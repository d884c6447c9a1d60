"""Pictures of the pages of a stored file, drawn in a child process by the plugin of its format.

The drawing libraries are native code and the file is somebody else's: a child that hangs, crashes or takes too much
memory costs one picture.  ``python -m pybase_extraction.integrations.page_pictures FILE FORMAT PAGE WIDTH`` is it.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Final

import anyio

from pybase_extraction.environment import child_environment
from pybase_extraction.errors import (
    CorruptedFileError,
    DeadlineExceededError,
    ExtractionError,
    MissingDependencyError,
    MissingPluginError,
)
from pybase_extraction.pictures.overlay import image_of
from pybase_extraction.raster import Raster
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source

MAX_WIDTH: Final = 3000
"""Pixels across."""
_MAX_PIXELS: Final = 12_000_000
_TIMEOUT_S: Final = 30.0
_MAX_MEMORY: Final = 1 << 30
_TALLEST: Final = 1.5
"""Height of a page for its width, up to which the picture is as wide as asked for; DIN sheets have 1.41."""
_NO_PAGE, _NO_LIBRARY, _NO_PICTURE = 3, 4, 5


async def draw_page(path: Path, page: int, *, width: int, format: str = "pdf") -> bytes:  # noqa: A002 -- the hook's word
    """Draw a page as PNG.

    Args:
        path: The file.
        page: Number of the page, 1-based.
        width: Most pixels across; fewer where the page is high, or where the picture would have more than 12 million.
        format: Format of the file.

    Raises:
        LookupError: The file has no such page, or no plugin draws pages of its format.
        CorruptedFileError: The library cannot draw it.
        DeadlineExceededError: It took longer than 30 seconds.
        MissingPluginError: The drawing library is not installed.
    """
    command = [sys.executable, "-m", __name__, str(path), format, str(page), str(min(width, MAX_WIDTH))]
    try:
        with anyio.fail_after(_TIMEOUT_S):
            done = await anyio.run_process(command, check=False, stderr=subprocess.DEVNULL, env=child_environment())
    except TimeoutError as exc:
        raise DeadlineExceededError(
            f"Drawing page {page} took longer than {_TIMEOUT_S:g} s.", limit=_TIMEOUT_S, unit="s"
        ) from exc
    if done.returncode == _NO_PAGE:
        raise LookupError("The document has no such page.")
    if done.returncode == _NO_PICTURE:
        raise LookupError(f"There are no pictures of pages of the format {format}.")
    if done.returncode == _NO_LIBRARY:
        raise MissingPluginError("Pages cannot be drawn.", remedy="pip install 'pybase-extraction[pdf,pictures]'")
    if done.returncode or not done.stdout:
        raise CorruptedFileError(f"Page {page} cannot be drawn.")
    return done.stdout


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(ValueError, OSError):  # a lower limit is in force already
        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))


def main(arguments: list[str]) -> int:
    """Write a picture to standard output."""
    path, format_, page, width = Path(arguments[0]), arguments[1], int(arguments[2]), int(arguments[3])
    draws = ExtractorRegistry.discover().hook.pybase_extraction_render_page
    # the digest names the file in results, which nobody reads here
    source = Source(path.name, path.stat().st_size, "", None, path)
    _limit_memory()

    def drawn(number: int, pixels: int) -> Raster | None:
        found: Raster | None = draws(source=source, format=format_, page=number, max_pixels=pixels, password=None)
        return found

    try:
        raster = drawn(page, min(_MAX_PIXELS, int(width * width * _TALLEST)))
        if raster is None:
            return _NO_PICTURE
        image = image_of(raster)
    except MissingDependencyError:
        return _NO_LIBRARY
    except (ExtractionError, LookupError, EOFError):
        if page == 1 or drawn(1, 1) is None:
            raise
        return _NO_PAGE  # another page can be drawn
    image.thumbnail((width, image.height))
    image.save(sys.stdout.buffer, "PNG")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
