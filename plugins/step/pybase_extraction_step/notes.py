"""Texts that stand in the model: notes and labels as annotations (ISO 10303-46, text literals)."""

from __future__ import annotations

from pybase_extraction.part21 import Record
from pybase_extraction.results import Note, Provenance
from pybase_extraction.source import Locator
from pybase_extraction_step.model import StepModel, at, references, text
from pybase_extraction_step.properties import Properties


def read_notes(model: StepModel, properties: Properties) -> tuple[Note, ...]:
    """Read every text once, literals that are put together as one; notes that are given as data come last."""
    semantic = [
        Note(text=item.value, raw=item.value, provenance=Provenance(place=Locator(step_id=item.id), method=item.group))
        for item in properties.texts
        if isinstance(item.value, str) and item.value.strip()
    ]
    return (*_literals(model), *semantic)


def _literals(model: StepModel) -> tuple[Note, ...]:
    literals = {record.id: record for record in model.of("TEXT_LITERAL")}
    found: list[tuple[Record, list[str]]] = []
    together: set[int] = set()
    for record in model.of("COMPOSITE_TEXT") if literals else ():
        members = [number for number in references(at(record.arguments, 1)) if number in literals]
        together.update(members)
        found.append((record, [line for number in members if (line := _written(literals[number]))]))
    found += [(record, [line]) for number, record in literals.items()
              if number not in together and (line := _written(record))]  # fmt: skip
    return tuple(
        Note(text=" ".join(lines), raw="\n".join(lines), provenance=_place(record)) for record, lines in found if lines
    )


def _written(record: Record) -> str | None:
    return text(at(record.component("TEXT_LITERAL") or record.arguments[1:], 0))


def _place(record: Record) -> Provenance:
    return Provenance(place=Locator(step_id=record.id), method=record.type or "TEXT_LITERAL")
