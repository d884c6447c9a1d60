"""Views of parts lists: each option has its effect, and quantities stay what they are."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pybase_extraction.bom_options import BomView
from pybase_extraction.drawing.bom_views import apply_view
from pybase_extraction.results import BillOfMaterials, BomItem, Locator, Provenance

HERE = Provenance(place=Locator(page=1))


def item(number: str, part: str, quantity: float | None, parent: int | None = None, **fields: object) -> BomItem:
    return BomItem(item=number, part_number=part, quantity=quantity, parent=parent, provenance=HERE, **fields)


TREE = BillOfMaterials(
    provenance=HERE,
    items=(
        item("1", "frame", 2, total_quantity=2),
        item("1.1", "bolt", 4, 0, level=1, total_quantity=8, material="8.8", mass=0.1, properties={"finish": "zinc"}),
        item("1.2", "plate", 1, 0, level=1, total_quantity=2, material="S235"),
        item("2", "bolt", 3, total_quantity=3, material="8.8", mass=0.1),
        item("3", "bolt", 1, total_quantity=1, material="8.8", mass=0.1),
    ),
    is_hierarchical=True,
    total_quantity=6,
)


def view(**fields: object) -> BillOfMaterials:
    (bom,), _ = apply_view([TREE], BomView(**fields))
    return bom


def lines(bom: BillOfMaterials) -> list[tuple[str | None, float | None, int]]:
    return [(line.part_number, line.quantity, line.level) for line in bom.items]


def test_the_default_changes_nothing() -> None:
    assert view() == TREE


def test_a_flat_list_has_every_part_once_with_its_quantity_in_the_whole() -> None:
    flat = view(hierarchy_mode="flattened")
    assert lines(flat) == [("bolt", 12.0, 0), ("plate", 2.0, 0)]
    assert not flat.is_hierarchical
    assert flat.total_quantity == 14.0
    assert lines(view(hierarchy_mode="inducted")) == [("frame", 2.0, 0), ("bolt", 12.0, 0), ("plate", 2.0, 0)]


def test_a_depth_cuts_the_tree() -> None:
    assert lines(view(max_depth=1)) == [("frame", 2.0, 0), ("bolt", 3.0, 0), ("bolt", 1.0, 0)]
    assert view(max_depth=9).items == TREE.items


def test_equal_lines_of_one_parent_are_put_together() -> None:
    merged = view(merge_duplicates=True)
    assert lines(merged) == [("frame", 2.0, 0), ("bolt", 4.0, 1), ("plate", 1.0, 1), ("bolt", 4.0, 0)]
    assert merged.items[3].item == "2, 3"
    assert merged.total_quantity == TREE.total_quantity


@pytest.mark.parametrize(
    ("option", "fields"),
    [
        ("include_quantities", ("quantity", "total_quantity")),
        ("include_materials", ("material", "mass")),
        ("include_properties", ("properties",)),
    ],
)
def test_what_is_not_wanted_is_left_out(option: str, fields: tuple[str, ...]) -> None:
    shown = view(**{option: False})
    assert not any(getattr(line, name) for line in shown.items for name in fields)
    assert any(getattr(line, name) for line in TREE.items for name in fields)


def test_lines_without_a_number_are_told_where_others_have_one() -> None:
    as_required = TREE.model_copy(update={"items": (*TREE.items, item("4", "grease", None, quantity_text="AR"))})
    _, (issue,) = apply_view([as_required], BomView())
    assert (issue.code, issue.count) == ("bom-quantity-unknown", 1)
    assert apply_view([as_required], BomView(validate_quantities=False))[1] == ()
    (flat,), _ = apply_view([as_required], BomView(hierarchy_mode="flattened"))
    assert flat.total_quantity is None


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValidationError):
        BomView(hierarchy_mode="sideways")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9)), min_size=1, max_size=12))
def test_putting_lines_together_loses_no_part(parts: list[tuple[str, int]]) -> None:
    items = tuple(item(str(n), name, count, total_quantity=count) for n, (name, count) in enumerate(parts))
    expected: Counter[str] = Counter()
    for name, count in parts:
        expected[name] += count
    for fields in ({"merge_duplicates": True}, {"hierarchy_mode": "flattened"}, {"hierarchy_mode": "inducted"}):
        (bom,), _ = apply_view([BillOfMaterials(provenance=HERE, items=items)], BomView(**fields))
        assert {str(line.part_number): line.quantity for line in bom.items} == expected
