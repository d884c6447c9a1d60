"""Tables as camelot finds them, as JSON: run by ``tests.score.table_peers`` in an environment of its own.

``python camelot_tables.py FLAVOUR OUTPUT DOCUMENT...``; cells are [row, row, column, column, text], by document and
page.
"""

import json
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path

import camelot

warnings.simplefilter("ignore")


def tables_of(path, flavour):
    pages = defaultdict(list)
    for table in camelot.read_pdf(path, pages="all", flavor=flavour, suppress_stdout=True):
        cells = [
            [row, row, column, column, text]
            for row, texts in enumerate(table.df.values.tolist())
            for column, text in enumerate(texts)
        ]
        pages[int(table.page)].append(cells)
    return pages


def main():
    flavour, output, *documents = sys.argv[1:]
    start, found, failures = time.process_time(), {}, {}
    for path in documents:
        try:
            found[path] = tables_of(path, flavour)
        except Exception as exc:  # noqa: BLE001 -- what a peer fails on counts as nothing found
            failures[path] = repr(exc)
    answer = {"tables": found, "seconds": time.process_time() - start, "failures": failures}
    Path(output).write_text(json.dumps(answer))


if __name__ == "__main__":
    main()
