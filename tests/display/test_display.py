"""A result shows itself, and tells why a value is what it is."""

from __future__ import annotations

import pytest

from pybase_extraction.results import (
    BillOfMaterials,
    BomItem,
    Dimension,
    DimensionKind,
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


def test_counts_come_with_their_confidence_where_one_was_calibrated() -> None:
    def dimension(confidence: float | None) -> Dimension:
        return Dimension(raw="8", kind=DimensionKind.LINEAR, provenance=Provenance(confidence=confidence))

    found = tuple(dimension(confidence) for confidence in (0.9, None, 0.97))
    shown = RESULT.model_copy(update={"dimensions": found})._repr_html_()
    assert "<summary>dimensions (3), confidence 90% to 97%</summary>" in shown
    assert "<summary>texts (500)</summary>" in shown  # nothing was calibrated, and nothing is made up


def test_values_show_themselves_as_tables_with_everything_escaped() -> None:
    table = RESULT.tables[0]._repr_html_()
    assert "2 × 2" in table
    assert table.count("<td>") == 4
    lines = BillOfMaterials(items=tuple(BomItem(item=str(n), description=HOSTILE) for n in range(30)))._repr_html_()
    assert "10 more rows" in lines  # 30 - 20
    assert RESULT.title_block is not None
    block = RESULT.title_block._repr_html_()
    assert "4711-A" in block
    one = NUMBER._repr_html_()
    assert "<td>4711 - A</td>" in one
    assert "ruled-cell-label" in one
    assert "not calibrated" in one
    for shown in (table, lines, block, TextBlock(text=HOSTILE)._repr_html_()):
        assert "<script" not in shown
        assert "&lt;script&gt;" in shown
