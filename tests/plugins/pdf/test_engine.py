"""The interpreter and the table finder on small documents that show one thing each."""

from __future__ import annotations

import io
import re
import time
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdfminer.pdfparser import PDFParser, PDFStreamParser
from pdfminer.psexceptions import PSEOF, PSSyntaxError

from pybase_extraction.errors import FileTooLargeError, LimitExceededError
from pybase_extraction_pdf.engine import open_document
from pybase_extraction_pdf.interpreter import PageLimits
from pybase_extraction_pdf.object_parser import ObjectParser, ObjectStreamParser
from pybase_extraction_pdf.plumber import Plumber
from pybase_extraction_pdf.primitives import PageContent, Stroke
from pybase_extraction_pdf.ruled import DRAWING, ruled_tables
from tests.plugins.pdf.documents import write


def _form(content: bytes) -> bytes:
    head = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F 4 0 R>>/XObject<</X 6 0 R>>>>/Length %d>>"
    return head % len(content) + b"stream\n" + content + b"\nendstream"


def _page(path: Path, limits: PageLimits | None = None) -> PageContent:
    with open_document(path) as document:
        return document.page(1, limits)


def test_a_word_stands_where_it_is_drawn(tmp_path: Path):
    page = _page(write(tmp_path / "a.pdf", b"BT /F 10 Tf 50 150 Td (Flange) Tj ET"))
    (word,) = page.words()
    assert (word.text, word.font, word.upright) == ("Flange", "Helvetica", True)
    assert word.x0 == pytest.approx(50)
    # Helvetica's descent is 207 / 1000 of the size: bottom = 200 - (150 - 0.207 * 10)
    assert word.bottom == pytest.approx(52.07)


def test_a_rotated_page_is_read_as_it_is_displayed(tmp_path: Path):
    page = _page(write(tmp_path / "a.pdf", b"50 150 m 90 150 l S", page=b"/Rotate 90"))
    assert (page.width, page.height, page.rotation) == (200, 300, 90)
    # turned clockwise, the point (x, y) is displayed at (y, x) from the top left
    assert page.lines == [Stroke(150, 50, 150, 90, 0)]


def test_what_a_form_draws_is_on_the_page(tmp_path: Path):
    form = _form(b"BT /F 10 Tf (inside) Tj ET")
    page = _page(write(tmp_path / "a.pdf", b"1 0 0 1 30 40 cm /X Do", objects=(form,)))
    assert [(word.text, word.x0) for word in page.words()] == [("inside", pytest.approx(30))]


@pytest.mark.parametrize("data", [b"", b"E", b"\xffEI\x00", b"EIEI x", b"\n E \xff EII "])
def test_an_inline_image_is_none_of_what_is_drawn_behind_it(tmp_path: Path, data: bytes):
    image = b"q 30 0 0 40 50 60 cm BI /W 1 /H 1 ID " + data + b" EI Q "
    page = _page(write(tmp_path / "a.pdf", image + b"BT /F 10 Tf 50 150 Td (EI) Tj ET " + image))
    assert page.images == [(50, 100, 80, 140)] * 2  # 200 - 60 - 40 from the top
    assert [word.text for word in page.words()] == ["EI"]


def test_segments_are_read_beside_an_inline_image(tmp_path: Path):
    image = b"q 30 0 0 40 50 60 cm BI /W 1 /H 1 ID " + b"\xff\x00E" * 2000 + b" EI Q "
    page = _page(write(tmp_path / "a.pdf", image + b"0 0 m 10 0 l 10 20 l S " * 40))
    assert page.curves == [((0, 200), (10, 200), (10, 180))] * 40


def test_whole_lines_of_text_are_not_kept_with_their_font(tmp_path: Path):
    content = b"BT /F 10 Tf 5 150 Td (a line that hardly comes again) Tj (Kern) Tj (Kern) Tj ET"
    with open_document(write(tmp_path / "a.pdf", content)) as document:
        assert len(document.page(1).chars) == 30 + 4 + 4
        assert [list(font.strings) for font in document._fonts.values()] == [[b"(Kern)"]]


def test_a_form_that_draws_itself_is_drawn_once(tmp_path: Path):
    page = _page(write(tmp_path / "a.pdf", b"/X Do", objects=(_form(b"BT /F 9 Tf (once) Tj ET /X Do"),)))
    assert [word.text for word in page.words()] == ["once"]


def test_more_forms_than_allowed_are_refused(tmp_path: Path):
    sample = write(tmp_path / "a.pdf", b"/X Do " * 4, objects=(_form(b"n"),))
    with pytest.raises(LimitExceededError, match="forms drawn"):
        _page(sample, PageLimits(forms=3))


def test_more_tokens_than_allowed_are_refused(tmp_path: Path):
    sample = write(tmp_path / "a.pdf", b"0 0 m 1 1 l S " * 10)
    with pytest.raises(LimitExceededError) as caught:
        _page(sample, PageLimits(tokens=50))
    assert (caught.value.limit, caught.value.unit) == (50, "tokens")


def test_a_stream_that_unpacks_to_too_much_is_refused(tmp_path: Path):
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()
    with pytest.raises(FileTooLargeError):
        _page(write(tmp_path / "a.pdf", bomb, filters=b"/Filter/FlateDecode"))


def test_an_operator_without_operands_is_skipped(tmp_path: Path):
    page = _page(write(tmp_path / "a.pdf", b"Tf m l Tm re cm S BT /F 10 Tf (kept) Tj ET"))
    assert [word.text for word in page.words()] == ["kept"]


def test_an_inline_image_is_an_image_and_no_text(tmp_path: Path):
    page = _page(write(tmp_path / "a.pdf", b"q 20 0 0 10 5 5 cm BI /W 1 /H 1 /BPC 8 /CS /G ID (Tj EI Q"))
    assert page.images == [pytest.approx((5, 185, 25, 195))]
    assert page.chars == []


def test_a_large_grid_takes_no_quadratic_time():
    page = PageContent(1, 1700, 1700, 0)
    page.lines += [Stroke(10.0 * i, 0.0, 10.0 * i, 1600.0, 1.0) for i in range(161)]
    page.lines += [Stroke(0.0, 10.0 * i, 1600.0, 10.0 * i, 1.0) for i in range(161)]
    start = time.process_time()
    (table,) = ruled_tables(page)
    assert (len(table.rows), len(table.rows[0])) == (160, 160)
    assert time.process_time() - start < 5  # pdfplumber: 18 s


def test_the_drawing_profile_takes_no_diagonal_for_a_rule():
    page = PageContent(1, 100, 100, 0)
    page.lines += [Stroke(0, y, 60, y, 1) for y in (0, 30)]
    page.lines += [Stroke(0, 0, 0, 30, 1), Stroke(60, 0, 60, 30, 1), Stroke(30, 0, 31, 30, 1)]
    assert len(ruled_tables(page)) == 1
    assert ruled_tables(page, DRAWING) == []


@pytest.mark.parametrize(
    ("matrix", "turn", "box"),
    [
        # Helvetica's box goes from 0.207 below the base line to 0.793 above it; "AB" is 2 * 0.667 * 10 long
        (b"0 1 -1 0 100 50", 90, (92.07, 136.66, 102.07, 150)),
        (b"0 -1 1 0 100 150", 270, (97.93, 50, 107.93, 63.34)),
        (b"-1 0 0 -1 100 100", 180, (86.66, 97.93, 100, 107.93)),
    ],
)
def test_turned_words_are_read_in_the_direction_in_which_they_run(
    tmp_path: Path, matrix: bytes, turn: int, box: tuple[float, ...]
):
    page = _page(write(tmp_path / "a.pdf", b"BT /F 10 Tf " + matrix + b" Tm (AB) Tj ET"))
    (word,) = page.words_as_read()
    assert (word.text, word.turn, word.size) == ("AB", turn, pytest.approx(10))
    assert word[1:5] == pytest.approx(box, abs=0.01)


@pytest.mark.parametrize("piece", [1, 3, 7])
def test_a_long_stream_is_read_in_pieces_and_draws_the_same(
    piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    text = b"BT /F 10 Tf 12 TL 50 150 Td [(Flan) -20 (ge)] TJ (Key) ' ET"
    content = b"q 2 w 10 10 m 90 10 l 90 50 l S 20 20 40 30 re f Q " + text
    path = write(tmp_path / "a.pdf", content)
    whole = _page(path)
    monkeypatch.setattr("pybase_extraction_pdf.lexer._AT_ONCE", 0)
    monkeypatch.setattr("pybase_extraction_pdf.lexer._PIECE", piece)
    assert _page(path) == whole
    assert (len(whole.curves), len(whole.rects), len(whole.words())) == (1, 1, 2)


def test_operators_without_their_operands_are_skipped(tmp_path: Path):
    page = _page(write(tmp_path / "a.pdf", b"l re 5 Td Tm cm TJ Tf Do 10 10 m 5 l 90 10 l S"))
    assert [line[:4] for line in page.lines] == [(10, 190, 90, 190)]


def test_segments_of_a_long_path_are_those_that_stand_apart(tmp_path: Path):
    run = b"10 10 m 90 10 l 90 50 l 80 60 70 60 60 50 c 60 40 50 30 v 40 30 10 20 y S\n"
    apart = re.sub(rb"(\d+)", rb"+\1", run)  # numbers with a sign before them are read one by one
    path, other = write(tmp_path / "a.pdf", run * 3), write(tmp_path / "b.pdf", apart * 3)
    assert _page(path) == _page(other)
    (curve, *_), count = _page(path).curves, len(_page(path).curves)
    assert (count, curve[1:]) == (3, ((90, 190), (90, 150), (60, 150), (50, 170), (10, 180)))


def test_a_segment_whose_operands_are_no_numbers_is_left_out_of_a_long_path(tmp_path: Path):
    page = _page(write(tmp_path / "a.pdf", b"10 10 m 1.2.3 10 l 90 10 l S 5 5 m - 3 l 1 2 . . 7 7 c 9 5 l S\n"))
    assert [line[:4] for line in page.lines] == [(10, 190, 90, 190)]
    assert page.curves == [((5, 195), (7, 193), (9, 195))]


def test_the_tokens_of_a_long_path_count_one_by_one(tmp_path: Path):
    content = b"0 0 m " + b"1 1 l " * 100 + b"S"  # 304 tokens
    sample = write(tmp_path / "a.pdf", content)
    assert len(_page(sample, PageLimits(tokens=304)).curves) == 1
    with pytest.raises(LimitExceededError, match="303 tokens"):
        _page(sample, PageLimits(tokens=303))


def _tokens(parser: type[PDFParser], data: bytes) -> list[object]:
    reader, found = parser(io.BytesIO(data)), []
    try:
        while True:
            found.append(reader.nexttoken())
    except PSEOF:
        return found


_PIECES = [
    *(b"/Name", b"/", b"#41", b"(text)", b"(", b")", b"\\", b"<4F>", b"<", b">", b"<<", b">>", b"[", b"]", b"{", b"}"),
    *(b" ", b"\n", b"\r", b"\x00", b"12", b"-", b"+", b".", b"5.25", b"true", b"false", b"null", b"R", b"obj", b"%"),
    *(b"\xc3\xb6", b"'", b"*", b"AF4"),
]


@given(st.lists(st.sampled_from(_PIECES), max_size=30), st.integers(0, 30))
def test_objects_are_read_token_by_token_as_pdfminer_reads_them(pieces: list[bytes], before: int):
    # blanks move the tokens over the end of pdfminer's buffer
    data = b" " * (PDFParser.BUFSIZ - before) + b"".join(pieces)
    mine, his = _tokens(ObjectParser, data), _tokens(PDFParser, data)
    assert mine == his
    assert [type(token) for token in mine] == [type(token) for token in his]


def _objects(parser: type[PDFParser], data: bytes) -> list[str]:
    reader, found = parser(io.BytesIO(data)), []
    try:
        while True:
            found.append(repr(reader.nextobject()))
    except (PSEOF, PSSyntaxError) as exc:
        return [*found, type(exc).__name__]


_PLAIN_OBJECTS = st.recursive(
    st.sampled_from(
        [b"/Name ", b"12 ", b"-.5 ", b"(text)", b"<4F>", b"7 0 R ", b"true ", b"null ", b"#", b"/#41 ", b"obj "]
    ),
    lambda inner: (
        st.lists(inner, max_size=5).map(lambda parts: b"[" + b"".join(parts) + b"]")
        | st.lists(inner, max_size=5).map(lambda parts: b"<<" + b"".join(b"/Key" + part for part in parts) + b">>")
    ),
)
"""Arrays and dictionaries, some with what is not plain, or without a value."""


@given(st.lists(_PLAIN_OBJECTS, max_size=4), st.integers(0, 40), st.binary(max_size=3))
def test_whole_objects_are_read_as_pdfminer_reads_them(parts: list[bytes], before: int, noise: bytes):
    data = b" " * (PDFParser.BUFSIZ - before) + b" ".join(part + b" endobj " for part in parts) + noise
    assert _objects(ObjectParser, data) == _objects(PDFParser, data)


@given(st.lists(_PLAIN_OBJECTS, max_size=4), st.binary(max_size=3))
def test_object_streams_are_read_as_pdfminer_reads_them(parts: list[bytes], noise: bytes):
    data = b" ".join((*parts, noise))

    def found(parser: PDFStreamParser) -> list[str]:
        objects = []
        try:
            while True:
                objects.append(repr(parser.nextobject()))
        except (PSEOF, PSSyntaxError, ValueError) as exc:  # ValueError: a reference outside of any object
            return [*objects, type(exc).__name__]

    assert found(ObjectStreamParser(data)) == found(PDFStreamParser(data))


def test_lines_are_read_as_pdfminer_reads_them():
    data = b"xref\r\n0 1\r0000000000 65535 f \n\r\n" + b"x" * PDFParser.BUFSIZ + b"\r\ntrailer\r"

    def lines(parser: PDFParser) -> list[tuple[int, bytes]]:
        found = []
        with suppress(PSEOF):
            while True:
                found.append(parser.nextline())
        return found

    mine = lines(ObjectParser(io.BytesIO(data)))
    assert mine == lines(PDFParser(io.BytesIO(data)))
    assert mine[1] == (6, b"0 1\r")


def test_a_page_with_large_units_is_measured_in_points(tmp_path):
    content = b"0 0 m 100 0 l S BT /F 10 Tf 100 50 Td (Shaft) Tj ET"
    plain = write(tmp_path / "plain.pdf", content, page=b"/Rotate 90")
    large = write(tmp_path / "large.pdf", content, page=b"/Rotate 90/UserUnit 2.5")
    with open_document(plain) as one, open_document(large) as other:
        page, wide = one.page(1), other.page(1)
        assert (wide.width, wide.height) == (2.5 * page.width, 2.5 * page.height) == (500, 750)
        assert wide.words()[0][1:5] == pytest.approx([2.5 * side for side in page.words()[0][1:5]])
        assert other.placing(1)((10, 20, 30, 40)) == pytest.approx([2.5 * x for x in one.placing(1)((10, 20, 30, 40))])


def test_pdfplumber_s_pages_are_measured_in_points_too(tmp_path):
    rows = b"".join(b"1 0 0 1 20 %d Tm (Shaft) Tj 1 0 0 1 70 %d Tm (Bolt) Tj " % (y, y) for y in (90, 70, 50, 30))
    content = b"0 0 m 100 0 l S 9 9 40 30 re S BT /F 10 Tf " + rows + b"ET"
    path = write(tmp_path / "large.pdf", content, page=b"/UserUnit 2.5")
    with open_document(path) as document:
        own = document.page(1)
    plumber = Plumber(path, "", 1)
    try:
        other = plumber.content(1)
        (table,) = plumber.aligned_tables(1)
    finally:
        plumber.close()
    assert (other.width, other.height) == (own.width, own.height)
    assert [word.text for word in other.words()] == ["Shaft", "Bolt"] * 4
    assert other.words()[0][1:5] == pytest.approx(own.words()[0][1:5])
    assert other.lines[0][:4] == pytest.approx(own.lines[0][:4])
    assert other.rects[0][:4] == pytest.approx(own.rects[0][:4])
    assert table.provenance.place.bbox[0] == pytest.approx(own.words()[0].x0, abs=1)


@pytest.mark.parametrize("unit", [b"0", b"-1", b"(2)", b"true", b"1000000"])
def test_units_that_make_no_sense_are_points(tmp_path, unit):
    with open_document(write(tmp_path / "a.pdf", b"", page=b"/UserUnit " + unit)) as document:
        assert document.page(1).width == 300


def test_words_are_found_anew_when_lettering_is_added():
    page = PageContent(1, 100, 100, 0)
    assert page.words() == []
    page.chars.append(("A", 10, 10, 15, 20, "Font", 10, True, 0))
    assert [word.text for word in page.words()] == ["A"]
    assert page.words() is page.words()
