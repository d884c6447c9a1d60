"""The built site needs no network: its search, styles and pictures are all in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError

_REMOTE = re.compile(
    r'<(?:script|img|iframe)\b[^>]*\bsrc="https?:[^"]*"|<link\b[^>]*\brel="stylesheet"[^>]*"https?:[^"]*"'
)


def setup(app: Any) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("build-finished", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def check(app: Any, error: Exception | None) -> None:
    """Refuse a site that loads something from elsewhere, or whose search has no index.

    Raises:
        ExtensionError: A page does, or the index is not there.
    """
    if error is not None or app.builder.name != "html":
        return
    site = Path(app.outdir)
    for page in sorted(site.rglob("*.html")):
        if found := _REMOTE.search(page.read_text("utf-8")):
            raise ExtensionError(f"{page.relative_to(site)} needs the network: {found[0]}")
    if not (site / "searchindex.js").is_file():
        raise ExtensionError("the search of the site has no index")
