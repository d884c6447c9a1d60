"""One assembly out of several files: the products of companions take the places of the references to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pybase_extraction.results import Part, Value
from pybase_extraction_step.model import Found
from pybase_extraction_step.products import Occurrence, Product, Structure, arrange

MAX_FILES = 1000
"""Files of one assembly."""
_INHERITED = (
    "mass_properties", "bounding_box", "oriented_box", "topology", "colours", "layers", "material", "density",
    "properties", "length_unit",
)  # fmt: skip
_LISTS = (
    "validation_properties", "layers", "materials", "features", "dimensions", "feature_control_frames", "datums",
    "surface_textures", "notes", "saved_views",
)  # fmt: skip

Place = tuple[str | None, int]
"""Name of a file (None for the one that was extracted) and number of a product definition in it."""


@dataclass(slots=True)
class Piece:
    """What was read of one file.

    Attributes:
        structure: Its products and occurrences.
        parts: By number of the product definition.
        sections: The other sections of its result.
        externals: Plain name of the file that holds the shape, by number of the product definition.
    """

    structure: Structure
    parts: dict[int, Part]
    sections: dict[str, Any]
    externals: dict[int, str] = field(default_factory=dict)


def joined(main: Piece, companions: Mapping[str, Piece], found: Found) -> Piece:
    """Put companions into the places that refer to them.

    Args:
        main: The file that was extracted.
        companions: The others by plain name.
        found: Where it is noted what does not fit.
    """
    pieces: dict[str | None, Piece] = {None: main}
    pieces.update(companions)
    return _Joint(pieces, found).piece()


class _Joint:
    """Several files while they are joined."""

    def __init__(self, pieces: Mapping[str | None, Piece], found: Found) -> None:
        self.pieces = pieces
        self.found = found
        self.heirs = dict(self._links())
        linked = set(self.heirs.values())
        places = [(name, number) for name, piece in pieces.items() for number in piece.structure.products]
        self.places = [place for place in places if place not in linked]
        free = max((number for _, number in self._numbers()), default=0) + 1
        others = [place for place in self.places if place[0] is not None]
        self.ids: dict[Place, int] = {place: place[1] for place in self.places if place[0] is None}
        self.ids |= {place: free + at for at, place in enumerate(others)}
        self._next = free + len(others)

    def piece(self) -> Piece:
        """All of them as one."""
        structure = Structure({self.ids[place]: self._product(place) for place in self.places}, {})
        for place in self.places:
            children = [item for item in self._children(place) if item.child in structure.products]
            if children:
                structure.children[self.ids[place]] = children
        structure.others = sum(piece.structure.others for piece in self.pieces.values())
        arrange(structure, self.found)
        self._leave_out(structure)
        kept = [place for place in self.places if self.ids[place] in structure.products]
        parts = {self.ids[place]: self._part(place, structure) for place in kept}
        return Piece(structure, parts, self._sections(structure))

    def _numbers(self) -> Iterator[Place]:
        for name, piece in self.pieces.items():
            yield from ((name, number) for number in piece.structure.products)
            yield from ((name, item.id) for items in piece.structure.children.values() for item in items)

    def _links(self) -> Iterator[tuple[Place, Place]]:
        """For each reference the product in the other file that it stands for."""
        for name, piece in self.pieces.items():
            for number, file in piece.externals.items():
                other = self.pieces.get(file)
                if other is None or number not in piece.structure.products:
                    continue
                root = _root_like(piece.structure.products[number], other.structure)
                if root is None:
                    message = f"The file {file!r} has several products or none; none is the part that refers to it."
                    self.found.add("external-part-unclear", "warning", message)
                else:
                    yield (name, number), (file, root)

    def _heir(self, place: Place) -> Place | None:
        """The product that a reference leads to, over several files; None when it refers to nothing, or to itself."""
        seen = {place}
        found = self.heirs.get(place)
        while found is not None and found in self.heirs and found not in seen:
            seen.add(found)
            found = self.heirs[found]
        return None if found in seen else found

    def _product(self, place: Place) -> Product:
        name, number = place
        product = self.pieces[name].structure.products[number]
        return product if name is None else replace(product, id=self.ids[place], file=name, step_id=number)

    def _children(self, place: Place) -> Iterator[Occurrence]:
        """Occurrences below a product; those of the other file where this one has none."""
        source = place
        own = self.pieces[place[0]].structure.children.get(place[1], [])
        if not own and (heir := self._heir(place)) is not None:
            source, own = heir, self.pieces[heir[0]].structure.children.get(heir[1], [])
        for item in own:
            child = self.ids.get((source[0], item.child), -1)
            if source[0] is None:
                yield replace(item, child=child)
            else:
                self._next += 1
                yield replace(item, id=self._next, parent=self.ids[place], child=child, step_id=item.id)

    def _leave_out(self, structure: Structure) -> None:
        """Leave out the products of companions that nobody places."""
        loose = [number for number in structure.roots if structure.products[number].file is not None]
        if not loose:
            return
        message = "Products of other files are placed nowhere in the assembly; they were left out."
        for number in loose:
            self.found.add("external-part-unplaced", "info", message, None)
            del structure.products[number]
            structure.children.pop(number, None)
        arrange(structure, self.found)
        self._leave_out(structure)

    def _part(self, place: Place, structure: Structure) -> Part:
        number = self.ids[place]
        part = self.pieces[place[0]].parts[place[1]]
        update: dict[str, Any] = {
            "key": structure.products[number].key,
            "is_assembly": number in structure.children,
            "occurrence_count": structure.counts.get(number),
        }
        if (heir := self._heir(place)) is not None:
            other = self.pieces[heir[0]].parts[heir[1]]
            # what has no shape of its own takes the unit of the shape, too
            is_bare = part.mass_properties is None and part.topology is None
            update |= {name: getattr(other, name) for name in _INHERITED if is_bare or not getattr(part, name)}
        if place[0] is not None:
            update["provenance"] = _placed(part, place[0]).provenance
        return part.model_copy(update=update)

    def _sections(self, structure: Structure) -> dict[str, Any]:
        sections = dict(self.pieces[None].sections)
        for name in _LISTS:
            found = [item for file, piece in self.pieces.items() for item in self._renamed(file, piece, name)]
            if found:
                sections[name] = tuple(found)
        metadata = dict(sections["metadata"])
        metadata["products"] = len(structure.products)
        metadata["occurrences"] = sum(len(items) for items in structure.children.values())
        metadata["files"] = [name for name in self.pieces if name is not None]
        sections["metadata"] = metadata
        return sections

    def _renamed(self, file: str | None, piece: Piece, section: str) -> Iterable[Any]:
        """The values of a section with the keys that their parts have in the whole."""
        values: Iterable[Any] = piece.sections.get(section, ())
        if file is None:
            return values
        taken = {heir: place for place, heir in self.heirs.items()}
        keys: dict[str | None, str] = {}
        for number in piece.structure.products:
            place = taken.get((file, number), (file, number))
            keys[f"#{number}"] = f"{place[0] or ''}#{place[1]}"
        return [_of_part(item, file, keys) for item in values]


def _of_part(item: Any, file: str, keys: Mapping[str | None, str]) -> Any:
    update: dict[str, Any] = {}
    if (key := keys.get(getattr(item, "part", None))) is not None:
        update["part"] = key
    details = getattr(item, "details", None)
    if isinstance(details, dict) and details.get("part") in keys:
        update["details"] = {**details, "part": keys[details["part"]]}
    changed = item.model_copy(update=update)
    return _placed(changed, file) if isinstance(changed, Value) else changed


def _placed(value: Value, file: str) -> Any:
    """A value whose place says in which file it stands."""
    place = value.provenance.place.model_copy(update={"path": file})
    return value.model_copy(update={"provenance": value.provenance.model_copy(update={"place": place})})


def _root_like(product: Product, other: Structure) -> int | None:
    """The product of a file that a reference means: its only root, or the one of the same number or name."""
    if len(other.roots) == 1:
        return other.roots[0]
    for attribute in ("part_number", "name"):
        wanted = getattr(product, attribute)
        alike = [number for number in other.roots if wanted and getattr(other.products[number], attribute) == wanted]
        if len(alike) == 1:
            return alike[0]
    return None
