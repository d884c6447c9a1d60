"""Surface texture."""

from __future__ import annotations

from typing import Any

import pytest

from pybase_extraction.drawing import CalloutContext, read_callouts, read_texture


def found(text: str, **known: Any) -> dict[str, Any]:
    texture = read_texture(text, context=CalloutContext(**known))
    assert texture is not None
    return texture.model_dump(mode="json", exclude_defaults=True, exclude={"provenance", "raw"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ra 3.2", {"parameter": "Ra", "value": 3.2}),
        ("Ra3,2", {"parameter": "Ra", "value": 3.2}),
        ("Rz 25", {"parameter": "Rz", "value": 25}),
        ("Ra max 0.8", {"parameter": "Ra", "value": 0.8, "rule": "max"}),
        ("Ra 0.8 max", {"parameter": "Ra", "value": 0.8, "rule": "max"}),
        ("0.8/Ra 3.2", {"parameter": "Ra", "value": 3.2, "cutoff": 0.8}),
        ("0.0025-0.8/Rz 3", {"parameter": "Rz", "value": 3, "cutoff": 0.8}),
        ("Ra 0.8-1.6", {"parameter": "Ra", "value": 1.6, "lower_value": 0.8}),
        ("L Ra 0.8", {"parameter": "Ra", "lower_value": 0.8}),
        ("Ra 1.6 16%", {"parameter": "Ra", "value": 1.6, "rule": "16%"}),
        ("Ra 1.6 ⟂", {"parameter": "Ra", "value": 1.6, "lay": "⟂"}),
        ("√ 3.2", {"parameter": "Ra", "value": 3.2, "removal": "required"}),
        ("▽▽▽", {"parameter": "▽", "grade": "▽▽▽"}),
        ("(Ra 6.3)", {"parameter": "Ra", "value": 6.3, "is_majority": True}),
        ("Ra 3.2 (√)", {"parameter": "Ra", "value": 3.2, "is_majority": True}),
        ("geschliffen Ra 1,6", {"parameter": "Ra", "value": 1.6, "process": "geschliffen"}),
    ],
)
def test_indications(text: str, expected: dict[str, Any]) -> None:
    assert found(text) == expected


def test_roughness_grades_have_the_values_of_iso_1302() -> None:
    # ISO 1302:1992, Table 1: N5 0.4, N7 1.6, N8 3.2, N12 50 µm
    assert [found(f"N{grade}")["value"] for grade in (5, 7, 8, 12)] == [0.4, 1.6, 3.2, 50]


def test_unit_comes_from_the_text_or_from_the_system_of_the_sheet() -> None:
    assert found("Ra 63 µin")["unit"] == "µin"
    assert found("Ra 1.6 μm")["unit"] == "µm"
    assert found("Ra 63", unit="in")["unit"] == "µin"
    assert found("Ra 1.6", unit="mm")["unit"] == "µm"
    assert "unit" not in found("Ra 1.6")


@pytest.mark.parametrize("text", ["Ra", "N13", "N0", "Randstein 5", "Rev 3.2"])
def test_what_is_no_texture(text: str) -> None:
    assert not any(value.raw == text for value in read_callouts(text))
    assert read_texture(text) is None
