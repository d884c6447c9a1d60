"""Dimension styles: the variables that decide what a dimension shows (DXF reference, DIMSTYLE)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pybase_extraction_dxf.tags import Record, integer, number
from pybase_extraction_dxf.wording import Decoder

_NUMBERS = {
    "dimrnd": 45, "dimtp": 47, "dimtm": 48, "dimtol": 71, "dimlim": 72, "dimzin": 78, "dimazin": 79, "dimaltf": 143,
    "dimlfac": 144, "dimgap": 147, "dimaltrnd": 148, "dimalt": 170, "dimaltd": 171, "dimadec": 179, "dimunit": 270,
    "dimdec": 271, "dimtdec": 272, "dimaltu": 273, "dimalttd": 274, "dimaunit": 275, "dimlunit": 277, "dimdsep": 278,
    "dimtzin": 284, "dimaltz": 285, "dimalttz": 286,
}  # fmt: skip
_TEXTS = {"dimpost": 3, "dimapost": 4}
_NAMES = {code: name for name, code in (_NUMBERS | _TEXTS).items()}
_DEFAULTS = {
    "dimaltf": 25.4, "dimlfac": 1.0, "dimgap": 0.09, "dimaltd": 2.0, "dimdec": 4.0, "dimtdec": 4.0, "dimaltu": 2.0,
    "dimalttd": 2.0, "dimlunit": 2.0, "dimdsep": 46.0,
}  # fmt: skip
"""What AutoCAD takes a variable for that a style leaves out; 0 for all others."""
_OF_R12 = {"dimlunit": "$LUNITS", "dimdec": "$LUPREC", "dimtdec": "$LUPREC", "dimaunit": "$AUNITS",
           "dimadec": "$AUPREC"}  # fmt: skip
"""Before R13 dimensions were written in the units of the drawing."""
_ONE_STEP_LATER = {6: 4, 7: 5, 8: 6}
"""DIMUNIT of R13 and R14 told stacked fractions from others: 6 and 7 are 4 and 5 of DIMLUNIT, 8 is 6."""


@dataclass(frozen=True, slots=True)
class Style:
    """A dimension style.

    Attributes:
        numbers: Variables by lower-case name.
        texts: ``dimpost`` and ``dimapost``.
    """

    numbers: Mapping[str, float]
    texts: Mapping[str, str]
    forms: dict[str, Any] = field(default_factory=dict, compare=False)
    """How it writes numbers, computed once (see ``dimension_wording``)."""

    def get(self, name: str) -> float:
        """A variable, or what AutoCAD takes it for."""
        found = self.numbers.get(name)
        return _DEFAULTS.get(name, 0.0) if found is None else found

    def whole(self, name: str) -> int:
        """A variable that is a count or a choice."""
        return int(self.get(name))

    def text(self, name: str) -> str:
        """A text variable; empty when it is not set."""
        return self.texts.get(name, "")

    def overridden(self, other: Style) -> Style:
        """This style with another one's variables above it."""
        if not other.numbers and not other.texts:
            return self
        return Style({**self.numbers, **other.numbers}, {**self.texts, **other.texts})


EMPTY = Style({}, {})


def read_styles(records: Iterable[Record], header: Mapping[str, str], decode: Decoder) -> dict[str, Style]:
    """Styles by lower-case name; the one named "" is for dimensions without a style.

    Args:
        records: Entries of the DIMSTYLE table.
        header: Variables of the header.
        decode: Decoder of the drawing's strings.
    """
    is_old = header.get("$ACADVER", "AC1009") <= "AC1009"
    below = Style(_of_header(header, _OF_R12), {}) if is_old else EMPTY
    found = {
        decode.name(record.get(2)).casefold(): below.overridden(style_of(record, decode)) for record in records
    }  # fmt: skip
    return {"": header_style(header)} | found


def own_variables(record: Record) -> tuple[tuple[int, bytes], ...]:
    """What a dimension sets for itself: extended data of ACAD behind the string DSTYLE and its opening brace."""
    data = record.extended(b"ACAD")
    start = next((at for at, (code, value) in enumerate(data) if code == 1000 and value.strip() == b"DSTYLE"), None)
    return () if start is None else tuple(data[start + 2 :])


def overrides(data: Sequence[tuple[int, bytes]], decode: Decoder) -> Style:
    """Variables among the extended data of a dimension (see ``own_variables``): the number of each, then its value."""
    numbers: dict[str, float] = {}
    texts: dict[str, str] = {}
    at = 0
    while at + 1 < len(data) and data[at][0] == 1070:
        _set(integer(data[at][1]), data[at + 1][1], decode, numbers, texts)
        at += 2
    return Style(_with_old_unit(numbers), texts)


def style_of(record: Record, decode: Decoder) -> Style:
    """Variables of an entry of the DIMSTYLE table."""
    numbers: dict[str, float] = {}
    texts: dict[str, str] = {}
    for code, value in record.tags:
        if code >= 1000:
            break
        _set(code, value, decode, numbers, texts)
    return Style(_with_old_unit(numbers), texts)


def header_style(header: Mapping[str, str]) -> Style:
    """Variables of the header, which hold for dimensions without a style of their own (R12 and older)."""
    numbers = _of_header(header, {name: f"${name.upper()}" for name in _NUMBERS})
    texts = {name: header[f"${name.upper()}"] for name in _TEXTS if f"${name.upper()}" in header}
    return Style(_of_header(header, _OF_R12) | _with_old_unit(numbers), texts)


def _of_header(header: Mapping[str, str], names: Mapping[str, str]) -> dict[str, float]:
    found = {name: number(header.get(variable, "").encode()) for name, variable in names.items()}
    return {name: value for name, value in found.items() if value is not None}


def _set(code: int | None, value: bytes, decode: Decoder, numbers: dict[str, float], texts: dict[str, str]) -> None:
    name = None if code is None else _NAMES.get(code)
    if name in _TEXTS:
        texts[name] = decode.text(value)
    elif name is not None and (found := number(value)) is not None:
        numbers[name] = found


def _with_old_unit(numbers: dict[str, float]) -> dict[str, float]:
    old = numbers.pop("dimunit", None)
    if old is not None and "dimlunit" not in numbers:
        numbers["dimlunit"] = _ONE_STEP_LATER.get(int(old), old)
    return numbers
