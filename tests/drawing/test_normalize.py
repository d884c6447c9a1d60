"""One spelling for every sign, and the decimal vote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_extraction.drawing import is_symbol_font, normalize, vote_decimal_separator
from pybase_extraction.drawing.normalize import normalize_with_origin


@pytest.mark.parametrize("text", ["Ø5", "ø5", "⌀5", "∅5", "Φ5", "φ5", "%%c5", "%%C5", "%%1295"])
def test_diameter(text: str) -> None:
    assert normalize(text) == "⌀5"


@pytest.mark.parametrize("text", ["5±1", "5%%p1", "5+/-1", "5+-1", "5%%1281"])
def test_plus_minus(text: str) -> None:
    assert normalize(text) == "5±1"


@pytest.mark.parametrize("text", ["45°", "45º", "45%%d", "45˚", "45%%127"])
def test_degree(text: str) -> None:
    assert normalize(text) == "45°"


@pytest.mark.parametrize("dash", "-‐‑‒–—−")
def test_dashes(dash: str) -> None:
    assert normalize(f"5{dash}1") == "5-1"


def test_both_micro_signs_are_one() -> None:
    assert normalize("µm") == normalize("μm")


def test_superscripts_and_circled_letters_survive() -> None:
    assert normalize("m² Ⓜ ①") == "m² Ⓜ ①"


def test_fractions_stand_apart_from_the_whole() -> None:
    assert normalize("1½") == "1 1/2"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\\A1;25\\S+0.1^-0.2;", "25 +0.1/-0.2"),
        ("{\\fArial|b0|i0;25}", "25"),
        ("{\\H2.5x;\\W0.8;A}B", "AB"),
        ("A\\PB", "A\nB"),
        ("A\\~B", "A B"),
        ("\\U+2205 5", "⌀ 5"),
        ("\\Lunder\\l", "under"),
        ("{\\Fgdt;n}5", "⌀5"),
        ("{\\Fgdt.shx;j}%%vA", "⌖|A"),
        ("1^J2", "1\n2"),
        ("100%%%", "100%"),
        ("\\S1/2;", " 1/2"),
        ("{not mtext}", "{not mtext}"),
    ],
)
def test_dxf_codes(text: str, plain: str) -> None:
    assert normalize(text) == plain


@pytest.mark.parametrize("font", ["gdt.shx", "GDT", "ABCDEF+AIGDT", "AMGDT", "C:/fonts/gdt.shx"])
def test_symbol_fonts(font: str) -> None:
    assert is_symbol_font(font)
    assert normalize("n5", font) == "⌀5"


@pytest.mark.parametrize("font", [None, "", "Arial", "txt.shx", "GDTools"])
def test_other_fonts(font: str | None) -> None:
    assert not is_symbol_font(font)
    assert normalize("n5", font) == "n5"


def test_letters_of_scandinavian_words_stay() -> None:
    assert normalize("KØBENHAVN Ø5") == "KØBENHAVN ⌀5"


@pytest.mark.parametrize(
    ("texts", "separator"),
    [
        (["12,5", "0,125", "10 ±0,05"], ","),
        (["12.5", ".125"], "."),
        (["1,250", "2,500"], None),
        (["12,5", "12.5"], None),
        (["12,5", "M6x0.75", "M8x1.25"], ","),
        (["12.05.2023", "3,5"], ","),
        ([], None),
        (["1.234,5"], ","),
    ],
)
def test_vote(texts: list[str], separator: str | None) -> None:
    assert vote_decimal_separator(texts) == separator


@given(st.text())
def test_every_character_comes_from_somewhere_in_order(text: str) -> None:
    found = normalize_with_origin(text)
    assert len(found.text) == len(found.origin)
    assert list(found.origin) == sorted(found.origin)
    assert all(0 <= at < len(text) for at in found.origin)
