"""What a result found on a page, as boxes with words about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pybase_extraction.results import ExtractionResult, Table, TextBlock, TitleBlock, TitleField, Value
from pybase_extraction.source import BBox

KINDS = {
    "text_blocks": "#8c8c8c",
    "tables": "#1f77b4",
    "form_fields": "#17becf",
    "annotations": "#bcbd22",
    "title_blocks": "#2ca02c",
    "revisions": "#98df8a",
    "boms": "#006d2c",
    "dimensions": "#d62728",
    "threads": "#9467bd",
    "feature_control_frames": "#ff7f0e",
    "datums": "#e377c2",
    "surface_textures": "#8c564b",
    "general_tolerances": "#c49c94",
    "materials": "#7f7f00",
    "edges": "#aa40fc",
    "welds": "#393b79",
    "features": "#e7969c",
    "notes": "#637939",
}
"""Sections of a result whose values have places on pages, with the colour of each."""

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Mark:
    """A box to draw.

    Attributes:
        kind: Section of the result, a key of ``KINDS``.
        box: Place in the coordinates of the page.
        text: What stands there and how it was read, for hovering.
        confidence: Calibrated probability that it is right; None where nothing was calibrated.
    """

    kind: str
    box: BBox
    text: str
    confidence: float | None


def marks_of(
    result: ExtractionResult, page: int, wanted: Iterable[str | Value] | str | Value | None = None
) -> list[Mark]:
    """What was found on a page.

    Args:
        result: The result.
        page: Number of the page, from 1.
        wanted: Sections of the result, or single values of it, or both; None for everything that means something, which
            is all but ``text_blocks``, or the text blocks where there is nothing else.

    Raises:
        ValueError: There is no such section; the message lists those that there are.
    """
    if wanted is None:
        found = [mark for kind in KINDS if kind != "text_blocks" for mark in _section(result, kind, page)]
        return found or list(_section(result, "text_blocks", page))
    items = [wanted] if isinstance(wanted, str | Value) else list(wanted)
    unknown = [item for item in items if isinstance(item, str) and item not in KINDS]
    if unknown:
        raise ValueError(
            f"there is nothing called {', '.join(map(repr, unknown))} to draw; there is {', '.join(KINDS)}"
        )
    found = []
    for item in items:
        found += _section(result, item, page) if isinstance(item, str) else _single(result, item, page)
    return found


def _single(result: ExtractionResult, value: Value, page: int) -> Iterator[Mark]:
    kind = next((kind for kind in KINDS if any(value is item for item in _values(result, kind))), "annotations")
    yield from _marks(kind, [value], page)


def _section(result: ExtractionResult, kind: str, page: int) -> Iterator[Mark]:
    return _marks(kind, _values(result, kind), page)


def _values(result: ExtractionResult, kind: str) -> Sequence[Value]:
    if kind == "title_blocks":
        return [field for block in result.title_blocks for field in _fields(block)]
    if kind == "boms":
        return [item for bom in result.boms for item in bom.items]
    values: Sequence[Value] = getattr(result, kind)
    return values


def _fields(block: TitleBlock) -> Iterator[Value]:
    for name in type(block).model_fields:
        value = getattr(block, name)
        if isinstance(value, TitleField):
            yield value
    for signature in block.signatures.values():
        yield from (part for part in (signature.name, signature.date) if part is not None)
    yield from block.custom_fields.values()


def _marks(kind: str, values: Iterable[Value], page: int) -> Iterator[Mark]:
    for value in values:
        place = value.provenance.place
        if place.page == page and place.bbox is not None:
            yield Mark(kind, place.bbox, _said(kind, value), value.provenance.confidence)


def _said(kind: str, value: Value) -> str:
    word = kind.replace("_", " ").removesuffix("s")
    if isinstance(value, Table):
        said = f"{value.caption or ''} {value.num_rows} × {value.num_columns}".strip()
    elif isinstance(value, TitleField):
        said = f"{value.label}: {value.value}" if value.label else value.value
    else:
        said = value.text if isinstance(value, TextBlock) else value.raw or ""
    parts = [f"{word}: {said}", value.provenance.method or ""]
    if value.provenance.confidence is not None:
        parts.append(f"confidence {value.provenance.confidence:.0%}")
    text = "\n".join(part for part in parts if part)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
