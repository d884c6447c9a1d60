"""The library's errors as HTTP answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from pybase_extraction import errors
from pybase_extraction.integrations.fastapi.schemas import ErrorResponse, InvalidResponse

logger = logging.getLogger(__name__)

_LATER: Final = 503
_STATUSES: Final[tuple[tuple[type[errors.ExtractionError], int], ...]] = (
    (errors.OptionsError, 422),
    (errors.FileTooLargeError, 413),
    (errors.UnsupportedFormatError, 415),
    (errors.FormatMismatchError, 415),
    (errors.SourceError, 400),
    (errors.LimitExceededError, 400),
    (errors.WorkerCrashedError, 400),
    (errors.PluginError, 501),
    (errors.TransientError, 503),
    (errors.ServiceError, 503),
    (errors.JobNotFoundError, 404),
    (errors.JobError, 409),
    (errors.ObjectNotFoundError, 400),
    (errors.ForbiddenAddressError, 400),
    (errors.StorageError, 503),
    (errors.RepositoryError, 503),
)
"""The first class that fits decides, so subclasses stand before their base."""


def status_of(error: errors.ExtractionError) -> int:
    """Give the HTTP status for an error."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 400)


def answer(error: errors.ExtractionError) -> JSONResponse:
    """Make the answer for an error; wrong options look as FastAPI's own refusals do."""
    if isinstance(error, errors.OptionsError):
        problems = error.errors or (("", str(error)),)
        detail = [{"loc": ["body", "options", name], "msg": reason, "type": error.code} for name, reason in problems]
        return JSONResponse({"detail": detail}, 422)
    headers = {"Retry-After": "30"} if status_of(error) == _LATER else None
    return JSONResponse({"detail": str(error), "code": error.code}, status_of(error), headers)


def sayable(error: RequestValidationError) -> RequestValidationError:
    """Give a refusal that any handler can write as JSON.

    FastAPI's own quotes what was sent, and fails where that is half a surrogate pair, no number, or nested too deeply.
    """
    return RequestValidationError(
        [
            {
                "type": item["type"],
                "loc": tuple(_sayable(part) for part in item["loc"]),
                "msg": _sayable(item["msg"]),
                "input": _sayable(item.get("input")),
            }
            for item in error.errors()
        ]
    )


def _sayable(value: Any) -> str | int | None:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value if isinstance(value, int) else None


def _reason(cause: BaseException | None) -> str:
    """The first line of what a driver says: the others quote statements with what users sent."""
    return str(getattr(cause, "orig", cause) or "").strip().partition("\n")[0]


class Route(APIRoute):
    """A route whose library errors become answers without any handler on the host's application."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except errors.ExtractionError as exc:
                if status_of(exc) == _LATER:
                    logger.warning("answered %d: %s %s", _LATER, exc.message, _reason(exc.__cause__))
                return answer(exc)
            except RequestValidationError as exc:
                raise sayable(exc) from exc

        return guarded


_REASONS: Final = {
    400: "The file or the request cannot be used.",
    403: "Only superusers may do this.",
    404: "There is none, or it belongs to somebody else.",
    408: "The upload comes too slowly.",
    409: "The job's status does not allow this.",
    413: "The file is too large.",
    415: "No extractor reads this content.",
    422: "A field or an option is missing or wrong.",
    429: "The caller has too many event streams open.",
    501: "The plugin for the format is not installed.",
    503: "A service, the storage or the database cannot be used now.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the refusals of a route."""
    models = {422: InvalidResponse}
    return {
        status: {"model": models.get(status, ErrorResponse), "description": _REASONS[status]} for status in statuses
    }
