"""Hand-written instances, one rule each: units, materials, densities, notes, products that are no parts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source
from pybase_extraction_step.extractor import StepExtractor
from pybase_extraction_step.options import StepOptions

PART = """
#1=PRODUCT('P-1','part','',(#9));
#2=PRODUCT_DEFINITION_FORMATION('A','',#1);
#3=PRODUCT_DEFINITION('','',#2,$);
#4=PRODUCT_DEFINITION_SHAPE('','',#3);
#5=SHAPE_DEFINITION_REPRESENTATION(#4,#6);
#6=SHAPE_REPRESENTATION('',(),#7);
#7=(GEOMETRIC_REPRESENTATION_CONTEXT(3) GLOBAL_UNIT_ASSIGNED_CONTEXT((#8)) REPRESENTATION_CONTEXT('',''));
#8=(LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT(.MILLI.,.METRE.));
#9=PRODUCT_CONTEXT('',#90,'mechanical');
#90=APPLICATION_CONTEXT('');
"""


@pytest.fixture
def read() -> Callable[..., ExtractionResult]:
    """Read a part with further instances, numbered from 100."""

    def run(body: str = "", part: str = PART, **options: object) -> ExtractionResult:
        text = (
            "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
            f"FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));\nENDSEC;\nDATA;\n{part}{body}\nENDSEC;\nEND-ISO-10303-21;\n"
        )
        source = Source.from_bytes(text.encode("utf-8"), name="part.stp")
        chosen = StepOptions.model_validate({"include_geometry": False, **options})
        return StepExtractor().extract(source, chosen, ExtractionContext())

    return run


def stated(group: str, items: str, description: str = "$", representation: str = "''", at: int = 100) -> str:
    numbers = ",".join(f"#{at + 10 + place}" for place in range(items.count(";")))
    lines = "".join(f"#{at + 10 + place}={item};\n" for place, item in enumerate(items.split(";")[:-1]))
    return (
        f"#{at}=PROPERTY_DEFINITION('{group}',{description},#3);\n#{at + 1}=PROPERTY_DEFINITION_REPRESENTATION(#{at},"
        f"#{at + 2});\n#{at + 2}=REPRESENTATION({representation},({numbers}),#7);\n{lines}"
    )


DENSITY_UNITS = (
    "#180=DERIVED_UNIT((#181,#182));\n#181=DERIVED_UNIT_ELEMENT(#183,1.);\n#182=DERIVED_UNIT_ELEMENT(#184,-3.);\n"
    "#183=(MASS_UNIT() NAMED_UNIT(*) SI_UNIT($,.GRAM.));\n"
    "#184=(LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT(.CENTI.,.METRE.));\n"
)


@pytest.mark.parametrize(
    ("group", "description", "item", "material"),
    [
        # the practice: the item is called by the material, and describes it
        ("material property", "'material name'", "DESCRIPTIVE_REPRESENTATION_ITEM('S235','a steel')", "S235"),
        ("material property", "'material name'", "DESCRIPTIVE_REPRESENTATION_ITEM('AMS 4928')", "AMS 4928"),
        ("material property", "'material name'", "DESCRIPTIVE_REPRESENTATION_ITEM('material name','S355')", "S355"),
        # a property of users
        ("Material", "$", "DESCRIPTIVE_REPRESENTATION_ITEM('Material','EN AW-6060')", "EN AW-6060"),
        ("MATERIAL", "''", "DESCRIPTIVE_REPRESENTATION_ITEM('','POM')", "POM"),
        # no material at all
        ("MaterialMissingAssignments", "$", "DESCRIPTIVE_REPRESENTATION_ITEM('MaterialMissingAssignments','TRUE')",
         None),
        ("Raw material cost", "$", "DESCRIPTIVE_REPRESENTATION_ITEM('Raw material cost','12')", None),
    ],
)  # fmt: skip
def test_names_of_materials_are_told_from_other_properties(
    read, group: str, description: str, item: str, material: str | None
) -> None:
    (part,) = read(stated(group, item + ";", description)).parts
    assert part.material == material
    if material is None:
        assert list(part.properties) == [group]


def test_densities_have_their_unit_and_other_units_are_told(read) -> None:
    item = "MEASURE_REPRESENTATION_ITEM('density measure',POSITIVE_RATIO_MEASURE(7.85),#180);"
    (part,) = read(stated("material property", item, "'density'") + DENSITY_UNITS).parts
    assert (part.density.value, part.density.unit) == (7.85, "g/cm³")
    assert part.density.si_value == pytest.approx(7850)
    # what some writers make of g/cm³
    wrong = DENSITY_UNITS.replace("#183,1.", "#183,3.").replace("#184,-3.", "#184,2.")
    result = read(stated("material property", item, "'density'") + wrong)
    assert (result.parts[0].density.value, result.parts[0].density.si_value) == (7.85, None)
    assert [issue.code for issue in result.issues] == ["density-unit-invalid"]


@pytest.mark.parametrize(
    ("written", "unit", "si_value"),
    [
        ("(NAMED_UNIT(*) PRESSURE_UNIT() SI_UNIT(.MEGA.,.PASCAL.))", "MPa", 210e6),
        ("(NAMED_UNIT(*) SI_UNIT(.KILO.,.NEWTON.) FORCE_UNIT())", "kN", 210e3),
        ("(NAMED_UNIT(*) SI_UNIT($,.TESLA.))", "T", 210.0),
        ("(NAMED_UNIT(*) SI_UNIT($,.HENRY.))", "H", 210.0),
        ("(NAMED_UNIT(*) SI_UNIT($,.SIEMENS.))", "S", 210.0),
        ("(NAMED_UNIT(*) SI_UNIT($,.DEGREE_CELSIUS.) THERMODYNAMIC_TEMPERATURE_UNIT())", "°C", 483.15),
        ("(MASS_UNIT() NAMED_UNIT(*) SI_UNIT(.KILO.,.GRAM.))", "kg", 210.0),
        ("(LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT(.HECTO.,.METRE.))", "hm", 21000.0),
    ],
)
def test_units_of_user_properties(read, written: str, unit: str, si_value: float) -> None:
    item = "MEASURE_REPRESENTATION_ITEM('limit',POSITIVE_RATIO_MEASURE(210.),#180);"
    (part,) = read(stated("limit", item) + f"#180={written};\n").parts
    found = part.properties["limit"]
    assert (found["value"], found["unit"]) == (210.0, unit)
    assert found["si_value"] == pytest.approx(si_value)


def test_texts_of_annotations_are_notes(read) -> None:
    result = read(
        "#100=TEXT_LITERAL('','break edges',#3,'baseline left',.RIGHT.,#3);\n"
        "#101=TEXT_LITERAL('','\\X2\\30D6\\X0\\ R1',#3,'baseline left',.RIGHT.,#3);\n"
        "#102=COMPOSITE_TEXT('',(#103,#100));\n#103=TEXT_LITERAL('','all around:',#3,'baseline left',.RIGHT.,#3);\n"
        + stated("semantic text", "DESCRIPTIVE_REPRESENTATION_ITEM('Text.1','hardened');", at=150)
    )
    assert [note.raw for note in result.notes] == ["all around:\nbreak edges", "ブ R1", "hardened"]
    assert result.notes[0].text == "all around: break edges"
    assert result.parts[0].properties == {}


def test_products_that_are_no_parts_are_told(read) -> None:
    result = read(
        "#100=PRODUCT('','ISO 16792','a standard',(#9));\n"
        "#101=PRODUCT_RELATED_PRODUCT_CATEGORY('document','',(#100));\n"
    )
    assert [part.name for part in result.parts] == ["part"]
    assert result.metadata["other_products"] == [
        {"name": "ISO 16792", "part_number": None, "description": "a standard", "categories": ["document"],
         "step_id": 100}
    ]  # fmt: skip
