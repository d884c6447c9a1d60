"""Count callouts that are read from pages without drawings: data sheets, reports, catalogues, price lists, charts.

``python -m tests.score.pdf_false_callouts [corpus] [seeds]`` reads every PDF of ``pdf-tables`` and 20 made pages for
each seed (those of ``pdf_precision``).  Some data sheets of the folder hold figures with dimensions, which are right:
their counts are given apart.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pybase_extraction.errors import ExtractionError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import ExtractionResult, Value
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.score.pdf_precision import KINDS, Leaf, write

WITH_FIGURES = "engineering"
"""Folder of the data sheets whose figures have dimensions."""


def read(path: Path) -> ExtractionResult:
    """Read everything of a drawing, without OCR."""
    options = PdfOptions(extract_dimensions=True, extract_title_block=True, ocr="never")
    return PdfExtractor().extract(Source.from_path(path), options, ExtractionContext())


def callouts(result: ExtractionResult) -> list[Value]:
    """Dimensions and their kin."""
    kin = (result.threads, result.feature_control_frames, result.surface_textures, result.datums, result.welds)
    return [*result.dimensions, *(value for values in kin for value in values)]


def made(folder: Path, seeds: int) -> Iterator[Path]:
    """Pages of prose, lists, formulas, charts and their like."""
    for seed in range(seeds):
        leaves = []
        for kind in KINDS:
            leaves.append(Leaf())  # type: ignore[no-untyped-call]
            kind(leaves[-1], random.Random(f"{kind.__name__} {seed}"))  # type: ignore[no-untyped-call]
        write(folder / f"{seed}.pdf", leaves)  # type: ignore[no-untyped-call]
        yield folder / f"{seed}.pdf"


def count(paths: Iterator[Path], name: str) -> None:
    """Print the files with callouts or title blocks, and the sums."""
    found, pages, blocks = Counter[str](), 0, 0
    for path in paths:
        try:
            result = read(path)
        except ExtractionError as exc:
            print(f"{path.name}: {type(exc).__name__}")
            continue
        pages += len(result.pages)
        blocks += len(result.title_blocks)
        if values := callouts(result):
            found[path.name] += len(values)
    for file, number in found.most_common():
        print(f"  {file}: {number}")
    print(f"{name}: {found.total()} callouts and {blocks} title blocks on {pages} pages")


def main() -> None:
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[3] / "shared" / "corpus"
    files = sorted(path for path in (corpus / "pdf-tables").rglob("*") if path.suffix.lower() == ".pdf")
    count((path for path in files if path.parent.name != WITH_FIGURES), "documents")
    count((path for path in files if path.parent.name == WITH_FIGURES), "data sheets with figures")
    with tempfile.TemporaryDirectory() as folder:
        count(made(Path(folder), int(sys.argv[2]) if len(sys.argv) > 2 else 4), "made pages")


if __name__ == "__main__":
    main()
