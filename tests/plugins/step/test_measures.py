"""Measures of shapes whose closed form is known, with surfaces as they are and as B-splines."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import Part
from pybase_extraction.source import Source
from pybase_extraction_step.extractor import StepExtractor
from pybase_extraction_step.options import StepOptions

pytest.importorskip("OCP", reason="the shapes are written by the geometry kernel")

# radius, height, ring radius
R, H, RING = 5.0, 20.0, 20.0


def shapes() -> dict[str, Any]:
    from OCP.BRepPrimAPI import (
        BRepPrimAPI_MakeCone,
        BRepPrimAPI_MakeCylinder,
        BRepPrimAPI_MakeSphere,
        BRepPrimAPI_MakeTorus,
    )

    return {
        "cylinder": BRepPrimAPI_MakeCylinder(R, H).Shape(),
        "sphere": BRepPrimAPI_MakeSphere(R).Shape(),
        "torus": BRepPrimAPI_MakeTorus(RING, R).Shape(),
        "cone": BRepPrimAPI_MakeCone(R, 0.0, H).Shape(),
    }


VOLUMES = {
    "cylinder": math.pi * R**2 * H,
    "sphere": 4 / 3 * math.pi * R**3,
    "torus": 2 * math.pi**2 * RING * R**2,
    "cone": math.pi * R**2 * H / 3,
}
AREAS = {
    "cylinder": 2 * math.pi * R * (R + H),
    "sphere": 4 * math.pi * R**2,
    "torus": 4 * math.pi**2 * RING * R,
    "cone": math.pi * R * (R + math.hypot(R, H)),
}
INERTIA = {  # about the axis, through the centroid, for density 1
    "cylinder": VOLUMES["cylinder"] * R**2 / 2,
    "sphere": VOLUMES["sphere"] * 2 / 5 * R**2,
    "torus": VOLUMES["torus"] * (RING**2 + 3 / 4 * R**2),
    "cone": VOLUMES["cone"] * 3 / 10 * R**2,
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, bool], Part]:
    """Write a shape, read it, and give its part."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_NurbsConvert
    from OCP.Message import Message, Message_PrinterOStream
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    folder: Path = tmp_path_factory.mktemp("shapes")
    Message.DefaultMessenger_s().RemovePrinters(Message_PrinterOStream.get_type_descriptor_s())

    def measure(name: str, is_spline: bool) -> Part:
        shape = shapes()[name]
        writer, path = STEPControl_Writer(), folder / f"{name}-{is_spline}.step"
        written = BRepBuilderAPI_NurbsConvert(shape).Shape() if is_spline else shape
        writer.Transfer(written, STEPControl_StepModelType.STEPControl_AsIs)
        writer.Write(str(path))
        options = StepOptions(calculate_centroids=True, calculate_inertia=True)
        (part,) = StepExtractor().extract(Source.from_path(path), options, ExtractionContext()).parts
        return part

    return measure


@pytest.mark.parametrize("is_spline", [False, True], ids=["analytic", "spline"])
@pytest.mark.parametrize("name", sorted(VOLUMES))
def test_measures_are_those_of_the_closed_forms(
    measured: Callable[[str, bool], Part], name: str, is_spline: bool
) -> None:
    part = measured(name, is_spline)
    assert part.mass_properties is not None
    assert part.topology is not None
    found = part.mass_properties
    assert found.volume is not None
    assert found.area is not None
    assert found.inertia is not None
    assert ("bsplinesurface" in part.topology.surfaces) == is_spline
    assert found.volume.value == pytest.approx(VOLUMES[name], rel=1e-5)
    assert found.area.value == pytest.approx(AREAS[name], rel=1e-5)
    assert found.inertia[2][2] == pytest.approx(INERTIA[name], rel=1e-5)
    height = {"cylinder": H / 2, "cone": H / 4}.get(name, 0.0)
    assert found.centroid == pytest.approx((0.0, 0.0, height), abs=1e-4)
