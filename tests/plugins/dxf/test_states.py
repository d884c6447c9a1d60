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


def _ruled(block, at, words):
    """Cells of 60 x 10 below each other with a text in each, from a corner upwards."""
    x, y = at
    for row in range(len(words) + 1):
        block.add_line((x, y + 10 * row), (x + 60, y + 10 * row))
    block.add_line((x, y), (x, y + 10 * len(words)))
    block.add_line((x + 60, y), (x + 60, y + 10 * len(words)))
    for row, word in enumerate(words):
        block.add_text(word, height=3, dxfattribs={"insert": (x + 3, y + 10 * row + 3)})


@pytest.mark.parametrize(
    ("placed", "expected"),
    [
        ({}, (2, 3, 6, 8)),
        # scaled by two, turned by a quarter: x becomes -2 y + 100, y becomes 2 x
        ({"xscale": 2, "yscale": 2, "rotation": 90}, (100 - 2 * 8, 2 * 2, 100 - 2 * 3, 2 * 6)),
    ],
)
def test_extents_are_those_of_what_a_clip_shows(document, placed, expected):
    document.blocks.new("Detail").add_lwpolyline([(0, 0), (20, 0), (20, 20), (0, 20)], close=True)
    insert = document.modelspace().add_blockref("Detail", (100, 0) if placed else (0, 0), placed)
    XClip(insert).set_block_clipping_path([(2, 3), (6, 8)])
    assert extract(document).geometry_summary.extents == pytest.approx(expected)


def test_a_clip_around_the_whole_block_changes_nothing(document):
    document.blocks.new("Detail").add_circle((5, 5), 2)
    XClip(document.modelspace().add_blockref("Detail", (0, 0))).set_block_clipping_path([(-9, -9), (99, 99)])
    assert extract(document).geometry_summary.extents == pytest.approx((3, 3, 7, 7))


@pytest.mark.parametrize(
    ("window", "expected"),
    [(((-10, -10), (100, 100)), ("A-100", "Bracket")), (((490, -10), (600, 100)), ("B-200", "Cover"))],
)
def test_what_a_clip_hides_is_in_no_title_block(document, window, expected):
    sheet = document.blocks.new("Sheet")
    _ruled(sheet, (0, 0), ["DRAWING NO: A-100", "TITLE: Bracket", "SCALE: 1:5"])
    _ruled(sheet, (500, 0), ["DRAWING NO: B-200", "TITLE: Cover", "SCALE: 1:2"])
    XClip(document.modelspace().add_blockref("Sheet", (0, 0))).set_block_clipping_path(window)
    titles = extract(document).title_blocks
    assert [(title.drawing_number.value, title.title.value) for title in titles] == [expected]


def test_inverted_clips_are_told_and_not_applied(document):
    document.blocks.new("Detail").add_line((0, 0), (9, 9))
    clip = XClip(document.modelspace().add_blockref("Detail", (0, 0)))
    clip.set_block_clipping_path([(1, 1), (4, 4)])
    clip.invert_clipping_path([(0, 0), (9, 9)], ignore_acad_compatibility=True)
    result = extract(document)
    assert "clip-not-applied" in codes(result)
    assert "insert-clipped" not in codes(result)
    assert result.geometry_summary.extents == pytest.approx((0, 0, 9, 9))
