"""What a document says beside its pages: form fields, layers, embedded files, and what it says of itself.

Every part is read for itself, so that damage in one leaves the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pybase_extraction.drawing.title_block import title_block_from_attributes
from pybase_extraction.results import Attachment, FormField, Layer, Locator, Provenance, TitleBlock, TitleField
from pybase_extraction_pdf.engine import Document

_MOST_NODES = 20_000
_MOST_LEVELS = 32


def form_fields(document: Document) -> list[FormField]:
    """Fields of the document's form with their values, by their full names (ISO 32000-1, 12.7.3)."""
    form = _resolved(document.catalog.get("AcroForm"))
    if not isinstance(form, dict):
        return []
    found = []
    waiting: list[tuple[Any, str, str | None, int]] = [
        (reference, "", None, 0) for reference in reversed(_list(form.get("Fields")))
    ]
    visited = 0
    while waiting and visited < _MOST_NODES:
        reference, above, kind, depth = waiting.pop()
        visited += 1
        field = _resolved(reference)
        if not isinstance(field, dict) or depth > _MOST_LEVELS:
            continue
        part = _text(field.get("T"))
        name = ".".join(piece for piece in (above, part) if piece)
        kind = _text(field.get("FT")) or kind
        kids = [kid for kid in _list(field.get("Kids")) if "T" in (_resolved(kid) or {})]
        if kids:
            waiting += [(kid, name, kind, depth + 1) for kid in reversed(kids)]
        elif name:
            value = _value(field.get("V"))
            place = Provenance(place=Locator(path=name), method="form-field")
            found.append(FormField(name=name, value=value, kind=kind, raw=value, provenance=place))
    return found or list(_fields_of_pages(document))


_OF_DRAWINGS = ("drawing_number", "scale", "revision", "sheet", "material", "general_tolerance")
"""Fields that forms of other kinds do not have."""
_FEWEST = 3


def block_of_form(fields: Sequence[FormField]) -> TitleBlock | None:
    """The title block that the names of a form's fields tell; None where fewer than three do, or none of a drawing."""
    values = {
        field.name.rpartition(".")[2]: (field.value, field.provenance) for field in fields if field.value is not None
    }
    block = title_block_from_attributes(values)
    if block is None:
        return None
    told = [name for name in TitleBlock.model_fields if isinstance(getattr(block, name), TitleField)]
    return block if len(told) >= _FEWEST and any(name in told for name in _OF_DRAWINGS) else None


def _fields_of_pages(document: Document) -> Iterator[FormField]:
    """Fields that stand on pages only: some writers leave the form's own list out."""
    for number in range(1, min(len(document), _MOST_PAGES) + 1):
        for mark in document.marks(number):
            name = (mark.author or "").strip("\x00")
            if mark.kind == "Widget" and name:
                value = mark.value.strip("\x00") if mark.value is not None else None
                place = Provenance(place=Locator(page=number, bbox=mark.box, path=name), method="form-field")
                yield FormField(name=name, value=value, raw=value, provenance=place)


_MOST_PAGES = 200


def layers(document: Document) -> list[Layer]:
    """Optional content groups, in the order of the file, and whether they are shown (ISO 32000-1, 8.11.4)."""
    properties = _resolved(document.catalog.get("OCProperties"))
    if not isinstance(properties, dict):
        return []
    default = _resolved(properties.get("D"))
    default = default if isinstance(default, dict) else {}
    is_on = _text(default.get("BaseState")) != "OFF"
    on, off, locked = ({_number(item) for item in _list(default.get(key))} for key in ("ON", "OFF", "Locked"))
    found = []
    for reference in _list(properties.get("OCGs"))[:_MOST_NODES]:
        group, number = _resolved(reference), _number(reference)
        name = _text(group.get("Name")) if isinstance(group, dict) else None
        if name is not None:
            found.append(
                Layer(
                    name=name,
                    is_on=number in on or (is_on and number not in off),
                    is_locked=number in locked,
                    provenance=Provenance(method="optional-content-group"),
                )
            )
    return found


def attachments(document: Document) -> list[Attachment]:
    """Files that are embedded in the document; their content is not read (ISO 32000-1, 7.11.4)."""
    names = _resolved(document.catalog.get("Names"))
    tree = names.get("EmbeddedFiles") if isinstance(names, dict) else None
    return [found for key, value in _name_tree(tree) if (found := _attachment(key, value)) is not None]


def _attachment(key: str | None, reference: Any) -> Attachment | None:
    specification = _resolved(reference)
    if not isinstance(specification, dict):
        return None
    name = _text(specification.get("UF")) or _text(specification.get("F")) or key
    files = _resolved(specification.get("EF"))
    stream = _resolved(files.get("F") or files.get("UF")) if isinstance(files, dict) else None
    attributes = getattr(stream, "attrs", {})
    parameters = _resolved(attributes.get("Params"))
    size = _resolved(parameters.get("Size")) if isinstance(parameters, dict) else None
    if name is None:
        return None
    return Attachment(
        name=name,
        size=size if isinstance(size, int) else None,
        media_type=_text(attributes.get("Subtype")),
        provenance=Provenance(place=Locator(path=name), method="embedded-file"),
    )


def _name_tree(root: Any) -> Iterator[tuple[str | None, Any]]:
    """Keys and values of a name tree (ISO 32000-1, 7.9.6); nodes that contain themselves are entered once."""
    waiting: list[Any] = [root]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_NODES:
        reference = waiting.pop()
        node = _resolved(reference)
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        entries = _list(node.get("Names"))
        for key, value in zip(entries[::2], entries[1::2], strict=False):
            yield _text(key), value
        waiting += reversed(_list(node.get("Kids")))


def metadata(document: Document) -> dict[str, Any]:
    """The document's information dictionary, and its number of pages."""
    entries = (entry for info in document.info for entry in info.items())
    found = {str(key): _plain(_resolved(value)) for key, value in entries}
    found["page_count"] = len(document)
    return found


def _plain(value: object) -> object:
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return _text(value) or str(value)


def _value(value: Any) -> str | None:
    """A field's value as text: of several choices one a line, of a check box the name of its state."""
    value = _resolved(value)
    if isinstance(value, list):
        return "\n".join(text for item in value if (text := _text(item)))
    if isinstance(value, int | float):
        return str(value)
    return _text(value)


def _text(value: Any) -> str | None:
    from pdfminer.utils import decode_text

    value = _resolved(value)
    if isinstance(value, bytes):
        return decode_text(value)
    name = getattr(value, "name", value)
    return name if isinstance(name, str) else None


def _list(value: Any) -> list[Any]:
    value = _resolved(value)
    return list(value) if isinstance(value, list) else []


def _number(reference: Any) -> int | None:
    return getattr(reference, "objid", None)


def _resolved(value: Any) -> Any:
    from pdfminer.pdftypes import resolve1

    return resolve1(value)
