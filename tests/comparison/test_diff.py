"""What changed between two revisions."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pybase_extraction import extract
from pybase_extraction.comparison import diff
from pybase_extraction.results import (
    BillOfMaterials,
    BomItem,
    Dimension,
    DimensionKind,
    ExtractionResult,
    ExtractorRecord,
    SourceInfo,
)

DRAWING = Path(__file__).parents[2] / "docs" / "samples" / "bearing-bracket.pdf"
ITEMS = st.lists(
    st.builds(
        BomItem,
        item=st.sampled_from(["1", "2", "3", None]),
        part_number=st.sampled_from(["a", "b", None]),
        quantity=st.sampled_from([1.0, 2.0, None]),
    ),
    max_size=6,
)


def result(items: list[BomItem], nominal: float = 8.0) -> ExtractionResult:
    return ExtractionResult(
        format="dxf",
        source=SourceInfo(filename="a.dxf", size=1, sha256="0" * 64),
        extractor=ExtractorRecord(name="dxf", version="1"),
        boms=(BillOfMaterials(items=tuple(items)),),
        dimensions=(Dimension(raw=f"{nominal}", kind=DimensionKind.LINEAR, nominal=nominal),),
    )


@given(ITEMS, ITEMS)
def test_a_result_is_its_own_and_turning_round_turns_every_change_round(old: list, new: list) -> None:
    a, b = result(old), result(new)
    assert diff(a, a) == ()
    forth = {(change.identity, str(change.before), str(change.after)) for change in diff(a, b)}
    assert forth == {(change.identity, str(change.after), str(change.before)) for change in diff(b, a)}


@given(ITEMS, ITEMS)
def test_the_numbers_of_lines_add_up(old: list, new: list) -> None:
    changes = diff(result(old), result(new))
    added = sum(change.before is None for change in changes)
    removed = sum(change.after is None for change in changes)
    assert len(old) + added - removed == len(new)


def test_a_line_with_the_same_item_number_is_changed() -> None:
    (change,) = diff(result([BomItem(item="1", quantity=2)]), result([BomItem(item="1", quantity=4)]))
    assert change.fields == ("quantity",)
    assert str(change) == "bom 1: quantity 2.0 → 4.0"


def test_another_nominal_size_is_one_removed_and_one_added() -> None:
    assert [str(change).split(": ")[1] for change in diff(result([], 8.0), result([], 9.0))] == ["removed", "added"]


def test_changes_show_themselves_escaped_and_as_a_frame() -> None:
    hostile = "<script>alert('x')</script>"
    before = result([BomItem(item="1", quantity=2), BomItem(item="2", part_number="gone")])
    after = result([BomItem(item="1", quantity=4), BomItem(item="3", part_number=hostile)])
    changes = diff(before, after)
    shown = changes._repr_html_()
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "3 changes" in shown
    assert "<summary>bom (3)</summary>" in shown
    frame = changes.df()
    assert list(frame["change"]) == ["changed", "removed", "added"]
    assert list(frame.iloc[0][["section", "row", "field", "before", "after"]]) == ["bom", "1", "quantity", "2.0", "4.0"]
    assert str(diff(before, before)) == "no changes"
    assert "no changes" in diff(before, before)._repr_html_()


def test_changes_on_pages_have_pictures_of_both_sides() -> None:
    old = extract(DRAWING, extract_title_block=True)
    assert old.title_block is not None
    assert old.title_block.revision is not None
    block = old.title_block.model_copy(
        update={"revision": old.title_block.revision.model_copy(update={"value": "D", "raw": "D"})}
    )
    changes = old.diff(old.model_copy(update={"title_blocks": (block,)}))
    assert [(change.named, change.fields) for change in changes] == [("1 revision", ("value",))]
    assert changes._repr_html_().count("data:image/png;base64,") == 2
