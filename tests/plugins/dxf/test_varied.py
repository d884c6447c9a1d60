"""Drawings of every version, code page and encoding that ezdxf writes, read as ezdxf reads them."""

import io
from collections import Counter

import ezdxf
import pytest
from ezdxf.enums import TextEntityAlignment

from tests.plugins.dxf.test_reading import extract, text_of

VERSIONS = ["R12", "R2000", "R2004", "R2007", "R2010", "R2013", "R2018"]
WORDS = {"cp1252": "Größe Ø", "cp1250": "Łożysko", "cp1251": "Чертёж", "cp932": "図面", "gbk": "零件",
         "cp1253": "Σχέδιο"}  # fmt: skip
LIST = [("POS", "QTY", "PART_NO", "MATERIAL", "VENDOR"), ("1", "2", "A-1", "S235", "X"), ("2", "AR", "A-2", "C45", "Y"),
        ("3", "3", "A-1", "S235", "X")]  # fmt: skip


def varied(version, encoding="cp1252"):
    """A drawing with every kind of entity that its version has."""
    document = ezdxf.new(version, setup=True, units=4)
    document.encoding = encoding
    word = WORDS[encoding]
    space = document.modelspace()
    for at, add in enumerate((space.add_line, space.add_line)):
        add((at, 0), (at, 5), {"layer": word})
    space.add_circle((0, 0), 3)
    space.add_arc((0, 0), 3, 10, 70, dxfattribs={"extrusion": (0, 0, -1)})
    space.add_polyline2d([(0, 0), (4, 0), (4, 3)], close=True)
    space.add_text(word, height=2).set_placement((1, 2), align=TextEntityAlignment.MIDDLE_CENTER)
    space.add_text("%%uA%%u %%c5 %%p0.1", height=2)
    block = document.blocks.new("PART")
    block.add_circle((0, 0), 1)
    block.add_attdef("NAME", (0, 0))
    outer = document.blocks.new("OUTER")
    outer.add_blockref("PART", (1, 1))
    space.add_blockref("part", (5, 5)).add_auto_attribs({"NAME": word})
    space.add_blockref("OUTER", (9, 9), {"row_count": 2, "column_count": 3, "row_spacing": 4, "column_spacing": 4})
    space.add_linear_dim((0, 10), (0, 0), (12.5, 0), override={"dimlfac": 1}).render()
    space.add_radius_dim((0, 0), radius=4, angle=30, override={"dimlfac": 1}).render()
    sheet = document.layout("Layout1")
    sheet.add_text("on the sheet", height=3)
    if version != "R12":
        space.add_mtext(f"{{\\fArial|b1;{word}}}\\Pline two", {"char_height": 2})
        space.add_lwpolyline([(0, 0, 1), (5, 0, 0)], format="xyb")
        space.add_ellipse((0, 0), (4, 0), 0.5)
        space.add_hatch().paths.add_polyline_path([(0, 0), (1, 0), (1, 1)])
    return document


def written(document, form):
    if form == "text":
        return text_of(document)
    stream = io.BytesIO()
    document.write(stream, fmt="bin")
    return stream.getvalue()


def plain(entity):
    return entity.plain_text().strip()


def compare(document, result):
    for layout in document.layouts:
        counts = Counter(entity.dxftype() for entity in layout)
        assert Counter(result.geometry_summary.counts_by_layout[layout.name]) == counts
        texts = Counter(
            (text.text, text.kind) for text in result.text_blocks if text.provenance.place.layout == layout.name
        )
        expected = Counter((plain(entity), entity.dxftype().lower()) for entity in layout.query("TEXT MTEXT"))
        expected += Counter((plain(item), "attribute") for insert in layout.query("INSERT") for item in insert.attribs)
        assert texts == expected
    assert {layer.name for layer in result.layers} == {layer.dxf.name for layer in document.layers}
    measured = [dimension.get_measurement() for dimension in document.modelspace().query("DIMENSION")]
    assert [dimension.measured for dimension in result.dimensions] == pytest.approx(measured)


@pytest.mark.parametrize("form", ["text", "binary"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version(version, form):
    document = varied(version)
    result = extract(written(document, form))
    compare(document, result)
    totals = {block.name: block.total_count for block in result.blocks}
    assert (totals["PART"], totals["OUTER"]) == (7, 6)  # 1 and 2 × 3


@pytest.mark.parametrize("form", ["text", "binary"])
@pytest.mark.parametrize("encoding", WORDS)
def test_every_code_page(encoding, form):
    document = varied("R2000", encoding)
    compare(document, extract(written(document, form)))


def listed(**options):
    document = ezdxf.new("R2018", setup=True, units=4)
    block = document.blocks.new("LINE_OF_LIST")
    for tag in LIST[0]:
        block.add_attdef(tag, (0, 0))
    for row, values in enumerate(LIST[1:]):
        insert = document.modelspace().add_blockref("LINE_OF_LIST", (0, -8 * row))
        insert.add_auto_attribs(dict(zip(LIST[0], values, strict=True)))
    return extract(document, **options)


def test_options_of_parts_lists_have_an_effect():
    whole = listed().bom.items
    assert [(item.part_number, item.quantity, item.material) for item in whole] == [
        ("A-1", 2, "S235"),
        ("A-2", None, "C45"),
        ("A-1", 3, "S235"),
    ]
    assert [(i.part_number, i.quantity) for i in listed(merge_duplicates=True).bom.items] == [("A-1", 5), ("A-2", None)]
    assert {item.quantity for item in listed(include_quantities=False).bom.items} == {None}
    assert {item.material for item in listed(include_materials=False).bom.items} == {None}
    assert [item.properties for item in whole] != [
        item.properties for item in listed(include_properties=False).bom.items
    ]
    assert len(listed(hierarchy_mode="flattened").bom.items) == 2
    assert len(listed(max_depth=1).bom.items) == 3
    told, untold = ({issue.code for issue in listed(validate_quantities=check).issues} for check in (True, False))
    assert told > untold
