"""Extracting within the request, bulk jobs, formats, and the OpenAPI document."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from pybase_extraction.integrations.fastapi import schemas
from tests.integrations.fastapi.conftest import BASE, SAMPLES, Api

pytestmark = pytest.mark.anyio

PDF = {"source_file", "source_type", "success", "tables", "dimensions", "text_blocks", "metadata", "errors", "warnings"}
CAD = {"layers", "blocks", "dimensions", "text_blocks", "geometry_summary", "entities", "bom", "metadata", "errors"}


@pytest.mark.parametrize(
    ("sample", "route", "options", "names"),
    [
        ("bearing-bracket.pdf", "/pdf", {"extract_dimensions": True, "extract_title_block": True}, PDF),
        ("flange.dxf", "/dxf", {"extract_geometry": True}, CAD),
        ("house.ifc", "/ifc", {}, CAD | {"elements", "spatial_structure"}),
        ("bracket-assembly.step", "/step", {"include_geometry": False}, CAD | {"assembly", "parts"}),
    ],
)
async def test_a_file_is_extracted_in_the_request(
    api: Api, sample: str, route: str, options: dict, names: set[str]
) -> None:
    async with api.client("mara") as client:
        files = {"file": (sample, (SAMPLES / sample).read_bytes())}
        answer = await client.post(route, files=files, data={"options": json.dumps(options)})
        assert answer.status_code == 200, answer.text
        other = "/dxf" if route == "/pdf" else "/pdf"
        assert (await client.post(other, files=files)).status_code == 415
        unknown = await client.post(route, files=files, data={"options": '{"nonsense": 1}'})
        assert (unknown.status_code, unknown.json()["detail"][0]["loc"][-1]) == (422, "nonsense")
    assert names <= set(answer.json())
    assert answer.json()["source_type"] == route[1:]


async def test_pybases_table_and_dimension_hold_what_the_drawing_says(api: Api) -> None:
    async with api.client("mara") as client:
        files = {"file": ("b.pdf", (SAMPLES / "bearing-bracket.pdf").read_bytes())}
        options = {"options": json.dumps({"extract_dimensions": True, "extract_title_block": True})}
        got = (await client.post("/pdf", files=files, data=options)).json()
    full = await api.manager.extract(
        SAMPLES / "bearing-bracket.pdf", options={"extract_dimensions": True, "extract_title_block": True}
    )
    assert got["title_block"]["drawing_number"] == full.title_block.drawing_number.value
    assert [item["value"] for item in got["dimensions"]] == [item.nominal for item in full.dimensions]
    toleranced = [(shown, item) for shown, item in zip(got["dimensions"], full.dimensions, strict=True) if item.lower]
    assert toleranced
    assert all(shown["tolerance_minus"] == -item.lower for shown, item in toleranced)
    for shown, table in zip(got["tables"], full.tables, strict=True):
        assert (len(shown["rows"]), shown["num_columns"]) == (len(table.body), table.num_columns)


async def test_a_service_without_a_key_is_503_and_a_broken_file_400(api: Api) -> None:
    async with api.client("mara") as client:
        pdf = {"file": ("b.pdf", (SAMPLES / "bearing-bracket.pdf").read_bytes())}
        assert (await client.post("/werk24", files=pdf)).status_code == 503
        assert (await client.post("/pdf", files={"file": ("b.pdf", b"%PDF-1.7\nnothing")})).status_code == 400
        big = {"file": ("b.pdf", b"%PDF-1.7" + bytes(9 << 20))}
        assert (await client.post("/pdf", files=big)).status_code == 413
        assert (await client.post("/pdf", files=[("file", ("a", b"1")), ("file", ("b", b"2"))])).status_code == 422


async def test_a_bill_of_materials_is_extracted(api: Api) -> None:
    async with api.client("mara") as client:
        step = {"file": ("b.step", (SAMPLES / "bracket-assembly.step").read_bytes())}
        answer = await client.post("/bom/extract", files=step, data={"options": '{"include_geometry": false}'})
        assert answer.status_code == 201, answer.text
        bom = answer.json()
        assert bom["total_items"] == len(bom["items"]) > 0
        none = await client.post("/bom/extract", files={"file": ("a.fake", b"FAKE")})
        assert none.status_code == 400


async def test_a_bulk_job_is_taken_whole_followed_and_retried(api: Api) -> None:
    async with api.client("mara") as client:
        bad = [("files", ("a.fake", b"FAKE")), ("files", ("b.txt", b"no drawing"))]
        assert (await client.post("/bulk", files=bad)).status_code == 415
        assert (await client.get("/jobs")).json()["total"] == 0
        table = str(uuid4())
        files = [("files", (f"{number}.fake", b"FAKE%d" % number)) for number in range(3)]
        made = await client.post(
            "/bulk", files=files, data={"target_table_id": table, "options": '{"raises": "CorruptedFileError"}'}
        )
        assert made.status_code == 202, made.text
        bulk = made.json()
        assert (bulk["total_files"], bulk["target_table_id"]) == (3, table)
        assert [item["filename"] for item in bulk["files"]] == ["0.fake", "1.fake", "2.fake"]
        await api.manager.wait_batch(UUID(bulk["bulk_job_id"]), owner="mara")
        ended = (await client.get(f"/bulk/{bulk['bulk_job_id']}")).json()
        assert (ended["overall_status"], ended["files_failed"], ended["progress"]) == ("failed", 3, 100)
        assert (await client.post(f"/bulk/{bulk['bulk_job_id']}/preview?table_id=parts")).status_code == 409
        again = await client.post(f"/bulk/{bulk['bulk_job_id']}/retry")
        assert (again.status_code, again.json()["files_failed"]) == (202, 0)
        assert (await client.post("/bulk", data={"format": "fake"}, files={})).status_code in {415, 422}
        assert (await client.get(f"/bulk/{uuid4()}")).status_code == 404


async def test_formats_say_what_can_be_read_and_with_which_options(api: Api) -> None:
    async with api.client("mara") as client:
        found = {item["name"]: item for item in (await client.get("/formats")).json()}
    assert {"pdf", "dxf", "ifc", "step", "werk24", "fake"} <= set(found)
    assert found["pdf"]["available"]
    assert not found["werk24"]["available"]
    assert "extract_tables" in found["pdf"]["options"]["properties"]


async def test_the_document_declares_every_route_of_the_contract(api: Api) -> None:
    declared = {
        f"{method.upper()} {path.removeprefix(BASE)}"
        for path, item in api.app.openapi()["paths"].items()
        for method in item
    }
    assert declared >= {
        "POST /upload", "POST /pdf", "POST /dxf", "POST /ifc", "POST /step", "POST /werk24", "POST /bom/extract",
        "POST /jobs", "GET /jobs", "GET /jobs/{job_id}", "DELETE /jobs/{job_id}", "POST /jobs/{job_id}/retry",
        "POST /jobs/{job_id}/preview", "GET /jobs/stats", "GET /jobs/stuck", "POST /jobs/{job_id}/recover",
        "POST /jobs/cleanup", "DELETE /jobs/cleanup", "POST /jobs/cleanup-orphaned", "POST /bulk",
        "GET /bulk/{bulk_id}", "POST /bulk/{bulk_id}/retry", "POST /bulk/{bulk_id}/preview", "GET /formats",
        "GET /jobs/{job_id}/events",
    }  # fmt: skip


def test_the_models_have_exactly_the_declared_fields() -> None:
    assert list(schemas.ExtractionJobResponse.model_fields) == [
        "id", "status", "format", "filename", "file_size", "options", "target_table_id", "progress", "result",
        "error_message", "retry_count", "celery_task_id", "created_at", "started_at", "completed_at",
    ]  # fmt: skip
    assert list(schemas.BulkExtractionResponse.model_fields) == [
        "bulk_job_id", "total_files", "files", "overall_status", "progress", "files_completed", "files_failed",
        "files_pending", "created_at", "started_at", "completed_at", "target_table_id",
    ]  # fmt: skip


async def test_the_hosts_rows_and_the_job_are_committed_together(api: Api, tmp_path: Path) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/jobs.db")

    async def session():
        async with AsyncSession(engine) as made:
            yield made

    async def attach(session: AsyncSession, job: object, caller: object) -> None:
        await session.execute(text("insert into attachments values (:id)"), {"id": str(job.id)})
        if job.filename == "broken.fake":
            raise RuntimeError("the host fails before it commits")

    async with engine.begin() as connection:
        await connection.execute(text("create table attachments (id text)"))
    host = Api(api.manager, session=session, on_submit=attach)
    good = await host.upload("mara", b"FAKE", "good.fake")
    with pytest.raises(RuntimeError, match="the host fails"):
        await host.upload("mara", b"FAKE2", "broken.fake")
    async with host.client("mara") as client:
        listed = (await client.get("/jobs")).json()
    async with engine.connect() as connection:
        rows = (await connection.execute(text("select id from attachments"))).scalars().all()
    await engine.dispose()
    assert [item["id"] for item in listed["items"]] == [good.json()["id"]] == list(rows)
