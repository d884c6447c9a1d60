"""The grammar of feature control frames and datums (ISO 1101, ISO 5459, ISO 5458, ASME Y14.5), and the way back.

::

    frame    = [count "×"] row { newline row } ["ALL AROUND" | "ALL OVER"] [letter "↔" letter]
    row      = ["|"] [characteristic ["|"]] zone { ["|"] datums }
    zone     = ["S"] ["⌀"] number { modifier } [("/") basis] ["MAX" number]
    datums   = letter { "-" letter } { modifier }
    modifier = circled letter ["P" is followed by a length] | "CZ" | "SZ" | "UZ" | "OZ" | "VA" | "><" | ...

Compartments are parted by ``|`` where the file has them; blanks do where it does not.  A row without a characteristic
continues a composite frame.  Datum letters skip I, O and Q (ISO 5459, 6.1; ASME Y14.5, 6.3.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pybase_extraction.drawing.context import CalloutContext
from pybase_extraction.drawing.lexicon import Keyword, words
from pybase_extraction.drawing.reader import Reader
from pybase_extraction.drawing.sizes import read_unit
from pybase_extraction.drawing.tokens import Token, TokenKind
from pybase_extraction.results.base import Provenance, UnitOrigin
from pybase_extraction.results.drawing import Datum, DatumReference, FeatureControlFrame, ToleranceZone

CHARACTERISTICS: dict[str, str] = {
    "⏤": "straightness",
    "⏥": "flatness",
    "▱": "flatness",
    "○": "circularity",
    "◯": "circularity",
    "⌭": "cylindricity",
    "⌒": "profile_of_line",
    "⌓": "profile_of_surface",
    "∠": "angularity",
    "⊥": "perpendicularity",
    "∥": "parallelism",
    "⌖": "position",
    "⊕": "position",
    "◎": "concentricity",
    "⌯": "symmetry",
    "↗": "circular_runout",
    "⌰": "total_runout",
}
"""Symbol -> the standards' word (ISO 1101:2017 Table 1, ASME Y14.5-2018 Figure 6-1)."""

_NAMES = {
    ("straightness",): "straightness",
    ("flatness",): "flatness",
    ("circularity",): "circularity",
    ("roundness",): "circularity",
    ("cylindricity",): "cylindricity",
    ("profile", "of", "a", "line"): "profile_of_line",
    ("profile", "of", "line"): "profile_of_line",
    ("profile", "of", "a", "surface"): "profile_of_surface",
    ("profile", "of", "surface"): "profile_of_surface",
    ("angularity",): "angularity",
    ("perpendicularity",): "perpendicularity",
    ("parallelism",): "parallelism",
    ("position",): "position",
    ("true", "position"): "position",
    ("concentricity",): "concentricity",
    ("coaxiality",): "concentricity",
    ("symmetry",): "symmetry",
    ("circular", "runout"): "circular_runout",
    ("circular", "run", "-", "out"): "circular_runout",
    ("total", "runout"): "total_runout",
    ("total", "run", "-", "out"): "total_runout",
}
_SYMBOLS = {name: symbol for symbol, name in reversed(CHARACTERISTICS.items())}
_NO_DATUM = frozenset("IOQ")
_WORD_MODIFIERS = words("CZ SZ CZR UZ OZ VA UF SIM ACS SCS ALS LD MD PD NC CF DV DF CA SV PL SL PT ST BOUNDARY")
_MAX_NAME = max(len(name) for name in _NAMES)
_FIRST_WORDS = frozenset(name[0] for name in _NAMES)
_LARGEST_DATUM_ROW = 6


@dataclass(slots=True)
class ZoneDraft:
    """A row of a frame while it is read."""

    value: Decimal
    shape: Literal["width", "diameter", "spherical"] = "width"
    modifiers: list[str] = field(default_factory=list)
    projected: Decimal | None = None
    basis: Decimal | None = None
    maximum: Decimal | None = None
    datums: list[DatumReference] = field(default_factory=list)


@dataclass(slots=True)
class FrameDraft:
    """A feature control frame while it is read."""

    characteristic: str
    zones: list[ZoneDraft] = field(default_factory=list)
    quantity: int = 1
    unit: str | None = None
    all_around: bool = False
    all_over: bool = False
    between: str | None = None


def read_frame_draft(reader: Reader) -> FrameDraft | None:
    """Read a frame with all its rows; None when none begins here."""
    quantity = reader.attempt(_count) or 1
    reader.accept("|")
    characteristic = read_characteristic(reader)
    if characteristic is None:
        return None
    symbol = reader.tokens[reader.at - 1].text
    first = _row(reader)
    if first is None or not _is_frame(symbol, first, reader):
        return None
    draft = FrameDraft(characteristic, [first], quantity)
    draft.unit = read_unit(reader)
    _read_rows(reader, draft)
    _read_behind(reader, draft)
    return draft


def _is_frame(symbol: str, zone: ZoneDraft, reader: Reader) -> bool:
    """``⌒ 30`` is an arc length and ``∠ 30°`` an angle: those signs need more of a frame to be one."""
    if symbol not in {"⌒", "∠", "○", "◯"}:
        return True
    is_parted = any(token.text == "|" for token in reader.tokens[max(0, reader.at - 4) : reader.at + 1])
    return (bool(zone.datums) or is_parted or symbol in {"○", "◯"}) and reader.peek().text != "°"


def _count(reader: Reader) -> int | None:
    token = reader.accept_number()
    if token is None or not token.is_integer or int(token.text) < 1 or reader.accept_times() is None:
        return None
    reader.skip_newline()
    return int(token.text)


def read_characteristic(reader: Reader) -> str | None:
    """Read the symbol, or its name in words; None when neither stands here."""
    symbol = reader.peek().text
    if symbol in CHARACTERISTICS:
        reader.take()
        return CHARACTERISTICS[symbol]
    if symbol == "/" and reader.peek(1).text == "/" and not reader.peek(1).is_spaced:
        reader.at += 2
        return "parallelism"
    if reader.peek().key not in _FIRST_WORDS:
        return None
    for width in range(_MAX_NAME, 0, -1):
        name = _NAMES.get(tuple(reader.peek(ahead).key for ahead in range(width)))
        if name is not None:
            reader.at += width
            return name
    return None


def _row(reader: Reader) -> ZoneDraft | None:
    _skip_bars(reader)
    zone = _zone(reader)
    if zone is None:
        return None
    while len(zone.datums) < _LARGEST_DATUM_ROW:
        _skip_bars(reader)
        datums = reader.attempt(_datums)
        if datums is None:
            break
        zone.datums.append(datums)
    _skip_bars(reader)
    return zone


def _skip_bars(reader: Reader) -> None:
    while reader.accept("|"):
        pass


def _zone(reader: Reader) -> ZoneDraft | None:
    shape: Literal["width", "diameter", "spherical"] = "width"
    if reader.accept("S"):
        shape = "spherical"
    if reader.accept("⌀"):
        shape = "spherical" if shape == "spherical" else "diameter"
    elif shape == "spherical":
        return None
    token = reader.accept_number()
    if token is None or token.value is None or token.value >= 10**7:
        return None
    zone = ZoneDraft(token.value, shape)
    while any(rule(reader, zone) for rule in (_basis, _maximum, _modifier)):
        pass
    return zone


def _basis(reader: Reader, zone: ZoneDraft) -> bool:
    """``0.1/100``: per unit length; ``.005/.25×.25``: per unit area, whose side is the basis (ASME Y14.5, 8.4.1)."""
    if zone.basis is not None or reader.peek().text != "/" or reader.peek(1).kind is not TokenKind.NUMBER:
        return False
    reader.take()
    reader.accept("⌀", "□")
    token = reader.accept_number()
    zone.basis = token.value if token is not None else None
    following = reader.peek(1)
    if reader.peek().text in {"×", "x", "X"} and following.kind is TokenKind.NUMBER:
        reader.at += 2
    return True


def _maximum(reader: Reader, zone: ZoneDraft) -> bool:
    start = reader.at
    is_signed = reader.accept("⌀") is not None
    token = reader.accept_number() if is_signed else None
    if zone.maximum is None and reader.keyword(Keyword.MAXIMUM):
        token = token or reader.accept_number()
        if token is not None:
            zone.maximum = token.value
            return True
    reader.at = start
    return False


def _modifier(reader: Reader, zone: ZoneDraft) -> bool:
    start = reader.at
    if reader.accept("|") and not _is_modifier(reader):
        reader.at = start
        return False
    symbol = _symbol(reader)
    if symbol is None:
        reader.at = start
        return False
    zone.modifiers.append(symbol)
    if symbol in {"Ⓟ", "Ⓤ"}:
        amount = reader.accept_number()
        if amount is not None and symbol == "Ⓟ":
            zone.projected = amount.value
        elif amount is not None:
            zone.modifiers[-1] = f"Ⓤ{amount.text}"
    return True


def _is_modifier(reader: Reader) -> bool:
    return "Ⓐ" <= reader.peek().text[:1] <= "Ⓩ"


def _symbol(reader: Reader) -> str | None:
    circled = reader.circled()
    if circled is not None:
        return circled
    word = reader.peek()
    if word.kind is TokenKind.WORD and word.text in _WORD_MODIFIERS:
        return reader.take().text
    if word.text == ">" and reader.peek(1).text == "<":
        reader.at += 2
        return "><"
    return None


def _datums(reader: Reader) -> DatumReference | None:
    letters = [letter] if (letter := _letter(reader)) else []
    while letters and reader.peek().text == "-":
        following = reader.attempt(_next_letter)
        if following is None:
            break
        letters.append(following)
    if not letters or reader.peek().text in {"↔", "⟷", "←"} or (reader.peek().text, reader.peek(1).text) == ("<", "-"):
        return None
    modifiers = []
    while (symbol := _symbol_in_datum(reader)) is not None:
        modifiers.append(symbol)
    return DatumReference(letters=tuple(letters), modifiers=tuple(modifiers))


def _next_letter(reader: Reader) -> str | None:
    reader.accept("-")
    return _letter(reader)


def _symbol_in_datum(reader: Reader) -> str | None:
    token = reader.peek()
    is_open = token.text in {"[", "("}
    if token.text == "[" and reader.peek(2).text == "]" and reader.peek(1).kind is TokenKind.WORD:
        symbol = reader.peek(1).text
        reader.at += 3
        return symbol
    return _symbol(reader) if is_open or "Ⓐ" <= token.text[:1] <= "Ⓩ" or token.text in _WORD_MODIFIERS else None


def _letter(reader: Reader) -> str | None:
    token = reader.peek()
    return reader.take().text if is_datum_letter(token) and _stands_alone(reader) else None


def is_datum_letter(token: Token) -> bool:
    """One capital, or a doubled one (AA), but not I, O or Q."""
    text = token.text
    is_capital = text.isascii() and text.isalpha() and text.isupper()
    return is_capital and (len(text) == 1 or (len(text) == 2 and text[0] == text[1])) and text[0] not in _NO_DATUM


def _stands_alone(reader: Reader) -> bool:
    after = reader.peek(1)
    return after.kind is not TokenKind.NUMBER or after.is_spaced


def _read_rows(reader: Reader, draft: FrameDraft) -> None:
    while (zone := reader.attempt(lambda inner: _next_row(inner, draft.characteristic))) is not None:
        draft.zones.append(zone)


def _next_row(reader: Reader, characteristic: str) -> ZoneDraft | None:
    """A further row begins on a line of its own: without a symbol, or with the same one."""
    if reader.accept("\n", ";") is None:
        return None
    is_parted = reader.accept("|") is not None
    own = reader.attempt(read_characteristic)
    if own is not None and own != characteristic:
        return None
    zone = _row(reader)
    if zone is None or not (own or is_parted or zone.datums or zone.shape != "width"):
        return None
    return zone if zone.datums or own is not None or is_parted else None


def _read_behind(reader: Reader, draft: FrameDraft) -> None:
    start = reader.at
    words = (reader.peek().key, reader.peek(1).key)
    if words in {("all", "around"), ("all", "over")}:
        reader.at = start + 2
        draft.all_around = words[1] == "around"
        draft.all_over = words[1] == "over"
    draft.between = reader.attempt(_between)


def _between(reader: Reader) -> str | None:
    """``A ↔ B`` below the frame: the tolerance holds between two points (ISO 1101, 10.1.4; ASME Y14.5)."""
    reader.accept("\n", ";")
    first = _point(reader)
    is_between = first is not None and _accept_between(reader)
    second = _point(reader) if is_between else None
    return f"{first}↔{second}" if second is not None else None


def _point(reader: Reader) -> str | None:
    token = reader.peek()
    is_letter = token.kind is TokenKind.WORD and len(token.text) <= 2 and token.text.isupper()
    return reader.take().text if is_letter else None


def _accept_between(reader: Reader) -> bool:
    if reader.accept("↔", "⟷"):
        return True
    for signs in (("<", "-", ">"), ("←", "→")):
        if all(reader.peek(ahead).text == sign for ahead, sign in enumerate(signs)):
            reader.at += len(signs)
            return True
    return False


def build_frame(draft: FrameDraft, context: CalloutContext, raw: str | None = None) -> FeatureControlFrame:
    """Make a frame of what was read."""
    unit, origin = context.unit, context.unit_origin if context.unit is not None else None
    if draft.unit is not None:
        unit, origin = draft.unit, UnitOrigin.WRITTEN
    return FeatureControlFrame(
        raw=raw,
        provenance=Provenance(method="callout-grammar"),
        characteristic=draft.characteristic,
        zones=tuple(_build_zone(zone) for zone in draft.zones),
        is_composite=len(draft.zones) > 1,
        unit=unit,
        unit_origin=origin,
        quantity=draft.quantity,
        all_around=draft.all_around,
        all_over=draft.all_over,
        is_between=draft.between is not None,
        label=draft.between,
    )


def _build_zone(zone: ZoneDraft) -> ToleranceZone:
    return ToleranceZone(
        value=float(zone.value),
        shape=zone.shape,
        modifiers=tuple(zone.modifiers),
        projected=_number(zone.projected),
        unit_basis=_number(zone.basis),
        datums=tuple(zone.datums),
        maximum=_number(zone.maximum),
    )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def read_datum_draft(reader: Reader) -> Datum | None:
    """Read a datum feature ``[A]``, ``-A-`` as ASME Y14.5 wrote it until 1982, or a target ``[A1]`` (ISO 5459)."""
    closing = {"[": "]", "-": "-"}.get(reader.peek().text)
    if closing is None:
        return None
    reader.take()
    target = reader.attempt(_target) if closing == "]" else None
    letter = target[0] if target is not None else _letter(reader)
    if letter is None or reader.peek().is_spaced or reader.accept(closing) is None:
        return None
    number = None if target is None else target[1]
    return Datum(letter=letter, target=number, provenance=Provenance(method="callout-grammar"))


def _target(reader: Reader) -> tuple[str, int] | None:
    letter, number = reader.take(), reader.peek()
    if not is_datum_letter(letter) or number.is_spaced or not number.is_integer or len(number.text) > 2:
        return None
    return letter.text, int(reader.take().text)


def format_frame(frame: FeatureControlFrame) -> str:
    """Write a frame as a text: ``2× |⌖|⌀0.5Ⓜ|A|B|``, a line for each row."""
    symbol = _SYMBOLS.get(frame.characteristic or "", "")
    rows = [_format_zone(zone) for zone in frame.zones]
    text = "\n".join([f"|{symbol}{rows[0]}" if rows else f"|{symbol}|", *rows[1:]])
    suffix = " ALL AROUND" if frame.all_around else " ALL OVER" if frame.all_over else ""
    suffix += f"\n{frame.label}" if frame.is_between and frame.label is not None else ""
    return (f"{frame.quantity}× " if frame.quantity > 1 else "") + text + suffix


def _format_zone(zone: ToleranceZone) -> str:
    sign = {"width": "", "diameter": "⌀", "spherical": "S⌀"}[zone.shape]
    basis = "" if zone.unit_basis is None else f"/{_plain(zone.unit_basis)}"
    modifiers = " ".join(_format_modifier(symbol, zone) for symbol in zone.modifiers)
    maximum = "" if zone.maximum is None else f" MAX {_plain(zone.maximum)}"
    value = "" if zone.value is None else _plain(zone.value)
    spaced = f" {modifiers}" if modifiers else ""
    cells = [f"{sign}{value}{basis}{spaced}{maximum}", *(_format_datums(datums) for datums in zone.datums)]
    return "|" + "|".join(cells) + "|"


def _format_modifier(symbol: str, zone: ToleranceZone) -> str:
    return f"{symbol}{_plain(zone.projected)}" if symbol == "Ⓟ" and zone.projected is not None else symbol


def _format_datums(datums: DatumReference) -> str:
    return "-".join(datums.letters) + "".join(datums.modifiers)


def _plain(value: float) -> str:
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
