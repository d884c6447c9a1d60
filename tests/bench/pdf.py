"""Time of the engine against pdfplumber on the same pages: characters, words and ruled tables, one core, one run.

``python -m tests.bench.pdf CORPUS [--pages 6] [--subset icdar2013]``; prints a ratio for every subset, and every page
whose tables or words differ.
"""

from __future__ import annotations

import argparse
import logging
import time
import warnings
from collections import defaultdict
from pathlib import Path

import pdfplumber

from pybase_extraction_pdf.engine import open_document
from pybase_extraction_pdf.ruled import ruled_tables


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


def compare(corpus: Path, most: int, subset: str) -> None:
    seconds: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    pages = tables = same_words = same_tables = 0
    for path in sorted((*corpus.glob("pdf-tables/**/*.pdf"), *corpus.glob("pdf-drawings/**/*.pdf"))):
        name = path.relative_to(corpus).parts[1]
        if subset not in name:
            continue
        try:
            start = time.process_time()
            oracle = theirs(path, most)
            middle = time.process_time()
        except Exception as exc:  # noqa: BLE001 -- what pdfplumber cannot read has no ratio
            print(f"skipped {path.name}: pdfplumber {type(exc).__name__}")
            continue
        found = ours(path, most)
        end = time.process_time()
        if len(found) != len(oracle):
            print(f"skipped {path.name}: {len(found)} pages, pdfplumber finds {len(oracle)}")
            continue
        seconds[name][0] += middle - start
        seconds[name][1] += end - middle
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/corpus"))
    parser.add_argument("--pages", type=int, default=6)
    parser.add_argument("--subset", default="")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    compare(arguments.corpus, arguments.pages, arguments.subset)
