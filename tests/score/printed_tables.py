"""Tables as a browser prints them from HTML, with exact truths; set B of the layouts was kept apart from the rules.

``python -m tests.score.printed_tables [seeds] [--first N] [--set A|B] [--keep FOLDER] [--wrong]``; needs Chromium
(``chromium`` of Debian) and its fonts Liberation and DejaVu.

Every layout is one page: fonts, sizes, spacings, rules and texts are drawn at random.  The documents go through the
extractor as a user's do.  Scores are those of :mod:`tests.score.pdf_tables` and :mod:`tests.score.made_tables`.
"""

from __future__ import annotations

import random
import subprocess
from collections import defaultdict
from pathlib import Path

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.printed_layouts import SETS
from tests.score.made_tables import choices, counts_of, report
from tests.score.pdf_tables import unruled_cells

_FONTS = ("Liberation Sans", "Liberation Serif", "DejaVu Sans", "DejaVu Serif", "Liberation Sans Narrow")
_STYLE = """
@page { size: A4; margin: 0 } @page wide { size: A4 landscape; margin: 0 }
body { margin: 0 } section { break-after: page; padding: 50pt; overflow: hidden; max-height: 740pt }
section.wide { page: wide; max-height: 490pt }
table { border-collapse: collapse } td, th { vertical-align: top; text-align: left; font-weight: inherit }
th { font-weight: bold } p { margin: 5pt 0; text-align: justify } .r { text-align: right } .c { text-align: center }
.m td { vertical-align: middle } .two { columns: 2; column-gap: 20pt; column-fill: auto }
sup { font-size: 65%; line-height: 0 } .small { font-size: 85% }
"""


def document(layouts, seed):
    """The HTML of one page for every layout, the truths of every page, and the pages that are stored turned."""
    sections, truths, turned, styles = [], {}, [], [_STYLE]
    for number, layout in enumerate(layouts, 1):
        pick = random.Random(f"{layout.__name__} {seed}")
        page = layout(pick)
        name = f"p{number}"
        styles.append("\n".join(f"#{name} {rule}" for rule in page.css))
        font = pick.choice(_FONTS)
        size = page.size or pick.choice([7, 7.5, 8, 8.5, 9, 10])
        wide = " class=wide" if page.wide else ""
        sections.append(f"<section id={name}{wide} style=\"font: {size}pt '{font}'\">{page.body}</section>")
        truths[number] = [table.truth() for table in page.tables]
        if page.turned:
            turned.append(number)
    title = "<!doctype html><meta charset=utf-8><title>tables</title>"
    return f"{title}<style>{chr(10).join(styles)}</style>{''.join(sections)}", truths, turned


def print_pdf(source, path):
    """Print HTML to a PDF."""
    page = path.with_suffix(".html")
    page.write_text(source, encoding="utf-8")
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--print-to-pdf={path}", page.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip


def turn(path, numbers):
    """Store pages as scanners and CAD programs do: their content lies on its side, and /Rotate sets it upright."""
    import pypdfium2
    from pypdfium2 import raw

    with pypdfium2.PdfDocument(path.read_bytes()) as pdf:
        for number in numbers:
            page = pdf[number - 1]
            width, height = page.get_size()
            raw.FPDFPage_TransFormWithClip(page, raw.FS_MATRIX(0, 1, -1, 0, height, 0), None)
            page.set_mediabox(0, 0, height, width)
            page.set_rotation(90)
        pdf.save(path)


def tables_of(path):
    """Cells of every table that the extractor gives, by page."""
    options = PdfOptions(extract_text=False, processes=1)
    result = PdfExtractor().extract(Source.from_path(path), options, ExtractionContext())
    pages = defaultdict(list)
    for table in result.tables:
        pages[table.provenance.place.page].append(unruled_cells(table))
    return pages


def compare(layouts, seed, folder):
    """Counts by layout, as ``made_tables.counts_of`` gives them."""
    source, truths, turned = document(layouts, seed)
    path = Path(folder) / f"{seed}.pdf"
    if not path.exists():
        print_pdf(source, path)
        turn(path, turned)
    return counts_of(layouts, truths, tables_of(path))


def main():
    parser = choices(__doc__, 5)
    parser.add_argument("--set", default="A", choices=sorted(SETS))
    arguments = parser.parse_args()
    report(arguments, lambda seed, folder: compare(SETS[arguments.set], seed, folder))


if __name__ == "__main__":
    main()
