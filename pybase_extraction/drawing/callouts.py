"""Everything that one text says: the grammar's entry points.

At each token every rule is tried and the one that reads furthest wins; what it read is used up, so that no number is
read twice and none appears that is not there.  Rules fail within a bounded number of tokens: the whole is linear.

A number without any sign (``25``) is a dimension only if the text is nothing but a callout.  With ``strict`` in the
context that holds for all values: dates, scales, part numbers, addresses and prose give nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TypeVar

from pybase_extraction.drawing.context import CalloutContext
from pybase_extraction.drawing.dimensions import DimensionDraft, build_dimension, read_dimension_draft
from pybase_extraction.drawing.frames import build_frame, read_datum_draft, read_frame_draft
from pybase_extraction.drawing.lexicon import Keyword, words
from pybase_extraction.drawing.reader import Reader
from pybase_extraction.drawing.texture import build_texture, read_texture_draft
from pybase_extraction.drawing.threads import build_thread, read_thread_draft
from pybase_extraction.drawing.tokens import Token, TokenKind
from pybase_extraction.results.base import Value
from pybase_extraction.results.drawing import (
    Dimension,
    DimensionKind,
    FeatureControlFrame,
    SurfaceTexture,
    Thread,
)

V = TypeVar("V", bound=Value)
Build = Callable[[str], Value]
_UNREAD = CalloutContext()
_STANDARDS = words(
    "ISO DIN EN ASME ANSI JIS GB BS NF UNI UNE ASTM SAE AWS GOST ГОСТ VDI MIL VG SN SS AS IEC IS CSN PN WN"
)
_STRONG = 2
"""Strength of a find that is one in prose too; see ``DimensionDraft``."""
_LARGEST_C = 100
"""A letter C before so large a number names something, it is no chamfer (ISO 129-1, JIS B 0001)."""
_LONGEST_STANDARD = 6
"""Tokens before the number of a standard: ``DIN EN ISO/TR 1234``."""
_JOINING = frozenset("-:/_%@#=&.+~")
_SEPARATING = frozenset(",;/|.-+&·•")
_GLUE_KEYWORDS = tuple(Keyword)


class Evidence(Enum):
    """How much a text looks like a callout."""

    MARKED = "marked"
    """A sign, a tolerance, a unit or a designation makes it one."""
    BARE = "bare"
    """Nothing but a number: a dimension if it stands where dimensions stand."""
    NONE = "none"
    """It is something else."""


@dataclass(frozen=True, slots=True)
class _Find:
    """A value in a row of tokens; ``strength`` as in ``DimensionDraft``."""

    start: int
    end: int
    strength: int
    build: Build | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """All finds of one text, and whether they cover it."""

    reader: Reader
    finds: tuple[_Find, ...]
    is_covered: bool


def read_callouts(text: str, *, context: CalloutContext = _UNREAD) -> tuple[Value, ...]:
    """Read everything that a text says.

    Args:
        text: One callout, several lines of them, or prose with callouts in it.
        context: What is known about the sheet.

    Returns:
        Dimensions, threads, feature control frames, surface textures and datums in their order; ``raw`` is the part of
        the text that each was read from.  Places and pages are for the caller to fill in.
    """
    reading = _read(text, context)
    if _is_callout(reading):
        kept = reading.finds
    else:
        kept = () if context.strict else tuple(find for find in reading.finds if find.strength == _STRONG)
    values = [_built(find, reading.reader) for find in kept]
    return tuple(_with_core_holes([value for value in values if value is not None]))


def callout_evidence(text: str, *, context: CalloutContext = _UNREAD) -> Evidence:
    """Tell whether a text, as a whole, is a callout: high precision, for texts of unknown meaning on a sheet."""
    reading = _read(text, context)
    values = [find for find in reading.finds if find.build is not None]
    if not values or not _is_callout(reading):
        return Evidence.NONE
    return Evidence.MARKED if any(find.strength == 2 for find in values) else Evidence.BARE


def read_dimension(text: str, *, context: CalloutContext = _UNREAD) -> Dimension | None:
    """Read the first dimension of a text; None when it has none."""
    return _first(text, context, Dimension)


def read_thread(text: str, *, context: CalloutContext = _UNREAD) -> Thread | None:
    """Read the first thread of a text; None when it has none."""
    return _first(text, context, Thread)


def read_frame(text: str, *, context: CalloutContext = _UNREAD) -> FeatureControlFrame | None:
    """Read the first feature control frame of a text; None when it has none."""
    return _first(text, context, FeatureControlFrame)


def read_texture(text: str, *, context: CalloutContext = _UNREAD) -> SurfaceTexture | None:
    """Read the first surface texture of a text; None when it has none."""
    return _first(text, context, SurfaceTexture)


def _first(text: str, context: CalloutContext, kind: type[V]) -> V | None:
    return next((value for value in read_callouts(text, context=context) if isinstance(value, kind)), None)


def _read(text: str, context: CalloutContext) -> _Reading:
    reader = Reader.of(text, context)
    finds: list[_Find] = []
    is_covered = True
    while not reader.is_done:
        find = _longest(reader)
        if find is not None:
            finds.append(find)
            reader.at = find.end
        elif not _skip_separator(reader):
            is_covered = False
            reader.take()
    return _Reading(reader, tuple(finds), is_covered)


def _longest(reader: Reader) -> _Find | None:
    start = reader.at
    if not _may_begin(reader):
        return None
    best: _Find | None = None
    for rule in (_standard, _frame, _thread, _texture, _dimension, _datum):
        reader.at = start
        found = rule(reader)
        if found is not None and (best is None or found.end > best.end) and _may_end(reader, found.end):
            best = found
    reader.at = start
    return best


def _may_begin(reader: Reader) -> bool:
    """A value does not begin inside a word: not at the 10 of ``A10`` or ``DS-10``."""
    token = reader.peek()
    if reader.at == 0 or token.is_spaced or token.kind is TokenKind.NEWLINE:
        return token.kind is not TokenKind.NEWLINE
    before = reader.tokens[reader.at - 1]
    if before.kind in {TokenKind.WORD, TokenKind.NUMBER}:
        return not before.text.isascii() or token.text in {"(", "["}
    if before.text in _JOINING and reader.at > 1 and not before.is_spaced:
        is_after_slash = before.text == "/" and token.kind is not TokenKind.NUMBER
        return is_after_slash or reader.tokens[reader.at - 2].kind is TokenKind.NEWLINE
    return True


def _may_end(reader: Reader, end: int) -> bool:
    """A value does not end inside a word: not at the 10 of ``10A``, ``10:1`` or ``10-A``."""
    after = reader.tokens[end]
    if after.is_spaced or after.kind in {TokenKind.END, TokenKind.NEWLINE}:
        return True
    if after.kind in {TokenKind.WORD, TokenKind.NUMBER}:
        return not after.text.isascii() or not reader.tokens[end - 1].text.isalnum()
    following = reader.tokens[min(end + 1, len(reader.tokens) - 1)]
    is_joined = following.kind in {TokenKind.WORD, TokenKind.NUMBER} and not following.is_spaced
    if after.text == "/":
        return following.kind is not TokenKind.NUMBER or following.is_spaced
    return not (after.text in _JOINING and is_joined) and after.text not in {"%", ":", "°"}


def _skip_separator(reader: Reader) -> bool:
    """Go over what may stand between callouts without meaning anything."""
    token = reader.peek()
    if token.kind is TokenKind.NEWLINE:
        reader.take()
        return True
    is_loose = token.is_spaced or reader.peek(1).is_spaced or reader.peek(1).kind in {TokenKind.END, TokenKind.NEWLINE}
    if token.text in _SEPARATING and (is_loose or token.text in ",;/|"):
        reader.take()
        return reader.at > 1
    if reader.at == 0:
        return reader.keyword(Keyword.GLUE, Keyword.DRILL) is not None
    return reader.keyword(*_GLUE_KEYWORDS) is not None


def _standard(reader: Reader) -> _Find | None:
    """``DIN EN ISO 2768-1:1989``: the numbers of a standard's name are no sizes."""
    start = reader.at
    if reader.peek().text not in _STANDARDS:
        return None
    while reader.at - start < _LONGEST_STANDARD and reader.peek().text in _STANDARDS | {"/", "TR", "TS"}:
        reader.take()
    is_named = reader.accept("Y", "B", "A", "H", "D", "T", "E", "C", "F", "STD") is not None
    number = reader.accept_number()
    if number is None:
        return None
    while reader.peek().text in {"-", ":", "."} and _is_continued(reader.peek(1)):
        reader.at += 2
    if is_named:
        reader.accept_tight("M")
    return _Find(start, reader.at, 0, None)


def _is_continued(token: Token) -> bool:
    return not token.is_spaced and token.kind is not TokenKind.END


def _frame(reader: Reader) -> _Find | None:
    start = reader.at
    draft = read_frame_draft(reader)
    if draft is None:
        return None
    return _Find(start, reader.at, 2, lambda raw: build_frame(draft, reader.context, raw))


def _thread(reader: Reader) -> _Find | None:
    start = reader.at
    draft = read_thread_draft(reader)
    return None if draft is None else _Find(start, reader.at, 2, lambda raw: build_thread(draft, raw))


def _texture(reader: Reader) -> _Find | None:
    start = reader.at
    draft = read_texture_draft(reader)
    if draft is None:
        return None
    return _Find(start, reader.at, 2, lambda raw: build_texture(draft, reader.context, raw))


def _datum(reader: Reader) -> _Find | None:
    start = reader.at
    datum = read_datum_draft(reader)
    if datum is None:
        return None
    return _Find(start, reader.at, 1, lambda raw: datum.model_copy(update={"raw": raw}))


def _dimension(reader: Reader) -> _Find | None:
    start = reader.at
    draft = read_dimension_draft(reader)
    if draft is None or not _is_size(draft, reader, start):
        return None
    return _Find(start, reader.at, draft.strength, lambda raw: build_dimension(draft, reader.context, raw))


def _is_size(draft: DimensionDraft, reader: Reader, start: int) -> bool:
    """A bare number is written as sizes are: no leading zeros (``007``), at most six digits before the decimal sign."""
    if draft.strength == 2:
        return True
    is_tag = draft.kind is DimensionKind.CHAMFER and draft.size is not None and (draft.size.value or 0) >= _LARGEST_C
    if is_tag:
        return False  # C1815 names a window
    number = next((token for token in reader.tokens[start : reader.at] if token.kind is TokenKind.NUMBER), None)
    if number is None or number.value is None:
        return False
    whole = number.text.replace(",", ".").partition(".")[0]
    if draft.strength == 0 and (_is_material_number(number, reader) or _names_a_count(reader)):
        return False
    return len(whole) <= 6 and (len(whole) < 2 or not whole.startswith("0"))


def _is_material_number(number: Token, reader: Reader) -> bool:
    """``1.4301`` (EN 10027-2) on a sheet that is not in inches."""
    return number.decimals == 4 and number.text.startswith("1.") and reader.context.unit != "in"


def _names_a_count(reader: Reader) -> bool:
    """``4 OFF``, ``8 HOLES``: no size."""
    start = reader.at
    found = reader.keyword(Keyword.PLACES)
    reader.at = start
    return found is not None


def _is_callout(reading: _Reading) -> bool:
    """All of the text is callouts; the name of a standard makes it the name of a part (``DIN 912 - M6x20``)."""
    names_a_standard = any(find.build is None for find in reading.finds)
    return reading.is_covered and not names_a_standard and _has_one_bare_number_a_line(reading)


def _has_one_bare_number_a_line(reading: _Reading) -> bool:
    """Several bare numbers side by side are a row of a table or a telephone number."""
    bare = [find for find in reading.finds if find.build is not None and find.strength == 0]
    tokens = reading.reader.tokens
    return all(
        any(token.kind is TokenKind.NEWLINE for token in tokens[one.end : other.start + 1])
        for one, other in pairwise(bare)
    )


def _built(find: _Find, reader: Reader) -> Value | None:
    value = find.build(reader.raw_between(find.start, find.end)) if find.build is not None else None
    if isinstance(value, Dimension) and reader.source.is_underlined:
        return value.model_copy(update={"not_to_scale": True})
    return value


def _with_core_holes(values: list[Value]) -> list[Value]:
    """Give a thread the depth of its core hole: ``⌀6.8 ↧ 26`` before ``M8 ↧ 20`` in one callout (ISO 6410-1)."""
    result: list[Value] = []
    for value in values:
        before = result[-1] if result else None
        if isinstance(value, Thread) and isinstance(before, Dimension):
            result.append(_with_core_hole(value, before))
        else:
            result.append(value)
    return result


def _with_core_hole(thread: Thread, hole: Dimension) -> Thread:
    is_core = (
        hole.kind is DimensionKind.DIAMETER
        and thread.hole_depth is None
        and hole.nominal is not None
        and thread.nominal_diameter is not None
        and hole.nominal < thread.nominal_diameter
        and hole.unit in {None, thread.unit}
    )
    depth = next((part.nominal for part in hole.features if part.kind is DimensionKind.DEPTH), None)
    if not is_core or depth is None:
        return thread
    return thread.model_copy(update={"hole_depth": depth, "is_internal": True})
