"""Shapes that live in other files: external references (ISO 10303-41, CAx-IF recommended practice)."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

from pybase_extraction.part21 import Ref
from pybase_extraction.source import Source
from pybase_extraction_step.model import Found, StepModel, at, references, text
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
    """Read every reference."""
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
    return list(found.values())


def note_unread(files: Iterable[ExternalFile], read: Container[str], found: Found) -> None:
    """Note the files that are needed and were not read.

    Args:
        files: References.
        read: Plain names of the files that were read.
        found: Where it is noted.
    """
    for file in files:
        if plain_name(file.name) in read:
            continue
        message = f"The shape of a part is in another file, {file.name!r}, which was not given with this one."
        if file.is_present:
            message = (
                f"The shape of a part is in another file, {file.name!r}; it was not read, "
                "because the option follow_external_files is off."
            )
        found.add("external-file-missing", "warning", message, file.id)


def _described(model: StepModel, structure: Structure, document: int) -> int | None:
    # PRODUCT_DEFINITION_WITH_ASSOCIATED_DOCUMENTS names its documents itself
    for record in model.of("PRODUCT_DEFINITION_WITH_ASSOCIATED_DOCUMENTS"):
        if document in references(at(record.arguments, 4)) and record.id in structure.products:
            return record.id
    return None


def plain_name(name: str) -> str:
    """Name of a file without the folders that are written before it, in the way of any system."""
    return PureWindowsPath(PurePosixPath(PurePath(name)).name).name


def beside(name: str, source: Source) -> Path | None:
    """The file of that name in the source's own folder; None when there is none, or a link leads out of the folder.

    The name comes from the file that is extracted, so nothing outside of the folder is ever looked at.
    """
    plain = plain_name(name)
    if source.path is None or plain in {"", ".", ".."}:
        return None
    folder = source.path.parent.resolve()
    try:
        found = (folder / plain).resolve()
        is_inside = found.parent == folder and found.is_file()
    except (OSError, ValueError, RuntimeError):
        # a name too long, with a null in it, or a link that leads to itself
        return None
    return found if is_inside else None


def _is_present(name: str, source: Source) -> bool | None:
    """Whether a file of that name stands beside the source; None when the source has no folder."""
    return None if source.path is None else beside(name, source) is not None
