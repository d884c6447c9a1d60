"""Rows, headers, captions, notes and continuations of tables, and charts that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source
from pybase_extraction_pdf.borderless import unruled_tables
from pybase_extraction_pdf.charts import chart_marks, is_chart
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.logical_rows import is_number
from pybase_extraction_pdf.options import PdfOptions
from pybase_extraction_pdf.page_tables import page_tables
from pybase_extraction_pdf.primitives import PageContent, RuledTable, Stroke, Word
from pybase_extraction_pdf.ruled import ruled_tables, unshaded_tables
from pybase_extraction_pdf.table_shape import header_rows, without_caption
from tests.plugins.pdf.test_borderless import COLUMNS, ROWS, leaf_with_rows, words_of
from tests.score import pdf_precision


def extract(path: Path) -> ExtractionResult:
    return PdfExtractor().extract(Source.from_path(path), PdfOptions(), ExtractionContext())


def at(text: str, x: float, line: int) -> Word:
    """A word of 6 points a letter on a line of 14 points, as words_of places them."""
    return Word(text, x, 100 + 14 * line, x + 6 * len(text), 110 + 14 * line, None, 10, True)


@pytest.mark.parametrize("text", ["12", "-0.5", "1,234.56", "45 %", "±0.1", "–", "10–20", "$3.50", "(4.1)"])
def test_numbers_and_what_stands_for_them(text: str):
    assert is_number(text)


@pytest.mark.parametrize("text", ["M8 bolt", "Washer", "ISO 4762 screw", "and 12 more"])
def test_words_are_no_numbers(text: str):
    assert not is_number(text)


def test_lines_of_a_header_above_a_rule_are_one_row():
    words = [at("measured", 220, 0), at("basic", 340, 0), *words_of(ROWS, top=114)]
    rule = (60.0, 125.5, 400.0, 125.5)  # below "Load, Speed, Life" on line 1
    (table,) = unruled_tables(words, rules=[rule])
    assert table.header_rows == 1
    assert table.rows[0] == ("Load", "measured\nSpeed", "basic\nLife")
    assert table.rows[1:] == ROWS[1:]


def test_a_stub_that_goes_on_in_lower_case_is_one_cell():
    rows = (("Load", "Speed", "Life"), ("Bearing load", "100", "5000"), ("under test", "", ""), ("Shaft", "80", "4100"))
    (table,) = unruled_tables(words_of((*rows, ("Housing", "60", "1200"))))
    assert [row[0] for row in table.rows] == ["Load", "Bearing load\nunder test", "Shaft", "Housing"]


def test_a_heading_between_rows_stays_a_row():
    rows = (*ROWS[:2], ("Radial", "", ""), *ROWS[2:])
    (table,) = unruled_tables(words_of(rows))
    assert table.rows == rows


def test_rows_of_numbers_below_words_tell_the_headers():
    assert header_rows(ROWS) == 1
    assert header_rows(ROWS[1:]) is None


def test_bold_rows_above_plain_ones_are_headers():
    rows = [("Part", "Material"), ("Shaft", "Steel"), ("Bush", "Bronze")]
    assert header_rows(rows, [1.0, 0.0, 0.1]) == 1
    assert header_rows(rows, [0.0, 0.0, 0.0]) is None


def test_caption_and_notes_inside_of_the_rules_are_no_rows():
    boxes = tuple(((0.0, 9.0 * row, 50.0, 9.0 * row + 9), (50.0, 9.0 * row, 99.0, 9.0 * row + 9)) for row in range(3))
    wide = ((0.0, -9.0, 99.0, 0.0), None)
    last = ((0.0, 27.0, 99.0, 36.0), None)
    rows = (("Table 3. Loads", None), ("a", "b"), ("1", "2"), ("3", "4"), ("Source: own tests", None))
    found = without_caption(RuledTable((0, -9, 99, 36), (wide, *boxes, last), rows))
    assert found.rows == (("a", "b"), ("1", "2"), ("3", "4"))
    assert found.caption == "Table 3. Loads"
    assert len(found.cells) == 3


def test_shading_behind_text_cuts_no_cell():
    page = PageContent(1, 200, 100, 0)
    page.lines += [Stroke(10, y, 190, y, 1) for y in (10, 50, 90)]
    page.lines += [Stroke(x, 10, x, 90, 1) for x in (10, 100, 190)]
    page.rects += [Stroke(10, 20, 100, 30, 0, is_filled=True)]
    ruled = ruled_tables(page)
    assert len(ruled[0].rows) > 2
    (table,) = unshaded_tables(page, ruled)
    assert [len(row) for row in table.rows] == [2, 2]


def test_labels_of_a_bar_chart_are_no_table():
    page = PageContent(1, 500, 300, 0)
    page.rects += [Stroke(80 + 60 * n, 150 - height, 100 + 60 * n, 150, 1) for n, height in enumerate((20, 34, 45, 28))]
    assert is_chart((72, 100, 370, 152), chart_marks(page))
    assert page_tables(words_of(ROWS), [], (), lambda: chart_marks(page)) == ([], [])


def test_a_table_goes_on_where_its_headers_are_repeated_on_the_next_page(tmp_path: Path):
    first, second = (leaf_with_rows(()), leaf_with_rows(()))
    for leaf, top in ((first, 600), (second, 60)):
        for row, texts in enumerate(ROWS):
            for x, text in zip(COLUMNS, texts, strict=True):
                leaf.text(x, top + 14 * row, text)
    pdf_precision.write(tmp_path / "a.pdf", [first, second])
    tables = extract(tmp_path / "a.pdf").tables
    assert [table.continued_from for table in tables] == [None, 0]
    assert [table.header_rows for table in tables] == [1, 1]


def test_the_caption_beside_a_table_belongs_to_it(tmp_path: Path):
    leaf = leaf_with_rows(ROWS)
    leaf.text(72, 75, "Table 2: Life under load")
    pdf_precision.write(tmp_path / "a.pdf", [leaf])
    (table,) = extract(tmp_path / "a.pdf").tables
    assert (table.rows, table.caption) == (ROWS, "Table 2: Life under load")
