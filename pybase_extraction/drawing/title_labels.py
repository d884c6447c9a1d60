"""Labels of title blocks in the languages of the shops, and the forms of the values behind them.

Fields follow ISO 7200.  A label is matched as a whole, never inside another word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

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
        "revision", "rev", "revision no", "rev no", "rev nr", "revision nr", "revision number",
        "issue", "ed", "edition", "index", "aend", "and", "aenderung",
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
        "drawn", "drawn by", "made by", "prepared by",
        "drn", "drn by", "dr by", "author", "gezeichnet", "gez", "bearbeitet", "bearb",
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

CUSTOM_LABELS = frozenset({
    "filename", "file name", "file", "part of assembly", "next assembly", "used on", "cage code", "order no",
    "customer",
    "client", "product", "model", "raw material", "dateiname", "kunde", "auftrag", "auftrags nr", "baugruppe",
    "rohteil",
    "halbzeug", "nom du fichier", "client ref", "ensemble", "cliente", "archivo", "insieme", "文件名", "客户",
})  # fmt: skip
"""Labels of fields that the vocabulary does not have; they are kept under their own words."""

FIELD_OF = {label: field for field, labels in TITLE_LABELS.items() for label in labels}
ROLE_OF = {label: role for role, labels in ROLE_LABELS.items() for label in labels}
_LONGEST = max(len(label) for label in [*FIELD_OF, *ROLE_OF])
_HEADINGS = frozenset({
    "signature", "sign", "unterschrift", "visa", "firma digitale", "firme", "签名", "签字", "mfg", "q a", "qa",
    "dimensions", "do not scale drawing", "unless otherwise specified", "third angle projection",
    "first angle projection",
})  # fmt: skip
"""Texts of frames that are neither labels of a field nor values."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a label names.

    Attributes:
        field: Field of ``TitleBlock``, or None for a role and for a field of the sheet's own.
        role: Role of a signature, or None for a field.
        text: The label as printed.
        rest: What follows it in the same text, for example the value behind a colon; empty when nothing does.
    """

    field: str | None
    role: str | None
    text: str
    rest: str = ""


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
    if key in FIELD_OF:
        return Label(FIELD_OF[key], None, head.strip(), rest.strip() if colon else "")
    if key in ROLE_OF:
        return Label(None, ROLE_OF[key], head.strip(), rest.strip() if colon else "")
    if key in CUSTOM_LABELS:
        return Label(None, None, head.strip(), rest.strip() if colon else "")
    return _label_before_value(text)


def _label_before_value(text: str) -> Label | None:
    """Read "SHEET 1 OF 2": a label without a colon, told by a value that only its field has."""
    words = text.split()
    for count in range(1, min(len(words), 4)):
        key, rest = fold(" ".join(words[:count])), " ".join(words[count:])
        field = FIELD_OF.get(key)
        # "and", "ed", "index" are words before they are labels of a revision
        if field in _TYPED and (field != "revision" or key.startswith("rev")) and fits(field, rest):
            return Label(field, None, " ".join(words[:count]), rest)
    return None


def is_heading(text: str) -> bool:
    """Whether a text belongs to the frame itself: a heading of columns or a standing phrase."""
    return fold(text) in _HEADINGS


def fits(field: str | None, text: str) -> bool:
    """Whether a text can be the value of a field, by its form; labels, headings and sentences never are."""
    words = text.split()
    if not words or is_heading(text) or (match_label(text) if ":" not in text and len(words) < 4 else None) is not None:
        return False
    if field in _FORMS:
        return _FORMS[field].fullmatch(" ".join(words)) is not None
    if field in {"drawing_number", "part_number"}:
        return len(words) <= 8 and not text.rstrip().endswith(".")
    if field is None:  # the name of a person
        return len(words) <= 5 and not text.rstrip().endswith("!")
    return len(words) <= 20


def split_labels(text: str) -> list[str]:
    """Cut a line where a further label with its colon begins: "J. Doe DATE: 1.2.2026" is two texts."""
    cuts = [0]
    for colon in re.finditer(":", text):
        words = list(re.finditer(r"\S+", text[cuts[-1] : colon.start()]))
        for word in words[-4:]:
            start = cuts[-1] + word.start()
            key = fold(text[start : colon.start()])
            if key in FIELD_OF or key in ROLE_OF or key in CUSTOM_LABELS:
                cuts += [start] if start > cuts[-1] else []
                break
    return [text[start:end].strip() for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]


_RATIO = r"\d+(?:[.,]\d+)?\s*[:/]\s*\d+(?:[.,]\d+)?"
_FORMS: Mapping[str | None, re.Pattern[str]] = {
    name: re.compile(form, re.IGNORECASE)
    for name, form in {
        "scale": rf"{_RATIO}|[\d./ ]+\"?\s*=\s*.{{1,16}}|n\.?t\.?s\.?|not to scale|none|full( size)?|as (shown|noted)",
        "revision": r"(?:rev\.?\s*)?[A-Z]{0,2}[-. ]?\d{0,4}(?:[.\-/]\d{1,3})*[A-Z]?|-|–",
        "sheet": r"[A-Z]{0,2}[-.]?\d{1,4}(?:\s*(?:/|of|von|de|di|sur|от)\s*\d{1,4})?",
        "sheets": r"\d{1,4}",
        "date": r"(?=.*\d).{4,25}",
        "mass": r"(?=.*\d).{1,24}",
        "format": r"(?:(?:DIN|ISO|ANSI|ARCH|JIS)\s*)?(?:[AB]\d\+?|[A-EJ])|\d+\s*[x×]\s*\d+(?:\s*mm)?",
    }.items()
}
"""What the values of a field look like, where that tells them from everything else on a sheet."""
_TYPED = frozenset({"scale", "sheet", "revision", "mass"})
_SIZE = re.compile(r"((?:DIN\s*)?A[0-5])(?:\s+(?:drawing|sheet|format|landscape|portrait))?", re.IGNORECASE)


def sheet_size(text: str) -> str | None:
    """Read the name of a sheet size of ISO 216, which frames print without a label; None for anything else."""
    found = _SIZE.fullmatch(text.strip())
    return found[1] if found else None
