"""Counts of entities, lengths and areas of curves, extents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from pybase_extraction.results import Entity, GeometrySummary, Provenance
from pybase_extraction_dxf.extents import Extents
from pybase_extraction_dxf.geometry import CODES as GEOMETRY_CODES
from pybase_extraction_dxf.geometry import area_of, joined, length_of, values_of
from pybase_extraction_dxf.inserts import Insert
from pybase_extraction_dxf.layers import transparency
from pybase_extraction_dxf.scan import PARTS, Scan
from pybase_extraction_dxf.selection import Selection
from pybase_extraction_dxf.tags import Record, number

_MEASURABLE = 50_000
"""Entities of model space up to which its extents are computed without being asked for geometry."""
_NOWHERE = 1e19
"""AutoCAD writes extents of 1e20 for a drawing that has none."""


def count_entities(selection: Selection) -> tuple[GeometrySummary, dict[str, Counter[str]]]:
    """Count entities by type, layout and layer."""
    whole = selection.wholes()
    spaces, types = selection.scan.space_of[whole], selection.scan.type_of[whole]
    layers, names = selection.scan.layers_of(whole, selection.layer_rows)
    shape = len(selection.scan.heads) + 3, len(selection.scan.types), len(names)
    # spaces count from -3
    kinds, times = np.unique(np.ravel_multi_index((spaces + 3, types, layers), shape), return_counts=True)
    by_layout: dict[str, Counter[str]] = {layout.name: Counter() for layout in selection.layouts}
    in_blocks: Counter[str] = Counter()
    by_layer: dict[str, Counter[str]] = {}
    for *kind, count in zip(*(part.tolist() for part in np.unravel_index(kinds, shape)), times.tolist(), strict=True):
        space, type_, layer = kind
        label, layout = selection.scan.types[type_], selection.layout_of.get(space - 3)
        if layout is None:
            in_blocks[label] += count
        else:
            by_layout[layout][label] += count
            by_layer.setdefault(names[layer].casefold(), Counter())[label] += count
    total: Counter[str] = sum(by_layout.values(), Counter())
    summary = GeometrySummary(
        counts=dict(sorted(total.items())),
        counts_by_layout={name: dict(sorted(counts.items())) for name, counts in by_layout.items()},
        counts_in_blocks=dict(sorted(in_blocks.items())),
        total=total.total(),
        proxies=_proxies(selection),
    )
    return summary, by_layer


def _proxies(selection: Selection) -> dict[str, int]:
    """Entities of other programs by class name: group 91 counts the CLASSES section from 500."""
    scan = selection.scan
    classes = [scan.decode.name(record.get(1)) for record in scan.records(scan.entities("CLASSES", "CLASS"))]
    found: Counter[str] = Counter()
    for record in selection.records((5, 8, 90, 91), "ACAD_PROXY_ENTITY"):
        at = (record.integer(91) or 0) - 500
        found[classes[at] if 0 <= at < len(classes) else "ACAD_PROXY_ENTITY"] += 1
    return dict(sorted(found.items()))


def measure(
    selection: Selection, summary: GeometrySummary, inserts: list[Insert]
) -> tuple[dict[str, tuple[float, float]], GeometrySummary]:
    """Measure model space, and every curve when geometry is asked for.

    Returns:
        Length and area by lower-case name of the layer, and the summary with lengths by type and extents. Above
        ``_MEASURABLE`` entities the extents are those of the header, unless geometry is asked for.
    """
    in_model = sum(summary.counts_by_layout.get("Model", {}).values())
    inside = sum(summary.counts_in_blocks.values())
    lengths: dict[str, float] = {}
    measures: dict[str, tuple[float, float]] = {}
    if not selection.options.extract_geometry and in_model + inside > _MEASURABLE:
        return measures, summary.model_copy(update=_stated_extents(selection.scan))
    if selection.options.extract_geometry:
        for record in joined(_drawn(selection)):
            if selection.layout_of.get(selection.space(record)) is not None:
                _add(selection, record, lengths, measures)
    corners = None
    if selection.options.include_model_space:
        corners = Extents(selection, inserts).of(-1)
    update: dict[str, Any] = {"lengths": dict(sorted(lengths.items()))}
    if corners is not None:
        low, high = corners
        update |= {"extents": (*low[:2], *high[:2]), "extents_3d": corners, "extents_origin": "computed"}
    return measures, summary.model_copy(update=update)


def _drawn(selection: Selection) -> Iterator[Record]:
    types = [name for name in selection.scan.types if name not in {"ATTRIB", "SEQEND", "ATTDEF"}]
    return selection.records((*GEOMETRY_CODES, 440), *types)


def _add(
    selection: Selection,
    record: Record,
    lengths: dict[str, float],
    measures: dict[str, tuple[float, float]],
) -> None:
    length, area = length_of(record), area_of(record)
    if length is not None:
        lengths[record.type] = lengths.get(record.type, 0.0) + length
    layer = (selection.decode.name(record.get(8)) or "0").casefold()
    before = measures.get(layer, (0.0, 0.0))
    measures[layer] = before[0] + (length or 0.0), before[1] + (area or 0.0)


def _stated_extents(scan: Scan) -> dict[str, Any]:
    """Extents as the header states them; nothing when they are missing or those of an empty drawing."""
    header = scan.header
    x0, y0, z0, x1, y1, z1 = (
        number(header.get(name + axis, "").encode()) for name in ("$EXTMIN", "$EXTMAX") for axis in ("", ":Y", ":Z")
    )
    if x0 is None or y0 is None or x1 is None or y1 is None or not (x0 <= x1 < _NOWHERE and y0 <= y1 < _NOWHERE):
        return {}
    corners = None if z0 is None or z1 is None else ((x0, y0, z0), (x1, y1, z1))
    return {"extents": (x0, y0, x1, y1), "extents_3d": corners, "extents_origin": "header"}


def entities_of(selection: Selection) -> Iterator[Entity]:
    """Every entity on the layouts with its defining numbers."""
    for record in joined(_drawn(selection)):
        if selection.space(record) in selection.block_of or record.type in PARTS:
            continue
        place = selection.place(record)
        provenance = Provenance(place=place, method="entity")
        yield Entity(
            type=record.type,
            layout=place.layout,
            geometry=values_of(record),
            transparency=transparency(record.get(440)),
            provenance=provenance,
        )
