"""What the lettering of a drawing sheet says besides its blocks: dimensions and their kin, notes, the unit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pybase_extraction.drawing import (
    CalloutContext,
    apply_general,
    fit_contradiction,
    read_callouts,
    read_edge,
    read_general_tolerance,
    read_weld,
    vote_decimal_separator,
)
from pybase_extraction.results import (
    BBox,
    Datum,
    Dimension,
    DimensionKind,
    EdgeCondition,
    FeatureControlFrame,
    GeneralTolerance,
    Issue,
    Locator,
    Note,
    Provenance,
    Severity,
    SurfaceTexture,
    Table,
    Thread,
    UnitOrigin,
    Value,
    WeldSymbol,
)
from pybase_extraction_pdf.callout_cells import SmallCells, datums_of, frames_of, targets_of, unread_frames_of
from pybase_extraction_pdf.callout_lines import callouts_of
from pybase_extraction_pdf.drawn_signs import DrawnSigns
from pybase_extraction_pdf.evidence import SizesShown
from pybase_extraction_pdf.ordinates import ordinates_of
from pybase_extraction_pdf.oriented import Piece, pieces_of, turned_box
from pybase_extraction_pdf.primitives import PageContent, Word
from pybase_extraction_pdf.segments import around
from pybase_extraction_pdf.sheet_labels import is_circuit, without_grids, without_labels, without_zones
from pybase_extraction_pdf.sheet_lettering import lettering_of
from pybase_extraction_pdf.sheet_notes import free_notes, numbered_notes, text_blocks
from pybase_extraction_pdf.text import Line, lines_on

_UNITS = (
    (re.compile(r"\b(?:all\s+)?dim(?:ension)?s?\b[^.]{0,40}\b(?:millimet(?:re|er)s?|mm)\b", re.IGNORECASE), "mm"),
    (re.compile(r"\b(?:alle\s+)?ma(?:ß|ss)e?\b[^.]{0,30}\bmm\b", re.IGNORECASE), "mm"),
    (re.compile(r"\bdim(?:ension)?s?\b[^.]{0,40}\binch(?:es)?\b", re.IGNORECASE), "in"),
    (
        re.compile(
            r"\A\s*(?:units?|einheit(?:en)?|unit[ée]s?|unidad(?:es)?)\s*[:=]?\s*\[?(?:mm|millimet(?:re|er)s?)\b",
            re.IGNORECASE,
        ),
        "mm",
    ),
    (re.compile(r"\A\s*units?\s*[:=]?\s*\[?in(?:ch(?:es)?)?\b", re.IGNORECASE), "in"),
    (re.compile(r"\b(?:cotes?|medidas?|quote)\b[^.]{0,30}\bmm\b", re.IGNORECASE), "mm"),
)
"""A sentence by which a sheet declares the unit of its dimensions."""
_SENTENCE_END = re.compile(r"\.(?!\d)|;")
_BREAK = re.compile(
    r"\b(?:break|deburr?|remove|sharp|entgrat\w{0,8}|gebrochen|scharfkantig|[ée]bavur\w{0,6}|casser|matar)\b",
    re.IGNORECASE,
)
_EDGE = re.compile(r"\b(?:edges?|corners?|kanten?|ar[êe]tes?|aristas|cantos|burrs?)\b", re.IGNORECASE)
_ISO_13715 = re.compile(r"\bISO\s?13715\b")
_WELD_SIGNS = frozenset("◺◿⊿")
_LONGEST_WELD = 40
_MAY_SAY = re.compile(r"[\d\[]")
"""A callout has a number, or is a datum."""
_ITEM = re.compile(r"\A\d{1,3}\Z")
_ROUGHNESS = re.compile(r"\A\d{1,3}(?:[.,]\d{1,3})?\Z")
_ZERO = re.compile(r"\A[+\-±]?0(?:[.,]0*)?\Z")
_TOLERANCE = re.compile(r"(?i:tol[eé]r)|2768|7168|13920|1804|0405|\.X|\.x|公差")
"""What a text says that may state a general tolerance."""

CALLOUT_SECTIONS: dict[str, type[Value]] = {
    "dimensions": Dimension,
    "threads": Thread,
    "feature_control_frames": FeatureControlFrame,
    "surface_textures": SurfaceTexture,
    "datums": Datum,
    "welds": WeldSymbol,
}
"""Section of the result by kind of callout."""


def notes_of(lines: Sequence[Line], number: int) -> Iterator[Note]:
    """Numbered notes of a sheet, below a heading such as NOTES or counting from 1."""
    yield from numbered_notes(lines, number)


def declared_unit(lines: Iterable[Line]) -> str | None:
    """The unit that a sentence on the sheet declares for its dimensions; None when none does, or two differ."""
    found = {unit for line in lines for pattern, unit in _UNITS if pattern.search(line.text)}
    return found.pop() if len(found) == 1 else None


@dataclass(slots=True)
class SheetCallouts:
    """What the callouts of a sheet say.

    Attributes:
        sections: Values by section of the result.
        issues: What is doubtful about them.
    """

    sections: dict[str, list[Any]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


def read_sheet_callouts(
    page: PageContent,
    words: Sequence[Word],
    taken: Sequence[BBox],
    general: Sequence[GeneralTolerance],
    tables: Sequence[Table] = (),
) -> SheetCallouts:
    """Read dimensions, threads, frames, texture and datums from the lettering of a sheet.

    Args:
        page: What the page draws.
        words: Its words, each in the direction in which it runs.
        taken: Boxes whose text is something else: title block, lists, notes.
        general: General tolerances that the title block states.
        tables: Its tables, whose cells hold data.
    """
    lines = lines_on(page, words)
    blocks = text_blocks(lines)
    unit = declared_unit(lines)
    stated = [] if general else list(_stated_tolerances(blocks, page.number, unit))
    general = [*general, *stated]
    texts = _callout_texts(page, words, taken)
    texts = SizesShown(page, texts, tables, lines).kept()
    read = _without_marks(_without_printed_deviations(_values_of(texts, page.number, unit)))
    values = [_tolerated(value, general) for value in read]
    found = SheetCallouts(
        {name: [item for item in values if isinstance(item, kind)] for name, kind in CALLOUT_SECTIONS.items()}
    )
    found.sections["general_tolerances"] = stated
    found.sections["edges"] = list(_edges_of(blocks, page.number))
    found.sections["notes"] = list(free_notes(blocks, taken, page.number))
    contradictions = (fit_contradiction(value) for value in values if isinstance(value, Dimension))
    found.issues += [issue for issue in contradictions if issue is not None]
    if any(isinstance(value, Dimension) and value.unit is None for value in values):
        message = f"Page {page.number} declares no unit for its dimensions."
        place = Locator(page=page.number)
        found.issues.append(Issue(code="units-undeclared", severity=Severity.WARNING, message=message, place=place))
    return found


def _stated_tolerances(blocks: Sequence[Sequence[Line]], number: int, unit: str | None) -> Iterator[GeneralTolerance]:
    """The general tolerance that a note or a block of lines states, where the title block has none."""
    context = CalloutContext(unit=unit, unit_origin=UnitOrigin.DECLARED)
    for block in blocks:
        text = "\n".join(line.text for line in block)
        found = read_general_tolerance(text, context=context) if _TOLERANCE.search(text) else None
        if found is not None and (found.by_decimals or found.linear_class):
            place = Locator(page=number, bbox=around(line.bbox for line in block))
            yield found.model_copy(update={"provenance": Provenance(place=place, method="general-tolerance-note")})
            return


def _edges_of(blocks: Sequence[Sequence[Line]], number: int) -> Iterator[EdgeCondition]:
    """What the sheet asks of edges without a shape of their own (ISO 13715), in notes and beside views."""
    for block in blocks:
        for sentence in _SENTENCE_END.split(" ".join(line.text for line in block)):
            is_about_edges = _BREAK.search(sentence) and _EDGE.search(sentence)
            edge = read_edge(sentence.strip()) if is_about_edges or _ISO_13715.search(sentence) else None
            if edge is not None:
                place = Locator(page=number, bbox=around(line.bbox for line in block))
                yield edge.model_copy(update={"provenance": Provenance(place=place, method="edge-note")})


def _callout_texts(page: PageContent, words: Sequence[Word], taken: Sequence[BBox]) -> list[Piece]:
    """What may be a callout, put together from words, drawn signs and ruled cells."""
    pieces = without_zones(pieces_of(page, lettering_of(page, words)), page)
    if is_circuit(pieces):
        return []
    signs = DrawnSigns(page, pieces)
    pieces = [piece for piece in pieces if not (_ITEM.match(piece.text) and signs.balloon_around(piece))]
    pieces = _with_signs(pieces, signs)
    cells = SmallCells(page, pieces)
    pieces = _untaken(pieces, taken, cells)
    framed = [*frames_of(cells, signs), *datums_of(cells), *targets_of(pieces, signs)]
    framed += unread_frames_of(cells, framed)
    used = {id(part) for piece in framed for part in piece.parts}
    rest = callouts_of([piece for piece in pieces if id(piece) not in used], cells.of)
    rest = [piece for piece in without_grids(without_labels(rest)) if not _is_in_table(piece, cells)]
    return framed + [_boxed(piece, cells, signs) for piece in rest]


def _untaken(pieces: Sequence[Piece], taken: Sequence[BBox], cells: SmallCells) -> list[Piece]:
    """Leave out what stands in boxes that are something else.

    The box around the fields of a title block reaches over views where one of its fields stands apart.  Of a box whose
    text mostly stands in ruled cells, only what stands in cells is the block's.
    """
    found = list(pieces)
    for box in taken:
        inside = [piece for piece in found if _holds(box, piece.bbox)]
        ruled = [piece for piece in inside if (cell := cells.of(piece)) is not None and not cell.is_alone]
        gone = {id(piece) for piece in (ruled if len(ruled) > 0.6 * len(inside) else inside)}
        found = [piece for piece in found if id(piece) not in gone]
    return found


def _with_signs(pieces: Sequence[Piece], signs: DrawnSigns) -> list[Piece]:
    """Numbers with the signs that are drawn before them, each sign for the nearest number behind it."""
    drawn = {id(piece): _signs_before(piece, signs) for piece in pieces}
    nearest: dict[tuple[int, ...], float] = {}
    for piece in pieces:
        for sign in drawn[id(piece)]:
            place = _place(sign)
            nearest[place] = min(nearest.get(place, math.inf), piece.frame[0] - sign.frame[2])
    found: list[Piece] = []
    for piece in pieces:
        own = [sign for sign in drawn[id(piece)] if piece.frame[0] - sign.frame[2] <= nearest[_place(sign)]]
        found += [*own, piece if own else _marked(piece, signs)]
    return found


def _place(sign: Piece) -> tuple[int, ...]:
    """Where a sign is, whatever number it was found from: along the text, and across to the line."""
    return round(sign.frame[0]), round(sign.frame[2]), round(sign.middle / max(sign.height, 1))


def _signs_before(piece: Piece, signs: DrawnSigns) -> list[Piece]:
    is_number = piece.text.lstrip(".,")[:1].isdecimal()
    return [_sign(piece, *sign) for sign in signs.before(piece)] if is_number else []


def _marked(piece: Piece, signs: DrawnSigns) -> Piece:
    """A letter in a circle as the modifier that it is, a number at the sign of texture with that sign."""
    if len(piece.text) == 1 and piece.text in "MLFPSTUE" and signs.ring_around(piece):
        return replace(piece, text=chr(ord("Ⓐ") + ord(piece.text) - ord("A")))
    if _ROUGHNESS.match(piece.text) and signs.texture_at(piece):
        return replace(piece, text=f"√{piece.text}", rule="drawn-sign")
    return piece


def _sign(piece: Piece, text: str, box: BBox) -> Piece:
    """A drawn sign, as high as the text behind it."""
    frame = (box[0], piece.frame[1], box[2], piece.frame[3])
    return replace(piece, text=text, frame=frame, bbox=turned_box(frame, -piece.angle), font=None, rule="drawn-sign")


def _boxed(piece: Piece, cells: SmallCells, signs: DrawnSigns) -> Piece:
    if piece.angle % 90:
        return replace(piece, is_boxed=signs.box_around(piece))
    homes = cells.all_of(piece)
    cell = homes[0]
    if cell is None or not cell.is_alone or any(home is not cell for home in homes):
        return piece
    box = turned_box(cell.box, piece.angle)
    fits = box[3] - box[1] < 2.2 * piece.height and box[2] - box[0] < piece.frame[2] - piece.frame[0] + 3 * piece.height
    return replace(piece, is_boxed=True) if fits else piece


def _is_in_table(piece: Piece, cells: SmallCells) -> bool:
    cell = cells.of(piece)
    if cell is None:
        return False
    box = turned_box(cell.box, piece.angle)
    return box[3] - box[1] < 3 * piece.height and cells.is_table(cell)


def _without_printed_deviations(values: Sequence[Value]) -> list[Value]:
    """Leave out bare numbers beside a fit that are its deviations, whose signs were not read (ISO 286-1, 6.2)."""
    fits = [value for value in values if isinstance(value, Dimension) and value.fit is not None][:_MOST_FITS]
    return [value for value in values if not any(_is_deviation_of(value, fit) for fit in fits)]


_MOST_FITS = 200


def _is_deviation_of(value: Value, fit: Dimension) -> bool:
    box, near = value.provenance.place.bbox, fit.provenance.place.bbox
    is_bare = isinstance(value, Dimension) and value.raw is not None and _BARE_DECIMAL.match(value.raw) is not None
    if not is_bare or box is None or near is None or not isinstance(value, Dimension) or not value.nominal:
        return False
    height = min(near[3] - near[1], near[2] - near[0])
    is_beside = box[0] < near[2] + 2 * height and near[0] < box[2] + height
    is_level = box[1] < near[3] + height and near[1] < box[3] + height
    limits = [abs(limit) for limit in (fit.upper, fit.lower) if limit is not None]
    return is_beside and is_level and any(abs(value.nominal - limit) < _EQUAL for limit in limits)


_BARE_DECIMAL = re.compile(r"\A\s*0?[.,]\d+\s*\Z")
_EQUAL = 1e-9


def _without_marks(values: Sequence[Value]) -> list[Value]:
    """Leave out lone small numbers on a sheet that prints a unit behind its sizes: they name details and items."""
    told = sum(isinstance(value, Dimension) and _WITH_UNIT.search(value.raw or "") is not None for value in values)
    sizes = [value for value in values if not (isinstance(value, Dimension) and _ITEM.match(value.raw or ""))]
    if told < _FEWEST_WITH_UNIT or len(values) - len(sizes) > _FEW * told:
        return list(values)
    return sizes


_WITH_UNIT = re.compile(r"\d\s?(?:mm|cm|in|[\"″])\s*\Z")
_FEWEST_WITH_UNIT = 4
"""Sizes with a unit that show how a sheet prints them, at least."""
_FEW = 0.25
"""Numbers without a unit for one with, at most: where there are more, some sizes are printed without."""


def _tolerated(value: Value, general: Sequence[GeneralTolerance]) -> Value:
    """A dimension with the deviations of the first general tolerance that covers it."""
    for tolerance in general:
        if isinstance(value, Dimension):
            value = apply_general(value, tolerance)
    return value


def _values_of(texts: Sequence[Piece], number: int, unit: str | None) -> list[Value]:
    separator = vote_decimal_separator(piece.text for piece in texts)
    ordinates = ordinates_of(texts)
    found: list[Value] = []
    known: dict[tuple[str, str | None], tuple[Value, ...]] = {}
    for piece in texts:
        # behind a size that was not read, pixels leave deviations alone: nothing has the size 0
        if not _MAY_SAY.search(piece.text) or (piece.font is None and _ZERO.match(piece.text)):
            continue
        key = piece.text, piece.font
        if key not in known:
            context = CalloutContext(
                unit=unit, unit_origin=UnitOrigin.DECLARED, decimal_separator=separator, font=piece.font, strict=True
            )
            known[key] = _read(piece.text, context)
        for value in known[key]:
            method = _method(piece, value)
            place = Locator(page=number, bbox=piece.bbox)
            provenance = Provenance(place=place, method=method, confidence=CONFIDENCE.get(method))
            changes: dict[str, Any] = {"provenance": provenance, "raw": value.raw or piece.text}
            if piece.is_boxed and isinstance(value, Dimension):
                changes["is_basic"] = True
            if id(piece) in ordinates and isinstance(value, Dimension):
                changes["kind"] = DimensionKind.COORDINATE
            if piece.rule == "datum-target" and len(piece.parts) > 1:
                changes["size"] = " ".join(part.text for part in piece.parts[1:])
            found.append(value.model_copy(update=changes))
    return found


def _read(text: str, context: CalloutContext) -> tuple[Value, ...]:
    """The callouts of a text; those of the rest where a remark stands behind or the word thread before."""
    values = read_callouts(text, context=context)
    if values:
        return values
    if len(text) <= _LONGEST_WELD and _WELD_SIGNS & set(text):
        weld = read_weld(text, context=context)
        return (weld,) if weld is not None else ()
    rest = _THREAD_WORD.sub("", _REMARK.sub("", text))
    return read_callouts(rest, context=context) if rest != text else ()


_REMARK = re.compile(r"(?<=\d)\s*\((?:[^\W\d]+[\s./-]*){1,5}\)\s*\Z")
_THREAD_WORD = re.compile(
    r"\A\s*(?:thread|tap|gewinde|filetage|taraudage|rosca|filettatura)\s*:?\s+(?=\S*\d)", re.IGNORECASE
)


def _method(piece: Piece, value: Value) -> str:
    """The rule that gave a value."""
    if isinstance(value, FeatureControlFrame | Datum):
        return piece.rule if piece.rule in {"ruled-frame", "ruled-datum", "datum-target"} else "callout-line"
    is_bare = piece.rule == "line" and not piece.is_boxed and _BARE.match(piece.text) is not None
    return "callout-bare-number" if is_bare else f"callout-{piece.rule}"


_BARE = re.compile(r"\A\d*[.,]?\d+\Z")
CONFIDENCE = {
    "callout-line": 0.97,
    "callout-bare-number": 0.97,
    "callout-stacked-deviations": 0.85,
    "callout-several-lines": 0.83,
    "ruled-frame": 0.83,
    "callout-stacked-limits": 0.66,
}
"""Share of what a rule gave that is right, on sheets whose callouts are all known: (right + 1) / (found + 2), which
stays low where few were seen (``nox -s score-pdf-callouts``; docs/accuracy.md has the counts).  A test compares."""


def _holds(box: Sequence[float], inner: BBox) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
