"""Hand-written instances, one rule each: properties, quantities, units, materials, relations."""

from __future__ import annotations

import math

import pytest

from pybase_extraction.results import Element, ExtractionResult

PSET = "#100=IFCPROPERTYSET('0000000000000000000100',$,'Set',$,({}));\n"
REL = "#101=IFCRELDEFINESBYPROPERTIES('0000000000000000000101',$,$,$,(#20),#100);\n"


def wall(result: ExtractionResult) -> Element:
    return next(item for item in result.elements if item.provenance.place.step_id == 20)


def codes(result: ExtractionResult) -> dict[str, int]:
    return {issue.code: issue.count for issue in result.issues}


@pytest.fixture
def properties(extract, model):
    """Extract the properties of a set that consists of the given instances, numbered from 200."""

    def run(*records: str, extra: str = "", units: str = "#11,#12,#13,#14", schema: str = "IFC4"):
        numbers = range(200, 200 + len(records))
        body = PSET.format(",".join(f"#{number}" for number in numbers)) + REL + extra
        body += "".join(f"#{number}={record};\n" for number, record in zip(numbers, records, strict=True))
        return wall(extract(model(body, schema, units))).property_sets["Set"]

    return run


@pytest.mark.parametrize(
    ("written", "value", "data_type"),
    [
        ("IFCLABEL('it''s')", "it's", "IfcLabel"),
        (r"IFCTEXT('M\X\FCller \X2\00DF\X0\')", "Müller ß", "IfcText"),
        ("IFCBOOLEAN(.T.)", True, "IfcBoolean"),
        ("IFCBOOLEAN(.F.)", False, "IfcBoolean"),
        ("IFCLOGICAL(.U.)", "UNKNOWN", "IfcLogical"),
        ("IFCINTEGER(-3)", -3, "IfcInteger"),
        ("IFCREAL(1.5E-3)", 0.0015, "IfcReal"),
        ("IFCCOUNTMEASURE(4.)", 4.0, "IfcCountMeasure"),
        ("$", None, None),
        ("IFCIDENTIFIER('')", "", "IfcIdentifier"),
    ],
)
def test_single_values(properties, written: str, value: object, data_type: str | None) -> None:
    found = properties(f"IFCPROPERTYSINGLEVALUE('P','a (strange, text)',{written},$)")["P"]
    assert found.value == value
    assert type(found.value) is type(value)
    assert (found.data_type, found.unit, found.si_value, found.kind) == (data_type, None, None, "single")


def test_measures_take_the_unit_of_the_project(properties) -> None:
    found = properties(
        "IFCPROPERTYSINGLEVALUE('L',$,IFCPOSITIVELENGTHMEASURE(2335.),$)",
        "IFCPROPERTYSINGLEVALUE('V',$,IFCVOLUMEMEASURE(5.),$)",
        "IFCPROPERTYSINGLEVALUE('R',$,IFCPOSITIVERATIOMEASURE(0.5),$)",
        "IFCPROPERTYSINGLEVALUE('T',$,IFCTHERMALTRANSMITTANCEMEASURE(0.3),$)",
    )
    assert (found["L"].value, found["L"].unit, found["L"].si_value) == (2335.0, "mm", 2.335)
    # a cubic millimetre is 1e-9 m³: the prefix belongs to the metre
    assert (found["V"].unit, found["V"].si_value) == ("mm³", 5e-9)
    assert (found["R"].unit, found["R"].si_value) == (None, None)
    # the project assigns no unit for it, and none is invented
    assert (found["T"].value, found["T"].unit, found["T"].si_value) == (0.3, None, None)


CONVERSIONS = (
    "#300=IFCCONVERSIONBASEDUNIT(#301,.LENGTHUNIT.,'INCH',#302);\n#301=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);\n"
    "#302=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(25.4),#11);\n"
    "#303=IFCCONVERSIONBASEDUNIT(#301,.PLANEANGLEUNIT.,'DEGREE',#304);\n"
    "#304=IFCMEASUREWITHUNIT(IFCPLANEANGLEMEASURE(0.0174532925199433),#305);\n"
    "#305=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);\n"
    "#306=IFCDERIVEDUNIT((#307,#308,#309),.THERMALTRANSMITTANCEUNIT.,$);\n"
    "#307=IFCDERIVEDUNITELEMENT(#310,1);\n#308=IFCDERIVEDUNITELEMENT(#311,-2);\n#309=IFCDERIVEDUNITELEMENT(#312,-1);\n"
    "#310=IFCSIUNIT(*,.POWERUNIT.,.KILO.,.WATT.);\n#311=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n"
    "#312=IFCSIUNIT(*,.THERMODYNAMICTEMPERATUREUNIT.,$,.KELVIN.);\n"
    "#313=IFCSIUNIT(*,.THERMODYNAMICTEMPERATUREUNIT.,$,.DEGREE_CELSIUS.);\n"
    "#314=IFCMONETARYUNIT('EUR');\n"
    "#315=IFCCONVERSIONBASEDUNIT(#301,.AREAUNIT.,'SQUARE FOOT',#316);\n"
    "#316=IFCMEASUREWITHUNIT(IFCAREAMEASURE(0.09290304),#12);\n"
    "#317=IFCCONTEXTDEPENDENTUNIT(#301,.USERDEFINED.,'PALLET');\n"
)


def test_conversion_based_derived_and_monetary_units(properties) -> None:
    found = properties(
        "IFCPROPERTYSINGLEVALUE('L',$,IFCLENGTHMEASURE(10.),$)",
        "IFCPROPERTYSINGLEVALUE('A',$,IFCPLANEANGLEMEASURE(180.),$)",
        "IFCPROPERTYSINGLEVALUE('U',$,IFCTHERMALTRANSMITTANCEMEASURE(0.3),$)",
        "IFCPROPERTYSINGLEVALUE('T',$,IFCTHERMODYNAMICTEMPERATUREMEASURE(20.),$)",
        "IFCPROPERTYSINGLEVALUE('C',$,IFCMONETARYMEASURE(9.5),$)",
        "IFCPROPERTYSINGLEVALUE('F',$,IFCAREAMEASURE(2.),$)",
        "IFCPROPERTYSINGLEVALUE('own',$,IFCLENGTHMEASURE(2.),#311)",
        "IFCPROPERTYSINGLEVALUE('P',$,IFCCOUNTMEASURE(3.),#317)",
        extra=CONVERSIONS,
        units="#300,#303,#306,#313,#314,#315",
    )
    assert (found["L"].unit, found["L"].si_value) == ("in", pytest.approx(0.254))
    assert (found["A"].unit, found["A"].si_value) == ("deg", pytest.approx(math.pi))
    # 0.3 kW/(m²·K) = 300 W/(m²·K)
    assert (found["U"].unit, found["U"].si_value) == ("kW/(m²·K)", pytest.approx(300.0))
    # 20 °C = 293.15 K
    assert (found["T"].unit, found["T"].si_value) == ("°C", pytest.approx(293.15))
    assert (found["C"].unit, found["C"].si_value) == ("EUR", None)
    # 2 ft² = 2 x 0.3048² m²
    assert (found["F"].unit, found["F"].si_value) == ("ft²", pytest.approx(2 * 0.3048**2))
    assert (found["own"].unit, found["own"].si_value) == ("m", 2.0)
    assert (found["P"].unit, found["P"].si_value) == ("PALLET", None)


def test_other_kinds_of_properties(properties) -> None:
    found = properties(
        "IFCPROPERTYENUMERATEDVALUE('E',$,(IFCLABEL('NEW'),IFCLABEL('OLD')),$)",
        "IFCPROPERTYLISTVALUE('L',$,(IFCLENGTHMEASURE(1.),IFCLENGTHMEASURE(2.)),$)",
        "IFCPROPERTYBOUNDEDVALUE('B',$,IFCLENGTHMEASURE(9.),IFCLENGTHMEASURE(1.),$,IFCLENGTHMEASURE(5.))",
        "IFCPROPERTYTABLEVALUE('T',$,(IFCREAL(1.),IFCREAL(2.)),(IFCLENGTHMEASURE(10.),IFCLENGTHMEASURE(20.)),'y=10x',$,$,$)",
        "IFCPROPERTYREFERENCEVALUE('R',$,'supplier',#210)",
        "IFCCOMPLEXPROPERTY('C',$,'usage',(#211))",
        extra="#210=IFCORGANIZATION($,'Acme',$,$,$);\n#211=IFCPROPERTYSINGLEVALUE('inner',$,IFCLENGTHMEASURE(3.),$);\n",
    )
    assert (found["E"].value, found["E"].kind) == (["NEW", "OLD"], "enumerated")
    assert (found["L"].value, found["L"].unit, found["L"].kind) == ([1.0, 2.0], "mm", "list")
    assert found["B"].value == {"lower": 1.0, "upper": 9.0, "set_point": 5.0}
    assert (found["B"].unit, found["B"].si_value) == ("mm", 0.005)
    assert found["T"].value == {
        "defining": [1.0, 2.0], "defining_unit": None, "defined": [10.0, 20.0], "defined_unit": "mm",
        "expression": "y=10x",
    }  # fmt: skip
    assert found["R"].value == {"class": "IfcOrganization", "name": "Acme", "usage": "supplier"}
    assert found["C"].value["properties"]["inner"]["si_value"] == 0.003


def test_a_complex_property_that_holds_itself_ends(properties) -> None:
    found = properties("IFCCOMPLEXPROPERTY('C',$,'u',(#200))")
    assert found["C"].kind == "complex"


def test_predefined_sets_are_read_from_the_type(extract, model) -> None:
    body = (
        "#100=IFCDOOR('0000000000000000000100',$,'D',$,$,$,$,$,2100.,900.);\n"
        "#101=IFCDOORSTYLE('0000000000000000000101',$,'Style',$,$,(#102),$,$,.SINGLE_SWING_LEFT.,.WOOD.,.F.,.F.);\n"
        "#102=IFCDOORLININGPROPERTIES('0000000000000000000102',$,'Lining',$,50.,40.,$,$,$,$,$,$,$,$,$);\n"
        "#103=IFCRELDEFINESBYTYPE('0000000000000000000103',$,$,$,(#100),#101);\n"
    )
    result = extract(model(body, "IFC2X3"))
    door = next(item for item in result.elements if item.ifc_class == "IfcDoor")
    depth = door.property_sets["Lining"]["LiningDepth"]
    assert (depth.value, depth.unit, depth.si_value, depth.origin, depth.kind) == (
        50.0,
        "mm",
        0.05,
        "type",
        "attribute",
    )
    assert set(door.property_sets["Lining"]) == {"LiningDepth", "LiningThickness"}
    assert (door.type_name, door.predefined_type) == ("Style", None)
    operation = door.attributes["OperationType"]
    assert (operation.value, operation.origin) == ("SINGLE_SWING_LEFT", "type")


def test_quantities_of_every_kind(extract, model) -> None:
    body = (
        "#100=IFCELEMENTQUANTITY('0000000000000000000100',$,'Qto',$,$,(#110,#111,#112,#113,#114,#115,#116));\n" + REL
        + "#110=IFCQUANTITYLENGTH('L',$,$,1500.,'a+b');\n#111=IFCQUANTITYAREA('A',$,$,2.,$);\n"
        "#112=IFCQUANTITYVOLUME('V',$,#120,3.,$);\n#113=IFCQUANTITYCOUNT('N',$,$,4.,$);\n"
        "#114=IFCQUANTITYWEIGHT('W',$,$,5.,$);\n#115=IFCQUANTITYTIME('T',$,$,6.,$);\n"
        "#116=IFCPHYSICALCOMPLEXQUANTITY('Layer',$,(#117),'layer',$,$);\n#117=IFCQUANTITYLENGTH('Width',$,$,10.,$);\n"
        "#120=IFCSIUNIT(*,.VOLUMEUNIT.,$,.CUBIC_METRE.);\n"
    )  # fmt: skip
    found = wall(extract(model(body))).quantities["Qto"]
    assert {name: (item.kind, item.value, item.unit, item.si_value) for name, item in found.items()} == {
        "L": ("length", 1500.0, "mm", 1.5),
        "A": ("area", 2.0, "m²", 2.0),
        # its own unit wins over the project's mm³
        "V": ("volume", 3.0, "m³", 3.0),
        "N": ("count", 4.0, None, None),
        "W": ("weight", 5.0, "kg", 5.0),
        "T": ("time", 6.0, None, None),
        "Layer/Width": ("length", 10.0, "mm", 0.01),
    }
    assert (found["L"].formula, found["L"].step_id) == ("a+b", 110)


MATERIAL = "#101=IFCRELASSOCIATESMATERIAL('0000000000000000000101',$,$,$,(#20),#100);\n#150=IFCMATERIAL('Steel',$,$);\n"


def materials_of(extract, model, body: str):
    return wall(extract(model(MATERIAL + body + "#151=IFCMATERIAL('Wood',$,'timber');\n"))).materials


def test_material_lists_profiles_and_constituents(extract, model) -> None:
    listed = materials_of(extract, model, "#100=IFCMATERIALLIST((#150,#151));\n")
    assert [(use.name, use.kind) for use in listed] == [("Steel", "list"), ("Wood", "list")]
    profiles = materials_of(
        extract, model,
        "#100=IFCMATERIALPROFILESETUSAGE(#102,5,$);\n#102=IFCMATERIALPROFILESET('Set',$,(#103),$);\n"
        "#103=IFCMATERIALPROFILE('P',$,#150,#104,7,'LoadBearing');\n"
        "#104=IFCISHAPEPROFILEDEF(.AREA.,'IPE200',$,100.,200.,5.6,8.5,$,$,$);\n",
    )  # fmt: skip
    (use,) = profiles
    assert (use.name, use.kind, use.profile, use.set_name) == ("Steel", "profile", "IPE200", "Set")
    assert (use.category, use.priority, use.step_id) == ("LoadBearing", 7, 103)
    constituents = materials_of(
        extract, model,
        "#100=IFCMATERIALCONSTITUENTSET('Door',$,(#102,#103));\n"
        "#102=IFCMATERIALCONSTITUENT('Frame',$,#151,0.7,$);\n#103=IFCMATERIALCONSTITUENT('Glass',$,$,0.3,'g');\n",
    )  # fmt: skip
    assert [(use.name, use.kind, use.fraction, use.category) for use in constituents] == [
        ("Wood", "constituent", 0.7, "timber"),
        (None, "constituent", 0.3, "g"),
    ]


def test_layers_have_thickness_and_ventilation(extract, model) -> None:
    layers = materials_of(
        extract, model,
        "#100=IFCMATERIALLAYERSETUSAGE(#102,.AXIS2.,.POSITIVE.,0.,$);\n#102=IFCMATERIALLAYERSET((#103,#104),'Wall',$);\n"
        "#103=IFCMATERIALLAYER(#150,115.,.F.,$,$,$,$);\n#104=IFCMATERIALLAYER($,40.,.T.,$,$,$,$);\n",
    )  # fmt: skip
    assert [(use.name, use.thickness.value, use.thickness.si_value, use.is_ventilated) for use in layers] == [
        ("Steel", 115.0, 0.115, False),
        (None, 40.0, 0.04, True),
    ]


def test_materials_of_the_type_apply_unless_the_instance_has_its_own(extract, model) -> None:
    shared = (
        "#100=IFCWALLTYPE('0000000000000000000100',$,'T',$,$,$,$,$,$,.STANDARD.);\n"
        "#101=IFCRELDEFINESBYTYPE('0000000000000000000101',$,$,$,(#20),#100);\n"
        "#102=IFCMATERIAL('Brick',$,$);\n#103=IFCMATERIAL('Clay',$,$);\n"
        "#104=IFCRELASSOCIATESMATERIAL('0000000000000000000104',$,$,$,(#100),#102);\n"
    )
    own = "#105=IFCRELASSOCIATESMATERIAL('0000000000000000000105',$,$,$,(#20),#103);\n"
    inherited = wall(extract(model(shared)))
    assert [(use.name, use.origin) for use in inherited.materials] == [("Brick", "type")]
    assert inherited.predefined_type == "STANDARD"
    assert [(use.name, use.origin) for use in wall(extract(model(shared + own))).materials] == [("Clay", "instance")]


def test_material_properties_and_density(extract, model) -> None:
    body = MATERIAL.replace("#100)", "#150)") + (
        "#110=IFCMATERIALPROPERTIES('Pset_MaterialCommon',$,(#111),#150);\n"
        "#111=IFCPROPERTYSINGLEVALUE('MassDensity',$,IFCMASSDENSITYMEASURE(7850.),#112);\n"
        "#112=IFCDERIVEDUNIT((#113,#114),.MASSDENSITYUNIT.,$);\n#113=IFCDERIVEDUNITELEMENT(#14,1);\n"
        "#114=IFCDERIVEDUNITELEMENT(#115,-3);\n#115=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n"
    )
    result = extract(model(body))
    density = wall(result).materials[0].properties["Pset_MaterialCommon"]["MassDensity"]
    assert (density.value, density.unit, density.si_value) == (7850.0, "kg/m³", 7850.0)
    assert result.materials[0].density == 7850.0


def test_materials_of_ifc2x3_have_attribute_classes(extract, model) -> None:
    body = (
        "#100=IFCMATERIAL('C30');\n#101=IFCRELASSOCIATESMATERIAL('0000000000000000000101',$,$,$,(#20),#100);\n"
        "#102=IFCGENERALMATERIALPROPERTIES(#100,$,0.1,2400.);\n"
    )
    use = wall(extract(model(body, "IFC2X3"))).materials[0]
    assert use.properties["IfcGeneralMaterialProperties"]["MassDensity"].value == 2400.0


def test_an_element_in_two_containers_keeps_the_first_and_says_so(extract, model) -> None:
    body = (
        "#100=IFCBUILDINGSTOREY('0000000000000000000100',$,'A',$,$,$,$,$,.ELEMENT.,0.);\n"
        "#101=IFCBUILDINGSTOREY('0000000000000000000101',$,'B',$,$,$,$,$,.ELEMENT.,3000.);\n"
        "#102=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000102',$,$,$,(#20),#100);\n"
        "#103=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000103',$,$,$,(#20),#101);\n"
    )
    result = extract(model(body))
    assert wall(result).storey == "A"
    assert codes(result) == {"contained-twice": 1}


def test_circles_of_parts_end(extract, model) -> None:
    body = (
        "#100=IFCBUILDING('0000000000000000000100',$,'A',$,$,$,$,$,.ELEMENT.,$,$,$);\n"
        "#101=IFCBUILDING('0000000000000000000101',$,'B',$,$,$,$,$,.ELEMENT.,$,$,$);\n"
        "#102=IFCRELAGGREGATES('0000000000000000000102',$,$,$,#100,(#101));\n"
        "#103=IFCRELAGGREGATES('0000000000000000000103',$,$,$,#101,(#100));\n"
        "#104=IFCRELAGGREGATES('0000000000000000000104',$,$,$,#20,(#20));\n"
        "#105=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000105',$,$,$,(#20),#101);\n"
    )
    result = extract(model(body))
    assert set(wall(result).container) == {"A", "B"}
    assert len(result.elements) == 1


def test_global_ids_used_twice_keep_both_elements(extract, model) -> None:
    result = extract(model("#100=IFCDOOR('0000000000000000000002',$,'D',$,$,$,$,$,$,$,$,$,$);\n"))
    assert len(result.elements) == 2
    assert codes(result) == {"duplicate-global-id": 2}


def test_a_file_without_units_says_so_and_gives_no_unit(extract, model) -> None:
    body = PSET.format("#200") + REL + "#200=IFCPROPERTYSINGLEVALUE('L',$,IFCLENGTHMEASURE(5.),$);\n"
    result = extract(model(body, units=""))
    found = wall(result).property_sets["Set"]["L"]
    assert (found.value, found.unit, found.si_value) == (5.0, None, None)
    assert result.length_unit is None
    assert codes(result) == {"units-undeclared": 1}


@pytest.mark.parametrize(
    ("schema", "read_as"),
    [("IFC4X3_RC4", "IFC4X3_ADD2"), ("IFC4X3_ADD1", "IFC4X3_ADD2"), ("IFC2X_FINAL", "IFC2X3"), ("IFC4RC4", "IFC4")],
)
def test_drafts_are_read_as_their_nearest_schema(extract, model, schema: str, read_as: str) -> None:
    result = extract(model("", schema))
    assert wall(result).name == "W"
    assert result.metadata["schema"] == schema
    assert result.metadata["read_as"] == read_as
    assert codes(result) == {"schema-substituted": 1}


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3", "IFC4X3_ADD2", "ifc4"])
def test_published_schemas_need_no_substitute(extract, model, schema: str) -> None:
    assert codes(extract(model("", schema))) == {}


def test_classes_of_other_schemas_and_unknown_ones_are_counted(extract, model) -> None:
    body = (
        "#100=IFCBEAMSTANDARDCASE('0000000000000000000100',$,'Beam',$,$,$,$,$,$);\n"
        "#101=IFCHOVERCRAFT('0000000000000000000101',$,'Craft','fast','X',1,2);\n"
        "#102=IFCHOVERCRAFT('0000000000000000000102',$,'Spare','slow','X',1,2);\n"
        "#103=IFCBUILDINGSTOREY('0000000000000000000103',$,'A',$,$,$,$,$,.ELEMENT.,0.);\n"
        "#104=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000104',$,$,$,(#20,#101),#103);\n"
    )
    result = extract(model(body, "IFC4X3"))
    assert codes(result) == {"class-of-other-schema": 1, "unknown-class": 1}
    found = {item.name: item for item in result.elements}
    # IFC4X3 dropped the class; a contained instance of a class that nobody knows is an element all the same
    assert found["Beam"].ifc_class == "IfcBeamStandardCase"
    assert (found["Craft"].ifc_class, found["Craft"].storey) == ("IFCHOVERCRAFT", "A")
    assert "Spare" not in found
    assert any("2 instances" in issue.message for issue in result.issues)


def test_dangling_references_and_cut_off_files_are_told(extract, model) -> None:
    whole = model("#101=IFCRELDEFINESBYPROPERTIES('0000000000000000000101',$,$,$,(#20),#999);\n")
    result = extract(whole)
    assert codes(result) == {"dangling-references": 1}
    assert not result.is_partial
    cut = extract(whole[: whole.index("#101=") + 30])
    assert {"missing-endsec", "truncated-record"} <= set(codes(cut))
    assert cut.is_partial
    assert wall(cut).name == "W"


def test_the_unit_of_an_enumeration_holds_for_its_values(properties) -> None:
    found = properties(
        "IFCPROPERTYENUMERATEDVALUE('E',$,(IFCLENGTHMEASURE(2.)),#210)",
        extra="#210=IFCPROPERTYENUMERATION('Widths',(IFCLENGTHMEASURE(1.),IFCLENGTHMEASURE(2.)),#211);\n"
        "#211=IFCSIUNIT(*,.LENGTHUNIT.,.CENTI.,.METRE.);\n",
    )["E"]
    assert (found.value, found.unit) == ([2.0], "cm")


def test_measures_whose_unit_type_is_called_otherwise(properties) -> None:
    # IfcDerivedUnitEnum knows the unit of a conductivity as THERMALCONDUCTANCEUNIT
    found = properties(
        "IFCPROPERTYSINGLEVALUE('lambda',$,IFCTHERMALCONDUCTIVITYMEASURE(0.04),$)",
        "IFCPROPERTYSINGLEVALUE('noise',$,IFCSOUNDPRESSUREMEASURE(2.),$)",
        extra="#310=IFCSIUNIT(*,.POWERUNIT.,$,.WATT.);\n#311=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n"
        "#312=IFCSIUNIT(*,.THERMODYNAMICTEMPERATUREUNIT.,$,.KELVIN.);\n#313=IFCDERIVEDUNITELEMENT(#310,1);\n"
        "#314=IFCDERIVEDUNITELEMENT(#311,-1);\n#315=IFCDERIVEDUNITELEMENT(#312,-1);\n"
        "#316=IFCDERIVEDUNIT((#313,#314,#315),.THERMALCONDUCTANCEUNIT.,$);\n"
        "#317=IFCSIUNIT(*,.PRESSUREUNIT.,.MICRO.,.PASCAL.);\n#318=IFCDERIVEDUNITELEMENT(#317,1);\n"
        "#319=IFCDERIVEDUNIT((#318),.SOUNDPRESSUREUNIT.,$);\n",
        units="#11,#316,#319",
    )
    assert (found["lambda"].unit, found["lambda"].si_value) == ("W/(m·K)", 0.04)
    assert (found["noise"].unit, found["noise"].si_value) == ("µPa", pytest.approx(2e-6))


def test_attributes_of_a_class_have_their_units(extract, model) -> None:
    body = (
        "#100=IFCDOOR('0000000000000000000100',$,'D',$,$,$,$,'tag',2100.,900.,$,.SINGLE_SWING_LEFT.,$);\n"
        "#101=IFCDOORTYPE('0000000000000000000101',$,'T',$,$,$,$,$,'swing',.DOOR.,.DOUBLE_DOOR_SLIDING.,.T.,$);\n"
        "#102=IFCRELDEFINESBYTYPE('0000000000000000000102',$,$,$,(#100),#101);\n"
    )
    door = next(item for item in extract(model(body)).elements if item.ifc_class == "IfcDoor")
    shown = {name: (item.value, item.unit, item.origin) for name, item in door.attributes.items()}
    assert shown == {
        "OverallHeight": (2100.0, "mm", "instance"),
        "OverallWidth": (900.0, "mm", "instance"),
        # the occurrence's way of opening wins over the type's
        "OperationType": ("SINGLE_SWING_LEFT", None, "instance"),
        "ParameterTakesPrecedence": (True, None, "type"),
        "ElementType": ("swing", None, "type"),
    }
    assert door.attributes["OverallHeight"].si_value == 2.1
    # how a door opens is not what kind of door it is
    assert door.predefined_type == "DOOR"


def test_materials_tell_their_classification(extract, model) -> None:
    newer = MATERIAL.replace("#100)", "#150)") + (
        "#110=IFCEXTERNALREFERENCERELATIONSHIP($,$,#111,(#150));\n"
        "#111=IFCCLASSIFICATIONREFERENCE('http://a.example/21','Pr_20','Steel sections',#112,$,$);\n"
        "#112=IFCCLASSIFICATION('NBS','2015',$,'Uniclass',$,$,$);\n"
        "#113=IFCEXTERNALREFERENCERELATIONSHIP($,$,#114,(#150));\n#114=IFCLIBRARYREFERENCE($,'x','a library',$,$,$);\n"
    )
    (use,) = wall(extract(model(newer))).materials
    assert [(item.system, item.edition, item.code, item.name) for item in use.classifications] == [
        ("Uniclass", "2015", "Pr_20", "Steel sections")
    ]
    older = (
        "#100=IFCMATERIAL('Steel');\n#101=IFCRELASSOCIATESMATERIAL('0000000000000000000101',$,$,$,(#20),#100);\n"
        "#110=IFCMATERIALCLASSIFICATIONRELATIONSHIP((#111),#100);\n"
        "#111=IFCCLASSIFICATIONREFERENCE($,'21.1','Steel',$);\n"
    )
    (use,) = wall(extract(model(older, "IFC2X3"))).materials
    assert [item.code for item in use.classifications] == ["21.1"]


def test_spaces_tell_their_kind_type_and_classification(extract, model) -> None:
    body = (
        "#100=IFCSPACE('0000000000000000000100',$,'1.01','a room',$,$,$,'Office',.ELEMENT.,.INTERNAL.,-150.);\n"
        "#101=IFCSPACETYPE('0000000000000000000101',$,'Offices',$,$,$,$,$,$,.SPACE.,$);\n"
        "#102=IFCRELDEFINESBYTYPE('0000000000000000000102',$,$,$,(#100),#101);\n"
        "#103=IFCRELASSOCIATESCLASSIFICATION('0000000000000000000103',$,$,$,(#100),#104);\n"
        "#104=IFCCLASSIFICATIONREFERENCE($,'SL_20',$,$,$,$);\n"
    )
    space = next(item for item in extract(model(body)).spatial_structure if item.ifc_class == "IfcSpace")
    assert (space.name, space.long_name, space.description) == ("1.01", "Office", "a room")
    assert (space.predefined_type, space.type_name) == ("INTERNAL", "Offices")
    assert [item.code for item in space.classifications] == ["SL_20"]
    assert space.elevation is not None
    assert (space.elevation.value, space.attributes["ElevationWithFlooring"].si_value) == (-150.0, -0.15)


def test_groups_have_properties_and_may_hold_groups(extract, model) -> None:
    body = (
        "#100=IFCZONE('0000000000000000000100',$,'Z1',$,'flat',$);\n"
        "#110=IFCDISTRIBUTIONSYSTEM('0000000000000000000110',$,'S',$,$,'Hot water',.HEATING.);\n"
        "#101=IFCRELASSIGNSTOGROUP('0000000000000000000101',$,$,$,(#110,#20),$,#100);\n"
        "#102=IFCPROPERTYSET('0000000000000000000102',$,'Pset_ZoneCommon',$,(#103));\n"
        "#103=IFCPROPERTYSINGLEVALUE('IsExternal',$,IFCBOOLEAN(.F.),$);\n"
        "#104=IFCRELDEFINESBYPROPERTIES('0000000000000000000104',$,$,$,(#100),#102);\n"
    )
    result = extract(model(body))
    zone, system = result.groups
    assert (zone.name, zone.object_type) == ("Z1", "flat")
    assert zone.property_sets["Pset_ZoneCommon"]["IsExternal"].value is False
    assert zone.members == ("0000000000000000000110", "0000000000000000000002")
    assert (system.name, system.long_name, system.predefined_type) == ("S", "Hot water", "HEATING")
    assert wall(result).zones == ("Z1",)


CRS = (
    "#100=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#102,#103);\n#102=IFCAXIS2PLACEMENT3D(#104,$,$);\n"
    "#103=IFCDIRECTION((0.6,0.8));\n#104=IFCCARTESIANPOINT((0.,0.,0.));\n"
    "#105=IFCPROJECTEDCRS('EPSG:25832','UTM 32','ETRS89','DHHN2016','UTM','32N',#106);\n"
    "#106=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n"
)


def test_coordinate_operations_of_every_class(extract, model) -> None:
    plain = "#110=IFCMAPCONVERSION(#100,#105,500000.,5400000.,120.,0.,1.,0.001);\n"
    found = extract(model(CRS + plain)).georeference
    assert (found.eastings, found.northings, found.orthogonal_height) == (500000.0, 5400000.0, 120.0)
    assert (found.rotation, found.scale, found.crs, found.map_unit) == (90.0, 0.001, "EPSG:25832", "m")
    assert (found.true_north, found.axis_factors) == ((0.6, 0.8), None)
    scaled = "#110=IFCMAPCONVERSIONSCALED(#100,#105,1.,2.,3.,1.,0.,1.,0.5,0.6,0.7);\n"
    assert extract(model(CRS + scaled, "IFC4X3")).georeference.axis_factors == (0.5, 0.6, 0.7)
    rigid = "#110=IFCRIGIDOPERATION(#100,#105,IFCLENGTHMEASURE(7.),IFCLENGTHMEASURE(8.),9.);\n"
    found = extract(model(CRS + rigid, "IFC4X3")).georeference
    assert (found.eastings, found.northings, found.orthogonal_height, found.rotation) == (7.0, 8.0, 9.0, None)


def test_ifc2x3_says_its_place_in_property_sets(extract, model) -> None:
    body = "#100=IFCSITE('0000000000000000000100',$,'S',$,$,$,$,$,.ELEMENT.,(-48,-8,-15,-500000),(11,34),$,$,$);\n"
    for at, (name, values) in enumerate(
        {
            "ePset_MapConversion": {"Eastings": 1.0, "Northings": 2.0, "OrthogonalHeight": 3.0, "XAxisAbscissa": 0.0,
                                    "XAxisOrdinate": -1.0, "Scale": 0.9996},
            "ePset_ProjectedCRS": {"Name": "EPSG:31467", "GeodeticDatum": "DHDN"},
        }.items()
    ):  # fmt: skip
        first = 200 + 100 * at
        rows = [
            f"#{first + i}=IFCPROPERTYSINGLEVALUE('{key}',$,"
            + (f"IFCLENGTHMEASURE({value})" if isinstance(value, float) else f"IFCLABEL('{value}')")
            + ",$);\n"
            for i, (key, value) in enumerate(values.items(), start=10)
        ]
        numbers = ",".join(f"#{first + i}" for i in range(10, 10 + len(rows)))
        body += "".join(rows) + f"#{first}=IFCPROPERTYSET('0000000000000000000{first}',$,'{name}',$,({numbers}));\n"
        body += f"#{first + 1}=IFCRELDEFINESBYPROPERTIES('0000000000000000000{first + 1}',$,$,$,(#100),#{first});\n"
    found = extract(model(body, "IFC2X3")).georeference
    assert (found.eastings, found.northings, found.orthogonal_height, found.scale) == (1.0, 2.0, 3.0, 0.9996)
    assert (found.rotation, found.crs, found.geodetic_datum) == (-90.0, "EPSG:31467", "DHDN")
    # all parts of an angle have one sign: 48° 8' 15.5" south
    assert found.latitude == pytest.approx(-(48 + 8 / 60 + 15.5 / 3600))
    assert found.longitude == pytest.approx(11 + 34 / 60)
