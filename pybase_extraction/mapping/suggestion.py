"""Which column of a row set goes into which field of a table: by name, by synonym, and by what the values are."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import partial
from typing import Final

from pybase_extraction.drawing.parts_list import COLUMNS, match_header
from pybase_extraction.drawing.title_labels import fold, match_label
from pybase_extraction.mapping.conversion import convert
from pybase_extraction.mapping.fields import FieldType, TargetField
from pybase_extraction.mapping.row_sets import RowSet, structured_type
from pybase_extraction.results import TitleBlock

THRESHOLD: Final = 0.6
"""Score from which a pair is suggested; 1 is the same name with values that all fit."""
_SAMPLES = 50
_SAME, _SYNONYM, _NEAR = 1.0, 0.9, 0.8
_UNFIT = 0.5
"""Share of a column's values that must fit a field for the pair to be considered."""

_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "nominal": ("nominal", "value", "size", "nennmass", "nennwert", "nominal value", "dimension value"),
    "upper": (
        "upper", "upper deviation", "tolerance plus", "plus", "upper tolerance", "upper tol", "tol plus",
        "plus tolerance", "oberes abmass",
    ),
    "lower": (
        "lower", "lower deviation", "tolerance minus", "minus", "lower tolerance", "lower tol", "tol minus",
        "minus tolerance", "unteres abmass",
    ),
    "unit": ("unit", "units", "uom", "unit of measure", "einheit", "unite"),
    "global_id": ("global id", "guid", "globalid", "ifc guid", "ifcguid"),
    "ifc_class": ("ifc class", "class", "category", "element type", "entity"),
    "storey": ("storey", "story", "floor", "building level", "geschoss", "etage"),
    "designation": ("designation", "bezeichnung", "thread size"),
    "occurrence_count": ("occurrence count", "quantity", "qty", "count", "menge", "anzahl"),
    "name": ("name", "description", "title", "bezeichnung", "benennung"),
    "raw": ("raw", "text", "callout", "raw text"),
    "characteristic": ("characteristic", "symbol", "gdt type"),
}  # fmt: skip
"""Names of the columns of this library that its parts-list and title-block vocabularies do not have."""
_OWN = {fold(name): key for key, names in reversed(list(_SYNONYMS.items())) for name in (*names, key)}
_SPECIAL: Mapping[str, Mapping[str, str]] = {
    "bom": {
        "sku": "part_number", "amount": "quantity", "material spec": "material", "material specification": "material",
    },
    "dimensions": {
        "type": "kind", "dimension type": "kind", "qty": "quantity", "count": "quantity", "quantity": "quantity",
    },
    "threads": {"size": "designation", "class": "tolerance_class", "qty": "quantity", "quantity": "quantity"},
    "assembly": {"component": "name", "qty": "quantity", "quantity": "quantity"},
    "elements": {"type": "type_name", "family and type": "type_name", "level": "storey", "material": "materials"},
    "layers": {"entities": "entity_count", "count": "entity_count", "colour": "color"},
    "blocks": {
        "count": "total_count", "quantity": "total_count", "qty": "total_count", "external file": "xref_path",
        "external reference": "xref_path", "xref": "xref_path",
    },
}  # fmt: skip
"""Words that mean another column in one row set than in others, by folded name."""
_SET_AND_NAME = re.compile(r".*\.|\s*\[[^\]]*\]$")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def suggest_mapping(rows: RowSet, fields: Sequence[TargetField]) -> dict[str, str]:
    """Suggest a field for every column that plainly belongs to one.

    Args:
        rows: What is to be written.
        fields: Fields of the target table.

    Returns:
        Field id by column.  Every field and every column occurs at most once; a column that fits nothing is left out.
    """
    scored = [
        (score, -number, column, field)
        for number, (column, field) in enumerate(itertools.product(rows.columns, fields))
        if (score := similarity(rows, column, field)) >= THRESHOLD
    ]
    found: dict[str, str] = {}
    taken: set[str] = set()
    for _, _, column, field in sorted(scored, key=lambda item: (-item[0], -item[1])):
        if column not in found and field.id not in taken:
            found[column] = field.id
            taken.add(field.id)
    return {column: found[column] for column in rows.columns if column in found}


def similarity(rows: RowSet, column: str, field: TargetField) -> float:
    """How well a column belongs into a field: likeness of the names times share of the values that fit, 0..1."""
    likeness = name_likeness(rows.name, column, field.name)
    samples = list(itertools.islice(rows.values(column), _SAMPLES))
    if likeness == 0 and not _is_only_one_of_its_kind(rows, samples, field):
        return 0.0
    fitting = share_that_fits(samples, field.takes)
    if fitting < _UNFIT:
        return 0.0
    return max(likeness, _NEAR if structured_type(samples[0] if samples else None) is field.takes else 0.0) * fitting


def _is_only_one_of_its_kind(rows: RowSet, samples: Sequence[object], field: TargetField) -> bool:
    kind = structured_type(samples[0]) if samples else None
    return kind is not None and kind is field.takes and rows.name != "title_block"


def share_that_fits(samples: Iterable[object], kind: FieldType) -> float:
    """Share of values that a field takes without losing them; 1 when there are none to judge by."""
    results = [_fitness(value, kind) for value in samples]
    return sum(results) / len(results) if results else 1.0


def _fitness(value: object, kind: FieldType) -> float:
    converted = convert(value, kind)
    if converted.value is None:
        return 0.0
    # a plain field can show an engineering value, a field of its own kind holds it
    return 1.0 if converted.loss is None and (structured_type(value) in {None, kind}) else 0.75


def name_likeness(row_set: str, column: str, name: str) -> float:
    """Likeness of a column and a field, 0..1: the same, synonyms in the vocabulary of the row set, or nearly so."""
    one, other = fold(column), fold(name)
    if not one or not (other or name.strip()):
        return 0.0
    if one == other:
        return _SAME
    if "." in column and fold(_CAMEL.sub(" ", _SET_AND_NAME.sub("", column))) == other:
        return _SYNONYM  # a property by its own name: FireRating of Pset_WallCommon
    vocabulary = _vocabulary(row_set)
    meaning = vocabulary(column)
    if meaning is not None and meaning == vocabulary(name):
        return _SYNONYM
    ratio = SequenceMatcher(None, one, other).ratio()
    words, others = set(one.split()), set(other.split())
    shared = len(words & others) / len(words | others)
    return max(ratio if ratio >= _NEAR else 0.0, shared if shared > _UNFIT else 0.0) * _SYNONYM


def _vocabulary(row_set: str) -> Callable[[str], str | None]:
    if row_set == "bom" or row_set.startswith("tables"):
        return _parts_list_meaning
    return _title_block_meaning if row_set == "title_block" else partial(_own_meaning, row_set)


def _parts_list_meaning(name: str) -> str | None:
    if name in COLUMNS or name.strip() == "#":
        return name if name in COLUMNS else "item"
    return match_header(name) or _SPECIAL["bom"].get(fold(name))


def _title_block_meaning(name: str) -> str | None:
    if name in TitleBlock.model_fields:
        return name
    label = match_label(name)
    if label is None or label.role is None:
        return label.field if label else None
    return f"{label.role}_date" if label.is_date else label.role


def _own_meaning(row_set: str, name: str) -> str | None:
    text = fold(name) + _sign(name)
    # what a row is called need not be said: the block name of blocks, the material number of materials
    noun = fold(row_set).removesuffix("s")
    bare = " ".join(word for word in text.split() if word != noun)
    special = _SPECIAL.get(row_set, {})
    for each in (text, bare or "name"):
        if found := special.get(each) or _OWN.get(each):
            return found
    return bare.replace(" ", "_") or None


def _sign(name: str) -> str:
    """Say a sign that stands alone, as in ``+Tol`` and ``Tol (-)``."""
    signs = {"+": " plus", "-": " minus", "\u2212": " minus", "\u2013": " minus"}
    ends = [part for part in (name.strip(" ().")[:1], name.strip(" ().")[-1:]) if part in signs]
    return signs[ends[0]] if len(set(ends)) == 1 else ""
