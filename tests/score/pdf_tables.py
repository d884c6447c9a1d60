"""Score tables against the truths of the ICDAR 2013 competition; prints every document.

``python -m tests.score.pdf_tables [corpus]``

The measure is that of the competition (Göbel et al., "A Methodology for Evaluating Algorithms for Table Understanding
in PDF Documents", DocEng 2012): a table is the multiset of its adjacency relations, each the texts of two neighbouring
filled cells and a direction; blank cells are skipped over.  Texts are compared by letters and digits alone.  Relations
are counted over whole pages, so that finding a table is part of the task and a table that is cut in two loses only what
crosses the cut.  ``micro`` is F1 over the relations of all documents, ``macro`` the harmonic mean of the mean precision
and mean recall of the documents.  Where a document has two accepted truths, the better one counts.
"""

from __future__ import annotations

import re
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from functools import partial
from itertools import pairwise
from pathlib import Path

from pybase_extraction_pdf.charts import chart_marks
from pybase_extraction_pdf.engine import open_document
from pybase_extraction_pdf.page_tables import page_tables
from pybase_extraction_pdf.ruled import level_rules, ruled_tables, shade_edges, unshaded_tables

# a cell is: first row, last row, first column, last column, text


def letters(text):
    return re.sub(r"[\W_]", "", text or "").lower()


def truth_of(path):
    """Cells of every table by page."""
    pages = defaultdict(list)
    for region in ET.parse(path).getroot().iter("region"):
        pages[int(region.get("page"))].append(
            [
                (
                    int(cell.get("start-row")),
                    int(cell.get("end-row", cell.get("start-row"))),
                    int(cell.get("start-col")),
                    int(cell.get("end-col", cell.get("start-col"))),
                    cell.findtext("content") or "",
                )
                for cell in region.findall("cell")
            ]
        )
    return pages


def relations(cells):
    """Adjacency relations of a table, as a multiset of first text, second text, direction."""
    owners = {}
    for index, (top, bottom, left, right, text) in enumerate(cells):
        if letters(text):
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    owners.setdefault((row, column), index)
    pairs = set()
    for axis, direction in ((0, "right"), (1, "down")):
        tracks = defaultdict(list)
        for place, index in owners.items():
            tracks[place[axis]].append((place[1 - axis], index))
        for track in tracks.values():
            track.sort()
            pairs |= {(one, other, direction) for (_, one), (_, other) in pairwise(track) if one != other}
    return Counter((letters(cells[one][4]), letters(cells[other][4]), direction) for one, other, direction in pairs)


def score(truth, found):
    """Common relations, relations found, relations of the truth."""
    common = predicted = expected = 0
    for page in set(truth) | set(found):
        one = sum((relations(cells) for cells in truth.get(page, ())), Counter())
        other = sum((relations(cells) for cells in found.get(page, ())), Counter())
        common += sum((one & other).values())
        expected += sum(one.values())
        predicted += sum(other.values())
    return common, predicted, expected


def f1(common, predicted, expected):
    return 2 * common / (predicted + expected) if predicted + expected else 1.0


def ruled_cells(table):
    columns = sorted({box[0] for row in table.cells for box in row if box})
    heads = sorted({box[1] for row in table.cells for box in row if box})
    found = []
    for boxes, texts in zip(table.cells, table.rows, strict=True):
        for box, text in zip(boxes, texts, strict=True):
            if box:
                left, top = columns.index(box[0]), heads.index(box[1])
                right = max(left, sum(x < box[2] - 1 for x in columns) - 1)
                bottom = max(top, sum(y < box[3] - 1 for y in heads) - 1)
                found.append((top, bottom, left, right, text))
    return found


def unruled_cells(table):
    return [
        (cell.row, cell.row + cell.row_span - 1, cell.column, cell.column + cell.column_span - 1, cell.text)
        for cell in table.cells
    ]


def tables_of(path):
    """Cells of every table that the project finds, by page."""
    pages = {}
    with open_document(path) as document:
        for number in range(1, len(document) + 1):
            page = document.page(number)
            ruled, unruled = page_tables(
                page.words(),
                unshaded_tables(page, ruled_tables(page)),
                [*level_rules(page.without_shading()), *shade_edges(page)],
                partial(chart_marks, page),
            )
            pages[number] = [*map(ruled_cells, ruled), *map(unruled_cells, unruled)]
    return pages


def summary(scores):
    """Micro and macro F1."""
    micro = f1(*map(sum, zip(*scores, strict=True)))
    precision = sum(common / predicted if predicted else 0.0 for common, predicted, _ in scores) / len(scores)
    recall = sum(common / expected for common, _, expected in scores) / len(scores)
    macro = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return micro, macro


def main():
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[3] / "shared" / "corpus")
    scores, seconds = [], 0.0
    for path in sorted((corpus / "pdf-tables" / "icdar2013").glob("*.pdf")):
        truths = [truth_of(one) for one in sorted(path.parent.glob(f"{path.stem.rstrip('ab')}*-str.xml"))]
        start = time.process_time()
        found = tables_of(path)
        seconds += time.process_time() - start
        best = max((score(truth, found) for truth in truths), key=lambda counts: f1(*counts))
        scores.append(best)
        print(f"{path.stem}: F1 {f1(*best):.3f}, {best[0]} of {best[2]} relations right, {best[1]} found")
    micro, macro = summary(scores)
    print(f"{len(scores)} documents: micro F1 {micro:.3f}, macro F1 {macro:.3f}, {seconds:.1f} s")


if __name__ == "__main__":
    main()
