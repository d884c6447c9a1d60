"""Every storage passes the one suite: a folder, and a real S3 server that checks signatures."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction.storage.base import Storage
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.storage.s3 import S3Storage
from pybase_extraction.testing.storage import StorageConformance
from tests.servers import S3Server


class TestLocalStorage(StorageConformance):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Storage:
        return LocalStorage(tmp_path / "storage")


@pytest.mark.parametrize("checksum", ["sha256", "md5"])
class TestS3Storage(StorageConformance):
    @pytest.fixture
    def storage(self, s3_server: S3Server, checksum: str) -> Storage:
        return S3Storage(
            s3_server.make_bucket(), "some/prefix", endpoint_url=s3_server.endpoint, region="us-east-1",
            access_key=s3_server.ACCESS_KEY, secret_key=s3_server.SECRET_KEY, checksum=checksum,
        )  # fmt: skip
