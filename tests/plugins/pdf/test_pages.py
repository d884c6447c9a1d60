"""Pages of a document: their tree, their numbers, and what happens where one cannot be read."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from pybase_extraction.errors import CorruptedFileError, LimitExceededError, PluginError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.hookspecs import hookimpl
from pybase_extraction.raster import Raster
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import ExtractionResult, Severity
from pybase_extraction.source import Source
from pybase_extraction_pdf.engine import open_document
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.interpreter import Interpreter
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.documents import document, write
from tests.samples.make_pdf import write_sample


def extract(path: Path, **options: object) -> ExtractionResult:
    return PdfExtractor().extract(Source.from_path(path), PdfOptions(**options), ExtractionContext())


def pages_of(path: Path, *bodies: bytes) -> Path:
    path.write_bytes(document((b"<</Type/Catalog/Pages 2 0 R>>", *bodies)))
    return path


def test_pages_are_found_where_the_tree_does_not_name_its_types(tmp_path: Path):
    sample = pages_of(
        tmp_path / "a.pdf",
        b"<</Kids[3 0 R 4 0 R]/Count 3/MediaBox[0 0 100 50]>>",
        b"<</Kids[5 0 R 6 0 R]/Count 2/Rotate 90>>",
        b"<<>>",
        b"<</MediaBox[0 0 10 20]>>",
        b"<<>>",
    )
    with open_document(sample) as opened:
        found = [opened.page(number) for number in (1, 2, 3)]
    assert [(page.width, page.height, page.rotation) for page in found] == [(20, 10, 90), (50, 100, 90), (100, 50, 0)]


def test_a_tree_that_contains_itself_ends(tmp_path: Path):
    sample = pages_of(
        tmp_path / "a.pdf",
        b"<</Type/Pages/Kids[2 0 R 3 0 R 2 0 R]/Count 3>>",
        b"<</Type/Page/MediaBox[0 0 9 9]>>",
    )
    with open_document(sample) as opened:
        assert len(opened) == 1


def test_a_tree_that_is_too_deep_is_refused(tmp_path: Path):
    chain = [b"<</Type/Pages/Kids[%d 0 R]>>" % (number + 3) for number in range(300)]
    sample = pages_of(tmp_path / "a.pdf", *chain, b"<</Type/Page>>")
    with pytest.raises(LimitExceededError, match="deeper than 200"):
        extract(sample)


def test_a_document_without_pages_is_refused(tmp_path: Path):
    with pytest.raises(CorruptedFileError, match="No page"):
        extract(pages_of(tmp_path / "a.pdf", b"<</Type/Pages/Kids[]/Count 0>>"))


def test_only_the_pages_that_were_asked_for_are_read(tmp_path: Path):
    sample = pages_of(
        tmp_path / "a.pdf",
        b"<</Type/Pages/Kids[3 0 R 4 0 R 5 0 R]/Count 3/MediaBox[0 0 9 9]>>",
        b"<</Type/Page/Rotate(wrong)>>",
        b"<</Type/Page>>",
        b"<</Type/Page>>",
    )
    result = extract(sample, pages=(3, 2, 7))
    assert [page.number for page in result.pages] == [2, 3]
    assert [issue.code for issue in result.issues] == ["page-missing"]


def test_of_the_pages_that_were_not_asked_for_no_content_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    head = 3
    bodies = [b"<</Type/Pages/Kids[3 0 R 5 0 R 7 0 R 9 0 R]/Count 4/MediaBox[0 0 9 9]>>"]
    for number in range(4):
        content = b"0 0 m %d 9 l S" % number
        bodies.append(b"<</Type/Page/Contents %d 0 R>>" % (head + 2 * number + 1))
        bodies.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    parsed: list[bytes] = []
    draw = Interpreter.draw

    def spy(self: Interpreter, data: bytes, *rest: object) -> None:
        parsed.append(data)
        draw(self, data, *rest)

    monkeypatch.setattr(Interpreter, "draw", spy)
    result = extract(pages_of(tmp_path / "a.pdf", *bodies), pages=(2, 4))
    assert [page.number for page in result.pages] == [2, 4]
    assert parsed == [b"0 0 m 1 9 l S", b"0 0 m 3 9 l S"]


def test_reading_a_sound_document_does_not_load_pdfplumber(tmp_path: Path):
    sample = write_sample(tmp_path / "drawing.pdf")
    code = (
        "import sys\nfrom pybase_extraction.extractor import ExtractionContext\n"
        "from pybase_extraction.source import Source\nfrom pybase_extraction_pdf.extractor import PdfExtractor\n"
        "from pybase_extraction_pdf.options import PdfOptions\n"
        "PdfExtractor().extract(Source.from_path(sys.argv[1]), PdfOptions(), ExtractionContext())\n"
        "print('pdfplumber' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(sample)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_page_on_which_the_interpreter_fails_is_read_by_pdfplumber(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sample = write_sample(tmp_path / "drawing.pdf")
    expected = extract(sample)

    def fail(*_: object) -> None:
        raise TypeError("a defect of the interpreter")

    monkeypatch.setattr(Interpreter, "draw", fail)
    result = extract(sample)
    assert [issue.code for issue in result.issues] == ["read-by-pdfplumber", "drawing-not-read"]
    assert [table.rows for table in result.tables] == [table.rows for table in expected.tables]
    assert [block.text for block in result.text_blocks] == [block.text for block in expected.text_blocks]
    assert not result.is_partial


def test_a_page_that_nobody_can_read_is_left_out_with_an_error(tmp_path: Path):
    sample = pages_of(
        tmp_path / "a.pdf",
        b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 9 9]>>",
        b"<</Type/Page/Contents 5 0 R>>",
        b"<</Type/Page>>",
        b"<</Length 1/Filter/FlateDecode/DecodeParms<</Predictor 9>>>>stream\nx\nendstream",
    )
    result = extract(sample)
    assert [page.number for page in result.pages] == [2]
    assert [(issue.code, issue.severity, issue.place.page) for issue in result.issues if issue.place] == [
        ("page-damaged", Severity.ERROR, 1)
    ]
    assert result.is_partial


def test_the_rest_of_a_page_is_read_where_one_of_its_streams_is_missing(tmp_path: Path):
    sample = pages_of(
        tmp_path / "a.pdf",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/MediaBox[0 0 99 99]/Contents[9 0 R 4 0 R]/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length 32>>stream\nBT /F 9 Tf 9 50 Td (kept) Tj ET  \nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    result = extract(sample)
    assert [block.text for block in result.text_blocks] == ["kept"]
    assert [issue.code for issue in result.issues] == ["content-missing"]
    assert result.is_partial


def test_stroke_lettering_without_text_layer_is_named(tmp_path: Path):
    strokes = b"".join(b"%d 10 m %d 20 l S " % (x, x + 3) for x in range(250))
    result = extract(write(tmp_path / "a.pdf", strokes))
    assert (result.pages[0].kind, [issue.code for issue in result.issues]) == ("outlined", ["no-text-layer"])


def test_memory_is_flat_over_many_pages(tmp_path: Path):
    count, head = 120, 3
    filling = b"% " + b"x" * 100_000 + b"\n"  # 100 kB a page: 12 MB for all pages
    kids = b" ".join(b"%d 0 R" % (head + 2 * number) for number in range(count))
    bodies = [b"<</Type/Pages/MediaBox[0 0 99 99]/Count %d/Kids[%s]>>" % (count, kids)]
    for number in range(count):
        bodies.append(b"<</Type/Page/Contents %d 0 R>>" % (head + 2 * number + 1))
        bodies.append(b"<</Length %d>>stream\n%s\nendstream" % (len(filling), filling))
    sample = pages_of(tmp_path / "a.pdf", *bodies)
    with open_document(sample) as opened:
        tracemalloc.start()
        for number in range(1, count + 1):
            opened.page(number)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 6_000_000  # 16 pages of 100 kB, read and unpacked, and what one page needs


def test_memory_is_flat_over_many_fonts(tmp_path: Path):
    count, head = 400, 3
    kids = b" ".join(b"%d 0 R" % (head + 2 * number) for number in range(count))
    bodies = [b"<</Type/Pages/MediaBox[0 0 99 99]/Count %d/Kids[%s]>>" % (count, kids)]
    content = b"BT /F 9 Tf (Flange) Tj ET"
    for number in range(count):
        font = b"%d 0 R" % (head + 2 * number + 1)
        bodies.append(b"<</Type/Page/Resources<</Font<</F %s>>>>/Contents %d 0 R>>" % (font, head + 2 * count))
        bodies.append(
            b"<</Type/Font/Subtype/Type1/BaseFont/F%d/FirstChar 0/LastChar 255/Widths[%s]>>" % (number, b"500 " * 256)
        )
    bodies.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    with open_document(pages_of(tmp_path / "a.pdf", *bodies)) as opened:
        for number in range(1, 101):
            assert opened.page(number).words()[0].text == "Flange"
        tracemalloc.start()
        for number in range(101, count + 1):
            opened.page(number)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 3_000_000  # 64 fonts of some 20 kB each; 300 of them take 5.5 MB


class _Broken:
    """A plugin that reads pixels and has a mistake."""

    @hookimpl
    def pybase_extraction_ocr_page(self, raster: Raster, context: ExtractionContext) -> None:
        raise TypeError("unsupported operand")


def test_a_mistake_of_the_plugin_that_reads_pixels_is_not_the_files(tmp_path: Path):
    registry = ExtractorRegistry()
    registry.register(_Broken(), "broken")
    # a bitmap over the whole page and no text
    image = b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"
    image += b"stream\n\x80\nendstream"
    sample = write(tmp_path / "scan.pdf", b"q 300 0 0 200 0 0 cm /X Do Q", objects=(image,))
    context = ExtractionContext(hooks=registry.hook)
    with pytest.raises(PluginError, match=r"pybase_extraction_ocr_page failed on page 1: TypeError") as caught:
        PdfExtractor().extract(Source.from_path(sample), PdfOptions(), context)
    assert isinstance(caught.value.__cause__, TypeError)
