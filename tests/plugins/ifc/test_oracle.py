"""What the extractor reads from the bytes is what IfcOpenShell reads; the table of classes is its schemas."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.element as element_util
import pytest

from pybase_extraction_ifc.geometry import readable_by_library
from tests.plugins.ifc.make_schemas import SCHEMAS, describe


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_table_of_classes_is_the_schema(schema: str) -> None:
    text = files("pybase_extraction_ifc").joinpath("schemas.json").read_text(encoding="utf-8")
    assert json.loads(text)[schema] == describe(schema)


def compare(result: Any, model: Any) -> int:
    """Compare every element with the library's reading.

    Returns:
        How many values were compared.
    """
    compared = 0
    ours = {item.provenance.place.step_id: item for item in result.elements}
    theirs = {item.id(): item for item in model.by_type("IfcElement")}
    assert theirs.keys() <= ours.keys()
    for number, entity in theirs.items():
        item = ours[number]
        assert (item.global_id, item.name, item.ifc_class) == (entity.GlobalId, entity.Name, entity.is_a())
        container = element_util.get_container(entity)
        if container is not None and container.Name:
            assert item.container[-1] == container.Name
        type_object = element_util.get_type(entity)
        assert item.type_global_id == (type_object.GlobalId if type_object else None)
        for set_name, values in element_util.get_psets(entity).items():
            own = {**item.property_sets.get(set_name, {}), **item.quantities.get(set_name, {})}
            for name, value in values.items():
                if name != "id" and not isinstance(value, dict | list | tuple) and set_name is not None:
                    assert _is_same(own.get(name), value), (number, set_name, name, own.get(name), value)
                    compared += 1
    return compared


def _is_same(own: Any, value: Any) -> bool:
    if own is None:
        # attributes of predefined sets that the file leaves empty
        return value is None
    if isinstance(value, float):
        return math.isclose(own.value, value, rel_tol=1e-12) or own.value == value
    return bool(own.value == value)


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3"])
def test_the_house_reads_as_the_library_reads_it(houses, extract, schema: str) -> None:
    data = readable_by_library(houses[schema].read_bytes())
    assert compare(extract(houses[schema]), ifcopenshell.file.from_string(data.decode("ascii"))) == 58


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("web-ifc/duplex.ifc", 5000),
        ("web-ifc/tested_sample_project.ifc", 290),
        ("web-ifc/IfcOpenHouse_IFC4.ifc", 0),  # no property sets: its elements are compared
        ("samples/Ifc2s3_Duplex_Electrical.ifc", 2000),
        ("opensourcebim/revit2013_unicode.ifc", 100),
        ("opensourcebim/AC90R1-niedriha-V2-2x3.ifc", 100),
        ("ifcopenshell/linked-aggregates.ifc", 1),
    ],
)
def test_real_files_read_as_the_library_reads_them(corpus: Path, extract, name: str, least: int) -> None:
    path = corpus / "ifc" / name
    assert compare(extract(path), ifcopenshell.open(str(path))) >= least


@pytest.mark.corpus
def test_every_fact_of_the_raw_scans_is_found(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.score.ifc import main

    assert main([str(corpus)]) == 0, capsys.readouterr().out
