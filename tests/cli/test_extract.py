"""``extract``: what it prints and writes, and its exit status."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from pybase_extraction import ExtractionResult, extract
from pybase_extraction.errors import FormatMismatchError
from tests.cli.conftest import Shell

PDF, STEP, DXF, IFC = "bearing-bracket.pdf", "bracket-assembly.step", "flange.dxf", "house.ifc"


def without_time(result: ExtractionResult) -> ExtractionResult:
    return result.model_copy(update={"extractor": result.extractor.model_copy(update={"seconds": None})})


@pytest.mark.parametrize("name", [PDF, STEP, DXF, IFC])
def test_json_is_exactly_the_result(shell: Shell, name: str) -> None:
    done = shell.run("extract", name, "--format", "json")
    printed = ExtractionResult.model_validate_json(done.stdout)
    assert without_time(printed) == without_time(extract(shell.folder / name))
    assert done.stdout == printed.model_dump_json() + "\n"


def test_a_name_that_contradicts_the_content_is_told(shell: Shell) -> None:
    (shell.folder / DXF).rename(shell.folder / "flange.pdf")
    told = json.loads(shell.run("extract", "flange.pdf", "--format", "json").stdout)
    assert told["format"] == "dxf"
    assert [issue["code"] for issue in told["issues"]] == ["format-contradiction"]
    with pytest.raises(FormatMismatchError, match="dxf by its content"):
        extract(shell.folder / "flange.pdf", strict=True)


def test_several_files_give_a_line_each_in_the_order_of_the_command(shell: Shell) -> None:
    done = shell.run("extract", STEP, DXF, IFC, "--format", "json", "-j", 2)
    assert [json.loads(line)["source"]["filename"] for line in done.stdout.splitlines()] == [STEP, DXF, IFC]


def test_the_log_goes_to_standard_error_only(shell: Shell) -> None:
    done = shell.run("--verbose", "extract", DXF, "--format", "json")
    assert ExtractionResult.model_validate_json(done.stdout)
    assert "pybase_extraction" in done.stderr


def test_a_summary_names_what_was_found(shell: Shell) -> None:
    done = shell.run("extract", PDF, "-o", "extract_title_block=true", "-o", "extract_dimensions=true")
    assert done.stdout.startswith(f"{PDF}  pdf, ")
    assert "title block" in done.stdout
    assert "dimensions" in done.stdout


def test_options_may_be_those_of_one_format(shell: Shell) -> None:
    done = shell.run(
        "extract",
        PDF,
        IFC,
        "-o",
        "pdf.extract_dimensions=true",
        "-o",
        "ifc.extract_materials=false",
        "--format",
        "json",
    )
    drawing, house = map(json.loads, done.stdout.splitlines())
    assert drawing["dimensions"]
    assert house["extractor"]["options"]["extract_materials"] is False


def test_an_option_of_another_format_says_how_to_give_it_to_that_one_alone(shell: Shell) -> None:
    done = shell.run("extract", PDF, IFC, "-o", "extract_dimensions=true", status=2)
    assert "for files of several formats write FORMAT.extract_dimensions" in done.stderr


def test_options_reach_the_extractor(shell: Shell) -> None:
    done = shell.run("extract", DXF, "-o", 'layer_filter=["none of these"]', "--format", "json")
    assert json.loads(done.stdout)["geometry_summary"]["total"] == 0


def test_csv_writes_a_file_for_every_section(shell: Shell) -> None:
    done = shell.run("extract", DXF, "--format", "csv", "--output", "tables")
    assert done.stdout == ""
    assert "wrote" in done.stderr
    with (shell.folder / "tables" / DXF / "layers.csv").open(encoding="utf-8-sig", newline="") as stream:
        names = [row["name"] for row in csv.DictReader(stream)]
    assert names == [layer.name for layer in extract(shell.folder / DXF).layers]


def test_xlsx_writes_one_workbook_with_the_numbers_as_numbers(shell: Shell) -> None:
    shell.run("extract", STEP, IFC, "--format", "xlsx", "--output", "tables")
    book = openpyxl.load_workbook(shell.folder / "tables" / "results.xlsx")
    header, *rows = book["parts"].iter_rows(values_only=True)
    volumes = [dict(zip(header, row, strict=True)).get("volume") for row in rows]
    expected = [part.mass_properties for part in extract(shell.folder / STEP).parts]
    # openpyxl writes 16 significant digits
    assert volumes == pytest.approx([item.volume.value if item and item.volume else None for item in expected], 1e-14)
    assert any(isinstance(volume, float) for volume in volumes)
    assert [row[0] for row in book["elements"].iter_rows(min_row=2, max_row=2, values_only=True)] == [IFC]


def test_json_files_are_named_after_their_sources_and_differ(shell: Shell) -> None:
    other = shell.folder / "other"
    other.mkdir()
    (other / DXF).write_bytes((shell.folder / DXF).read_bytes() + b"999\nanother\n")
    shell.run("extract", DXF, other / DXF, "--format", "json", "--output", "out")
    written = sorted(path.name for path in (shell.folder / "out").iterdir())
    assert written == [f"{DXF}.json", f"{DXF}~1.json"]
    for name in written:
        ExtractionResult.model_validate_json((shell.folder / "out" / name).read_bytes())


def test_a_folder_stands_for_its_files(shell: Shell, tmp_path: Path) -> None:
    models = shell.folder / "models"
    models.mkdir()
    for name in (DXF, IFC):
        (shell.folder / name).rename(models / name)
    done = shell.run("extract", "models", "--format", "json")
    assert [json.loads(line)["format"] for line in done.stdout.splitlines()] == ["dxf", "ifc"]


def test_the_second_run_takes_what_is_done(shell: Shell) -> None:
    shell.run("extract", DXF, "--format", "json")
    shell.run("extract", DXF, "--format", "json")
    assert "completed  1" in shell.run("jobs", "stats").stdout
    shell.run("extract", DXF, "--force", "--format", "json")
    assert "completed  2" in shell.run("jobs", "stats").stdout


def test_pictures_of_the_pages_are_written_where_the_command_says(shell: Shell) -> None:
    done = shell.run("extract", PDF, DXF, "--overlay", "pictures")
    assert "flange.dxf: files of this format have no pages to draw" in done.stderr
    assert "wrote pictures/bearing-bracket.pdf-page-1.svg" in done.stderr
    assert sorted(path.name for path in (shell.folder / "pictures").iterdir()) == [
        f"{PDF}-page-1.png",
        f"{PDF}-page-1.svg",
    ]
