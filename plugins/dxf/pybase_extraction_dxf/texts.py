"""Texts: TEXT, MTEXT, attributes, leaders, tolerance frames, with the box that they cover."""

from __future__ import annotations

from collections.abc import Callable

from pybase_extraction.results import BBox, Locator, Provenance, TextBlock, unchecked
from pybase_extraction_dxf.inserts import rich_text
from pybase_extraction_dxf.tags import Record, number
from pybase_extraction_dxf.text_boxes import text_place
from pybase_extraction_dxf.wording import Decoder, plain_mtext, plain_text

TEXT_TYPES = ("TEXT", "MTEXT", "ARCALIGNEDTEXT", "RTEXT", "MULTILEADER", "MLEADER", "TOLERANCE")
CODES = (1, 3, 5, 7, 8, 10, 11, 12, 20, 21, 22, 30, 40, 41, 42, 43, 50, 71, 72, 73, 74, 101, 171, 210, 220, 230, 302,
         304)  # fmt: skip
PlaceOf = Callable[[Record, BBox | None], Locator]
_KINDS = {
    "MULTILEADER": "leader",
    "MLEADER": "leader",
    "ARCALIGNEDTEXT": "text",
    "RTEXT": "text",
    "ATTRIB": "attribute",
}
_RICH = frozenset({"MTEXT", "MULTILEADER", "MLEADER", "TOLERANCE"})
_HEIGHTS = {"MULTILEADER": 41, "MLEADER": 41, "ARCALIGNEDTEXT": 42}
"""Group code of the text height where it is not 40; a TOLERANCE takes its own from the dimension style."""

_text_block, _provenance = unchecked(TextBlock), unchecked(Provenance)


def read_text(record: Record, place: PlaceOf, decode: Decoder, *, in_block: bool) -> TextBlock | None:
    """Read a text; None when it is empty or, for a leader, has none.

    Args:
        record: One of ``TEXT_TYPES``, or an attribute.
        place: Gives layout or block, layer and handle of a record, with the box put in.
        decode: Decoder of the drawing's strings.
        in_block: It stands in a block definition.
    """
    tags = record.before_embedded()
    is_whole = len(tags) == len(record.tags)
    firsts = record.firsts() if is_whole else dict(reversed(tags))
    embedded = "" if is_whole or record.type != "ATTRIB" else rich_text(record.tags[len(tags) :], decode)
    raw = embedded or raw_text(record.type, tags, decode)
    if raw is None or not raw.strip():
        return None
    text = plain_mtext(raw) if embedded or record.type in _RICH else plain_text(raw)
    height = None if record.type == "TOLERANCE" else number(firsts.get(_HEIGHTS.get(record.type, 40)))
    type_ = "MULTILEADER" if record.type == "MLEADER" else record.type
    box, rotation = (None, 0.0) if type_ in {"ARCALIGNEDTEXT", "TOLERANCE"} else text_place(type_, firsts, text, height)
    return _text_block(
        text=text,
        raw=raw,
        font=decode.name(firsts.get(7)) or None,
        size=height,
        rotation=rotation,
        kind=_KINDS.get(record.type, record.type.lower()),
        provenance=_provenance(place=place(record, box), method="block-text" if in_block else "text"),
    )


def raw_text(type_: str, tags: list[tuple[int, bytes]], decode: Decoder) -> str | None:
    """Text of an entity as written; None when it has none."""
    if type_ in {"MULTILEADER", "MLEADER"}:
        return _leader_text(tags, decode)
    if type_ == "MTEXT":
        return rich_text(tags, decode)
    last = next((value for code, value in tags if code == 1), None)
    return None if last is None else decode.text(last)


def _leader_text(tags: list[tuple[int, bytes]], decode: Decoder) -> str | None:
    """Text of a leader (group 304), or the attributes of its block (group 302), each in a line.

    The same group codes begin the parts of its context (``LEADER{``, ``LEADER_LINE{``).
    """
    parts = [(code, value) for code, value in tags if code in {302, 304} and not value.rstrip().endswith(b"{")]
    for wanted in (304, 302):
        found = [decode.text(value) for code, value in parts if code == wanted and value.strip()]
        if found:
            return found[0] if wanted == 304 else "\\P".join(found)
    return None
