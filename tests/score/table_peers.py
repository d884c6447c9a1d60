"""Compare tables with those of pdfplumber, camelot and img2table on the same documents in one run.

``nox -s score-table-peers [-- --made 6]``: the documents of ICDAR 2013, or pages that ``tests.score.made_tables`` sets.
Each peer has an environment of its own, for they replace each other's OpenCV.  All cells are scored as in
:mod:`tests.score.pdf_tables`.  camelot says of no cell that it spans; its texts are taken as its data frame has them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
import warnings
from collections import defaultdict
from pathlib import Path

import pdfplumber

from tests.score import made_tables, pdf_tables
from tests.score.pdf_tables import f1, score, summary, truth_of

FLAVOURS = {"camelot": ("auto", "hybrid", "network", "stream", "lattice"), "img2table": ("borderless", "ruled")}
ALIGNED = {"vertical_strategy": "text", "horizontal_strategy": "text"}


def icdar(corpus):
    """Documents and their accepted truths."""
    folder = corpus / "pdf-tables" / "icdar2013"
    return {
        path: [truth_of(one) for one in sorted(folder.glob(f"{path.stem.rstrip('ab')}*-str.xml"))]
        for path in sorted(folder.glob("*.pdf"))
    }


def made(seeds, folder):
    """Documents of one page for every kind of table, and their truths."""
    import typst

    found = {}
    for seed in range(seeds):
        source, truth = made_tables.document(1000 + seed)
        path = folder / f"{seed}.pdf"
        path.with_suffix(".typ").write_text(source)
        typst.compile(str(path.with_suffix(".typ")), output=str(path))
        found[path] = [truth]
    return found


def ours(documents):
    start = time.process_time()
    return {str(path): pdf_tables.tables_of(path) for path in documents}, time.process_time() - start


def plain_cells(rows):
    return [(row, row, column, column, text) for row, texts in enumerate(rows) for column, text in enumerate(texts)]


def plumber(documents, settings):
    start, found = time.process_time(), defaultdict(dict)
    for path in documents:
        with pdfplumber.open(path) as document:
            for number, page in enumerate(document.pages, 1):
                found[str(path)][number] = [
                    [
                        (row, row, column, column, text)
                        for row, texts in enumerate(rows)
                        for column, text in enumerate(texts)
                    ]
                    for rows in page.extract_tables(settings)
                ]
                page.close()
    return found, time.process_time() - start


def peer(python, name, flavour, documents):
    """What another library finds, by a script in its own environment."""
    script = Path(__file__).parent / "peers" / f"{name}_tables.py"
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "tables.json"
        command = [python, str(script), flavour, str(output), *map(str, documents)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        answer = json.loads(output.read_text())
    found = {path: {int(page): cells for page, cells in pages.items()} for path, pages in answer["tables"].items()}
    for path, failure in answer["failures"].items():
        print(f"  {name} {flavour} failed on {Path(path).name}: {failure[:100]}")
    return found, answer["seconds"]


def report(label, documents, found, seconds):
    scores = [
        max((score(truth, found.get(str(path), {})) for truth in truths), key=lambda counts: f1(*counts))
        for path, truths in documents.items()
    ]
    micro, macro = summary(scores)
    count = sum(len(tables) for pages in found.values() for tables in pages.values())
    print(f"{label:22} micro F1 {micro:.3f}  macro F1 {macro:.3f}  tables {count:4}  {seconds:6.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/corpus"))
    parser.add_argument("--made", type=int, default=0)
    for name in FLAVOURS:
        parser.add_argument(f"--{name}", help=f"Python of an environment that has {name}")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        documents = made(arguments.made, Path(folder)) if arguments.made else icdar(arguments.corpus)
        report("pybase_extraction", documents, *ours(documents))
        report("pdfplumber lines", documents, *plumber(documents, {}))
        report("pdfplumber text", documents, *plumber(documents, ALIGNED))
        for name, flavours in FLAVOURS.items():
            python = getattr(arguments, name)
            for flavour in flavours if python else ():
                report(f"{name} {flavour}", documents, *peer(python, name, flavour, documents))


if __name__ == "__main__":
    main()
