"""Title blocks beside what is none of theirs: revision tables, companies, texts of other sizes."""

from __future__ import annotations

from pathlib import Path

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import TitleBlock
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.sheets import DrawingSheet


def block_of(sheet: DrawingSheet, path: Path) -> TitleBlock:
    written = sheet.write(path / "sheet.pdf")
    result = PdfExtractor().extract(
        Source.from_path(written), PdfOptions(extract_title_block=True), ExtractionContext()
    )
    assert result.title_block is not None
    return result.title_block


def cell(sheet: DrawingSheet, box: tuple[float, float, float, float], label: str, value: str) -> None:
    """A cell with a label above its value."""
    sheet.box(*box)
    sheet.text(box[0] + 3, box[1] + 9, label, 6)
    sheet.text(box[0] + 5, box[1] + 28, value, 11)


def draw_block(sheet: DrawingSheet) -> None:
    cell(sheet, (700, 700, 900, 740), "TITLE", "Bearing bracket")
    cell(sheet, (900, 700, 1000, 740), "DRAWING NO.", "4711-02")
    cell(sheet, (1000, 700, 1060, 740), "SCALE", "1:2")
    cell(sheet, (700, 740, 900, 780), "DRAWN BY", "J. Smith")


def test_a_revision_table_elsewhere_on_the_sheet_gives_the_block_nothing(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    rows = [("REV", "DESCRIPTION", "DATE", "APPROVED"), ("A", "first issue", "2019-02-01", "JD")]
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            sheet.box(100 + 120 * column, 100 + 20 * row, 220 + 120 * column, 120 + 20 * row)
            sheet.text(104 + 120 * column, 114 + 20 * row, text, 9)
    draw_block(sheet)
    block = block_of(sheet, tmp_path)
    assert block.title is not None
    assert block.title.value == "Bearing bracket"
    assert (block.date, block.revision) == (None, None)
    assert list(block.signatures) == ["drawn"]


def test_a_company_below_a_blank_role_is_no_person(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    draw_block(sheet)
    sheet.box(900, 740, 1060, 752)
    sheet.text(903, 749, "CHECKED", 6)
    sheet.box(900, 752, 1060, 780)
    sheet.text(905, 770, "Dupont Mécanique SA", 11)
    block = block_of(sheet, tmp_path)
    assert list(block.signatures) == ["drawn"]
    assert block.company is not None
    assert block.company.value == "Dupont Mécanique SA"


def test_a_value_that_touches_its_smaller_label_is_parted_from_it(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    draw_block(sheet)
    sheet.box(900, 740, 1060, 780)
    end = sheet.text(903, 764, "WEIGHT", 6)
    sheet.text(end + 1, 764, "1.25 kg", 9)
    mass = block_of(sheet, tmp_path).mass
    assert mass is not None
    assert mass.value == "1.25 kg"


def test_a_title_of_two_lines_without_a_block_is_whole(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    for row, text in enumerate(["Pulley geometry", "for wire cutting", "A4 Drawing Scale 10:1", "7.8.2019"]):
        sheet.text(90, 60 + 23 * row, text, 18)
    title = block_of(sheet, tmp_path).title
    assert title is not None
    assert title.value == "Pulley geometry for wire cutting"
