"""States that decide what a drawing shows: layers frozen in a view, transparency, dynamic blocks, clips, columns."""

import ezdxf
import pytest
from ezdxf.xclip import XClip

from tests.plugins.dxf.test_reading import codes, extract


@pytest.fixture
def document():
    return ezdxf.new("R2018", setup=True, units=4)


@pytest.mark.parametrize("version", ["R12", "R2000", "R2018"])
def test_a_view_names_the_layers_that_it_does_not_show(version):
    document = ezdxf.new(version, setup=True)
    for name in ("Walls", "Pipes", "Notes"):
        document.layers.add(name)
    sheet = document.layout("Layout1")
    sheet.add_viewport((100, 100), (100, 80), (0, 0), 800).frozen_layers = ["Pipes", "Notes"]
    sheet.add_viewport((300, 100), (100, 80), (0, 0), 800)
    views = extract(document).pages[1].viewports
    assert [set(view.frozen_layers) for view in views] == [{"Pipes", "Notes"}, set()]


def test_transparency_of_layers_and_entities(document):
    glass = document.layers.add("Glass")
    glass.transparency = 0.5
    space = document.modelspace()
    space.add_circle((0, 0), 1, {"layer": "Glass"})
    space.add_circle((0, 0), 2).transparency = 0.2
    result = extract(document, extract_geometry=True)
    layers = {layer.name: layer.transparency for layer in result.layers}
    # opacity is stored in 255 steps
    assert layers["Glass"] == pytest.approx(0.5, abs=1 / 255)
    assert layers["0"] is None
    assert result.entities[0].transparency is None
    assert result.entities[1].transparency == pytest.approx(0.2, abs=1 / 255)


def test_a_dynamic_block_counts_in_all_its_states(document):
    for name in ("Door", "*U1", "*U2", "Frame"):
        document.blocks.new(name).add_line((0, 0), (1, 0))
    source = document.blocks.get("Door").block_record_handle
    for name in ("*U1", "*U2"):
        record = document.blocks.get(name).block_record
        record.set_xdata("AcDbBlockRepBTag", [(1070, 1), (1005, source)])
    document.appids.add("AcDbBlockRepBTag")
    space = document.modelspace()
    for name, count in (("Door", 1), ("*U1", 2), ("*U2", 3), ("Frame", 2)):
        for at in range(count):
            space.add_blockref(name, (at, 0))
    document.blocks.get("Frame").add_blockref("*U1", (0, 0))
    blocks = {block.name: block for block in extract(document).blocks}
    # 1 of its own, 2 + 2 (in two frames) of the first state, 3 of the second
    assert blocks["Door"].dynamic_count == 8
    assert blocks["Door"].total_count == 1
    assert blocks["*U1"].dynamic_name == "Door"
    assert [blocks[name].dynamic_count for name in ("*U1", "Frame")] == [None, None]


def test_clipped_inserts_are_told(document):
    document.blocks.new("Detail").add_line((0, 0), (9, 9))
    space = document.modelspace()
    assert "insert-clipped" not in codes(extract(document))
    XClip(space.add_blockref("Detail", (0, 0))).set_block_clipping_path([(1, 1), (4, 4)])
    off = XClip(space.add_blockref("Detail", (50, 0)))
    off.set_block_clipping_path([(1, 1), (4, 4)])
    off.disable_clipping()
    found = [issue for issue in extract(document).issues if issue.code == "insert-clipped"]
    assert [issue.count for issue in found] == [1]


@pytest.mark.parametrize("version", ["R2000", "R2007", "R2018"])
def test_columns_of_a_text_are_one_text(version):
    document = ezdxf.new(version, setup=True)
    space = document.modelspace()
    space.add_text("Before")
    space.add_mtext_static_columns(["First column, ", "second, ", "third."], 50, 5, 20)
    space.add_mtext("Behind")
    texts = [text.text for text in extract(document).text_blocks]
    assert [" ".join(text.split()) for text in texts] == ["Before", "First column, second, third.", "Behind"]
