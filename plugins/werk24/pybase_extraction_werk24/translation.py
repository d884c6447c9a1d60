"""From the service's answers to the result vocabulary, without loss of sign, unit or flag.

The service answers with typed models for component drawings and with plain dicts for other pages; both are read here
through the client's models where they fit, and kept whole in ``metadata`` where they do not.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from pybase_extraction import units
from pybase_extraction.results import (
    BillOfMaterials,
    BomItem,
    Datum,
    DatumReference,
    Dimension,
    DimensionKind,
    FeatureControlFrame,
    Fit,
    GeneralTolerance,
    Locator,
    MachinedFeature,
    Material,
    Note,
    Provenance,
    SurfaceTexture,
    Thread,
    TitleBlock,
    TitleField,
    ToleranceOrigin,
    ToleranceZone,
    UnitOrigin,
)

KINDS = {
    "ANGULAR": DimensionKind.ANGULAR,
    "LINEAR": DimensionKind.LINEAR,
    "DIAMETER": DimensionKind.DIAMETER,
    "SPHERICAL_DIAMETER": DimensionKind.SPHERICAL_DIAMETER,
    "WIDTH_ACROSS_FLATS": DimensionKind.ACROSS_FLATS,
    "SQUARE": DimensionKind.SQUARE,
}
FAMILIES = {
    "ISO_METRIC": "M",
    "UTS": "UN",
    "WHITWORTH": "W",
    "NPT": "NPT",
    "ACME": "ACME",
    "KNUCKLE": "Rd",
    "SM": "SM",
}
CHARACTERISTICS = {"PROFILE_OF_A_LINE": "profile_of_line", "PROFILE_OF_A_SURFACE": "profile_of_surface"}
"""Names that differ from the standards' words in lower case."""
REMOVAL = {"UNSPECIFIED": "any", "PROHIBITED": "prohibited", "REQUIRED": "required"}
TITLE_FIELDS = {
    "DRAWING_NUMBER": "drawing_number",
    "DOCUMENT_NUMBER": "drawing_number",
    "PART_NUMBER": "part_number",
    "ITEM_NUMBER": "part_number",
    "REVISION_NUMBER": "revision",
    "REVISION": "revision",
    "PROJECT_NAME": "project",
    "PROJECT_NUMBER": "project",
    "MANUFACTURER_NAME": "company",
}
"""Identifiers that have a field of their own; all others are custom fields under their type's name."""


Box = tuple[float, float, float, float]
"""x0, y0, x1, y1."""


@dataclass(slots=True)
class Places:
    """Where the references of one page stand, as the service's reference positions say.

    Attributes:
        page: 1-based.
        boxes: Bounding box in pixels of the sheet's picture, from its upper left corner, by reference id; empty when
            positions were not asked for.
    """

    page: int
    boxes: Mapping[int, Box] = field(default_factory=dict)

    def provenance(self, item: Any, method: str) -> Provenance:
        """Say where an item stands and how sure the service is of it."""
        score = getattr(getattr(item, "confidence", None), "score", None)
        return Provenance(
            place=Locator(page=self.page, bbox=self.boxes.get(getattr(item, "reference_id", -1))),
            method=f"werk24-{method}",
            confidence=None if score is None else min(max(float(score), 0.0), 1.0),
        )


def boxes_of(positions: Any) -> dict[int, Box]:
    """Bounding boxes in pixels by reference id from a reference positions answer."""
    found = {}
    for position in positions.reference_positions:
        if position.polygon is not None and position.polygon.coordinates and _is_in_pixels(position):
            xs, ys = zip(*position.polygon.coordinates, strict=True)
            found[position.reference_id] = (float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys)))
    return found


def count_strange(positions: Any) -> int:
    """Number of positions that are given in another space than the pixels of the sheet's picture."""
    return sum(
        position.polygon is not None and not _is_in_pixels(position) for position in positions.reference_positions
    )


def _is_in_pixels(position: Any) -> bool:
    return bool(position.polygon.coordinate_space.value == "PIXEL_SPACE")


def boxes_within(boxes: Mapping[int, Box], width: int, height: int) -> dict[int, Box]:
    """Boxes cut to a picture of so many pixels; without those that have nothing on it."""
    cut = {
        key: (max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3]))
        for key, box in boxes.items()
    }
    return {key: box for key, box in cut.items() if box[0] <= box[2] and box[1] <= box[3]}


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG (ISO/IEC 15948, 11.2.2 IHDR); None for anything else."""
    if len(data) < 24 or data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return (width, height) if width and height else None


def number(value: Decimal | None) -> float | None:
    """A number; None for none and for the infinity that the service writes for a plane."""
    return float(value) if value is not None and math.isfinite(value) else None


def decimals(value: Decimal) -> int | None:
    """Decimal places as written; None for what is no decimal."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else None


def unit_symbol(name: str | None) -> str | None:
    """The library's symbol for a unit of the service; unknown ones stay as written."""
    known = units.unit(name) if name else None
    return known.symbol if known else name


def dimension(size: Any, *, kind: DimensionKind | None = None, **fields: Any) -> Dimension:
    """A dimension from a size with its tolerance."""
    return Dimension(
        kind=kind or KINDS[size.size_type.value],
        nominal=number(size.value),
        decimals=decimals(size.value),
        unit=unit_symbol(size.unit),
        unit_origin=UnitOrigin.DECLARED,
        **_tolerance(size.tolerance),
        **fields,
    )


def _tolerance(tolerance: Any) -> dict[str, Any]:
    if tolerance is None:
        return {}
    upper, lower = number(tolerance.deviation_upper), number(tolerance.deviation_lower)
    origin = None
    if upper is not None or lower is not None:
        origin = ToleranceOrigin.DECLARED
        if tolerance.is_general_tolerance:
            origin = ToleranceOrigin.GENERAL
        elif tolerance.fit:
            origin = ToleranceOrigin.FIT
    grade = (tolerance.tolerance_grade,) if tolerance.tolerance_grade else ()
    return {
        "upper": upper,
        "lower": lower,
        "tolerance_origin": origin,
        "fit": fit(tolerance.fit),
        "is_basic": tolerance.is_theoretically_exact,
        "is_reference": tolerance.is_reference,
        "modifiers": (*grade, *(("APPROX",) if tolerance.is_approximation else ())),
    }


def fit(symbol: str | None) -> Fit | None:
    """An ISO 286 class: upper case is a hole, lower case a shaft."""
    if not symbol:
        return None
    hole, slash, shaft = symbol.partition("/")
    if slash:
        return Fit(hole=hole, shaft=shaft)
    return Fit(hole=symbol) if symbol[:1].isupper() else Fit(shaft=symbol)


def depth(item: Any, kind: DimensionKind = DimensionKind.DEPTH) -> Iterator[Dimension]:
    """The depth of a feature as a dimension; nothing for a through or unknown one."""
    if item is not None and item.size is not None:
        yield dimension(item.size, kind=kind)


def is_through(item: Any) -> bool | None:
    """Whether a depth goes through; None when nothing is said."""
    return None if item is None else item.depth_type.value in {"THROUGH", "THROUGH_ALL"}


def bore(item: Any, places: Places, threads: Mapping[int, Thread]) -> MachinedFeature:
    """A bore with all that is cut into it."""
    parts = [dimension(item.diameter, kind=DimensionKind.DIAMETER), *depth(item.depth)]
    if item.counterbore is not None:
        parts.append(dimension(item.counterbore.diameter, kind=DimensionKind.COUNTERBORE))
        parts += depth(item.counterbore.depth)
    if item.countersink is not None:
        parts.append(
            dimension(item.countersink.diameter, kind=DimensionKind.COUNTERSINK, **_angle(item.countersink.angle))
        )
    if item.counterdrill is not None:
        angle = _angle(item.counterdrill.angle)
        drilled = item.counterdrill.diameter
        parts.append(dimension(drilled, kind=DimensionKind.COUNTERBORE, label="counterdrill", **angle))
        parts += depth(item.counterdrill.depth)
    return MachinedFeature(
        kind="bore",
        raw=item.label,
        provenance=places.provenance(item, "bore"),
        quantity=item.quantity,
        dimensions=tuple(parts),
        thread=threads.get(item.thread.reference_id) if item.thread else None,
        is_through=is_through(item.depth),
    )


def _angle(size: Any) -> dict[str, Any]:
    """The angle of a chamfer or sink in degrees; its tolerance is among the details, which a number has no room for."""
    if size is None:
        return {}
    known, value = units.unit(size.unit), number(size.value)
    if value is not None and known is not None:
        value = units.convert(value, known.symbol, "deg")
    return {
        "angle": value,
        "details": dict(_rest(angle_tolerance=size.tolerance, angle_unit=None if known else size.unit)),
    }


def _rest(**parts: Any) -> Iterator[tuple[str, Any]]:
    """What an answer says that no field of the vocabulary holds, as the service writes it."""
    for name, part in parts.items():
        if isinstance(part, BaseModel):
            yield name, part.model_dump(mode="json", exclude_defaults=True)
        elif part is not None:
            yield name, part


def chamfer(item: Any, places: Places) -> Dimension:
    """A chamfer: its leg, and its angle in degrees."""
    return dimension(
        item.size,
        kind=DimensionKind.CHAMFER,
        raw=item.label,
        quantity=item.quantity,
        provenance=places.provenance(item, "chamfer"),
        **_angle(item.angle),
    )


def radius(item: Any, places: Places) -> Dimension:
    """A radius; a plane has no nominal."""
    curvature = (item.curvature_type.value,) if item.curvature_type else ()
    found = dimension(
        item.size,
        kind=DimensionKind.RADIUS,
        raw=item.label,
        quantity=item.quantity,
        provenance=places.provenance(item, "radius"),
    )
    return found.model_copy(update={"modifiers": (*found.modifiers, *curvature)})


def thread(item: Any, places: Places) -> Thread:
    """A thread of any family."""
    kind = item.thread_type.value
    unit = unit_symbol(item.diameter.unit)
    spacing = item.spacing
    tolerances = [
        tolerance.fit or tolerance.tolerance_grade
        for name in _METRIC_CLASSES
        if (tolerance := getattr(item, name, None)) is not None
    ]
    prefix = kind.lower() if kind != "ISO_METRIC" else "metric"
    size = getattr(item, f"{prefix}_size", None)
    depths, depth_size = list(depth(item.depth)), item.depth.size if item.depth else None
    return Thread(
        family=FAMILIES[kind],
        series=getattr(item, f"{prefix}_series", None),
        designation=item.label,
        raw=item.label,
        provenance=places.provenance(item, "thread"),
        nominal_diameter=number(item.diameter.value),
        size=None if size is None else str(size),
        pitch=_pitch(spacing, unit),
        threads_per_inch=number(spacing.threads_per_inch) if spacing else None,
        tolerance_class=getattr(item, f"{prefix}_tolerance_class", None) or "/".join(filter(None, tolerances)) or None,
        is_left_hand=item.handedness.value == "LEFT",
        is_internal=_is_internal(item),
        length=depths[0].nominal if depths else None,
        is_through=bool(is_through(item.depth)),
        quantity=max(1, int(item.quantity)),
        unit=unit,
        details=dict(
            _rest(
                diameter_tolerance=item.diameter.tolerance,
                depth_tolerance=depth_size.tolerance if depth_size else None,
                depth_unit=depth_size.unit if depth_size and unit_symbol(depth_size.unit) != unit else None,
                profile=getattr(item, "knuckle_profile", None),
                **{name: getattr(item, name, None) for name in _METRIC_CLASSES},
            )
        ),
    )


_METRIC_CLASSES = (
    "female_pitch_diameter_tolerance",
    "female_major_diameter_tolerance",
    "male_pitch_diameter_tolerance",
    "male_major_diameter_tolerance",
)


def _is_internal(item: Any) -> bool | None:
    """Whether the callout tolerates an internal thread, an external one, or does not tell (both or none)."""
    female, male = (
        any(
            getattr(item, f"{side}_{place}_tolerance", None) is not None
            for place in ("major_diameter", "pitch_diameter")
        )
        for side in ("female", "male")
    )
    return None if female == male else female


def _pitch(spacing: Any, unit: str | None) -> float | None:
    if spacing is None:
        return None
    return units.convert(float(spacing.pitch_in_mm), "mm", "in") if unit == "in" else number(spacing.pitch_in_mm)


def frame(item: Any, places: Places) -> FeatureControlFrame | Datum:
    """A feature control frame, or the datum that the service reports as one."""
    provenance = places.provenance(item, "gdt")
    name = item.characteristic.name
    if name == "DATUM":
        return Datum(letter=item.label.strip("[] "), raw=item.label, provenance=provenance)
    zone = item.zone
    size = zone.value if zone else None
    return FeatureControlFrame(
        characteristic=CHARACTERISTICS.get(name, name.lower()),
        raw=item.label,
        provenance=provenance,
        unit=unit_symbol(size.unit) if size else None,
        unit_origin=UnitOrigin.DECLARED if size else None,
        quantity=zone.extend.quantity if zone and zone.extend else 1,
        details=dict(
            _rest(
                tolerance=size.tolerance if size else None,
                extend=zone.extend if zone else None,
            )
        ),
        zones=(
            ToleranceZone(
                value=number(size.value) if size else None,
                shape={"DIAMETER": "diameter", "SPHERICAL_DIAMETER": "spherical"}.get(
                    size.size_type.value if size else "", "width"
                ),
                modifiers=tuple(_frame_modifiers(item)),
                datums=tuple(DatumReference(letters=tuple(datum.label.split("-"))) for datum in item.datums),
            ),
        ),
    )


def _frame_modifiers(item: Any) -> Iterator[str]:
    if item.material_condition:
        yield item.material_condition.value
    for part, names in (
        (item.zone, ("combination", "offset", "constraint")),
        (item.feature, ("filter", "associated_feature", "derived_feature")),
        (item.reference, ("association", "parameter")),
    ):
        for name in names:
            found = getattr(part, name, None)
            if found:
                yield str(getattr(found, "value", found))
    if item.state:
        yield item.state.value


def textures(item: Any, places: Places, *, is_majority: bool = False) -> Iterator[SurfaceTexture]:
    """One requirement for every condition; a bare symbol when there is none."""
    common = {
        "raw": item.label,
        "provenance": places.provenance(item, "roughness"),
        "lay": item.direction_of_lay.value if item.direction_of_lay else None,
        "removal": REMOVAL[item.material_removal_type.value],
        "process": item.manufacturing_process,
        "is_majority": is_majority,
        "applies_all_around": item.applies_all_around,
        "details": dict(_texture_details(item)),
    }
    if not item.conditions:
        yield SurfaceTexture(**common)
    for condition in item.conditions:
        value = number(condition.value.value) if condition.value else None
        is_lower = condition.condition_type is not None and condition.condition_type.value == "LOWER"
        yield SurfaceTexture(
            parameter=condition.parameter.value if condition.parameter else None,
            value=None if is_lower else value,
            lower_value=value if is_lower else None,
            unit=unit_symbol(condition.value.unit) if condition.value else None,
            unit_origin=UnitOrigin.DECLARED if condition.value else None,
            grade=condition.roughness_grade,
            rule=condition.acceptance_criterion.value if condition.acceptance_criterion else None,
            cutoff=_millimetres(condition.lambda_c),
            **{**common, "details": common["details"] | dict(_condition_details(condition))},
        )


def _texture_details(item: Any) -> Iterator[tuple[str, Any]]:
    yield "standard", item.standard.value
    for name in ("machining_allowance", "waviness"):
        if (found := getattr(item, name)) is not None:
            yield name, found.model_dump(mode="json", exclude_none=True)


def _condition_details(condition: Any) -> Iterator[tuple[str, Any]]:
    for name in ("condition_type", "filter_type"):
        if (found := getattr(condition, name)) is not None:
            yield name, found.value
    if condition.value is not None:
        yield from _rest(tolerance=condition.value.tolerance)
    for name in ("lambda_s", "lambda_c", "evaluation_length"):
        if (size := getattr(condition, name)) is not None:
            yield name, size.model_dump(mode="json", exclude_none=True)


def _millimetres(size: Any) -> float | None:
    known = units.unit(size.unit) if size is not None else None
    value = number(size.value) if size is not None else None
    return None if known is None or value is None else units.convert(value, known.symbol, "mm")


def materials(options: list[Any], places: Places) -> Iterator[Material]:
    """Every material of every option."""
    for option in options:
        for item in option.material_combination:
            categories = [category.value for category in item.material_category if category is not None]
            yield Material(
                name=item.designation,
                designation=item.designation,
                standard=item.standard,
                family=categories[1].lower() if len(categories) > 1 else None,
                raw=item.raw_ocr,
                provenance=places.provenance(option, "material"),
            )


def general_tolerance(item: Any, places: Places) -> GeneralTolerance:
    """The general tolerance: an ISO 2768 class such as ``mK`` has a linear and a geometrical letter."""
    written = item.tolerance_class or ""
    return GeneralTolerance(
        standard=item.tolerance_standard.value if item.tolerance_standard.name != "TOLERANCE_NOTE" else None,
        linear_class=written[:1] or None,
        geometric_class=written[1:2] or None,
        principle=item.principle.value if item.principle else None,
        raw=f"{item.tolerance_standard.value} {written}".strip(),
        provenance=places.provenance(item, "general-tolerance"),
    )


def bill_of_materials(item: Any, places: Places) -> BillOfMaterials:
    """The parts list, with every row at the list's place: the service gives rows no place of their own."""
    provenance = places.provenance(item, "bill-of-material")
    rows = []
    for row in item.rows:
        names = [material.designation for option in row.material_options for material in option.material_combination]
        rows.append(
            BomItem(
                item=row.position,
                part_number=row.part_number,
                description=row.designation,
                quantity=number(row.quantity.value) if row.quantity else None,
                unit=row.quantity.unit if row.quantity else None,
                material=", ".join(names) or None,
                quantity_text=str(row.quantity.value) if row.quantity else None,
                properties=_row_properties(row),
                mass=number(row.unit_weight.value) if row.unit_weight else None,
                mass_unit=unit_symbol(row.unit_weight.unit) if row.unit_weight else None,
                provenance=provenance,
            )
        )
    return BillOfMaterials(items=tuple(rows), provenance=provenance)


def _row_properties(row: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if row.fastener is not None:
        found["fastener"] = row.fastener.model_dump(mode="json", exclude_none=True)
    if row.material_options:
        found["material_options"] = [
            option.model_dump(mode="json", exclude_none=True) for option in row.material_options
        ]
    return found


def title_block(metadata: Any, places: Places) -> TitleBlock | None:
    """The title block from identifiers, designation and the rest; None when nothing of it was found."""
    fields: dict[str, Any] = {}
    custom: dict[str, TitleField] = {}
    for item in metadata.identifiers:
        kind = item.identifier_type.value
        found = TitleField(value=item.value, raw=item.value, provenance=places.provenance(item, "identifier"))
        name = TITLE_FIELDS.get(kind)
        is_current = item.period is None or item.period.value == "CURRENT"
        if name and name not in fields and is_current:
            fields[name] = found
        else:
            custom[_free_name(_identifier_name(item), custom)] = found
    if metadata.designation:
        entry = metadata.designation[0]
        fields["title"] = TitleField(
            value=entry.value, raw=entry.value, provenance=places.provenance(entry, "designation")
        )
    for entry in metadata.designation[1:]:
        name = f"designation_{entry.language.value.lower()}" if entry.language else "designation"
        custom[_free_name(name, custom)] = TitleField(
            value=entry.value, raw=entry.value, provenance=places.provenance(entry, "designation")
        )
    if metadata.weight is not None:
        text = f"{metadata.weight.value} {metadata.weight.unit}"
        fields["mass"] = TitleField(value=text, raw=text, provenance=places.provenance(metadata.weight, "weight"))
    if metadata.projection_method is not None:
        text = metadata.projection_method.projection_method.value.lower().replace("_", " ")
        provenance = places.provenance(metadata.projection_method, "projection")
        fields["projection"] = TitleField(value=text, provenance=provenance)
    if not fields and not custom:
        return None
    return TitleBlock(
        page=places.page,
        custom_fields=custom,
        provenance=Provenance(place=Locator(page=places.page), method="werk24-metadata"),
        **fields,
    )


def _identifier_name(item: Any) -> str:
    """``previous_customer_part_number``: whose it is and since when, where the service says so."""
    period = item.period.value if item.period is not None and item.period.value != "CURRENT" else None
    stakeholder = item.stakeholder.value if item.stakeholder is not None else None
    return "_".join(filter(None, (period, stakeholder, item.identifier_type.value))).lower()


def _free_name(name: str, taken: Mapping[str, Any]) -> str:
    """The name, numbered from 2 where a sheet has several of it: none may displace another."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def note(item: Any, places: Places) -> Note:
    """A note of the drawing."""
    return Note(
        text=item.label, raw=item.label, provenance=places.provenance(item, f"note-{item.note_type.value.lower()}")
    )


def standard_feature(item: Any, kind: str, places: Places) -> MachinedFeature:
    """An undercut, key slot or centre hole: its sizes by name, its standard and form among the details."""
    sizes = {
        "radius": DimensionKind.RADIUS,
        "depth": DimensionKind.DEPTH,
        "key_width": DimensionKind.LINEAR,
        "key_height": DimensionKind.LINEAR,
        "key_length": DimensionKind.LINEAR,
        "pilot_diameter": DimensionKind.DIAMETER,
        "outer_diameter": DimensionKind.DIAMETER,
    }
    found = [
        dimension(size, kind=meaning, label=name)
        for name, meaning in sizes.items()
        if (size := getattr(item, name, None)) is not None
    ]
    details = {name: getattr(item, name, None) for name in ("standard", "form", "requirement", "undercut_type")}
    return MachinedFeature(
        kind=kind,
        raw=item.label,
        provenance=places.provenance(item, kind.replace("_", "-")),
        quantity=item.quantity,
        dimensions=tuple(found),
        details={name: getattr(value, "value", value) for name, value in details.items() if value is not None},
    )


def fastener(item: Any, places: Places) -> MachinedFeature:
    """A screw, nut or pin that the drawing calls for, with its thread and length."""
    length = () if item.length is None else (dimension(item.length, kind=DimensionKind.LINEAR, label="length"),)
    details = {
        "fastener_type": item.fastener_type.value,
        "designation": item.designation,
        "standard": item.standard,
        "manufacturer": item.manufacturer,
        "note": item.note,
    }
    return MachinedFeature(
        kind="fastener",
        raw=item.label,
        provenance=places.provenance(item, "fastener"),
        quantity=item.quantity,
        dimensions=length,
        thread=None if item.thread is None else thread(item.thread, places),
        details={name: value for name, value in details.items() if value is not None},
    )
