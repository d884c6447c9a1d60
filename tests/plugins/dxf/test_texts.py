"""Texts of every kind: what they say without their formatting, and where they stand."""

import ezdxf
import pytest
from ezdxf.enums import TextEntityAlignment
from ezdxf.math import Vec2
from ezdxf.render import mleader

from pybase_extraction_dxf.wording import plain_mtext
from tests.plugins.dxf.test_reading import extract


@pytest.fixture
def document():
    return ezdxf.new("R2018", setup=True, units=4)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (r"{\c16711680;blue} \C1;red", "blue red"),
        (r"{\Fgdt.shx|c0;n}20", "⌀20"),
        (r"{\fGDT|b0|i0|c2|p0;j}{\fArial|b0;j}", "⌖j"),
        (r"\fAIGDT;x\fArial; 5", "↧ 5"),
        (r"\pi-3,l3,t3;1.^Inote\P\pxqc;centred", "1.\tnote\ncentred"),
        (r"{\W0.8;\T1.1;\Q15;narrow}\Ostriped\o", "narrowstriped"),
        (r"\A1;5{\H0.7x;\S3/8;}\"", '5 3/8\\"'),
        (r"\S1#2; \S+0,1^ 0;", "1/2 +0,1/0"),
        (r"one\Ntwo", "one\ntwo"),
        (r"{\C1no semicolon} and {\C3on}wards\P\pxqc;centred", "no semicolon and onwards\ncentred"),
        (r"\H2.5x;a\H.5;b\Q-15;c\c16711680 d", "abc d"),
        (r"\fArial and nothing more", r"\fArial and nothing more"),
        (r"C:\\temp\\{x\}", r"C:\temp\x}"),
    ],
)
def test_formatting_of_an_mtext(raw, text):
    assert plain_mtext(raw) == text


def test_frames_show_their_symbols(document):
    document.modelspace().new_entity("TOLERANCE", {"content": r"{\Fgdt;j}%%v{\Fgdt;n}0.1{\Fgdt;m}%%vA"})
    assert extract(document).text_blocks[0].text == "⌖|⌀0.1Ⓜ|A"


def test_attributes_of_several_lines_are_whole(document):
    document.blocks.new("NOTE").add_attdef("TEXT", (0, 0))
    space = document.modelspace()
    attribute = space.add_blockref("NOTE", (0, 0)).add_attrib("TEXT", "", (1, 1))
    attribute.set_mtext(space.add_mtext(r"first {\C1;line}\Psecond line"))
    result = extract(document)
    found = next(block for block in result.blocks if block.name == "NOTE").inserts[0].attributes[0]
    assert found.value == "first line\nsecond line"
    assert [text.text for text in result.text_blocks if text.kind == "attribute"] == ["first line\nsecond line"]


def test_attributes_are_texts_where_they_can_be_seen(document):
    document.blocks.new("PART").add_attdef("NAME", (0, 0))
    insert = document.modelspace().add_blockref("PART", (5, 5))
    insert.add_attrib("NAME", "M8x20", (10, 20), {"height": 2})
    insert.add_attrib("PRICE", "hidden", (10, 30), {"flags": 1})
    result = extract(document)
    shown = [text for text in result.text_blocks if text.kind == "attribute"]
    assert [(text.text, text.size) for text in shown] == [("M8x20", 2)]
    # five characters of 0.6 times the height
    assert shown[0].provenance.place.bbox == pytest.approx((10, 20, 16, 22))
    # the value of a field is no callout
    assert result.threads == ()


def test_leaders_with_a_block_give_its_attributes(document):
    block = document.blocks.new("BALLOON")
    block.add_circle((0, 0), 4)
    block.add_attdef("ITEM", (0, 0))
    builder = document.modelspace().add_multileader_block("Standard")
    builder.set_content("BALLOON")
    builder.set_attribute("ITEM", "12")
    builder.add_leader_line(mleader.ConnectionSide.left, [Vec2(-20, -20)])
    builder.build(insert=Vec2(5, 5))
    assert [text.text for text in extract(document).text_blocks if text.kind == "leader"] == ["12"]


def test_leaders_have_height_and_place(document):
    builder = document.modelspace().add_multileader_mtext("Standard")
    builder.set_content("WELD", char_height=3)
    builder.build(insert=Vec2(50, 60))
    leader = next(text for text in extract(document).text_blocks if text.kind == "leader")
    assert leader.size == 3
    x0, y0, x1, y1 = leader.provenance.place.bbox
    assert x0 == pytest.approx(50, abs=5)
    assert (y1 - y0, x1 > x0) == (pytest.approx(3), True)


def only_text(document):
    return extract(document).text_blocks[0]


@pytest.mark.parametrize(
    ("alignment", "box"),
    [
        # four characters, 2 high, 0.6 times as wide: 4.8
        (TextEntityAlignment.LEFT, (10, 20, 14.8, 22)),
        (TextEntityAlignment.RIGHT, (5.2, 20, 10, 22)),
        (TextEntityAlignment.MIDDLE, (7.6, 19, 12.4, 21)),
        (TextEntityAlignment.TOP_CENTER, (7.6, 18, 12.4, 20)),
    ],
)
def test_box_of_an_aligned_text(document, alignment, box):
    document.modelspace().add_text("ABCD", height=2).set_placement((10, 20), align=alignment)
    assert only_text(document).provenance.place.bbox == pytest.approx(box)


def test_text_between_two_points_fills_the_distance(document):
    text = document.modelspace().add_text("AB", height=2)
    text.set_placement((10, 0), (10, 30), align=TextEntityAlignment.FIT)
    found = only_text(document)
    assert found.rotation == pytest.approx(90)
    assert found.provenance.place.bbox == pytest.approx((8, 0, 10, 30))


def test_box_of_mirrored_text_lies_where_the_text_is(document):
    # a plane that is looked at from behind: its x runs to the left
    document.modelspace().add_text("ABCD", height=2, dxfattribs={"insert": (-10, 20), "extrusion": (0, 0, -1)})
    assert only_text(document).provenance.place.bbox == pytest.approx((5.2, 20, 10, 22))


def test_text_written_backwards_in_a_mirrored_plane_reads_from_left_to_right(document):
    attributes = {"insert": (-10, 20), "extrusion": (0, 0, -1), "text_generation_flag": 2}
    document.modelspace().add_text("ABCD", height=2, dxfattribs=attributes)
    found = only_text(document)
    assert found.rotation == pytest.approx(0)
    assert found.provenance.place.bbox == pytest.approx((10, 20, 14.8, 22))


def test_direction_of_an_mtext_turns_its_box(document):
    document.modelspace().add_mtext("ABCD", {"insert": (0, 0), "char_height": 2, "text_direction": (0, 1, 0)})
    found = only_text(document)
    assert found.rotation == pytest.approx(90)
    x0, y0, x1, y1 = found.provenance.place.bbox
    assert (x0, y0, x1) == pytest.approx((0, 0, 2), abs=1e-9)
    assert y1 > 4
