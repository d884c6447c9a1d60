"""Tables whose text does not run to the right: headers that run upwards, pages that lie on their side."""

from __future__ import annotations

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.documents import write

GRID = b"0.5 w 20 20 m 260 20 l 20 60 m 260 60 l 20 100 m 260 100 l 20 180 m 260 180 l "
GRID += b"20 20 m 20 180 l 100 20 m 100 180 l 180 20 m 180 180 l 260 20 m 260 180 l S "


def tables(path, **options):
    given = PdfOptions(extract_text=False, **options)
    return PdfExtractor().extract(Source.from_path(path), given, ExtractionContext()).tables


def test_headers_that_run_upwards_are_read_in_their_direction(tmp_path):
    upright = b"BT /F 10 Tf 0 1 -1 0 %d 110 Tm (%s) Tj ET "
    level = b"BT /F 10 Tf %d %d Td (%s) Tj ET "
    content = GRID + upright % (60, b"Part") + upright % (140, b"Flatness") + upright % (220, b"Roughness")
    for row, top in enumerate((75, 35)):
        for column, x in enumerate((30, 110, 190)):
            content += level % (x, top, b"%d.%d" % (row, column))
    path = write(tmp_path / "upwards.pdf", content)
    (table,) = tables(path)
    assert table.rows[0] == ("Part", "Flatness", "Roughness")
    # as pdfplumber reads them where its tables are asked for
    (plain,) = tables(path, table_detection_strategy="lines")
    assert plain.rows[0] == ("traP", "ssentalF", "ssenhguoR")


def test_a_table_that_lies_on_its_side_is_read_as_it_is_printed(tmp_path):
    rows = [("Region", "2021", "2022", "2023"), ("Austria", "12.5", "13.1", "14.0"), ("Belgium", "8.5", "9.1", "9.9"),
            ("Denmark", "2.5", "3.1", "4.0"), ("Finland", "22.5", "23.1", "24.0")]  # fmt: skip
    content = b""
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            # from bottom to top: the first row at the left
            content += b"BT /F 10 Tf 0 1 -1 0 %d %d Tm (%s) Tj ET " % (
                100 + 16 * number,
                20 + 45 * column,
                cell.encode(),
            )
    (table,) = tables(write(tmp_path / "sideways.pdf", content))
    assert table.rows == tuple(rows)
    box = table.provenance.place.bbox
    # x of the first baseline less the ascent, to the last baseline; the page is 200 points high
    assert 85 < box[0] < 100
    assert 160 < box[2] < 172
    assert abs(box[3] - 180) < 1
