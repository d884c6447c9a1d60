"""What a console shows of a result: counts and what is known, never everything."""

from __future__ import annotations

from pathlib import Path

from pybase_extraction import extract
from pybase_extraction.results import Provenance
from pybase_extraction.source import Locator

SAMPLE = Path(__file__).parents[2] / "docs" / "samples" / "bearing-bracket.pdf"


def test_a_result_shows_counts_and_a_value_what_is_known() -> None:
    result = extract(SAMPLE, extract_title_block=True)
    assert f"pages={len(result.pages)}, " in repr(result)
    assert repr(result).startswith("ExtractionResult(filename='bearing-bracket.pdf', format='pdf', ")
    assert len(repr(result)) < 300
    (block,) = result.title_blocks
    assert "revision" in repr(block)
    assert "None" not in repr(block)
    assert repr(Provenance(place=Locator(page=2), method="m")) == "Provenance(place=Locator(page=2), method='m')"
