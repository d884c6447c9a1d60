"""Tables without rules, on words placed by hand and on pages that the tests write."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.source import Source
from pybase_extraction_pdf.borderless import unruled_tables
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from pybase_extraction_pdf.page_tables import page_tables
from pybase_extraction_pdf.primitives import RuledTable, Word
from pybase_extraction_pdf.table_confidence import confidence_of
from tests.score import pdf_precision, pdf_tables

ROWS = (("Load", "Speed", "Life"), ("10 kN", "100", "5000"), ("20 kN", "80", "4100"), ("40 kN", "60", "1200"))
COLUMNS = (72, 220, 340)


def words_of(rows, *, left=0.0, top=100.0):
    """One word a cell, 10 points high, 14 points from line to line, six points a letter."""
    return [
        Word(text, x + left, top + 14 * row, x + left + 6 * len(text), top + 14 * row + 10, None, 10, True)
        for row, texts in enumerate(rows)
        for x, text in zip(COLUMNS, texts, strict=False)
        if text
    ]


def leaf_with_rows(rows):
    leaf = pdf_precision.Leaf()
    for row, texts in enumerate(rows):
        for x, text in zip(COLUMNS, texts, strict=False):
            leaf.text(x, 100 + 14 * row, text)
    return leaf


def test_columns_are_told_by_the_white_between_them():
    (table,) = unruled_tables(words_of(ROWS))
    assert table.rows == ROWS
    assert table.bbox == (72, 100, 340 + 6 * 4, 100 + 3 * 14 + 10)  # "Life" and "5000": four letters


def test_a_blank_cell_is_an_empty_text():
    rows = [*ROWS, ("80 kN", "", "300")]
    (table,) = unruled_tables(words_of(rows))
    assert table.rows[4] == ("80 kN", "", "300")


def test_a_caption_above_is_no_row():
    caption = (
        Word("Table", 72, 86, 102, 96, None, 10, True),
        Word("1:measured-under-load", 130, 86, 500, 96, None, 10, True),
    )
    (table,) = unruled_tables([*caption, *words_of(ROWS)])
    assert table.rows == ROWS


def test_two_lines_that_stand_beside_each_other_are_no_table():
    assert unruled_tables(words_of(ROWS[:2])) == []


def test_words_inside_a_ruled_table_are_left_to_it():
    assert unruled_tables(words_of(ROWS), [(60, 90, 500, 200)]) == []


def test_a_table_whose_rules_leave_its_outer_columns_open_is_read_by_its_text():
    boxes = tuple(((150.0, 98.0 + 14 * row, 330.0, 112.0 + 14 * row),) for row in range(4))
    ruled = RuledTable(bbox=(150.0, 98.0, 330.0, 154.0), cells=boxes, rows=tuple((row[1],) for row in ROWS))
    both = RuledTable(
        bbox=(150.0, 98.0, 330.0, 154.0),
        cells=tuple(((150.0, y, 170.0, y + 14), (170.0, y, 330.0, y + 14)) for ((_, y, _, _),) in boxes),
        rows=tuple(("x", row[1]) for row in ROWS),
    )
    for partial in (ruled, both):
        kept, (table,) = page_tables(words_of(ROWS), [partial])
        assert kept == []
        assert table.rows == ROWS


def test_a_table_of_which_only_some_rows_are_shaded_is_read_by_its_text():
    sides = ((66.0, 200.0), (200.0, 330.0), (330.0, 400.0))
    boxes = tuple(tuple((x0, 98.0 + 14 * row, x1, 112.0 + 14 * row) for x0, x1 in sides) for row in range(2))
    shaded = RuledTable(bbox=(66.0, 98.0, 400.0, 126.0), cells=boxes, rows=ROWS[:2])
    kept, (table,) = page_tables(words_of(ROWS), [shaded])
    assert (kept, table.rows) == ([], ROWS)
    kept, unruled = page_tables(words_of(ROWS[:2]), [shaded])
    assert (kept, unruled) == ([shaded], [])


@pytest.mark.parametrize("kind", pdf_precision.KINDS, ids=lambda kind: kind.__name__)
def test_no_table_is_invented_on_a_page_without_any(kind, tmp_path: Path):
    leaves = []
    for seed in range(3):
        leaves.append(pdf_precision.Leaf())
        kind(leaves[-1], random.Random(seed))
    pdf_precision.write(tmp_path / "page.pdf", leaves)
    assert not any(pdf_tables.tables_of(tmp_path / "page.pdf").values())


def test_the_extractor_finds_unruled_tables_when_asked(tmp_path: Path):
    pdf_precision.write(tmp_path / "page.pdf", [leaf_with_rows(ROWS)])
    source = Source.from_path(tmp_path / "page.pdf")
    (table,) = PdfExtractor().extract(source, PdfOptions(table_detection_strategy="auto"), ExtractionContext()).tables
    assert table.rows == ROWS
    assert table.column_types == ("text", "integer", "integer")
    assert (table.provenance.method, table.provenance.confidence) == ("white-between-columns", 0.92)
    assert (
        PdfExtractor().extract(source, PdfOptions(table_detection_strategy="lines"), ExtractionContext()).tables == ()
    )


def test_a_table_with_a_rule_below_its_headers_is_partly_ruled(tmp_path: Path):
    leaf = leaf_with_rows(ROWS)
    leaf.line(72, 103, 380, 103)
    pdf_precision.write(tmp_path / "page.pdf", [leaf])
    source = Source.from_path(tmp_path / "page.pdf")
    (table,) = PdfExtractor().extract(source, PdfOptions(), ExtractionContext()).tables
    assert (table.provenance.method, table.header_rows) == ("partly-ruled", 1)
    # 160 of 175 tables of this kind were right
    assert table.provenance.confidence == round((160 + 1) / (175 + 2), 2)


def test_every_strategy_names_its_method(tmp_path: Path):
    pdf_precision.write(tmp_path / "page.pdf", [leaf_with_rows(ROWS)])
    source = Source.from_path(tmp_path / "page.pdf")
    for strategy, method in (("stream", "white-between-columns"), ("text", "pdfplumber-text")):
        options = PdfOptions(table_detection_strategy=strategy)
        (table,) = PdfExtractor().extract(source, options, ExtractionContext()).tables
        assert table.provenance.method == method
        assert "10 kN" in [row[0] for row in table.rows]  # pdfplumber puts blank rows between


def test_a_truth_scored_against_itself_is_perfect():
    cells = [(row, row, column, column, text) for row, texts in enumerate(ROWS) for column, text in enumerate(texts)]
    common, predicted, expected = pdf_tables.score({1: [cells]}, {1: [cells]})
    assert common == predicted == expected == 17  # 4 rows × 2 to the right + 3 columns × 3 down
    assert pdf_tables.summary([(common, predicted, expected)]) == (1.0, 1.0)


def test_a_missed_column_costs_its_relations():
    def cells(width):
        return [(r, r, c, c, text) for r, texts in enumerate(ROWS) for c, text in enumerate(texts[:width])]

    assert pdf_tables.score({1: [cells(3)]}, {1: [cells(2)]}) == (10, 10, 17)  # 4 × 1 + 2 × 3 of 17


@pytest.mark.corpus
def test_real_tables_are_found(corpus: Path):
    scores = []
    for path in sorted((corpus / "pdf-tables" / "icdar2013").glob("*.pdf")):
        truths = [pdf_tables.truth_of(one) for one in path.parent.glob(f"{path.stem.rstrip('ab')}*-str.xml")]
        found = pdf_tables.tables_of(path)
        for truth in truths:
            assert pdf_tables.score(truth, truth)[0] == pdf_tables.score(truth, truth)[2]
        scores.append(max((pdf_tables.score(truth, found) for truth in truths), key=lambda s: pdf_tables.f1(*s)))
    micro, macro = pdf_tables.summary(scores)
    assert micro > 0.93
    assert macro > 0.90


def test_tables_of_drawing_sheets_have_the_confidence_that_was_counted_on_them():
    rows = [("Item", "Qty"), ("Shaft", "1"), ("Cover", "2")]
    assert confidence_of("ruled-drawing", rows) == round((76 + 1) / (76 + 2), 2)
    assert confidence_of("pdfplumber-text", rows) is None
