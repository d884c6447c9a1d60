"""Title blocks: which label names which field, in the languages of the shops, and how a value belongs to its label.

Fields follow ISO 7200; the labels are those that drawing frames of the field use.  A label is matched as a whole, never
inside another word.  A value stands in the ruled cell of its label, below or behind it, or in the next cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pybase_extraction.results import Locator, Provenance, Signature, TitleBlock, TitleField, TitleFieldRival
from pybase_extraction.source import BBox

TITLE_LABELS: Mapping[str, tuple[str, ...]] = {
    "drawing_number": (
        "drawing number", "drawing no", "drawing nr", "dwg no", "dwg number", "dwg nr", "drg no", "dwg",
        "document number",
        "document no", "doc no", "doc id", "document id", "number", "sheet number", "zeichnungsnummer",
        "zeichnungs nr",
        "zeichnungs nummer", "zeichn nr", "zeichnung nr", "sachnummer", "sach nr", "dokumentnummer", "ident nr",
        "n de plan", "numero de plan", "plan n", "n plan", "numero du plan", "reference", "n de plano",
        "n o de plano", "numero de plano",
        "plano n", "codigo", "numero disegno", "disegno n", "n disegno", "codice", "图号", "图样代号", "图纸编号",
    ),
    "part_number": (
        "part number", "part no", "part nr", "p n", "item number", "article number", "teilenummer", "teile nr",
        "artikel nr",
        "artikelnummer", "numero de piece", "numero de pieza", "numero parte", "零件号", "零件图号", "物料编码",
    ),
    "title": (
        "title", "drawing title", "description", "part name", "name", "benennung", "titel", "bezeichnung",
        "designation",
        "titre", "denominacion", "titulo", "denominazione", "titolo", "descrizione", "名称", "标题", "零件名称",
    ),
    "subtitle": ("subtitle", "supplementary title", "untertitel", "sous titre"),
    "revision": (
        "revision", "rev", "revision no", "rev no", "issue", "ed", "edition", "index", "aend", "and", "aenderung",
        "anderung",
        "revisionsindex", "ausgabe", "indice", "indice de revision", "edicion", "revisione", "版本", "版次", "更改标记",
    ),
    "date": ("date", "date of issue", "issue date", "datum", "ausgabedatum", "fecha", "data", "日期"),
    "company": (
        "company", "legal owner", "firma", "eigentumer", "societe", "empresa", "azienda", "ditta", "单位", "单位名称",
    ),
    "department": ("department", "dept", "responsible department", "abteilung", "service", "departamento", "reparto"),
    "project": ("project", "project name", "project no", "projekt", "projet", "proyecto", "progetto", "项目"),
    "scale": ("scale", "massstab", "maßstab", "mast", "echelle", "escala", "scala", "比例"),
    "sheet": ("sheet", "sheet no", "page", "blatt", "blatt nr", "feuille", "folio", "hoja", "foglio", "页", "第 张"),
    "sheets": ("sheets", "number of sheets", "of sheets", "blatter", "anzahl blatter", "nombre de feuilles", "hojas"),
    "projection": ("projection", "projection method", "projektion", "proyeccion", "proiezione", "投影"),
    "material": (
        "material", "materials", "werkstoff", "matiere", "materiau", "materiel", "materiale", "材料", "材质",
    ),
    "mass": ("mass", "weight", "gewicht", "masse", "poids", "peso", "masa", "massa", "重量", "质量"),
    "finish": (
        "finish", "surface finish", "surface", "surface treatment", "oberflache", "oberflachen",
        "oberflachenbehandlung",
        "traitement", "traitement de surface", "acabado", "finitura", "trattamento", "表面处理",
    ),
    "general_tolerance": (
        "general tolerance", "general tolerances", "gen tol", "tolerances", "tolerance", "allgemeintoleranz",
        "allgemeintoleranzen", "tolerances generales", "tolerancias generales", "tolleranze generali", "未注公差",
    ),
    "format": ("format", "size", "paper size", "sheet size", "papierformat", "taille", "formato", "图幅", "幅面"),
    "language": ("language", "sprache", "langue", "idioma", "lingua", "语言"),
    "document_type": ("document type", "doc type", "type of document", "dokumentenart", "type de document"),
    "status": ("status", "document status", "state", "dokumentstatus", "statut", "estado", "stato", "状态"),
    "supersedes": ("supersedes", "replaces", "ersatz fur", "ersetzt", "remplace", "sustituye a", "sostituisce"),
    "units": ("units", "unit", "dimensions in", "einheit", "einheiten", "unites", "unidades", "unita", "单位制"),
}  # fmt: skip
"""Labels by field, as ``fold`` writes them: en, de, fr, es, it, zh."""

ROLE_LABELS: Mapping[str, tuple[str, ...]] = {
    "drawn": (
        "drawn", "drawn by", "drn", "drn by", "dr by", "author", "gezeichnet", "gez", "bearbeitet", "bearb",
        "erstellt",
        "ersteller", "dessine", "dessine par", "dessinateur", "dibujado", "dibujado por", "disegnato", "disegnatore",
        "制图", "绘图",
    ),
    "designed": ("designed", "designed by", "design", "konstruiert", "concu par", "disenado", "progettato", "设计"),
    "checked": (
        "checked", "checked by", "chk", "chkd", "chk d", "reviewed", "gepruft", "gepr", "verifie", "verifie par",
        "comprobado", "revisado", "controllato", "verificato", "校对", "审核",
    ),
    "approved": (
        "approved", "approved by", "app", "appd", "appr", "appv d", "app d", "genehmigt", "freigegeben", "freigabe",
        "approuve", "approuve par", "aprobado", "approvato", "批准",
    ),
    "released": ("released", "released by", "release", "norm", "standardisation", "标准化"),
}  # fmt: skip

_FIELD_OF = {label: field for field, labels in TITLE_LABELS.items() for label in labels}
_ROLE_OF = {label: role for role, labels in ROLE_LABELS.items() for label in labels}
_LONGEST = max(len(label) for label in [*_FIELD_OF, *_ROLE_OF])
_MECHANICAL = {
    "GEN-TITLE-NR": "drawing_number", "GEN-TITLE-DES1": "title", "GEN-TITLE-DES2": "subtitle",
    "GEN-TITLE-MAT1": "material",
    "GEN-TITLE-SCA": "scale", "GEN-TITLE-REV": "revision", "GEN-TITLE-SHEET": "sheet", "GEN-TITLE-WT": "mass",
    "GEN-TITLE-SIZ": "format", "GEN-TITLE-DAT": "date",
}  # fmt: skip
"""Attribute tags of AutoCAD Mechanical's title blocks."""
_SIGNED = {"GEN-TITLE-NAME": "drawn", "GEN-TITLE-CHKM": "checked", "GEN-TITLE-APPM": "approved"}
_FEWEST = 3
"""Fields below which a group of cells is not taken for a title block."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a label names.

    Attributes:
        field: Field of ``TitleBlock``, or None for a role.
        role: Role of a signature, or None for a field.
        text: The label as printed.
        rest: What follows it in the same text, for example the value behind a colon; empty when nothing does.
    """

    field: str | None
    role: str | None
    text: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A ruled cell of a sheet with its lines of text, top to bottom.

    Attributes:
        bbox: Box of the cell on its page.
        lines: Each line with its box.
    """

    bbox: BBox
    lines: tuple[tuple[str, BBox], ...]

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(text for text, _ in self.lines)


def fold(text: str) -> str:
    """Spell a label for comparison: lower case, no accents, single spaces in place of punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    kept = "".join(" " if not char.isalnum() else char for char in plain if not unicodedata.combining(char))
    return " ".join(kept.split())


def match_label(text: str) -> Label | None:
    """Read a text that is a label, or a label and its value behind a colon; None for anything else."""
    head, colon, rest = text.partition(":")
    if len(head) > 2 * _LONGEST:
        return None
    key = fold(head)
    if key in _FIELD_OF:
        return Label(_FIELD_OF[key], None, head.strip(), rest.strip() if colon else "")
    if key in _ROLE_OF:
        return Label(None, _ROLE_OF[key], head.strip(), rest.strip() if colon else "")
    return None


def title_block_from_attributes(attributes: Mapping[str, tuple[str, Provenance]]) -> TitleBlock | None:
    """Read a title block from block attributes; tags are matched as whole tokens.

    Args:
        attributes: Value and place by tag.

    Returns:
        None when fewer than two tags name a field.
    """
    found = _Fields()
    for tag, (value, provenance) in attributes.items():
        upper = tag.upper()
        label = match_label(tag.replace("_", " ").replace("-", " "))
        field = _MECHANICAL.get(upper) or (label.field if label else None)
        role = _SIGNED.get(upper) or (label.role if label else None)
        is_date = False
        if field is None and role is None:
            role, is_date = _dated_role(tag)
        if value.strip():
            found.add(field, role, _field(value, tag, provenance), is_date=is_date, tag=tag)
    return found.block(fewest=2)


def _dated_role(tag: str) -> tuple[str | None, bool]:
    tokens = fold(tag.replace("_", " ").replace("-", " ")).split()
    if len(tokens) == 2 and "date" in tokens:
        other = next((word for word in tokens if word != "date"), "")
        return _ROLE_OF.get(other), other in _ROLE_OF
    return None, False


def title_block_from_cells(cells: Sequence[SheetCell], page: int) -> TitleBlock | None:
    """Read a title block from the ruled cells of a sheet.

    A value is looked for behind the colon of its label, below it in the same cell, in the cell to the right, and in the
    cell below, in this order.  A cell whose value is blank gives nothing.

    Returns:
        None when fewer than three fields are found.
    """
    found = _Fields()
    for cell in cells:
        label = match_label(cell.lines[0][0]) if cell.lines else None
        if label is None:
            continue
        value, method = _value_of(label, cell, cells)
        if value is None:
            continue
        text, box = value
        provenance = Provenance(place=Locator(page=page, bbox=box), method=method)
        if label.field == "sheet" and (
            split := re.fullmatch(r"(\S+)\s*(?:/|of|von|de|di)\s*(\S+)", text.strip(), re.IGNORECASE)
        ):
            found.add("sheets", None, _field(split[2], label.text, provenance))
            text = split[1]
        found.add(label.field, label.role, _field(text, label.text, provenance))
    return found.block(page=page, fewest=_FEWEST)


def _value_of(label: Label, cell: SheetCell, cells: Sequence[SheetCell]) -> tuple[tuple[str, BBox] | None, str]:
    if label.rest:
        return (label.rest, cell.lines[0][1]), "label-inline"
    below = cell.lines[1:]
    if below:
        return (" ".join(text for text, _ in below), _union(box for _, box in below)), "ruled-cell-label"
    for other, method in ((_right_of(cell, cells), "cell-to-the-right"), (_below(cell, cells), "cell-below")):
        if other is not None and other.lines and not any(match_label(text) for text, _ in other.lines):
            return (" ".join(text for text, _ in other.lines), _union(box for _, box in other.lines)), method
        if other is not None and not other.lines and method == "cell-to-the-right":
            # an empty cell beside the label is its value, printed blank
            return None, method
    return None, "blank"


def _right_of(cell: SheetCell, cells: Sequence[SheetCell]) -> SheetCell | None:
    x0, top, x1, bottom = cell.bbox
    middle = (top + bottom) / 2
    beside = [other for other in cells if abs(other.bbox[0] - x1) < 3 and other.bbox[1] < middle < other.bbox[3]]
    del x0
    return min(beside, key=lambda other: abs(other.bbox[0] - x1), default=None)


def _below(cell: SheetCell, cells: Sequence[SheetCell]) -> SheetCell | None:
    x0, _, x1, bottom = cell.bbox
    middle = (x0 + x1) / 2
    under = [other for other in cells if abs(other.bbox[1] - bottom) < 3 and other.bbox[0] < middle < other.bbox[2]]
    return min(under, key=lambda other: abs(other.bbox[1] - bottom), default=None)


def _union(boxes: Iterable[BBox]) -> BBox:
    x0s, tops, x1s, bottoms = zip(*boxes, strict=True)
    return min(x0s), min(tops), max(x1s), max(bottoms)


class _Fields:
    """Fields found so far; the first of a kind wins, later ones become its rivals."""

    def __init__(self) -> None:
        self.fields: dict[str, TitleField] = {}
        self.names: dict[str, TitleField] = {}
        self.dates: dict[str, TitleField] = {}
        self.custom: dict[str, TitleField] = {}
        self.places: list[Provenance] = []

    def add(
        self, field: str | None, role: str | None, found: TitleField, *, is_date: bool = False, tag: str | None = None
    ) -> None:
        home = self.fields if field else (self.dates if is_date else self.names) if role else self.custom
        key = field or role or tag
        if key is None:
            return
        self.places.append(found.provenance)
        if key in home:
            rival = TitleFieldRival(value=found.value, label=found.label, provenance=found.provenance)
            home[key] = home[key].model_copy(update={"rivals": (*home[key].rivals, rival)})
        else:
            home[key] = found

    def block(self, *, page: int | None = None, fewest: int) -> TitleBlock | None:
        known = len(self.fields) + len(self.names)
        if known < fewest:
            return None
        roles = dict.fromkeys([*self.names, *self.dates])
        signatures = {role: Signature(name=self.names.get(role), date=self.dates.get(role)) for role in roles}
        fields: dict[str, Any] = dict(self.fields)
        boxes = [item.place.bbox for item in self.places if item.place.bbox is not None]
        place = Locator(page=page, bbox=_union(boxes)) if page is not None and boxes else self.places[0].place
        return TitleBlock(
            page=page,
            signatures=signatures,
            custom_fields=self.custom,
            provenance=Provenance(place=place, method="title-block"),
            **fields,
        )


def _field(value: str, label: str, provenance: Provenance) -> TitleField:
    folded = " ".join(value.split())
    return TitleField(value=folded, normalized=_normalized(folded), label=label, raw=value, provenance=provenance)


_SCALE = re.compile(r"(\d+(?:[.,]\d+)?)\s*[:/]\s*(\d+(?:[.,]\d+)?)")
_ISO_DATE = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})")
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def _normalized(value: str) -> str | None:
    """Canonical form of a date that can be read in one way only, or of a scale; None for everything else.

    Dates with slashes are left alone: their order differs between countries.
    """
    if match := _ISO_DATE.fullmatch(value):
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
