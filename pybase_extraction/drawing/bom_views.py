"""Views of a parts list: as a tree, as a flat list of parts, cut at a depth, with equal lines put together.

Quantities are calculated in decimal arithmetic; a quantity that is not known makes what depends on it unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from pybase_extraction.bom_options import BomView
from pybase_extraction.results import BillOfMaterials, BomItem, Issue, Severity


def apply_view(boms: Sequence[BillOfMaterials], view: BomView) -> tuple[tuple[BillOfMaterials, ...], tuple[Issue, ...]]:
    """Give parts lists as a view wants them.

    Args:
        boms: As they were read.
        view: What is wanted.

    Returns:
        The lists, and issues of lines whose quantity is no number.
    """
    issues = [issue for bom in boms for issue in _without_quantity(bom)] if view.validate_quantities else []
    return tuple(_viewed(bom, view) for bom in boms), tuple(issues)


def _without_quantity(bom: BillOfMaterials) -> list[Issue]:
    lines = [item for item in bom.items if item.quantity is None]
    if not lines or len(lines) == len(bom.items):
        # a list without a column of quantities says nothing wrong
        return []
    message = "Lines of the parts list have no quantity that is a number; totals above them are unknown."
    place = lines[0].provenance.place
    return [
        Issue(code="bom-quantity-unknown", severity=Severity.WARNING, message=message, place=place, count=len(lines))
    ]


def _viewed(bom: BillOfMaterials, view: BomView) -> BillOfMaterials:
    items = list(bom.items)
    if view.max_depth is not None:
        items = _chosen(items, lambda item: item.level < view.max_depth)  # type: ignore[operator]  # just checked
    if view.hierarchy_mode != "hierarchical":
        items = _flat(items, with_assemblies=view.hierarchy_mode == "inducted")
    elif view.merge_duplicates:
        items = _merged(items)
    changes = _left_out(view)
    top = [item.quantity for item in items if item.level == 0]
    return bom.model_copy(
        update={
            "items": tuple(item.model_copy(update=changes) for item in items),
            "is_hierarchical": any(item.level for item in items),
            "total_quantity": _sum(top) if view.include_quantities else None,
        }
    )


def _left_out(view: BomView) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if not view.include_quantities:
        changes |= {"quantity": None, "quantity_text": None, "total_quantity": None, "unit": None, "mass_total": None}
    if not view.include_materials:
        changes |= {"material": None, "mass": None, "mass_total": None, "mass_unit": None}
    if not view.include_properties:
        changes["properties"] = {}
    return changes


def _chosen(items: Sequence[BomItem], keep: Callable[[BomItem], bool]) -> list[BomItem]:
    """Items that are kept, with the numbers of their parents; whatever is kept has a kept parent."""
    number: dict[int, int] = {}
    found: list[BomItem] = []
    for index, item in enumerate(items):
        if keep(item):
            number[index] = len(found)
            parent = None if item.parent is None else number.get(item.parent)
            found.append(item.model_copy(update={"parent": parent}))
    return found


def _flat(items: Sequence[BomItem], *, with_assemblies: bool) -> list[BomItem]:
    """Every part once at the top level, with its quantity in the whole."""
    parents = {item.parent for item in items}
    found: dict[Any, BomItem] = {}
    for index, item in enumerate(items):
        if index in parents and not with_assemblies:
            continue
        total = item.total_quantity
        own = item.model_copy(
            update={"level": 0, "parent": None, "quantity": total, "quantity_text": None, "total_quantity": total}
        )
        key = _kind(item)
        found[key] = own if key not in found else _together(found[key], own)
    return list(found.values())


def _merged(items: Sequence[BomItem]) -> list[BomItem]:
    """Equal lines below one parent put together; lines that have parts of their own stay apart."""
    parents = {item.parent for item in items}
    first: dict[Any, int] = {}
    found: list[BomItem] = []
    number: dict[int, int] = {}
    for index, item in enumerate(items):
        parent = None if item.parent is None else number[item.parent]
        key = (parent, _kind(item)) if index not in parents else index
        if key in first:
            found[first[key]] = _together(found[first[key]], item)
        else:
            first[key] = len(found)
            found.append(item.model_copy(update={"parent": parent}))
        number[index] = first[key]
    return found


def _kind(item: BomItem) -> tuple[Any, ...]:
    """What makes two lines the same part; lines that name nothing are never the same."""
    named = (item.part_number, item.description, item.material, item.unit, item.mass, item.revision)
    return named if any(named[:2]) else (id(item),)


def _together(one: BomItem, other: BomItem) -> BomItem:
    return one.model_copy(
        update={
            "quantity": _sum([one.quantity, other.quantity]),
            "quantity_text": None,
            "total_quantity": _sum([one.total_quantity, other.total_quantity]),
            "mass_total": _sum([one.mass_total, other.mass_total]),
            "item": ", ".join(text for text in (one.item, other.item) if text) or None,
        }
    )


def _sum(quantities: Sequence[float | None]) -> float | None:
    if not quantities or None in quantities:
        return None
    return float(sum(Decimal(repr(value)) for value in quantities if value is not None))
