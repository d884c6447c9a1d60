"""A page to upload files, watch jobs and look at results; plain files, no build step."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, RedirectResponse

router = APIRouter(include_in_schema=False)
_FOLDER: Final = Path(__file__).parent / "static"
_FILES: Final = {"": "page.html", "page.css": "page.css", "page.js": "page.js"}
_HEADERS: Final = {
    # what a drawing says is shown as text only; nothing from elsewhere is loaded
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


@router.get("/ui")
async def redirect() -> RedirectResponse:
    """Send to the page itself, so that its relative addresses are right."""
    return RedirectResponse("ui/")


@router.get("/ui/{name:path}")
async def get_file(name: str) -> FileResponse:
    """Give one of the page's files."""
    if name not in _FILES:
        raise HTTPException(404, "There is no such file.")
    return FileResponse(_FOLDER / _FILES[name], headers=_HEADERS)
