"""Results in PyBase's form: what the form has no place for is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pybase_extraction import ExtractionResult, extract
from pybase_extraction.drawing import read_callouts
from pybase_extraction.integrations.pybase import title_block_shape, to_pybase
from pybase_extraction.results import Locator, Provenance, Signature, Table, TitleBlock, TitleField

SAVED = Path(__file__).parents[1] / "results" / "saved" / "v1-house.ifc.json"
SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
HOUSE = ExtractionResult.model_validate_json(SAVED.read_bytes())
HERE = Provenance(place=Locator(page=1), method="test")
FACTS = {"schema_version", "format", "source", "extractor", "is_partial", "length_unit", "pages", "metadata", "issues"}
SECTIONS = sorted(set(ExtractionResult.model_fields) - FACTS)
SHOWN = {
    "pdf": {"title_blocks", "boms", "dimensions", "text_blocks", "tables"},
    "dxf": {"title_blocks", "boms", "dimensions", "text_blocks", "layers", "blocks", "geometry_summary", "entities",
            "elements", "spatial_structure", "parts", "assembly"},
}  # fmt: skip


def empty(format_: str) -> ExtractionResult:
    return ExtractionResult(format=format_, source=HOUSE.source, extractor=HOUSE.extractor)


@pytest.mark.parametrize("format_", SHOWN)
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_shown_or_said_to_be_left_out(section: str, format_: str) -> None:
    assert to_pybase(empty(format_))["warnings"] == []
    if section in SHOWN[format_]:
        return
    is_one = ExtractionResult.model_fields[section].default is None
    # three values of any kind: the form does not look at what it cannot show
    result = empty(format_).model_copy(update={section: object() if is_one else (object(),) * 3})
    (warning,) = to_pybase(result)["warnings"]
    assert f"{1 if is_one else 3} {section.replace('_', ' ')}" in warning


@pytest.mark.parametrize(
    ("callout", "is_told"),
    [("12 ±0.1", False), ("Ø8", False), ("4x Ø8", True), ("(25)", True), ("[40]", True), ("30 MAX", True),
     ("Ø10 THRU", True), ("Ø20 H7", True), ("40.0-39.9", True)],
)  # fmt: skip
def test_a_dimension_that_says_more_than_its_form_holds_is_told(callout: str, is_told: bool) -> None:
    (dimension,) = read_callouts(callout)
    shape = to_pybase(empty("pdf").model_copy(update={"dimensions": (dimension,)}))
    assert shape["dimensions"][0]["label"] == callout
    assert bool(shape["warnings"]) is is_told


def field(value: str) -> TitleField:
    return TitleField(value=value, raw=value, provenance=HERE)


def test_a_title_block_keeps_every_name_and_date() -> None:
    signatures = {
        "drawn": Signature(name=field("M. Adeyemi"), date=field("2026-03-02")),
        "checked": Signature(name=field("N. Okafor"), date=field("2026-03-04")),
        "approved": Signature(date=field("2026-03-05")),
    }
    block = TitleBlock(
        drawing_number=field("4711"), sheets=field("3"), signatures=signatures, custom_fields={"checked": field("yes")},
        form_fields={"Plant": "B"}, provenance=HERE,
    )  # fmt: skip
    shape = title_block_shape(block)
    assert (shape["drawing_number"], shape["author"]) == ("4711", "M. Adeyemi")
    assert shape["custom_fields"] == {
        "checked": "yes", "sheets": "3", "drawn_date": "2026-03-02", "checked_name": "N. Okafor",
        "checked_date": "2026-03-04", "approved_date": "2026-03-05", "Plant": "B",
    }  # fmt: skip


def test_a_caption_is_told() -> None:
    table = Table(rows=(("a", "b"),), caption="Table 3: masses", provenance=HERE)
    (warning,) = to_pybase(empty("pdf").model_copy(update={"tables": (table,)}))["warnings"]
    assert "captions" in warning


@pytest.mark.parametrize(
    ("sample", "options", "left_out"),
    [
        ("bearing-bracket.pdf", {"extract_title_block": True, "extract_dimensions": True}, "threads"),
        ("flange.dxf", {}, "threads"),
    ],
)
def test_a_real_drawing_says_what_its_form_leaves_out(sample: str, options: dict[str, Any], left_out: str) -> None:
    result = extract(SAMPLES / sample, options=options)
    assert result.threads
    assert any(f"{len(result.threads)} {left_out}" in text for text in to_pybase(result)["warnings"])
