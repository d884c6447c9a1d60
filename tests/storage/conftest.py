"""A real S3 server for the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import S3Server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    try:
        server.start()
        yield server
    finally:
        server.close()
