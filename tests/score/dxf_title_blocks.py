"""Score the title blocks of DXF sheets against truths that were read from pictures of the sheets.

``python -m tests.score.dxf_title_blocks [corpus]``

A field is *right* when the field of that meaning has exactly that text (white space and case apart), *kept* when the
text stands in the block under its own label instead, else *missed*.  *Invented* is every other value.  Truths are of
one block a layout; two of the files are collections of forms filled with samples, of which the first one was read.
No parts list stands on any of the sheets: each that is found is invented.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source
from pybase_extraction_dxf.extractor import DxfExtractor
from pybase_extraction_dxf.options import DxfOptions
from tests.score.pdf_title_blocks import SheetScore, given, plain

_DETAILS = {
    "date": "12-13-10",
    "drawn": "SW",
    "scale": "N.T.S",
    "company": "AMERICAN PRODUCTS, INC. (API)",
    "own: customer": "API In House",
    "own: assembly": '2-1/2" x 7-1/2" Curtain Wall',
}
TRUTHS: Mapping[tuple[str, str], Mapping[str, str]] = {
    **{("plans/api-cw750-details.dxf", f"Sheet {at}"): {**_DETAILS, "sheet": f"{at} of 4"} for at in range(1, 5)},
    ("qcad/flange.dxf", "Layout"): {
        "title": "Flange",
        "date": "11/10/2017",
        "scale": "1:1",
        "own: filename": "flange.dxf",
    },
    ("qcad/din_a4.dxf", "Model"): {
        "scale": "1 : 1",
        "general_tolerance": "ISO 2768-m",
        "own: tolerierung": "ISO 8015",
        "own: werkstückkanten": "DIN 6784",
    },
    ("qcad/iso_en_a3_metric_landscape_aec.dxf", "Model"): {},
    ("qcad/DIN7200.dxf", "Model"): {
        "department": "BEL",
        "own: technische referenz": "Mustermann",
        "drawn": "DL3DL",
        "approved": "DL3DL",
        "document_type": "Vorlage",
        "status": "Entwurf",
        "title": "Schriftfeld",
        "subtitle": "DIN 7200",
        "drawing_number": "20-00001-001",
        "revision": "A",
        "date": "14.09.20",
        "language": "dt",
        "sheet": "01",
        "sheets": "01",
    },
    ("qcad/TGL31031_1.dxf", "Model"): {
        "title": "Form A",
        "own: halbzeug/werkstoff": "Plankopf (TGL)",
        "drawing_number": "0000000000",
        "mass": "0000000000",
        "supersedes": "0000000000",
        "own: ers. durch": "0000000000",
        "drawn": "Text",
        "sheet": "01",
        "own: stand.": "TGL 31031/1",
    },
    ("plans/floorplan.dxf", "Model"): {},
    ("plans/issue42.dxf", "Model"): {},
    ("qcad/example01.dxf", "Model"): {},
    ("qcad/flange.dxf", "Layout2"): {},
    ("ezdxf/3_us_main.dxf", "Model"): {},
}
"""Fields by file and layout; what a block has without a field of its own as ``own: label``."""


def read(path: Path) -> ExtractionResult:
    """Extract a drawing."""
    return DxfExtractor().extract(Source.from_path(path), DxfOptions(), ExtractionContext())


def compare(name: str, truth: Mapping[str, str], found: Mapping[str, list[str]]) -> SheetScore:
    """Compare what was found with what was read by eye."""
    score = SheetScore(name, held=len(truth))
    by_name = {key.casefold(): values for key, values in found.items()}
    for key, value in truth.items():
        if any(plain(each) == plain(value) for each in by_name.get(key, ())):
            score.right += 1
        elif any(plain(each) == plain(value) for values in by_name.values() for each in values):
            score.kept += 1
        else:
            score.missed.append(f"{key} {value!r}")
    told = {plain(value) for value in (*truth.values(), f"{truth.get('sheet')} of {truth.get('sheets')}")}
    score.invented += [
        f"{key} {value!r}" for key, values in found.items() for value in values if plain(value) not in told
    ]
    return score


def scores(corpus: Path) -> Iterator[SheetScore]:
    """The score of each layout."""
    for file in dict.fromkeys(file for file, _ in TRUTHS):
        result = read(corpus / "dxf" / file)
        for (of, layout), truth in TRUTHS.items():
            if of == file:
                blocks = tuple(block for block in result.title_blocks if block.provenance.place.layout == layout)
                lists = [f"parts list of {len(bom.items)} lines" for bom in result.boms]
                score = compare(f"{file}, {layout}", truth, given(blocks))
                score.invented += lists
                yield score


def main() -> None:
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[3] / "shared" / "corpus")
    found = list(scores(corpus))
    for score in found:
        print(f"{score.name}: {score.right} right, {score.kept} kept, of {score.held}")
        for kind, items in (("missed", score.missed), ("invented", score.invented)):
            for item in items:
                print(f"  {kind}: {item}")
    right, kept, held = (sum(getattr(score, name) for score in found) for name in ("right", "kept", "held"))
    missed, invented = sum(len(score.missed) for score in found), sum(len(score.invented) for score in found)
    print(f"{len(found)} layouts: {right} right and {kept} kept of {held} fields, {missed} missed, {invented} invented")


if __name__ == "__main__":
    main()
