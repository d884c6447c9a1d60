"""Extents of blocks at random inside of each other, against their points moved by matrices one by one.

ezdxf's own box is no oracle here: its virtual inserts swap the scales of what is turned by a quarter inside of a block
that is scaled unevenly.
"""

from __future__ import annotations

import random

import ezdxf
import pytest
from ezdxf import path
from ezdxf.math import BoundingBox

from tests.plugins.dxf.test_reading import extract

_TURNS = (0, 30, 45, 90, 180, 270, 271.5)
_SCALES = (1, 2, -1, 0.5, -2)


def _somewhere(chance, size):
    return chance.uniform(-size, size), chance.uniform(-size, size)


def _placed(chance):
    return {"rotation": chance.choice(_TURNS), "xscale": chance.choice(_SCALES), "yscale": chance.choice(_SCALES)}


def _fill(chance, block, names):
    for _ in range(chance.randrange(1, 6)):
        at, kind = _somewhere(chance, 50), chance.randrange(5)
        if kind == 0:
            block.add_line(at, _somewhere(chance, 50))
        elif kind == 1:
            block.add_arc(at, chance.uniform(1, 30), chance.uniform(0, 360), chance.uniform(0, 360))
        elif kind == 2:
            block.add_circle(at, chance.uniform(1, 20))
        elif names:
            block.add_blockref(chance.choice(names), at, _placed(chance))
        else:
            block.add_point(at)


def _drawing(chance):
    document = ezdxf.new(chance.choice(["R12", "R2000", "R2007", "R2018"]), setup=True)
    names = []
    for number in range(chance.randrange(1, 5)):
        name = f"B{number}"
        _fill(chance, document.blocks.new(name, base_point=_somewhere(chance, 5)), names)
        names.append(name)
    space = document.modelspace()
    for _ in range(chance.randrange(1, 12)):
        insert = space.add_blockref(chance.choice(names), _somewhere(chance, 500), _placed(chance))
        if chance.random() < 0.3:
            insert.dxf.row_count, insert.dxf.column_count = 2, 3
            insert.dxf.row_spacing, insert.dxf.column_spacing = 17, -23
    return document


def _points(document, entity, matrices):
    """Points of an entity, each moved by the matrices from the inside outwards."""
    if entity.dxftype() == "INSERT":
        copies = entity.multi_insert() if entity.mcount > 1 else [entity]
        for copy in copies:
            for inner in document.blocks.get(entity.dxf.name):
                yield from _points(document, inner, [copy.matrix44(), *matrices])
        return
    is_point = entity.dxftype() == "POINT"
    found = [entity.dxf.location] if is_point else path.make_path(entity).flattening(0.001)
    for point in found:
        for matrix in matrices:
            point = matrix.transform(point)  # noqa: PLW2901 -- moved step by step
        yield point


@pytest.mark.parametrize("seed", range(30))
def test_extents_of_nested_blocks_are_those_of_their_points(seed: int) -> None:
    document = _drawing(random.Random(seed))
    wanted = BoundingBox(point for entity in document.modelspace() for point in _points(document, entity, []))
    found = extract(document).geometry_summary.extents
    expected = (*wanted.extmin.vec2, *wanted.extmax.vec2)
    # arcs in turned blocks are chords that miss them by 0.14 % of their radius
    assert found == pytest.approx(expected, abs=2e-3 * max(expected[2] - expected[0], expected[3] - expected[1]))
