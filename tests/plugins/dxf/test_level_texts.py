"""Texts that are read together are those that are read one by one."""

from __future__ import annotations

import random

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction_dxf.inserts import ATTRIBUTE_CODES
from pybase_extraction_dxf.level_texts import read_level_texts
from pybase_extraction_dxf.options import DxfOptions
from pybase_extraction_dxf.scan import scan_tags
from pybase_extraction_dxf.selection import Selection
from pybase_extraction_dxf.tags import index_tags
from pybase_extraction_dxf.texts import CODES, read_text

_NUMBERS = ["0", "0.0", "1", "2.5", "-3.25", "1e2", "x", "", "1e999", "1000000.125"]
_WORDS = ["A", "Two\\Plines", "%%c10", "", "  ", "{\\fArial;B}", "^I", "\\U+00D8", "Bolt M8"]
_OWN = {
    "TEXT": {40: _NUMBERS, 41: _NUMBERS, 50: ["0", "90", "0.0"], 71: ["0", "2"], 72: list("0123457"),
             73: list("01239"), 74: ["0", "1"], 11: _NUMBERS, 21: _NUMBERS},
    "MTEXT": {40: _NUMBERS, 41: _NUMBERS, 42: _NUMBERS, 43: _NUMBERS, 50: ["0", "90"], 71: [*"01569", "12"],
              11: ["1", "2.5", "0", "-1"], 21: ["0", "0.0", "1"], 3: _WORDS},
}  # fmt: skip
_OWN["ATTRIB"] = _OWN["TEXT"] | {2: ["TAG"]}
_SHARED = {1: _WORDS, 5: ["2a", " 2B "], 8: ["0", "Wände", ""], 7: ["STANDARD"], 10: _NUMBERS, 20: _NUMBERS,
           30: ["0", "5.5"], 210: ["0", "0.6"], 220: ["0"], 230: ["1", "-1"], 101: ["Embedded Object"]}  # fmt: skip
_USUAL = {1: 0.9, 10: 0.9, 20: 0.9, 40: 0.95, 101: 0.03, 210: 0.3, 220: 0.3, 230: 0.3, 3: 0.1}
"""How often a group code stands in a text, where that is not in half of them."""


def _drawing(count: int) -> bytes:
    chance = random.Random(11)
    lines = ["0", "SECTION", "2", "ENTITIES"]
    for _ in range(count):
        kind = chance.choice([*_OWN])
        lines += ["0", kind]
        for code, values in sorted((_SHARED | _OWN[kind]).items()):
            if chance.random() < _USUAL.get(code, 0.5):
                usual = "2.5" if code in {10, 20, 40} and chance.random() < 0.7 else chance.choice(values)
                lines += [str(code), usual]
    return "\n".join([*lines, "0", "ENDSEC", "0", "EOF", ""]).encode("cp1252")


def test_level_texts_are_those_that_are_read_one_by_one() -> None:
    scan = scan_tags(index_tags(_drawing(9_000)), lambda: None)
    selection = Selection(scan, DxfOptions(), ExtractionContext())
    level = read_level_texts(selection, selection.chosen)
    records = [*selection.records(CODES, "TEXT", "MTEXT"), *selection.records(ATTRIBUTE_CODES, "ATTRIB")]
    assert len(records) == 9_000
    for record in records:
        if record.entity in level:
            assert level[record.entity] == read_text(record, selection.place, scan.decode, in_block=False)
    kinds = {text.kind for text in level.values() if text is not None}
    assert kinds == {"text", "mtext", "attribute"}
    # of what is written at random many are turned, mirrored or damaged
    assert 300 < len(level) < 6_000
    assert None in level.values()
