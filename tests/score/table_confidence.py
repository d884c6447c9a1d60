"""Count how often tables are right by kind, and whether their confidence holds for documents that were left out.

``nox -s score-table-confidence [-- corpus]``.  A table is right when at least 95 % of its relations (see
:mod:`tests.score.pdf_tables`) are those of the page's truth.  The counts behind the confidence are those of this
command; the reliability compares, for every kind, the confidence that all other documents give with what was seen.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from pybase_extraction_pdf.engine import open_document
from pybase_extraction_pdf.ruled import profile_of, ruled_tables
from pybase_extraction_pdf.table_confidence import kind_of
from pybase_extraction_pdf.tables import tables_with_unruled
from tests.score import made_tables, pdf_precision
from tests.score.pdf_tables import relations, truth_of

SEEDS = 10
FIRST_SEED = 2000
"""Seeds that no rule was made with."""
RIGHT = 0.95


def judged(path, truths):
    """Kind of every table of a document, and whether it is right by the truth that suits its page best."""
    found = []
    with open_document(path) as document:
        for number in range(1, len(document) + 1):
            page = document.page(number)
            profile = profile_of(page)
            tables = tables_with_unruled(page, ruled_tables(page, profile), profile)
            readings = [[is_right(table, truth.get(number, ())) for table in tables] for truth in truths]
            best = max(readings, key=sum)
            kinds = [kind_of(table.provenance.method, table.rows) for table in tables]
            found += [(kind, right) for kind, right in zip(kinds, best, strict=True) if right is not None]
    return found


def is_right(table, truth):
    cells = [
        (cell.row, cell.row + cell.row_span - 1, cell.column, cell.column + cell.column_span - 1, cell.text)
        for cell in table.cells
    ]
    mine, his = relations(cells), sum((relations(one) for one in truth), Counter())
    return (mine & his).total() >= RIGHT * mine.total() if mine else False


SHEET_KINDS = (made_tables.grid, made_tables.merged_grid, made_tables.parts, made_tables.small, made_tables.sparse)
"""Kinds of tables that stand on drawings: lists of parts, tables of variants and of holes."""
STROKES = 400
"""Strokes of a sheet beside its table: more than 300 make a page one of a drawing."""


def drawing_sheets(seed):
    """Typst source of A3 sheets full of strokes, each with a table that is ruled or as its kind is, and the truths."""
    pages, truths = [], {}
    for number, kind in enumerate(SHEET_KINDS, 1):
        pick = random.Random(f"sheet {kind.__name__} {seed}")
        table = kind(pick)
        if kind is not made_tables.merged_grid and pick.random() < 0.7:
            made_tables.grid_of(table)
        strokes = "".join(stroke(pick) for _ in range(STROKES))
        place = f"#place(bottom + right, dx: -30pt, dy: -40pt)[{table.source(pick)}]"
        size = f"#set text({pick.choice([7, 8, 10])}pt)"
        pages.append(f"#page(width: 1191pt, height: 842pt, margin: 20pt)[{size}\n{strokes}{place}]")
        truths[number] = [table.truth()]
    return "\n".join(pages), truths


def stroke(pick):
    """A stroke of a view: level, upright or aslant, in the left half of the sheet."""
    x, y, length = pick.uniform(10, 480), pick.uniform(10, 600), pick.uniform(4, 90)
    end = pick.choice([(length, 0), (0, length), (length, length / 2)])
    return f"#place(dx: {x:.1f}pt, dy: {y:.1f}pt, line(end: ({end[0]:.1f}pt, {end[1]:.1f}pt), stroke: 0.4pt))"


def documents(corpus, folder):
    """Name, path and accepted truths of every document; pages without tables have an empty truth."""
    import typst

    icdar = corpus / "pdf-tables" / "icdar2013"
    for path in sorted(icdar.glob("*.pdf")):
        truths = sorted(icdar.glob(f"{path.stem.rstrip('ab')}*-str.xml"))
        yield f"icdar {path.stem}", path, [truth_of(one) for one in truths]
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        source, truth = made_tables.document(seed)
        path = folder / f"{seed}.pdf"
        path.with_suffix(".typ").write_text(source)
        typst.compile(str(path.with_suffix(".typ")), output=str(path))
        yield f"made {seed}", path, [truth]
    for seed in range(FIRST_SEED, FIRST_SEED + 2 * SEEDS):
        source, truth = drawing_sheets(seed)
        path = folder / f"sheet-{seed}.pdf"
        path.with_suffix(".typ").write_text(source)
        typst.compile(str(path.with_suffix(".typ")), output=str(path))
        yield f"sheet {seed}", path, [truth]
    for seed in range(SEEDS):
        leaves = [pdf_precision.Leaf() for _ in pdf_precision.KINDS]
        for leaf, kind in zip(leaves, pdf_precision.KINDS, strict=True):
            kind(leaf, random.Random(f"{kind.__name__} {seed}"))
        path = folder / f"none-{seed}.pdf"
        pdf_precision.write(path, leaves)
        yield f"none {seed}", path, [{}]


def main():
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/corpus")
    seen = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, path, truths in documents(corpus, Path(folder)):
            seen[name] = judged(path, truths)
    totals = defaultdict(lambda: [0, 0])
    for kind, right in (entry for entries in seen.values() for entry in entries):
        totals[kind][0] += right
        totals[kind][1] += 1
    print("kind, well filled: right of found, confidence; by documents left out: stated, seen")
    for kind, (right, found) in sorted(totals.items()):
        stated, held = [], []
        for entries in seen.values():
            mine = [one for other, one in entries if other == kind]
            stated += [(right - sum(mine) + 1) / (found - len(mine) + 2)] * len(mine)
            held += mine
        print(
            f"{kind[0]:22} {kind[1]!s:5} {right:4} of {found:4}  {(right + 1) / (found + 2):.2f}"
            f"   {sum(stated) / found:.2f} {sum(held) / found:.2f}"
        )
    for source in ("icdar", "made", "sheet", "none"):
        entries = [entry for name, some in seen.items() if name.startswith(source) for entry in some]
        print(f"{source}: {sum(right for _, right in entries)} of {len(entries)} right")


if __name__ == "__main__":
    main()
