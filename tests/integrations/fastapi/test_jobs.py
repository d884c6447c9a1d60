"""Uploading, reading, watching and steering single jobs over HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import anyio
import pytest

from pybase_extraction.integrations.fastapi import jobs as jobs_routes
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.storage.http import HttpSources
from tests.integrations.fastapi.conftest import SAMPLES, Api, make_manager
from tests.servers import free_port

pytestmark = pytest.mark.anyio
CORRUPTED = '{"raises": "CorruptedFileError"}'


@pytest.mark.parametrize(
    ("sample", "format_", "options"),
    [
        ("bearing-bracket.pdf", "pdf", {"extract_title_block": True, "extract_dimensions": True}),
        ("flange.dxf", "dxf", {}),
        ("house.ifc", "ifc", {}),
        ("bracket-assembly.step", "step", {"include_geometry": False}),
    ],
)
async def test_a_file_is_uploaded_extracted_and_read(api: Api, sample: str, format_: str, options: dict) -> None:
    data = (SAMPLES / sample).read_bytes()
    answer = await api.upload("mara", data, sample, options=json.dumps(options), record_id="r1", attachment_id="a1")
    assert answer.status_code == 202
    created = answer.json()
    assert {key: created[key] for key in ("status", "format", "filename", "file_size", "options", "progress")} == {
        "status": "pending", "format": format_, "filename": sample, "file_size": len(data), "options": options,
        "progress": 0,
    }  # fmt: skip
    assert created["result"] is None
    async with api.client("mara") as client:
        with anyio.fail_after(60):
            while (job := (await client.get(f"/jobs/{created['id']}")).json())["status"] != "completed":
                assert job["status"] in {"pending", "processing"}, job["error_message"]
                await anyio.sleep(0.05)
        full = (await client.get(f"/jobs/{created['id']}/result")).json()
        listed = (await client.get("/jobs", params={"attachment_id": "a1"})).json()
    assert job["result"]["source_type"] == format_
    assert len(job["result"]["text_blocks"]) == len(full["text_blocks"])
    assert (job["progress"], full["source"]["filename"]) == (100, sample)
    assert [item["id"] for item in listed["items"]] == [job["id"]]
    assert listed["items"][0]["result"] is None
    assert (listed["total"], listed["page"], listed["page_size"]) == (1, 1, 20)


async def test_an_upload_is_refused_for_what_is_wrong_with_it(api: Api) -> None:
    cases = [
        (b"FAKE" * (3 << 20), "a.fake", {}, 413),
        (b"no drawing at all", "a.txt", {}, 415),
        (b"FAKE", "a.fake", {"format": "nonsense"}, 422),
        (b"FAKE", "a.fake", {"options": '{"no_such_option": 1}'}, 422),
        (b"FAKE", "a.fake", {"options": "[]"}, 422),
        (b"FAKE", "a.fake", {"options": "{"}, 422),
        (b"FAKE", "a.fake", {"target_table_id": "no uuid"}, 422),
        (b"FAKE", "a.fake", {"record_id": "x" * 256}, 422),
        (b"", "a.fake", {}, 400),
    ]
    for data, name, fields, status in cases:
        answer = await api.upload("mara", data, name, **fields)
        assert (answer.status_code, bool(answer.json()["detail"])) == (status, True), (fields, answer.text)
    async with api.client("mara") as client:
        assert (await client.get("/jobs")).json()["total"] == 0
        assert (await client.post("/upload", json={})).status_code == 415
        assert (await client.post("/upload", data={"a": "b"}, files={"x": b""})).status_code == 400
        broken = {"content-type": "multipart/form-data; boundary=x"}
        assert (await client.post("/upload", content=b"--x\r\nhello", headers=broken)).status_code == 400
    async with api.client(None) as client:
        assert (await client.get("/jobs")).status_code == 401
    assert [stored.key async for stored in api.manager.storage.list()] == []


async def test_a_file_that_is_too_large_is_refused_before_its_end(api: Api) -> None:
    sent = 0

    async def endless():
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.fake"\r\n\r\n'
        while sent < 64 << 20:
            sent += 1 << 16
            yield b"F" * (1 << 16)

    async with api.client("mara") as client:
        kind = {"content-type": "multipart/form-data; boundary=x"}
        answer = await client.post("/upload", content=endless(), headers=kind)
    assert (answer.status_code, sent < 10 << 20) == (413, True)


async def test_the_display_name_never_becomes_a_path(api: Api) -> None:
    answer = await api.upload("mara", b"FAKE", "../../etc/passwd.fake")
    assert answer.json()["filename"] == "passwd.fake"
    assert (await api.upload("mara", b"FAKE2", "C:\\drawings\\a\tb.fake")).json()["filename"].startswith("a")


async def test_jobs_are_listed_by_status_and_page(api: Api) -> None:
    ids = [await api.completed("mara", b"FAKE" + bytes([65 + number])) for number in range(3)]
    async with api.client("mara") as client:
        first = (await client.get("/jobs", params={"page_size": 2, "status": "completed"})).json()
        second = (await client.get("/jobs", params={"page_size": 2, "page": 2, "format": "fake"})).json()
        assert (await client.get("/jobs", params={"status": "failed"})).json()["total"] == 0
        for wrong in ({"page": 0}, {"page_size": 101}, {"status": "retrying"}):
            assert (await client.get("/jobs", params=wrong)).status_code == 422
    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]
    assert (first["total"], second["total"]) == (3, 3)


async def test_a_page_names_the_next_one_by_its_key(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [await api.completed("mara", b"FAKE" + bytes([65 + number])) for number in range(3)]
    async with api.client("mara") as client:
        first = await client.get("/jobs", params={"page_size": 2, "format": "fake"})
        assert first.headers["x-total-exact"] == "true"
        second = await client.get(f"/jobs{first.links['next']['url']}")
        assert [item["id"] for page in (first, second) for item in page.json()["items"]] == ids[::-1]
        assert "next" not in second.links
        for wrong in ("nonsense", "9999999999_00", f"2026-01-01_{uuid4()}x"):
            assert (await client.get("/jobs", params={"after": wrong})).status_code == 422
        # without a bound a late page, or a filter that much fits, costs as much as the whole table
        assert (await client.get("/jobs", params={"page": 1000, "page_size": 100})).status_code == 200
        assert (await client.get("/jobs", params={"page": 1001, "page_size": 100})).status_code == 422
        monkeypatch.setattr(jobs_routes, "_COUNTED", 2)
        counted = await client.get("/jobs", params={"format": "fake"})
        assert (counted.json()["total"], counted.headers["x-total-exact"]) == (2, "false")


async def test_a_job_is_retried_only_when_it_has_failed(api: Api) -> None:
    completed, failed = await api.completed("mara"), await api.completed("mara", b"FAKE2", "b.fake", options=CORRUPTED)
    async with api.client("mara") as client:
        job = (await client.get(f"/jobs/{failed}")).json()
        assert (job["status"], bool(job["error_message"])) == ("failed", True)
        assert (await client.post(f"/jobs/{completed}/retry")).status_code == 409
        assert (await client.post(f"/jobs/{failed}/retry")).status_code == 202
        assert (await client.post(f"/jobs/{uuid4()}/retry")).status_code == 404
        assert (await client.post("/jobs/nonsense/retry")).status_code == 422


async def test_deleting_cancels_what_runs_and_deletes_what_has_ended(api: Api) -> None:
    ended = await api.completed("mara")
    async with api.client("mara") as client:
        assert (await client.delete(f"/jobs/{ended}")).status_code == 204
        assert (await client.delete(f"/jobs/{ended}")).status_code == 404
        running = (await api.upload("mara", b"FAKE2", "b.fake", options='{"sleep_s": 30}')).json()["id"]
        assert (await client.delete(f"/jobs/{running}")).status_code == 204
        with anyio.fail_after(20):
            while (await client.get(f"/jobs/{running}")).json()["status"] != "cancelled":
                await anyio.sleep(0.05)


async def test_events_follow_a_job_to_its_end_and_resume(api: Api) -> None:
    job_id = (await api.upload("mara", b"FAKE", "a.fake")).json()["id"]
    async with api.client("mara") as client:
        with anyio.fail_after(30):
            first = _events((await client.get(f"/jobs/{job_id}/events")).text)
            again = _events((await client.get(f"/jobs/{job_id}/events", headers={"last-event-id": first[-1][0]})).text)
        assert (await client.get(f"/jobs/{uuid4()}/events")).status_code == 404
    assert first[-1][1]["status"] == "completed"
    assert [item["status"] for _, item in again] == ["completed"]


def _events(text: str) -> list[tuple[str, dict]]:
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines.get("event") == "job":
            found.append((lines["id"], json.loads(lines["data"])))
    return found


async def test_a_file_in_the_storage_becomes_a_job_for_those_who_may_read_it(api: Api) -> None:
    await api.manager.storage.put("attachments/7/a.fake", b"FAKE")
    async with api.client("mara") as mara, api.client("root") as root:
        assert (await mara.post("/jobs", json={"file_url": "attachments/7/a.fake"})).status_code == 400
        answer = await root.post("/jobs", json={"file_url": "attachments/7/a.fake", "record_id": "r7"})
        assert (answer.status_code, answer.json()["filename"]) == (202, "a.fake")
        for wrong in ("attachments/7/none", "../../etc/passwd", "s3://other/bucket"):
            assert (await root.post("/jobs", json={"file_url": wrong})).status_code in {400, 503}
        assert (await root.post("/jobs", json={"file_url": "a", "nonsense": 1})).status_code == 422
        found = await root.get("/jobs", params={"file_url": "attachments/7/a.fake"})
        assert found.json()["total"] == 1


async def test_rows_are_previewed_for_a_table_of_the_host(api: Api) -> None:
    data = (SAMPLES / "bracket-assembly.step").read_bytes()
    job_id = await api.completed("mara", data, "b.step", options='{"include_geometry": false}')
    async with api.client("mara") as client:
        shown = (await client.post(f"/jobs/{job_id}/preview", params={"table_id": "parts"})).json()
        assert shown["total_records"] > 0
        assert set(shown["suggested_mapping"].values()) <= {"f1", "f2"}
        assert [item["id"] for item in shown["target_fields"]] == ["f1", "f2"]
        assert (await client.post(f"/jobs/{job_id}/preview", params={"table_id": "other"})).status_code == 404
        failed = await api.completed("mara", b"FAKE2", "c.fake", options=CORRUPTED)
        assert (await client.post(f"/jobs/{failed}/preview", params={"table_id": "parts"})).status_code == 409


async def test_times_have_a_zone(api: Api) -> None:
    created = (await api.upload("mara", b"FAKE", "a.fake")).json()["created_at"]
    assert abs((datetime.now(UTC) - datetime.fromisoformat(created)).total_seconds()) < 60


async def test_addresses_are_read_only_where_both_router_and_manager_allow_it(
    tmp_path: Path, registry: ExtractorRegistry
) -> None:
    sources = HttpSources(private=("127.0.0.1",), timeout_s=5)
    for is_allowed, given in ((False, sources), (True, None), (True, sources)):
        async with make_manager(tmp_path, registry, works=False, http_sources=given) as manager:
            api = Api(manager, http_sources=is_allowed)
            async with api.client("mara") as client:
                # nothing listens there: only who may ask learns that
                answer = await client.post("/jobs", json={"file_url": f"http://127.0.0.1:{free_port()}/a.fake"})
                assert answer.status_code == (503 if is_allowed and given else 400)
                forbidden = await client.post("/jobs", json={"file_url": "https://localhost/a.fake"})
                assert forbidden.status_code == 400
