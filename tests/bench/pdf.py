"""Time of the engine against pdfplumber on the same pages: characters, words and ruled tables, one core, one run.

``python -m tests.bench.pdf CORPUS [--pages 6] [--subset icdar2013]``; prints a ratio for every subset, and every page
whose tables or words differ; ``--rounds`` takes the least time of several rounds on every document, of both engines.
``--meaning`` compares, over the drawings, the whole reading of a page (unruled tables, title block, parts lists,
callouts, notes, text blocks, annotations) with characters, words and ruled tables alone: the best of three rounds each,
in one process, and the five dearest sheets.  ``--processes`` reads made documents of 40, 200 and 1,000 pages in one
process and in two, and prints how much sooner two are done; ``--memory`` the peak over 1,000 of them.
"""

from __future__ import annotations

import argparse
import gc
import logging
import random
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pdfplumber

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.source import Source
from pybase_extraction_pdf.engine import open_document
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from pybase_extraction_pdf.page_reading import PageReader
from pybase_extraction_pdf.plumber import Plumber
from pybase_extraction_pdf.ruled import profile_of, ruled_tables
from tests.score import pdf_precision


def documents(corpus: Path, *kinds: str) -> list[Path]:
    """The documents of folders of the corpus."""
    return sorted(path for kind in kinds for path in corpus.glob(f"{kind}/**/*") if path.suffix.lower() == ".pdf")


def ours(path: Path, most: int) -> list[tuple[list, list, int]]:
    with open_document(path) as document:
        pages = (document.page(number) for number in range(1, min(len(document), most) + 1))
        return [
            (
                [(word.text, *word[1:5]) for word in page.words()],
                [(table.cells, table.rows) for table in ruled_tables(page)],
                len(page.chars),
            )
            for page in pages
        ]


def theirs(path: Path, most: int) -> list[tuple[list, list, int]]:
    found = []
    with pdfplumber.open(path) as document:
        for page in document.pages[:most]:
            words = [(w["text"], w["x0"], w["top"], w["x1"], w["bottom"]) for w in page.extract_words()]
            tables = [
                (tuple(tuple(row.cells) for row in table.rows), tuple(map(tuple, table.extract())))
                for table in page.find_tables()
            ]
            found.append((words, tables, len(page.chars)))
            page.close()
    return found


def is_near(one: object, other: object) -> bool:
    """Equal, numbers within a hundredth of a point."""
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(is_near, one, other))
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= 0.01
    return one == other


_Reading: TypeAlias = Callable[[Path, int], list[tuple[list, list, int]]]


def timed(read: _Reading, path: Path, most: int, rounds: int) -> tuple[list[tuple[list, list, int]], float]:
    """What an engine reads, and the least seconds of the processor that it took."""
    least = float("inf")
    for _ in range(rounds):
        gc.collect()  # neither pays for what the other has left behind
        start = time.process_time()
        found = read(path, most)
        least = min(least, time.process_time() - start)
    return found, least


def compare(corpus: Path, most: int, subset: str, rounds: int) -> None:
    seconds: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    pages = tables = same_words = same_tables = 0
    for path in documents(corpus, "pdf-tables", "pdf-drawings"):
        name = path.relative_to(corpus).parts[1]
        if subset not in name:
            continue
        try:
            oracle, his_s = timed(theirs, path, most, rounds)
        except Exception as exc:  # noqa: BLE001 -- what pdfplumber cannot read has no ratio
            print(f"skipped {path.name}: pdfplumber {type(exc).__name__}")
            continue
        found, mine_s = timed(ours, path, most, rounds)
        if len(found) != len(oracle):
            print(f"skipped {path.name}: {len(found)} pages, pdfplumber finds {len(oracle)}")
            continue
        seconds[name][0] += his_s
        seconds[name][1] += mine_s
        for number, (mine, his) in enumerate(zip(found, oracle, strict=True), 1):
            pages += 1
            tables += len(his[1])
            words_agree, tables_agree = is_near(mine[0], his[0]), is_near(mine[1], his[1])
            same_words += words_agree
            same_tables += tables_agree
            if not (words_agree and tables_agree):
                print(
                    f"differs {path.name} p{number}: words {len(mine[0])}/{len(his[0])} {words_agree}, "
                    f"tables {len(mine[1])}/{len(his[1])} {tables_agree}, chars {mine[2]}/{his[2]}"
                )
    for name, (his_s, mine_s) in sorted(seconds.items()):
        print(f"{name:14} {his_s / mine_s:5.1f} x  ({his_s:.1f} s / {mine_s:.2f} s)")
    his_s, mine_s = (sum(column) for column in zip(*seconds.values(), strict=True))
    print(f"{'all':14} {his_s / mine_s:5.1f} x  ({his_s:.1f} s / {mine_s:.2f} s)")
    print(f"pages {pages}, equal words {same_words}, equal tables {same_tables} (tables {tables})")


def bare(path: Path, most: int) -> float:
    """Seconds for characters, words and ruled tables."""
    start = time.process_time()
    with open_document(path) as document:
        for number in range(1, min(len(document), most) + 1):
            page = document.page(number)
            page.words_as_read()
            ruled_tables(page, profile_of(page))
    return time.process_time() - start


def whole(path: Path, most: int) -> float:
    """Seconds for all that is read of the pages."""
    options = PdfOptions(extract_title_block=True, extract_dimensions=True)
    start = time.process_time()
    with open_document(path) as document:
        reader = PageReader(path.name, document, Plumber(path, "", len(document)), options)
        for number in range(1, min(len(document), most) + 1):
            reader.read(number)
    return time.process_time() - start


def compare_meaning(corpus: Path, most: int) -> None:
    rows = []
    for path in documents(corpus, "pdf-drawings"):
        pairs = [(bare(path, most), whole(path, most)) for _ in range(3)]
        rows.append((min(one for one, _ in pairs), min(other for _, other in pairs), path.name))
    for plain, full, name in sorted(rows, key=lambda row: row[0] - row[1])[:5]:
        print(f"{full / plain:5.2f} x  {full:.2f} s / {plain:.2f} s  {name}")
    plain, full = sum(row[0] for row in rows), sum(row[1] for row in rows)
    print(f"{full / plain:5.2f} x  all {len(rows)} drawings ({full:.2f} s / {plain:.2f} s)")


def made_document(path: Path, pages: int) -> Path:
    """Pages of prose, formulas, plots and lists, as the measure of precision has them."""
    leaves = []
    for number in range(pages):
        leaves.append(pdf_precision.Leaf())
        pdf_precision.KINDS[number % len(pdf_precision.KINDS)](leaves[-1], random.Random(number))
    pdf_precision.write(path, leaves)
    return path


def compare_processes() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for pages in (40, 200, 1000):
            source = Source.from_path(made_document(Path(folder) / "made.pdf", pages))
            seconds = []
            for processes in (1, 2):
                start = time.perf_counter()
                PdfExtractor().extract(source, PdfOptions(processes=processes), ExtractionContext())
                seconds.append(time.perf_counter() - start)
            one, two = seconds
            print(
                f"{pages:5} pages: two processes are {one / two:4.2f} x as fast ({one:.2f} s / {two:.2f} s)", flush=True
            )


_MAKE = "import sys, pathlib, tests.bench.pdf as bench; bench.made_document(pathlib.Path(sys.argv[1]), 1000)"


def measure_memory() -> None:
    """Peak of memory while pages are read one by one, each result let go."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.pdf"
        # made by another process: what that takes is no part of the peak
        subprocess.run([sys.executable, "-c", _MAKE, str(path)], check=True)
        with open_document(path) as document:
            reader = PageReader(path.name, document, Plumber(path, "", len(document)), PdfOptions())
            for number in range(1, len(document) + 1):
                reader.read(number)
                if number in {50, 100, 250, 500, 1000}:
                    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes on Linux
                    print(f"{number:5} pages: {peak / 1024:.0f} MiB at most", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/corpus"))
    parser.add_argument("--pages", type=int, default=6)
    parser.add_argument("--subset", default="")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--meaning", action="store_true")
    parser.add_argument("--processes", action="store_true")
    parser.add_argument("--memory", action="store_true")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    if arguments.memory:
        measure_memory()
    elif arguments.processes:
        compare_processes()
    elif arguments.meaning:
        compare_meaning(arguments.corpus, arguments.pages)
    else:
        compare(arguments.corpus, arguments.pages, arguments.subset, arguments.rounds)
