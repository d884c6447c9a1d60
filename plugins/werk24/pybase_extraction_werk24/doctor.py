"""Whether the service answers and accepts the token, found out with a handshake that costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import anyio

from pybase_extraction.errors import ExtractionError
from pybase_extraction.extractor import Diagnosis
from pybase_extraction_werk24.client import Endpoint, load_client, make_client, opened, translated

WAIT_S = 3.0
"""Seconds that a healthy service needs far less than (a handshake is two round trips)."""


def diagnose(credentials: Mapping[str, str]) -> Diagnosis:
    """Open the connection that a reading would open, and close it; no request is initialized.

    Works beside a running event loop.
    """
    load_client()  # the import takes a second or two, which is not the service's
    answers: list[Diagnosis] = []
    thread = threading.Thread(target=lambda: answers.append(anyio.run(_shake, Endpoint.from_credentials(credentials))))
    thread.start()
    thread.join()
    return answers[0]


async def _shake(endpoint: Endpoint) -> Diagnosis:
    with anyio.move_on_after(WAIT_S):
        try:
            with translated("nothing"):
                async with opened(make_client(endpoint)):
                    return Diagnosis("werk24", is_ready=True, message="a token is set, and the service accepts it")
        except ExtractionError as exc:
            return Diagnosis("werk24", is_ready=False, message=f"a token is set, but: {exc}")
    message = f"a token is set, but the service did not answer within {WAIT_S:g} s"
    return Diagnosis("werk24", is_ready=False, message=message)
