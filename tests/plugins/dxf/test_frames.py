"""Title blocks whose frame, labels or values come from an inserted block."""

import ezdxf
import pytest

from tests.plugins.dxf.test_reading import extract

LANGUAGES = {
    "en": {"DWG NO": "P-100-7", "TITLE": "Bearing cover", "SCALE": "1:2", "DATE": "2026-03-14"},
    "de": {"Zeichnungs-Nr.": "P-100-7", "Benennung": "Lagerdeckel", "Maßstab": "1:2", "Datum": "14.03.2026"},
    "fr": {"N° de plan": "P-100-7", "Titre": "Couvercle", "Échelle": "1:2", "Date": "14.03.2026"},
    "es": {"N.º de plano": "P-100-7", "Título": "Tapa", "Escala": "1:2", "Fecha": "14.03.2026"},
    "zh": {"图号": "P-100-7", "名称": "轴承盖", "比例": "1:2", "日期": "2026-03-14"},
}


def draw_frame(space, fields, values=True):
    """Cells of 60 × 12, a label of 2.5 at the top of each and its value of 4 below."""
    for at in range(len(fields) + 1):
        space.add_line((0, 12 * at), (60, 12 * at))
    space.add_line((0, 0), (0, 12 * len(fields)))
    space.add_line((60, 0), (60, 12 * len(fields)))
    for row, (label, value) in enumerate(fields.items()):
        space.add_text(label, height=2.5, dxfattribs={"insert": (1, 12 * row + 8.5)})
        if values:
            space.add_text(value, height=4, dxfattribs={"insert": (3, 12 * row + 2)})


def checked(document):
    block = extract(document).title_block
    assert (block.drawing_number.value, block.scale.value) == ("P-100-7", "1:2")
    assert block.title.value
    assert block.date.value
    return block


@pytest.fixture
def document():
    return ezdxf.new("R2018", setup=True, units=4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_frame_with_its_texts_in_a_block(document, language):
    draw_frame(document.blocks.new("FRAME", base_point=(5, 5)), LANGUAGES[language])
    document.layout("Layout1").add_blockref("FRAME", (300, 20), {"xscale": 0.5, "yscale": 0.5})
    block = checked(document)
    assert block.drawing_number.provenance.place.layout == "Layout1"
    # the first cell is 60 × 12, halved and moved from (5, 5) to (300, 20)
    x0, y0, x1, y1 = block.drawing_number.provenance.place.bbox
    assert 297.5 <= x0 < x1 <= 327.5
    assert 17.5 <= y0 < y1 <= 23.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_frame_in_a_block_and_values_on_the_sheet(document, language):
    fields = LANGUAGES[language]
    draw_frame(document.blocks.new("FRAME"), fields, values=False)
    space = document.modelspace()
    space.add_blockref("FRAME", (100, 0))
    for row, value in enumerate(fields.values()):
        space.add_text(value, height=4, dxfattribs={"insert": (103, 12 * row + 2)})
    checked(document)


def test_attributes_with_tags_that_say_nothing_are_read_by_the_labels_beside_them(document):
    fields = LANGUAGES["de"]
    block = document.blocks.new("FRAME")
    draw_frame(block, fields, values=False)
    for row in range(len(fields)):
        block.add_attdef(f"X{row}", (3, 12 * row + 2), dxfattribs={"height": 4})
    insert = document.modelspace().add_blockref("FRAME", (0, 0))
    insert.add_auto_attribs({f"X{row}": value for row, value in enumerate(fields.values())})
    checked(document)


def test_a_frame_inside_of_another_block_turned_by_a_quarter(document):
    draw_frame(document.blocks.new("FRAME"), LANGUAGES["en"])
    outer = document.blocks.new("SHEET")
    outer.add_blockref("FRAME", (10, 10))
    outer.add_lwpolyline([(0, 0), (400, 0), (400, 200), (0, 200)], close=True)
    document.modelspace().add_blockref("SHEET", (0, 0), {"xscale": 10, "yscale": 10})
    checked(document)


def test_blocks_that_are_not_inserted_give_nothing(document):
    draw_frame(document.blocks.new("FRAME"), LANGUAGES["en"])
    assert extract(document).title_blocks == ()


def test_a_symbol_that_stands_everywhere_is_no_frame(document):
    draw_frame(document.blocks.new("FRAME"), LANGUAGES["en"])
    for at in range(21):
        document.modelspace().add_blockref("FRAME", (100 * at, 0))
    assert extract(document).title_blocks == ()


def test_a_parts_list_in_a_block(document):
    rows = [("Pos.", "Qty", "Part number", "Description"), ("1", "2", "A-1", "Bolt"), ("2", "4", "A-2", "Nut")]
    block = document.blocks.new("LIST")
    for row, cells in enumerate(rows):
        y = -10 * row
        block.add_line((0, y), (200, y))
        for column, text in enumerate(cells):
            block.add_text(text, height=4, dxfattribs={"insert": (50 * column + 2, y - 7)})
    block.add_line((0, -30), (200, -30))
    for column in range(5):
        block.add_line((50 * column, 0), (50 * column, -30))
    document.modelspace().add_blockref("LIST", (40, 90))
    bill = extract(document).bom
    assert [(item.part_number, item.quantity) for item in bill.items] == [("A-1", 2), ("A-2", 4)]


def test_lines_of_a_parts_list_that_are_ruled_blocks_are_listed_once(document):
    block = document.blocks.new("BOM_LINE")
    block.add_lwpolyline([(0, 0), (150, 0), (150, 8), (0, 8)], close=True)
    for column, tag in enumerate(("POS", "QTY", "PART_NO")):
        block.add_line((50 * column, 0), (50 * column, 8))
        block.add_attdef(tag, (50 * column + 2, 2), dxfattribs={"height": 4})
    for row, values in enumerate([("1", "2", "A-1"), ("2", "4", "A-2")]):
        insert = document.modelspace().add_blockref("BOM_LINE", (0, -8 * row))
        insert.add_auto_attribs(dict(zip(("POS", "QTY", "PART_NO"), values, strict=True)))
    for column, label in enumerate(("Pos.", "Qty", "Part number")):
        document.modelspace().add_text(label, height=4, dxfattribs={"insert": (50 * column + 2, 10)})
    for y in (8, 16):
        document.modelspace().add_line((0, y), (150, y))
    for column in range(4):
        document.modelspace().add_line((50 * column, 8), (50 * column, 16))
    result = extract(document)
    assert [[(item.part_number, item.quantity) for item in bom.items] for bom in result.boms] == [
        [("A-1", 2), ("A-2", 4)]
    ]


def test_a_drawing_with_a_scale_and_large_texts_has_no_title_block(document):
    space = document.modelspace()
    for at in range(3):
        space.add_lwpolyline([(40 * at, 0), (40 * at + 40, 0), (40 * at + 40, 20), (40 * at, 20)], close=True)
    space.add_text("SCALE 2:1", height=3, dxfattribs={"insert": (2, 2)})
    space.add_text("DATE 2026-03-14", height=3, dxfattribs={"insert": (42, 2)})
    space.add_text("VALVE", height=9, dxfattribs={"insert": (82, 4)})
    assert extract(document).title_blocks == ()


GOST_LINES = [
    *((0, y, 65, y) for y in range(0, 56, 5)), (0, 55, 185, 55), (0, 0, 185, 0), (65, 40, 185, 40), (65, 15, 185, 15),
    *((x, 0, x, 55) for x in (0, 17, 40, 55, 65, 185)), (7, 30, 7, 55), (135, 0, 135, 40), (135, 35, 185, 35),
    (135, 20, 185, 20), (150, 20, 150, 40), (167, 20, 167, 40), (140, 20, 140, 35), (145, 20, 145, 35),
    (155, 15, 155, 20),
]  # fmt: skip
"""Form 1 of ГОСТ 2.104: 185 × 55 mm."""
GOST_TEXTS = [
    (1, 31, 2.5, "Изм."), (8, 31, 2.5, "Лист"), (18, 31, 2.5, "N\\~докум."), (41, 31, 2.5, "Подп."),
    (56, 31, 2.5, "Дата"), (56, 31.2, 2.5, "Дата"), (1, 26, 2.5, "Разраб."), (1, 21, 2.5, "Пров."),
    (1, 6, 2.5, "Н.контр."), (1, 1, 2.5, "Утв."), (136, 36, 2.5, "Лит."), (151, 36, 2.5, "Масса"),
    (168, 36, 2.5, "Масштаб"), (136, 16, 2.5, "Лист"), (156, 16, 2.5, "Листов"),
    (18, 26, 2.5, "Иванов"), (56, 26, 2, "12.03.24"), (18, 21, 2.5, "Петрова"), (18, 1, 2.5, "Сидоров"),
    (80, 45, 7, "АБВГ.301311.001"), (75, 28, 5, "Вал приводной"), (152, 26, 3.5, "2,35"), (170, 26, 3.5, "1:2"),
    (150, 16, 2.5, "1"), (175, 16, 2.5, "2"), (70, 6, 3.5, "Сталь 45 ГОСТ 1050-2013"), (140, 6, 4, 'ООО "Завод"'),
]  # fmt: skip


def test_a_frame_of_gost_in_russian(document):
    space = document.modelspace()
    for x0, y0, x1, y1 in GOST_LINES:
        space.add_line((20 + x0, 5 + y0), (20 + x1, 5 + y1))
    for x, y, height, text in GOST_TEXTS:
        space.add_mtext(text, {"insert": (20 + x, 5 + y), "char_height": height, "attachment_point": 7})
    block = extract(document).title_block
    found = {name: getattr(block, name).value for name in ("drawing_number", "title", "mass", "scale", "material")}
    assert found == {
        "drawing_number": "АБВГ.301311.001", "title": "Вал приводной", "mass": "2,35", "scale": "1:2",
        "material": "Сталь 45 ГОСТ 1050-2013",
    }  # fmt: skip
    assert (block.sheet.value, block.sheets.value, block.company.value) == ("1", "2", 'ООО "Завод"')
    names = {role: signed.name.value for role, signed in block.signatures.items() if signed.name}
    assert names == {"drawn": "Иванов", "checked": "Петрова", "approved": "Сидоров"}
    day = block.signatures["drawn"].date
    assert (day.value, day.provenance.place.layout, day.rivals) == ("12.03.24", "Model", ())
    # the cell of the day: 55..65 × 25..30, moved by (20, 5)
    assert day.provenance.place.bbox == pytest.approx((75, 30, 85, 35))


@pytest.mark.parametrize(("parted", "title"), [(True, None), (False, "Werkstueck kanten")])
def test_a_blank_form_names_standards_and_no_title(document, parted, title):
    space = document.modelspace()
    draw_frame(space, {"Massstab": "1:1", "Allgemeintoleranz": "ISO 2768-m", "Werkstoff": "S235"})
    space.add_lwpolyline([(60, 0), (100, 0), (100, 12), (60, 12)])
    for row, line in enumerate(["Werk-" if parted else "Werkstueck", "kanten", "DIN 6784"]):
        space.add_text(line, height=2.5, dxfattribs={"insert": (62, 8.5 - 3.5 * row)})
    block = extract(document).title_block
    assert (block.scale.value, block.general_tolerance.value) == ("1:1", "ISO 2768-m")
    # DIN 6784 has the form of a number
    assert block.drawing_number is None
    assert (block.title and block.title.value) == title
