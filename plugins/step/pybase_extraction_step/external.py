"""Shapes that live in other files: external references (ISO 10303-41, CAx-IF recommended practice)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any

from pybase_extraction.part21 import Ref
from pybase_extraction.source import Source
from pybase_extraction_step.model import StepModel, at, references, text
from pybase_extraction_step.products import Structure


@dataclass(frozen=True, slots=True)
class ExternalFile:
    """A file that another one refers to.

    Attributes:
        name: As written.
        part: Number of the product definition whose shape it holds, or None.
        is_present: Whether it stands beside the source; None when the source has no folder.
        id: Number of the document.
    """

    name: str
    part: int | None
    is_present: bool | None
    id: int

    def to_dict(self) -> dict[str, Any]:
        """The metadata's form."""
        part = None if self.part is None else f"#{self.part}"
        return {"name": self.name, "part": part, "is_present": self.is_present, "step_id": self.id}


def read_external_files(model: StepModel, structure: Structure, source: Source) -> list[ExternalFile]:
    """Read every reference; those that are missing beside the source are noted."""
    owners: dict[int, int] = {}
    for record in model.of("APPLIED_DOCUMENT_REFERENCE"):
        for item in references(at(record.arguments, 2)):
            document = at(record.arguments, 0)
            if item in structure.products and isinstance(document, Ref):
                owners[int(document)] = item
    found: dict[int, ExternalFile] = {}
    for record in model.of("APPLIED_EXTERNAL_IDENTIFICATION_ASSIGNMENT"):
        name = text(at(record.arguments, 0))
        for identified in references(at(record.arguments, 3)):
            if name is not None and identified not in found:
                part = owners.get(identified) or _described(model, structure, identified)
                found[identified] = ExternalFile(name, part, _is_present(name, source), identified)
    for file in found.values():
        if not file.is_present:
            message = f"The shape of a part is in another file, {file.name!r}, which was not given with this one."
            model.found.add("external-file-missing", "warning", message, file.id)
    return list(found.values())


def _described(model: StepModel, structure: Structure, document: int) -> int | None:
    # PRODUCT_DEFINITION_WITH_ASSOCIATED_DOCUMENTS names its documents itself
    for record in model.of("PRODUCT_DEFINITION_WITH_ASSOCIATED_DOCUMENTS"):
        if document in references(at(record.arguments, 4)) and record.id in structure.products:
            return record.id
    return None


def _is_present(name: str, source: Source) -> bool | None:
    """Whether a file of that name, folders left out, stands beside the source."""
    if source.path is None:
        return None
    plain = PureWindowsPath(PurePosixPath(PurePath(name)).name).name
    # the name comes from the file: nothing outside the source's own folder is looked at
    return bool(plain) and (source.path.parent / plain).is_file()
