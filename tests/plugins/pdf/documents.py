"""Small documents that show one thing each, written object by object."""

from __future__ import annotations

from pathlib import Path


def write(
    path: Path,
    content: bytes,
    *,
    page: bytes = b"",
    objects: tuple[bytes, ...] = (),
    filters: bytes = b"",
    root: bytes = b"",
) -> Path:
    """Write a document of one page of 300 × 200 points.

    Args:
        content: Its content stream; ``/F`` is Helvetica, ``/X`` is object 6.
        page: More entries of the page's dictionary.
        objects: Bodies of the objects from number 6 on.
        filters: More entries of the content stream's dictionary.
        root: More entries of the catalog.
    """
    bodies = (
        b"<</Type/Catalog/Pages 2 0 R" + root + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 5 0 R"
        b"/Resources<</Font<</F 4 0 R>>/XObject<</X 6 0 R>>>>" + page + b">>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), filters, content),
        *objects,
    )
    path.write_bytes(document(bodies))
    return path


def document(bodies: tuple[bytes, ...], trailer: bytes = b"") -> bytes:
    """A document of objects numbered from 1, the first of which is its catalog."""
    data, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return data + b"trailer<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, trailer, start)
