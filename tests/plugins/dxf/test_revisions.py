"""Revisions and geolocation of drawings that the tests write themselves."""

import ezdxf
import pytest

from tests.plugins.dxf.test_reading import codes, extract, text_of

LINES = [("A", "First issue", "2026-01-05", "KM"), ("B", "Hole 12 was 10", "2026-02-01", "LS")]


@pytest.fixture
def document():
    return ezdxf.new("R2018", setup=True, units=4)


def lines_of(result):
    return [(line.index, line.description, line.date, line.author) for line in result.revisions]


def insert(document, name, values, at):
    block = document.blocks.get(name) or document.blocks.new(name)
    reference = document.modelspace().add_blockref(name, at)
    for tag, value in values.items():
        if not block.get_attdef(tag):
            block.add_attdef(tag, (0, 0))
        reference.add_attrib(tag, value, at)


def test_inserts_of_one_block_are_revisions_and_no_title_block(document):
    for at, line in enumerate(LINES):
        insert(document, "REVLINE", dict(zip(("REV", "DESCRIPTION", "DATE", "BY"), line, strict=True)), (0, 8 * at))
    result = extract(document)
    assert lines_of(result) == LINES
    assert result.title_blocks == ()
    assert all(line.provenance.place.handle for line in result.revisions)


def test_numbered_attributes_of_the_title_block_are_revisions(document):
    values = {"DRAWING_NUMBER": "X-1", "TITLE": "Flange", "SCALE": "1:1", "REV": "B"}
    for number, line in enumerate(LINES, 1):
        values |= dict(zip((f"REV{number}", f"DESC{number}", f"DATE{number}", f"BY{number}"), line, strict=True))
    values |= {"REV3": "", "DESC3": "", "DATE3": "", "BY3": ""}
    insert(document, "TITLE", values, (0, 0))
    result = extract(document)
    assert lines_of(result) == LINES
    assert result.title_block.revision.value == "B"


@pytest.mark.parametrize("grows_upwards", [False, True])
def test_texts_in_ruled_cells_are_revisions(document, grows_upwards):
    rows = [("REV", "DESCRIPTION", "DATE", "BY"), *LINES]
    space, columns = document.modelspace(), (0, 20, 100, 140, 160)
    for at, row in enumerate(rows):
        y = (10 if grows_upwards else -10) * at
        for left, text in zip(columns, row, strict=False):
            space.add_text(text, height=2.5, dxfattribs={"insert": (left + 1, y + 3)})
        for left in columns:
            space.add_line((left, y), (left, y + 10))
        for level in (y, y + 10):
            space.add_line((0, level), (160, level))
    result = extract(document)
    assert lines_of(result) == LINES
    assert [table.role for table in result.tables] == ["revisions"]
    assert result.boms == ()


def test_a_table_entity_holds_revisions(document):
    # ezdxf writes no ACAD_TABLE: the tags are those of the DXF reference
    rows = [("REV", "DESCRIPTION", "DATE", "BY"), *LINES]
    tags = ["0", "ACAD_TABLE", "5", "FF0", "8", "0", "100", "AcDbEntity", "100", "AcDbBlockReference", "2", "*T1",
            "10", "0", "20", "0", "30", "0", "100", "AcDbTable", "91", "3", "92", "4"]  # fmt: skip
    for text in (text for row in rows for text in row):
        tags += ["171", "1", "172", "0", "173", "0", "174", "0", "175", "1", "176", "1", "1", text]
    data = text_of(document)
    place = data.index(b"  0\nENDSEC", data.index(b"\nENTITIES\n"))
    result = extract(data[:place] + "\n".join([*tags, ""]).encode() + data[place:])
    assert lines_of(result) == LINES


GEODATA = """0
GEODATA
5
FF1
100
AcDbGeoData
90
3
70
2
10
500.0
20
700.0
30
0.0
40
{factor}
91
6
12
0.6
22
0.8
303
<Dictionary><ProjectedCoordinateSystem id="UTM84-32N"><Description>WGS84 UTM</Descr
301
iption><DatumId>WGS84</DatumId><Axis uom="METER"></Axis></ProjectedCoordinateSystem>\
<Alias id="32632" type="CoordinateSystem"><ObjectId>UTM84-32N</ObjectId><Namespace>EPSG Code</Namespace></Alias>
302
<georss:point>48.1 11.5</georss:point>
"""


def with_geodata(document, factor):
    data = text_of(document)
    place = data.index(b"  0\nENDSEC", data.index(b"\nOBJECTS\n"))
    return data[:place] + GEODATA.format(factor=factor).encode() + data[place:]


def test_geodata_says_where_the_drawing_stands(document):
    result = extract(with_geodata(document, 0.001))
    found = result.georeference
    assert (found.crs, found.crs_description, found.geodetic_datum) == ("EPSG:32632", "WGS84 UTM", "WGS84")
    assert (found.latitude, found.longitude, found.true_north, found.map_unit) == (48.1, 11.5, (0.6, 0.8), "m")
    assert (found.eastings, found.rotation) == (None, None)
    assert result.metadata["geolocation"]["design_point"] == (500.0, 700.0, 0.0)
    assert result.metadata["geolocation"]["coordinates"] == "projected grid"
    assert "geolocation-unit" not in codes(result)


def test_a_geolocation_in_another_unit_is_told(document):
    assert "geolocation-unit" in codes(extract(with_geodata(document, 1.0)))
