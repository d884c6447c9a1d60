"""Where a drawing stands on the earth: GEODATA (DXF reference, OBJECTS section)."""

from __future__ import annotations

import math
import re

from pybase_extraction.results import Georeference, Locator, Provenance
from pybase_extraction_dxf.tags import Record, integer, number, point
from pybase_extraction_dxf.wording import Decoder

GRIDS = {1: "local grid", 2: "projected grid", 3: "geographic"}
"""Group code 70: what the coordinates of the drawing are; other values say that it is not known."""
_UNITS = {1: "in", 2: "ft", 4: "mm", 5: "cm", 6: "m", 7: "km"}
_METRES = {"in": 0.0254, "ft": 0.3048, "mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0}
_LARGEST = 1 << 20
_POINT = re.compile(r"<georss:point>\s*(-?[\d.]+)[\s,]+(-?[\d.]+)\s*</georss:point>")
_SYSTEM = re.compile(r'<(?:Projected|Geographic|Geocentric|Arbitrary)CoordinateSystem\s+id="([^"<>]{1,200})"')
_ALIAS = re.compile(
    r'<Alias\s+id="(\d{1,9})"\s+type="CoordinateSystem">\s*<ObjectId>([^<>]{1,200})</ObjectId>\s*'
    r"<Namespace>EPSG Code</Namespace>"
)
_DATUM = re.compile(r"<DatumId>\s*([^<>]{1,200}?)\s*</DatumId>")
_DESCRIPTION = re.compile(r"<Description>\s*([^<>]{1,500}?)\s*</Description>")
_AXIS = re.compile(r'<Axis\s+uom="([^"<>]{1,40})"')
_MAP_UNITS = {"METER": "m", "METRE": "m", "FOOT": "ft", "FOOTUS": "ft_us", "FOOT_US": "ft_us"}


def read_geodata(record: Record, decode: Decoder) -> Georeference | None:
    """Read a GEODATA object; None when it holds no statement.

    The definition of the coordinate system is XML of Autodesk's dictionary; four of its elements are read as text, so
    that no XML parser meets what the file brings.
    """
    own = record.after(b"AcDbGeoData")
    # 303 holds the pieces of a long definition and 301 the last one, or the whole
    pieces = b"".join(value for code, value in own.tags if code in {301, 303})[:_LARGEST]
    text = decode.text(pieces).replace("^J", "\n")
    position = _POINT.search(decode.text(own.get(302) or b""))
    north, system = point(own, 12), _first(_SYSTEM, text)
    if system is None and position is None:
        return None
    return Georeference(
        crs=_code_of(text, system) or system,
        crs_description=_first(_DESCRIPTION, text),
        geodetic_datum=_first(_DATUM, text),
        map_unit=_map_unit(_first(_AXIS, text)),
        true_north=_direction(north),
        latitude=number(position[1].encode()) if position else None,
        longitude=number(position[2].encode()) if position else None,
        raw=position[0] if position else None,
        provenance=Provenance(place=Locator(handle=_handle(record)), method="geodata"),
    )


def design_facts(record: Record) -> dict[str, object]:
    """What GEODATA says of the drawing's own coordinates: kind, design point, metres in one drawing unit.

    ``reference_point`` is the point of the map that the design point stands for; only local grids have one.
    """
    own = record.after(b"AcDbGeoData")
    kind = integer(own.get(70)) or 0
    facts = {
        "coordinates": GRIDS.get(kind),
        "reference_point": point(own, 11) if kind == 1 else None,
        "design_point": point(own, 10),
        "metres_per_unit": own.number(40),
        "sea_level_elevation": own.number(142),
        "user_scale": own.number(141),
        "unit": _UNITS.get(integer(own.get(91)) or 0),
    }
    return {name: value for name, value in facts.items() if value is not None}


def contradicts(record: Record, unit: str | None) -> bool:
    """Whether the metres in one drawing unit are others than the declared unit's."""
    factor = record.after(b"AcDbGeoData").number(40)
    declared = _METRES.get(unit or "")
    return factor is not None and declared is not None and not math.isclose(factor, declared, rel_tol=1e-3)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def _code_of(text: str, system: str | None) -> str | None:
    """EPSG code of the coordinate system, where its aliases name one."""
    return next((f"EPSG:{code}" for code, name in _ALIAS.findall(text) if name == system), None)


def _map_unit(name: str | None) -> str | None:
    return None if name is None else _MAP_UNITS.get(name.upper().replace(" ", ""), name)


def _direction(north: tuple[float, float, float] | None) -> tuple[float, float] | None:
    if north is None or (north[0] == 0 and north[1] == 0):
        return None
    return north[0], north[1]


def _handle(record: Record) -> str | None:
    value = record.get(5)
    return None if value is None else value.strip().decode("ascii", "replace").upper()
