"""A small house in millimetres: two storeys, walls, doors, slabs, a truss of parts, with properties and quantities.

The same bytes every time: GlobalIds and dates are counted, not drawn.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.api.type as type_api
import ifcopenshell.guid
from ifcopenshell.api import (
    aggregate,
    classification,
    context,
    feature,
    geometry,
    georeference,
    group,
    layer,
    material,
    owner,
    project,
    pset,
    root,
    spatial,
    system,
    unit,
)

WALL = {"length": 6000.0, "height": 2800.0, "thickness": 365.0}
"""Millimetres of every wall."""


@contextmanager
def counted_guids() -> Iterator[None]:
    """Give GlobalIds 1, 2, 3... for as long as it lasts."""
    numbers = itertools.count(1)
    before = ifcopenshell.guid.new
    ifcopenshell.guid.new = lambda: ifcopenshell.guid.compress(uuid.UUID(int=next(numbers)).hex)
    try:
        yield
    finally:
        ifcopenshell.guid.new = before


class House:
    """The model while it is being built."""

    def __init__(self, schema: str) -> None:
        self.file: Any = project.create_file(version=schema)
        person = owner.add_person(self.file, identification="AA", family_name="Author", given_name="Anna")
        office = owner.add_organisation(self.file, identification="SO", name="Sample office")
        owner.add_person_and_organisation(self.file, person=person, organisation=office)
        owner.add_application(
            self.file,
            application_developer=office,
            version="1",
            application_full_name="Sample writer",
            application_identifier="sample",
        )
        self.project = root.create_entity(self.file, ifc_class="IfcProject", name="Sample house")
        millimetre = unit.add_si_unit(self.file, unit_type="LENGTHUNIT", prefix="MILLI")
        rest = [unit.add_si_unit(self.file, unit_type=kind) for kind in ("AREAUNIT", "VOLUMEUNIT")]
        rest.append(unit.add_si_unit(self.file, unit_type="MASSUNIT", prefix="KILO"))
        degree = unit.add_conversion_based_unit(self.file, name="degree")
        unit.assign_unit(self.file, units=[millimetre, *rest, degree])
        model = context.add_context(self.file, context_type="Model")
        self.body = context.add_context(
            self.file, context_type="Model", context_identifier="Body", target_view="MODEL_VIEW", parent=model
        )
        self.site = self.place("IfcSite", "Garden", self.project)
        self.building = self.place("IfcBuilding", "House", self.site)
        self.storeys = [
            self.place("IfcBuildingStorey", name, self.building) for name in ("Ground floor", "Upper floor")
        ]
        for number, storey in enumerate(self.storeys):
            storey.Elevation = 3000.0 * number
        self.site.RefLatitude, self.site.RefLongitude = (48, 8, 13, 920000), (11, 34, 31, 80000)
        self.site.RefElevation = 519000.0

    def place(self, ifc_class: str, name: str, parent: Any) -> Any:
        made = root.create_entity(self.file, ifc_class=ifc_class, name=name)
        aggregate.assign_object(self.file, products=[made], relating_object=parent)
        return made

    def element(self, ifc_class: str, name: str, storey: Any | None, **attributes: Any) -> Any:
        made = root.create_entity(self.file, ifc_class=ifc_class, name=name)
        for key, value in attributes.items():
            setattr(made, key, value)
        if storey is not None:
            spatial.assign_container(self.file, products=[made], relating_structure=storey)
        return made

    def shape(self, element: Any, length: float, width: float, height: float) -> None:
        """Give a box in millimetres."""
        file = self.file
        placement = file.createIfcAxis2Placement2D(file.createIfcCartesianPoint((length / 2, width / 2)))
        profile = file.createIfcRectangleProfileDef("AREA", None, placement, length, width)
        origin = file.createIfcAxis2Placement3D(file.createIfcCartesianPoint((0.0, 0.0, 0.0)))
        solid = file.createIfcExtrudedAreaSolid(profile, origin, file.createIfcDirection((0.0, 0.0, 1.0)), height)
        body = file.createIfcShapeRepresentation(self.body, "Body", "SweptSolid", [solid])
        geometry.assign_representation(file, product=element, representation=body)
        geometry.edit_object_placement(file, product=element)

    def properties(self, product: Any, name: str, values: dict[str, Any]) -> None:
        pset.edit_pset(self.file, pset=pset.add_pset(self.file, product=product, name=name), properties=values)

    def quantities(self, product: Any, name: str, values: dict[str, float]) -> None:
        pset.edit_qto(self.file, qto=pset.add_qto(self.file, product=product, name=name), properties=values)


def build(schema: str = "IFC4") -> Any:
    """Build the house."""
    house = House(schema)
    file = house.file
    wall_type = root.create_entity(file, ifc_class="IfcWallType", name="Outer wall 365", predefined_type="SOLIDWALL")
    layers = material.add_material_set(file, name="Masonry with plaster", set_type="IfcMaterialLayerSet")
    for name, thickness in (("Plaster", 15.0), ("Brick", 330.0), ("Render", 20.0)):
        made = material.add_layer(file, layer_set=layers, material=material.add_material(file, name=name))
        made.LayerThickness = thickness
    material.assign_material(file, products=[wall_type], type="IfcMaterialLayerSet", material=layers)
    house.properties(wall_type, "Pset_WallCommon", {"IsExternal": True, "FireRating": "F90", "LoadBearing": True})
    oak, concrete, steel = (material.add_material(file, name=name) for name in ("Oak", "Concrete C25/30", "S235JR"))
    presentation = layer.add_layer(file, name="A-WALL")
    system_made = system.add_system(file, ifc_class="IfcDistributionSystem" if schema != "IFC2X3" else "IfcSystem")
    system_made.Name = "Heating"
    escape = group.add_group(file, name="Escape route")
    codes = classification.add_classification(file, classification="Uniclass 2015")
    for number, storey in enumerate(house.storeys, start=1):
        for side in ("North", "South"):
            wall = house.element("IfcWall", f"{side} wall {number}", storey, Tag=f"W-{number}-{side[0]}")
            type_api.assign_type(file, related_objects=[wall], relating_type=wall_type)
            house.shape(wall, WALL["length"], WALL["thickness"], WALL["height"])
            volume = WALL["length"] * WALL["thickness"] * WALL["height"] / 1e9
            area = WALL["length"] * WALL["height"] / 1e6
            house.quantities(wall, "Qto_WallBaseQuantities", {
                "Length": WALL["length"], "Height": WALL["height"], "Width": WALL["thickness"],
                "GrossSideArea": area, "GrossVolume": volume, "NetVolume": volume,
            })  # fmt: skip
            layer.assign_layer(file, items=[wall.Representation.Representations[0]], layer=presentation)
            if side == "North":
                house.properties(wall, "Pset_WallCommon", {"FireRating": "F30"})
                classification.add_reference(
                    file, products=[wall], identification="Ss_25_10_20", name="Framed wall", classification=codes
                )
            else:
                door(house, wall, storey, number, oak, escape)
        slab = house.element("IfcSlab", f"Slab {number}", storey, PredefinedType="FLOOR")
        material.assign_material(file, products=[slab], material=concrete)
        house.shape(slab, 6000.0, 5000.0, 200.0)
        house.quantities(slab, "Qto_SlabBaseQuantities", {"GrossArea": 30.0, "NetVolume": 6.0, "Depth": 200.0})
    truss(house, steel)
    boiler = house.element(
        "IfcBoiler" if schema != "IFC2X3" else "IfcEnergyConversionDevice", "Boiler", house.storeys[0]
    )
    system.assign_system(file, products=[boiler], system=system_made)
    if schema != "IFC2X3":
        georeference.add_georeferencing(file)
        georeference.edit_georeferencing(
            file,
            projected_crs={"Name": "EPSG:25832", "GeodeticDatum": "ETRS89"},
            coordinate_operation={"Eastings": 691000.5, "Northings": 5334000.25, "OrthogonalHeight": 519.0,
                                  "XAxisAbscissa": 1.0, "XAxisOrdinate": 1.0, "Scale": 0.001},
        )  # fmt: skip
    return file


def door(house: House, wall: Any, storey: Any, number: int, oak: Any, escape: Any) -> None:
    file = house.file
    opening = house.element("IfcOpeningElement", f"Opening {number}", None)
    house.shape(opening, 900.0, WALL["thickness"], 2100.0)
    feature.add_feature(file, feature=opening, element=wall)
    made = house.element("IfcDoor", f"Door {number}", storey, OverallHeight=2100.0, OverallWidth=900.0)
    feature.add_filling(file, opening=opening, element=made)
    material.assign_material(file, products=[made], material=oak)
    house.properties(made, "Pset_DoorCommon", {"FireExit": True, "AcousticRating": "32 dB"})
    group.assign_group(file, products=[made], group=escape)


def truss(house: House, steel: Any) -> None:
    """Two equal assemblies of three members."""
    for number in (1, 2):
        assembly = house.element("IfcElementAssembly", f"Truss {number}", house.storeys[1], ObjectType="Truss T1")
        for part in ("Chord", "Chord", "Post"):
            member = house.element("IfcMember", part, None, ObjectType=part)
            aggregate.assign_object(house.file, products=[member], relating_object=assembly)
            material.assign_material(house.file, products=[member], material=steel)
            house.quantities(member, "Qto_MemberBaseQuantities", {"Length": 3000.0, "NetWeight": 42.5})


def settle(file: Any) -> None:
    """Put members of sets, which come in any order, in the order of their numbers, and fix the dates."""
    for ifc_class in ("IfcRelationship", "IfcUnitAssignment", "IfcPresentationLayerAssignment"):
        for made in file.by_type(ifc_class):
            for place, value in enumerate(made):
                if isinstance(value, tuple) and value and isinstance(value[0], ifcopenshell.entity_instance):
                    made[place] = sorted(value, key=lambda item: item.id())
    for history in file.by_type("IfcOwnerHistory"):
        history.CreationDate = history.LastModifiedDate = 1736931600  # 2025-01-15T09:00:00Z


def write_sample(path: Path, schema: str = "IFC4") -> None:
    """Write the house as an IFC file."""
    with counted_guids():
        file = build(schema)
    settle(file)
    header = file.header.file_name
    header.name, header.time_stamp = "house.ifc", "2025-01-15T09:00:00"
    header.author, header.organization, header.authorization = ("A. Author",), ("Sample office",), ""
    header.preprocessor_version, header.originating_system = "sample", "sample"
    path.write_text(file.to_string(), encoding="ascii")
