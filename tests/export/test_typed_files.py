"""JSON Lines and Parquet."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pybase_extraction.errors import MissingDependencyError
from pybase_extraction.export import write_jsonl, write_parquet_folder
from pybase_extraction.results import (
    BillOfMaterials,
    BomItem,
    Dimension,
    DimensionKind,
    ExtractionResult,
    ExtractorRecord,
    SourceInfo,
)


def result(name: str, *items: BomItem) -> ExtractionResult:
    return ExtractionResult(
        format="dxf",
        source=SourceInfo(filename=name, size=1, sha256="0" * 64),
        extractor=ExtractorRecord(name="dxf", version="1"),
        dimensions=(Dimension(raw="⌀8", kind=DimensionKind.DIAMETER, nominal=8.0, lower=-0.1, unit="mm"),),
        boms=(BillOfMaterials(items=items),),
    )


RESULTS = [
    result("ä.dxf", BomItem(item="1", properties={"weight": 1.5, "finish": "=1+1"})),
    result("b.dxf", BomItem(item="2", properties={"weight": "approx."})),
]


def test_a_line_is_a_whole_result(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    assert write_jsonl(path, iter(RESULTS)) == 2
    lines = path.read_text("utf-8").splitlines()
    assert [ExtractionResult.model_validate_json(line) for line in lines] == RESULTS


def test_parquet_has_one_file_a_section_with_typed_columns(tmp_path: Path) -> None:
    from pyarrow import parquet

    written = write_parquet_folder(tmp_path / "out", RESULTS)
    assert {path.name for path in written} == {"bom.parquet", "dimensions.parquet"}
    dimensions = parquet.read_table(tmp_path / "out" / "dimensions.parquet").to_pylist()
    assert [row["file"] for row in dimensions] == ["ä.dxf", "b.dxf"]
    assert (dimensions[0]["lower"], dimensions[0]["upper"], dimensions[0]["unit"]) == (-0.1, None, "mm")
    bom = parquet.read_table(tmp_path / "out" / "bom.parquet").to_pylist()
    assert [row["weight"] for row in bom] == ["1.5", "approx."]
    assert bom[0]["finish"] == "=1+1"  # no spreadsheet: the text stays as it is


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError, match=r"pybase-extraction\[parquet\]"):
        write_parquet_folder(tmp_path, RESULTS)
