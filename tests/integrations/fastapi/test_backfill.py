"""``POST /backfill``: superusers register jobs for files that were there before."""

from __future__ import annotations

import pytest

from pybase_extraction.jobs import ALL_OWNERS, JobStatus
from tests.integrations.fastapi.conftest import Api

pytestmark = pytest.mark.anyio


async def test_what_lies_below_a_prefix_is_registered_once_and_extracted(api: Api) -> None:
    for number in range(3):
        await api.manager.storage.put(f"old/{number}.fake", b"FAKE")
    await api.manager.storage.put("old/readme.txt", b"text")
    async with api.client("root") as root:
        body = {"prefix": "old/", "owner_id": "mara"}
        tried = await root.post("/backfill", json={**body, "dry_run": True})
        first = await root.post("/backfill", json=body)
        second = await root.post("/backfill", json=body)
    expected = {"seen": 4, "registered": 3, "existing": 0, "unreadable": {".txt": 1}, "unusable": 0, "dry_run": False}
    assert tried.json() == {**expected, "dry_run": True}
    assert (first.status_code, first.json()) == (202, expected)
    assert (second.json()["registered"], second.json()["existing"]) == (0, 3)
    page = await api.manager.find(owner="mara")
    ended = [await api.manager.wait(job.id, owner=ALL_OWNERS) for job in page.jobs]
    assert [job.status for job in ended] == [JobStatus.COMPLETED] * 3


async def test_attachments_keep_their_place_in_the_host(api: Api) -> None:
    await api.manager.storage.put("files/7", b"FAKE")
    attachment = {"id": "att", "filename": "a.fake", "url": "files/7", "record_id": "rec", "owner_id": "mara"}
    async with api.client("root") as root:
        assert (await root.post("/backfill", json={"attachments": [attachment]})).json()["registered"] == 1
        bad = await root.post("/backfill", json={"attachments": [{**attachment, "url": "../secret"}]})
    assert bad.status_code == 400
    (job,) = (await api.manager.find(owner="mara")).jobs
    assert (job.attachment_id, job.record_id) == ("att", "rec")


async def test_others_may_not(api: Api) -> None:
    async with api.client("mara") as mara:
        assert (await mara.post("/backfill", json={"prefix": "old/"})).status_code == 403


async def test_a_key_that_is_none_is_refused_to_a_superuser_too(api: Api) -> None:
    async with api.client("root") as root:
        assert (await root.post("/jobs", json={"file_url": "../secret", "format": "fake"})).status_code == 400
