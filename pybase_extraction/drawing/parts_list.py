"""Parts lists: which header names which column, and what the rows say.

Headers follow ISO 7573 and what drawing frames of the field print.  Lists often grow upwards, with the header at the
bottom.  Quantities are multiplied along the levels in decimal arithmetic; "AR" (as required) is no number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pybase_extraction import units
from pybase_extraction.drawing.title_labels import fold
from pybase_extraction.results import BillOfMaterials, BomItem, Issue, Provenance, Severity

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "item": (
        "item", "item no", "item number", "item nr", "item ref", "itemref", "item id", "pos", "pos nr", "pos no",
        "position", "positie", "positionsnummer", "no", "nr", "find no", "find number", "balloon", "balloon no",
        "pc no", "lfd nr", "lfd", "rep", "repere", "n rep", "n repere", "marca", "n de elemento", "n elemento",
        "elemento", "n de articulo", "n", "posizione", "n pos", "序号", "件号", "项目号", "项号", "符号", "照合番号",
    ),
    "part_number": (
        "part number", "part no", "p n", "pn", "part nr", "part num", "part", "part id", "number", "article no",
        "article number", "art no", "art nr", "drawing no", "drawing number", "dwg no", "dwg number",
        "document number",
        "document no", "doc no", "stock number", "stock no", "catalog no", "catalogue no", "cat no",
        "ident", "ident no",
        "ident nr", "identnummer", "id no", "file name", "filename", "sachnummer", "sach nr", "teilenummer",
        "teilnummer", "teile nr", "teil nr", "partnummer", "part nummer", "partnr", "zeichnungsnummer",
        "zeichnungs nr",
        "zeichn nr", "artikelnummer", "artikelnr", "artikel nr", "bestellnummer", "bestell nr", "materialnummer",
        "dateiname",
        "reference", "ref", "ref no", "n de piece", "numero de piece", "n piece", "n de plan", "n de pieza",
        "numero de pieza", "referencia", "codigo", "n de plano", "codice", "numero parte", "numero di parte",
        "n disegno", "disegno", "onderdeelnummer", "onderdeel nr", "tekeningnummer", "tekening nr", "bestelnummer",
        "standard", "norm", "normblatt", "norm kurzbezeichnung", "norma", "norme", "代号", "图号", "零件号", "零件代号",
        "图样代号", "物料编码", "标准", "品番", "図番",
    ),
    "description": (
        "description", "name", "part name", "title", "component", "component name", "nomenclature", "desc", "descr",
        "item description", "part description", "material description", "designation", "benennung", "bezeichnung",
        "beschreibung", "teil", "teilebenennung", "bauteil", "gegenstand", "libelle", "nom", "nom de piece",
        "denominacion", "descripcion", "nombre", "nombre de pieza", "denominazione", "descrizione", "nome", "benaming",
        "omschrijving", "naam", "名称", "零件名称", "品名",
    ),
    "quantity": (
        "quantity", "qty", "quan", "quant", "count", "pcs", "pieces", "no off", "off", "no req d", "no reqd", "req",
        "reqd", "req d", "qty reqd", "qty req d", "qty req", "item qty", "unit qty", "total qty", "no of pcs", "menge",
        "mge", "stuck", "stk", "st", "stuckzahl", "anzahl", "anz", "quantite", "qte", "nb", "nbre", "nombre de pieces",
        "cantidad", "cant", "ctd", "n piezas", "n de piezas", "quantita", "q ta", "qta", "n pezzi", "aantal", "stuks",
        "hoeveelheid", "数量", "件数", "個数", "员数",
    ),
    "unit": (
        "unit", "units", "uom", "unit of measure", "base unit", "einheit", "mengeneinheit", "me", "eh", "unite", "u",
        "unidad", "ud", "unita", "um", "u m", "eenheid", "单位",
    ),
    "material": (
        "material", "materials", "mat", "mat l", "matl", "werkstoff", "matiere", "materiau", "materiale", "materiaal",
        "material y medidas", "材料", "材质", "材質",
    ),
    "mass": (
        "mass", "weight", "wt", "unit mass", "unit weight", "mass each", "weight each", "each weight", "gewicht",
        "gewicht einzel", "einzelgewicht", "masse", "masse unitaire", "poids", "poids unitaire", "peso",
        "peso unitario",
        "massa", "单重", "单件", "重量", "重量 单件", "単重",
    ),
    "mass_total": (
        "total mass", "total weight", "mass total", "weight total", "gesamtgewicht", "gewicht gesamt", "gesamtmasse",
        "masse totale", "poids total", "peso total", "peso totale", "massa totale", "totaal gewicht", "总重", "总计",
        "重量 总计", "総重",
    ),
    "remarks": (
        "remarks", "remark", "note", "notes", "comment", "comments", "bemerkung", "bemerkungen", "bem", "anmerkung",
        "observations", "observation", "remarques", "remarque", "obs", "observaciones", "notas", "annotazioni",
        "opmerking", "opmerkingen", "备注", "備考",
    ),
    "revision": ("rev", "revision", "index", "indice"),
    "level": ("level", "lvl", "stufe", "ebene", "niveau", "nivel", "livello"),
}  # fmt: skip
"""Headers by column, as ``fold`` writes them, of the standards and of the templates of CAD systems: en, de, fr, es, it,
nl, zh and ja."""

_FURTHER: Mapping[str, str] = {
    "item": """
        objekt; n part; particolare; rif; rif n; riferimento; mark; mk; find; ref des; designator; поз;
        позиция; п п; lp; poz; nr
        poz; l p; polozka; det nr; detalj; osa; osa nro; kohta; item n; ítem; sira no; sıra no; 部番; 番号;
        部品番号 番号
    """,
    "part_number": """
        bauteilnummer; bauteil nr; part or identifying no; part or identifying number; identifying no;
        vendor p n; vendor part number; supplier part no; mfr part no; manufacturer part number; mpn;
        обозначение; обозначение документа; nr rysunku; numer rysunku; nr czesci; numer części; nr
        katalogowy; indeks; oznaczenie; číslo výkresu; č výkresu; číslo dílu; obj číslo; artikelnr; ritn
        nr; ritningsnr; ritning; artikel; tegningsnr; tegning nr; delnr; varenr; piirustusnro;
        piirustus; tuotenumero; nimikenro; desenho nº; desenho; código; nº desenho; referência; norma
        din; 図面番号; 部品番号; parça no; resim no
    """,
    "description": """
        наименование; nazwa; nazwa części; opis; nazwa przedmiotu; název; název součásti; popis;
        benämning; benævnelse; betegnelse; beskrivning; beskrivelse; navn; namn; nimitys; nimi; kuvaus;
        denominação; descrição; designação; nomenclature or description; description or nomenclature;
        部品名; 部品名称; parça adı; tanım; omschrijvingen
    """,
    "quantity": """
        кол; количество; кол во; шт; ilość; ilosc; sztuk; szt; il szt; liczba sztuk; ks; počet; počet
        ks; množství; kusů; antal; ant; st antal; antall; stk; kpl; lkm; määrä; kappale; qtd; qtde;
        quant; quantidade; cdad; uds; nº piezas; qty per assy; qty per; per assy; adet; miktar; 員数; 数;
        所要数
    """,
    "unit": """
        ед изм; ед; jedn; jednostka; j m; jednotka; mj; enhet; enh; yksikkö; unidade; un; birim; 単位
    """,
    "material": """
        материал; materiał; gatunek; materiál; jakost; aine; materiaali; raaka aine; malzeme; material
        specification; matl spec; mtrl; ämne; material type
    """,
    "mass": """
        масса; масса ед; масса ед кг; вес; masa; masa jedn; ciężar; hmotnost; hmotn; č hmotnost; vikt;
        vikt st; vekt; vægt; massa; paino; massa kg; 質量; ağırlık; peso unit
    """,
    "mass_total": """
        масса общ; масса общая; masa całkowita; celková hmotnost; total vikt; totalvikt; total vekt;
        kokonaispaino; massa total; 総質量; toplam ağırlık
    """,
    "remarks": """
        примечание; прим; примечания; uwagi; uwaga; poznámka; poznámky; pozn; anm; anmärkning;
        anmärkningar; merknad; merknader; bemærkning; huom; huomautus; huomautuksia; observações;
        observação; notas; açıklama; 摘要
    """,
}
"""Headers in Polish, Czech, Swedish, Norwegian, Danish, Finnish, Portuguese, Turkish, Russian (ГОСТ 2.106), Japanese,
and of the lists of further CAD systems, parted by semicolons."""

WEAK = frozenset({
    "number", "no", "nr", "n", "part", "standard", "norm", "normblatt", "norma", "norme", "标准", "reference", "ref",
    "file name", "filename", "dateiname", "teil", "nomenclature",
})  # fmt: skip
"""Headers that name their column only where no other header of the list does."""

_COLUMN_OF: Mapping[str, str] = {
    fold(header): column
    for column in reversed([*COLUMNS])
    for header in (*COLUMNS[column], *_FURTHER.get(column, "").split(";"))
    if header.strip()
}
_UNIT_IN_HEADER = re.compile(r"[\[(]\s*([A-Za-zµ]+(?: extension)?)\s*[\])]")
_BETWEEN_NAMES = re.compile(r"[/\n|]")
_ORDINAL = re.compile(r"\A(?:n o|no) (?=.)")
_LONGEST_HEADER = 80
_TWO_LANGUAGES = 2
_PIECES = frozenset({
    "x", "pcs", "pc", "pce", "pces", "piece", "pieces", "ea", "each", "off", "no", "nos", "set", "sets", "pair",
    "pairs",
    "stk", "stuck", "st", "satz", "paar", "mal", "piece s", "pz", "pezzi", "pza", "pzas", "ud", "uds", "jeu", "stuks",
    "件", "个", "只", "套", "个 件", "個", "本", "枚",
})  # fmt: skip
"""Words for pieces and sets behind a count."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def match_header(text: str) -> str | None:
    """Tell which column a header names; None when it names none.

    A unit in brackets does not matter.  A header in two languages ("Menge / Qty") or of several words for one thing
    ("Title/Name, material, dimension etc", ISO 7573) names what its first part does, unless another one
    before the comma disagrees.
    """
    return None if len(text) > _LONGEST_HEADER else _match_short(text)


@lru_cache(maxsize=2048)
def _match_short(text: str) -> str | None:
    """The same for a text that is short enough; the cells of a sheet are asked about again and again."""
    plain = _UNIT_IN_HEADER.sub(" ", text)
    whole = _COLUMN_OF.get(_key(plain))
    if whole is not None:
        return whole
    parts = [_COLUMN_OF.get(_key(part)) for part in _BETWEEN_NAMES.split(plain.partition(",")[0]) if part.strip()]
    named = [column for column in parts if column is not None]
    is_one = bool(named) and set(named) == {named[0]}
    return named[0] if is_one and len(parts) > 1 and (parts[0] is not None or len(parts) == _TWO_LANGUAGES) else None


def _key(header: str) -> str:
    """A header as the vocabulary spells it: "N.º de plano", "Nº de plano" and "N° de plano" are one."""
    folded = fold(header)
    return folded if folded in _COLUMN_OF else _ORDINAL.sub("n ", folded)


def match_headers(headers: Sequence[str | None]) -> list[str | None]:
    """Tell which column each header of a list names, every column once.

    Where two headers name one column, the one that can mean nothing else does, then the first: "Norm" beside
    "Sachnummer" is a further column.
    """
    named = [match_header(text) if text else None for text in headers]
    columns: list[str | None] = [None] * len(named)
    order = sorted(range(len(named)), key=lambda at: fold(_UNIT_IN_HEADER.sub(" ", headers[at] or "")) in WEAK)
    for at in order:
        if named[at] is not None and named[at] not in columns:
            columns[at] = named[at]
    if "item" not in columns and "part_number" in columns:
        columns = [
            "item" if text and fold(text) == "index" else name for text, name in zip(headers, columns, strict=True)
        ]
    if "item" not in columns and columns and columns[0] is None and fold(headers[0] or "") in _ITEMS_TOO:
        columns[0] = "item"
    return columns


_ITEMS_TOO = frozenset({"teil", "part", "ref", "reference", "referencia", "riferimento"})
"""Headers of the first column that are its items where another column has what they name otherwise."""


def is_header_row(row: Sequence[str | None]) -> bool:
    """Whether a row holds the headers of a parts list.

    It names an item or a quantity, and a part number or a description, and half of its texts name a column.
    """
    texts = [text for text in row if text and text.strip()]
    named = [column for text in texts if (column := match_header(text)) is not None]
    found = set(named)
    is_list = bool(found & {"item", "quantity"}) and bool(found & {"part_number", "description"})
    return is_list and 2 * len(named) >= len(texts)


def find_header(rows: Sequence[Sequence[str | None]]) -> int | None:
    """Find the row that holds the headers, wherever it stands; the first one where there are several.

    Returns:
        Its index; None when no row names a quantity or an item together with a part number or a description.
    """
    return next((index for index, row in enumerate(rows) if is_header_row(row)), None)


def bill_of_materials(
    headers: Sequence[str | None],
    rows: Sequence[Sequence[str | None]],
    *,
    provenance: Provenance,
    places: Sequence[Provenance] | None = None,
    grows_upwards: bool = False,
    source_table: int | None = None,
    printed_total: float | None = None,
) -> BillOfMaterials:
    """Read the rows of a parts list below (or above) their headers.

    Args:
        headers: As printed, left to right.
        rows: The lines in reading order, parents before children.
        provenance: Place of the list.
        places: Place of each row, or None.
        grows_upwards: The header stands below the lines.
        source_table: Index of the table in the result, or None.
        printed_total: The sum of quantities that the list prints, or None.
    """
    columns = match_headers(headers)
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
        printed_total=printed_total,
        provenance=provenance,
    )


def check_total(bom: BillOfMaterials) -> Issue | None:
    """Compare the sum that a parts list prints with that of its lines.

    Returns:
        An issue where they differ; None where they agree, none is printed, or a quantity is no number.  A blank
        quantity counts for nothing.
    """
    quantities = [item.quantity for item in bom.items if item.level == 0 and item.quantity_text is not None]
    found = _sum(quantities)
    if bom.printed_total is None or found is None or found == bom.printed_total:
        return None
    message = (
        f"The parts list prints a total of {bom.printed_total:g}; the quantities of its lines add up to {found:g}."
    )
    return Issue(code="bom-total-differs", severity=Severity.WARNING, message=message, place=bom.provenance.place)


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
    if quantity is not None and "unit" not in values and (unit := unit_of(quantity)) is not None:
        values["unit"] = unit
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


def unit_of(text: str) -> str | None:
    """The unit or the word for pieces behind a quantity, as written: "2 Stk." -> "Stk."; None without one."""
    match = _NUMBER.match(text.strip())
    rest = text.strip()[match.end() :].strip() if match else ""
    return rest if rest and fold(rest) != "x" and _is_unit_or_nothing(rest) else None


def _is_unit_or_nothing(rest: str) -> bool:
    """What may follow a number: nothing, a unit, or a word for pieces."""
    word = rest.strip(" .")
    return not word or units.unit(word) is not None or fold(word) in _PIECES


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
