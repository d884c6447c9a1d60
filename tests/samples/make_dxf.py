"""Write the sample DXF: a flange with layers, blocks, attributes, toleranced dimensions and a parts list."""

from __future__ import annotations

from pathlib import Path

import ezdxf
from ezdxf.document import Drawing
from ezdxf.layouts import Modelspace

TITLE = {
    "DRAWING_NUMBER": "PB-2001-F",
    "TITLE": "Flange",
    "REV": "B",
    "SCALE": "1:1",
    "MATERIAL": "S355J2",
    "DRAWN_BY": "M. Keller",
    "DATE": "2026-03-14",
}
PARTS = [
    ("Pos.", "Qty", "Part number", "Description"),
    ("1", "1", "PB-2001-01", "Flange"),
    ("2", "4", "ISO 4017 M10", "Bolt"),
]


def write_sample(path: Path) -> Path:
    """Write the drawing and give its path back."""
    document = ezdxf.new("R2018", setup=True, units=4)
    # a file that is the same for everybody: no time of writing, no random identifiers
    document.header["$TDCREATE"] = document.header["$TDUPDATE"] = 2461114.0
    for name, color in (("OUTLINE", 7), ("HOLES", 1), ("DIMENSIONS", 3), ("TITLE", 5), ("HIDDEN", 8)):
        document.layers.add(name, color=color)
    document.layers.get("HIDDEN").off()
    space = document.modelspace()
    _draw_flange(document, space)
    _dimension(space)
    _draw_title(document, space)
    _draw_parts(space)
    space.add_mtext("NOTES:\\P1. Break sharp edges {\\H0.7x;\\S+0.5^-0.2;}.", {"layer": "TITLE", "insert": (-90, -70)})
    document.saveas(path)
    return path


def _draw_flange(document: Drawing, space: Modelspace) -> None:
    space.add_circle((0, 0), 60, dxfattribs={"layer": "OUTLINE"})
    space.add_circle((0, 0), 20, dxfattribs={"layer": "OUTLINE"})
    hole = document.blocks.new("HOLE")
    hole.add_circle((0, 0), 5.5)
    hole.add_line((-8, 0), (8, 0))
    pair = document.blocks.new("HOLE_PAIR")
    pair.add_blockref("HOLE", (45, 0))
    pair.add_blockref("hole", (-45, 0))
    space.add_blockref("HOLE_PAIR", (0, 0), {"layer": "HOLES"})
    space.add_blockref("HOLE_PAIR", (0, 0), {"layer": "HOLES", "rotation": 90})


def _dimension(space: Modelspace) -> None:
    attributes = {"layer": "DIMENSIONS"}
    # the styles that ezdxf sets up are for metres drawn as centimetres
    for style in space.doc.dimstyles:
        style.dxf.dimlfac = 1
    space.add_linear_dim(
        (0, -80), (-60, 0), (60, 0), override={"dimtol": 1, "dimtp": 0.2, "dimtm": 0.1}, dxfattribs=attributes
    ).render()
    space.add_diameter_dim((0, 0), radius=20, angle=45, text="<> H7", dxfattribs=attributes).render()
    space.add_radius_dim((0, 0), radius=60, angle=120, dxfattribs=attributes).render()
    space.add_angular_dim_2l((20, 20), ((0, 0), (45, 0)), ((0, 0), (0, 45)), dxfattribs=attributes).render()
    space.add_text("4x %%c11 THRU", dxfattribs={"layer": "DIMENSIONS", "height": 3.5, "insert": (50, 50)})
    space.add_text("M10x1.5-6H", dxfattribs={"layer": "DIMENSIONS", "height": 3.5, "insert": (50, 44)})


def _draw_title(document: Drawing, space: Modelspace) -> None:
    block = document.blocks.new("TITLE_BLOCK")
    for row, tag in enumerate(TITLE):
        block.add_attdef(tag, (2, 2 + 7 * row), dxfattribs={"height": 3, "prompt": tag.replace("_", " ").title()})
    block.add_lwpolyline([(0, 0), (90, 0), (90, 50), (0, 50)], close=True)
    space.add_blockref("TITLE_BLOCK", (70, -130), {"layer": "TITLE"}).add_auto_attribs(TITLE)


def _draw_parts(space: Modelspace) -> None:
    edges = (70, 82, 94, 130, 160)
    for row in range(len(PARTS) + 1):
        space.add_line((70, -80 + 7 * row), (160, -80 + 7 * row), {"layer": "TITLE"})
    for x in edges:
        space.add_line((x, -80), (x, -80 + 7 * len(PARTS)), {"layer": "TITLE"})
    for row, cells in enumerate(PARTS):
        for x, text in zip(edges, cells, strict=False):
            y = -80 + 7 * (len(PARTS) - 1 - row) + 2
            space.add_text(text, dxfattribs={"layer": "TITLE", "height": 2.5, "insert": (x + 1, y)})
