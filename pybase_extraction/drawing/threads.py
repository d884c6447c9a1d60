"""The grammar of thread designations, and the way back.

::

    thread   = [count "×"] (metric | trapezoidal | inch | pipe | npt | round | whitworth | conduit | tapping) behind*
    metric   = ("M" | "MJ" | "EG M") d ["×" (pitch | "Ph" lead "P" pitch)] ["×" length] ["-" class] ["-" S|N|L] ["-LH"]
    trapezoidal = ("Tr" | "S") d "×" lead ["(P" pitch ")" | "P" pitch] ["LH"] ["-" class]
    inch     = size ["-" tpi] series ["-" class] ["-LH"] | series size ["-" tpi] | size "-" tpi (of ASME B1.1)
    pipe     = ("G" | "R" | "Rp" | "Rc" | "Rs") size ["A" | "B"] | size ("BSPP" | "BSPT" | "BSP")
    npt      = size ["-" tpi] ("NPT" | "NPTF" | "NPSM" | ...) | "NPT" size
    behind   = "THRU" | depth | "× length" | "/" hole depth | "LH"

Sources: ISO 965-1 clause 5 (designation), ISO 2904, ISO 228-1, ISO 7-1, ASME B1.1 section 6, ASME B1.20.1, DIN 405,
BS 84.  The second number of ``M8×1.25`` is a pitch because ISO 261 has pitches up to the coarse one only; in ``M8×20``
it is a length.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pybase_extraction.drawing.lexicon import Keyword, words
from pybase_extraction.drawing.reader import Reader
from pybase_extraction.drawing.sizes import read_size, read_unit
from pybase_extraction.drawing.thread_series import (
    METRIC_COARSE,
    METRIC_FINE_ONLY,
    METRIC_PITCHES,
    NPT,
    PIPE,
    UNC,
    UNEF,
    UNF,
    WHITWORTH,
    inch_diameter,
)
from pybase_extraction.drawing.tokens import TokenKind
from pybase_extraction.drawing.tolerances import fraction_after, read_deviations
from pybase_extraction.results.base import Provenance
from pybase_extraction.results.drawing import Thread

_UN_SERIES = words("UN UNC UNF UNEF UNS UNR UNRC UNRF UNREF UNRS UNJ UNJC UNJF UNJEF UNJS NC NF NEF")
_UN_TABLES = {"UNC": UNC, "UNF": UNF, "UNEF": UNEF}
_NPT_FAMILIES = words("NPT NPTF NPTM NPTR NPSM NPSF NPSI NPSL NPSC NPSH")
_PIPE_FAMILIES = frozenset({"G", "R", "Rp", "Rc", "Rs"})
_BRITISH_PIPE = {"BSPP": "G", "BSP": "G", "BSPT": "R", "PT": "R", "PF": "G"}
_WHITWORTH_WORDS = frozenset({"W", "BSW", "BSF", "WW"})
_MM_PER_INCH = Decimal("25.4")


@dataclass(slots=True)
class ThreadDraft:
    """A thread while it is read; lengths in ``unit``."""

    family: str
    unit: str
    series: str | None = None
    diameter: Decimal | None = None
    size: str | None = None
    pitch: Decimal | None = None
    is_pitch_written: bool = False
    lead: Decimal | None = None
    tpi: Decimal | None = None
    tolerance_class: str | None = None
    engagement: str | None = None
    is_left_hand: bool = False
    length: Decimal | None = None
    is_through: bool = False
    hole_depth: Decimal | None = None
    quantity: int = 1
    standard: str | None = None


def read_thread_draft(reader: Reader) -> ThreadDraft | None:
    """Read a thread with count, class and depth; None when none begins here."""
    count = reader.attempt(_count) or 1
    for rule in (_metric, _trapezoidal, _inch, _inch_prefixed, _pipe, _named_pipe, _whitworth, _round, _conduit):
        draft = reader.attempt(rule)
        if draft is not None:
            draft.quantity = count
            _read_behind(reader, draft)
            return draft
    return None


def _count(reader: Reader) -> int | None:
    token = reader.accept_number()
    if token is None or not token.is_integer or int(token.text) < 1:
        return None
    if reader.accept("×", "x", "X", "*", "-") is None and reader.keyword(Keyword.PLACES) is None:
        return None
    reader.skip_newline()
    following = reader.peek()
    if reader.tokens[reader.at - 1].text == "-" and following.kind is not TokenKind.WORD:
        return None
    return int(token.text)


def _metric(reader: Reader) -> ThreadDraft | None:
    family = _metric_family(reader)
    size = reader.accept_number() if family else None
    if family is None or size is None or not size.value:
        return None
    draft = ThreadDraft(family=family, unit="mm", diameter=size.value, standard="ISO 261" if family == "M" else None)
    reader.attempt(lambda inner: _metric_pitch(inner, draft))
    coarse = METRIC_COARSE.get(size.value.normalize())
    is_listed = coarse is not None or size.value in METRIC_FINE_ONLY
    reader.attempt(lambda inner: _metric_class(inner, draft))
    if not is_listed and draft.pitch is None:
        return None
    if draft.pitch is None:
        draft.pitch = coarse
    if draft.pitch is not None and is_listed:
        draft.series = "coarse" if draft.pitch == coarse else "fine"
    return draft


def _metric_family(reader: Reader) -> str | None:
    if reader.accept("EG"):
        return "EG M" if reader.accept("M") else None
    word = reader.accept("M", "MJ", "MF")
    if word is None or (
        reader.peek().is_spaced and word.is_spaced is False and reader.at > 1 and _follows_word(reader)
    ):
        return None
    return "M" if word.text == "MF" else word.text


def _follows_word(reader: Reader) -> bool:
    return reader.tokens[reader.at - 2].kind is TokenKind.WORD


def _metric_pitch(reader: Reader, draft: ThreadDraft) -> bool | None:
    if reader.accept_times() is None:
        return None
    if reader.accept("Ph"):
        return _lead_and_pitch(reader, draft)
    token = reader.accept_number()
    if token is None or token.value is None or not _is_pitch(draft.diameter, token.value):
        return None
    if reader.peek().key == "mm" and token.is_integer:
        return None  # "M3×6mm" is a length
    draft.pitch, draft.is_pitch_written = token.value, True
    return True


def _is_pitch(diameter: Decimal | None, value: Decimal) -> bool:
    assert diameter is not None
    if value not in METRIC_PITCHES:
        return False
    coarse = METRIC_COARSE.get(diameter.normalize())
    return value <= (coarse if coarse is not None else min(diameter / 4, Decimal(8)))


def _lead_and_pitch(reader: Reader, draft: ThreadDraft) -> bool | None:
    lead = reader.accept_number()
    if lead is None or reader.accept("P") is None:
        return None
    pitch = reader.accept_number()
    if pitch is None or not pitch.value:
        return None
    draft.lead, draft.pitch, draft.is_pitch_written = lead.value, pitch.value, True
    return True


def _metric_class(reader: Reader, draft: ThreadDraft) -> bool | None:
    """``-6H``, ``-5g6g``, ``-6H/6g``, ``-6H-S``; a blank may stand for the hyphen."""
    is_hyphenated = reader.accept("-") is not None
    first = reader.attempt(_class)
    if first is None or not (is_hyphenated or len(first) > 1):
        return None
    second = reader.attempt(_second_class)
    draft.tolerance_class = first if second is None else f"{first}/{second}"
    reader.attempt(lambda inner: _engagement(inner, draft))
    return True


def _second_class(reader: Reader) -> str | None:
    return _class(reader) if reader.accept("/") else None


def _class(reader: Reader) -> str | None:
    zones = [zone for zone in (reader.attempt(_zone), reader.attempt(_zone)) if zone]
    return "".join(zones) or None


def _zone(reader: Reader) -> str | None:
    number, letter = reader.peek(), reader.peek(1)
    if number.text not in {"3", "4", "5", "6", "7", "8", "9"} or letter.is_spaced:
        return None
    if letter.text not in {"H", "G", "h", "g", "f", "e", "d", "c", "a", "b"}:
        return None
    reader.at += 2
    return number.text + letter.text


def _engagement(reader: Reader, draft: ThreadDraft) -> bool | None:
    if reader.accept("-") is None:
        return None
    letter = reader.accept("S", "N", "L")
    draft.engagement = letter.text if letter else None
    return None if letter is None else True


def _trapezoidal(reader: Reader) -> ThreadDraft | None:
    family = reader.accept("Tr", "TR", "S", "Sg")
    size = reader.accept_number() if family else None
    if family is None or size is None or reader.accept_times() is None:
        return None
    first = reader.accept_number()
    if first is None or not first.value or not size.value:
        return None
    name = "Tr" if family.key == "tr" else "S"
    draft = ThreadDraft(family=name, unit="mm", diameter=size.value, pitch=first.value, is_pitch_written=True)
    draft.standard = "ISO 2904" if name == "Tr" else None
    reader.attempt(lambda inner: _pitch_of_lead(inner, draft))
    # a lead may be as large as the diameter (Tr 8×8(P2)), a pitch may not
    if draft.pitch is None or draft.pitch >= size.value or first.value > 4 * size.value:
        return None
    _read_left_hand(reader, draft)
    reader.attempt(lambda inner: _metric_class(inner, draft))
    return draft


def _pitch_of_lead(reader: Reader, draft: ThreadDraft) -> bool | None:
    is_open = reader.accept("(") is not None
    if reader.accept("P") is None:
        return None
    pitch = reader.accept_number()
    if pitch is None or not pitch.value or (is_open and reader.accept(")") is None):
        return None
    draft.lead, draft.pitch = draft.pitch, pitch.value
    return True


def _inch_size(reader: Reader) -> str | None:
    """``1/4``, ``1 1/2``, ``#10``, ``No. 10``, ``.250``, ``2``: as it names a thread."""
    if reader.accept("#"):
        return _numbered(reader)
    if reader.peek().key in {"no", "nr"}:
        reader.take()
        reader.accept(".")
        return _numbered(reader)
    token = reader.accept_number()
    if token is None or token.value is None:
        return None
    fraction = fraction_after(reader, token)
    reader.accept_tight('"')
    if fraction is None:
        return token.text if token.is_integer or token.decimals is not None else None
    return _fraction_text(fraction)


def _numbered(reader: Reader) -> str | None:
    token = reader.accept_number()
    return f"#{token.text}" if token is not None and token.decimals is None and len(token.text) <= 2 else None


def _fraction_text(value: Decimal) -> str:
    top, bottom = value.as_integer_ratio()
    whole, rest = divmod(top, bottom)
    if rest == 0:
        return str(whole)
    return f"{whole} {rest}/{bottom}" if whole else f"{rest}/{bottom}"


def _inch(reader: Reader) -> ThreadDraft | None:
    size = _inch_size(reader)
    if size is None:
        return None
    tpi = reader.attempt(_threads_per_inch)
    reader.accept("-")
    word = reader.peek().text.upper()
    if word in _NPT_FAMILIES:
        reader.take()
        return _taper_pipe(word, size, tpi)
    if word in _UN_SERIES:
        reader.take()
        return _unified(reader, size, tpi, word)
    if word in _BRITISH_PIPE and size in PIPE:
        reader.take()
        return _pipe_draft(_BRITISH_PIPE[word], size)
    if word in {"BSW", "BSF"}:
        reader.take()
        return _whitworth_draft(word, size, tpi)
    if word in {"ACME", "STUB"}:
        return _acme(reader, size, tpi)
    return _unnamed(reader, size, tpi)


def _threads_per_inch(reader: Reader) -> Decimal | None:
    if reader.accept("-", "×", "x", "X") is None:
        return None
    token = reader.accept_number()
    reader.keyword(Keyword.GLUE, Keyword.DRILL)
    if token is None or token.value is None or not 1 <= token.value <= 100:
        return None
    if reader.peek().key == "tpi":
        reader.take()
    return token.value


def _unified(reader: Reader, size: str, tpi: Decimal | None, series: str) -> ThreadDraft | None:
    named = _as_numbered(size, tpi, series)
    diameter = inch_diameter(named)
    full = f"U{series}" if series.startswith("N") else series
    standard = _UN_TABLES.get(full.replace("R", "").replace("J", ""), {}).get(named)
    if diameter is None or (tpi is None and standard is None):
        return None
    draft = ThreadDraft(family="UNJ" if "J" in full else "UN", unit="in", series=full, diameter=diameter, size=named)
    draft.tpi, draft.is_pitch_written = tpi or standard, tpi is not None
    assert draft.tpi is not None
    draft.pitch, draft.standard = 1 / draft.tpi, "ASME B1.1"
    reader.attempt(lambda inner: _inch_class(inner, draft))
    return draft


def _as_numbered(size: str, tpi: Decimal | None, series: str) -> str:
    """``10-32 UNF`` names the size #10: an integer that ASME B1.1 has no inch size for with that pitch."""
    numbered = f"#{size}"
    table = _UN_TABLES.get(series.removeprefix("U").replace("R", "").replace("J", "").join(("U", "")), {})
    if not size.isdecimal() or numbered not in table:
        return size
    is_inch_size = size in table and (tpi is None or table[size] == tpi)
    return size if is_inch_size else numbered


def _inch_class(reader: Reader, draft: ThreadDraft) -> bool | None:
    is_hyphenated = reader.accept("-") is not None
    number, letter = reader.peek(), reader.peek(1)
    if number.text not in {"1", "2", "3", "4", "5"} or not (is_hyphenated or number.is_spaced):
        return None
    if letter.text in {"A", "B", "C", "G"} and not letter.is_spaced:
        reader.at += 2
        draft.tolerance_class = number.text + letter.text
        return True
    return None


def _taper_pipe(family: str, size: str, tpi: Decimal | None) -> ThreadDraft | None:
    threads = tpi or NPT.get(size)
    if threads is None or size not in NPT:
        return None
    draft = ThreadDraft(family=family, unit="in", size=size, tpi=threads, pitch=1 / threads, standard="ASME B1.20.1")
    draft.is_pitch_written = tpi is not None
    return draft


def _acme(reader: Reader, size: str, tpi: Decimal | None) -> ThreadDraft | None:
    is_stub = reader.accept("STUB", "Stub") is not None
    if reader.accept("ACME", "Acme") is None or tpi is None:
        return None
    draft = ThreadDraft(family="STUB ACME" if is_stub else "ACME", unit="in", size=size, tpi=tpi)
    draft.diameter, draft.pitch, draft.is_pitch_written = inch_diameter(size), 1 / tpi, True
    reader.attempt(lambda inner: _inch_class(inner, draft))
    return draft


def _unnamed(reader: Reader, size: str, tpi: Decimal | None) -> ThreadDraft | None:
    """``1/4-20``: a size and a pitch that ASME B1.1 pairs, without the name of the series."""
    if tpi is None or "/" not in size:
        return None
    series = next((name for name, table in _UN_TABLES.items() if table.get(size) == tpi), None)
    if series is None or reader.tokens[reader.at - 1].kind is not TokenKind.NUMBER:
        return None
    draft = _unified(reader, size, tpi, series)
    if draft is not None:
        draft.series = None
    return draft


def _inch_prefixed(reader: Reader) -> ThreadDraft | None:
    word = reader.peek()
    name = word.text
    if name not in _UN_SERIES and name not in _NPT_FAMILIES and name not in {"BSW", "BSF"}:
        return None
    reader.take()
    size = _inch_size(reader)
    if size is None:
        return None
    tpi = reader.attempt(_threads_per_inch)
    if name in _NPT_FAMILIES:
        return _taper_pipe(name, size, tpi)
    return _unified(reader, size, tpi, name) if name in _UN_SERIES else _whitworth_draft(name, size, tpi)


def _pipe(reader: Reader) -> ThreadDraft | None:
    word = reader.peek()
    if word.text not in _PIPE_FAMILIES:
        return None
    reader.take()
    is_tight = not reader.peek().is_spaced
    size = _inch_size(reader)
    if size is None or size not in PIPE or not _is_pipe_size(word.text, size, is_tight, reader):
        return None
    draft = _pipe_draft(word.text, size)
    if word.text == "G":
        letter = reader.accept("A", "B")
        draft.tolerance_class = letter.text if letter else None
    return draft


def _is_pipe_size(family: str, size: str, is_tight: bool, reader: Reader) -> bool:
    """``R2`` is a radius, ``R 1/2`` a pipe thread except on an inch drawing; ``Rp 1`` may be a roughness."""
    is_whole = "/" not in size
    if family == "R":
        return not is_whole and reader.context.unit != "in" and reader.context.standard != "ASME"
    return is_tight or not is_whole or family in {"G", "Rc"}


def _pipe_draft(family: str, size: str) -> ThreadDraft:
    threads = PIPE[size]
    standard = "ISO 228-1" if family == "G" else "ISO 7-1"
    return ThreadDraft(
        family=family, unit="mm", size=size, tpi=threads, pitch=_MM_PER_INCH / threads, standard=standard
    )


def _named_pipe(reader: Reader) -> ThreadDraft | None:
    word = reader.peek().text
    if word not in _BRITISH_PIPE:
        return None
    reader.take()
    size = _inch_size(reader)
    return _pipe_draft(_BRITISH_PIPE[word], size) if size is not None and size in PIPE else None


def _whitworth(reader: Reader) -> ThreadDraft | None:
    if reader.accept("W", "WW") is None:
        return None
    token = reader.accept_number()
    if token is None or token.value is None:
        return None
    size = fraction_after(reader, token)
    is_inch = reader.accept_tight('"') is not None
    if size is None and not is_inch:
        return None
    text = _fraction_text(size if size is not None else token.value)
    return _whitworth_draft("W", text, None) if text in WHITWORTH else None


def _whitworth_draft(family: str, size: str, tpi: Decimal | None) -> ThreadDraft | None:
    threads = tpi or (WHITWORTH.get(size) if family != "BSF" else None)
    diameter = inch_diameter(size)
    if threads is None or diameter is None:
        return None
    draft = ThreadDraft(family=family, unit="in", size=size, diameter=diameter, tpi=threads, pitch=1 / threads)
    draft.is_pitch_written, draft.standard = tpi is not None, "BS 84"
    return draft


def _round(reader: Reader) -> ThreadDraft | None:
    """``Rd 40×1/6`` (DIN 405: pitch in inches), ``Rd 40×4`` (metric)."""
    if reader.accept("Rd", "RD") is None:
        return None
    size = reader.accept_number()
    if size is None or not size.value or reader.accept_times() is None:
        return None
    token = reader.accept_number()
    if token is None or not token.value:
        return None
    draft = ThreadDraft(family="Rd", unit="mm", diameter=size.value, is_pitch_written=True, standard="DIN 405-1")
    if reader.accept_tight("/"):
        threads = reader.accept_number()
        reader.accept_tight('"')
        if threads is None or not threads.value:
            return None
        draft.tpi, draft.pitch = threads.value / token.value, _MM_PER_INCH * token.value / threads.value
    else:
        draft.pitch = token.value
    return draft


def _conduit(reader: Reader) -> ThreadDraft | None:
    """``Pg 21`` (DIN 40430), ``ST4.8`` (ISO 1478)."""
    word = reader.accept("Pg", "PG", "ST")
    token = reader.accept_number() if word else None
    if word is None or token is None or not token.value:
        return None
    if word.text == "ST":
        is_size = token.decimals is not None and not token.is_spaced
        return ThreadDraft(family="ST", unit="mm", diameter=token.value, standard="ISO 1478") if is_size else None
    return ThreadDraft(family="Pg", unit="mm", size=token.text, standard="DIN 40430")


def _read_behind(reader: Reader, draft: ThreadDraft) -> None:
    while any(rule(reader, draft) for rule in _TAIL_RULES):
        pass


def _read_left_hand(reader: Reader, draft: ThreadDraft) -> None:
    _left_hand(reader, draft)


def _left_hand(reader: Reader, draft: ThreadDraft) -> bool:
    start = reader.at
    reader.accept("-")
    if not draft.is_left_hand and reader.keyword(Keyword.LEFT_HAND):
        draft.is_left_hand = True
        return True
    reader.at = start
    return False


def _count_behind(reader: Reader, draft: ThreadDraft) -> bool:
    """``M3 ↧ 4.5 (4×)``, ``M5 (8 holes)``: the count in parentheses behind."""
    if draft.quantity > 1:
        return False
    count = reader.attempt(_parenthesised_count) or reader.attempt(_worded_count)
    if count is None:
        return False
    draft.quantity = count
    return True


def _parenthesised_count(reader: Reader) -> int | None:
    token = reader.accept_number() if reader.accept("(") else None
    if token is None or not token.is_integer or int(token.text) < 1:
        return None
    if reader.accept_times() is None and reader.keyword(Keyword.PLACES) is None:
        return None
    return int(token.text) if reader.accept(")") else None


def _worded_count(reader: Reader) -> int | None:
    """``M6 2 PLACES``."""
    token = reader.accept_number()
    if token is None or not token.is_integer or reader.keyword(Keyword.PLACES) is None:
        return None
    return max(int(token.text), 1)


def _through(reader: Reader, draft: ThreadDraft) -> bool:
    start = reader.at
    reader.accept("-", ",")
    if reader.keyword(Keyword.THROUGH):
        draft.is_through = True
        return True
    reader.at = start
    return False


def _length(reader: Reader, draft: ThreadDraft) -> bool:
    if draft.length is not None:
        return False
    start = reader.at
    value = reader.attempt(_signed_length) or reader.attempt(_length_behind)
    if value is None:
        reader.at = start
        return False
    draft.length = _in_unit(value, draft.unit)
    return True


Length = tuple[Decimal, str | None]


def _in_unit(length: Length, unit: str) -> Decimal:
    value, written = length
    if written == "mm" and unit == "in":
        return value / _MM_PER_INCH
    return value * _MM_PER_INCH if written == "in" and unit == "mm" else value


def _signed_length(reader: Reader) -> Length | None:
    """``↧ 20``, ``DEPTH 20``, ``×20``, ``- ↧ 20``, also on the next line."""
    reader.accept("-", ",")
    reader.skip_newline()
    is_signed = (
        reader.accept("↧")
        or reader.keyword(Keyword.DEPTH, Keyword.DEPTH_OR_DEEP, Keyword.LENGTH)
        or reader.accept_times()
    )
    return _length_value(reader) if is_signed else None


def _length_behind(reader: Reader) -> Length | None:
    """``20 DEEP``, ``- 20 LG``."""
    reader.accept("-", ",", "×", "x", "X")
    value = _length_value(reader)
    return value if value is not None and reader.keyword(*_BEHIND_LENGTHS) else None


def _length_value(reader: Reader) -> Length | None:
    size = read_size(reader, limits=False)
    if size is None or size.value is None or size.unit == "deg":
        return None
    read_deviations(reader, size.value)
    return size.value, size.unit or read_unit(reader)


def _hole_depth(reader: Reader, draft: ThreadDraft) -> bool:
    """``M8×20/25``: thread length and depth of the core hole (ISO 6410-1, 3.4)."""
    if draft.hole_depth is not None or draft.length is None or reader.peek().text != "/":
        return False
    start = reader.at
    reader.take()
    token = reader.accept_number()
    if token is None or token.value is None or token.value < draft.length:
        reader.at = start
        return False
    draft.hole_depth = token.value
    return True


def _right_hand(reader: Reader, draft: ThreadDraft) -> bool:
    """``RH``, which is what a thread is without it."""
    del draft
    return reader.accept("RH", "R.H.") is not None


def _named_standard(reader: Reader, draft: ThreadDraft) -> bool:
    """``DIN 103 Tol. 7e``: the standard of the thread by its name, and its class in words."""
    start = reader.at
    reader.accept("(", ",")
    name = reader.accept("DIN", "ISO")
    if name is not None and name.text == "DIN":
        reader.accept("ISO")
    number = reader.accept_number() if name is not None else None
    if number is None or number.text.partition("-")[0] not in _STANDARDS:
        reader.at = start
        return False
    reader.accept(")")
    if reader.peek().key in {"tol", "tol.", "toleranz", "class", "klasse"} and draft.tolerance_class is None:
        reader.take()
        reader.accept(".")
        reader.attempt(lambda inner: _metric_class(inner, draft))
    return True


_STANDARDS = frozenset({"13", "103", "228", "261", "405", "513", "965", "2904", "2999", "3858", "10226"})
"""Numbers of ISO and DIN standards of threads."""


def _tapped(reader: Reader, draft: ThreadDraft) -> bool:
    """``ISO - H TAP``: how Creo's hole notes name an internal thread."""
    start = reader.at
    if reader.accept("ISO") and reader.accept("-") and reader.accept("H") and reader.keyword(Keyword.GLUE):
        return draft.tolerance_class is None
    reader.at = start
    return False


def _drilled(reader: Reader, draft: ThreadDraft) -> bool:
    """``6.8 DRILL ( 6.8 ) ↧ 20 -( 4 ) HOLE`` below a thread: its core hole, and the count (Creo)."""
    start = reader.at
    reader.skip_newline()
    size = reader.accept_number()
    is_core = size is not None and size.value is not None and (draft.diameter is None or size.value < draft.diameter)
    if not is_core or reader.keyword(Keyword.DRILL) is None or draft.hole_depth is not None:
        reader.at = start
        return False
    if reader.accept("("):
        reader.accept_number()
        reader.accept(")")
    if reader.accept("↧") and (depth := reader.accept_number()) is not None:
        draft.hole_depth = depth.value
    elif reader.keyword(Keyword.THROUGH) is None:
        reader.at = start
        return False
    reader.attempt(lambda inner: _creo_count(inner, draft))
    return True


def _creo_count(reader: Reader, draft: ThreadDraft) -> bool | None:
    reader.accept("-")
    count = reader.accept_number() if reader.accept("(") else None
    if count is None or not count.is_integer or reader.accept(")") is None or reader.keyword(Keyword.PLACES) is None:
        return None
    draft.quantity = max(int(count.text), 1)
    return True


_BEHIND_LENGTHS = (Keyword.DEEP, Keyword.DEPTH_OR_DEEP, Keyword.LENGTH)
_TAIL_RULES = (
    _left_hand, _right_hand, _named_standard, _tapped, _through, _length, _hole_depth, _drilled, _count_behind
)  # fmt: skip


def build_thread(draft: ThreadDraft, raw: str | None = None) -> Thread:
    """Make a thread of what was read."""
    return Thread(
        raw=raw,
        provenance=Provenance(method="callout-grammar"),
        family=draft.family,
        series=draft.series,
        designation=_designation(draft),
        nominal_diameter=_number(draft.diameter),
        size=draft.size,
        pitch=_number(draft.pitch),
        pitch_is_standard=draft.pitch is not None and not draft.is_pitch_written,
        lead=_number(draft.lead),
        starts=_starts(draft),
        threads_per_inch=_number(draft.tpi),
        tolerance_class=draft.tolerance_class,
        is_left_hand=draft.is_left_hand,
        is_internal=_is_internal(draft),
        length=_number(draft.length),
        is_through=draft.is_through,
        hole_depth=_number(draft.hole_depth),
        quantity=draft.quantity,
        unit=draft.unit,
        standard=draft.standard,
    )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _starts(draft: ThreadDraft) -> int | None:
    if draft.lead is None or not draft.pitch:
        return None
    ratio = draft.lead / draft.pitch
    return int(ratio) if ratio == int(ratio) else None


def _is_internal(draft: ThreadDraft) -> bool | None:
    """Upper case classes and B are internal (ISO 965-1, ASME B1.1), Rp and Rc too, R is external (ISO 7-1)."""
    if draft.family in {"Rp", "Rc"}:
        return True
    if draft.family == "R":
        return False
    name = draft.tolerance_class
    if name is not None and "/" not in name:
        if draft.unit == "in" or draft.family == "G":
            return {"A": False, "B": True}.get(name[-1])
        return name[-1].isupper()
    return True if draft.is_through or draft.hole_depth is not None else None


def _designation(draft: ThreadDraft) -> str:
    parts = [_stem(draft)]
    if draft.tolerance_class is not None:
        parts.append(f" {draft.tolerance_class}" if draft.family == "G" else f"-{draft.tolerance_class}")
    if draft.engagement is not None:
        parts.append(f"-{draft.engagement}")
    if draft.is_left_hand:
        parts.append("-LH")
    return "".join(parts)


def _stem(draft: ThreadDraft) -> str:
    if draft.family in {"M", "MJ", "EG M"}:
        return f"{draft.family}{_plain(draft.diameter)}{_metric_pitch_text(draft)}"
    if draft.family in {"Tr", "S"}:
        return f"{draft.family}{_plain(draft.diameter)}×{_lead_text(draft)}"
    if draft.family == "Rd":
        pitch = f"1/{_plain(draft.tpi)}" if draft.tpi is not None else _plain(draft.pitch)
        return f"Rd{_plain(draft.diameter)}×{pitch}"
    if draft.family == "ST":
        return f"ST{draft.diameter}"
    if draft.family == "W":
        return f'W{draft.size}"'
    if draft.family in _PIPE_FAMILIES or draft.family == "Pg":
        return f"{draft.family}{draft.size}"
    pitch = f"-{_plain(draft.tpi)}" if draft.is_pitch_written else ""
    name = draft.series if draft.family in {"UN", "UNJ"} else draft.family
    return f"{draft.size}{pitch} {name}" if name else f"{draft.size}{pitch}"


def _metric_pitch_text(draft: ThreadDraft) -> str:
    if draft.lead is not None:
        return f"×Ph{_plain(draft.lead)}P{_plain(draft.pitch)}"
    return f"×{_plain(draft.pitch)}" if draft.is_pitch_written else ""


def _lead_text(draft: ThreadDraft) -> str:
    return _plain(draft.pitch) if draft.lead is None else f"{_plain(draft.lead)}(P{_plain(draft.pitch)})"


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def format_thread(thread: Thread) -> str:
    """Write a thread as a callout: ``4× M8×1.25-6H ↧ 20``."""
    parts = [f"{thread.quantity}×"] if thread.quantity > 1 else []
    parts.append(thread.designation)
    if thread.is_through:
        parts.append("THRU")
    if thread.length is not None:
        depth = "" if thread.hole_depth is None else f"/{_plain(Decimal(repr(thread.hole_depth)))}"
        parts.append(f"↧ {_plain(Decimal(repr(thread.length)))}{depth}")
    return " ".join(parts)
