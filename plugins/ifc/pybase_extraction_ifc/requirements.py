"""Check a model against an IDS: which requirements its elements meet, and which they miss (buildingSMART IDS 1.0)."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pybase_extraction.errors import MissingDependencyError, OptionsError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import Provenance, Table
from pybase_extraction.source import Locator
from pybase_extraction_ifc.geometry import readable_by_library
from pybase_extraction_ifc.model import Found

HEADERS: Final = (
    "specification", "requirement", "status", "applicable", "passed", "failed", "failed elements", "reason",
)  # fmt: skip
_MOST_NAMED = 50
"""Failing elements that a row names; the count is of all."""
_DECLARATION = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def check_requirements(ids: str, data: bytes, context: ExtractionContext, found: Found) -> Table:
    """Check a model against the specifications of an IDS.

    Args:
        ids: Text of the IDS file.
        data: The model, a Part 21 file.
        context: Of the attempt.
        found: Gets an issue for every specification that the model misses.

    Returns:
        A table with a row for every requirement of every specification.

    Raises:
        OptionsError: It is no IDS.
        MissingDependencyError: The extra ``ids`` is not installed.
    """
    specifications = _read(ids)
    import ifcopenshell

    with tempfile.TemporaryDirectory(dir=context.scratch) as folder:
        path = Path(folder, "model.ifc")
        path.write_bytes(readable_by_library(data))
        model = ifcopenshell.open(path)
        rows: list[tuple[str, ...]] = [HEADERS]
        for at, specification in enumerate(specifications):
            context.check()
            context.report(None, f"requirement {at + 1} of {len(specifications)}")
            specification.validate(model)
            rows += _rows(specification)
            if not specification.status:
                message = f"The model misses the specification {specification.name!r} of the IDS."
                found.add("ids-not-met", "warning", message)
    return Table(
        rows=tuple(rows),
        header_rows=1,
        role="requirements",
        caption="IDS",
        provenance=Provenance(place=Locator(), method="ifctester"),
    )


def _read(text: str) -> list[Any]:
    try:
        from ifctester import ids
    except ImportError as exc:
        raise MissingDependencyError(
            "Checking a model against an IDS needs ifctester.",
            extra="pybase-extraction-ifc[ids]",
            remedy="pip install 'pybase-extraction-ifc[ids]'.",
        ) from exc
    if _DECLARATION.search(text):
        raise OptionsError(
            "The IDS declares a document type or entities, which are not read.", errors=(("ids", "a declaration"),)
        )
    from xml.etree.ElementTree import ParseError

    from xmlschema import XMLSchema, XMLSchemaException

    if ids.schema is None:
        # ifctester would ask www.w3.org for three schemas that xmlschema has itself, for 300 s where nobody answers
        ids.schema = XMLSchema(Path(ids.__file__).with_name("ids.xsd"), allow="local")
    failures = (ParseError, XMLSchemaException, ids.IdsXmlValidationError, ValueError, LookupError, TypeError)
    try:
        specifications: list[Any] = ids.from_string(text, validate=True).specifications
    except failures as exc:
        told = getattr(getattr(exc, "xml_error", None), "reason", None) or str(exc)
        reason = told.partition("\n")[0]
        raise OptionsError(f"The option ids is no IDS 1.0 document: {reason}", errors=(("ids", reason),)) from exc
    return specifications


def _rows(specification: Any) -> Iterator[tuple[str, ...]]:
    applicable = len(specification.applicable_entities)
    name = str(specification.name)
    if not specification.requirements or (not applicable and not specification.status):
        # prohibited, or required where nothing is applicable: the specification as a whole is what is met or missed
        failed = [_named(element) for element in specification.applicable_entities] if not specification.status else []
        reason = "" if specification.status else "not allowed" if applicable else "no element is applicable"
        yield _row(name, "", passed=specification.status, applicable=applicable, failed=failed, reason=reason)
        return
    for requirement in specification.requirements:
        failed = [_named(failure["element"]) for failure in requirement.failures]
        reasons = Counter(str(failure["reason"]) for failure in requirement.failures)
        reason = "; ".join(text if count == 1 else f"{text} ({count})" for text, count in reasons.most_common(3))
        text = str(requirement.to_string("requirement", specification, requirement))
        yield _row(name, text, passed=not failed, applicable=applicable, failed=failed, reason=reason)


def _named(element: Any) -> str:
    return str(getattr(element, "GlobalId", None) or f"#{element.id()}")


def _row(
    name: str, requirement: str, *, passed: bool, applicable: int, failed: list[str], reason: str
) -> tuple[str, ...]:
    named = " ".join(failed[:_MOST_NAMED]) + (" ..." if len(failed) > _MOST_NAMED else "")
    counts = (str(applicable), str(applicable - len(failed)), str(len(failed)))
    return name, requirement, "passed" if passed else "failed", *counts, named, reason
