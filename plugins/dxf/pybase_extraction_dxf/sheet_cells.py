"""Ruled cells of each layout: its lines and texts, and those of the blocks that frame a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pybase_extraction.results import TextBlock
from pybase_extraction_dxf.ruled import LINE_TYPES, MOST_LINES, MOST_TEXTS, RuledCell, Word, cells_of, segments_of
from pybase_extraction_dxf.selection import Selection


def cells_by_layout(selection: Selection, texts: Sequence[TextBlock]) -> Iterator[tuple[str, list[RuledCell]]]:
    """Ruled cells of each layout."""
    words: dict[str, list[Word]] = {}
    for at, text in enumerate(texts):
        place = text.provenance.place
        if place.layout is not None and place.bbox is not None and text.size:
            words.setdefault(place.layout, []).append(Word(text.text, place.bbox, text.size, at))
    segments: dict[str, list[tuple[float, float, float, float]]] = {}
    wanted = {
        space for space, name in selection.layout_of.items() if 0 < len(words.get(name, ())) <= MOST_TEXTS
    }  # fmt: skip
    lines = selection.of(*LINE_TYPES)
    lines = lines[np.isin(selection.scan.space_of[lines], np.array([*wanted], np.int32))]
    if len(lines) > MOST_LINES:
        return
    for record in selection.scan.records(lines, (10, 11, 20, 21, 70)):
        segments.setdefault(selection.layout_of[selection.space(record)], []).extend(segments_of([record]))
    for name in selection.page_of:
        selection.check()
        if name in words and name in segments:
            yield name, cells_of(segments[name], words[name])
