"""Score the title blocks of PDF drawing sheets against truths that were read by eye.

``python -m tests.score.pdf_title_blocks [corpus]``

A field is *held* when its text, without white space and case, stands in the text layer of the sheet.  It is *right*
when the field of that meaning has exactly that text (white space and case apart) as its value, or as what is printed
where the value leaves its label out ("Rev D"); *kept* when the text stands in the block under its own label instead.
*Invented* are fields that the drawing leaves blank and that were given a value, values that are no part of a printed
field, and other values of a field that the truth has.  *Beyond* are fields that the truth does not list and whose text
stands on the sheet: they are listed for the eye.  Truths state the block of the first page.  OCR is off: what the text
layer holds is what is measured.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pybase_extraction.drawing.title_labels import match_label
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import ExtractionResult, TitleBlock, TitleField
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions

FIELDS = {"weight": "mass", "sheet_size": "format", "drawn_date": "date", "drawn_by": "drawn", "author": "drawn"}
"""Fields of the truths that the vocabulary calls otherwise."""
ANY_ROLE = frozenset({"drawn", "designed", "checked", "approved"})


@dataclass(slots=True)
class SheetScore:
    """What became of one sheet."""

    name: str
    held: int = 0
    right: int = 0
    kept: int = 0
    missed: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)


def plain(text: object) -> str:
    """Spell for comparison."""
    return "".join(str(text).split()).casefold()


def truths(corpus: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every PDF whose title block was read by eye."""
    for path in sorted((corpus / "truth" / "drawings").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        if truth.get("title_block") and str(truth.get("file") or "").lower().endswith(".pdf"):
            yield corpus / truth["file"], truth


def read(path: Path) -> ExtractionResult:
    """Extract a sheet without OCR."""
    options = PdfOptions(extract_title_block=True, ocr="never")
    return PdfExtractor().extract(Source.from_path(path), options, ExtractionContext())


def given(blocks: tuple[TitleBlock, ...]) -> dict[str, list[str]]:
    """Every value of the blocks by the name of its field."""
    found: dict[str, list[str]] = {}
    for block in blocks:
        for name in type(block).model_fields:
            value = getattr(block, name)
            if isinstance(value, TitleField):
                found.setdefault(name, []).extend(dict.fromkeys([value.value, _printed(value)]))
        for role, signature in block.signatures.items():
            found.setdefault(role, []).extend([signature.name.value] if signature.name else [])
            found.setdefault("date", []).extend([signature.date.value] if signature.date else [])
        for label, value in block.custom_fields.items():
            found.setdefault(f"own: {label}", []).append(value.value)
        if block.sheet and block.sheets:
            found["sheet"].append(f"{block.sheet.value} of {block.sheets.value}")
    return found


def _printed(value: TitleField) -> str:
    """A value with the label that stands before it in the same text; the value itself where none does."""
    raw = " ".join((value.raw or "").split())
    label = match_label(raw)
    return raw if label is not None and label.rest == value.value else value.value


def compare(name: str, truth: Mapping[str, Any], found: Mapping[str, list[str]], text: str) -> SheetScore:
    """Compare what was found with what people read."""
    score = SheetScore(name)
    for key, value in truth["title_block"].items():
        wanted, title = plain(value), FIELDS.get(key, key)
        if wanted not in text:
            continue
        score.held += 1
        homes = ANY_ROLE if title in ANY_ROLE else {title}
        if any(plain(each) == wanted for home in homes for each in found.get(home, [])):
            score.right += 1
        elif any(plain(each) == wanted for values in found.values() for each in values):
            score.kept += 1
        else:
            score.missed.append(f"{key} {value!r}")
    score.invented += _invented(truth, found, text)
    score.beyond += _beyond(truth, found, text)
    return score


def _beyond(truth: Mapping[str, Any], found: Mapping[str, list[str]], text: str) -> Iterator[str]:
    """Values of fields that the truth does not list, printed on the sheet."""
    printed = [plain(value) for value in truth["title_block"].values()]
    listed = {FIELDS.get(key, key) for key in truth["title_block"]}
    for name, values in found.items():
        for value in values:
            is_known = any(plain(value) in each for each in printed)
            if not is_known and name not in listed and plain(value) in text:
                yield f"{name} {value!r}"


def _invented(truth: Mapping[str, Any], found: Mapping[str, list[str]], text: str) -> Iterator[str]:
    beyond = set(_beyond(truth, found, text))
    printed = [plain(value) for value in truth["title_block"].values()]
    for blank in truth.get("title_block_fields_left_blank_on_drawing") or []:
        key = blank.replace(" ", "_")
        for value in found.get(FIELDS.get(key, key), []):
            yield f"{blank} {value!r}, which is blank"
    for name, values in found.items():
        for value in values:
            label = match_label(value)
            if label is not None and label.rest in values:
                continue
            if not any(plain(value) in each for each in printed) and f"{name} {value!r}" not in beyond:
                yield f"{name} {value!r}"


def score(path: Path, truth: Mapping[str, Any]) -> SheetScore:
    """Read a sheet and compare."""
    result = read(path)
    texts = [block.text for block in result.text_blocks] + [str(item.value) for item in result.form_fields]
    first = tuple(block for block in result.title_blocks if block.page in {1, None})
    return compare(path.name, truth, given(first), plain("".join(texts)))


def main() -> None:
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[3] / "shared" / "corpus"
    scores = [score(path, truth) for path, truth in truths(corpus)]
    for each in scores:
        print(f"{each.name}: {each.right} of {each.held} right, {each.kept} under their own label")
        for miss in each.missed:
            print(f"    missed: {miss}")
        for extra in each.invented:
            print(f"    invented: {extra}")
        for more in each.beyond:
            print(f"    not in the truth: {more}")
    held, right, kept = (sum(getattr(each, name) for each in scores) for name in ("held", "right", "kept"))
    invented = sum(len(each.invented) for each in scores)
    print(f"\n{held} fields held by the text layer: {right} right, {kept} under their own label, {invented} invented")


if __name__ == "__main__":
    main()
