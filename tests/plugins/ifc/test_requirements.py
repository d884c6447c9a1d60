"""A model checked against an IDS: a row for every requirement, an issue for every specification that is missed."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pybase_extraction import ExtractionResult, extract
from pybase_extraction.errors import OptionsError
from pybase_extraction_ifc import requirements

MODEL = Path(__file__).parents[3] / "docs" / "samples" / "house.ifc"
HEAD = """<ids xmlns="http://standards.buildingsmart.org/IDS" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://standards.buildingsmart.org/IDS http://standards.buildingsmart.org/IDS/1.0/ids.xsd">
<info><title>Checks</title></info><specifications>"""


def specification(
    name: str, ifc_class: str, requirements: str, occurs: str = 'minOccurs="1" maxOccurs="unbounded"'
) -> str:
    inner = f"<requirements>{requirements}</requirements>" if requirements else ""
    return f"""<specification name="{name}" ifcVersion="IFC4"><applicability {occurs}>
<entity><name><simpleValue>{ifc_class}</simpleValue></name></entity></applicability>{inner}</specification>"""


def property_of(name: str, value: str) -> str:
    return f"""<property dataType="IFCLABEL" cardinality="required">
<propertySet><simpleValue>Pset_WallCommon</simpleValue></propertySet><baseName><simpleValue>{name}</simpleValue></baseName>
<value><simpleValue>{value}</simpleValue></value></property>"""


def check(*specifications: str) -> ExtractionResult:
    return extract(MODEL, ids=f"{HEAD}{''.join(specifications)}</specifications></ids>")


def rows(result: ExtractionResult) -> list[dict[str, str | None]]:
    (table,) = result.tables
    assert table.role == "requirements"
    return [dict(zip(table.headers, row, strict=True)) for row in table.body]


def test_what_is_met_and_what_is_missed_is_counted_and_named() -> None:
    result = check(specification("Fire rating", "IFCWALL", property_of("FireRating", "F90")))
    (row,) = rows(result)
    walls = [item for item in result.elements if item.ifc_class == "IfcWall"]
    missing = [item.global_id for item in walls if item.property_sets["Pset_WallCommon"]["FireRating"].value != "F90"]
    assert row["status"] == "failed"
    assert (row["applicable"], row["failed"]) == (str(len(walls)), str(len(missing)))
    assert str(row["failed elements"]).split() == missing
    assert "F30" in str(row["reason"])
    assert [issue.code for issue in result.issues] == ["ids-not-met"]


def test_a_specification_that_is_met_raises_no_issue() -> None:
    result = check(
        specification(
            "Doors have a name", "IFCDOOR", "<attribute><name><simpleValue>Name</simpleValue></name></attribute>"
        )
    )
    (row,) = rows(result)
    assert (row["status"], row["applicable"], row["passed"], row["failed"]) == ("passed", "2", "2", "0")
    assert result.issues == ()


def test_what_is_prohibited_or_absent_fails_as_a_whole() -> None:
    forbidden = specification("No doors", "IFCDOOR", "", occurs='minOccurs="0" maxOccurs="0"')
    required = specification("Has a roof", "IFCROOF", property_of("X", "Y"))
    found = {row["specification"]: row for row in rows(check(forbidden, required))}
    assert (found["No doors"]["status"], found["No doors"]["reason"]) == ("failed", "not allowed")
    assert found["No doors"]["failed"] == "2"
    assert (found["Has a roof"]["status"], found["Has a roof"]["reason"]) == ("failed", "no element is applicable")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no XML", "no IDS 1.0 document"),
        ("<ids/>", "no IDS 1.0 document"),
        ('<!DOCTYPE ids [<!ENTITY x SYSTEM "file:///etc/passwd">]><ids>&x;</ids>', "declares a document type"),
    ],
)
def test_what_is_no_ids_is_refused(text: str, words: str) -> None:
    with pytest.raises(OptionsError, match=words):
        extract(MODEL, ids=text)


def test_nobody_is_asked_for_a_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = pytest.importorskip("ifctester.ids")
    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: asked.append(address))
    monkeypatch.setattr(ids, "schema", None)
    with pytest.raises(OptionsError, match="'ids' is not an element of the schema"):
        requirements._read("<ids/>")
    assert asked == []
