"""Results that several extractors read: the option ``enrich`` of every route that takes options."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from tests.integrations.fastapi.conftest import Api

pytestmark = pytest.mark.anyio


async def test_an_upload_names_who_reads_it_too(api: Api) -> None:
    job_id = await api.completed("mara", options=json.dumps({"pages": 1, "enrich": ["fake-await"]}))
    job = await api.manager.get(UUID(job_id), owner="mara")
    assert (job.options, job.extractor_version) == ({"pages": 1, "enrich": ["fake-await"]}, "1+fake-await-1")


async def test_who_reads_it_too_must_be_known(api: Api) -> None:
    wrong = await api.upload("mara", b"FAKE", "a.fake", options='{"enrich": {"fake-await": {"nonsense": 1}}}')
    shapeless = await api.upload("mara", b"FAKE", "a.fake", options='{"enrich": "fake-await"}')
    assert (wrong.status_code, shapeless.status_code) == (422, 422)
    assert shapeless.json()["detail"][0]["loc"] == ["body", "options", "enrich"]
