"""Pictures of the pages of a stored PDF, drawn in a child process.

The drawing library is native code and the file is somebody else's: a child that hangs, crashes or takes too much memory
costs one picture.  ``python -m pybase_extraction.integrations.page_pictures FILE PAGE WIDTH`` is that child.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Final

import anyio

from pybase_extraction.errors import CorruptedFileError, DeadlineExceededError, MissingPluginError

MAX_WIDTH: Final = 3000
"""Pixels across."""
_MAX_PIXELS: Final = 12_000_000
_TIMEOUT_S: Final = 20.0
_MAX_MEMORY: Final = 1 << 30
_NO_PAGE, _NO_LIBRARY = 3, 4


async def draw_page(path: Path, page: int, *, width: int) -> bytes:
    """Draw a page as PNG.

    Args:
        path: A PDF.
        page: Number of the page, 1-based.
        width: Pixels across; fewer where the page is so high that the picture would have more than 12 million.

    Raises:
        LookupError: The document has no such page.
        CorruptedFileError: The library cannot draw it.
        DeadlineExceededError: It took longer than 20 seconds.
        MissingPluginError: The drawing library is not installed.
    """
    command = [sys.executable, "-m", __name__, str(path), str(page), str(min(width, MAX_WIDTH))]
    try:
        with anyio.fail_after(_TIMEOUT_S):
            done = await anyio.run_process(command, check=False, stderr=subprocess.DEVNULL)
    except TimeoutError as exc:
        raise DeadlineExceededError(
            f"Drawing page {page} took longer than {_TIMEOUT_S:g} s.", limit=_TIMEOUT_S, unit="s"
        ) from exc
    if done.returncode == _NO_PAGE:
        raise LookupError(page)
    if done.returncode == _NO_LIBRARY:
        raise MissingPluginError("Pages cannot be drawn.", remedy="pip install 'pybase-extraction[pdf]'")
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
    path, page, width = arguments[0], int(arguments[1]), int(arguments[2])
    try:
        import pypdfium2
    except ImportError:
        return _NO_LIBRARY
    _limit_memory()
    document = pypdfium2.PdfDocument(path)
    if not 1 <= page <= len(document):
        return _NO_PAGE
    drawn = document[page - 1]
    across, down = drawn.get_size()
    scale = min(width / across, (_MAX_PIXELS / (across * down)) ** 0.5)
    drawn.render(scale=scale).to_pil().save(sys.stdout.buffer, "PNG")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
