"""Which column of a row set goes into which field of a table: by name, by synonym, and by what the values are."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
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
    "upper": ("upper", "upper deviation", "tolerance plus", "plus", "upper tolerance", "oberes abmass"),
    "lower": ("lower", "lower deviation", "tolerance minus", "minus", "lower tolerance", "unteres abmass"),
    "global_id": ("global id", "guid", "globalid", "ifc guid"),
    "ifc_class": ("ifc class", "class", "category", "element type", "entity"),
    "storey": ("storey", "story", "floor", "building level", "geschoss", "etage"),
    "designation": ("designation", "bezeichnung", "thread size"),
    "occurrence_count": ("occurrence count", "quantity", "qty", "count", "menge", "anzahl"),
    "name": ("name", "description", "title", "bezeichnung", "benennung"),
    "raw": ("raw", "text", "callout", "raw text"),
    "characteristic": ("characteristic", "symbol", "gdt type"),
}
"""Names of the columns of this library that its parts-list and title-block vocabularies do not have."""
_OWN = {fold(name): key for key, names in reversed(list(_SYNONYMS.items())) for name in (*names, key)}


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
    if not one or not other:
        return 0.0
    if one == other:
        return _SAME
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
    return _title_block_meaning if row_set == "title_block" else _own_meaning


def _parts_list_meaning(name: str) -> str | None:
    return name if name in COLUMNS else match_header(name)


def _title_block_meaning(name: str) -> str | None:
    if name in TitleBlock.model_fields:
        return name
    label = match_label(name)
    return label.field if label else None


def _own_meaning(name: str) -> str | None:
    return _OWN.get(fold(name))
