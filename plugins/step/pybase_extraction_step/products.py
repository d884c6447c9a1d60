"""Products, their shapes, and how they are assembled (ISO 10303-41, -43, -44)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from pybase_extraction.part21 import Ref
from pybase_extraction.results import Matrix
from pybase_extraction_step.measures import Units, representation_of
from pybase_extraction_step.model import Found, StepModel, at, number, references, text
from pybase_extraction_step.placement import IDENTITY, invert, multiply, read_placement, scaled

_DEFINITIONS = ("PRODUCT_DEFINITION", "PRODUCT_DEFINITION_WITH_ASSOCIATED_DOCUMENTS")
_FORMATIONS = ("PRODUCT_DEFINITION_FORMATION", "PRODUCT_DEFINITION_FORMATION_WITH_SPECIFIED_SOURCE")
_OCCURRENCE = "NEXT_ASSEMBLY_USAGE_OCCURRENCE"
_MAX_QUANTITY = 10**9


@dataclass(frozen=True, slots=True)
class Product:
    """A product definition with its product.

    Attributes:
        id: Number of the product definition.
        product: Number of the product, or None.
        part_number: Id of the product as written, or None.
        name: Name of the product as written, or None.
        description: As written, or None.
        version: Id of the formation as written, or None.
        representations: Numbers of its shape representations, those related to them included.
        file: Name of the file that it comes from when that is not the one that was extracted, or None.
        step_id: Number in that file, where ``id`` is another one to be unique; or None.
    """

    id: int
    product: int | None = None
    part_number: str | None = None
    name: str | None = None
    description: str | None = None
    version: str | None = None
    representations: tuple[int, ...] = ()
    file: str | None = None
    step_id: int | None = None

    @property
    def number(self) -> int:
        """Number of the product definition in its file."""
        return self.id if self.step_id is None else self.step_id

    @property
    def key(self) -> str:
        """Key of the part in a result; with the name of its file when that is another one."""
        return f"{self.file or ''}#{self.number}"

    @property
    def title(self) -> str | None:
        """Name, or number where it has no name."""
        return self.name or self.part_number


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A use of a product in an assembly.

    Attributes:
        id: Number of the usage.
        parent: Number of the assembly's product definition.
        child: Number of the component's product definition.
        identifier: As written, or None.
        name: As written, or None.
        designator: Reference designator, or None.
        quantity: How many this usage stands for; None when the file says it in a way that is no whole number.
        transform: From the component's to the assembly's system, or None.
        step_id: Number in its file, where ``id`` is another one to be unique; or None.
    """

    id: int
    parent: int
    child: int
    identifier: str | None
    name: str | None
    designator: str | None
    quantity: int | None = 1
    transform: Matrix | None = None
    step_id: int | None = None

    @property
    def number(self) -> int:
        """Number of the usage in its file."""
        return self.id if self.step_id is None else self.step_id


@dataclass(frozen=True, slots=True)
class OtherProduct:
    """A product that is no part: nothing says its shape, and no assembly has it.

    Attributes:
        id: Number of the product.
        part_number: Its id as written, or None.
        name: As written, or None.
        description: As written, or None.
        categories: Names of its categories.
    """

    id: int
    part_number: str | None
    name: str | None
    description: str | None
    categories: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The metadata's form."""
        told = {"name": self.name, "part_number": self.part_number, "description": self.description}
        return {**told, "categories": list(self.categories), "step_id": self.id}


@dataclass(slots=True)
class Structure:
    """Products and occurrences of a file.

    Attributes:
        products: By number of the product definition, only those with a shape or in an assembly.
        children: Occurrences by assembly, in the order of the file, those that would close a circle left out.
        counts: How often each product appears, multiplied along every path; None where a quantity is not known.
        order: Products, assemblies before their components.
        roots: Products that are no component.
        others: How many product definitions are neither shapes nor components: materials, documents.
        other_products: Products that are no parts, with their categories: ``document``, ``raw material``.
    """

    products: dict[int, Product]
    children: dict[int, list[Occurrence]]
    counts: dict[int, int | None] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    others: int = 0
    other_products: list[OtherProduct] = field(default_factory=list)


class ProductReader:
    """Reads the products and the assembly of one file."""

    def __init__(self, model: StepModel, units: Units) -> None:
        self._model = model
        self._units = units
        self._shapes: dict[int, int] = {}
        self._representations: dict[int, list[int]] = defaultdict(list)
        self._closures: dict[int, tuple[int, ...]] = {}
        self._queues: dict[int, dict[int, list[Matrix]]] = {}
        self._read_shapes()
        self._related = self._read_relations()

    def read(self) -> Structure:
        """Read everything."""
        occurrences = self._read_occurrences()
        shaped = set(self._shapes.values())
        used = {number for item in occurrences for number in (item.parent, item.child)}
        products: dict[int, Product] = {}
        others = 0
        for record in self._model.of(*_DEFINITIONS):
            if record.id in used or record.id in shaped:
                products[record.id] = self._product(record.id)
            else:
                others += 1
        children: dict[int, list[Occurrence]] = defaultdict(list)
        for item in occurrences:
            if item.parent in products and item.child in products:
                children[item.parent].append(item)
            else:
                message = "An occurrence refers to a product definition that is not in the file; it was left out."
                self._model.found.add("dangling-occurrence", "warning", message, item.id)
        structure = Structure(products, dict(children), others=others)
        structure.other_products = self._other_products({item.product for item in products.values()})
        arrange(structure, self._model.found)
        return structure

    def definition_of(self, shape: object) -> int | None:
        """Number of what a product definition shape describes: a product definition or an occurrence."""
        return self._shapes.get(int(shape)) if isinstance(shape, int) else None

    def _read_shapes(self) -> None:
        model = self._model
        for record in model.of("PRODUCT_DEFINITION_SHAPE"):
            arguments = model.arguments(record, "PRODUCT_DEFINITION_SHAPE") or model.arguments(
                record, "PROPERTY_DEFINITION"
            )
            if isinstance(at(arguments, 2), Ref):
                self._shapes[record.id] = int(arguments[2])
        for record in model.of("SHAPE_DEFINITION_REPRESENTATION"):
            arguments = model.arguments(record, "SHAPE_DEFINITION_REPRESENTATION") or model.arguments(
                record, "PROPERTY_DEFINITION_REPRESENTATION"
            )
            owner = self.definition_of(at(arguments, 0))
            if owner is not None and isinstance(at(arguments, 1), Ref):
                self._representations[owner].append(int(arguments[1]))

    def _read_relations(self) -> dict[int, list[int]]:
        related: dict[int, list[int]] = defaultdict(list)
        # a relation without transformation says that both describe the same shape (ISO 10303-43)
        for record in self._model.file.records("SHAPE_REPRESENTATION_RELATIONSHIP"):
            first, second = at(record.arguments, 2), at(record.arguments, 3)
            if isinstance(first, Ref) and isinstance(second, Ref):
                related[int(first)].append(int(second))
                related[int(second)].append(int(first))
        return related

    def _product(self, number: int) -> Product:
        model = self._model
        formation = at(model.arguments(Ref(number), *_DEFINITIONS), 2)
        version = model.arguments(formation, *_FORMATIONS)
        reference = at(version, 2)
        record = model.get(reference)
        product = record.arguments or record.component("PRODUCT") if record is not None else None
        return Product(
            id=number,
            product=int(reference) if product is not None and isinstance(reference, Ref) else None,
            part_number=text(at(product or (), 0)),
            name=text(at(product or (), 1)),
            description=text(at(product or (), 2)),
            version=text(at(version, 0)),
            representations=self._shapes_of(number),
        )

    def _other_products(self, parts: set[int | None]) -> list[OtherProduct]:
        model, categories = self._model, defaultdict(list)
        for record in model.of("PRODUCT_RELATED_PRODUCT_CATEGORY"):
            for number_ in references(at(record.arguments, 2)):
                categories[number_].append(text(at(record.arguments, 0)))
        found = []
        for record in model.of("PRODUCT"):
            if record.id not in parts:
                values = record.arguments or record.component("PRODUCT") or ()
                part_number, name, description = (text(at(values, place)) for place in range(3))
                named = tuple(category for category in categories[record.id] if category)
                found.append(OtherProduct(record.id, part_number, name, description, named))
        return found

    def _shapes_of(self, owner: object) -> tuple[int, ...]:
        """Shape representations of a product definition, those related to them included."""
        if not isinstance(owner, int):
            return ()
        if owner not in self._closures:
            self._closures[owner] = tuple(self._closure(self._representations.get(owner, [])))
        return self._closures[owner]

    def _closure(self, starts: list[int]) -> list[int]:
        found, waiting = dict.fromkeys(starts), list(starts)
        while waiting:
            for other in self._related.get(waiting.pop(), ()):
                if other not in found:
                    found[other] = None
                    waiting.append(other)
        return list(found)

    def _read_occurrences(self) -> list[Occurrence]:
        placed = self._read_placements()
        found = []
        for record in self._model.of(_OCCURRENCE):
            arguments: tuple[Any, ...] = record.arguments
            if not arguments:
                relation = record.component("PRODUCT_DEFINITION_RELATIONSHIP") or ()
                usage = record.component("ASSEMBLY_COMPONENT_USAGE") or record.component(_OCCURRENCE) or ()
                arguments = (*relation, *usage)
            parent, child = at(arguments, 3), at(arguments, 4)
            if not isinstance(parent, Ref) or not isinstance(child, Ref):
                message = "An occurrence does not name its assembly and component; it was left out."
                self._model.found.add("broken-occurrence", "warning", message, record.id)
                continue
            transform = placed.get(record.id) or self._mapped(int(parent), int(child))
            found.append(
                Occurrence(
                    record.id,
                    int(parent),
                    int(child),
                    text(at(arguments, 0)),
                    text(at(arguments, 1)),
                    text(at(arguments, 5)),
                    self._quantity(record.component("QUANTIFIED_ASSEMBLY_COMPONENT_USAGE"), record.id),
                    transform,
                )
            )
        return found

    def _quantity(self, arguments: tuple[Any, ...] | None, step_id: int) -> int | None:
        if arguments is None:
            return 1
        measure = self._units.measure(at(arguments, 0))
        value = measure.value if measure else number(at(arguments, 0))
        if value is not None and value == int(value) and 0 < value <= _MAX_QUANTITY:
            return int(value)
        message = "The quantity of an occurrence is no whole number; how often its components appear is not known."
        self._model.found.add("quantity-unreadable", "warning", message, step_id)
        return None

    def _read_placements(self) -> dict[int, Matrix]:
        placed: dict[int, Matrix] = {}
        for record in self._model.of("CONTEXT_DEPENDENT_SHAPE_REPRESENTATION"):
            usage = self.definition_of(at(record.arguments, 1))
            matrix = self._relation_matrix(at(record.arguments, 0), usage)
            if usage is not None and matrix is not None:
                placed[usage] = matrix
        return placed

    def _relation_matrix(self, reference: object, usage: int | None) -> Matrix | None:
        model = self._model
        relation = model.arguments(reference, "REPRESENTATION_RELATIONSHIP")
        operator = at(model.arguments(reference, "REPRESENTATION_RELATIONSHIP_WITH_TRANSFORMATION"), 0)
        first, second = at(relation, 2), at(relation, 3)
        pair = model.arguments(operator, "ITEM_DEFINED_TRANSFORMATION")
        origin, target = read_placement(model, at(pair, 2)), read_placement(model, at(pair, 3))
        if origin is None or target is None or usage is None:
            return None
        # rep_1 is the component and rep_2 the assembly; some writers exchange them
        ratio = self._ratio(first, second)
        if self._is_exchanged(first, usage):
            matrix = invert(multiply(target, multiply(scaled(ratio), invert(origin) or IDENTITY)))
        else:
            inverse = invert(origin)
            matrix = None if inverse is None else multiply(target, multiply(scaled(ratio), inverse))
        return matrix

    def _is_exchanged(self, first: object, usage: int) -> bool:
        arguments = self._model.arguments(Ref(usage), _OCCURRENCE) or self._model.arguments(
            Ref(usage), "PRODUCT_DEFINITION_RELATIONSHIP"
        )
        parent, child = at(arguments, 3), at(arguments, 4)
        return first in self._shapes_of(parent) and first not in self._shapes_of(child)

    def _ratio(self, source: object, target: object) -> float:
        """Length of the source representation's unit in the target's; 1 where a unit is not known."""
        one, other = (self._units.of_representation(item).length for item in (source, target))
        if one is None or other is None or not one.factor or not other.factor:
            return 1.0
        return 1.0 if one.factor == other.factor else one.factor / other.factor

    def _mapped(self, parent: int, child: int) -> Matrix | None:
        """Placement of the next mapped item of the parent's shape that shows the child's (ISO 10303-43)."""
        queues = self._mapped_items(parent)
        for representation in self._shapes_of(child):
            if queues.get(representation):
                return queues[representation].pop(0)
        return None

    def _mapped_items(self, parent: int) -> dict[int, list[Matrix]]:
        if parent in self._queues:
            return self._queues[parent]
        queues: dict[int, list[Matrix]] = defaultdict(list)
        for representation in self._shapes_of(parent):
            for item in references(at(representation_of(self._model, Ref(representation)), 1)):
                if self._model.kind(item) == "MAPPED_ITEM":
                    self._add_mapped(Ref(item), queues)
        self._queues[parent] = queues
        return queues

    def _add_mapped(self, item: Ref, queues: dict[int, list[Matrix]]) -> None:
        model = self._model
        arguments = model.arguments(item, "MAPPED_ITEM")
        source = model.arguments(at(arguments, 1), "REPRESENTATION_MAP")
        origin, target = read_placement(model, at(source, 0)), read_placement(model, at(arguments, 2))
        inverse = invert(origin) if origin is not None else None
        if inverse is not None and target is not None and isinstance(at(source, 1), Ref):
            queues[int(source[1])].append(multiply(target, inverse))


def arrange(structure: Structure, found: Found) -> None:
    """Sort assemblies before components, cut circles, and multiply the quantities along every path."""
    components = {item.child for items in structure.children.values() for item in items}
    structure.roots = [number for number in structure.products if number not in components]
    done: set[int] = set()
    after: list[int] = []
    for start in [*structure.roots, *structure.products]:
        _visit(start, structure, found, done, after)
    structure.order = after[::-1]
    entered = {item.child for items in structure.children.values() for item in items}
    structure.roots = [number for number in structure.products if number not in entered]
    counts: dict[int, int | None] = dict.fromkeys(structure.products, 0)
    counts.update(dict.fromkeys(structure.roots, 1))
    for assembly in structure.order:
        for item in structure.children.get(assembly, ()):
            above, so_far = counts[assembly], counts[item.child]
            known = above is not None and so_far is not None and item.quantity is not None
            counts[item.child] = (so_far or 0) + (above or 0) * (item.quantity or 0) if known else None
    structure.counts = counts


def _visit(start: int, structure: Structure, found: Found, done: set[int], after: list[int]) -> None:
    # depth first without recursion: a chain of a hundred thousand assemblies is a file, not a crash
    if start in done:
        return
    path = {start}
    stack = [(start, iter(tuple(structure.children.get(start, ()))))]
    while stack:
        here, items = stack[-1]
        item = next(items, None)
        if item is None:
            stack.pop()
            path.discard(here)
            done.add(here)
            after.append(here)
        elif item.child in path:
            structure.children[here].remove(item)
            message = "An assembly contains itself; the occurrence that closes the circle was left out."
            found.add("assembly-cycle", "error", message, item.number)
        elif item.child not in done:
            path.add(item.child)
            stack.append((item.child, iter(tuple(structure.children.get(item.child, ())))))
