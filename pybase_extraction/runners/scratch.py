"""The temporary folder of a child process, which outlives neither it nor, for long, a machine that lost its power."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
import time
from pathlib import Path

_PREFIX = "pybase-extraction-"
_STALE_S = 24 * 3600.0
"""Seconds after which a folder that nobody touched is nobody's: its process was killed together with its parent."""


def make_scratch() -> Path:
    """Make a folder for one child process; the first call of a process removes those that were left behind."""
    _sweep_once()
    return Path(tempfile.mkdtemp(prefix=_PREFIX))


def remove_scratch(folder: Path) -> None:
    """Remove a folder with everything that a killed process left in it."""
    shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _sweep_once() -> None:
    sweep(Path(tempfile.gettempdir()))


def sweep(folder: Path, stale_s: float = _STALE_S) -> None:
    """Remove what killed processes of this user left in a folder of temporary files.

    Args:
        folder: Where the folders of children are.
        stale_s: Seconds since the last change above which one is taken for left behind.
    """
    oldest = time.time() - stale_s
    for path in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            found = path.lstat()
            is_ours = os.name == "nt" or found.st_uid == os.getuid()
            if is_ours and found.st_mtime < oldest and path.is_dir() and not path.is_symlink():
                remove_scratch(path)
