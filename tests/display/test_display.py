"""A result shows itself, and tells why a value is what it is."""

from __future__ import annotations

import pytest

from pybase_extraction.results import (
    ExtractionResult,
    ExtractorRecord,
    Issue,
    Provenance,
    Severity,
    SourceInfo,
    Table,
    TextBlock,
    TitleBlock,
    TitleField,
    TitleFieldRival,
)
from pybase_extraction.source import Locator

HOSTILE = "<script>alert('x')</script>"
NUMBER = TitleField(
    value="4711-A",
    raw="4711 - A",
    provenance=Provenance(place=Locator(page=2, bbox=(1, 2, 3, 4)), method="ruled-cell-label"),
    rivals=(TitleFieldRival(value="4712", provenance=Provenance(method="nearest-text")),),
)
RESULT = ExtractionResult(
    format="pdf",
    source=SourceInfo(filename=HOSTILE, size=1, sha256="0" * 64),
    extractor=ExtractorRecord(name="pdf", version="1"),
    title_blocks=(TitleBlock(page=2, drawing_number=NUMBER, custom_fields={HOSTILE: TitleField(value=HOSTILE)}),),
    text_blocks=tuple(TextBlock(text=f"{HOSTILE} {number}") for number in range(500)),
    tables=(Table(rows=((HOSTILE, "b"), ("c", None)), caption=HOSTILE, header_rows=1),),
    issues=(Issue(code="odd", severity=Severity.WARNING, message=HOSTILE),),
)


def test_nothing_of_a_file_becomes_markup() -> None:
    shown = RESULT._repr_html_()
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") > 5


def test_it_tells_what_was_found_and_folds_what_is_long() -> None:
    shown = RESULT._repr_html_()
    assert "4711-A" in shown
    assert "<summary>texts (500)</summary>" in shown
    assert "480 more rows" in shown  # 500 - 20
    assert len(shown) < 20_000


def test_long_texts_are_cut() -> None:
    long = RESULT.model_copy(update={"text_blocks": (TextBlock(text="x" * 100_000),)})
    assert len(long._repr_html_()) < 10_000


def test_a_value_is_explained_with_its_place_rule_and_rivals() -> None:
    why = RESULT.explain("title_block.drawing_number")
    assert (why.value, why.raw, why.method, why.confidence) == ("4711-A", "4711 - A", "ruled-cell-label", None)
    assert why.place == {"page": 2, "bbox": "1.00 2.00 3.00 4.00"}
    assert why.rivals == (("4712", "nearest-text"),)
    assert "confidence: not calibrated" in str(why)


def test_paths_lead_through_lists_and_named_fields() -> None:
    assert RESULT.explain("title_blocks[0].drawing_number").value == "4711-A"
    assert RESULT.explain(f"title_block.custom_fields.{HOSTILE}").value == HOSTILE
    assert "<script" not in RESULT.explain(f"title_block.custom_fields.{HOSTILE}")._repr_html_()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("title_block.number", "drawing_number"),
        ("text_blocks[500]", r"\[0\] to \[499\]"),
        ("title_block.scale", "not found in the file"),
        ("pages[0]", "nothing"),
        ("text_blocks", "list of 500"),
        ("__class__", "title_blocks"),
    ],
)
def test_a_path_that_leads_nowhere_is_answered_with_what_there_is(path: str, said: str) -> None:
    with pytest.raises(KeyError, match=said):
        RESULT.explain(path)
