"""Compare the DXF extractor with the raw scans of the real files; prints every deviation.

``python tests/score/dxf.py [corpus]``
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from pybase_extraction.errors import ExtractionError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source
from pybase_extraction_dxf.dimension_styles import read_styles
from pybase_extraction_dxf.dimensions import TYPES, DimensionReader
from pybase_extraction_dxf.document import open_drawing
from pybase_extraction_dxf.reading import Reading
from pybase_extraction_dxf.scan import count_types
from pybase_extraction_dxf.wording import unescape

# the raw scans leave \\U+00fc as it is written; it stands for one character
PARTS = {"VERTEX", "SEQEND", "ATTRIB", "ENDBLK"}


def spelled(texts):
    """Texts without what binary and text files spell differently."""
    return Counter(unescape(text).replace("^J", " ").replace("\n", " ").strip() for text in texts)


def compare(truth, result, scan):
    """Yield each deviation as a sentence."""
    expected = {unescape(name) for name in truth["layers"] if name}
    found = {layer.name for layer in result.layers}
    if expected != found:
        yield f"layers: missing {sorted(expected - found)}, more {sorted(found - expected)}"
    stated = {
        unescape(name).casefold()
        for name in truth["block_names"]
        if not name.casefold().startswith(("*model", "*paper"))
    }
    named = {block.name.casefold() for block in result.blocks}
    if stated != named:
        yield f"blocks: missing {sorted(stated - named)}, more {sorted(named - stated)}"
    counts = {name: count for name, count in truth["counts_entities_section"].items() if name not in PARTS}
    counted = dict(count_types(scan, scan.in_section("ENTITIES")))
    if counts != counted:
        yield f"entities {counted}, truth {counts}"
    if truth["layouts"] and set(truth["layouts"]) != {page.label for page in result.pages}:
        yield f"layouts {[page.label for page in result.pages]}, truth {truth['layouts']}"
    yield from compare_texts(truth, result)
    yield from compare_dimensions(truth, result, scan)


def compare_texts(truth, result):
    """Texts of the ENTITIES section and attributes; the truth's lists are capped."""
    texts = spelled(block.raw for block in result.text_blocks)
    for kind in ("texts", "mtexts"):
        missing = spelled(text for text in truth[kind] if text.strip()) - texts
        if missing:
            yield f"{kind}: missing {dict(missing)}"
    attributes = Counter(
        (insert.block, item.tag, item.raw.strip())
        for block in result.blocks
        for insert in block.inserts
        for item in insert.attributes
    )
    # the raw scans do not look into the MTEXT of an attribute of several lines, whose own text is empty
    lost = Counter((block, tag, value.strip()) for block, tag, value in truth["attribs"] if value.strip()) - attributes
    if lost:
        yield f"attributes: missing {dict(lost)}"


def compare_dimensions(truth, result, scan):
    """Measurements of the ENTITIES section, before DIMLFAC, in its order."""
    entities = scan.entities("ENTITIES", "DIMENSION")
    if truth["n_dimensions"] != len(entities):
        yield f"dimensions {len(entities)}, truth {truth['n_dimensions']}"
    handles = [(record.get(5) or b"").strip().decode().upper() for record in scan.records(entities, (5,))]
    by_handle = {}
    for dimension in result.dimensions:
        by_handle.setdefault(dimension.provenance.place.handle, []).append(dimension)
    for handle, stated in zip(handles, truth["dimensions"], strict=False):
        value = stated.get("measurement42")
        dimension = by_handle.get(handle or None, [None]).pop(0)
        if dimension is None:
            yield f"dimension {handle}: not in the result"
        elif value is not None and value > 0:
            expected = math.degrees(value) if stated["type70"] & 7 in {2, 5} else value
            factors = [
                1.0,
                *(float(issue.message.split()[4]) for issue in result.issues if issue.code == "dimension-factor"),
            ]
            if not any(np.isclose(expected * factor, dimension.measured, rtol=1e-4, atol=1e-9) for factor in factors):
                yield f"dimension {handle}: {dimension.measured}, truth {expected}"
        if dimension is not None and stated.get("text1", "<>") not in {"", "<>"}:
            override = dimension.text_override
            if override is None or spelled([override]) != spelled([stated["text1"]]):
                yield f"dimension {handle}: override {override!r}, truth {stated['text1']!r}"


def compare_pictures(source, options):
    """Compare what programs drew of their dimensions with what is worded without looking at the pictures.

    Yields, for each dimension whose picture has one text, the two in one spelling.
    """
    reading = Reading(open_drawing(source, lambda: None), options, ExtractionContext())
    reading.result(source)
    styles = read_styles(reading.scan.tables.get("DIMSTYLE", ()), reading.scan.header, reading.decode)
    reader = DimensionReader(reading.decode, styles, reading.unit, {})
    for record in reading.selection.records(None, *TYPES):
        picture = reading.shown.get(reading.decode.name(record.get(2)).casefold())
        if picture:
            found = reader.read(record, reading.selection.place(record), is_on_sheet=False).dimension
            yield one_spelling(picture), one_spelling(found.displayed or "")


def one_spelling(text):
    return " ".join(text.replace("∅", "Ø").replace("⌀", "Ø").split())


def main():
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[3] / "shared" / "corpus")
    registry = ExtractorRegistry.discover()
    options = registry.validate_options("dxf", {})
    right = files = dimensions = texts = attributes = 0
    pictures = []
    for path in sorted((corpus / "truth" / "dxf").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        source = Source.from_path(corpus / truth["file"])
        files += 1
        try:
            result = registry.extractor("dxf").extract(source, options, ExtractionContext())
        except ExtractionError as exc:
            print(f"{truth['file']}: {exc}")
            continue
        deviations = [*compare(truth, result, open_drawing(source, lambda: None).scan)]
        shown = list(compare_pictures(source, options))
        pictures += shown
        for picture, worded in shown:
            if picture != worded:
                print(f"{truth['file']}: the program shows {picture!r}, worded {worded!r}")
        dimensions += len(truth["dimensions"])
        texts += len(truth["texts"]) + len(truth["mtexts"])
        attributes += len(truth["attribs"])
        right += not deviations
        for sentence in deviations:
            print(f"{truth['file']}: {sentence}")
    compared = f"{dimensions} dimensions, {texts} texts, {attributes} attributes compared"
    print(f"{sum(one == other for one, other in pictures)} of {len(pictures)} pictures of dimensions worded alike")
    print(f"{right} of {files} files without a deviation; {compared}")


if __name__ == "__main__":
    main()
