"""A page for people: upload, follow and read jobs in a browser, over the routes of ``create_router`` alone.

The page is three static files of this package; it loads nothing from elsewhere and its content security policy forbids
scripts and styles that are not its own.  It holds no data: what it shows comes from the routes, for who is signed in.
"""

from __future__ import annotations

import html
from importlib import resources
from string import Template
from typing import Final

from fastapi import APIRouter, HTTPException, Response

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Content security policy of the page (W3C CSP level 3)."""
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_TYPES: Final = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}


def create_ui_router(*, api: str = ".") -> APIRouter:
    """Make the router of the page ``/ui``.

    It asks for no user, because it shows nothing by itself: a browser that is signed in by a cookie is known to the
    routes, and where they answer 401 the page asks for an access token and sends it as ``Authorization: Bearer``.

    Args:
        api: Where ``create_router`` is mounted, as seen from the browser: an address on the same host, or one relative
            to the page; ``"."`` where both have the same prefix.
    """
    folder = resources.files(__package__).joinpath("page")
    page = Template(folder.joinpath("index.html").read_text("utf-8")).substitute(api=html.escape(api))
    files = {name: folder.joinpath(name).read_text("utf-8") for name in _TYPES}
    router = APIRouter(tags=["extraction"], include_in_schema=False)

    @router.get("/ui")
    async def show_page() -> Response:
        return Response(page, media_type="text/html; charset=utf-8", headers=_HEADERS)

    @router.get("/ui/{name}")
    async def show_file(name: str) -> Response:
        if name not in files:
            raise HTTPException(404, "There is no such file.")
        return Response(files[name], media_type=_TYPES[name], headers=_HEADERS)

    return router
