"""The contract with PyBase, line by line: fields with their types and defaults, statuses of routes, examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from pybase_extraction import extract
from pybase_extraction.integrations.fastapi import schemas, shapes
from pybase_extraction.integrations.pybase import to_pybase
from tests.integrations.fastapi.conftest import BASE, SAMPLES, Api

pytestmark = pytest.mark.anyio
MODELS = {
    "ExtractionJobResponse": "id: uuid; status: JobStatus; format: string; filename: string; file_size: integer;"
    " options: object = {}; target_table_id: uuid? = null; progress: integer = 0; result: object? = null;"
    " error_message: string? = null; retry_count: integer = 0; celery_task_id: string? = null; created_at: date-time;"
    " started_at: date-time? = null; completed_at: date-time? = null",
    "ExtractionJobListResponse": "items: [ExtractionJobResponse]; total: integer; page: integer; page_size: integer",
    "JobStatsResponse": "total_count: integer; pending_count: integer; processing_count: integer;"
    " completed_count: integer; failed_count: integer; cancelled_count: integer; retrying_count: integer",
    "JobCleanupResponse": "deleted_count: integer; dry_run: boolean; older_than_days: integer;"
    " status_filter: string? = null",
    "FileExtractionStatus": 'file_path: string; filename: string; format: string; status: JobStatus = "pending";'
    " job_id: uuid? = null; progress: integer = 0; result: object? = null; error_message: string? = null;"
    " started_at: date-time? = null; completed_at: date-time? = null",
    "BulkExtractionResponse": "bulk_job_id: uuid; total_files: integer; files: [FileExtractionStatus];"
    " overall_status: JobStatus; progress: integer; files_completed: integer; files_failed: integer;"
    " files_pending: integer; created_at: date-time; started_at: date-time? = null; completed_at: date-time? = null;"
    " target_table_id: uuid? = null",
    "ImportPreview": "source_fields: [string]; target_fields: [object]; suggested_mapping: object;"
    " sample_data: [object]; total_records: integer",
    "BulkImportPreview": "bulk_job_id: uuid; total_files: integer; total_records: integer; source_fields: [string];"
    " target_fields: [object]; suggested_mapping: object; sample_data: [object]; file_previews: [FilePreview];"
    " files_with_data: integer; files_failed: integer",
    "FilePreview": "file_path: string; filename: string; format: string; source_fields: [string];"
    " sample_data: [object]; total_records: integer",
    "StuckJobsResponse": "stuck_count: integer; timeout_minutes: integer; stuck_job_ids: [uuid]",
    "RecoverResponse": "success: boolean; job_id: uuid; status: JobStatus; retry_count: integer;"
    " max_retries: integer; next_retry_at: date-time? = null",
    "OrphanCleanupResponse": "failed_cleaned: integer; pending_cleaned: integer; total_cleaned: integer",
}  # fmt: skip
# what answers well, and what else the contract names
ROUTES = {
    "POST /upload": "202 413 415 422", "POST /pdf": "200 400 413 415 422 501 503",
    "POST /dxf": "200 400 413 415 422 501 503", "POST /ifc": "200 400 413 415 422 501 503",
    "POST /step": "200 400 413 415 422 501 503", "POST /werk24": "200 400 413 415 422 501 503",
    "POST /bom/extract": "201 400", "POST /jobs": "202 400 422", "GET /jobs/{job_id}": "200 404",
    "GET /jobs": "200 422", "DELETE /jobs/{job_id}": "204 404", "POST /jobs/{job_id}/retry": "202 404 409",
    "POST /jobs/{job_id}/preview": "200 404 409", "GET /jobs/stats": "200 403", "GET /jobs/stuck": "200 403",
    "POST /jobs/{job_id}/recover": "200 404 409", "POST /jobs/cleanup": "200 403", "DELETE /jobs/cleanup": "200 403",
    "POST /jobs/cleanup-orphaned": "200 403", "POST /bulk": "202 422", "GET /bulk/{bulk_id}": "200 404 422",
    "POST /bulk/{bulk_id}/retry": "202 404 409 422", "POST /bulk/{bulk_id}/preview": "200 404 409 422",
    "POST /backfill": "202 403", "GET /formats": "200", "GET /jobs/{job_id}/events": "200 404",
}  # fmt: skip
LIMITS = {
    "GET /jobs page": {"minimum": 1}, "GET /jobs page_size": {"minimum": 1, "maximum": 100, "default": 20},
    "GET /jobs/stuck timeout_minutes": {"minimum": 5, "maximum": 1440, "default": 30},
    "POST /jobs/cleanup older_than_days": {"minimum": 1, "maximum": 365, "default": 30},
    "POST /jobs/cleanup dry_run": {"default": False},
}  # fmt: skip


def kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        (known,) = [item for item in schema["anyOf"] if item.get("type") != "null"]
        return f"{kind(known)}?"
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema["type"] == "array":
        return f"[{kind(schema['items'])}]"
    return str(schema.get("format") or schema["type"])


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_exactly_the_fields_of_the_contract(name: str) -> None:
    model: type[BaseModel] = getattr(schemas, name)
    found = []
    for field, schema in model.model_json_schema()["properties"].items():
        default = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
        found.append(f"{field}: {kind(schema)}{default}")
    assert "; ".join(found) == MODELS[name]


async def test_routes_answer_with_the_statuses_of_the_contract(api: Api) -> None:
    paths = api.app.openapi()["paths"]
    for route, statuses in ROUTES.items():
        method, path = route.split()
        declared = paths[BASE + path][method.lower()]["responses"]
        ok, *others = statuses.split()
        assert [code for code in declared if code < "300"] == [ok], route
        assert set(others) <= set(declared), route
    for key, limits in LIMITS.items():
        method, path, name = key.split()
        (given,) = [item for item in paths[BASE + path][method.lower()]["parameters"] if item["name"] == name]
        assert given["schema"].items() >= limits.items(), key


async def test_every_body_has_an_example_that_its_schema_allows(api: Api) -> None:
    document = api.app.openapi()

    def resolved(schema: dict[str, Any]) -> dict[str, Any]:
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        return dict(document["components"]["schemas"][name]) if name else schema

    for path, item in document["paths"].items():
        for method, operation in item.items():
            bodies = [("request", operation.get("requestBody", {})), *operation["responses"].items()]
            for where, body in bodies:
                for media_type, content in body.get("content", {}).items():
                    schema = resolved(content["schema"])
                    schema = resolved(schema["items"]) if schema.get("type") == "array" else schema
                    parts = [resolved(part) for part in schema.get("properties", {}).values()]
                    is_shown = "example" in content or any("examples" in each for each in (schema, *parts))
                    assert is_shown or where == "422" or media_type == "image/png", (method, path, where)
    declared = [made for module in (schemas, shapes) for made in vars(module).values() if isinstance(made, type)]
    shown = 0
    for model in declared:
        if issubclass(model, BaseModel) and isinstance(extra := model.model_config.get("json_schema_extra"), dict):
            for example in extra["examples"]:  # type: ignore[union-attr]
                model.model_validate(example, extra="forbid")
                shown += 1
    assert shown > 15


@pytest.mark.parametrize(
    ("sample", "model", "options"),
    [
        ("bearing-bracket.pdf", shapes.PdfResult, {"extract_title_block": True, "extract_dimensions": True}),
        ("flange.dxf", shapes.CadResult, {"extract_geometry": True}),
        ("house.ifc", shapes.CadResult, {}),
        ("bracket-assembly.step", shapes.CadResult, {"include_geometry": False}),
    ],
)
def test_results_have_the_declared_form(sample: str, model: type[BaseModel], options: dict[str, Any]) -> None:
    shape = to_pybase(extract(Path(SAMPLES, sample), options=options))
    model.model_validate_json(json.dumps(shape))
    shown = {name for name in shape if name in model.model_fields}
    assert shown == set(shape)


async def test_the_routes_answer_in_the_declared_form(api: Api) -> None:
    async with api.client("mara") as client:
        data = (SAMPLES / "bearing-bracket.pdf").read_bytes()
        answer = await client.post("/pdf", files={"file": ("a.pdf", data)}, data={"options": '{"pages": [1]}'})
        bom = await client.post("/bom/extract", files={"file": ("a.pdf", data)})
    assert (answer.status_code, bom.status_code) == (200, 201), (answer.text, bom.text)
    assert shapes.PdfResult.model_validate_json(answer.content).bom is not None
    assert shapes.BomShape.model_validate_json(bom.content).total_items == 4
