"""A process that reads files of strangers does not know how the database, the storage and services are entered."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction import ExtractorRegistry, Limits, Source, extract
from pybase_extraction.attempt import AttemptRequest
from pybase_extraction.runners.process import ProcessPoolRunner

PLUGIN = """
import os
from pybase_extraction import ExtractionResult, ExtractorInfo, FormatInfo, hookimpl
from pybase_extraction.results import ExtractorRecord, SourceInfo

@hookimpl
def pybase_extraction_register(registry):
    registry.add(ExtractorInfo("acme.spy", "Spy", "1", (FormatInfo("spy", "Spy", (".spy",)),)), "spy_plugin:Spy")

class Spy:
    def extract(self, source, options, context):
        return ExtractionResult(
            format="spy",
            source=SourceInfo(filename=source.name, size=source.size, sha256=source.sha256),
            extractor=ExtractorRecord(name="acme.spy", version="1"),
            metadata=dict(os.environ),
        )
"""
SECRETS = {
    "PYBASE_EXTRACTION_DB": "postgresql://mara:secret-1@host/db",
    "PYBASE_EXTRACTION_STORAGE": "s3://bucket?endpoint=https://secret-2",
    "PYBASE_EXTRACTION_CREDENTIAL_WERK24": "secret-3",
    "AWS_ACCESS_KEY_ID": "secret-4",
    "AWS_SECRET_ACCESS_KEY": "secret-5",
    "AWS_SESSION_TOKEN": "secret-6",
    "PGPASSWORD": "secret-7",
}


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExtractorRegistry:
    (tmp_path / "spy_plugin.py").write_text(PLUGIN, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return ExtractorRegistry.discover(allow=[], plugins=["spy_plugin"])


def test_secrets_of_the_host_are_not_in_the_environment_of_children(
    registry: ExtractorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**SECRETS, "COMPANY_SETTING": "kept"}.items():
        monkeypatch.setenv(name, value)
    found = extract(Source.from_bytes(b"x", name="a.spy"), registry=registry).metadata
    assert not [value for value in found.values() if "secret-" in value]
    assert found["COMPANY_SETTING"] == "kept"


@pytest.mark.anyio
async def test_native_libraries_are_told_how_many_threads_an_attempt_may_start(
    registry: ExtractorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that was started for other attempts is not used: libraries read the variables once."""
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    async with ProcessPoolRunner(1) as runner:
        runner.bind(registry)
        found = []
        for processors in (None, 1, 1, 2):
            request = AttemptRequest(Source.from_bytes(b"x", name="a.spy"), limits=Limits(processors=processors))
            metadata = (await runner.run(request)).result().metadata
            found.append([metadata["OMP_NUM_THREADS"], metadata.get("OPENCV_FOR_THREADS_NUM")])
    assert found == [["7", None], ["1", "1"], ["1", "1"], ["2", "2"]]
