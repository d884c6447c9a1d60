"""Tables as img2table finds them, as JSON: run by ``tests.score.table_peers`` in an environment of its own.

``python img2table_tables.py FLAVOUR OUTPUT DOCUMENT...``; the flavour is ``ruled`` or ``borderless``; cells are
[first row, last row, first column, last column, text], by document and page.
"""

import json
import sys
import time
from collections import defaultdict
from pathlib import Path

from img2table.document import PDF


def cells_of(table):
    """Cells with their spans: one that spans is given once for every place, with the same box."""
    places = defaultdict(list)
    for row, cells in table.content.items():
        for column, cell in enumerate(cells):
            box = cell.bbox
            places[box.x1, box.y1, box.x2, box.y2, cell.value].append((int(row), column))
    found = []
    for (*_, text), spots in places.items():
        rows, columns = zip(*spots, strict=True)
        found.append([min(rows), max(rows), min(columns), max(columns), text or ""])
    return found


def main():
    flavour, output, *documents = sys.argv[1:]
    start, found, failures = time.process_time(), {}, {}
    for path in documents:
        try:
            tables = PDF(path).extract_tables(borderless_tables=flavour == "borderless")
            found[path] = {page + 1: [cells_of(table) for table in some] for page, some in tables.items()}
        except Exception as exc:  # noqa: BLE001 -- what a peer fails on counts as nothing found
            failures[path] = repr(exc)
    answer = {"tables": found, "seconds": time.process_time() - start, "failures": failures}
    Path(output).write_text(json.dumps(answer))


if __name__ == "__main__":
    main()
