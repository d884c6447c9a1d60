"""Values for the fields of a table.  What a field cannot hold is said, never dropped without a word."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pybase_extraction.drawing import read_callouts, read_frame, read_material
from pybase_extraction.mapping.fields import FieldType
from pybase_extraction.results import Dimension, FeatureControlFrame, Material, SurfaceTexture, Thread, Value

_NUMBER = re.compile(r"\s*([+-]?)(\d{1,3}(?:[ \u00a0'.,]\d{3})*|\d+)([.,]\d+)?\s*([^\W\d].*?|[%°\"″′].*?)?\s*")
_YES = frozenset({"yes", "true", "x", "1", "ja", "oui", "si", "sí", "✓", "✔", "on"})
_NO = frozenset({"no", "false", "0", "nein", "non", "-", "off", "✗"})
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED_DATE = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")


@dataclass(frozen=True, slots=True)
class Converted:
    """A value for a field.

    Attributes:
        value: What the field takes, plain JSON; None when nothing fits.
        loss: What of the value the field does not hold, or why there is none; None when nothing is lost.
    """

    value: Any
    loss: str | None = None


def convert(value: object, target: FieldType) -> Converted:
    """Convert a value of a row set for a field.

    Args:
        value: Plain, or a value of a result.
        target: What the field takes.

    Returns:
        The value and what is lost.  A number that could be read in two ways, or a date whose day and month cannot be
        told apart, is not guessed.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return Converted(None)
    return _CONVERTERS[target](value)


def _text(value: object) -> Converted:
    if isinstance(value, Value):
        return Converted(value.raw) if value.raw else Converted(None, "the value has no text of its own")
    if isinstance(value, bool):
        return Converted("yes" if value else "no")
    if isinstance(value, float) and value.is_integer():
        return Converted(f"{value:.0f}")
    return Converted(str(value))


def _number(value: object) -> Converted:
    if isinstance(value, bool):
        return Converted(int(value))
    if isinstance(value, int | float):
        return Converted(value) if math.isfinite(value) else Converted(None, f"{value} is no finite number")
    if isinstance(value, Dimension):
        return _nominal(value)
    if not isinstance(value, str):
        return Converted(None, f"{_name(value)} is no number")
    return read_number(value)


def _nominal(value: Dimension) -> Converted:
    lost = [
        name
        for name, is_there in (
            (f"the unit {value.unit}", value.unit),
            ("the tolerance", value.upper is not None or value.lower is not None or value.fit is not None),
            (f"the count of {value.quantity}", value.quantity > 1),
        )
        if is_there
    ]
    return Converted(value.nominal, f"a number does not hold {', '.join(lost)}" if lost else None)


def read_number(text: str) -> Converted:
    """Read a number as people write it: with a decimal point or comma, and groups of thousands."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return Converted(None, f"{text!r} is no number")
    sign, whole, fraction, rest = match.groups()
    marks = {mark for mark in whole if not mark.isdigit()}
    if len(marks) > 1 or (fraction and fraction[0] in marks):
        return Converted(None, f"{text!r} is no number")
    if marks & {",", "."} and not fraction and len(re.findall(r"[.,]", whole)) == 1:
        if not whole.startswith("0"):
            return Converted(None, f"{text!r} could be a decimal or thousands")
        whole, fraction = "0", whole[1:]
    digits = re.sub(r"\D", "", whole)
    value = float(f"{sign}{digits}.{fraction[1:]}") if fraction else int(f"{sign}{digits}")
    return Converted(value, f"a number does not hold {rest!r}" if rest else None)


def _integer(value: object) -> Converted:
    found = _number(value)
    if found.value is None or isinstance(found.value, int):
        return found
    if float(found.value).is_integer():
        return Converted(int(found.value), found.loss)
    return Converted(None, f"{found.value} is no whole number")


def _checkbox(value: object) -> Converted:
    if isinstance(value, bool):
        return Converted(value)
    word = str(value).strip().casefold()
    if word in _YES | _NO:
        return Converted(word in _YES)
    return Converted(None, f"{_name(value)} is neither yes nor no")


def _date(value: object) -> Converted:
    if isinstance(value, dt.datetime):
        return Converted(value.date().isoformat())
    if isinstance(value, dt.date):
        return Converted(value.isoformat())
    text = str(value).strip()
    if match := _ISO_DATE.match(text):
        return _checked_date(text, *map(int, match.groups()))
    if match := _DOTTED_DATE.fullmatch(text):
        day, month, year = map(int, match.groups())
        return _checked_date(text, year, month, day)
    if match := _SLASHED_DATE.fullmatch(text):
        first, second, year = map(int, match.groups())
        if first <= 12 and second <= 12 and first != second:
            return Converted(None, f"day and month of {text!r} cannot be told apart")
        return _checked_date(text, year, *((first, second) if first <= 12 else (second, first)))
    return Converted(None, f"{text!r} is no date")


def _checked_date(text: str, year: int, month: int, day: int) -> Converted:
    try:
        return Converted(dt.date(year, month, day).isoformat())
    except ValueError:
        return Converted(None, f"{text!r} is no date")


def _several(value: object) -> Converted:
    parts = value if isinstance(value, list | tuple) else re.split(r"[;,]", str(_text(value).value))
    return Converted([str(part).strip() for part in parts if str(part).strip()])


def _dimension(value: object) -> Converted:
    found = _as(Dimension, value)
    if found is None or found.nominal is None:
        return Converted(None, f"{_name(value)} is no dimension")
    extra = [
        name
        for name, is_there in (
            ("the alternate dimension", found.alternate is not None),
            ("the features behind it", bool(found.features)),
            (f"the modifiers {' '.join(found.modifiers)}", bool(found.modifiers)),
        )
        if is_there
    ]
    return Converted(
        {
            "value": found.nominal,
            "unit": found.unit,
            "tolerance_plus": found.upper,
            "tolerance_minus": found.lower,
            "fit": found.fit.symbol if found.fit else None,
            "dimension_type": found.kind.value,
            "quantity": found.quantity,
            "is_reference": found.is_reference,
            "is_basic": found.is_basic,
            "raw": found.raw,
        },
        f"the field does not hold {', '.join(extra)}" if extra else None,
    )


def _gdt(value: object) -> Converted:
    found = value if isinstance(value, FeatureControlFrame) else read_frame(value) if isinstance(value, str) else None
    if found is None or not found.zones:
        return Converted(None, f"{_name(value)} is no feature control frame")
    first, *others = found.zones
    return Converted(
        {
            "symbol": found.characteristic,
            "tolerance": first.value,
            "unit": found.unit,
            "shape": first.shape,
            "modifiers": list(first.modifiers),
            "datums": ["-".join(datum.letters) for datum in first.datums],
            "datum_modifiers": [list(datum.modifiers) for datum in first.datums],
            "raw": found.raw,
        },
        f"the field does not hold {len(others)} further rows of the frame" if others else None,
    )


def _thread(value: object) -> Converted:
    found = _as(Thread, value)
    if found is None:
        return Converted(None, f"{_name(value)} is no thread")
    fields = ("designation", "family", "nominal_diameter", "pitch", "threads_per_inch", "tolerance_class")
    record = {name: getattr(found, name) for name in (*fields, "is_left_hand", "length", "quantity", "unit", "raw")}
    return Converted(record)


def _material(value: object) -> Converted:
    found = value if isinstance(value, Material) else read_material(value) if isinstance(value, str) else None
    if found is None:
        text = _text(value).value
        return Converted({"name": text, "designation": None, "number": None, "standard": None, "raw": text})
    names = ("name", "designation", "number", "system", "family", "condition", "standard", "raw")
    return Converted({name: getattr(found, name) for name in names})


def _surface_finish(value: object) -> Converted:
    found = _as(SurfaceTexture, value)
    if found is None:
        return Converted(None, f"{_name(value)} is no surface finish")
    names = ("parameter", "value", "lower_value", "unit", "grade", "lay", "removal", "process", "is_majority", "raw")
    return Converted({name: getattr(found, name) for name in names})


def _as(type_: type[Any], value: object) -> Any:
    """The value itself, or the only callout of that type that its text holds."""
    if isinstance(value, type_):
        return value
    if isinstance(value, Value) or not isinstance(value, str):
        return None
    found = [callout for callout in read_callouts(value) if isinstance(callout, type_)]
    return found[0].model_copy(update={"raw": value}) if len(found) == 1 else None


def _name(value: object) -> str:
    return repr(value.raw if isinstance(value, Value) else value)


_CONVERTERS: dict[FieldType, Callable[[object], Converted]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.INTEGER: _integer,
    FieldType.CHECKBOX: _checkbox,
    FieldType.DATE: _date,
    FieldType.SELECT: _text,
    FieldType.MULTI_SELECT: _several,
    FieldType.URL: _text,
    FieldType.DIMENSION: _dimension,
    FieldType.GDT: _gdt,
    FieldType.THREAD: _thread,
    FieldType.MATERIAL: _material,
    FieldType.SURFACE_FINISH: _surface_finish,
}
