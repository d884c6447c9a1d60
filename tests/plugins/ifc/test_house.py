"""The house: everything that the extractor says of an ordinary model."""

from __future__ import annotations

import math

import pytest

from pybase_extraction.results import Element, ExtractionResult, SpatialNode

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3")


@pytest.fixture(params=SCHEMAS)
def result(request, houses, extract) -> ExtractionResult:
    return extract(houses[request.param])


def element(result: ExtractionResult, name: str) -> Element:
    (found,) = [item for item in result.elements if item.name == name]
    return found


def test_every_element_comes_once(result: ExtractionResult) -> None:
    counts = result.metadata["elements_by_class"]
    # 2 storeys x (2 walls, 1 opening, 1 door, 1 slab) + 2 assemblies + 6 members + 1 boiler
    assert len(result.elements) == 2 * 5 + 2 + 6 + 1
    assert {name: counts[name] for name in ("IfcWall", "IfcDoor", "IfcSlab", "IfcOpeningElement", "IfcMember")} == {
        "IfcWall": 4, "IfcDoor": 2, "IfcSlab": 2, "IfcOpeningElement": 2, "IfcMember": 6,
    }  # fmt: skip
    places = [(item.global_id, item.provenance.place.step_id) for item in result.elements]
    assert len(set(places)) == len(places)
    assert all(global_id and step_id for global_id, step_id in places)


def test_the_instance_wins_over_its_type_property_by_property(result: ExtractionResult) -> None:
    north, south = element(result, "North wall 1"), element(result, "South wall 1")
    assert north.type_name == south.type_name == "Outer wall 365"
    own = north.property_sets["Pset_WallCommon"]
    assert (own["FireRating"].value, own["FireRating"].origin) == ("F30", "instance")
    assert (own["IsExternal"].value, own["IsExternal"].origin) == (True, "type")
    inherited = south.property_sets["Pset_WallCommon"]
    assert (inherited["FireRating"].value, inherited["FireRating"].origin) == ("F90", "type")
    assert inherited["FireRating"].data_type == "IfcLabel"
    assert north.set_ids["Pset_WallCommon"] != south.set_ids["Pset_WallCommon"]


def test_predefined_types_come_from_the_type_too(result: ExtractionResult) -> None:
    assert element(result, "Slab 1").predefined_type == "FLOOR"
    expected = None if result.metadata["schema"] == "IFC2X3" else "SOLIDWALL"
    if expected:
        assert element(result, "South wall 2").predefined_type == expected


def test_quantities_have_units_and_si_values(result: ExtractionResult) -> None:
    quantities = element(result, "North wall 1").quantities["Qto_WallBaseQuantities"]
    length, area, volume = quantities["Length"], quantities["GrossSideArea"], quantities["NetVolume"]
    assert (length.value, length.unit, length.si_value, length.kind) == (6000.0, "mm", 6.0, "length")
    # 6 m x 2.8 m
    assert (area.value, area.unit, area.si_value) == (pytest.approx(16.8), "m²", pytest.approx(16.8))
    # 6 m x 0.365 m x 2.8 m
    assert volume.si_value == pytest.approx(6.132)
    weight = element_weight(result)
    assert (weight.value, weight.unit, weight.si_value) == (42.5, "kg", 42.5)


def element_weight(result: ExtractionResult):
    member = next(item for item in result.elements if item.ifc_class == "IfcMember")
    return member.quantities["Qto_MemberBaseQuantities"]["NetWeight"]


def test_layers_come_through_the_usage_of_the_set(result: ExtractionResult) -> None:
    uses = element(result, "North wall 1").materials
    assert [(use.name, use.kind, use.origin) for use in uses] == [
        ("Plaster", "layer", "instance"), ("Brick", "layer", "instance"), ("Render", "layer", "instance"),
    ]  # fmt: skip
    assert [use.thickness.si_value for use in uses if use.thickness] == [0.015, 0.33, 0.02]
    assert {use.set_name for use in uses} == {"Masonry with plaster"}
    door = element(result, "Door 1").materials
    assert [(use.name, use.kind, use.origin) for use in door] == [("Oak", "material", "instance")]
    assert [material.name for material in result.materials] == [
        "Plaster", "Brick", "Render", "Oak", "Concrete C25/30", "S235JR",
    ]  # fmt: skip


def test_the_tree_has_elevations_and_counts(result: ExtractionResult) -> None:
    (project,) = result.spatial_structure
    (site,) = project.children
    (building,) = site.children
    assert [node.ifc_class for node in (project, site, building)] == ["IfcProject", "IfcSite", "IfcBuilding"]
    storeys: tuple[SpatialNode, ...] = building.children
    assert [node.name for node in storeys] == ["Ground floor", "Upper floor"]
    assert [node.elevation.si_value for node in storeys if node.elevation] == [0.0, 3.0]
    assert [node.elevation.unit for node in storeys if node.elevation] == ["mm", "mm"]
    # 2 walls, door, slab, and the boiler below or 2 assemblies above
    assert [node.element_count for node in storeys] == [5, 6]


def test_every_element_knows_its_place(result: ExtractionResult) -> None:
    wall, opening, door = (element(result, name) for name in ("South wall 2", "Opening 2", "Door 2"))
    path = ("Garden", "House", "Upper floor")
    assert wall.container == opening.container == door.container == path
    assert wall.storey == opening.storey == "Upper floor"
    assert (opening.parent, opening.relation) == (wall.global_id, "voids")
    assert (door.parent, door.relation) == (opening.global_id, "fills")
    member = next(item for item in result.elements if item.ifc_class == "IfcMember")
    assert (member.relation, member.container, member.storey) == ("aggregates", path, "Upper floor")


def test_classifications_systems_groups_and_layers(result: ExtractionResult) -> None:
    (reference,) = element(result, "North wall 1").classifications
    assert (reference.system, reference.code, reference.name) == ("Uniclass 2015", "Ss_25_10_20", "Framed wall")
    assert element(result, "Boiler").systems == ("Heating",)
    assert element(result, "Door 1").groups == ("Escape route",)
    assert element(result, "South wall 1").layers == ("A-WALL",)
    assert [(layer.name, layer.entity_count) for layer in result.layers] == [("A-WALL", 4)]
    groups = {item.name: item for item in result.groups}
    assert groups["Escape route"].members == tuple(element(result, f"Door {n}").global_id for n in (1, 2))


def test_georeference(result: ExtractionResult) -> None:
    found = result.georeference
    assert found is not None
    # 48° 8' 13.92", 11° 34' 31.08"
    assert found.latitude == pytest.approx(48 + 8 / 60 + 13.92 / 3600)
    assert found.longitude == pytest.approx(11 + 34 / 60 + 31.08 / 3600)
    assert found.elevation is not None
    assert found.elevation.si_value == 519.0
    if result.metadata["schema"] == "IFC2X3":
        assert found.crs is None
        return
    assert (found.crs, found.geodetic_datum) == ("EPSG:25832", "ETRS89")
    assert (found.eastings, found.northings, found.orthogonal_height) == (691000.5, 5334000.25, 519.0)
    assert found.rotation == pytest.approx(45.0)
    assert found.scale == 0.001


def test_owner_history_and_header(houses, extract) -> None:
    result = extract(houses["IFC2X3"])
    owner = result.elements[0].owner
    assert owner["user"] == "Anna Author"
    assert owner["application"] == "Sample writer"
    assert owner["created"] == "2025-01-15T09:00:00+00:00"
    assert result.metadata["schema"] == "IFC2X3"
    assert result.metadata["applications"] == [{"name": "Sample writer", "version": "1"}]
    assert result.metadata["project"]["name"] == "Sample house"
    assert result.length_unit == "mm"


def test_bill_of_quantities(result: ExtractionResult) -> None:
    lines = {(line.by, line.key): line for line in result.takeoff}
    walls = lines["class", "IfcWall"]
    assert walls.count == 4
    # 4 walls of 6.132 m³ each
    assert walls.totals["NetVolume"].si_value == pytest.approx(4 * 6.132)
    assert walls.stated["NetVolume"] == 4
    assert walls.totals["Length"].unit == "mm"
    upper = lines["storey", "Upper floor"]
    # 2 walls and a slab of 6 m³
    assert upper.totals["NetVolume"].si_value == pytest.approx(2 * 6.132 + 6.0)
    assert upper.stated["NetVolume"] == 3
    assert lines["material", "Concrete C25/30"].totals["NetVolume"].si_value == pytest.approx(12.0)
    # a layered wall counts under each material, its volume under none
    assert lines["material", "Brick"].count == 4
    assert lines["material", "Brick"].totals == {}
    assert lines["type", "Outer wall 365"].count == 4
    assert ("class", "IfcOpeningElement") not in lines


def test_assemblies_become_a_bill_of_materials(result: ExtractionResult) -> None:
    bom = result.bom
    assert bom is not None
    assert bom.is_hierarchical
    trusses = [item for item in bom.items if item.properties["class"] == "IfcElementAssembly"]
    # both trusses have equal parts, so they are one line
    assert [(item.quantity, item.level) for item in trusses] == [(2.0, 0)]
    place = bom.items.index(trusses[0])
    parts = [item for item in bom.items if item.parent == place]
    assert [(item.part_number, item.quantity, item.total_quantity, item.level) for item in parts] == [
        ("Chord", 2.0, 4.0, 1),
        ("Post", 1.0, 2.0, 1),
    ]
    assert [item.mass_total for item in parts] == [pytest.approx(4 * 42.5), pytest.approx(2 * 42.5)]
    assert all(item.material == "S235JR" for item in parts)


def test_a_sound_model_has_no_issues(result: ExtractionResult) -> None:
    assert result.issues == ()
    assert not result.is_partial
    assert result.extractor.tier == "metadata"


def test_what_is_built_without_validation_is_valid(result: ExtractionResult) -> None:
    again = ExtractionResult.model_validate(result.model_dump())
    assert again == result
    assert math.isfinite(result.extractor.seconds or 0.0)


# -- options ---------------------------------------------------------------------------------------------------------


def test_without_properties(houses, extract) -> None:
    result = extract(houses["IFC4"], extract_properties=False)
    assert all(not item.property_sets for item in result.elements)
    assert element(result, "North wall 1").quantities


def test_without_quantities(houses, extract) -> None:
    result = extract(houses["IFC4"], extract_quantities=False)
    assert all(not item.quantities for item in result.elements)
    assert result.takeoff == ()
    assert element(result, "North wall 1").property_sets


def test_without_materials(houses, extract) -> None:
    result = extract(houses["IFC4"], extract_materials=False)
    assert result.materials == ()
    assert all(not item.materials for item in result.elements)


def test_without_spatial_structure(houses, extract) -> None:
    result = extract(houses["IFC4"], extract_spatial_structure=False)
    assert result.spatial_structure == ()
    assert all(item.container == () and item.storey is None and item.parent is None for item in result.elements)


def test_only_some_classes(houses, extract) -> None:
    result = extract(houses["IFC4"], element_types=["ifcwall", "IfcDoor"])
    assert {item.ifc_class for item in result.elements} == {"IfcWall", "IfcDoor"}
    below = extract(houses["IFC4"], element_types=["IfcFeatureElement"])
    assert {item.ifc_class for item in below.elements} == {"IfcOpeningElement"}
    assert extract(houses["IFC4"], element_types=["IfcSpace"]).elements == ()
