"""Colours and layers (ISO 10303-46), and which part each shape belongs to."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from pybase_extraction.part21 import Ref
from pybase_extraction.results import Layer, Provenance
from pybase_extraction.source import Locator
from pybase_extraction_step.measures import representation_of
from pybase_extraction_step.model import StepModel, at, number, only_reference, references, references_in, text
from pybase_extraction_step.products import Structure

# ISO 10303-46 names these six and black and white for DRAUGHTING_PRE_DEFINED_COLOUR
_NAMED = {
    "red": "#ff0000", "green": "#00ff00", "blue": "#0000ff", "yellow": "#ffff00", "magenta": "#ff00ff",
    "cyan": "#00ffff", "black": "#000000", "white": "#ffffff",
}  # fmt: skip
_SHELLS = frozenset({"CLOSED_SHELL", "OPEN_SHELL", "ORIENTED_CLOSED_SHELL"})
_SHAPES = frozenset({
    "MANIFOLD_SOLID_BREP", "BREP_WITH_VOIDS", "FACETED_BREP", "SHELL_BASED_SURFACE_MODEL", "FACE_BASED_SURFACE_MODEL",
    "CONNECTED_FACE_SET", *_SHELLS,
})  # fmt: skip
_MAX_STYLE_DEPTH = 8
_COLOURS = frozenset({"COLOUR_RGB", "DRAUGHTING_PRE_DEFINED_COLOUR", "PRE_DEFINED_COLOUR"})
_STYLED = ("STYLED_ITEM", "OVER_RIDING_STYLED_ITEM")
_CHAIN = (
    "PRESENTATION_STYLE_ASSIGNMENT", "SURFACE_STYLE_USAGE", "SURFACE_SIDE_STYLE", "SURFACE_STYLE_FILL_AREA",
    "FILL_AREA_STYLE", "FILL_AREA_STYLE_COLOUR",
)  # fmt: skip
"""What leads from most styled items to their colour, with one reference each."""
_Written = list[tuple[int, list[int]]]
"""Styled items with the numbers that each of them refers to."""


@dataclass(slots=True)
class Presentation:
    """Colours and layers of a file.

    Attributes:
        colours: Distinct colours by product definition, the most used first.
        layers: Layer names by product definition.
        all_layers: Every layer.
    """

    colours: dict[int, tuple[str, ...]] = field(default_factory=dict)
    layers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    all_layers: list[Layer] = field(default_factory=list)


def read_presentation(model: StepModel, structure: Structure) -> Presentation:
    """Read colours and layers of every part."""
    written = [(number, references_in(content)) for number, content in model.file.texts(*_STYLED)]
    styled = _styled_items(model, written)
    wanted = {item for item, _ in styled}
    layers: list[tuple[int, tuple[Any, ...]]] = [
        (record.id, record.arguments) for record in model.file.records("PRESENTATION_LAYER_ASSIGNMENT")
    ]
    for _, arguments in layers:
        wanted.update(references(at(arguments, 2)))
    owners = _owners(model, structure, wanted, written)
    return Presentation(
        colours=_colours(styled, owners),
        layers=_layers_by_part(layers, owners),
        all_layers=_layers(model, layers),
    )


def _styled_items(model: StepModel, written: _Written) -> list[tuple[int, str]]:
    """Pairs of styled shape and colour, the styles decoded once each."""
    styles = _Styles(model)
    found = []
    for _, numbers in written:
        # (name, (styles...), item) and for an override the styled item that it replaces last; styles come first
        wanted = numbers[: -2 if len(numbers) > 2 and _is_override(model, numbers) else -1]
        item = numbers[len(wanted)] if len(numbers) > len(wanted) else None
        for style in wanted:
            colour = styles.colour(style)
            if colour is not None and item is not None:
                found.append((item, colour))
    return found


def _is_override(model: StepModel, numbers: list[int]) -> bool:
    return model.kind(numbers[-1]) in _STYLED


class _Styles:
    """Colours of styles.  A file repeats the same few colours for every shape, so equal ones are decoded once."""

    def __init__(self, model: StepModel) -> None:
        self.model = model
        self.known: dict[int, str | None] = {}
        self.written: dict[tuple[str, bytes], str | None] = {}
        self.following = model.file.only_references(*_CHAIN)

    def colour(self, reference: int, depth: int = 0) -> str | None:
        """First colour of the surface, else of the curve, that a style leads to."""
        if reference not in self.known:
            self.known[reference] = self._find(reference, depth)
        return self.known[reference]

    def _find(self, reference: int, depth: int) -> str | None:
        # most styles are a chain of six instances with one reference each: followed here, not one call deeper each
        lookup, chain = self.model.file.entry, self.following
        while depth < _MAX_STYLE_DEPTH and reference in chain:
            reference, depth = chain[reference], depth + 1
        while (entry := lookup(reference)) is not None:
            kind, content = entry
            if kind in _COLOURS:
                if entry not in self.written:
                    self.written[entry] = self._decoded(reference, kind)
                return self.written[entry]
            if depth >= _MAX_STYLE_DEPTH:
                return None
            depth += 1
            following = only_reference(content)
            if following is None:
                found = (self.colour(item, depth) for item in references_in(content))
                return next((colour for colour in found if colour is not None), None)
            reference = following
        return None

    def _decoded(self, reference: int, kind: str) -> str | None:
        arguments = self.model.arguments(Ref(reference), kind)
        if kind == "COLOUR_RGB":
            return _hexadecimal(arguments[1:4])
        name = text(at(arguments, 0))
        return _NAMED.get(name.lower()) if name else None


def _hexadecimal(channels: tuple[Any, ...]) -> str | None:
    values = [number(value) for value in channels]
    if len(values) != 3 or any(value is None or not 0 <= value <= 1 for value in values):
        return None
    return "#" + "".join(f"{round((value or 0.0) * 255):02x}" for value in values)


def _owners(model: StepModel, structure: Structure, wanted: set[int], written: _Written) -> dict[int, int]:
    """Product definition of every wanted shape, found from the parts downwards only as far as needed."""
    owners: dict[int, int] = {}
    for number_, product in structure.products.items():
        for representation in product.representations:
            owners.setdefault(representation, number_)
            for item in references(at(representation_of(model, Ref(representation)), 1)):
                owners.setdefault(item, number_)
    if wanted <= owners.keys() | {0}:
        return owners
    for shape, owner in list(owners.items()):
        if model.kind(shape) in _SHAPES:
            _claim(model, shape, owner, owners)
    _claim_styled(written, owners)
    return owners


def _claim(model: StepModel, shape: int, owner: int, owners: dict[int, int]) -> None:
    waiting = [shape]
    while waiting:
        here = waiting.pop()
        deeper = model.kind(here) in _SHAPES
        for item in model.references(here) if deeper else ():
            if item not in owners:
                owners[item] = owner
                if model.kind(item) in _SHAPES:
                    waiting.append(item)


def _claim_styled(written: _Written, owners: dict[int, int]) -> None:
    # layers may hold the styled item in place of the shape itself
    for number_, numbers in written:
        for item in numbers[::-1]:
            if item in owners:
                owners.setdefault(number_, owners[item])
                break


def _colours(styled: list[tuple[int, str]], owners: dict[int, int]) -> dict[int, tuple[str, ...]]:
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for item, colour in styled:
        if item in owners:
            counted[owners[item]][colour] += 1
    return {owner: tuple(colour for colour, _ in counts.most_common()) for owner, counts in counted.items()}


def _layers_by_part(layers: list[tuple[int, tuple[Any, ...]]], owners: dict[int, int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for _, arguments in layers:
        name = text(at(arguments, 0))
        for item in references(at(arguments, 2)):
            if name is not None and item in owners:
                found[owners[item]][name] = None
    return {owner: tuple(names) for owner, names in found.items()}


def _layers(model: StepModel, layers: list[tuple[int, tuple[Any, ...]]]) -> list[Layer]:
    hidden = {item for record in model.file.records("INVISIBILITY") for item in references(at(record.arguments, 0))}
    merged: dict[str, Layer] = {}
    for step_id, arguments in layers:
        name = at(arguments, 0)
        if not isinstance(name, str):
            continue
        items = references(at(arguments, 2))
        kinds = Counter(model.kind(item) or "missing" for item in items)
        before = merged.get(name)
        merged[name] = Layer(
            name=name,
            is_on=step_id not in hidden and (before is None or before.is_on),
            entity_count=len(items) + ((before.entity_count or 0) if before else 0),
            entity_types=dict(kinds + Counter(before.entity_types if before else {})),
            provenance=Provenance(place=Locator(step_id=step_id), method="PRESENTATION_LAYER_ASSIGNMENT"),
        )
    return list(merged.values())
