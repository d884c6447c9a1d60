"""Score what is read from pixels against truths that were read by eye; prints every sheet and every miss.

``python -m tests.score.ocr [corpus [part of a name]]``

*Sheets*: drawings whose views hold no text (``STROKED`` of ``pdf_callouts``, one scan, and images), through the
whole pipeline: dimensions and threads are paired one to one as in ``pdf_callouts``, every one of the truth counts.

*Title fields*: a field of the truth is *right* where the field of the same name has the same letters and digits, *read*
where they stand somewhere among the words.

Fields that the text layer holds are left out, and those of form fields.

*Marks*: texts that another project marked in images as dimensions, by their boxes: one is *read* where the words in its
box hold its numbers and signs, in any order, and nothing else.

*Rendered*: drawings whose text layer is drawn as pixels, clean and as a scan (turned, blurred, noisy, JPEG), and read
from these; the words of the text layer with two letters or more are the truth.  A word is *found* where the words that
were read in its box have its letters and digits in order.

*Certainty*: every word that was read on a marked place or on words of a text layer, by the recogniser's own certainty:
how many are a part of what stands there.
"""

from __future__ import annotations

import io
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.raster import Raster, RasterWord, levelled_back
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import ExtractionResult, TitleField
from pybase_extraction.source import BBox, Source
from pybase_extraction_ocr.recognition import read_raster
from tests.score.pdf_callouts import STROKED, fact_of_dimension, fact_of_thread, facts_of_truth, letters, match

SCANNED = frozenset({"nist_mtc_crada_box_rev-A.PDF"})
_NAMES = {
    "drawing_number": ("drawing_number", "part_number"),
    "part_number": ("part_number", "drawing_number"),
    "company": ("company", "owner"),
    "sheet_size": ("format", "size", "paper_size"),
    "size": ("format", "size", "paper_size"),
    "paper_size": ("format", "size"),
    "units": ("unit",),
    "author": ("designed", "drawn"),
    "tolerancing_principle": ("Tolerierung",),
    "edges_standard": ("Werkstückkanten", "Werkstück- kanten", "kanten"),
}
_SIGNED = re.compile(r"\d+(?:[.,]\d+)?|[⌀°±RMØ]")
_CERTAINTIES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)


def extracted(path: Path, registry: ExtractorRegistry) -> ExtractionResult:
    """The result of a file, in this process."""
    source = Source.from_path(path)
    info = registry.choose(registry.detect(source).format)
    options = registry.validate_options(info.name, {"extract_dimensions": True, "extract_title_block": True})
    result = registry.extractor(info.name).extract(source, options, ExtractionContext(hooks=registry.hook))
    assert isinstance(result, ExtractionResult)
    return result


def sheets(corpus: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every sheet that only OCR can read, with its truth."""
    for path in sorted((corpus / "truth" / "drawings").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        file = corpus / str(truth.get("file"))
        if file.name in STROKED | SCANNED or str(truth.get("file")).startswith(("images/", "werk24/")):
            yield file, truth


def fields(result: ExtractionResult) -> dict[str, str]:
    """Every field of the title blocks by its name."""
    found: dict[str, str] = {}
    for block in result.title_blocks:
        for name in type(block).model_fields:
            value = getattr(block, name)
            if isinstance(value, TitleField):
                found.setdefault(name, value.value)
        for role, signature in block.signatures.items():
            for part, value in (("", signature.name), ("_date", signature.date)):
                if value is not None:
                    found.setdefault(f"{role}{part}", value.value)
                    found.setdefault(f"{role}_by{part}", value.value)
                    if part:
                        found.setdefault("date", value.value)
        for label, value in block.custom_fields.items():
            found.setdefault(label, value.value)
    return found


def title_scores(result: ExtractionResult, truth: dict[str, Any]) -> Iterator[tuple[str, bool, bool, str]]:
    """For every field that is printed and not in the form fields: name, right, read, what was found."""
    found = fields(result)
    held = letters("".join(block.text for block in result.text_blocks if block.kind == "ocr"))
    layer = letters("".join(block.text for block in result.text_blocks if block.kind != "ocr"))
    filled = letters("".join(str(item.value) for item in result.form_fields))
    for name, value in truth["title_block"].items():
        text = letters(str(value))
        if not isinstance(value, str) or not text or text in filled or text in layer:
            continue
        values = [found[other] for other in (name, *_NAMES.get(name, ())) if other in found]
        if name == "title" and "title" in found and "subtitle" in found:
            values.append(f"{found['title']} {found['subtitle']}")
        if name == "sheet" and "sheets" in found:
            values.append(f"{found.get('sheet')} of {found['sheets']}")
        yield name, text in map(letters, values), text in held, f"{value!r}: {values}"


def signs(text: str) -> Counter[str]:
    """Numbers and signs of a text, written one way."""
    return Counter(part.replace(",", ".").replace("Ø", "⌀") for part in _SIGNED.findall(text.replace("φ", "⌀")))


def marks(corpus: Path) -> Iterator[tuple[Path, list[tuple[str, tuple[float, float, float, float]]]]]:
    """Every marked image with its dimension texts and their boxes in pixels."""
    for path in sorted((corpus / "images" / "edocr2").glob("*.json")):
        shapes = json.loads(path.read_text(encoding="utf-8"))["shapes"]
        found = []
        for shape in shapes:
            xs, ys = zip(*shape["points"], strict=True)
            if signs(shape["label"]) and shape["label"] != "other_info":
                found.append((shape["label"], (min(xs), min(ys), max(xs), max(ys))))
        yield next(other for other in (path.with_suffix(".jpg"), path.with_suffix(".png")) if other.exists()), found


def words_in(words: list[RasterWord], box: tuple[float, float, float, float]) -> list[RasterWord]:
    """Words whose middle lies in a box."""
    x0, top, x1, bottom = box
    return [
        word
        for word in words
        if x0 <= (word.bbox[0] + word.bbox[2]) / 2 <= x1 and top <= (word.bbox[1] + word.bbox[3]) / 2 <= bottom
    ]


def read_words(path: Path) -> list[RasterWord]:
    """The words of an image."""
    from pybase_extraction_ocr.extractor import MAX_PIXELS
    from pybase_extraction_ocr.images import opened

    with opened(Source.from_path(path)) as pages:
        return list(read_raster(pages.raster(1, MAX_PIXELS), lambda: None).words)


RENDERED = (
    "cosi-measure/2018-08-02_COSImeasure_mechanical_plate1_1of2.pdf",
    "odri/motor_shaft.PDF",
    "edocr2/Aufspannung.PDF",
    "ultimaker2/B1011-A2P-A.PDF",
    "ultimaker2/B1187-B2P-A.PDF",
)
"""Drawings of five makers or forms with a text layer."""
DPI = 200


def rendered(path: Path) -> tuple[Raster, list[tuple[str, BBox]]]:
    """The first page of a drawing as pixels, and the words of its text layer with their places in pixels."""
    from pybase_extraction_pdf.document import opened
    from pybase_extraction_pdf.rendering import draw

    source = Source.from_path(path)
    with opened(source, "", None) as (document, local):
        raster = draw(document, local, 1, 36_000_000, wanted=DPI / 72)
        words = document.page(1).words_as_read()
    known = [(word.text, raster.pixels_of(word[1:5])) for word in words if len(letters(word.text)) > 1]
    return Raster(raster.width, raster.height, raster.pixels, (0, 0, raster.width, raster.height)), known


def scanned(raster: Raster, angle: float) -> Raster:
    """A page as a scanner gives it: turned, blurred, with speckles, as JPEG."""
    chance = np.random.default_rng(1)
    image = Image.frombytes("RGB", (raster.width, raster.height), raster.pixels).convert("L")
    image = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.8))
    grey = np.asarray(image, dtype=np.float32) * 0.86 + 20 + chance.normal(0, 6, (raster.height, raster.width))
    grey[chance.random(grey.shape) < 0.0005] = 40
    stream = io.BytesIO()
    Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=60)
    return Raster(raster.width, raster.height, Image.open(stream).convert("RGB").tobytes(), raster.box)


def score_rendered(corpus: Path, only: str, sure: Counter[tuple[float, bool]]) -> None:
    """Print what is read of drawings that were drawn as pixels."""
    write, total = sys.stdout.write, Counter[str]()
    for path in (corpus / "pdf-drawings" / name for name in RENDERED):
        if only not in path.name:
            continue
        page, known = rendered(path)
        for name, raster in (("clean", page), ("scan", scanned(page, 0.8))):
            found = read_raster(raster, lambda: None)
            words = [
                replace(word, bbox=levelled_back(word.bbox, raster.box, found.skew - (0.8 if name == "scan" else 0.0)))
                for word in found.words
            ]
            right = sum(letters(text) in letters(said_in(words, box)) for text, box in known)
            total.update({f"{name} right": right, f"{name} all": len(known)})
            write(f"{path.name}, {name}: {right} of {len(known)} words\n")
            for word in words:
                said = [text for text, box in known if overlap(box, word.bbox)]
                if said and len(letters(word.text)) > 1:
                    bound = next(bound for bound in _CERTAINTIES if word.score < bound)
                    sure[bound, letters(word.text) in letters("".join(said))] += 1
        sys.stdout.flush()
    for name in ("clean", "scan"):
        write(f"rendered, {name}: {_share(total[f'{name} right'], total[f'{name} all'])}\n")


def said_in(words: Sequence[RasterWord], box: BBox) -> str:
    """What was read in a box, in the order in which it runs."""
    inside = [word for word in words if overlap(box, word.bbox)]
    return "".join(
        word.text for word in sorted(inside, key=lambda word: word.bbox[0] if not word.turn else -word.bbox[3])
    )


def overlap(one: BBox, other: BBox) -> bool:
    """Whether the middle of one of two boxes lies in the other."""
    return any(
        a[0] <= (b[0] + b[2]) / 2 <= a[2] and a[1] <= (b[1] + b[3]) / 2 <= a[3] for a, b in ((one, other), (other, one))
    )


def score_sheets(corpus: Path, only: str) -> None:
    """Print the sheets."""
    registry = ExtractorRegistry.discover(strict=True)
    write, total = sys.stdout.write, Counter[str]()
    for path, truth in sheets(corpus):
        if only not in path.name:
            continue
        started = time.process_time()
        result = extracted(path, registry)
        facts = [*map(fact_of_dimension, result.dimensions), *map(fact_of_thread, result.threads)]
        tally = match(list(facts_of_truth(truth)), facts, numbers=None)
        titles = list(title_scores(result, truth))
        total.update(held=tally.held, right=tally.right, fields=len(titles))
        total.update(fields_right=sum(item[1] for item in titles), fields_read=sum(item[2] for item in titles))
        if truth.get("dimensions_list_is_exhaustive"):
            total.update(found=tally.found, hits=tally.right)
        write(
            f"{path.name}: dimensions {tally.right} of {tally.held}, found {tally.found}; title fields "
            f"{sum(item[1] for item in titles)} right and {sum(item[2] for item in titles)} read of {len(titles)}; "
            f"{time.process_time() - started:.0f} s of processor time\n"
        )
        write("".join(f"    missed: {text}\n" for text in tally.missed))
        write("".join(f"    invented: {text}\n" for text in tally.invented))
        write(
            "".join(f"    {'read' if read else 'unread'}: {name} {text}\n" for name, ok, read, text in titles if not ok)
        )
        sys.stdout.flush()
    write(
        f"dimensions: recall {_share(total['right'], total['held'])}, precision where exhaustive "
        f"{_share(total['hits'], total['found'])}; title fields: right "
        f"{_share(total['fields_right'], total['fields'])}, read {_share(total['fields_read'], total['fields'])}\n"
    )


def score_marks(corpus: Path, only: str, sure: Counter[tuple[float, bool]]) -> None:
    """Print the marked images."""
    write, total = sys.stdout.write, Counter[str]()
    for path, texts in marks(corpus):
        if only not in path.name:
            continue
        seen = read_words(path)
        for label, box in texts:
            inside = words_in(seen, box)
            said = " ".join(word.text for word in inside)
            is_read = signs(said) == signs(label)
            total.update(marks=1, read=is_read)
            for word in inside:
                bound = next(bound for bound in _CERTAINTIES if word.score < bound)
                sure[bound, not signs(word.text) - signs(label)] += 1
            write("" if is_read else f"    {path.name}: {label!r} read as {said!r}\n")
        sys.stdout.flush()
    write(f"marks: read {_share(total['read'], total['marks'])}\n")


def write_certainty(sure: Counter[tuple[float, bool]]) -> None:
    """Print how many words of each certainty are right."""
    write = sys.stdout.write
    for bound in _CERTAINTIES:
        if sure[bound, True] + sure[bound, False]:
            count = sure[bound, True] + sure[bound, False]
            write(f"words less certain than {bound}: right {_share(sure[bound, True], count)}\n")


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {part / whole:.3f}" if whole else "-"


def main(arguments: list[str]) -> None:
    """Print both."""
    corpus = Path(arguments[0]) if arguments else Path(__file__).parents[2] / ".." / "shared" / "corpus"
    only = arguments[1] if len(arguments) > 1 else ""
    sure = Counter[tuple[float, bool]]()
    score_marks(corpus, only, sure)
    score_rendered(corpus, only, sure)
    write_certainty(sure)
    score_sheets(corpus, only)


if __name__ == "__main__":
    main(sys.argv[1:])
