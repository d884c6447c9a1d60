"""ToUnicode CMaps, against pdfminer's parser of them."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdfminer.cmapdb import CMapParser, FileUnicodeMap

from pybase_extraction_pdf.to_unicode import to_unicode

_HEAD = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
_HEAD += b"1 begincodespacerange <0000> <ffff> endcodespacerange\n"
_TAIL = b"endcmap CMapName currentdict /CMap defineresource pop end end\n"


def _by_pdfminer(data: bytes) -> dict[int, str]:
    found = FileUnicodeMap()
    CMapParser(found, io.BytesIO(data)).run()
    return found.cid2unichr


def _hex(least: int, most: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=least, max_size=most).map(lambda raw: b"<%b>" % raw.hex().encode())


@st.composite
def _ranges(draw: st.DrawFn) -> bytes:
    first = draw(st.integers(0, 0xFFF0))
    last = first + draw(st.integers(-2, 9))
    low, high = (b"<%04x>" % max(0, code) for code in (first, last))
    texts = draw(
        _hex(1, 7) | st.lists(_hex(2, 4), min_size=1, max_size=9).map(lambda parts: b"[%b]" % b" ".join(parts))
    )
    return b" ".join((low, high, texts))


_CHARS = st.lists(
    st.tuples(_hex(1, 3), _hex(1, 6) | st.just(b"<00a0>") | st.just(b"<0020>")).map(b" ".join), max_size=5
)
_SECTIONS = _CHARS.map(lambda lines: b"%d beginbfchar\n%b\nendbfchar\n" % (len(lines), b"\n".join(lines))) | st.lists(
    _ranges(), max_size=5
).map(lambda lines: b"%d beginbfrange\n%b\nendbfrange\n" % (len(lines), b"\n".join(lines)))


@given(st.lists(_SECTIONS, max_size=4))
def test_plain_maps_say_what_pdfminer_reads(sections: list[bytes]):
    data = _HEAD + b"".join(sections) + _TAIL
    found = to_unicode(data)
    assert found is None or found == _by_pdfminer(data)


def test_chars_and_ranges_are_plain():
    data = _HEAD + b"2 beginbfchar <01> <0041> <02> <00660069> endbfchar\n"
    data += b"2 beginbfrange <10> <12> <0061> <20> <21> [<0391> <D835DC00>] endbfrange\n" + _TAIL
    assert to_unicode(data) == {1: "A", 2: "fi", 16: "a", 17: "b", 18: "c", 32: "Α", 33: "\U0001d400"}


@pytest.mark.parametrize(
    "section",
    [
        b"beginbfchar <1> <0041> endbfchar",
        b"beginbfchar <01> /A endbfchar",
        b"beginbfrange <00> <02> [/A /B /C] endbfrange",
        b"beginbfrange <00000000> <ffffffff> <0041> endbfrange",
        b"beginbfchar % two\n<01> <0041> endbfchar",
        b"begincidrange <00> <02> 1 endcidrange",
        b"beginbfchar <01> <0041>",
        b"beginbfchar <01> <0041> endbfrange",
        b"% beginbfchar <01> <0041> endbfchar",
        b"/Other usecmap",
    ],
)
def test_what_is_not_plain_is_left_to_pdfminer(section: bytes):
    assert to_unicode(_HEAD + section + b"\n" + _TAIL) is None
