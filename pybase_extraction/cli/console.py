"""Where the commands write to, and how they show an error."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from pybase_extraction.errors import ExtractionError

stdout = Console(highlight=False, soft_wrap=False)
stderr = Console(stderr=True, highlight=False)


def fail(error: ExtractionError) -> None:
    """Show an error of the library on standard error."""
    stderr.print(f"[red]{escape(error.message)}[/]", soft_wrap=True)
    if error.remedy:
        stderr.print(escape(error.remedy), soft_wrap=True)
