"""Fields of a title block while they are gathered, and the canonical forms of their values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from pybase_extraction.results import Locator, Provenance, Signature, TitleBlock, TitleField, TitleFieldRival
from pybase_extraction.source import BBox

_MOST_RIVALS = 20
_FORM = 6
"""Labels, with a value or blank, that tell a title block whatever it says."""
_FOLLOWING = 2


class TitleFields:
    """Fields found so far; the first of a kind wins, later ones become its rivals.

    Attributes:
        blank: Fields and roles whose label is printed without a value: nothing may be guessed for them.
    """

    def __init__(self) -> None:
        self.fields: dict[str, TitleField] = {}
        self.names: dict[str, TitleField] = {}
        self.dates: dict[str, TitleField] = {}
        self.custom: dict[str, TitleField] = {}
        self.places: list[Provenance] = []
        self.blank: set[str] = set()

    def add(
        self, field: str | None, role: str | None, found: TitleField, *, is_date: bool = False, tag: str | None = None
    ) -> None:
        """Keep a value of a field, of a role, or of a label of the sheet's own."""
        home = self.fields if field else (self.dates if is_date else self.names) if role else self.custom
        key = field or role or tag
        if key is None:
            return
        self.places.append(found.provenance)
        if key in home and _is_same(home[key], found):
            return  # a label that is printed twice
        if key in home and len(home[key].rivals) < _MOST_RIVALS:
            rival = TitleFieldRival(value=found.value, label=found.label, provenance=found.provenance)
            home[key] = home[key].model_copy(update={"rivals": (*home[key].rivals, rival)})
        elif key not in home:
            home[key] = found

    def is_open(self, field: str) -> bool:
        """Whether a field may still be inferred: no label names it, with or without a value."""
        return field not in self.fields and field not in self.blank

    def block(self, *, page: int | None = None, fewest: int, method: str = "title-block") -> TitleBlock | None:
        """Put the block together; None when it has fewer known fields than ``fewest``."""
        known = len(self.fields) + len(self.names)
        # following sheets have number and sheet alone, among blanks (ГОСТ 2.104, form 2a)
        is_following = known == _FOLLOWING and "drawing_number" in self.fields and len(self.blank) >= 1
        # a form of which little is filled in: so many labels stand together in nothing else
        is_form = known >= 1 and known + len(self.blank) >= _FORM
        if not self.places or not (known >= fewest or is_following or is_form):
            return None
        roles = dict.fromkeys([*self.names, *self.dates])
        signatures = {role: Signature(name=self.names.get(role), date=self.dates.get(role)) for role in roles}
        fields: dict[str, Any] = dict(self.fields)
        boxes = [item.place.bbox for item in self.places if item.place.bbox is not None]
        place = Locator(page=page, bbox=union(boxes)) if page is not None and boxes else self.places[0].place
        return TitleBlock(
            page=page,
            signatures=signatures,
            custom_fields=self.custom,
            provenance=Provenance(place=place, method=method),
            **fields,
        )


def _is_same(one: TitleField, other: TitleField) -> bool:
    return one.value == other.value and one.provenance.place == other.provenance.place


def union(boxes: Iterable[BBox]) -> BBox:
    """Box around boxes."""
    x0s, tops, x1s, bottoms = zip(*boxes, strict=True)
    return min(x0s), min(tops), max(x1s), max(bottoms)


def title_field(value: str, label: str | None, provenance: Provenance, raw: str | None = None) -> TitleField:
    """A field with its white space folded and its canonical form, where it has one."""
    folded = " ".join(value.split()).removeprefix(":").lstrip()
    return TitleField(
        value=folded,
        normalized=normalized(folded),
        label=label,
        raw=value if raw is None else raw,
        provenance=provenance,
    )


_SCALE = re.compile(r"(?:m\s?)?(\d+(?:[.,]\d+)?)\s*[:/∶]\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE)
_ISO_DATE = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})")
_ASIAN_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_GERMAN_DATE = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")


def normalized(value: str) -> str | None:
    """Canonical form of a date that can be read in one way only, or of a scale; None for everything else.

    Dates with slashes are left alone: their order differs between countries.
    """
    for form in (_ISO_DATE, _ASIAN_DATE):
        if match := form.fullmatch(value):
            return _date(match[1], match[2], match[3])
    if match := _GERMAN_DATE.fullmatch(value):
        return _date(match[3], match[2], match[1])
    if match := _SCALE.fullmatch(value):
        return f"{match[1]}:{match[2]}".replace(",", ".")
    return None


def _date(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
