"""Routes that extract a file within the request, and what formats there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio.to_thread
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from pybase_extraction.errors import FormatMismatchError, MissingPluginError
from pybase_extraction.extractor import ExtractorInfo
from pybase_extraction.integrations.fastapi.context import Here, User
from pybase_extraction.integrations.fastapi.failures import Route, refusals
from pybase_extraction.integrations.fastapi.jobs import known_format
from pybase_extraction.integrations.fastapi.schemas import FormatResponse
from pybase_extraction.integrations.fastapi.shapes import BomShape, CadResult, PdfResult, Werk24Result
from pybase_extraction.integrations.fastapi.uploads import Upload, form, receive
from pybase_extraction.integrations.pybase import Shape, bom_shape, to_pybase
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source

router = APIRouter(route_class=Route)
PYBASE_FORMATS: Final = ("pdf", "dxf", "ifc", "step", "werk24")
"""Formats that have a route of their own in PyBase; all others are read through ``/upload`` and ``/jobs``."""


def _route(name: str) -> Callable[[Request, Here], Awaitable[Shape]]:
    async def extract(request: Request, here: User) -> Shape:
        async with receive(request, here) as received:
            result = await _extract(here, received, name)
        return await anyio.to_thread.run_sync(to_pybase, result)

    extract.__doc__ = f"Extract a file as {name} and answer with the result in PyBase's form."
    return extract


_SHAPES: Final[dict[str, type[BaseModel]]] = {"pdf": PdfResult, "werk24": Werk24Result}
for _name in PYBASE_FORMATS:
    # declared, not checked: results are large, and what makes them is tested against the declaration
    _ok: dict[int | str, dict[str, Any]] = {200: {"model": _SHAPES.get(_name, CadResult)}}
    router.add_api_route(
        f"/{_name}", _route(_name), methods=["POST"], response_model=None, response_class=JSONResponse,
        name=f"extract_{_name}", openapi_extra=form("options"),
        responses=_ok | refusals(400, 408, 413, 415, 422, 501),
    )  # fmt: skip


async def _extract(here: Here, received: Upload, name: str | None) -> ExtractionResult:
    source = received.file
    format_ = name or (await anyio.to_thread.run_sync(here.manager.registry.detect, source)).format
    info = here.manager.registry.choose(format_)
    if info.network_service is not None:
        _check_service(here, info.network_service)
    elif name is not None:
        await anyio.to_thread.run_sync(_check_content, here, source, name)
    return await here.manager.extract(source, format=format_, options=received.options(), owner=here.caller.id)


def _check_service(here: Here, service: str) -> None:
    work = here.manager.work
    if service not in work.services or not work.credentials.get(service):
        raise HTTPException(503, f"The service {service!r} is not set up on this server.")


def _check_content(here: Here, source: Source, name: str) -> None:
    if (found := here.manager.registry.detect(source).format) != name:
        raise FormatMismatchError(f"{source.name!r} is {found}, not {name}.", name=source.name, format=found)


@router.post(
    "/bom/extract",
    status_code=201,
    response_model=None,
    responses={201: {"model": BomShape}, **refusals(400, 408, 413, 415, 422, 501)},
    openapi_extra=form("format", "options"),
)
async def extract_bom(request: Request, here: User) -> Shape:
    """Extract the bill of materials of a file; 400 when it has none."""
    async with receive(request, here) as received:
        result = await _extract(here, received, known_format(here, received.text("format")))
    if result.bom is None:
        raise HTTPException(400, f"{result.source.filename!r} holds no bill of materials that was found.")
    return bom_shape(result.bom)


@router.get("/formats")
async def list_formats(here: User) -> list[FormatResponse]:
    """List what can be read, with the options of each format, and what could be installed."""
    registry = here.manager.registry
    installed = {name: _format(here, name, infos[0]) for name, infos in registry.formats().items()}
    missing = {name: found for name in PYBASE_FORMATS if name not in installed and (found := _missing(here, name))}
    return [found for _, found in sorted((installed | missing).items())]


def _format(here: Here, name: str, info: ExtractorInfo) -> FormatResponse:
    described = next(item for item in info.formats if item.name == name)
    work, service = here.manager.work, info.network_service
    is_ready = service is None or (service in work.services and bool(work.credentials.get(service)))
    return FormatResponse(
        name=name,
        title=described.title,
        extensions=list(described.extensions),
        media_types=list(described.media_types),
        options=info.options.model_json_schema(),
        available=is_ready,
        install=None if is_ready else f"Turn the service {service!r} on, and give it a key.",
    )


def _missing(here: Here, name: str) -> FormatResponse | None:
    try:
        here.manager.registry.format_info(name)
    except MissingPluginError as exc:
        return FormatResponse(
            name=name,
            title=name.upper(),
            extensions=[],
            media_types=[],
            options={},
            available=False,
            install=exc.remedy,
        )
    return None
