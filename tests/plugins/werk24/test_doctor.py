"""``pybase-extract doctor`` and the service, without a drawing."""

from __future__ import annotations

import time

from pybase_extraction.extractor import Diagnosis
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction_werk24.testing import FakeWerk24, Scenario
from tests.plugins.werk24.test_reading import running, service

__all__ = ["running", "service"]


def diagnose(credentials: dict[str, str]) -> Diagnosis:
    (found,) = ExtractorRegistry.discover(allow=["werk24"]).diagnose(credentials)
    return found


def test_a_service_that_accepts_the_token_is_ready_and_gets_no_drawing(service: FakeWerk24) -> None:
    assert diagnose(service.credentials) == Diagnosis(
        "werk24", is_ready=True, message="a token is set, and the service accepts it"
    )
    assert (service.readings, service.uploads) == ([], [])


def test_no_token_says_where_to_set_it() -> None:
    assert "PYBASE_EXTRACTION_CREDENTIAL_WERK24" in diagnose({}).message


def test_a_wrong_token_is_said_without_showing_it(service: FakeWerk24) -> None:
    found = diagnose({**service.credentials, "werk24": "wrong-token-0123456789"})
    assert not found.is_ready
    assert "does not accept the key" in found.message
    assert "wrong-token" not in found.message


def test_a_silent_service_is_told_long_before_it_would_speak_and_stops_at_once() -> None:
    with FakeWerk24() as service:
        diagnose(service.credentials)  # imports the client
        service.scenario = Scenario(silent_s=60)
        started = time.monotonic()
        found = diagnose(service.credentials)
        told = time.monotonic()
    assert not found.is_ready
    assert "3 s" in found.message
    assert told - started < 30
    assert time.monotonic() - told < 20, "the connection that is still being opened must not hold the service up"
