"""What the writers of the command line leave in a folder, from results that are there already."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from pybase_extraction import ExtractionResult, extract
from pybase_extraction.cli.writing import make_writer
from pybase_extraction.errors import MissingDependencyError, StorageError

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"


@pytest.fixture(scope="module")
def results() -> list[ExtractionResult]:
    return [extract(SAMPLES / name) for name in ("flange.dxf", "bracket-assembly.step")]


def written(output_format: str, folder: Path, results: list[ExtractionResult]) -> None:
    writer = make_writer(output_format, folder)
    for result in results:
        writer.add(result)
    writer.close()


def test_jsonl_holds_whole_results_a_line_each_as_they_come(tmp_path: Path, results: list[ExtractionResult]) -> None:
    writer = make_writer("jsonl", tmp_path)
    for count, result in enumerate(results, 1):
        writer.add(result)
        lines = (tmp_path / "results.jsonl").read_text("utf-8").splitlines()
        assert [ExtractionResult.model_validate_json(line) for line in lines] == results[:count]


def test_a_second_run_begins_the_file_anew(tmp_path: Path, results: list[ExtractionResult]) -> None:
    written("jsonl", tmp_path, results)
    written("jsonl", tmp_path, results[:1])
    assert (tmp_path / "results.jsonl").read_bytes().count(b"\n") == 1


def test_parquet_holds_a_file_for_every_section_with_typed_columns(
    tmp_path: Path, results: list[ExtractionResult]
) -> None:
    written("parquet", tmp_path, results)
    dimensions = parquet.read_table(tmp_path / "dimensions.parquet")
    assert dimensions.column("nominal").to_pylist() == [item.nominal for item in results[0].dimensions]
    assert set(dimensions.column("file").to_pylist()) == {"flange.dxf"}
    assert set(parquet.read_table(tmp_path / "parts.parquet").column("file").to_pylist()) == {"bracket-assembly.step"}


@pytest.mark.parametrize("output_format", ["json", "jsonl"])
def test_on_standard_output_it_is_exactly_the_result(
    output_format: str, results: list[ExtractionResult], capsys: pytest.CaptureFixture[str]
) -> None:
    make_writer(output_format, None).add(results[0])
    assert capsys.readouterr().out == f"{results[0].model_dump_json()}\n"


def test_a_missing_library_is_told_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'pybase-extraction\[parquet\]'"):
        make_writer("parquet", tmp_path)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        make_writer("jsonl", tmp_path)
