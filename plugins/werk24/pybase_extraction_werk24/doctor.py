"""Whether the service answers and accepts the token, found out with a handshake that costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import anyio

from pybase_extraction.errors import ExtractionError
from pybase_extraction.extractor import Diagnosis
from pybase_extraction_werk24.client import Endpoint, load_client, make_client, opened, translated

WAIT_S = 2.8
"""Seconds until the answer is given, whatever hangs: the user is promised three.  A handshake is two round trips."""
_READY = Diagnosis("werk24", is_ready=True, message="a token is set, and the service accepts it")
_SILENT = Diagnosis("werk24", is_ready=False, message="a token is set, but the service did not answer within 3 s")


def diagnose(credentials: Mapping[str, str]) -> Diagnosis:
    """Open the connection that a reading would open, and close it; no request is initialized.

    Works beside a running event loop.  What has not answered after ``WAIT_S`` is left behind: looking a name up and
    closing a connection cannot be stopped from outside.  Importing the client does not count.
    """
    answers: list[Diagnosis] = []
    endpoint = Endpoint.from_credentials(credentials)
    try:
        load_client()
    except ExtractionError as exc:
        return _unready(exc)
    thread = threading.Thread(target=_ask, args=(endpoint, answers), name="werk24-doctor", daemon=True)
    thread.start()
    thread.join(WAIT_S)
    return answers[0] if answers else _SILENT


def _ask(endpoint: Endpoint, answers: list[Diagnosis]) -> None:
    try:
        anyio.run(_shake, endpoint, answers)
    except ExtractionError as exc:
        answers.append(_unready(exc))


def _unready(exc: ExtractionError) -> Diagnosis:
    return Diagnosis("werk24", is_ready=False, message=f"a token is set, but: {exc}")


async def _shake(endpoint: Endpoint, answers: list[Diagnosis]) -> None:
    with anyio.move_on_after(WAIT_S), translated("nothing"):
        async with opened(make_client(endpoint)):
            answers.append(_READY)  # before the closing, which may take its time
