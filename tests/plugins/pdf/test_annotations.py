"""AutoCAD's stroke lettering, which stands in a PDF as annotations."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.source import Source
from pybase_extraction_pdf.annotations import Mark, decoded, lettering, not_drawn_yet
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from pybase_extraction_pdf.primitives import Word
from tests.plugins.pdf.documents import write


def shx(text: str, box: tuple[float, float, float, float]) -> Mark:
    return Mark("Square", text, "AutoCAD SHX Text", None, box)


@pytest.mark.parametrize(
    ("coded", "plain"),
    [("%%c26", "⌀26"), ("45%%D", "45°"), ("120 %%p0.1", "120 ±0.1"), ("%%uNOTES%%u", "NOTES"), ("5%%%", "5%")],
)
def test_control_codes_become_signs(coded: str, plain: str):
    assert decoded(coded) == plain


def test_an_unknown_control_code_stays_as_it_is():
    assert decoded("%%z1") == "%%z1"


def test_words_share_the_box_of_their_annotation_by_length():
    first, second = lettering([shx("M8 DEEP", (0, 0, 70, 10))])
    assert (first.text, first.x0, first.x1) == ("M8", 0, 20)  # two of seven characters on 70 points
    assert (second.text, second.x0, second.x1) == ("DEEP", 30, 70)
    assert first.source == "annotation"


def test_lettering_in_a_high_box_runs_upwards():
    (word,) = lettering([shx("120", (50, 100, 60, 130))])
    assert (word.turn, word.upright, word.size) == (90, False, 10)


def test_the_same_lettering_at_the_same_place_counts_once():
    assert len(lettering([shx("A", (0, 0, 9, 9)), shx("A", (0.1, 0, 9, 9)), shx("A", (50, 0, 59, 9))])) == 2


def test_other_comments_are_no_lettering():
    assert lettering([Mark("Text", "please check", "Keller", None, (0, 0, 9, 9))]) == []


def test_lettering_that_the_text_layer_holds_too_is_left_to_it():
    drawn = [Word("A", 1, 1, 8, 8, "F", 7, True)]
    words = lettering([shx("A", (0, 0, 9, 9)), shx("A", (50, 0, 59, 9))])
    assert [word.x0 for word in not_drawn_yet(words, drawn)] == [50]


def test_a_parts_schedule_in_stroke_lettering_is_read_from_its_annotations(tmp_path: Path):
    rows = (("ITEM", "QTY"), ("1", "4"), ("2", "12"))
    rules = b"".join(b"20 %d m 160 %d l S " % (y, y) for y in (120, 140, 160, 180))
    rules += b"".join(b"%d 120 m %d 180 l S " % (x, x) for x in (20, 90, 160))
    marks = b"".join(
        b"<</Type/Annot/Subtype/Square/T(AutoCAD SHX Text)/Contents(%s)/Rect[%d %d %d %d]>>"
        % (text.encode(), 25 + 70 * column, 164 - 20 * row, 25 + 70 * column + 9 * len(text), 174 - 20 * row)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    )
    sample = write(tmp_path / "shx.pdf", rules, page=b"/Annots[" + marks + b"]")
    result = PdfExtractor().extract(Source.from_path(sample), PdfOptions(), ExtractionContext())
    (table,) = result.tables
    assert table.rows == rows
    assert table.provenance.method == "ruled-drawing"
    assert {block.provenance.method for block in result.text_blocks} == {"annotation"}
    assert (result.annotations, result.issues) == ((), ())
