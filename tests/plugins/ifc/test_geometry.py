"""Shapes: closed forms, comparison with stated quantities, and a kernel that dies."""

from __future__ import annotations

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
