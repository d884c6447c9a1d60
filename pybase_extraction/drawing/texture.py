"""The grammar of surface texture (ISO 1302, ISO 21920-1, ASME Y14.36), and the way back.

::

    texture   = ["("] [process] ["√" | "▽"] item ["√"] [")"]
    item      = [U|L] [cut-off "/"] parameter ["max"] value [("-" | "/") value] [unit] ["max" | "16%"] [lay]
              | "N" 1..12 | "▽" { "▽" } | "√" value
    parameter = Ra Rz Rq Rt Rmax Rp Rv Rsk Rku Rc Rz1max RzJIS Wa Wz Wt Pa Pz Pt
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pybase_extraction.drawing.context import CalloutContext
from pybase_extraction.drawing.lexicon import Keyword, words
from pybase_extraction.drawing.reader import Reader
from pybase_extraction.drawing.tokens import TokenKind
from pybase_extraction.results.base import Provenance, UnitOrigin
from pybase_extraction.results.drawing import SurfaceTexture

_PARAMETERS = {
    name.casefold(): name for name in words("Ra Rz Rq Rt Rmax Rp Rv Rsk Rku Rsm Rdq Wa Wz Wt Pa Pz Pt RMS AA")
}
_LAYS = frozenset("=⊥XMCRP")
_PROCESSES = words(
    "ground milled turned lapped honed polished reamed machined geschliffen gefräst gedreht poliert geläppt gehont"
    " rectifié fraisé tourné poli rectificado fresado torneado pulido rettificato fresato tornito lucidato"
)
_GRADE_UM = {
    f"N{number}": Decimal(value)
    for number, value in enumerate(
        ("0.025", "0.05", "0.1", "0.2", "0.4", "0.8", "1.6", "3.2", "6.3", "12.5", "25", "50"), start=1
    )
}
"""Roughness grade -> Ra in µm (ISO 1302:1992, Table 1)."""


@dataclass(slots=True)
class TextureDraft:
    """A surface texture while it is read."""

    parameter: str | None = None
    value: Decimal | None = None
    lower: Decimal | None = None
    unit: str | None = None
    is_unit_written: bool = False
    grade: str | None = None
    cutoff: Decimal | None = None
    rule: str | None = None
    lay: str | None = None
    is_removed: bool = False
    process: str | None = None
    is_majority: bool = False


def read_texture_draft(reader: Reader) -> TextureDraft | None:
    """Read one requirement; None when none begins here."""
    draft = TextureDraft()
    is_open = reader.accept("(") is not None
    _read_process(reader, draft)
    has_root = reader.accept("√") is not None
    for rule in (_parameter_item, _triangles, _grade, _bare_value):
        if rule is _bare_value and not has_root:
            return None
        if reader.attempt(lambda inner, rule=rule: rule(inner, draft)):  # type: ignore[misc]
            break
    else:
        return None
    draft.is_removed = has_root
    _read_majority(reader, draft)
    if is_open and reader.accept(")") is None:
        return None
    draft.is_majority = draft.is_majority or is_open
    return draft


def _read_process(reader: Reader, draft: TextureDraft) -> None:
    if reader.peek().key in _PROCESSES:
        draft.process = reader.take().text


def _read_majority(reader: Reader, draft: TextureDraft) -> None:
    """``Ra 3.2 (√)``: the rest of the part, exceptions in parentheses (ISO 1302, 9.2)."""
    reader.accept("√")
    if reader.peek().text == "(" and reader.peek(1).text == "√" and reader.peek(2).text == ")":
        reader.at += 3
        draft.is_majority = True


def _parameter_item(reader: Reader, draft: TextureDraft) -> bool | None:
    limit = reader.accept("U", "L")
    draft.cutoff = reader.attempt(_cutoff)
    name = _parameter(reader)
    if name is None:
        return None
    draft.parameter = name
    _read_rule(reader, draft)
    reader.accept("=", "≤", ":")
    if _read_values(reader, draft) is None:
        return None
    _read_unit(reader, draft)
    _read_rule(reader, draft)
    _read_lay(reader, draft)
    if limit is not None and limit.text == "L":
        draft.value, draft.lower = None, draft.value
    elif limit is not None:
        reader.attempt(lambda inner: _lower_item(inner, draft))
    return True


def _lower_item(reader: Reader, draft: TextureDraft) -> bool | None:
    """``L Ra 1.6`` behind or below ``U Ra 3.2``: both limits of one parameter (ISO 21920-1, ISO 1302)."""
    reader.accept("/")
    reader.skip_newline()
    if reader.accept("L") is None or draft.lower is not None or _parameter(reader) != draft.parameter:
        return None
    number = reader.accept_number()
    if number is None or number.value is None or draft.value is None or number.value > draft.value:
        return None
    draft.lower = number.value
    _read_unit(reader, draft)
    return True


def _cutoff(reader: Reader) -> Decimal | None:
    """``0.8/`` or ``0.0025-0.8/`` before the parameter: the upper limit of the transmission band, mm."""
    reader.accept("-")
    token = reader.accept_number()
    if token is not None and reader.accept_tight("-"):
        token = reader.accept_number()
    return token.value if token is not None and reader.accept("/") else None


def _parameter(reader: Reader) -> str | None:
    word = reader.peek()
    name = _PARAMETERS.get(word.key)
    if name is None or (word.text[0].islower() and word.text != name):
        return None
    reader.take()
    return name


def _read_values(reader: Reader, draft: TextureDraft) -> bool | None:
    first = reader.accept_number()
    if first is None or first.value is None or first.value >= 10**5:
        return None
    second = reader.attempt(_second_value)
    if second is None:
        draft.value = first.value
    else:
        draft.lower, draft.value = sorted((first.value, second))
    return True


def _second_value(reader: Reader) -> Decimal | None:
    if reader.accept("-", "/", "…", "\n") is None:
        return None
    token = reader.accept_number()
    if token is None or reader.peek().text == "/":
        return None
    return token.value


def _read_unit(reader: Reader, draft: TextureDraft) -> None:
    unit = {"µm": "µm", "um": "µm", "µin": "µin", "uin": "µin", "µ": "µm"}.get(reader.peek().key)
    if unit is not None:
        reader.take()
        if unit == "µm" and reader.peek().key in {"in", "inch"} and reader.tokens[reader.at - 1].text == "µ":
            reader.take()
            unit = "µin"
        draft.unit, draft.is_unit_written = unit, True


def _read_rule(reader: Reader, draft: TextureDraft) -> None:
    if reader.keyword(Keyword.MAXIMUM):
        draft.rule = "max"
    elif reader.peek().text == "16" and reader.peek(1).text == "%":
        reader.at += 2
        draft.rule = "16%"


def _read_lay(reader: Reader, draft: TextureDraft) -> None:
    token, after = reader.peek(), reader.peek(1)
    is_alone = after.kind in {TokenKind.END, TokenKind.NEWLINE} or after.text == ")"
    if token.text in _LAYS and token.is_spaced and is_alone:
        draft.lay = reader.take().text.replace("⊥", "⟂")


def _triangles(reader: Reader, draft: TextureDraft) -> bool | None:
    count = 0
    while count < 4 and reader.accept("▽"):
        count += 1
    if count == 0:
        return None
    draft.parameter, draft.grade = "▽", "▽" * count
    return True


def _grade(reader: Reader, draft: TextureDraft) -> bool | None:
    if reader.accept("N") is None:
        return None
    number = reader.accept_tight_number()
    if number is None or f"N{number.text}" not in _GRADE_UM:
        return None
    draft.parameter, draft.grade = "N", f"N{number.text}"
    draft.value, draft.unit, draft.is_unit_written = _GRADE_UM[draft.grade], "µm", True
    return True


def _bare_value(reader: Reader, draft: TextureDraft) -> bool | None:
    """``√ 3.2``: a value without a parameter is Ra (ISO 1302:1992; ASME Y14.36M)."""
    if _read_values(reader, draft) is None:
        return None
    draft.parameter = "Ra"
    _read_unit(reader, draft)
    return True


def build_texture(draft: TextureDraft, context: CalloutContext, raw: str | None = None) -> SurfaceTexture:
    """Make a surface texture of what was read.

    The unit of a value without one is that of the standard: µm (ISO 21920-1), µin on inch drawings (ASME Y14.36).
    """
    unit, origin = draft.unit, UnitOrigin.WRITTEN if draft.is_unit_written else None
    if unit is None and (draft.value is not None or draft.lower is not None):
        unit, origin = _implied_unit(context)
    return SurfaceTexture(
        raw=raw,
        provenance=Provenance(method="callout-grammar"),
        parameter=draft.parameter,
        value=_number(draft.value),
        lower_value=_number(draft.lower),
        unit=unit,
        unit_origin=origin,
        grade=draft.grade,
        cutoff=_number(draft.cutoff),
        rule=draft.rule,
        lay=draft.lay,
        removal="required" if draft.is_removed else None,
        process=draft.process,
        is_majority=draft.is_majority,
    )


def _implied_unit(context: CalloutContext) -> tuple[str | None, UnitOrigin | None]:
    if context.unit == "in":
        return "µin", UnitOrigin.DECLARED
    if context.unit is not None or context.standard == "ISO":
        return "µm", UnitOrigin.DECLARED
    return None, None


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def format_texture(texture: SurfaceTexture) -> str:
    """Write a surface texture as a callout: ``0.8/Ra max 3.2 µm``."""
    parts = [texture.process] if texture.process else []
    if texture.removal == "required":
        parts.append("√")
    parts.append(texture.grade if texture.grade is not None else _format_item(texture))
    text = " ".join(part for part in parts if part)
    return f"({text})" if texture.is_majority else text


def _format_item(texture: SurfaceTexture) -> str:
    cutoff = "" if texture.cutoff is None else f"{_plain(texture.cutoff)}/"
    limit = "L " if texture.value is None and texture.lower_value is not None else ""
    parts = [f"{limit}{cutoff}{texture.parameter or ''}"]
    if texture.rule == "max":
        parts.append("max")
    parts.append("-".join(_plain(value) for value in (texture.lower_value, texture.value) if value is not None))
    if texture.unit_origin is UnitOrigin.WRITTEN and texture.unit is not None:
        parts.append(texture.unit)
    if texture.rule == "16%":
        parts.append("16%")
    return " ".join([*parts, texture.lay] if texture.lay else parts)


def _plain(value: float) -> str:
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
