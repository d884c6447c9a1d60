"""Every class of elements and every type of value of three schemas, written and read again by IfcOpenShell."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.guid
import ifcopenshell.util.unit as unit_util
import pytest
from ifcopenshell.ifcopenshell_wrapper import schema_by_name

from pybase_extraction_ifc.measures import unit_type
from tests.plugins.ifc.make_schemas import SCHEMAS

_NO_PRODUCT = {"IfcPort", "IfcStructuralItem", "IfcStructuralActivity", "IfcAnnotation", "IfcGrid", "IfcSpatialElement"}
_TOLD = {"GlobalId", "Name", "Description", "ObjectType", "Tag", "PredefinedType", "ShapeType"}


def instantiable(schema: str, base: str) -> list[Any]:
    """Classes of a schema below a base that can have instances."""

    def below(declaration: Any) -> Iterator[Any]:
        if not declaration.is_abstract():
            yield declaration
        for child in declaration.subtypes():
            yield from below(child)

    return list(below(schema_by_name(schema).declaration_by_name(base)))


def some_value(kind: Any, draw: random.Random) -> Any:
    """A value of a simple attribute's type, or None for references and aggregates."""
    declared = kind.declared_type() if kind.as_named_type() else None
    if declared is not None and declared.as_enumeration_type():
        return draw.choice(declared.enumeration_items())
    if declared is not None and declared.as_type_declaration():
        return some_value(declared.declared_type(), draw)
    simple = kind.as_simple_type()
    match simple.declared_type() if simple else None:
        case "string":
            return draw.choice(("Text", "Gebäude ß", "it's; #12=(", "日本語", "a\\b", "😀", ""))
        case "real" | "number":
            return round(draw.uniform(0.1, 5000), 4)
        case "integer":
            return draw.randrange(1, 900)
        case "boolean":
            return draw.choice((True, False))
        case "logical":
            return draw.choice((True, False, "UNKNOWN"))
        case _:
            return None


def with_project(schema: str) -> Any:
    model = ifcopenshell.file(schema=schema)
    length = model.createIfcSIUnit(UnitType="LENGTHUNIT", Prefix="MILLI", Name="METRE")
    assignment = model.createIfcUnitAssignment([length])
    model.createIfcProject(ifcopenshell.guid.new(), Name="P", UnitsInContext=assignment)
    return model


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_class_of_elements_is_read_with_its_own_attributes(extract, tmp_path: Path, schema: str) -> None:
    draw, model = random.Random(schema), with_project(schema)
    for declaration in instantiable(schema, "IfcElement"):
        entity = model.create_entity(declaration.name(), GlobalId=ifcopenshell.guid.new())
        derived = declaration.derived()
        for place, attribute in enumerate(declaration.all_attributes()):
            value = None if derived[place] else some_value(attribute.type_of_attribute(), draw)
            if attribute.name() != "GlobalId" and value is not None:
                setattr(entity, attribute.name(), value)
    path = tmp_path / "all.ifc"
    model.write(str(path))
    found = {element.global_id: element for element in extract(path).elements}
    compared = 0
    for entity in model.by_type("IfcElement"):
        element, said = found.pop(entity.GlobalId), entity.get_info(recursive=False)
        assert element.ifc_class == entity.is_a()
        kind = said.get("PredefinedType") or said.get("ShapeType")
        shown = (element.name, element.description, element.object_type, element.tag, element.predefined_type)
        stated = *(said.get(key) for key in ("Name", "Description", "ObjectType", "Tag")), kind
        assert shown == (*stated[:4], None if kind == "NOTDEFINED" else kind), entity
        own = {name: value.value for name, value in element.attributes.items()}
        rest = {name: value for name, value in said.items() if name not in {*_TOLD, "id", "type"}}
        assert own == {name: value for name, value in rest.items() if isinstance(value, str | int | float)}, entity
        compared += len(own)
    # what stands for an element beside that branch was not written
    assert not found
    assert compared > 30


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_type_of_value_is_read_with_the_unit_that_the_project_assigns(
    extract, tmp_path: Path, schema: str
) -> None:
    draw, model = random.Random(schema), with_project(schema)
    metre = model.createIfcSIUnit(UnitType="LENGTHUNIT", Prefix="CENTI", Name="METRE")
    numbers = itertools.count(1)
    units = [
        # which unit a derived type really has is not asked here: each gets one that no other has
        model.createIfcDerivedUnit([model.createIfcDerivedUnitElement(metre, next(numbers) % 16 + 1)], UnitType=kind)
        for kind in schema_by_name(schema).declaration_by_name("IfcDerivedUnitEnum").enumeration_items()
        if kind != "USERDEFINED"
    ]
    assignment = model.by_type("IfcUnitAssignment")[0]
    assignment.Units = [*assignment.Units, *units]
    wall = model.createIfcWall(ifcopenshell.guid.new(), Name="W")
    properties = []
    for name, written in sorted(simple_values(schema, draw).items()):
        value = model.create_entity(name, written)
        properties.append(model.createIfcPropertySingleValue(name, None, value, None))
    values = model.createIfcPropertySet(ifcopenshell.guid.new(), Name="Set", HasProperties=properties)
    model.createIfcRelDefinesByProperties(
        ifcopenshell.guid.new(), RelatedObjects=[wall], RelatingPropertyDefinition=values
    )
    path = tmp_path / "values.ifc"
    model.write(str(path))
    read = extract(path).elements[0].property_sets["Set"]
    assert len(read) > 60
    assigned = {unit.UnitType: unit for unit in assignment.Units}
    for item in properties:
        found, expected = read[item.Name], item.NominalValue.wrappedValue
        assert (found.value, found.data_type) == (expected, item.NominalValue.is_a()), item
        unit = assigned.get(unit_type(item.Name) or "")
        assert (found.unit is None) == (unit is None), item
        theirs = unit_util.get_measure_unit_type(item.Name)
        if theirs in assigned:
            assert unit is assigned[theirs], item


def simple_values(schema: str, draw: random.Random) -> dict[str, Any]:
    """A value for every type that a single value may have."""
    found: dict[str, Any] = {}
    waiting = [schema_by_name(schema).declaration_by_name("IfcValue")]
    while waiting:
        declared = waiting.pop()
        if declared.as_select_type():
            waiting += declared.as_select_type().select_list()
        elif (value := some_value(declared.as_type_declaration().declared_type(), draw)) is not None:
            found[declared.name()] = value
    return found


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_measure_has_a_unit_type_that_the_schema_knows(schema: str) -> None:
    known = {
        item
        for name in ("IfcUnitEnum", "IfcDerivedUnitEnum")
        for item in schema_by_name(schema).declaration_by_name(name).enumeration_items()
    }
    reached = {
        kind
        for declared in schema_by_name(schema).declarations()
        if declared.as_type_declaration() and declared.name().endswith("Measure")
        if (kind := unit_type(declared.name())) is not None
    }
    assert reached - known == {"MONETARY"}  # the monetary unit has no type of its own
    assert known - reached == {"USERDEFINED"}
