"""Extents, lengths and areas against ezdxf's flattened curves and against closed forms."""

import math
import random
from itertools import pairwise

import ezdxf
import numpy as np
import pytest
from ezdxf import bbox
from ezdxf.path import make_path

from pybase_extraction_dxf import contents as contents_module
from pybase_extraction_dxf import extents as extents_module
from tests.plugins.dxf.test_reading import extract

BULGED = [(0, 0, 1), (10, 0, 0), (10, 8, -0.4), (0, 8, 0)]


@pytest.fixture
def document():
    return ezdxf.new("R2010", setup=True, units=4)


def rounded_part(document):
    """A block whose box turns into a larger one: a circle, an arc of a polyline, a spline, a filled ring."""
    block = document.blocks.new("PART", base_point=(1, 2))
    block.add_circle((3, 4), 5)
    block.add_lwpolyline(BULGED, format="xyb")
    block.add_cad_spline_control_frame([(0, 0), (5, 9), (12, 3), (15, 12)])
    hatch = block.add_hatch()
    hatch.paths.add_polyline_path(BULGED, is_closed=True)
    edges = hatch.paths.add_edge_path()
    edges.add_arc((20, 5), 3, 200, 20, ccw=False)
    edges.add_ellipse((20, 5), (0, 4), 0.5, 30, 240)
    return block


def flat(document):
    found = bbox.extents(document.modelspace(), fast=False)
    return found.extmin.x, found.extmin.y, found.extmax.x, found.extmax.y


@pytest.mark.parametrize(
    "placed",
    [
        {},
        {"rotation": 33},
        {"rotation": 45, "xscale": 2, "yscale": 0.5},
        {"xscale": -1, "rotation": 10},
        {"extrusion": (0, 0, -1), "rotation": 20},
        {"row_count": 3, "column_count": 2, "row_spacing": 40, "column_spacing": -25, "rotation": 30},
    ],
)
def test_extents_of_turned_and_mirrored_blocks(document, placed):
    rounded_part(document)
    if "yscale" in placed:
        name = "PART"  # ezdxf cannot shear an insert inside of another one
    else:
        name = "OUTER"
        document.blocks.new(name).add_blockref("PART", (7, 1), {"rotation": 12})
    insert = document.modelspace().add_blockref(name, (100, 50), placed)
    found = extract(document).geometry_summary.extents
    if "row_count" in placed:
        # ezdxf's box holds the first copy only
        copies = bbox.extents([entity for copy in insert.multi_insert() for entity in copy.virtual_entities()])
        expected = copies.extmin.x, copies.extmin.y, copies.extmax.x, copies.extmax.y
    else:
        expected = flat(document)
    assert found == pytest.approx(expected, abs=0.02)


def test_blocks_of_many_points_are_held_by_their_outline(document, monkeypatch):
    monkeypatch.setattr(extents_module, "_MOST", 10)
    rounded_part(document)
    document.blocks.new("OUTER").add_blockref("PART", (7, 1), {"rotation": 77})
    document.modelspace().add_blockref("OUTER", (0, 0), {"rotation": 41})
    assert extract(document).geometry_summary.extents == pytest.approx(flat(document), abs=0.03)


@pytest.mark.parametrize("extrusion", [(0, 0, 1), (0, 0, -1)])
def test_extents_of_polylines_before_r2000(extrusion):
    document = ezdxf.new("R12")
    document.modelspace().add_polyline2d(BULGED, format="xyb", dxfattribs={"extrusion": extrusion})
    document.modelspace().add_polyline3d([(1, 1, 0), (3, -4, 9)])
    summary = extract(document).geometry_summary
    assert summary.extents == pytest.approx(flat(document), abs=1e-6)
    assert summary.extents_3d[1][2] == 9


def test_extents_of_meshes(document):
    mesh = document.modelspace().add_polymesh((2, 2))
    for at in range(4):
        mesh.set_mesh_vertex((at // 2, at % 2), (at, -at, at))
    assert extract(document).geometry_summary.extents == (0, -3, 3, 0)


def test_lengths_and_areas(document):
    space = document.modelspace()
    space.add_lwpolyline(BULGED, format="xyb", close=True)
    space.add_ellipse((0, 0), (4, 0), 0.5)
    space.add_cad_spline_control_frame([(0, 0), (5, 9), (12, 3)])
    space.add_polyline3d([(0, 0, 0), (3, 4, 0), (3, 4, 12)])
    lengths = extract(document, extract_geometry=True).geometry_summary.lengths
    for entity in space.query("LWPOLYLINE ELLIPSE SPLINE"):
        points = list(make_path(entity).flattening(1e-5))
        expected = sum(one.distance(other) for one, other in pairwise(points))
        assert lengths[entity.dxftype()] == pytest.approx(expected, rel=1e-3)
    assert lengths["POLYLINE"] == 17  # 5 and 12
    layer = next(layer for layer in extract(document, extract_geometry=True).layers if layer.name == "0")
    ellipse = math.pi * 4 * 2
    polyline = 10 * 8 + math.pi * 25 / 2  # a half circle of 5 bulges out at the bottom, a segment at the top in
    angle = 4 * math.atan(0.4)
    radius = 5 / math.sin(angle / 2)
    segment = radius * radius * (angle - math.sin(angle)) / 2
    assert layer.area == pytest.approx(ellipse + polyline - segment)


def test_entities_have_the_corners_of_their_vertices():
    document = ezdxf.new("R12")
    document.modelspace().add_polyline2d([(0, 0), (4, 0), (4, 3)], close=True)
    document.modelspace().add_line((0, 0), (1, 1))
    entities = extract(document, extract_geometry=True).entities
    assert [entity.type for entity in entities] == ["POLYLINE", "LINE"]
    assert entities[0].geometry["points"] == [(0, 0, 0), (4, 0, 0), (4, 3, 0)]
    assert entities[0].geometry["is_closed"]


def test_text_direction_of_an_embedded_object_is_no_point():
    tags = "0\nSECTION\n2\nENTITIES\n0\nMTEXT\n8\n0\n100\nAcDbMText\n10\n50\n20\n60\n40\n2\n1\nA\n"
    embedded = "101\nEmbedded Object\n70\n1\n10\n1.0\n20\n0.0\n11\n50\n21\n60\n"
    result = extract((tags + embedded + "0\nENDSEC\n0\nEOF\n").encode())
    assert result.geometry_summary.extents == (50, 60, 50, 60)


@pytest.mark.parametrize("end", [2 * math.pi, 6.283185307179587, 6.2831853071795862])
def test_a_whole_ellipse_stays_whole_when_its_end_was_rounded(document, end):
    document.modelspace().add_ellipse((0, 0), (4, 0), 0.5, start_param=0, end_param=end)
    summary = extract(document, extract_geometry=True).geometry_summary
    assert summary.extents == pytest.approx((-4, -2, 4, 2))
    assert summary.lengths["ELLIPSE"] > 19


def scattered(document, seed):
    """Curves of every kind in model space and in a block that is inserted turned, some in planes of their own."""
    chance = random.Random(seed)

    def place(reach=50):
        return chance.uniform(-reach, reach), chance.uniform(-reach, reach)

    block = document.blocks.new("PART", base_point=place(5))
    for space in (document.modelspace(), block):
        for _ in range(6):
            normal = {"extrusion": chance.choice([(0, 0, 1), (0, 0, -1), (0.3, -0.4, 0.8)])}
            space.add_circle((*place(), 1), chance.uniform(0, 40), normal)
            space.add_arc(place(), chance.uniform(0, 40), chance.uniform(0, 360), chance.uniform(0, 360))
            space.add_ellipse(place(), (*place(), chance.choice([0, 9])), chance.uniform(0.1, 1))
            space.add_lwpolyline([(*place(), chance.uniform(-2, 2)) for _ in range(4)], format="xyb", dxfattribs=normal)
            space.add_spline([(*place(), 0) for _ in range(5)])
            hatch = space.add_hatch(dxfattribs={"elevation": (0, 0, chance.uniform(-9, 9))})
            hatch.paths.add_polyline_path([(*place(), chance.uniform(-2, 2)) for _ in range(3)], is_closed=True)
            edges = hatch.paths.add_edge_path()
            edges.add_line(place(), place())
            edges.add_arc(place(), chance.uniform(0, 40), 10, 200)
            edges.add_ellipse(place(), place(), 0.4, 10, 300)
    for angle in (0, 37):
        document.modelspace().add_blockref("PART", place(99), {"rotation": angle, "xscale": chance.uniform(0.5, 2)})


@pytest.mark.parametrize("seed", range(8))
def test_what_is_not_computed_would_not_have_stood_out(document, monkeypatch, seed):
    scattered(document, seed)
    found = extract(document).geometry_summary.extents_3d

    def unknown(_, entities):
        return np.tile([-np.inf] * 3 + [np.inf] * 3, (len(entities), 1))

    monkeypatch.setattr(contents_module, "reaches_of", unknown)
    assert extract(document).geometry_summary.extents_3d == found


def test_curves_that_stay_inside_are_not_computed(document, monkeypatch):
    space = document.modelspace()
    space.add_line((0, 0), (100, 100))
    space.add_circle((50, 50), 10)
    space.add_lwpolyline(BULGED, format="xyb", dxfattribs={"elevation": 0}).translate(30, 30, 0)
    computed = []
    points = contents_module.Curves.points

    def counted(self, entities):
        computed.extend(entities.tolist())
        return points(self, entities)

    monkeypatch.setattr(contents_module.Curves, "points", counted)
    assert extract(document).geometry_summary.extents == (0, 0, 100, 100)
    assert computed == []
