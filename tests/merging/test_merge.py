"""Several readings of one file as one result."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pybase_extraction.merging import merge
from pybase_extraction.results import (
    BillOfMaterials,
    BomItem,
    Dimension,
    DimensionKind,
    ExtractionResult,
    ExtractorRecord,
    Issue,
    Layer,
    Note,
    Page,
    Provenance,
    Severity,
    SourceInfo,
    Table,
    TitleBlock,
    TitleField,
    UnitOrigin,
)
from pybase_extraction.source import Locator

SOURCE = SourceInfo(filename="shaft.pdf", size=100, sha256="a" * 64)
BOX = (100.0, 100.0, 140.0, 110.0)

TITLE = TitleField(value="Shaft", provenance=Provenance(place=Locator(page=1, bbox=(100, 100, 200, 120))))


def result(name: str = "pdf", **sections: object) -> ExtractionResult:
    extractor = ExtractorRecord(name=name, version="1")
    return ExtractionResult(format="pdf", source=SOURCE, extractor=extractor, **sections)


def at(box: tuple[float, float, float, float] | None = BOX, page: int | None = 1) -> Provenance:
    return Provenance(place=Locator(page=page, bbox=box))


def diameter(nominal: float, place: Provenance | None = None, **fields: object) -> Dimension:
    return Dimension(kind=DimensionKind.DIAMETER, nominal=nominal, provenance=place or at(), **fields)


def two(ours: object, theirs: object, section: str = "dimensions") -> ExtractionResult:
    return merge([result(**{section: (ours,)}), result("werk24", **{section: (theirs,)})])


def test_values_that_agree_are_one_value_with_both_provenances() -> None:
    merged = two(diameter(25, raw="⌀25"), diameter(25, at((101, 99, 139, 111)), raw="Ø 25"))
    assert len(merged.dimensions) == 1
    assert merged.dimensions[0].raw == "⌀25"
    assert merged.dimensions[0].provenance == at()
    assert [proof.extractor for proof in merged.dimensions[0].confirmed_by] == ["werk24"]
    assert merged.dimensions[0].confirmed_by[0].place.bbox == (101, 99, 139, 111)
    assert merged.issues == ()


def test_values_that_disagree_at_one_place_are_both_kept_with_an_issue() -> None:
    merged = two(diameter(25), diameter(28))
    assert [found.nominal for found in merged.dimensions] == [25, 28]
    assert [found.provenance.extractor for found in merged.dimensions] == [None, "werk24"]
    assert [(issue.code, issue.place) for issue in merged.issues] == [("merge-rivals", at().place)]


def test_values_at_different_places_neither_confirm_nor_contradict() -> None:
    merged = two(diameter(25), diameter(25, at((300, 100, 340, 110))))
    assert len(merged.dimensions) == 2
    assert merged.issues == ()


def test_values_on_different_pages_are_different() -> None:
    assert len(two(diameter(25), diameter(25, at(page=2))).dimensions) == 2


def test_boxes_in_points_and_in_pixels_are_not_compared() -> None:
    ours = result(pages=(Page(number=1, unit="pt"),), dimensions=(diameter(25), diameter(40)))
    found = (diameter(25, at((900, 900, 950, 930))), diameter(99))
    theirs = result("werk24", pages=(Page(number=1, unit="px"),), dimensions=found)
    merged = merge([ours, theirs])
    assert [len(dimension.confirmed_by) for dimension in merged.dimensions] == [1, 0, 0]
    assert [issue.code for issue in merged.issues] == ["merge-places-unlike"]


def test_boxes_in_pixels_are_converted_where_both_know_the_size_of_the_page() -> None:
    """1190.55 pt at 2 px a pt is 2381 px, at 842 pt 1684 px: (200, 198) px is (100, 99) pt."""
    a3 = Page(number=1, width=1190.55, height=841.89, unit="pt")
    picture = Page(number=1, width=2381, height=1684, unit="px")
    ours = result(pages=(a3,), dimensions=(diameter(25), diameter(40, at((500, 500, 540, 512)))))
    found = (diameter(25, at((202, 198, 278, 222))), diameter(41, at((1000, 1000, 1080, 1024))))
    theirs = result("werk24", pages=(picture,), dimensions=found, title_blocks=(TitleBlock(page=1, title=TITLE),))
    merged = merge([ours, theirs])
    assert [len(dimension.confirmed_by) for dimension in merged.dimensions] == [1, 0, 0]
    assert [issue.code for issue in merged.issues] == ["merge-rivals"]
    assert merged.dimensions[2].provenance.place.bbox == pytest.approx((500.02, 499.93, 540.02, 511.93), abs=0.01)
    assert merged.title_blocks[0].title is not None
    assert merged.title_blocks[0].title.provenance.place.bbox == pytest.approx((50.0, 50.0, 100.0, 60.0), abs=0.01)
    assert merged.pages == (a3,)


def test_boxes_in_a_picture_of_another_shape_are_not_converted() -> None:
    ours = result(pages=(Page(number=1, width=1190.55, height=841.89, unit="pt"),), dimensions=(diameter(25),))
    cut = Page(number=1, width=2381, height=1500, unit="px")
    merged = merge([ours, result("werk24", pages=(cut,), dimensions=(diameter(41, at((1, 2, 3, 4))),))])
    assert merged.dimensions[1].provenance.place.bbox == (1, 2, 3, 4)
    assert [issue.code for issue in merged.issues] == ["merge-places-unlike"]


def test_one_text_that_is_read_differently_has_rivals_without_a_place() -> None:
    merged = two(diameter(25, at(None), raw="⌀25 H7"), diameter(25, at(None), raw="⌀25  h7", upper=0.021, lower=0))
    assert len(merged.dimensions) == 2
    assert [issue.code for issue in merged.issues] == ["merge-rivals"]


def test_a_further_find_of_an_equal_value_is_no_rival() -> None:
    merged = merge([result(dimensions=(diameter(6),)), result("werk24", dimensions=(diameter(6), diameter(6)))])
    assert [len(found.confirmed_by) for found in merged.dimensions] == [1, 0]
    assert merged.issues == ()


def test_a_place_that_is_not_known_contradicts_no_place() -> None:
    merged = two(diameter(25), diameter(25, at(None)))
    assert len(merged.dimensions[0].confirmed_by) == 1


def test_a_deviation_that_only_one_reading_has_is_a_disagreement() -> None:
    merged = two(diameter(25), diameter(25, upper=-0.007, lower=-0.020))
    assert [(found.upper, found.lower) for found in merged.dimensions] == [(None, None), (-0.007, -0.020)]
    assert len(merged.issues) == 1


def test_a_unit_that_only_the_confirming_reading_knows_is_filled_in() -> None:
    merged = two(diameter(25), diameter(25, unit="mm", unit_origin=UnitOrigin.DECLARED))
    assert (merged.dimensions[0].unit, merged.dimensions[0].unit_origin) == ("mm", UnitOrigin.DECLARED)


def test_equal_numbers_in_different_units_disagree() -> None:
    assert len(two(diameter(1, unit="mm"), diameter(1, unit="in")).dimensions) == 2


def test_each_find_is_confirmed_by_the_nearest_one_only() -> None:
    left, right = diameter(6), diameter(6, at((130, 100, 170, 110)))
    merged = merge([result(dimensions=(left, right)), result("werk24", dimensions=(right, left))])
    assert [found.provenance for found in merged.dimensions] == [left.provenance, right.provenance]
    places = [[proof.place for proof in found.confirmed_by] for found in merged.dimensions]
    assert places == [[left.provenance.place], [right.provenance.place]]


def test_notes_agree_when_their_words_do() -> None:
    assert len(two(Note(text="Remove  all burrs"), Note(text="REMOVE ALL\nBURRS"), "notes").notes) == 1


def test_title_blocks_are_merged_field_by_field() -> None:
    ours = TitleBlock(page=1, title=TitleField(value="Shaft"), drawing_number=TitleField(value="A-1"))
    theirs = TitleBlock(
        title=TitleField(value="SHAFT"), drawing_number=TitleField(value="A-7"), revision=TitleField(value="C")
    )
    merged = two(ours, theirs, "title_blocks")
    assert len(merged.title_blocks) == 1
    block = merged.title_blocks[0]
    assert block.title is not None
    assert [proof.extractor for proof in block.title.confirmed_by] == ["werk24"]
    assert block.drawing_number is not None
    assert block.drawing_number.value == "A-1"
    assert [rival.value for rival in block.drawing_number.rivals] == ["A-7"]
    assert block.revision is not None
    assert block.revision.provenance.extractor == "werk24"
    assert [issue.code for issue in merged.issues] == ["merge-rivals"]


def test_a_parts_list_still_names_its_table_after_the_merging() -> None:
    main = result(tables=(Table(rows=(("a",),)),))
    listed = BillOfMaterials(items=(BomItem(item="1"),), source_table=0)
    other = result("werk24", tables=(Table(rows=(("1", "bolt"),)),), boms=(listed,))
    merged = merge([main, other])
    assert merged.boms[0].source_table == 1
    assert merged.tables[1].rows == (("1", "bolt"),)


def test_a_continued_table_still_names_the_first_part() -> None:
    main = result(tables=(Table(rows=(("a",),)),))
    parts = (Table(rows=(("b",),)), Table(rows=(("c",),), continued_from=0))
    assert [table.continued_from for table in merge([main, result("w", tables=parts)]).tables] == [None, None, 1]


def test_facts_about_the_files_are_kept_from_all() -> None:
    issue = Issue(code="x", severity=Severity.INFO, message="x")
    other = result("werk24", is_partial=True, issues=(issue,), metadata={"languages": ["de"]})
    merged = merge([result(metadata={"author": "mara"}), other])
    assert merged.is_partial
    assert merged.issues == (issue,)
    assert merged.metadata == {"author": "mara", "werk24": {"languages": ["de"]}}


def test_results_of_different_files_are_refused() -> None:
    foreign = result().model_copy(update={"source": SOURCE.model_copy(update={"sha256": "b" * 64})})
    with pytest.raises(ValueError, match="different files"):
        merge([result(), foreign])


def test_different_structures_are_refused() -> None:
    with pytest.raises(ValueError, match="layers"):
        merge([result(layers=(Layer(name="0"),)), result("other", layers=(Layer(name="1"),))])


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="at least one"):
        merge([])


boxes = st.none() | st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: (p[0], p[1], p[0] + 30, p[1] + 10))
places = st.builds(at, boxes, st.none() | st.integers(1, 2))
dimensions = st.builds(
    Dimension,
    kind=st.sampled_from([DimensionKind.DIAMETER, DimensionKind.LINEAR]),
    nominal=st.sampled_from([None, 6.0, 25.0]),
    upper=st.sampled_from([None, 0.1]),
    unit=st.sampled_from([None, "mm", "in"]),
    raw=st.sampled_from([None, "⌀25", "6"]),
    provenance=places,
)
notes = st.builds(Note, text=st.sampled_from(["burrs", "Burrs", "paint"]), provenance=places)
fields = st.none() | st.builds(TitleField, value=st.sampled_from(["Shaft", "shaft", "Axle"]), provenance=places)
blocks = st.builds(TitleBlock, page=st.none() | st.integers(1, 2), title=fields, scale=fields)


@st.composite
def results(draw: st.DrawFn, name: str = "pdf") -> ExtractionResult:
    return result(
        name,
        dimensions=tuple(draw(st.lists(dimensions, max_size=5))),
        notes=tuple(draw(st.lists(notes, max_size=3))),
        title_blocks=tuple(draw(st.lists(blocks, max_size=2))),
    )


@given(results())
@settings(max_examples=80)
def test_a_result_merged_with_itself_is_confirmed_throughout(one: ExtractionResult) -> None:
    merged = merge([one, one])
    assert merged.issues == ()
    assert len(merged.title_blocks) == len(one.title_blocks)
    for section in ("dimensions", "notes"):
        before, after = getattr(one, section), getattr(merged, section)
        assert [v.model_copy(update={"confirmed_by": ()}) for v in after] == list(before)
        assert all(v.confirmed_by for v in after)


@given(results(), results("werk24"), results("third"))
@settings(max_examples=80)
def test_no_find_is_lost_and_none_is_doubled(
    one: ExtractionResult, two: ExtractionResult, three: ExtractionResult
) -> None:
    merged = merge([one, two, three])
    for section in ("dimensions", "notes"):
        expected = Counter(v.provenance.place.model_dump_json() for r in (one, two, three) for v in getattr(r, section))
        proofs = [proof for v in getattr(merged, section) for proof in (v.provenance, *v.confirmed_by)]
        assert Counter(proof.place.model_dump_json() for proof in proofs) == expected


@given(results(), results("werk24"), results("third"))
@settings(max_examples=60)
def test_values_are_confirmed_in_the_order_of_the_results(
    one: ExtractionResult, two: ExtractionResult, three: ExtractionResult
) -> None:
    merged = merge([one, two, three])
    assert merge([merge([one, two]), three]) == merged
    order = {None: 0, "werk24": 1, "third": 2}
    for found in (*merged.dimensions, *merged.notes):
        names = [order[proof.extractor] for proof in (found.provenance, *found.confirmed_by)]
        assert names == sorted(names)


@given(results(), results("werk24"))
@settings(max_examples=60)
def test_every_title_field_keeps_its_words(one: ExtractionResult, two: ExtractionResult) -> None:
    def words(block: TitleBlock) -> set[str]:
        found = [field for field in (block.title, block.scale) if field is not None]
        return {text.casefold() for f in found for text in (f.value, *(r.value for r in f.rivals))}

    merged = merge([one, two])
    before = set().union(*(words(block) for r in (one, two) for block in r.title_blocks))
    assert set().union(*(words(block) for block in merged.title_blocks)) == before
