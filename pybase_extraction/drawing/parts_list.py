"""Parts lists: which header names which column, and what the rows say.

Headers follow ISO 7573 and what drawing frames of the field print.  Lists often grow upwards, with the header at the
bottom.  Quantities are multiplied along the levels in decimal arithmetic; "AR" (as required) is no number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pybase_extraction import units
from pybase_extraction.drawing.title_labels import fold
from pybase_extraction.results import BillOfMaterials, BomItem, Provenance

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "item": (
        "item", "item no", "item number", "pos", "pos nr", "position", "no", "nr", "find no", "find number", "balloon",
        "rep", "repere", "marca", "elemento", "n", "posizione", "序号", "件号",
    ),
    "part_number": (
        "part number", "part no", "p n", "part nr", "number", "article no", "drawing no", "dwg no", "sachnummer",
        "sach nr", "teilenummer", "teile nr", "zeichnungsnummer", "artikelnummer", "artikel nr", "reference", "ref",
        "numero de piece", "referencia", "codigo", "codice", "standard", "norm", "代号", "图号",
    ),
    "description": (
        "description", "name", "part name", "title", "benennung", "bezeichnung", "designation", "denominacion",
        "descripcion", "denominazione", "descrizione", "名称",
    ),
    "quantity": (
        "quantity", "qty", "quan", "count", "pcs", "no off", "no req d", "no reqd", "req", "menge", "stuck", "stk",
        "stuckzahl", "anzahl", "quantite", "qte", "nb", "nombre", "cantidad", "cant", "quantita", "q ta", "qta", "数量",
    ),
    "unit": ("unit", "units", "uom", "einheit", "me", "unite", "u", "unidad", "ud", "unita", "um", "单位"),
    "material": ("material", "mat", "werkstoff", "matiere", "materiau", "materiale", "材料"),
    "mass": ("mass", "weight", "unit mass", "unit weight", "gewicht", "masse", "poids", "peso", "单重", "重量"),
    "mass_total": ("total mass", "total weight", "gesamtgewicht", "masse totale", "poids total", "peso total", "总重"),
    "remarks": (
        "remarks", "remark", "note", "notes", "comment", "comments", "bemerkung", "bemerkungen", "observations",
        "remarques", "observaciones", "备注",
    ),
    "revision": ("rev", "revision", "index", "indice"),
    "level": ("level", "lvl", "stufe", "ebene", "niveau", "nivel", "livello"),
}  # fmt: skip
"""Headers by column, as ``fold`` writes them: en, de, fr, es, it, zh."""

_COLUMN_OF = {header: column for column, headers in reversed(list(COLUMNS.items())) for header in headers}
_UNIT_IN_HEADER = re.compile(r"[\[(]\s*([A-Za-zµ]+)\s*[\])]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def match_header(text: str) -> str | None:
    """Tell which column a header names; None when it names none.  A unit in brackets does not matter."""
    return _COLUMN_OF.get(fold(_UNIT_IN_HEADER.sub(" ", text)))


def find_header(rows: Sequence[Sequence[str | None]]) -> int | None:
    """Find the row that holds the headers, at the top or, for a list that grows upwards, at the bottom.

    Returns:
        Its index; None when no row names a quantity or an item together with a part number or a description.
    """
    for index in [0, 1, len(rows) - 1]:
        if 0 <= index < len(rows) and _is_header(rows[index]):
            return index
    return None


def _is_header(row: Sequence[str | None]) -> bool:
    found = {match_header(text) for text in row if text and text.strip()}
    return bool(found & {"item", "quantity"}) and bool(found & {"part_number", "description"}) and len(found) >= 2


def bill_of_materials(
    headers: Sequence[str | None],
    rows: Sequence[Sequence[str | None]],
    *,
    provenance: Provenance,
    places: Sequence[Provenance] | None = None,
    grows_upwards: bool = False,
    source_table: int | None = None,
) -> BillOfMaterials:
    """Read the rows of a parts list below (or above) their headers.

    Args:
        headers: As printed, left to right.
        rows: The lines in reading order, parents before children.
        provenance: Place of the list.
        places: Place of each row, or None.
        grows_upwards: The header stands below the lines.
        source_table: Index of the table in the result, or None.
    """
    columns = [match_header(text or "") for text in headers]
    mass_unit = _mass_unit(headers, columns)
    items = []
    for index, row in enumerate(rows):
        if any(text and text.strip() for text in row):
            place = places[index] if places is not None else provenance
            items.append(_item(dict(zip(headers, row, strict=False)), columns, row, mass_unit, place))
    levelled = _with_levels(items, [_level(columns, row) for row in rows if any(text and text.strip() for text in row)])
    return BillOfMaterials(
        items=tuple(_rolled_up(levelled)),
        headers=tuple(text or "" for text in headers),
        is_hierarchical=any(item.level for item in levelled),
        grows_upwards=grows_upwards,
        total_quantity=_sum([item.quantity for item in levelled if item.level == 0]),
        source_table=source_table,
        provenance=provenance,
    )


def _item(
    named: Mapping[str | None, str | None],
    columns: Sequence[str | None],
    row: Sequence[str | None],
    mass_unit: str | None,
    place: Provenance,
) -> BomItem:
    values: dict[str, Any] = {}
    for column, text in zip(columns, row, strict=False):
        folded = " ".join(text.split()) if text else ""
        if column is not None and column != "level" and folded and column not in values:
            values[column] = folded
    quantity = values.pop("quantity", None)
    masses = {name: number_of(values.pop(name, None)) for name in ("mass", "mass_total")}
    others = {
        str(header): " ".join(text.split())
        for (header, text), column in zip(named.items(), columns, strict=False)
        if column is None and header and text and text.strip()
    }
    return BomItem(
        quantity=number_of(quantity),
        quantity_text=quantity,
        mass_unit=mass_unit if any(value is not None for value in masses.values()) else None,
        properties=others,
        provenance=place,
        **masses,
        **values,
    )


def number_of(text: str | None) -> float | None:
    """A count or mass as a number; None for "AR", "as required" and whatever else is no single number."""
    if text is None:
        return None
    match = _NUMBER.match(text.strip())
    if match is None or not _is_unit_or_nothing(text.strip()[match.end() :]):
        return None
    return float(Decimal(match[0].replace(",", ".")))


def _is_unit_or_nothing(rest: str) -> bool:
    """What may follow a number: nothing, a unit, or a word for pieces."""
    word = rest.strip(" .")
    return not word or units.unit(word) is not None or fold(word) in {"x", "pcs", "pc", "stk", "stuck", "ea", "off"}


def _mass_unit(headers: Sequence[str | None], columns: Sequence[str | None]) -> str | None:
    for header, column in zip(headers, columns, strict=True):
        if column in {"mass", "mass_total"} and (match := _UNIT_IN_HEADER.search(header or "")):
            found = units.unit(match[1])
            return found.symbol if found else None
    return None


def _level(columns: Sequence[str | None], row: Sequence[str | None]) -> int | None:
    if "level" not in columns:
        return None
    text = row[columns.index("level")]
    return int(text.strip()) if text and text.strip().isdecimal() else None


def _with_levels(items: Sequence[BomItem], written: Sequence[int | None]) -> list[BomItem]:
    """Levels and parents from a level column, or from item numbers such as 1, 1.1, 1.1.2."""
    lowest = min((level for level in written if level is not None), default=0)
    found: list[BomItem] = []
    by_number: dict[str, int] = {}
    last_of: dict[int, int] = {}
    for index, (item, level) in enumerate(zip(items, written, strict=True)):
        number = (item.item or "").rstrip(".")
        parent = by_number.get(number.rpartition(".")[0]) if "." in number else None
        depth = found[parent].level + 1 if parent is not None else 0
        if level is not None:
            depth = level - lowest
            parent = last_of.get(depth - 1)
        found.append(item.model_copy(update={"level": depth, "parent": parent}))
        by_number.setdefault(number, index)
        last_of = {other: at for other, at in last_of.items() if other < depth} | {depth: index}
    return found


def _rolled_up(items: Sequence[BomItem]) -> list[BomItem]:
    totals: list[Decimal | None] = []
    for item in items:
        above = Decimal(1) if item.parent is None else totals[item.parent]
        own = None if item.quantity is None else Decimal(repr(item.quantity))
        totals.append(None if above is None or own is None else above * own)
    return [
        item.model_copy(update={"total_quantity": None if total is None else float(total)})
        for item, total in zip(items, totals, strict=True)
    ]


def _sum(quantities: Sequence[float | None]) -> float | None:
    if not quantities or None in quantities:
        return None
    return float(sum(Decimal(repr(value)) for value in quantities if value is not None))
