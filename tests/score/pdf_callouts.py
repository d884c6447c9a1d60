"""Score the callouts of PDF drawing sheets against truths that were read by eye; prints every sheet and every miss.

``python -m tests.score.pdf_callouts [corpus]``

*Held by the text layer*: every number of the truth's text stands, with as many decimals, among the page's words
(annotations included).  Sheets whose views are lettered with strokes (``STROKED``, seen by rendering them without text)
hold no callout: their numbers that are words too name zones or stand in comments.  Recall is over what is held.

*Matching* is one to one: a truth and a find are a pair when kind, nominal size (or both limits) and quantity agree;
each is used once.  A truth whose text prints its count (``4X``, ``8 holes``) is one callout of that quantity; a count
without one says how often the same text stands on the sheet, which makes as many truths.  *Precision* is taken on
sheets whose list of dimensions is exhaustive: what finds no partner is invented.  *Attributes* are deviations, fits,
angle, depth and thread class of the pairs: what the truth states must be there, and nothing may be declared that it
does not state; deviations from a general tolerance are marked as such and do not count.

*Frames* agree in characteristic, first zone's value and shape, datums with modifiers, and being composite.  *Notes* and
*texture* are compared by letters and digits alone; a note that is a part of a longer one that was found counts.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import Dimension, ExtractionResult, FeatureControlFrame, Thread
from pybase_extraction.results.drawing import ToleranceOrigin
from pybase_extraction.source import Source
from pybase_extraction_pdf.engine import open_document
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions

_KINDS = {"angle": "angular", "slot": "linear"}
_CHARACTERISTICS = {
    "profile of a surface": "profile_of_surface",
    "profile of a line": "profile_of_line",
    "circular runout": "circular_runout",
    "total runout": "total_runout",
    "concentricity/coaxiality": "concentricity",
}
STROKED = frozenset(
    {
        "sample_05.pdf",
        "sample_07.pdf",
        "flange.pdf",
        "1321-B2P-A.pdf",
        "nist_ctc_01_asme1_rd.pdf",
        "nist_ctc_02_asme1_rc.pdf",
        "nist_ctc_03_asme1_rc.pdf",
        "nist_ctc_04_asme1_rd.pdf",
        "nist_ctc_05_asme1_rd.pdf",
    }
)
_NUMBER = re.compile(r"\d*[.,]?\d+")
_COUNT = re.compile(r"(?:\A|\s|\()(\d+)\s*(?:[xX×]|holes)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fact:
    """A dimension or thread in the terms in which truth and find are compared."""

    text: str
    key: tuple[Any, ...]
    attributes: tuple[tuple[str, Any], ...] = ()
    method: str = ""
    page: int | None = None


@dataclass(slots=True)
class Tally:
    """Counts of one section of one sheet."""

    held: int = 0
    right: int = 0
    found: int = 0
    attributes: int = 0
    missed: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    by_method: Counter[tuple[str, bool]] = field(default_factory=Counter)


@dataclass(slots=True)
class SheetScore:
    """What was found of one sheet."""

    name: str
    is_exhaustive: bool
    sections: dict[str, Tally] = field(default_factory=dict)


def number_of(text: str) -> float:
    """A printed number, with either decimal sign."""
    return float(text.replace(",", "."))


def spelled(text: str) -> str:
    """A printed number with a point, without a leading zero; its decimals stay."""
    return text.replace(",", ".").lstrip("0") or "0"


def entry_number(entry: dict[str, Any]) -> str:
    """The printed number of a frame's first zone."""
    found = _NUMBER.search(entry["tolerance"])
    assert found is not None
    return found[0]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def facts_of_truth(truth: dict[str, Any]) -> Iterator[Fact]:
    """Every callout of a truth, one for each time that it stands on the sheet."""
    for entry in truth.get("dimensions", []):
        if entry["kind"] == "text":
            continue
        printed = _COUNT.search(entry["text"])
        is_printed = printed is not None and int(printed[1]) == entry.get("count")
        quantity = entry["count"] if is_printed else 1
        times = entry.get("occurrences", 1) if is_printed else entry.get("count", entry.get("occurrences", 1))
        yield from [fact for fact in _facts_of(entry, quantity) for _ in range(times)]


def _facts_of(entry: dict[str, Any], quantity: int) -> Iterator[Fact]:
    yield _fact_of(entry, quantity)
    if "drill_diameter" in entry:  # a tapped hole prints its core hole too: one more dimension
        key = ("diameter", entry["drill_diameter"], None, None, quantity)
        yield Fact(entry["text"], key, (("depth", entry["drill_depth"]),))


def _fact_of(entry: dict[str, Any], quantity: int) -> Fact:
    if entry["kind"] == "thread":
        name = entry["thread"].replace(" ", "").replace("x", "×")
        depth = entry.get("thread_depth", entry.get("depth"))
        attributes = {"class": entry.get("thread_class"), "depth": depth, "hole": entry.get("drill_depth")}
        return Fact(entry["text"], ("thread", name, quantity), _stated(attributes), page=entry.get("page"))
    kind = _KINDS.get(entry["kind"], entry["kind"])
    if "printed without Ø" in entry.get("remark", ""):
        kind = "linear"
    size = (entry.get("nominal"), entry.get("lower_limit"), entry.get("upper_limit"))
    attributes = {
        "upper": entry.get("upper_deviation"),
        "lower": entry.get("lower_deviation"),
        "fit": entry.get("fit"),
        "angle": entry.get("angle"),
        "depth": entry.get("depth"),
        "reference": entry.get("reference"),
        "basic": entry.get("basic"),
    }
    return Fact(entry["text"], (kind, *map(_rounded, size), quantity), _stated(attributes), page=entry.get("page"))


def _stated(attributes: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, value) for name, value in attributes.items() if value not in {None, False})


def fact_of_dimension(found: Dimension) -> Fact:
    """A dimension of a result in the terms of the comparison."""
    is_declared = found.tolerance_origin is not ToleranceOrigin.GENERAL
    nominal = None if found.is_limit else found.nominal
    limits = (found.lower_limit, found.upper_limit) if found.is_limit else (None, None)
    depth = next((part.nominal for part in found.features if part.kind.value in {"depth", "linear"}), None)
    attributes = {
        "upper": _rounded(found.upper) if is_declared and not found.is_limit else None,
        "lower": _rounded(found.lower) if is_declared and not found.is_limit else None,
        "fit": found.fit.symbol if found.fit else None,
        "angle": found.angle,
        "depth": depth,
        "reference": found.is_reference,
        "basic": found.is_basic,
    }
    key = (found.kind.value, *map(_rounded, (nominal, *limits)), found.quantity)
    return Fact(found.raw or "", key, _stated(attributes), found.provenance.method or "")


def fact_of_thread(found: Thread) -> Fact:
    """A thread of a result in the terms of the comparison; its name without class, length and hand."""
    name = re.split(r"[-\s]", found.designation)[0]
    attributes = {"class": found.tolerance_class, "depth": found.length, "hole": found.hole_depth}
    return Fact(found.raw or "", ("thread", name, found.quantity), _stated(attributes), found.provenance.method or "")


def match(truths: list[Fact], found: list[Fact], *, numbers: Counter[str] | None) -> Tally:
    """Pair truths and finds one to one.

    Args:
        truths: Every callout that is on the sheet.
        found: Every callout that was read.
        numbers: Numbers among the words of the page, or None to take all truths as held.
    """
    tally = Tally(found=len(found))
    free = list(found)
    asked: Counter[str] = Counter()
    for truth in truths:
        partner = _best(truth, free)
        asked[f"{truth.text} {truth.key}"] += 1
        is_held = numbers is None or all(
            numbers[spelled(text)] >= (asked[f"{truth.text} {truth.key}"] if index == 0 else 1)
            for index, text in enumerate(_NUMBER.findall(truth.text))
        )
        tally.held += is_held or partner is not None
        if partner is None:
            tally.missed += [truth.text] if is_held else []
            continue
        free.remove(partner)
        tally.right += 1
        tally.by_method[partner.method, True] += 1
        if truth.attributes == partner.attributes:
            tally.attributes += 1
        else:
            tally.differing.append(
                f"{truth.text} {dict(truth.attributes)}: {partner.text!r} {dict(partner.attributes)}"
            )
    tally.invented = [f"{fact.text!r} {fact.key}" for fact in free]
    tally.by_method.update((fact.method, False) for fact in free)
    return tally


def _best(truth: Fact, free: list[Fact]) -> Fact | None:
    same = [fact for fact in free if fact.key == truth.key]
    return next((fact for fact in same if fact.attributes == truth.attributes), same[0] if same else None)


def frame_key_of_truth(entry: dict[str, Any]) -> tuple[Any, ...]:
    """Characteristic, value, shape, datums and being composite, as a truth tells them."""
    name = entry["characteristic"].removesuffix(" (composite)")
    tolerance = entry["tolerance"]
    value = _NUMBER.search(tolerance)
    assert value is not None
    datums = tuple(datum.replace("(M)", "Ⓜ").replace("(L)", "Ⓛ") for datum in entry["datums"])
    shape = "diameter" if tolerance.startswith("Ø") else "width"
    return _CHARACTERISTICS.get(name, name), number_of(value[0]), shape, datums, "second_row" in entry


def frame_key(found: FeatureControlFrame) -> tuple[Any, ...]:
    """The same of a frame that was found."""
    zone = found.zones[0]
    datums = tuple(" ".join(["-".join(reference.letters), *reference.modifiers]) for reference in zone.datums)
    return found.characteristic, _rounded(zone.value), zone.shape, datums, found.is_composite


def match_frames(truth: dict[str, Any], found: ExtractionResult, numbers: Counter[str] | None) -> Tally:
    """Pair frames one to one."""
    keys = [
        (frame_key(frame), frame.raw or "", frame.provenance.method or "") for frame in found.feature_control_frames
    ]
    tally = Tally(found=len(keys))
    for entry in truth.get("gdt", []):
        key = frame_key_of_truth(entry)
        partner = next((item for item in keys if item[0] == key), None)
        is_held = numbers is None or numbers[spelled(entry_number(entry))] > 0
        tally.held += is_held or partner is not None
        if partner is None:
            tally.missed += [str(key)] if is_held else []
            continue
        keys.remove(partner)
        tally.right += 1
        tally.attributes += 1
        tally.by_method[partner[2], True] += 1
    tally.invented = [f"{raw!r} {key}" for key, raw, _ in keys]
    tally.by_method.update((method, False) for *_, method in keys)
    return tally


def letters(text: str) -> str:
    """Letters and digits alone."""
    return re.sub(r"[\W_]", "", text).casefold()


def match_texts(truths: list[str], found: list[str], held: str | None) -> Tally:
    """Compare notes or textures by their letters; what was found may be longer."""
    tally = Tally(found=len(found))
    spelled = [letters(text) for text in found]
    for truth in truths:
        key = letters(re.sub(r"\A\d+\.\s", "", truth))
        is_right = any(key in text for text in spelled)
        is_held = held is None or key in held
        tally.held += is_held or is_right
        tally.right += is_right
        tally.missed += [truth] if is_held and not is_right else []
    tally.attributes = tally.right
    return tally


def numbers_on(path: Path) -> tuple[Counter[str], str]:
    """How often each number stands among the words of a document, and all its letters."""
    from pybase_extraction_pdf.annotations import lettering

    numbers: Counter[str] = Counter()
    texts: list[str] = []
    with open_document(path) as document:
        for number in range(1, len(document) + 1):
            words = [*document.page(number).words_as_read(), *lettering(document.marks(number))]
            for word in words:
                numbers.update(spelled(text) for text in _NUMBER.findall(word.text))
                texts.append(word.text)
    return numbers, letters("".join(texts))


def score(path: Path, truth: dict[str, Any]) -> SheetScore:
    """Compare one drawing with its truth."""
    options = PdfOptions(extract_title_block=True, extract_dimensions=True)
    result = PdfExtractor().extract(Source.from_path(path), options, ExtractionContext())
    numbers, text = numbers_on(path)
    if path.name in STROKED:
        numbers.clear()
    found = [*map(fact_of_dimension, result.dimensions), *map(fact_of_thread, result.threads)]
    sheet = SheetScore(path.name, bool(truth.get("dimensions_list_is_exhaustive")))
    sheet.sections["dimensions"] = match(list(facts_of_truth(truth)), found, numbers=numbers)
    sheet.sections["frames"] = match_frames(truth, result, numbers)
    textures = [entry["text"] for entry in truth.get("surface_finish", [])]
    sheet.sections["texture"] = match_texts(textures, [item.raw or "" for item in result.surface_textures], text)
    sheet.sections["notes"] = match_texts(truth.get("notes", []), [note.text for note in result.notes], text)
    return sheet


def truths(corpus: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every PDF that has a truth, with it."""
    for path in sorted((corpus / "truth" / "drawings").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        if str(truth.get("file")).startswith("pdf-drawings/"):
            yield corpus / truth["file"], truth


def total(scores: list[SheetScore], section: str) -> str:
    """A line of figures over all sheets."""
    tallies = [sheet.sections[section] for sheet in scores]
    listed = [sheet.sections[section] for sheet in scores if sheet.is_exhaustive]
    held, right = sum(tally.held for tally in tallies), sum(tally.right for tally in tallies)
    found, hits = sum(tally.found for tally in listed), sum(tally.right for tally in listed)
    attributes = sum(tally.attributes for tally in tallies)
    return (
        f"{section:10} recall {right}/{held} = {_share(right, held)}, precision where exhaustive {hits}/{found} = "
        f"{_share(hits, found)}, attributes {attributes}/{right} = {_share(attributes, right)}"
    )


def _share(part: int, whole: int) -> str:
    return "-" if not whole else f"{math.floor(1000 * part / whole) / 1000:.3f}"


def main(arguments: list[str]) -> None:
    """Print every sheet with its misses, and the totals."""
    corpus = Path(arguments[0]) if arguments else Path(__file__).parents[2] / ".." / "shared" / "corpus"
    only = arguments[1] if len(arguments) > 1 else ""
    scores = [score(path, truth) for path, truth in truths(corpus) if only in path.name]
    write = sys.stdout.write
    for sheet in scores:
        write(f"{sheet.name}{'' if sheet.is_exhaustive else ' (list not exhaustive)'}\n")
        for name, tally in sheet.sections.items():
            if tally.held or tally.found:
                write(f"  {name:10} right {tally.right} of {tally.held}, found {tally.found}\n")
            for label, lines in (("missed", tally.missed), ("invented", tally.invented), ("differs", tally.differing)):
                if label != "invented" or sheet.is_exhaustive or name == "frames":
                    write("".join(f"      {label}: {line}\n" for line in lines))
    for section in ("dimensions", "frames", "texture", "notes"):
        write(total(scores, section) + "\n")
    for method, (right, found) in calibration(scores).items():
        write(f"  by {method}: {right} of {found} right, confidence {(right + 1) / (found + 2):.3f}\n")


def calibration(scores: list[SheetScore]) -> dict[str, tuple[int, int]]:
    """Right and found by rule, on the sheets whose dimensions are all known."""
    counts = Counter[tuple[str, bool]]()
    for sheet in scores:
        if sheet.is_exhaustive:
            counts.update(sheet.sections["dimensions"].by_method)
            counts.update(sheet.sections["frames"].by_method)
    methods = sorted({method for method, _ in counts})
    return {method: (counts[method, True], counts[method, True] + counts[method, False]) for method in methods}


if __name__ == "__main__":
    main(sys.argv[1:])
