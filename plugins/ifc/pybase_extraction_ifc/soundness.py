"""What is wrong with a model although it can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pybase_extraction.results import Element
from pybase_extraction_ifc.measures import Units
from pybase_extraction_ifc.model import Found, IfcModel

_LOST = {"missing-endsec", "truncated-record", "broken-string", "malformed-records", "unterminated-comment",
         "missing-semicolon"}  # fmt: skip
"""Damage of the exchange structure that costs content."""


def look_for_defects(model: IfcModel, units: Units, elements: Sequence[Element], found: Found) -> None:
    """Note damage of the file, classes outside of its schema, ids used twice, and what is missing."""
    _damage(model, found)
    _schema(model, found)
    _global_ids(elements, found)
    if units.length is None:
        found.add("units-undeclared", "warning", "The file assigns no unit of length: lengths have no unit.")
    if not model.ids("IfcProject"):
        found.add("no-project", "warning", "The file has no IfcProject.")


def _damage(model: IfcModel, found: Found) -> None:
    for item in model.file.damage:
        severity = "error" if item.code in _LOST else "warning"
        for number in item.ids or (None,):
            found.add(item.code, severity, item.message, step_id=number)
    dangling = model.file.dangling()
    if dangling.count:
        message = f"{dangling.count} references lead to instances that the file does not hold."
        for referring, _ in dangling.samples[:1]:
            found.add("dangling-references", "warning", message, step_id=referring)


def _schema(model: IfcModel, found: Found) -> None:
    schema, counts = model.schema, model.file.types()
    if schema.declared is None:
        found.add("schema-undeclared", "warning", f"The header names no schema; the file was read as {schema.base}.")
    elif not schema.is_exact:
        found.add(
            "schema-substituted",
            "warning",
            f"The schema {schema.declared} is a draft or superseded; the file was read as {schema.base}.",
        )
    for keyword, ifc_class in model.classes.items():
        number = next(iter(model.file.ids(keyword)), None)
        if ifc_class.schema is None:
            message = f"No known schema has the class {keyword}: its {counts[keyword]} instances were read as rooted "
            found.add(
                "unknown-class", "warning", message + "objects only where the structure names them.", step_id=number
            )
        elif ifc_class.schema != schema.base:
            message = f"The class {ifc_class.name} is not in {schema.base}; it was read as in {ifc_class.schema}"
            found.add("class-of-other-schema", "info", f"{message} ({counts[keyword]} instances).", step_id=number)


def _global_ids(elements: Sequence[Element], found: Found) -> None:
    counts = Counter(element.global_id for element in elements)
    for element in elements:
        place = element.provenance.place.step_id
        if element.global_id is None:
            found.add("missing-global-id", "warning", "Elements have no GlobalId.", step_id=place)
        elif counts[element.global_id] > 1:
            found.add(
                "duplicate-global-id",
                "warning",
                "Elements share a GlobalId with another element (ISO 16739-1, IfcGloballyUniqueId).",
                step_id=place,
                global_id=element.global_id,
            )
