"""Where the model stands: map conversion, coordinate reference system, true north, the site's latitude."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from pybase_extraction.results import Georeference, Measure, Property, Provenance
from pybase_extraction.source import Locator
from pybase_extraction_ifc.measures import Units
from pybase_extraction_ifc.model import Entity, Found, IfcModel
from pybase_extraction_ifc.properties import PropertySets
from pybase_extraction_ifc.relations import Relations

_PSET_CONVERSION = "epset_mapconversion"
_PSET_CRS = "epset_projectedcrs"


def read_georeference(
    model: IfcModel, units: Units, relations: Relations, sets: PropertySets, found: Found
) -> Georeference | None:
    """Read everything that places the model on the earth; None when the file says nothing of it.

    IfcMapConversion and IfcProjectedCRS (IFC4), or the property sets ePset_MapConversion and ePset_ProjectedCRS that
    buildingSMART's user guide for geo-referencing v2.0 gives for IFC2X3.
    """
    values: dict[str, Any] = {}
    values |= _true_north(model)
    values |= _site(model, units)
    operations = list(model.of("IfcMapConversion", "IfcRigidOperation"))
    if len(operations) > 1:
        message = f"The file has {len(operations)} coordinate operations; the first counts."
        found.add("several-map-conversions", "warning", message, step_id=operations[1].id)
    if operations:
        values |= _crs(model, units, model.entity(operations[0].ref("TargetCRS")))
        values |= _conversion(operations[0])
    else:
        values |= _from_property_sets(model, relations, sets)
        values |= _crs(model, units, next(model.of("IfcCoordinateReferenceSystem"), None))
    values = {key: value for key, value in values.items() if value not in (None, ())}
    if not set(values) - {"provenance"}:
        return None
    if values.keys() & {"eastings", "northings"} and "map_unit" not in values and units.length:
        # IfcProjectedCRS.MapUnit: "if not provided, the project's length unit" (ISO 16739-1:2024, 8.18.3.13)
        values["map_unit"] = units.length.symbol
    return Georeference(**values)


def _conversion(entity: Entity) -> dict[str, Any]:
    abscissa, ordinate = entity.number("XAxisAbscissa"), entity.number("XAxisOrdinate")
    rotation = None
    if abscissa is not None and ordinate is not None and (abscissa or ordinate):
        rotation = math.degrees(math.atan2(ordinate, abscissa))
    return {
        "eastings": entity.number("Eastings") if entity.is_a("IfcMapConversion") else entity.number("FirstCoordinate"),
        "northings": entity.number("Northings")
        if entity.is_a("IfcMapConversion")
        else entity.number("SecondCoordinate"),
        "orthogonal_height": entity.number("OrthogonalHeight")
        if entity.is_a("IfcMapConversion")
        else entity.number("Height"),
        "rotation": rotation,
        "scale": entity.number("Scale"),
        "axis_factors": _triple(entity.number(name) for name in ("FactorX", "FactorY", "FactorZ")),
        "provenance": Provenance(place=Locator(step_id=entity.id), method=entity.ifc_class.name),
    }


def _triple(values: Iterable[float | None]) -> tuple[float, float, float] | None:
    known = [value for value in values if value is not None]
    return (known[0], known[1], known[2]) if len(known) == 3 else None


def _crs(model: IfcModel, units: Units, entity: Entity | None) -> dict[str, Any]:
    if entity is None:
        return {}
    unit = units.find(entity.ref("MapUnit"))
    written = model.entity(entity.ref("WellKnownText"))
    found = {
        "provenance": Provenance(place=Locator(step_id=entity.id), method=entity.ifc_class.name),
        "crs": entity.text("Name") or (written.text("WellKnownText") if written else None),
        "crs_description": entity.text("Description"),
        "geodetic_datum": entity.text("GeodeticDatum"),
        "vertical_datum": entity.text("VerticalDatum"),
        "map_unit": unit.symbol if unit else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _true_north(model: IfcModel) -> dict[str, Any]:
    for context in model.of("IfcGeometricRepresentationContext"):
        direction = model.entity(context.ref("TrueNorth"))
        ratios = direction.get("DirectionRatios") if direction else None
        if isinstance(ratios, tuple) and len(ratios) >= 2 and all(isinstance(item, (int, float)) for item in ratios):
            place = Provenance(place=Locator(step_id=context.id), method=context.ifc_class.name)
            return {"true_north": (float(ratios[0]), float(ratios[1])), "provenance": place}
    return {}


def _site(model: IfcModel, units: Units) -> dict[str, Any]:
    site = next(model.of("IfcSite"), None)
    if site is None:
        return {}
    elevation, unit = site.number("RefElevation"), units.length
    measure = None
    if elevation is not None:
        measure = unit.measure(elevation) if unit else Measure(value=elevation)
    return {
        "latitude": degrees(site.get("RefLatitude")),
        "longitude": degrees(site.get("RefLongitude")),
        "elevation": measure,
        "address": _address(model, site),
        "provenance": Provenance(place=Locator(global_id=site.text("GlobalId"), step_id=site.id), method="IfcSite"),
    }


def degrees(value: Any) -> float | None:
    """Degrees of an IfcCompoundPlaneAngleMeasure: degrees, minutes, seconds and millionth seconds, of one sign."""
    if not isinstance(value, tuple) or not 1 <= len(value) <= 4:
        return None
    if not all(isinstance(item, (int, float)) for item in value):
        return None
    return float(sum(part / scale for part, scale in zip(value, (1, 60, 3600, 3.6e9), strict=False)))


def _address(model: IfcModel, site: Entity) -> tuple[str, ...]:
    holders = [site, *model.of("IfcBuilding")]
    for holder in holders:
        address = model.entity(holder.ref("SiteAddress") or holder.ref("BuildingAddress"))
        if address is None:
            continue
        lines = address.get("AddressLines")
        parts = [*(lines if isinstance(lines, tuple) else ())]
        parts += [address.text(name) for name in ("PostalBox", "PostalCode", "Town", "Region", "Country")]
        return tuple(str(part) for part in parts if isinstance(part, str) and part)
    return ()


def _from_property_sets(model: IfcModel, relations: Relations, sets: PropertySets) -> dict[str, Any]:
    for number in (*model.ids("IfcSite"), *model.ids("IfcProject")):
        for definition in relations.definitions.get(number, ()):
            pair = sets.properties(definition, "instance")
            name = pair[0].casefold() if pair else ""
            if pair and name == _PSET_CONVERSION:
                return {**_conversion_of(pair[1]), **_crs_of(relations, sets, number)}
    return {}


def _conversion_of(values: dict[str, Property]) -> dict[str, Any]:
    def number(name: str) -> float | None:
        value = values[name].value if name in values else None
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    abscissa, ordinate = number("XAxisAbscissa"), number("XAxisOrdinate")
    has_axis = abscissa is not None and ordinate is not None and (abscissa or ordinate)
    return {
        "eastings": number("Eastings"),
        "northings": number("Northings"),
        "orthogonal_height": number("OrthogonalHeight"),
        "rotation": math.degrees(math.atan2(ordinate or 0.0, abscissa or 0.0)) if has_axis else None,
        "scale": number("Scale"),
    }


def _crs_of(relations: Relations, sets: PropertySets, number: int) -> dict[str, Any]:
    for definition in relations.definitions.get(number, ()):
        pair = sets.properties(definition, "instance")
        if pair and pair[0].casefold() == _PSET_CRS:
            names = {
                "crs": "Name",
                "crs_description": "Description",
                "geodetic_datum": "GeodeticDatum",
                "vertical_datum": "VerticalDatum",
                "map_unit": "MapUnit",
            }
            return {
                key: str(pair[1][name].value)
                for key, name in names.items()
                if name in pair[1] and pair[1][name].value is not None
            }
    return {}
