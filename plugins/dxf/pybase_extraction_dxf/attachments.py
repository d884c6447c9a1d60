"""Files that a drawing names and that belong to it."""

from __future__ import annotations

from collections.abc import Iterator

from pybase_extraction.results import Attachment, Locator, Provenance
from pybase_extraction_dxf.selection import Selection


def attachments_of(selection: Selection) -> Iterator[Attachment]:
    """Files that the drawing names: external references, images, underlays."""
    for at in selection.block_of:
        head = selection.scan.heads[at]
        if head.flags & 12 and head.xref_path:
            place = Locator(block=head.name, handle=head.handle)
            yield Attachment(name=head.xref_path, kind="xref", provenance=Provenance(place=place, method="xref"))
    kinds = {"IMAGEDEF": "image", "PDFDEFINITION": "external-reference", "DGNDEFINITION": "external-reference",
             "DWFDEFINITION": "external-reference"}  # fmt: skip
    for record in selection.scan.records(selection.scan.entities("OBJECTS", *kinds)):
        name = selection.decode.name(record.get(1))
        handle = (record.get(5) or b"").strip().decode("ascii", "replace").upper()
        if name:
            provenance = Provenance(place=Locator(handle=handle), method=record.type.lower())
            yield Attachment(name=name, kind=kinds[record.type], provenance=provenance)
