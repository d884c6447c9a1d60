"""Score the parts lists of PDF sheets against truths that were read by eye.

``python -m tests.score.pdf_parts_lists [corpus]``

The lines of a truth and those that were read are paired in order, by their texts.  A cell is *right* when the field of
its column has exactly the printed text (white space apart) or number, *wrong* when it has another one, *missed* when it
has none or its line was not found.  *Invented* are values of cells that are blank on the sheet, and of lines that are
not on it.  Every PDF sheet of the corpus without a truth is read too: a list that is found there is named.  OCR is off.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from pybase_extraction.drawing.parts_list import match_headers
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import BillOfMaterials, BomItem, ExtractionResult
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions

Cells = tuple[str, ...]


@dataclass(slots=True)
class ListScore:
    """What became of the cells of one document."""

    name: str
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)


def plain(value: object) -> str:
    """Spell for comparison: numbers without trailing zeros, blank as nothing."""
    if isinstance(value, float | int):
        return f"{value:g}"
    return "" if value is None else "".join(str(value).split())


def truths(corpus: Path) -> Iterator[tuple[Path, Sequence[str], list[Cells]]]:
    """Every PDF whose parts list was read by eye, with its headers and the texts of its cells."""
    for path in sorted((corpus / "truth" / "drawings").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        headers = truth.get("header")
        if headers and truth.get("rows") and str(truth.get("file") or "").lower().endswith(".pdf"):
            rows = [tuple(plain(row.get(header)) for header in headers) for row in truth["rows"]]
            yield corpus / truth["file"], headers, rows


def read(path: Path) -> ExtractionResult:
    """Extract a document without OCR."""
    return PdfExtractor().extract(Source.from_path(path), PdfOptions(ocr="never"), ExtractionContext())


def cells_of(item: BomItem, headers: Sequence[str]) -> Cells:
    """The cells of a line that was read, by the headers of the truth."""
    return tuple(
        plain(getattr(item, column) if column else item.properties.get(header))
        for column, header in zip(match_headers(headers), headers, strict=True)
    )


def compare(name: str, headers: Sequence[str], rows: Sequence[Cells], boms: Sequence[BillOfMaterials]) -> ListScore:
    """Compare what was found with what people read."""
    score = ListScore(name)
    found = [cells_of(item, headers) for bom in boms for item in bom.items]
    pairs = _paired(rows, found)
    for row, other in pairs:
        for header, wanted, given in zip(
            headers, row or ("",) * len(headers), other or ("",) * len(headers), strict=True
        ):
            _count(score, f"{header} of {(row or other or ('',))[0]!r}", wanted, given)
    return score


def _count(score: ListScore, where: str, wanted: str, given: str) -> None:
    if wanted and wanted == given:
        score.right += 1
    elif wanted and given:
        score.wrong.append(f"{where}: {given!r} for {wanted!r}")
    elif wanted:
        score.missed.append(f"{where}: {wanted!r}")
    elif given:
        score.invented.append(f"{where}: {given!r}")


def _paired(rows: Sequence[Cells], found: Sequence[Cells]) -> Iterator[tuple[Cells | None, Cells | None]]:
    """Lines with the same texts; between them, lines in their order; the rest alone."""
    for _, a0, a1, b0, b1 in SequenceMatcher(None, rows, found, autojunk=False).get_opcodes():
        for at in range(max(a1 - a0, b1 - b0)):
            row = rows[a0 + at] if a0 + at < a1 else None
            yield row, found[b0 + at] if b0 + at < b1 else None


def others(corpus: Path, scored: set[Path]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Lists that are found on sheets without a truth of one."""
    for path in sorted((corpus / "pdf-drawings").rglob("*")):
        if path.suffix.lower() == ".pdf" and path not in scored:
            boms = read(path).boms
            if boms:
                yield path, {"headers": boms[0].headers, "lines": sum(len(bom.items) for bom in boms)}


def main() -> None:
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[3] / "shared" / "corpus"
    scored = {path: (headers, rows) for path, headers, rows in truths(corpus)}
    scores = [compare(path.name, headers, rows, read(path).boms) for path, (headers, rows) in scored.items()]
    for each in scores:
        print(f"{each.name}: {each.right} right")
        for kind in ("wrong", "missed", "invented"):
            for text in getattr(each, kind):
                print(f"    {kind}: {text}")
    for path, what in others(corpus, set(scored)):
        print(f"{path.name}: {what['lines']} lines below {what['headers']}, without a truth")
    right = sum(each.right for each in scores)
    wrong, missed, invented = (
        sum(len(getattr(each, kind)) for each in scores) for kind in ("wrong", "missed", "invented")
    )
    print(f"\n{right + wrong + missed} cells: {right} right, {wrong} wrong, {missed} missed, {invented} invented")


if __name__ == "__main__":
    main()
