"""What a document says beside its pages."""

from __future__ import annotations

from pathlib import Path

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import ExtractionResult, TitleBlock
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.documents import write


def extract(path: Path) -> ExtractionResult:
    return PdfExtractor().extract(Source.from_path(path), PdfOptions(), ExtractionContext())


def test_fields_of_a_form_have_their_full_names_and_values(tmp_path: Path):
    form = (
        b"/AcroForm<</Fields[<</T(title)/FT/Tx/V(Bearing bracket)>> <</T(checked)/FT/Btn/V/Yes>>"
        b"<</T(size)/FT/Ch/V[(A3)(A4)]>><</T(sheet)/FT/Tx/Kids[<</T(number)/V(1)>><</T(of)>>]>>]>>"
    )
    found = extract(write(tmp_path / "a.pdf", b"", root=form)).form_fields
    assert [(field.name, field.kind, field.value) for field in found] == [
        ("title", "Tx", "Bearing bracket"),
        ("checked", "Btn", "Yes"),
        ("size", "Ch", "A3\nA4"),
        ("sheet.number", "Tx", "1"),
        ("sheet.of", "Tx", None),
    ]


def test_a_title_block_of_form_fields_is_read_though_the_form_does_not_list_them(tmp_path: Path):
    texts = [
        (20, 60, "Part Number:"), (110, 60, "BX-001"), (20, 40, "Description:"), (110, 40, "BOX"),
        (20, 20, "Date:"), (110, 20, "2/6/2017"), (180, 20, "Revision:"), (250, 20, "A"),
    ]  # fmt: skip
    fields = b"".join(
        b"<</Subtype/Widget/FT/Tx/T(f%d)/V(%s)/Rect[%d %d %d %d]>>" % (n, text.encode(), x, y, x + 70, y + 14)
        for n, (x, y, text) in enumerate(texts)
    )
    path = write(tmp_path / "a.pdf", b"", page=b"/Annots[" + fields + b"]", root=b"/AcroForm<</NeedAppearances true>>")
    options = PdfOptions(extract_title_block=True, ocr="never")
    result = PdfExtractor().extract(Source.from_path(path), options, ExtractionContext())
    assert [field.value for field in result.form_fields] == [text for _, _, text in texts]
    (block,) = result.title_blocks
    found = (block.part_number, block.title, block.date, block.revision)
    assert [field.value if field else None for field in found] == ["BX-001", "BOX", "2/6/2017", "A"]


def block_of(path: Path, fields: dict[str, str]) -> TitleBlock | None:
    listed = b"".join(b"<</T(%s)/FT/Tx/V(%s)>>" % (name.encode(), value.encode()) for name, value in fields.items())
    write(path, b"", root=b"/AcroForm<</Fields[" + listed + b"]>>")
    options = PdfOptions(extract_title_block=True, ocr="never")
    return PdfExtractor().extract(Source.from_path(path), options, ExtractionContext()).title_block


def test_names_of_fields_are_labels_where_the_page_prints_none(tmp_path: Path):
    block = block_of(tmp_path / "a.pdf", {"TITLE": "Pump housing", "DRAWING_NO": "P-4711", "Rev": "B", "Scale": "1:2"})
    assert block is not None
    found = (block.title, block.drawing_number, block.revision, block.scale)
    assert [field and field.value for field in found] == ["Pump housing", "P-4711", "B", "1:2"]


def test_a_form_of_another_kind_is_no_title_block(tmp_path: Path):
    assert block_of(tmp_path / "a.pdf", {"Title": "Dr", "Company": "Hansen", "Date": "2024-05-17"}) is None
    assert block_of(tmp_path / "b.pdf", {"Scale": "1:2", "Rev": "B"}) is None


def test_a_field_that_contains_itself_ends(tmp_path: Path):
    node = b"<</T(a)/Kids[6 0 R]>>"
    assert extract(write(tmp_path / "a.pdf", b"", root=b"/AcroForm<</Fields[6 0 R]>>", objects=(node,))).pages


def test_layers_are_listed_with_their_state(tmp_path: Path):
    groups = (b"<</Type/OCG/Name(Outline)>>", b"<</Type/OCG/Name(Hidden lines)>>")
    root = b"/OCProperties<</OCGs[6 0 R 7 0 R]/D<</OFF[7 0 R]/Locked[6 0 R]>>>>"
    found = extract(write(tmp_path / "a.pdf", b"", root=root, objects=groups)).layers
    assert [(layer.name, layer.is_on, layer.is_locked) for layer in found] == [
        ("Outline", True, True),
        ("Hidden lines", False, False),
    ]


def test_embedded_files_are_listed_and_not_read(tmp_path: Path):
    stream = b"<</Type/EmbeddedFile/Subtype/model#2Fstep/Length 3/Params<</Size 12345>>>>stream\nabc\nendstream"
    root = b"/Names<</EmbeddedFiles<</Kids[<</Names[(k)<</UF(part.stp)/EF<</F 6 0 R>>>>]>>]>>>>"
    (found,) = extract(write(tmp_path / "a.pdf", b"", root=root, objects=(stream,))).attachments
    assert (found.name, found.size, found.media_type, found.kind) == ("part.stp", 12345, "model/step", "embedded")


def test_pages_have_their_labels(tmp_path: Path):
    labels = b"/PageLabels<</Nums[0<</S/r/P(A-)/St 3>>]>>"
    assert extract(write(tmp_path / "a.pdf", b"", root=labels)).pages[0].label == "A-iii"
    assert extract(write(tmp_path / "b.pdf", b"")).pages[0].label is None


def test_damaged_labels_cost_no_page(tmp_path: Path):
    result = extract(write(tmp_path / "a.pdf", b"", root=b"/PageLabels<</Nums[0 7]>>"))
    assert len(result.pages) == 1


def test_text_outside_of_the_crop_box_is_read_as_pdfplumber_reads_it(tmp_path: Path):
    content = b"BT /F 9 Tf 10 190 Td (outside) Tj 100 -90 Td (inside) Tj ET"
    result = extract(write(tmp_path / "a.pdf", content, page=b"/CropBox[50 50 250 150]"))
    assert {block.text for block in result.text_blocks} == {"outside", "inside"}
    assert (result.pages[0].width, result.pages[0].height) == (300, 200)
