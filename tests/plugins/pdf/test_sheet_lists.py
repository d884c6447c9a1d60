"""Parts lists and revision tables of sheets that the tests draw themselves, in the forms of many frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import ExtractionResult, Severity
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.sheets import DrawingSheet

GERMAN = [
    ("3", "4", "Sechskantschraube", "ISO 4014-M10x50", "8.8"),
    ("2", "1,5", "Rundstahl", "", "42CrMo4"),
    ("1", "1", "Gehäuse", "DIN 1693", "EN-GJS-400-15"),
]
GERMAN_HEADERS = ("POS.", "MENGE", "BENENNUNG", "NORM", "WERKSTOFF")
WIDTHS = (50, 60, 170, 150, 140)


def grid(
    sheet: DrawingSheet,
    x: float,
    top: float,
    widths: Sequence[float],
    rows: Sequence[Sequence[str]],
    *,
    rules: str = "all",
    height: float = 18,
) -> float:
    """Set rows of texts, ruled or not, and tell where they end."""
    for row in rows:
        left = x
        for width, text in zip(widths, row, strict=True):
            if rules == "all":
                sheet.box(left, top, left + width, top + height)
            if text:
                sheet.text(left + 4, top + height - 5, text, 9)
            left += width
        if rules == "level":
            sheet.line(x, top + height, left, top + height)
        top += height
    return top


def title_block(sheet: DrawingSheet, top: float, x: float = 580) -> None:
    """Draw a title block of ISO 7200 at the foot of the sheet."""
    widths = (190, 190, 190)
    end = grid(sheet, x, top, widths, [("Datum: 12.03.2026", "Name: K. Maier", "Maßstab: 1:5")])
    end = grid(sheet, x, end, widths, [("Firma: Muster GmbH", "Benennung: Getriebe", "Blatt: 1/2")])
    grid(sheet, x, end, widths, [("Zeichnungs-Nr.: G-100", "Index: B", "")])


def read(sheet: DrawingSheet, path: Path, **options: object) -> ExtractionResult:
    written = sheet.write(path / "sheet.pdf")
    wanted = PdfOptions(extract_title_block=True, ocr="never", **options)  # type: ignore[arg-type]
    return PdfExtractor().extract(Source.from_path(written), wanted, ExtractionContext())


def view(sheet: DrawingSheet) -> None:
    """Draw a part with dimensions, so that the page is a drawing and not a table alone."""
    sheet.box(100, 200, 400, 400)
    sheet.circle(250, 300, 60)
    sheet.text(230, 190, "300", 10)
    sheet.text(60, 300, "200", 10, 90)


@pytest.mark.parametrize("rules", ["all", "level", "none"])
def test_a_german_list_grows_upwards_from_the_title_block(rules: str, tmp_path: Path) -> None:
    sheet = DrawingSheet()
    view(sheet)
    end = grid(sheet, 580, 640, WIDTHS, [*GERMAN, GERMAN_HEADERS], rules=rules)
    title_block(sheet, end)
    result = read(sheet, tmp_path)
    (bom,) = result.boms
    assert bom.grows_upwards
    found = [(i.item, i.quantity_text, i.description, i.part_number, i.material) for i in bom.items]
    assert found == [tuple(text or None for text in row) for row in reversed(GERMAN)]
    assert bom.items[1].quantity == 1.5
    (block,) = result.title_blocks
    assert block.drawing_number is not None
    assert block.drawing_number.value == "G-100"


@pytest.mark.parametrize("rules", ["all", "level", "none"])
def test_an_english_list_stands_below_its_headers(rules: str, tmp_path: Path) -> None:
    sheet = DrawingSheet()
    view(sheet)
    rows = [
        ("ITEM NO.", "PART NUMBER", "DESCRIPTION", "QTY."),
        ("1", "A-100", "BASE PLATE", "1"),
        ("2", "A-101", "SIDE WALL, LEFT", "2"),
        ("3", "", "GREASE", "A/R"),
        ("4", "ISO 4762 M6x20", "SOCKET HEAD SCREW", "12"),
    ]
    grid(sheet, 650, 60, (70, 130, 170, 60), rows, rules=rules)
    title_block(sheet, 740)
    (bom,) = read(sheet, tmp_path).boms
    assert not bom.grows_upwards
    found = [(i.item, i.part_number, i.description, i.quantity_text) for i in bom.items]
    assert found == [tuple(text or None for text in row) for row in rows[1:]]
    assert bom.items[2].quantity is None


def test_a_list_split_in_two_columns_is_one(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    headers = ("Pos.", "Stk", "Benennung")
    left = [headers, *((str(n), "2", f"Teil {n}") for n in range(1, 5))]
    right = [headers, *((str(n), "3", f"Teil {n}") for n in range(5, 8))]
    grid(sheet, 400, 60, (40, 40, 150), left)
    grid(sheet, 680, 60, (40, 40, 150), right)
    (bom,) = read(sheet, tmp_path).boms
    assert [item.item for item in bom.items] == list("1234567")
    assert bom.total_quantity == 17  # 4 × 2 + 3 × 3


def test_a_list_of_iso_7573_has_levels_by_item_numbers(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    rows = [
        ("Item ref", "Quantity", "Title/Name, designation, material, dimension etc", "Article No./Reference"),
        ("1", "2", "Frame", "F-1"),
        ("1.1", "4", "Bolt", "B-1"),
        ("2", "1", "Cover", "C-1"),
    ]
    grid(sheet, 450, 60, (60, 60, 280, 150), rows)
    (bom,) = read(sheet, tmp_path).boms
    assert [(item.level, item.total_quantity) for item in bom.items] == [(0, 2), (1, 8), (0, 1)]
    (flat,) = read(sheet, tmp_path, hierarchy_mode="flattened").boms
    assert [(item.part_number, item.quantity) for item in flat.items] == [("B-1", 8), ("C-1", 1)]


@pytest.mark.parametrize(
    ("rows", "widths"),
    [
        (
            [
                ("REV", "ECO", "DESCRIPTION", "DATE", "APPROVED"),
                ("A", "1001", "FIRST ISSUE", "2026-01-05", "KM"),
                ("B", "1017", "HOLE ADDED", "2026-02-11", "JS"),
            ],
            (40, 60, 200, 90, 80),
        ),
        (
            [
                ("ZONE", "REV", "DESCRIPTION", "DATE", "APPROVED"),
                ("A3", "A", "FIRST ISSUE", "2026-01-05", "KM"),
                ("", "B", "HOLE ADDED", "2026-02-11", "JS"),
            ],
            (50, 40, 200, 90, 80),
        ),
    ],
)
@pytest.mark.parametrize("is_upwards", [False, True])
def test_a_revision_table_is_read(
    rows: list[tuple[str, ...]], widths: tuple[float, ...], is_upwards: bool, tmp_path: Path
) -> None:
    sheet = DrawingSheet()
    view(sheet)
    grid(sheet, 650, 30, widths, rows[::-1] if is_upwards else rows)
    title_block(sheet, 740)
    result = read(sheet, tmp_path)
    found = [(line.index, line.description, line.date, line.approved) for line in result.revisions]
    assert found == [("A", "FIRST ISSUE", "2026-01-05", "KM"), ("B", "HOLE ADDED", "2026-02-11", "JS")]
    assert result.boms == ()


@pytest.mark.parametrize("rules", ["level", "none"])
@pytest.mark.parametrize(
    "rows",
    [
        [
            ("ZONE", "REV", "ECN", "DESCRIPTION", "DATE", "APPROVED"),
            ("C2", "A", "E-101", "FIRST ISSUE", "2026-01-05", "KM"),
            ("", "B", "E-117", "HOLE ADDED", "2026-02-11", "JS"),
        ],
        [
            ("POLE", "REVIZE", "ÄM", "POPIS ZMĚNY", "DATUM", "SCHVÁLIL"),
            ("C2", "A", "17", "PRVNÍ VYDÁNÍ", "2026-01-05", "KM"),
            ("", "B", "18", "OTVOR PŘIDÁN", "2026-02-11", "JS"),
        ],
    ],
)
@pytest.mark.parametrize("is_upwards", [False, True])
def test_a_revision_table_without_upright_rules_is_read(
    rules: str, rows: list[tuple[str, ...]], is_upwards: bool, tmp_path: Path
) -> None:
    sheet = DrawingSheet()
    view(sheet)
    grid(sheet, 560, 40, (60, 60, 60, 200, 90, 90), rows[::-1] if is_upwards else rows, rules=rules)
    title_block(sheet, 740)
    found = [(line.zone, line.index, line.description, line.date) for line in read(sheet, tmp_path).revisions]
    assert found == [(row[0] or None, row[1], row[3], row[4]) for row in rows[1:]]


def test_a_frame_that_the_title_block_touches_does_not_hide_revisions_without_rules(tmp_path: Path) -> None:
    rows = [("REV", "DESCRIPTION", "DATE", "BY"), ("A", "FIRST ISSUE", "2026-01-05", "KM"),
            ("B", "HOLE ADDED", "2026-02-11", "JS")]  # fmt: skip
    sheet = DrawingSheet()
    view(sheet)
    grid(sheet, 560, 40, (60, 200, 90, 90), rows, rules="none")
    block = [
        ("Datum: 12.03.2026", "Name: K. Maier", "Maßstab: 1:5"),
        ("Zeichnungs-Nr.: G-100", "Index: B", "Blatt: 1/2"),
    ]
    end = grid(sheet, 580, 740, (190, 190, 190), block)
    sheet.box(20, 20, 1150, end)  # the lower right corner of the frame is that of the block
    found = [(line.index, line.description) for line in read(sheet, tmp_path).revisions]
    assert found == [("A", "FIRST ISSUE"), ("B", "HOLE ADDED")]


def test_a_table_of_dates_is_no_revision_table(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    view(sheet)
    rows = [("NO", "NAME", "DATE", "PLACE"), ("1", "Visit", "2026-01-05", "Bonn"), ("2", "Test", "2026-02-11", "Köln")]
    grid(sheet, 560, 40, (60, 100, 100, 100), rows, rules="none")
    title_block(sheet, 740)
    assert read(sheet, tmp_path).revisions == ()


def test_revisions_list_and_title_block_in_one_grid_stay_apart(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    view(sheet)
    end = grid(sheet, 580, 560, (40, 330, 100, 100), [("a", "Radius 5 war 4", "12.03.26", "KM")])
    end = grid(sheet, 580, end, (40, 330, 100, 100), [("INDEX", "ÄNDERUNG", "DATUM", "NAME")])
    end = grid(sheet, 580, end, WIDTHS, [*GERMAN, GERMAN_HEADERS])
    title_block(sheet, end)
    result = read(sheet, tmp_path)
    assert [(line.index, line.description, line.date) for line in result.revisions] == [
        ("a", "Radius 5 war 4", "12.03.26")
    ]
    (bom,) = result.boms
    assert [item.item for item in bom.items] == ["1", "2", "3"]


def test_an_empty_form_has_neither_revisions_nor_parts(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    end = grid(sheet, 580, 560, (40, 330, 100, 100), [("REV", "REVISION NOTE", "DATE", "SIGNATURE"), ("",) * 4])
    end = grid(sheet, 580, end, WIDTHS, [("",) * 5, GERMAN_HEADERS])
    title_block(sheet, end)
    result = read(sheet, tmp_path)
    assert (result.revisions, result.boms) == ((), ())
    assert "title-block" in {table.role for table in result.tables}


@pytest.mark.parametrize("stray", ["", "440"])
def test_an_unruled_list_may_touch_the_title_block_and_stand_beside_a_view(stray: str, tmp_path: Path) -> None:
    sheet = DrawingSheet()
    view(sheet)
    rows = [
        ("3", "1", "PN-003", "BEARING 6204"),
        ("2", "10", "PN-002", "SCREW M6"),
        ("1", "2", "PN-001", "HOUSING, CAST"),
        ("ITEM", "QTY", "PART NUMBER", "DESCRIPTION"),
    ]
    end = grid(sheet, 600, 640, (45, 40, 120, 200), rows, rules="none")
    if stray:
        sheet.text(500, 657, stray, 9)
    title_block(sheet, end)
    (bom,) = read(sheet, tmp_path).boms
    assert [(i.item, i.quantity_text, i.part_number, i.description) for i in bom.items] == rows[-2::-1]


def test_one_unruled_line_below_its_headers_is_a_list(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    view(sheet)
    grid(
        sheet, 600, 60, (45, 40, 120, 200), [("ITEM", "QTY", "PART NO.", "NAME"), ("1", "2", "P1", "AXLE")], rules="no"
    )
    title_block(sheet, 740)
    (bom,) = read(sheet, tmp_path).boms
    assert [(i.item, i.quantity, i.part_number, i.description) for i in bom.items] == [("1", 2, "P1", "AXLE")]


def test_a_sentence_with_words_of_headers_is_no_list(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    sheet.text(60, 60, "Item, quantity and description of every part number are given in the list.", 9)
    sheet.text(60, 74, "1 of them is not.", 9)
    assert read(sheet, tmp_path).boms == ()


def test_a_drawing_that_is_read_as_a_document_says_so(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    title_block(sheet, 740)
    source = Source.from_path(sheet.write(tmp_path / "sheet.pdf"))
    result = PdfExtractor().extract(source, PdfOptions(ocr="never"), ExtractionContext())
    assert [(issue.code, issue.severity) for issue in result.issues] == [("drawing-not-read", Severity.INFO)]
    assert not result.is_partial
    assert read(sheet, tmp_path).issues == ()


def test_an_index_of_drawings_is_no_title_block(tmp_path: Path) -> None:
    sheet = DrawingSheet()
    rows = [
        ("Drawing no.", "Title", "Revision", "Date", "Scale"),
        ("G-100", "Gearbox", "B", "2026-03-12", "1:5"),
        ("G-101", "Housing", "A", "2026-03-14", "1:2"),
    ]
    grid(sheet, 200, 100, (100, 120, 80, 100, 60), rows)
    (table,) = read(sheet, tmp_path).tables
    assert table.role is None
