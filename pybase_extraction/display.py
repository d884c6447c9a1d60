"""A result as people look at it: HTML for notebooks, and why a value is what it is.

Everything that comes from a file is escaped, and long lists are folded.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from html import escape
from typing import TYPE_CHECKING, Any

from pybase_extraction.errors import ExtractionError, SourceNotFoundError
from pybase_extraction.records import Record, bom_record, columns_of, place_of, sections, title_records
from pybase_extraction.results.base import Value
from pybase_extraction.results.document import Table
from pybase_extraction.results.drawing import BillOfMaterials, TitleBlock, TitleField

if TYPE_CHECKING:
    from pybase_extraction.pictures.whereabouts import File
    from pybase_extraction.results import ExtractionResult

_SHOWN_ROWS = 20
_SHOWN_COLUMNS = 12
_SHOWN_TEXT = 200
_SHOWN_TABLES = 5
_SHOWN_PIXELS = 1_000_000
_ATTRIBUTES = {"frames": "feature_control_frames", "textures": "surface_textures", "texts": "text_blocks"}
"""Attributes of a result whose sections have other names."""
_APART = frozenset({"provenance", "confirmed_by"})
_SAY_NOTHING: tuple[object, ...] = (None, "", False, (), {})
_PART = re.compile(r"(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a value is what it is.

    Attributes:
        path: What was asked for.
        value: The value; None where there is no text or number to show.
        raw: The text exactly as the file has it, or None.
        place: Where it stands, as flat fields; empty when the file does not tell.
        method: The rule that gave it, or None.
        extractor: The extractor that found it.
        confidence: Calibrated probability that it is right; None where nothing was calibrated.
        confirmed_by: Names of the methods of further, independent finds.
        rivals: Other candidates with their methods, best first.

    In a notebook it shows the place on the page, too, where the file lies where it was extracted from.
    """

    path: str
    value: object
    raw: str | None
    place: Record
    method: str | None
    extractor: str
    confidence: float | None
    confirmed_by: tuple[str, ...] = ()
    rivals: tuple[tuple[str, str | None], ...] = ()
    _crop: Callable[[], bytes] | None = field(default=None, repr=False, compare=False)

    def picture(self) -> bytes:
        """The place on its page, as PNG.

        Raises:
            SourceNotFoundError: The value has no place on a page, or nobody said where the file lies.
            ExtractionError: The page cannot be drawn.
        """
        if self._crop is None:
            raise SourceNotFoundError(f"{self.path!r} has no place on a page, so there is nothing to draw.")
        return self._crop()

    def rows(self) -> list[tuple[str, str]]:
        """What is known, as pairs of a word and a text."""
        pairs = {
            "value": self.value,
            "raw text": self.raw,
            "place": ", ".join(f"{name} {value}" for name, value in self.place.items()),
            "found by": self.method,
            "extractor": self.extractor,
            "confidence": "not calibrated" if self.confidence is None else f"{self.confidence:.0%}",
            "confirmed by": "; ".join(self.confirmed_by),
            "rivals": "; ".join(f"{value} ({method or 'no method named'})" for value, method in self.rivals),
        }
        return [(word, str(value)) for word, value in pairs.items() if value not in {None, ""}]

    def __str__(self) -> str:
        return "\n".join([self.path, *(f"  {word}: {_short(text)}" for word, text in self.rows())])

    def _repr_html_(self) -> str:
        shown = html_table([{"": word, self.path: text} for word, text in self.rows()])
        return shown + ("" if self._crop is None else image(self._crop))


def explain(result: ExtractionResult, path: str, *, source: File | None = None) -> Explanation:
    """Tell why a value is what it is.

    Args:
        result: The result that holds the value.
        path: Names and 0-based indexes, for example ``"title_block.drawing_number"`` or ``"dimensions[3]"``.
        source: The file, for the picture; where it was extracted from in this process when None.

    Raises:
        KeyError: The path leads nowhere; the message says where it ends and what there is.
    """
    found = _find(result, path)
    if not isinstance(found, Value):
        raise KeyError(f"{path!r} is {_kind(found)}; only values that were found in the file can be explained")
    return Explanation(
        path=path,
        value=getattr(found, "value", found.raw),
        raw=found.raw,
        place=place_of(found),
        method=found.provenance.method,
        extractor=found.provenance.extractor or result.extractor.name,
        confidence=found.provenance.confidence,
        confirmed_by=tuple(item.method or item.extractor or "another find" for item in found.confirmed_by),
        rivals=_rivals(found),
        _crop=_crop_of(result, found, source),
    )


def _crop_of(result: ExtractionResult, found: Value, source: File | None) -> Callable[[], bytes] | None:
    page, box = found.provenance.place.page, found.provenance.place.bbox
    if page is None or box is None or all(known.number != page for known in result.pages):
        return None

    def crop() -> bytes:
        return result.page(page, source=source).crop(box)

    return crop


def _rivals(found: Value) -> tuple[tuple[str, str | None], ...]:
    if not isinstance(found, TitleField):
        return ()
    return tuple((rival.value, rival.provenance.method) for rival in found.rivals)


def _find(result: ExtractionResult, path: str) -> Any:
    found: Any = result
    for match in _PART.finditer(path):
        inside = path[: match.start()].rstrip(".[") or "the result"
        try:
            found = _step(found, match)
        except (AttributeError, LookupError) as exc:
            raise KeyError(f"no {match[0]!r} in {inside}; there is {_offers(found)}") from exc
        if found is None:
            raise KeyError(f"{path[: match.end()]!r} is not known: it was not found in the file")
    return found


def _step(found: Any, part: re.Match[str]) -> Any:
    if part["index"] is not None:
        return found[int(part["index"])]
    if isinstance(found, dict):
        return found[part["name"]]
    if part["name"] not in {*type(found).model_fields, "title_block", "bom"}:
        raise AttributeError(part["name"])
    return getattr(found, part["name"])


def _offers(found: Any) -> str:
    if isinstance(found, tuple):
        return f"[0] to [{len(found) - 1}]" if found else "nothing"
    names = found if isinstance(found, dict) else getattr(type(found), "model_fields", ())
    return ", ".join(names) or "nothing"


def _kind(found: object) -> str:
    return f"a list of {len(found)}" if isinstance(found, tuple) else f"a plain {type(found).__name__}"


def to_html(result: ExtractionResult) -> str:
    """A result as HTML: what it is, warnings, the title block, what was found with counts, and tables, folded."""
    found = sections(result)
    source = f"{result.source.filename} — {result.format}, read by {result.extractor.name} {result.extractor.version}"
    parts = [f"<p><b>{escape(source)}</b>{' (partial)' if result.is_partial else ''}</p>"]
    parts += [
        f"<p>⚠ {escape(_short(issue.message))} <code>{escape(issue.code)}</code></p>" for issue in result.warnings[:5]
    ]
    if len(result.warnings) > 5:
        parts.append(f"<p>… and {len(result.warnings) - 5} more warnings</p>")
    title = found.pop("title_block", None)
    if title:
        parts.append(html_table([{name: row.get(name) for name in ("sheet", "field", "value")} for row in title]))
    parts += _first_page(result)
    parts += [folded(_summary(result, name, len(rows)), html_table(rows)) for name, rows in found.items()]
    parts += [folded(_caption(number, table), _table(table)) for number, table in _first(result.tables)]
    if len(result.tables) > _SHOWN_TABLES:
        parts.append(f"<p>… and {len(result.tables) - _SHOWN_TABLES} more tables</p>")
    return f"<div>{''.join(parts)}</div>"


def _summary(result: ExtractionResult, name: str, count: int) -> str:
    """Name and count of a section, and the lowest and highest confidence where one was calibrated."""
    values = [item for bom in result.boms for item in bom.items] if name == "bom" else _values_of(result, name)
    sure = [item.provenance.confidence for item in values if item.provenance.confidence is not None]
    said = f"{name.replace('_', ' ')} ({count})"
    if not sure:
        return said
    low, high = f"{min(sure):.0%}", f"{max(sure):.0%}"
    return f"{said}, confidence {low if low == high else f'{low} to {high}'}"


def _values_of(result: ExtractionResult, name: str) -> Sequence[Value]:
    found = getattr(result, _ATTRIBUTES.get(name, name), ())
    return [item for item in found if isinstance(item, Value)] if isinstance(found, tuple) else []


def value_to_html(value: Value) -> str:
    """Show a value, its known fields and its place as HTML; a table and a parts list as the table that they are."""
    if isinstance(value, Table):
        return f"<p>{escape(_caption(None, value))}</p>{_table(value)}"
    if isinstance(value, BillOfMaterials):
        return html_table([bom_record(item) for item in value.items])
    if isinstance(value, TitleBlock):
        rows = title_records(value)
        return html_table([{name: row.get(name) for name in ("sheet", "field", "value", "label")} for row in rows])
    return html_table([{"": name, type(value).__name__: text} for name, text in _known(value)])


def _known(value: Value) -> list[tuple[str, str]]:
    known = [(name, _said(found)) for name, found in value if name not in _APART and found not in _SAY_NOTHING]
    sure = value.provenance.confidence
    place = ", ".join(f"{name} {found}" for name, found in place_of(value).items())
    apart = [("place", place), ("found by", value.provenance.method or "")]
    return [
        *known,
        *(pair for pair in apart if pair[1]),
        ("confidence", "not calibrated" if sure is None else f"{sure:.0%}"),
    ]


def _said(found: object) -> str:
    if isinstance(found, Enum):
        return str(found.value)
    return f"{len(found)} of them" if isinstance(found, tuple) else str(found)


def _first_page(result: ExtractionResult) -> list[str]:
    """The first page with what was found drawn on it, folded; nothing where the file cannot be drawn."""
    from pybase_extraction.pictures.view import can_be_drawn

    if not result.pages or result.pages[0].unit not in {"pt", "px"} or not can_be_drawn(result):
        return []
    number = result.pages[0].number
    picture = image(lambda: result.page(number).overlay(max_pixels=_SHOWN_PIXELS).png())
    return [folded(f"page {number} of {len(result.pages)}", picture)] if picture else []


def image(draw: Callable[[], bytes]) -> str:
    """Make a picture for HTML; nothing where it cannot be drawn, since what it belongs to is shown without it."""
    try:
        data = base64.b64encode(draw()).decode()
    except (ExtractionError, ValueError):
        return ""
    return f'<img style="max-width: 100%" alt="" src="data:image/png;base64,{data}"/>'


def _first(tables: Sequence[Table]) -> enumerate[Table]:
    return enumerate(tables[:_SHOWN_TABLES], 1)


def _caption(number: int | None, table: Table) -> str:
    sure = table.provenance.confidence
    said = f", confidence {sure:.0%}" if sure is not None else ""
    name = "table" if number is None else f"table {number}"
    return f"{name}: {_short(table.caption or '')} {table.num_rows} × {table.num_columns}{said}"


def _table(table: Table) -> str:
    names = [str(number) for number in range(1, table.num_columns + 1)]
    return html_table([dict(zip(names, row, strict=True)) for row in table.rows])


def folded(summary: str, content: str) -> str:
    """Make HTML that shows a summary, escaped here, and its content when it is unfolded."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def html_table(records: Sequence[Record]) -> str:
    """Make an HTML table of records, everything escaped; says how many rows and columns it leaves out."""
    rows = records[:_SHOWN_ROWS]
    known = [name for name in columns_of(rows) if any(row.get(name) not in {None, ""} for row in map(_hashable, rows))]
    names = known[:_SHOWN_COLUMNS]
    head = "".join(f"<th>{escape(_short(name))}</th>" for name in names)
    body = "".join(f"<tr>{''.join(_cell(row.get(name)) for name in names)}</tr>" for row in rows)
    left = [(len(records) - len(rows), "rows"), (len(known) - len(names), "columns")]
    more = ", ".join(f"{count} more {what}" for count, what in left if count)
    note = f"<p>… and {more}</p>" if more else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"


def _hashable(record: Record) -> Record:
    return {name: str(value) if isinstance(value, dict | list) else value for name, value in record.items()}


def _cell(value: object) -> str:
    return f"<td>{'' if value is None else escape(_short(str(value)))}</td>"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_TEXT else f"{text[: _SHOWN_TEXT - 1]}…"
