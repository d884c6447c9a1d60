"""The tree of occurrences and the bill of materials, both bounded."""

from __future__ import annotations

from dataclasses import dataclass

from pybase_extraction.results import AssemblyNode, BillOfMaterials, BomItem, Provenance
from pybase_extraction.source import Locator
from pybase_extraction_step.model import Found
from pybase_extraction_step.products import Occurrence, Product, Structure

MAX_DEPTH = 60
"""Levels of a tree; deeper ones cannot be written as JSON by every library, and no assembly is."""


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What a parts list says of a part beyond its product: material and mass of one."""

    material: str | None = None
    mass: float | None = None
    mass_unit: str | None = None


class AssemblyTree:
    """Builds the tree of occurrences of one file."""

    def __init__(self, structure: Structure, found: Found, max_occurrences: int) -> None:
        self._structure = structure
        self._found = found
        self._folds = _expanded(structure) > max_occurrences
        self._listed: set[int] = set()
        self._cut = 0
        self._deep = 0

    def build(self) -> tuple[AssemblyNode, ...]:
        """Build the tree; assemblies that were listed before are cut when it would be too large."""
        roots = tuple(self._node(self._structure.products[root], None, "", 0) for root in self._structure.roots)
        if self._cut:
            message = "The tree has more occurrences than allowed: repeated assemblies are listed without components."
            self._found.add("assembly-too-large", "warning", message)
        if self._deep:
            self._found.add("assembly-too-deep", "error", f"The assembly has more than {MAX_DEPTH} levels.")
        return roots

    def _node(self, product: Product, use: Occurrence | None, path: str, depth: int) -> AssemblyNode:
        here = f"{path}/{_label(product, use)}" if path else _label(product, use)
        children = self._structure.children.get(product.id, [])
        if children and depth >= MAX_DEPTH:
            self._deep, children = self._deep + 1, []
        if children and self._folds and product.id in self._listed:
            self._cut, children = self._cut + 1, []
        self._listed.add(product.id)
        return AssemblyNode(
            part=product.key,
            name=product.title,
            occurrence=(use.designator or use.name or use.identifier) if use else None,
            identifier=use.identifier if use else None,
            designator=use.designator if use else None,
            quantity=(use.quantity or 1) if use else 1,
            transform=use.transform if use else None,
            children=tuple(
                self._node(self._structure.products[item.child], item, here, depth + 1) for item in children
            ),
            provenance=Provenance(
                place=Locator(step_id=use.number if use else product.number, path=here),
                method="NEXT_ASSEMBLY_USAGE_OCCURRENCE" if use else "PRODUCT_DEFINITION",
            ),
        )


def _label(product: Product, use: Occurrence | None) -> str:
    named = (use.designator or use.name or use.identifier) if use else None
    return (named or product.title or product.key).replace("/", "∕")


def _expanded(structure: Structure) -> int:
    """Nodes that the whole tree has, counted without walking it twice."""
    sizes: dict[int, int] = {}
    for number in reversed(structure.order):
        sizes[number] = 1 + sum(sizes[item.child] for item in structure.children.get(number, ()))
    return sum(sizes[root] for root in structure.roots)


def bill_of_materials(
    structure: Structure, facts: dict[int, PartFacts], mode: str, max_depth: int | None, max_items: int, found: Found
) -> BillOfMaterials | None:
    """Make a parts list; None where the file has no assembly."""
    if not structure.children:
        return None
    if mode != "hierarchical":
        items = [_line(structure, facts, number, structure.counts[number]) for number in structure.order
                 if number not in structure.children or mode == "inducted"]  # fmt: skip
        return _bill(items, is_hierarchical=False)
    lines = _Lines(structure, facts, min(max_depth or MAX_DEPTH, MAX_DEPTH), max_items)
    for root in structure.roots:
        lines.add(root, None, 1, 1, 0)
    if lines.is_cut:
        message = "The parts list has more lines than allowed: the rest was left out."
        found.add("parts-list-cut", "warning", message)
    return _bill(lines.items, is_hierarchical=True)


def _bill(items: list[BomItem], *, is_hierarchical: bool) -> BillOfMaterials:
    quantities = [item.quantity for item in items if item.level == 0]
    known = [value for value in quantities if value is not None]
    return BillOfMaterials(
        items=tuple(items),
        is_hierarchical=is_hierarchical,
        total_quantity=sum(known) if len(known) == len(quantities) else None,
        provenance=items[0].provenance if items else Provenance(method="assembly"),
    )


class _Lines:
    """Lines of a hierarchical parts list while it is made."""

    def __init__(self, structure: Structure, facts: dict[int, PartFacts], max_depth: int, max_items: int) -> None:
        self.items: list[BomItem] = []
        self.is_cut = False
        self._structure = structure
        self._facts = facts
        self._max_depth = max_depth
        self._max_items = max_items

    def add(self, number: int, parent: int | None, quantity: int | None, above: int | None, level: int) -> None:
        """Add a part and what it is made of."""
        if len(self.items) >= self._max_items:
            self.is_cut = True
            return
        total = None if quantity is None or above is None else quantity * above
        place = len(self.items)
        self.items.append(_line(self._structure, self._facts, number, quantity, level, parent, total))
        if level + 1 >= self._max_depth:
            return
        grouped: dict[int, int | None] = {}
        for item in self._structure.children.get(number, ()):
            before = grouped.get(item.child, 0)
            grouped[item.child] = None if before is None or item.quantity is None else before + item.quantity
        for child, count in grouped.items():
            self.add(child, place, count, total, level + 1)


def _line(
    structure: Structure,
    facts: dict[int, PartFacts],
    number: int,
    quantity: int | None,
    level: int = 0,
    parent: int | None = None,
    total: int | None = None,
) -> BomItem:
    product, fact = structure.products[number], facts.get(number, PartFacts())
    amount = total if total is not None else quantity if parent is None else None
    return BomItem(
        part_number=product.part_number,
        description=product.name,
        quantity=quantity,
        level=level,
        parent=parent,
        total_quantity=amount,
        material=fact.material,
        mass=fact.mass,
        mass_total=fact.mass * amount if fact.mass is not None and amount is not None else None,
        mass_unit=fact.mass_unit,
        revision=product.version,
        key=product.key,
        provenance=Provenance(place=Locator(step_id=product.number, path=product.file), method="PRODUCT_DEFINITION"),
    )
