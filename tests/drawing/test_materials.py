"""Materials, edges and welds."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing import read_edge, read_material, read_weld


@pytest.mark.parametrize(
    ("text", "designation", "system", "family"),
    [
        ("1.4301", "1.4301", "W-Nr", "stainless steel"),
        ("1.2379", "1.2379", "W-Nr", "tool steel"),
        ("1.4301 (X5CrNi18-10)", "X5CrNi18-10", "EN", "stainless steel"),
        ("S355J2+N EN 10025-2", "S355J2", "EN", "steel"),
        ("42CrMo4+QT", "42CrMo4", "EN", "steel"),
        ("16MnCr5", "16MnCr5", "EN", "steel"),
        ("C45E", "C45E", "EN", "steel"),
        ("St37-2", "St37-2", "DIN", "steel"),
        ("DC01", "DC01", "EN", "steel"),
        ("EN AW-6082 T6", "EN AW-6082", "EN", "aluminium"),
        ("EN AW-AlMgSi1", "EN AW-AlMgSi1", "EN", "aluminium"),
        ("AlMg3", "AlMg3", "EN", "aluminium"),
        ("6061-T6", "6061", "AA", "aluminium"),
        ("CW614N", "CW614N", "EN", "copper"),
        ("CuZn39Pb3", "CuZn39Pb3", "EN", "copper"),
        ("EN-GJS-400-15", "EN-GJS-400-15", "EN", "cast iron"),
        ("AISI 304", "AISI 304", "AISI", "stainless steel"),
        ("AISI 4140", "AISI 4140", "AISI", "steel"),
        ("UNS S30400", "UNS S30400", "UNS", None),
        ("ASTM A36", "ASTM A36", "ASTM", None),
        ("SUS304", "SUS304", "JIS", "stainless steel"),
        ("S45C", "S45C", "JIS", "steel"),
        ("Q235B", "Q235B", "GB", "steel"),
        ("45#", "45#", "GB", "steel"),
        ("06Cr19Ni10", "06Cr19Ni10", "GB", "stainless steel"),
        ("12Х18Н10Т", "12Х18Н10Т", "GOST", "stainless steel"),
        ("Ti-6Al-4V", "Ti-6Al-4V", "ASTM", "titanium"),
        ("PA6-GF30", "PA6-GF30", "ISO 1043", "plastic"),
        ("POM-C schwarz", "POM-C", "ISO 1043", "plastic"),
        ("Edelstahl", None, None, "stainless steel"),
        ("Messing", None, None, "copper"),
        ("see table", None, None, None),
    ],
)
def test_designations(text: str, designation: str | None, system: str | None, family: str | None) -> None:
    found = read_material(text)
    assert found is not None
    assert (found.designation, found.system, found.family, found.name) == (designation, system, family, text)


def test_number_condition_hardness_and_standard() -> None:
    steel = read_material("X5CrNi18-10 1.4301 +AT EN 10088-3")
    hard = read_material("42CrMo4 58-62 HRC")
    assert steel is not None
    assert hard is not None
    assert (steel.number, steel.standard) == ("1.4301", "EN 10088-3")
    assert hard.hardness == "58-62 HRC"
    tempered, quenched = read_material("EN AW-6082 T6"), read_material("42CrMo4+QT")
    assert tempered is not None
    assert quenched is not None
    assert (tempered.condition, quenched.condition) == ("T6", "+QT")


@pytest.mark.parametrize("text", ["", " ", "-", "---", "."])
def test_a_blank_field_is_no_material(text: str) -> None:
    assert read_material(text) is None


@pytest.mark.parametrize(
    ("text", "upper", "lower", "is_general"),
    [
        ("⌞ -0.2", -0.2, -0.2, False),
        ("ISO 13715 +0.3/-0.1", 0.3, -0.1, False),
        ("BREAK SHARP EDGES 0.2-0.5", -0.2, -0.5, True),
        ("Alle Kanten gebrochen 0,3", -0.3, -0.3, True),
        ("BREAK ALL SHARP EDGES AND REMOVE BURRS", None, None, True),
    ],
)
def test_edges(text: str, upper: float | None, lower: float | None, is_general: bool) -> None:
    found = read_edge(text)
    assert found is not None
    assert (found.upper, found.lower, found.is_general) == (upper, lower, is_general)


def test_other_text_is_no_edge_and_no_weld() -> None:
    assert read_edge("25 -0.2") is None
    assert read_weld("a5 100") is None


def test_welds() -> None:
    found = read_weld("a5 ◺ 100 <135")
    assert found is not None
    assert (found.kind, found.size, found.length, found.process, found.raw) == (
        "fillet",
        5,
        100,
        "135",
        "a5 ◺ 100 <135",
    )
