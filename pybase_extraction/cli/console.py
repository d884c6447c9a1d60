"""Where the commands write to, and how they show an error."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.markup import escape

from pybase_extraction.errors import ExtractionError

_PIPE_WIDTH = 160
"""Columns for tables that no terminal shows: a pipe or a log has no width of its own."""

stdout = Console(highlight=False, width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPE_WIDTH)
stderr = Console(stderr=True, highlight=False)


def fail(error: ExtractionError) -> None:
    """Show an error of the library on standard error."""
    stderr.print(f"[red]{escape(error.message)}[/]", soft_wrap=True)
    if error.remedy:
        stderr.print(escape(error.remedy), soft_wrap=True)
