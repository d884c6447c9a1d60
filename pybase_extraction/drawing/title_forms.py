"""What a text of a title block is by its form alone, where no label names it.

Forms are those of the norms: scales of ISO 5455, sheet sizes of ISO 216 and ASME Y14.1, projection methods of
ISO 5456-2, tolerance classes of ISO 2768, document types of ISO 7200; legal forms of companies are those of the
commercial registers.  Whatever belongs to the frame itself (legal notices, addresses, names of programs) is told apart
first.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pybase_extraction.drawing.general_tolerances import read_general_tolerance
from pybase_extraction.drawing.materials import read_material
from pybase_extraction.drawing.title_labels import DATE, SHEET_OF, is_heading, match_label, sheet_size

_STANDING = re.compile(
    r"rights reserved|copyright|©|\(c\) ?\d{4}|confidential|proprietary|propriet[aà]|property of|our property|reproduc|"
    r"written (?:consent|permission|agreement)|not be (?:copied|used|disclosed)|unless otherwise|interpret|"
    r"tolerancing per|do not scale|schutzvermerk|vervielf[äa]ltigung|weitergabe|iso 16016|eigentum|geistiges|"
    r"kopieren|ne pas mesurer|reproduction|propi?edad|prohibid|riproduzion|vietat|wszelkie prawa|kopiowani|"
    r"educational (?:product|version)|instructional use|student (?:version|edition)|e\.d\.a\.|autodesk|"
    r"produced by|exported from|printed (?:on|from)|uncontrolled|for reference only|本图|版权|保密|not for sale|"
    r"break (?:all )?sharp|deburr?|remove all|nicht ma(?:ß|ss)st|third.angle projection shown|template|вер\.",
    re.IGNORECASE,
)
"""Words of legal notices, standing orders and stamps of programs."""
_CONTACT = re.compile(
    r"https?://|www\.|\S@\S+\.\S|\b(?:tel|phone|fax|ph|mob|e-?mail|internet|web)\b\.?\s*[:.]?\s*[+(\d]"
    r"|\+\d[\d ()/-]{6,}|\(\d{3}\) ?\d{3}-\d{4}|\.(?:com|org|net|de|io|eu)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|blvd|drive|lane|way|suite|p\.? ?o\.? ?box|stra(?:ß|ss)e|str\.|weg|platz|rue|"
    r"via|calle|ul\.|ulica|gasse|allee)\b.*\d|^\d{1,5}\s+\w+.*\b(?:street|st|road|rd|avenue|ave|blvd|drive|dr|lane|ln|way)"
    r"\b|^(?:[A-Z]{1,2}-)?\d{4,5}\s+[^\W\d]{3,}[^\d]*$|,\s*[A-Z]{2}\s+\d{5}|\w(?:stra(?:ß|ss)e|weg|str\.)\s+\d",
    re.IGNORECASE,
)
_LEGAL_FORM = re.compile(
    r"(?:\b(?:inc|incorporated|corp|corporation|co|company|ltd|limited|llc|l\.l\.c|llp|plc|gmbh|mbh|ohg|e\.k|sarl|"
    r"s\.a\.r\.l|sas|s\.p\.a|spa|s\.r\.l|srl|b\.v|bv|n\.v|nv|a/s|aps|oy|oyj|sp\. ?z ?o\.? ?o|s\.r\.o|a\.s|kft|zrt|"
    r"d\.o\.o|ltda|s\.l|s\.a|pty|pvt|k\.k|a\.ş|şti|eireli|oü|uab|sia)\b\.?|\b(?:AG|KG|SE|AB|AS|SA|SL|UG|ASA)\b)\)?\s*\Z"
    r"|\b(?:gmbh ?& ?co|co\.,? ltd)\b",
    re.IGNORECASE,
)
_SHORT_FORM = re.compile(r"\b(?:ag|kg|se|ab|as|sa|sl|ug|asa|co|spa|nv|bv)\b\.?\)?\s*\Z")
"""Short forms in lower case are words or units: only capitals name a company."""
_JOINED_FORM = re.compile(r"[^\W\d_A-Z](?:Ltd|GmbH|Inc|LLC|SARL|SAS|Corp|SpA|BV|Oy|PLC)\.?\Z")
"""Legal forms behind a name whose spaces the PDF does not have."""
_EASTERN_FORM = re.compile(
    r"公司|株式会社|有限会社|\(株\)|研究院|研究所|大学|集团|(?:\A|\s)(?:ООО|ОАО|ЗАО|ПАО|АО|НПО|НПП|ФГУП|ГУП)\b"
)
_ORGANISATION = re.compile(
    r"\b(?:universit\w*|hochschule|institut[eo]?|laborator(?:y|ies|io)|agency|foundation|initiative|consortium|"
    r"ministry|akademie|academy|college|politechnika|politecnico|polytechnic|industries|technologies|"
    r"national (?:lab|institute|bureau)|department of|werke|ateliers|officine|talleres|fachschule)\b",
    re.IGNORECASE,
)
_PROJECTION = re.compile(
    r"(?:third|first|3rd|1st)[- ]angle(?: projection)?|(?:projektions?)?methode\s*[13EA]|第[一三]角(?:法|画法)?|"
    r"(?:primo|terzo) diedro|[13]er\.? ?di[eè]dre|(?:european|american) projection",
    re.IGNORECASE,
)
_MASS = re.compile(r"[≈~]?\s?\d[\d.,]*\s?(?:k?g|kilograms?|grams?|lbs?|oz|t|кг)\.?", re.IGNORECASE)
_UNITS = re.compile(
    r"(?:all )?(?:dimensions?|dims?\.?|ma(?:ß|ss)e|cotes|medidas|quote|m[åa]tt|wymiary|rozm[eě]ry)(?: are)? "
    r"(?:in|en|w|v|i)\s+(mm|millimet(?:er|re)s?|inch(?:es)?|in|cm|millim[eè]tres|mil[ií]metros)\b\.?(?: .{0,20})?",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"(?:[\w-]+ ){0,3}(?:drawing|document|specification|spec sheet|data ?sheet|schematic|diagram|sketch)"
    r"|(?:standard|typical) details?(?: sheet)?"
    r"|\w*(?:zeichnung|datenblatt|schaltplan|skizze)|(?:dessin|plan) (?:d['’ ]ensemble|de d[ée]tail|de d[ée]finition)"
    r"|plano de (?:conjunto|despiece|detalle)|disegno (?:di assieme|costruttivo|particolare)"
    r"|rysunek (?:złożeniowy|wykonawczy|części)|výkres (?:sestavení|součásti|sestavy)|(?:сборочный )?чертеж(?: детали)?"
    r"|(?:零件|装配|总装|部件)图|(?:組立|部品)図|samenstellingstekening",
    re.IGNORECASE,
)
_STOCK = re.compile(
    r"(?=.*\d).*\b(?:rod|bar|tube|tubing|pipe|plate|sheet metal|strip|extrusion|profile|angle iron|billet|stock|"
    r"flat ?bar|hex ?bar|rundstahl|flachstahl|vierkantstahl|blech|rohr|stange|r\.?d\.?|fl\.?|barre|tôle|tubo|barra)"
    r"\b.*",
    re.IGNORECASE,
)
_ARCH = re.compile(r"ARCH ?[A-E][1-3]?|ANSI ?[A-K]", re.IGNORECASE)
_RATIO = re.compile(r"(?:m\s?)?(\d{1,4}(?:[.,]\d+)?\s*[:∶]\s*\d{1,4}(?:[.,]\d+)?)", re.IGNORECASE)
_SHEET_ZH = re.compile(
    r"(?:共\s*(\d{1,3})\s*[张页張頁]\s*)?第\s*(\d{1,3})\s*[张页張頁](?:\s*共\s*(\d{1,3})\s*[张页張頁])?"
)
_SHEETS_ZH = re.compile(r"共\s*(\d{1,3})\s*[张页張頁]")
_LONGEST = 120
_MOST_WORDS = 12


def is_standing(text: str) -> bool:
    """Whether a text is a legal notice, a standing order, an address, or the stamp of a program."""
    if len(text) > _LONGEST or is_heading(text) or text.rstrip().endswith(":"):
        return True
    return any(form.search(text) for form in (_STANDING, _CONTACT, _ADDRESS))


def is_contact(text: str) -> bool:
    """Whether a text is an address of the web or of post."""
    return _CONTACT.search(text[:_LONGEST]) is not None


def is_company(text: str) -> bool:
    """Whether a text ends in the legal form of a company, or has the word of an organisation."""
    text = text.strip()
    if len(text) > _LONGEST or len(text.split()) > _MOST_WORDS or text.endswith(":"):
        return False
    if _EASTERN_FORM.search(text) or _ORGANISATION.search(text):
        return True
    if _JOINED_FORM.search(text):
        return True
    return len(text.split()) > 1 and _LEGAL_FORM.search(text) is not None and _SHORT_FORM.search(text) is None


def is_stock(text: str) -> bool:
    """Whether a text names a semi-finished product with its size: "30 mm round bar"."""
    return len(text) < _LONGEST and len(text.split()) <= _MOST_WORDS and _STOCK.fullmatch(text.strip()) is not None


def form_of(text: str) -> tuple[str, str] | None:
    """Field and value that the form of a text tells, or None.

    Companies, numbers and titles are not told here: what they are depends on what stands around them.
    """
    text = " ".join(text.split())
    return _told(text) if text and len(text) <= _LONGEST else None


@lru_cache(maxsize=2048)
def _told(text: str) -> tuple[str, str] | None:
    if (size := sheet_size(text)) is not None:
        return "format", size
    if _ARCH.fullmatch(text):
        return "format", text
    if match := _RATIO.fullmatch(text):
        return "scale", match[1]
    if DATE.fullmatch(text):
        return "date", text
    if match := _UNITS.fullmatch(text):
        return "units", match[1]
    label = match_label(text)
    if label is not None:
        return (label.field, label.rest) if label.field and label.rest else None
    for field, form in (("projection", _PROJECTION), ("mass", _MASS), ("document_type", _DOCUMENT)):
        if form.fullmatch(text) and _STANDING.search(text) is None:
            return field, text
    if sheet_of(text) is not None:
        return "sheet", text
    return _described(text)


def _described(text: str) -> tuple[str, str] | None:
    if len(text.split()) > _MOST_WORDS or is_company(text):
        return None
    tolerance = _TOLERANCE.match(text)
    if tolerance is not None and (tolerance[1][0] == "±" or read_general_tolerance(tolerance[1]) is not None):
        return "general_tolerance", tolerance[1]
    return ("material", text) if is_material(text) else None


_TOLERANCE = re.compile(
    r"(?:(?:general |gen\. ?|allgemein|freimaß)?tol(?:erance|eranz|\.)?(?:s|en)?(?: generales| g[ée]n[ée]rales)?"
    r"(?: nach| per| acc\.? to)?:? *)?"
    r"((?:DIN |EN )*(?:ISO|DIN|JIS B|GB/T) ?(?:2768|7168|13920|8015|8062|1804|0405)\b.{0,24}|(?<= )±.{1,20})\Z",
    re.IGNORECASE,
)


_SPACED_NUMBER = re.compile(r"(?<=\d) (?=[.,]\d)")


def is_material(text: str) -> bool:
    """Whether a text is a material: a designation, or few words of which one names the family."""
    if text.endswith(":") or len(text.split()) > 6:
        return False
    text = _SPACED_NUMBER.sub("", text)
    found = read_material(text)
    if found is None:
        return False
    words = re.findall(r"[^\W\d_]{3,}", text)
    if found.designation is not None:
        # a designation among many other words is a title: "Bracket S235 left"
        rest = text.replace(found.designation, "")
        return found.family is not None and len(re.findall(r"[^\W\d_]{4,}", rest)) <= 2
    return found.family is not None and (len(words) <= 2 or found.standard is not None)


def sheet_of(text: str) -> tuple[str | None, str | None] | None:
    """Number of a sheet and of all sheets; None for a text that tells neither."""
    text = text.strip()
    if match := _SHEET_ZH.fullmatch(text):
        return match[2], match[1] or match[3]
    if match := _SHEETS_ZH.fullmatch(text):
        return None, match[1]
    if (match := SHEET_OF.fullmatch(text)) and any(char.isdigit() for char in match[1]):
        return match[1], match[2] or match[3]
    return None
