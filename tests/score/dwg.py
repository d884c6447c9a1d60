"""Compare the DWG extractor with raw scans of the DXF files of the same drawings; prints every deviation.

``python -m tests.score.dwg [corpus]``
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

from pybase_extraction_dwg.drawing import read_drawing
from pybase_extraction_dwg.exchange import to_dxf

from pybase_extraction.errors import ExtractionError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source
from pybase_extraction_dxf.document import open_drawing
from tests.score.dxf import compare


def main():
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[3] / "shared" / "corpus")
    registry = ExtractorRegistry.discover()
    options = registry.validate_options("dwg", {})
    with (corpus / "MANIFEST.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["path"].startswith("dwg/") and row["ground_truth"]]
    right = dimensions = attributes = 0
    for row in rows:
        source = Source.from_path(corpus / row["path"])
        try:
            result = registry.extractor("dwg").extract(source, options, ExtractionContext())
        except ExtractionError as exc:
            print(f"{row['path']}: {exc}")
            continue
        truth = json.loads((corpus / row["ground_truth"]).read_text(encoding="utf-8"))
        exchange = Source.from_bytes(to_dxf(read_drawing(corpus / row["path"], source.name)), name=source.name)
        deviations = [*compare(truth, result, open_drawing(exchange, lambda: None).scan)]
        dimensions += len(truth["dimensions"])
        attributes += len(truth["attribs"])
        right += not deviations
        for sentence in deviations:
            print(f"{row['path']}: {sentence}")
    print(
        f"{right} of {len(rows)} files without a deviation; {dimensions} dimensions, {attributes} attributes compared"
    )


if __name__ == "__main__":
    main()
