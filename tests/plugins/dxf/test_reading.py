"""What is read of drawings that ezdxf writes: values that the test chose itself."""

import io
import math
import random
import time

import ezdxf
import pytest
from ezdxf.math import Vec2

from pybase_extraction.errors import CorruptedFileError, ExtractionError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import DimensionKind, Severity, ToleranceOrigin
from pybase_extraction.source import Source
from pybase_extraction_dxf.measurement import geometric_measurement
from pybase_extraction_dxf.wording import Decoder, plain_mtext, plain_text
from tests.samples.make_dxf import TITLE, write_sample


def text_of(document):
    stream = io.StringIO()
    document.write(stream)
    encoding = "utf-8" if document.dxfversion >= "AC1021" else document.encoding
    return stream.getvalue().encode(encoding)


def extract(content, name="drawing.dxf", **options):
    data = content if isinstance(content, bytes) else text_of(content)
    registry = ExtractorRegistry.discover()
    chosen = registry.validate_options("dxf", options)
    return registry.extractor("dxf").extract(Source.from_bytes(data, name=name), chosen, ExtractionContext())


def codes(result):
    return {issue.code for issue in result.issues}


@pytest.fixture
def document():
    return ezdxf.new("R2018", setup=True, units=4)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("dxf") / "flange.dxf").read_bytes()


def dimension_of(document, **variables):
    """A horizontal dimension of 100 with variables of its style overridden."""
    override = {"dimlfac": 1, "dimdec": 2, **variables}
    space = document.modelspace()
    space.add_linear_dim((0, 10), (0, 0), (100, 0), override=override).render()
    return extract(document).dimensions[0]


def test_title_block_comes_from_attributes(sample):
    block = extract(sample).title_block
    assert block.drawing_number.value == TITLE["DRAWING_NUMBER"]
    assert (block.revision.value, block.scale.value, block.material.value) == ("B", "1:1", "S355J2")
    assert block.signatures["drawn"].name.value == "M. Keller"
    assert block.page == 1
    assert block.drawing_number.provenance.place.handle


def test_parts_list_comes_from_texts_in_ruled_cells(sample):
    bill = extract(sample).bom
    assert [(item.item, item.quantity, item.part_number, item.description) for item in bill.items] == [
        ("1", 1, "PB-2001-01", "Flange"),
        ("2", 4, "ISO 4017 M10", "Bolt"),
    ]


def test_parts_list_comes_from_inserts_of_one_block(document):
    line = document.blocks.new("BOM_LINE")
    for tag in ("POS", "QTY", "PART_NO"):
        line.add_attdef(tag, (0, 0))
    for at, values in enumerate([("1", "2", "A-1"), ("2", "3", "A-2")]):
        insert = document.modelspace().add_blockref("BOM_LINE", (0, -10 * at))
        insert.add_auto_attribs(dict(zip(("POS", "QTY", "PART_NO"), values, strict=True)))
    result = extract(document)
    assert [(item.part_number, item.quantity) for item in result.bom.items] == [("A-1", 2), ("A-2", 3)]
    assert result.title_blocks == ()


def test_thread_written_as_text_is_read(sample):
    assert [thread.designation for thread in extract(sample).threads] == ["M10×1.5-6H"]


def test_nested_and_multiple_inserts_are_multiplied_whatever_the_case(document):
    document.blocks.new("Bolt").add_circle((0, 0), 1)
    row = document.blocks.new("Row")
    row.add_blockref("BOLT", (0, 0), {"row_count": 2, "column_count": 3})
    space = document.modelspace()
    space.add_blockref("row", (0, 0))
    space.add_blockref("ROW", (9, 0))
    space.add_blockref("bolt", (0, 9))
    blocks = {block.name: block for block in extract(document).blocks}
    # 2 rows of 2 × 3 and one alone
    assert (blocks["Bolt"].insert_count, blocks["Bolt"].total_count) == (2, 13)
    assert blocks["Row"].total_count == 2


def test_block_that_contains_itself_has_no_count(document):
    loop = document.blocks.new("LOOP")
    loop.add_blockref("LOOP", (0, 0))
    document.modelspace().add_blockref("LOOP", (0, 0))
    blocks = {block.name: block for block in extract(document).blocks}
    assert blocks["LOOP"].total_count is None


def test_undefined_block_is_reported(document):
    document.modelspace().add_blockref("NOWHERE", (0, 0))
    assert "block-undefined" in codes(extract(document))


@pytest.mark.parametrize("version", ["R12", "R2000", "R2007", "R2018"])
def test_binary_gives_the_same_as_text(version, tmp_path):
    document = ezdxf.new(version, setup=True)
    space = document.modelspace()
    space.add_line((0, 0), (10, 5), {"layer": "A"})
    space.add_text("Größe %%c10", dxfattribs={"height": 2.5})
    space.add_linear_dim((0, 10), (0, 0), (100, 0)).render()
    document.saveas(tmp_path / "text.dxf")
    document.saveas(tmp_path / "binary.dxf", fmt="bin")
    one, other = (extract((tmp_path / name).read_bytes()) for name in ("text.dxf", "binary.dxf"))
    # the writer gives each file an identifier of its own, in the metadata
    left_out = {"source", "extractor", "metadata"}
    assert one.model_dump(exclude=left_out) == other.model_dump(exclude=left_out)


@pytest.mark.parametrize(
    ("page", "word"),
    [("cp1251", "Чертёж"), ("cp1250", "Łożysko"), ("cp932", "図面"), ("gbk", "零件"), ("cp1252", "Maße")],
)
def test_code_pages(page, word):
    document = ezdxf.new("R2000", setup=True)
    document.encoding = page
    document.modelspace().add_text(word)
    assert extract(text_of(document)).text_blocks[0].text == word


def test_bytes_of_no_encoding_are_reported(document):
    document.modelspace().add_text("MARK")
    result = extract(text_of(document).replace(b"MARK", b"\xff\xfe"))
    assert "text-undecodable" in codes(result)
    assert "�" in result.text_blocks[0].text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (r"{\fArial|b1;Bold} \H2.5x;big\Pnext", "Bold big\nnext"),
        (r"10\S+0.1^-0.2; mm", "10 +0.1/-0.2 mm"),
        (r"1\S1/2;", "1 1/2"),
        (r"m\S2^ ;", "m2"),
        (r"a\~b \{c\} \\d", "a\u00a0b {c} \\d"),
        (r"%%c20 %%p0.1 45%%d \A1;x", "Ø20 ±0.1 45° x"),
        (r"unfinished \H2", "unfinished "),
    ],
)
def test_mtext_loses_its_formatting_and_keeps_stacks(raw, text):
    assert plain_mtext(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"), [("%%uTitle%%u", "Title"), ("50%%%", "50%"), ("%%065", "A"), ("a^Jb", "a\nb"), ("100%", "100%")]
)
def test_text_loses_its_codes(raw, text):
    assert plain_text(raw) == text


def test_escaped_characters_of_east_asian_code_pages():
    # 0x8ABF is 翻 in no page but 932: the page is named by the digit 1
    assert Decoder("AC1015", "ANSI_1252").text(rb"\M+18ABF\U+00D8") == b"\x8a\xbf".decode("cp932") + "Ø"


def test_unit_is_not_assumed():
    result = extract(ezdxf.new("R2018", units=0))
    assert result.length_unit is None
    assert "units-undeclared" in codes(result)
    inches = extract(ezdxf.new("R2018", units=1))
    assert inches.length_unit == "in"


def test_what_the_header_hints_at_is_told_and_not_assumed():
    document = ezdxf.new("R2018", units=0)
    document.header["$LUNITS"], document.header["$MEASUREMENT"] = 4, 0
    result = extract(document)
    message = next(issue.message for issue in result.issues if issue.code == "units-undeclared")
    assert "imperial" in message
    assert "feet and inches" in message
    assert result.length_unit is None


def test_a_unit_that_is_not_known_is_told():
    result = extract(ezdxf.new("R2018", units=18))  # astronomical units
    assert result.length_unit is None
    assert "units-unknown" in codes(result)


@pytest.mark.parametrize("data", [b"hello", b"0\nSECTION\n2\nTHUMBNAILIMAGE\n0\nENDSEC\n0\nEOF\n"])
def test_what_is_no_drawing_says_what_to_do(data):
    with pytest.raises(CorruptedFileError) as caught:
        extract(data)
    assert "save it as DXF" in caught.value.remedy


def test_deviations_of_the_style_are_signed(document):
    found = dimension_of(document, dimtol=1, dimtp=0.2, dimtm=0.1)
    assert (found.nominal, found.upper, found.lower) == (100, 0.2, -0.1)
    assert found.tolerance_origin is ToleranceOrigin.DECLARED
    assert (found.unit, found.measured) == ("mm", 100)


def test_limits_of_the_style(document):
    found = dimension_of(document, dimlim=1, dimtp=0.2, dimtm=0.1)
    assert found.is_limit
    assert found.nominal == 99.9  # 100 - 0.1
    assert (found.lower_limit, found.upper_limit) == (99.9, 100.2)


def test_linear_factor_applies_to_the_measurement(document):
    found = dimension_of(document, dimlfac=0.5)
    assert (found.measured, found.nominal) == (50, 50)


def test_linear_factor_of_an_inch_changes_the_unit(document):
    found = dimension_of(document, dimlfac=1 / 25.4)
    assert found.unit == "in"
    assert math.isclose(found.measured, 100 / 25.4)


def test_alternate_units(document):
    found = dimension_of(document, dimalt=1, dimaltf=1 / 25.4, dimaltd=3)
    assert (found.alternate.nominal, found.alternate.unit) == (3.937, "in")


def test_negative_gap_frames_a_basic_dimension(document):
    assert dimension_of(document, dimgap=-0.6).is_basic


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<>", {"text_override": None, "nominal": 100, "measured": 100}),
        ("99.5", {"text_override": "99.5", "nominal": 99.5, "measured": 100}),
        ("%%c<> H7", {"kind": DimensionKind.DIAMETER, "nominal": 100, "measured": 100, "upper": 0.035, "lower": 0}),
        ("2x <>", {"quantity": 2, "nominal": 100}),
        ("<> %%p0.1", {"upper": 0.1, "lower": -0.1, "nominal": 100}),
        ("SEE TABLE", {"nominal": None, "measured": 100, "text_override": "SEE TABLE"}),
        (" ", {"nominal": None, "measured": 100, "text_override": " "}),
    ],
)
def test_text_over_a_measurement(document, text, expected):
    space = document.modelspace()
    override = {"dimlfac": 1, "dimdec": 2}
    space.add_linear_dim((0, 10), (0, 0), (100, 0), text=text, override=override).render()
    found = extract(document).dimensions[0]
    assert {name: getattr(found, name) for name in expected} == expected


def vectors(**places):
    """Group codes of points: ``p13=(x, y)``."""
    found = {}
    for name, (x, y) in places.items():
        code = int(name[1:])
        found |= {code: repr(x).encode(), code + 10: repr(y).encode()}
    return found


@pytest.mark.parametrize(("point", "degrees"), [((2, 1), 45), ((-1, 3), 135), ((-2, -1), 45), ((1, -3), 135)])
def test_angle_between_two_lines_is_that_of_the_sector_with_the_arc(point, degrees):
    lines = vectors(p13=(1.0, 0.0), p14=(5.0, 0.0), p15=(1.0, 1.0), p10=(5.0, 5.0), p16=point)
    assert math.isclose(geometric_measurement("DIMENSION", {70: b"34", **lines}), degrees)


def test_angle_of_three_points_may_exceed_a_half_turn():
    points = vectors(p15=(0.0, 0.0), p13=(1.0, 0.0), p14=(0.0, 1.0), p10=(-1.0, -1.0))
    assert math.isclose(geometric_measurement("DIMENSION", {70: b"37", **points}), 270)


@pytest.mark.parametrize(("flags", "value"), [(6, 4.0), (6 | 64, 3.0)])
def test_ordinates_are_distances_along_their_axis(flags, value):
    points = vectors(p10=(1.0, 1.0), p13=(4.0, 5.0))
    assert geometric_measurement("DIMENSION", {70: str(flags).encode(), **points}) == value


def test_rotated_dimension_measures_along_its_angle():
    points = vectors(p13=(0.0, 0.0), p14=(3.0, 4.0))
    assert math.isclose(geometric_measurement("DIMENSION", {70: b"0", 50: b"90", **points}), 4)
    assert math.isclose(geometric_measurement("DIMENSION", {70: b"1", **points}), 5)  # aligned: 3, 4, 5


def test_geometry_stands_in_for_a_measurement_of_minus_one(document):
    dimension = document.modelspace().add_linear_dim((0, 10), (0, 0), (100, 0), override={"dimlfac": 1})
    dimension.render()
    dimension.dimension.dxf.actual_measurement = -1
    assert extract(document).dimensions[0].measured == 100


def test_missing_style_is_reported(document):
    dimension = document.modelspace().add_linear_dim((0, 10), (0, 0), (100, 0))
    dimension.render()
    dimension.dimension.dxf.dimstyle = "LOST"
    del dimension.dimension.dxf.geometry
    dimension.dimension.discard_xdata("ACAD")
    dimension.dimension.dxf.actual_measurement = 100.123456
    result = extract(document)
    assert "dimension-style-missing" in codes(result)
    found = result.dimensions[0]
    # how the style would round and write it is not known
    assert (found.measured, found.nominal, found.decimals, found.displayed) == (100.123456, 100.123456, None, None)


def test_layers_tell_their_state(document):
    layer = document.layers.add("Hidden", color=3, lineweight=35)
    layer.off()
    layer.freeze()
    layer.lock()
    layer.rgb = (1, 2, 255)
    layer.dxf.plot = 0
    document.modelspace().add_line((0, 0), (3, 4), {"layer": "HIDDEN"})
    found = next(layer for layer in extract(document, extract_geometry=True).layers if layer.name == "Hidden")
    assert not found.is_on
    assert (found.is_frozen, found.is_locked, found.is_plotted) == (True, True, False)
    assert (found.color, found.rgb, found.lineweight) == (3, "#0102ff", 0.35)
    assert (found.entity_count, found.length) == (1, 5)


def test_sheets_have_size_and_viewports(document):
    sheet = document.layout("Layout1")
    sheet.page_setup(size=(420, 297), margins=(0, 0, 0, 0), units="mm")
    sheet.add_viewport(center=(100, 100), size=(80, 50), view_center_point=(7, 8), view_height=500)
    sheet.add_text("ON SHEET")
    page = next(page for page in extract(document).pages if page.label == "Layout1")
    assert (page.kind, page.width, page.height, page.size_name) == ("paper", 420, 297, "A3")
    view = page.viewports[-1]
    assert view.scale == 0.1  # 50 of 500
    assert view.center == (7, 8)
    assert view.bbox == (60, 75, 140, 125)


def test_extents_follow_arcs_and_inserts(document):
    space = document.modelspace()
    space.add_arc((0, 0), 10, 0, 90)
    document.blocks.new("B", base_point=(1, 0)).add_line((1, 0), (3, 0))
    space.add_blockref("B", (20, 0), {"xscale": 2, "rotation": 90})
    # the arc spans 0..10 both ways; the line, moved to 0..2, doubled and turned, 20 and 0..4
    assert extract(document).geometry_summary.extents == pytest.approx((0, 0, 20, 10))


def test_hatches_and_images_are_counted(document):
    space = document.modelspace()
    space.add_hatch().paths.add_polyline_path([(0, 0), (1, 0), (1, 1)])
    image = document.add_image_def("photo.png", (10, 10))
    space.add_image(image, (0, 0), (1, 1))
    result = extract(document)
    assert result.geometry_summary.counts == {"HATCH": 1, "IMAGE": 1}
    assert [(item.name, item.kind) for item in result.attachments] == [("photo.png", "image")]


def test_external_references_are_named(document):
    document.add_xref_def("site/plan.dwg", "PLAN")
    result = extract(document)
    block = next(block for block in result.blocks if block.name == "PLAN")
    assert (block.is_xref, block.xref_path) == (True, "site/plan.dwg")
    assert [item.kind for item in result.attachments] == ["xref"]


def test_tolerance_frame_is_read(document):
    document.modelspace().new_entity("TOLERANCE", {"content": r"{\Fgdt;j}%%v{\Fgdt;n}0.1%%vA%%vB"})
    frame = extract(document).feature_control_frames[0]
    assert frame.characteristic == "position"
    assert (frame.zones[0].value, frame.zones[0].shape) == (0.1, "diameter")
    assert [datum.letters for datum in frame.zones[0].datums] == [("A",), ("B",)]


def test_leader_text_is_read(document):
    builder = document.modelspace().add_multileader_mtext("Standard")
    builder.set_content("WELD ALL AROUND")
    builder.build(insert=Vec2(5, 5))
    assert [text.text for text in extract(document).text_blocks if text.kind == "leader"] == ["WELD ALL AROUND"]


def test_table_cells_and_spans():
    cells = "".join(
        f"171\n1\n173\n{covered}\n175\n{columns}\n176\n1\n1\n{text}\n"
        for covered, columns, text in [
            (0, 2, "Parts"), (1, 1, ""),
            (0, 1, "Item"), (0, 1, "Description"),
            (0, 1, "1"), (0, 1, r"{\fArial|b1;Bolt}"),
        ]
    )  # fmt: skip
    data = (
        "0\nSECTION\n2\nENTITIES\n0\nACAD_TABLE\n5\nA1\n8\n0\n100\nAcDbTable\n91\n3\n92\n2\n"
        + cells
        + "0\nENDSEC\n0\nEOF\n"
    )
    result = extract(data.encode())
    table = result.tables[0]
    assert table.rows == (("Parts", None), ("Item", "Description"), ("1", "Bolt"))
    assert (table.caption, table.cells[0].column_span) == ("Parts", 2)
    assert [item.description for item in result.bom.items] == ["Bolt"]


@pytest.mark.parametrize(
    ("option", "section"),
    [
        ("extract_layers", "layers"),
        ("extract_blocks", "blocks"),
        ("extract_dimensions", "dimensions"),
        ("extract_text", "text_blocks"),
        ("extract_title_block", "title_blocks"),
        ("extract_title_block", "boms"),
    ],
)
def test_what_is_not_asked_for_is_not_read(sample, option, section):
    assert getattr(extract(sample), section)
    assert not getattr(extract(sample, **{option: False}), section)


def test_geometry_is_given_on_request(sample):
    assert extract(sample).entities == ()
    circles = [item for item in extract(sample, extract_geometry=True).entities if item.type == "CIRCLE"]
    assert {circle.geometry["radius"] for circle in circles} == {60, 20}


@pytest.mark.parametrize(("option", "left"), [("include_model_space", ["SHEET"]), ("include_paper_space", ["MODEL"])])
def test_spaces_can_be_left_out(document, option, left):
    document.modelspace().add_text("MODEL")
    document.layout("Layout1").add_text("SHEET")
    result = extract(document, **{option: False})
    assert [text.text for text in result.text_blocks] == left


def test_layer_filter_keeps_attributes_with_their_insert(sample):
    result = extract(sample, layer_filter=["title"])
    assert result.title_block.drawing_number.value == TITLE["DRAWING_NUMBER"]
    assert set(result.geometry_summary.counts) == {"INSERT", "LINE", "MTEXT", "TEXT"}
    assert result.dimensions == ()


@pytest.mark.parametrize(("lost", "code"), [("ENDSEC", "section-unclosed"), ("EOF", "cut-off")])
def test_missing_ends_are_reported(sample, lost, code):
    lines = sample.decode().splitlines(keepends=True)
    at = len(lines) - 1 - next(n for n, line in enumerate(reversed(lines)) if line.strip() == lost)
    result = extract("".join(lines[: at - 1] + lines[at + 1 :]).encode())
    assert code in codes(result)
    assert result.is_partial
    assert result.dimensions


def test_lost_line_is_repaired_and_told(sample):
    lines = sample.decode().splitlines(keepends=True)
    at = lines.index("CIRCLE\n") + 4
    result = extract("".join(lines[:at] + lines[at + 1 :]).encode())
    assert codes(result) & {"repaired", "cut-off"}


def mutated(data, seed):
    """One damaged copy: cut, bits flipped, lines lost, or a count blown up."""
    chance = random.Random(seed)
    kind = seed % 4
    if kind == 0:
        return data[: chance.randrange(len(data))]
    if kind == 1:
        found = bytearray(data)
        for _ in range(chance.randrange(1, 30)):
            found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
        return bytes(found)
    lines = data.split(b"\n")
    if kind == 2:
        for _ in range(chance.randrange(1, 6)):
            del lines[chance.randrange(len(lines))]
        return b"\n".join(lines)
    for _ in range(20):
        at = chance.randrange(len(lines) // 2) * 2
        if lines[at].strip() in {b"70", b"71", b"90", b"91", b"92", b"73", b"1070"}:
            lines[at + 1] = b"2147483647"
    return b"\n".join(lines)


def survive(data):
    started = time.monotonic()
    try:
        result = extract(data)
    except ExtractionError as error:
        assert "drawing.dxf" in str(error)  # noqa: PT017 -- either outcome is right
    else:
        assert result.model_dump_json()
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("seed", range(24))
def test_damage_gives_a_result_or_a_typed_error(sample, seed):
    survive(mutated(sample, seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24, 200))
def test_more_damage_gives_a_result_or_a_typed_error(sample, seed):
    survive(mutated(sample, seed))


def test_file_cut_in_half_says_so(sample):
    result = extract(sample[: len(sample) * 3 // 4])
    assert any(issue.severity is Severity.ERROR for issue in result.issues)


@pytest.mark.parametrize("first", [b"0", b"  0"])
def test_a_byte_order_mark_is_no_group_code(first):
    rest = b"\nSECTION\n2\nENTITIES\n0\nTEXT\n8\nA\n10\n0\n20\n0\n40\n2.5\n1\nhi\n0\nENDSEC\n0\nEOF\n"
    result = extract(b"\xef\xbb\xbf" + first + rest)
    assert [text.text for text in result.text_blocks] == ["hi"]
    assert "repaired" not in codes(result)
