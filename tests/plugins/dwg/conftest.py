"""A drawing that the tests make themselves, with the library's own writer."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An R2000 drawing: a plate with holes, dimensions, a note, and a title block with attributes on its sheet."""
    import ezdwg

    made = ezdwg.new()
    made.header["insunits"] = 4
    model = made.modelspace()
    model.add_lwpolyline([(0, 0), (120, 0), (120, 80), (0, 80)], closed=True)
    for x in (20, 100):
        model.add_circle((x, 40), radius=6)
    model.add_linear_dim((60, -15), (0, 0), (120, 0))
    model.add_linear_dim((-15, 40), (0, 0), (0, 80), angle=90)
    model.add_diameter_dim((20, 40), 6)
    model.add_ordinate_dim((100, 40), (100, 100))
    model.add_text("4x M6-6H", (130, 60), height=3.5)
    model.add_mtext("All edges {\\fArial|b1;chamfered}\\PISO 2768-mK", (130, 40), char_height=3.5)
    title = made.blocks.new("TITLE")
    title.add_line((0, 0), (180, 0))
    for at, tag in enumerate(("DRAWING_NO", "TITLE", "REV", "SCALE")):
        title.add_attdef(tag, "", (0, 10 * at), height=3.5)
    made.set_paper(420, 297)
    placed = made.paperspace().add_blockref("TITLE", (230, 10))
    for at, (tag, text) in enumerate(
        (("DRAWING_NO", "P-4711"), ("TITLE", "Base plate"), ("REV", "B"), ("SCALE", "1:2"))
    ):
        made.paperspace().add_attrib(placed, tag, text, (230, 10 + 10 * at), height=3.5)
    path = tmp_path_factory.mktemp("dwg") / "plate.dwg"
    made.save(str(path))
    return path
