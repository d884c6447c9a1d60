"""Shapes: closed forms, comparison with stated quantities, and a kernel that dies."""

from __future__ import annotations

import math
import threading
import time

import pytest

from pybase_extraction.errors import DeadlineExceededError, ExtractionCancelledError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction_ifc import geometry


@pytest.fixture(scope="module")
def schema() -> str:
    return "IFC4"


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3"])
def test_volumes_surfaces_and_boxes(houses, extract, schema: str) -> None:
    result = extract(houses[schema], include_geometry=True)
    found = {item.name: item.geometry for item in result.elements}
    slab = found["Slab 1"]
    # 6 m x 5 m x 0.2 m
    assert slab.volume == pytest.approx(6.0)
    assert slab.area == pytest.approx(2 * 30 + 2 * (6 + 5) * 0.2)
    assert (slab.bbox_min, slab.bbox_max) == (pytest.approx((0, 0, 0), abs=1e-9), pytest.approx((6.0, 5.0, 0.2)))
    assert found["North wall 1"].volume == pytest.approx(6.132)
    # the opening of 0.9 m x 2.1 m is cut out of the wall
    assert found["South wall 1"].volume == pytest.approx(6.132 - 0.9 * 2.1 * 0.365)
    # no shape, no geometry
    assert found["Boiler"] is None
    assert result.extractor.tier == "geometry"
    assert result.extractor.library is not None
    assert result.extractor.library.startswith("ifcopenshell")


def test_a_stated_volume_that_is_not_the_shapes_is_an_issue(houses, extract) -> None:
    result = extract(houses["IFC4"], include_geometry=True)
    # both south walls state their gross volume as net
    issues = [issue for issue in result.issues if issue.code == "quantity-deviates"]
    south = {item.global_id for item in result.elements if (item.name or "").startswith("South")}
    assert sum(issue.count for issue in issues) == 2
    assert {issue.place.global_id for issue in issues} <= south
    assert "6.132 m³" in issues[0].message
    assert not result.is_partial


def test_lengths_and_areas_are_compared_where_the_shape_gives_them(houses, extract) -> None:
    text = houses["IFC4"].read_text(encoding="ascii")
    # a slab of 6 m x 5 m x 0.2 m: its thickness is right, then stated as 250 mm, and its area as 29 m²
    assert "'Depth'" in text
    right = extract(text, include_geometry=True)
    slab = next(item for item in right.elements if item.name == "Slab 1")
    assert slab.geometry.height == pytest.approx(0.2)
    assert not [i for i in right.issues if i.code == "quantity-deviates" and "Depth" in i.message]
    wrong = text.replace("'Depth',$,$,200.", "'Depth',$,$,250.").replace("'GrossArea',$,$,30.", "'NetArea',$,$,29.")
    assert wrong != text
    messages = [i.message for i in extract(wrong, include_geometry=True).issues if i.code == "quantity-deviates"]
    assert any("Depth is stated as 0.25 m, the shape has 0.2 m" in message for message in messages)
    assert any("NetArea is stated as 29 m², the shape has 30 m²" in message for message in messages)


def test_geometry_is_left_out_unless_asked(houses, extract) -> None:
    assert all(item.geometry is None for item in extract(houses["IFC4"]).elements)


def test_a_shape_that_cannot_be_made_is_an_issue_and_the_rest_is_measured(houses, extract) -> None:
    text = houses["IFC4"].read_text(encoding="ascii")
    # the first slab becomes a box of no height
    broken = text.replace(",200.)", ",0.)", 1)
    result = extract(broken, include_geometry=True)
    found = {item.name: item.geometry for item in result.elements}
    assert found["Slab 2"].volume == pytest.approx(6.0)
    assert found["Slab 1"] is None or not found["Slab 1"].volume
    assert "geometry-failed" in {issue.code for issue in result.issues}


DYING = """
import json, os, signal, sys
numbers = json.load(sys.stdin)
print(json.dumps({"engine": "dying 1"}), flush=True)
for number in numbers:
    print(json.dumps({"start": number}), flush=True)
    if number % VICTIMS == 0:
        os.kill(os.getpid(), signal.SIGSEGV)
    print(json.dumps({"id": number, "volume": 1.0, "area": 6.0, "min": [0, 0, 0], "max": [1, 1, 1]}), flush=True)
print(json.dumps({"done": True}))
"""


def shaped(houses, extract) -> list[int]:
    result = extract(houses["IFC4"], include_geometry=True)
    return [item.provenance.place.step_id for item in result.elements if item.geometry]


def test_a_kernel_that_dies_costs_its_element_only(houses, extract, monkeypatch) -> None:
    numbers = shaped(houses, extract)
    victim = numbers[3]
    monkeypatch.setattr(geometry, "WORKER", ("-c", DYING.replace("VICTIMS", str(victim))))
    result = extract(houses["IFC4"], include_geometry=True)
    assert [item.provenance.place.step_id for item in result.elements if item.geometry] == [
        number for number in numbers if number % victim
    ]
    (issue,) = [issue for issue in result.issues if issue.code == "geometry-failed"]
    assert issue.place.step_id == victim
    assert "-11" in issue.message


def test_a_kernel_that_dies_always_is_left_and_the_rest_of_the_result_stands(houses, extract, monkeypatch) -> None:
    monkeypatch.setattr(geometry, "WORKER", ("-c", DYING.replace("VICTIMS", "1")))
    result = extract(houses["IFC4"], include_geometry=True)
    codes = {issue.code: issue for issue in result.issues}
    assert codes["geometry-crashed"].severity == "error"
    assert codes["geometry-failed"].count == geometry.MAX_RESTARTS + 1
    assert result.is_partial
    assert len(result.elements) == 19
    assert result.extractor.tier == "metadata"


def test_a_kernel_that_dies_at_once_is_told(houses, extract, monkeypatch) -> None:
    monkeypatch.setattr(geometry, "WORKER", ("-c", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"))
    result = extract(houses["IFC4"], include_geometry=True)
    assert "geometry-crashed" in {issue.code for issue in result.issues}
    assert len(result.elements) == 19


HANGING = "import sys, time\nsys.stdin.read()\ntime.sleep(60)"


def test_a_kernel_that_hangs_is_killed_at_the_deadline(houses, extract, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(geometry, "WORKER", ("-c", HANGING))
    start = time.monotonic()
    with pytest.raises(DeadlineExceededError):
        extract(
            houses["IFC4"], include_geometry=True, context=ExtractionContext(scratch=tmp_path, deadline=start + 1.0)
        )
    assert time.monotonic() - start < 10
    assert list(tmp_path.iterdir()) == []


def test_a_kernel_that_hangs_is_killed_when_the_extraction_is_cancelled(houses, extract, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(geometry, "WORKER", ("-c", HANGING))
    context = ExtractionContext(scratch=tmp_path)
    timer = threading.Timer(0.5, context.cancelled.set)
    timer.start()
    start = time.monotonic()
    with pytest.raises(ExtractionCancelledError):
        extract(houses["IFC4"], include_geometry=True, context=context)
    timer.join()
    assert time.monotonic() - start < 10


def test_round_columns_have_the_volume_of_a_circle_and_not_of_a_polygon(extract, model) -> None:
    body = (
        "#100=IFCCOLUMN('0000000000000000000100',$,'C',$,$,#101,#110,$,$);\n#101=IFCLOCALPLACEMENT($,#102);\n"
        # far away, as models in map coordinates are
        "#102=IFCAXIS2PLACEMENT3D(#103,$,$);\n#103=IFCCARTESIANPOINT((3500000000.,5400000000.,0.));\n"
        "#110=IFCPRODUCTDEFINITIONSHAPE($,$,(#111));\n#111=IFCSHAPEREPRESENTATION(#112,'Body','SweptSolid',(#113));\n"
        "#112=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#114,$);\n#114=IFCAXIS2PLACEMENT3D(#115,$,$);\n"
        "#115=IFCCARTESIANPOINT((0.,0.,0.));\n#113=IFCEXTRUDEDAREASOLID(#116,#114,#117,3000.);\n"
        "#116=IFCCIRCLEPROFILEDEF(.AREA.,$,$,200.);\n#117=IFCDIRECTION((0.,0.,1.));\n"
    )
    column = next(item for item in extract(model(body), include_geometry=True).elements if item.name == "C")
    # r = 0.2 m, 3 m high
    assert column.geometry.volume == pytest.approx(math.pi * 0.2**2 * 3, rel=0.003)
    assert column.geometry.area == pytest.approx(2 * math.pi * 0.2 * (0.2 + 3), rel=0.003)
    assert column.geometry.bbox_min == pytest.approx((3.5e6 - 0.2, 5.4e6 - 0.2, 0.0), abs=0.01)


def test_an_open_shape_has_a_surface_and_no_volume(extract, model) -> None:
    body = (
        "#100=IFCSLAB('0000000000000000000100',$,'S',$,$,#101,#110,$,$);\n#101=IFCLOCALPLACEMENT($,#114);\n"
        "#110=IFCPRODUCTDEFINITIONSHAPE($,$,(#111));\n#111=IFCSHAPEREPRESENTATION(#112,'Body','Tessellation',(#113));\n"
        "#112=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#114,$);\n#114=IFCAXIS2PLACEMENT3D(#115,$,$);\n"
        "#115=IFCCARTESIANPOINT((0.,0.,0.));\n#113=IFCTRIANGULATEDFACESET(#116,$,$,((1,2,3),(1,2,4),(1,3,4)),$);\n"
        "#116=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(3000.,0.,0.),(0.,4000.,0.),(0.,0.,1000.)));\n"
    )
    result = extract(model(body), include_geometry=True)
    slab = next(item for item in result.elements if item.name == "S")
    assert slab.geometry.volume is None
    # three of four faces: 3 x 4, 3 x 1 and 4 x 1 m, halved
    assert slab.geometry.area == pytest.approx((12 + 3 + 4) / 2)
    assert [issue.code for issue in result.issues if issue.code.startswith("geometry")] == ["geometry-open"]
