"""Where the commands write to, and how they show an error."""

from __future__ import annotations

import logging
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


class _Sentence(logging.Formatter):
    """The message of a record, with the first line of the error in place of its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        reason = f": {str(error).partition(chr(10))[0]}" if error is not None else ""
        return record.getMessage() + reason


def write_log(*, verbose: bool) -> None:
    """Write warnings of the log to standard error; everything, with tracebacks, when ``verbose``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s") if verbose else _Sentence())
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler])
