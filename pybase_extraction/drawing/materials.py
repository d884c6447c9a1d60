"""Materials as drawings name them.

Each designation system has one form; the words of a text are compared with the forms, the longest designation wins.
Sources: EN 10027-1 (names) and -2 (numbers), EN 573 (EN AW), EN 1780 (EN AC), EN 1412 (CW), EN 1560 (EN-GJ), SAE
J1086 (UNS), JIS G 4051 and G 4303, GB/T 221 and GB/T 700, GOST 1050 and 5632, ISO 1043-1/-2 (plastics).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pybase_extraction.drawing.context import CalloutContext
from pybase_extraction.drawing.normalize import normalize
from pybase_extraction.results.base import Provenance
from pybase_extraction.results.drawing import Material

_UNKNOWN = CalloutContext()


@dataclass(frozen=True, slots=True)
class _Form:
    system: str
    family: str | None
    pattern: re.Pattern[str]


def _form(system: str, family: str | None, pattern: str) -> _Form:
    return _Form(system, family, re.compile(rf"(?<![\w.])(?:{pattern})(?![\w])"))


_ELEMENTS = "(?:Cr|Ni|Mo|Mn|Si|Al|Ti|Nb|Cu|Co|Pb|Mg|Zn|Fe|Sn|Be|Zr|Te|Se|V|W|B|S|N|P|C|H|K)"
_COMMON_PLASTICS = (
    "ABS|ASA|PC/ABS|PC|PA66|PA6|PA12|PA11|PA46|PA|POM-C|POM-H|POM|PEEK|PEI|PPS|PPSU|PP|PE-HD|PE-LD|PE-UHMW|PE"
    "|HDPE|LDPE|UHMW-PE|PET-P|PETG"
    "|PETP|PET|PBT|PMMA|PTFE|PVC-U|PVC|PVDF|PLA|PSU|PS|TPU|TPE|NBR|FKM|FPM|EPDM|SAN"
)

_FORMS: tuple[_Form, ...] = (
    _form("W-Nr", None, r"[0-3]\.\d{4}(?:\.\d\d)?"),
    _form("EN", "cast iron", r"EN[- ]?GJ[LSMNVY]-[A-Z]{0,4}\d{2,4}(?:-\d{1,2})?[A-Z]{0,3}"),
    _form("DIN", "cast iron", r"(?:GGG|GG|GTW|GTS)-?\d{2}(?:\.\d)?"),
    _form("EN", "aluminium", r"EN[- ]?A[WC][- ]?(?:\d{4,5}[A-Z]?|Al[A-Z][A-Za-z0-9().]{0,20})(?:/\w{1,10})?"),
    _form("EN", "stainless steel", rf"X\d{{1,3}}(?:{_ELEMENTS}){{2,6}}\d{{1,2}}(?:-\d{{1,2}}){{0,3}}"),
    _form("EN", "steel", r"[SPLE]\d{3}(?:J[R02]|K2|N[LHB]?|M[LCB]?|Q[L1]{0,2}|W|GH|NH)[A-Z0-9]{0,4}"),
    _form("EN", "steel", r"[SPE](?:185|195|235|265|275|295|335|355|360|420|450|460|500|550|620|690|890|960)"),
    _form("EN", "steel", r"D[CDX]\d{2}D?|C\d{2}[ECRDS]?|HX\d{3}[A-Z]{1,3}"),
    _form("EN", "steel", rf"\d{{2,3}}(?:{_ELEMENTS}){{1,5}}\d{{1,2}}(?:-\d{{1,2}}){{0,3}}[A-Z]?"),
    _form("DIN", "steel", r"St ?\d{2}(?:-\d)?K?|RSt\d{2}-\d|ETG ?(?:88|100)|9SMn(?:Pb)?28K?"),
    _form("EN", "copper", r"CW\d{3}[A-Z]|CC\d{3}[A-Z]"),
    _form(
        "EN",
        "copper",
        r"Cu(?:Zn|Sn|Al|Ni|Be|Cr|Co)\d{1,2}(?:(?:Pb|Al|Fe|Mn|Ni|Sn|Si|Zn|P|As)\d{0,2}){0,4}"
        r"|Cu-ETP|Cu-OF|Cu-DHP",
    ),
    _form("EN", "aluminium", r"Al(?:Mg|Si|Cu|Zn|Mn)[A-Za-z0-9.]{0,14}|Al99[.,]\d{1,2}"),
    _form("UNS", None, r"(?:UNS )?[ACFGHJKLMNPRSTWZ]\d{5}"),
    _form("JIS", "stainless steel", r"SUS ?\d{3}[A-Z]{0,2}\d?"),
    _form(
        "JIS",
        "steel",
        r"S\d{2}C|SS[34]\d0|SCM\d{3}H?|SKD\d{1,2}|SK\d{1,2}|SNCM\d{3}|SUJ2|SPCC|SPHC|SECC"
        r"|SGCC|STKM\d{2}[A-Z]?",
    ),
    _form("JIS", "aluminium", r"A[1-7]\d{3}[A-Z]{0,2}(?=-|$|\s)"),
    _form("GB", "steel", r"Q\d{3}[A-E]?|(?:20|35|40|45|50)#|\d{2}Mn2?|\d{2}CrMo[A-Z]{0,2}|\d{2}Cr"),
    _form("GB", "stainless steel", r"\d{1,2}Cr\d{1,2}(?:Ni\d{1,2})?(?:Mo\d)?(?:Ti|Nb|N)?"),
    _form("GB", "copper", r"H(?:59|62|65|68|70|80|90)|QSn\d[\d.-]{0,6}"),
    _form("GOST", "stainless steel", r"\d{2}Х\d{2}Н\d{1,2}[А-Я0-9]{0,4}"),
    _form("GOST", "steel", r"Ст ?\d(?:пс|сп|кп)?|(?:20|30|35|40|45)Х[А-Я0-9]{0,5}|\d{2}Г2?С?"),
    _form("ASTM", None, r"ASTM [A-G]\d{1,4}M?(?: (?:Gr(?:ade)?\.? ?)?[A-Z0-9]{1,6})?"),
    _form(
        "AISI",
        "stainless steel",
        r"(?:AISI|SAE|TYPE|SS|S\.S\.) ?-?(?:30[1-9]|31[0-9]|321|347|410|416|420"
        r"|430|440)[A-Z]{0,2}|17-4 ?PH",
    ),
    _form("AISI", "steel", r"(?:AISI|SAE) ?-?(?:1[0-5]\d{2}|[2-9]\d{3})[A-Z]{0,2}|AISI ?[ADHMOSTW]\d{1,2}"),
    _form(
        "AA",
        "aluminium",
        r"(?:AA|AL|Al|ALU|Alu|ALUMINUM|Aluminum|ALUMINIUM|Aluminium) ?-?[1-7]\d{3}[A-Z]?"
        r"|[2567]0\d{2}(?=-[THOF])",
    ),
    _form("AISI", "stainless steel", r"(?:30[34]|316)L?(?= (?:SS|STAINLESS|Stainless|stainless))"),
    _form("ASTM", "titanium", r"Ti-?6Al-?4V(?: ?ELI)?|Ti ?Gr(?:ade)?\.? ?\d{1,2}"),
    _form("ISO 1043", "plastic", rf"(?:{_COMMON_PLASTICS})(?:[- ]?(?:GF|CF|GB|MD)\d{{1,2}})?(?:-?[VH]\d)?"),
)

_FAMILY_BY_NUMBER = (
    *((f"1.4{digit}", "stainless steel") for digit in "013456789"),
    ("0.", "cast iron"),
    ("1.2", "tool steel"),
    ("1.", "steel"),
    ("2.0", "copper"),
    ("2.1", "copper"),
    ("2.4", "nickel"),
    ("3.5", "magnesium"),
    ("3.7", "titanium"),
    ("3.", "aluminium"),
)
"""First digits of a material number -> family (EN 10027-2, DIN 17007)."""

_FAMILY_WORDS = (
    ("stainless steel", ("stainless", "edelstahl", "inox", "不锈钢")),
    ("cast iron", ("cast iron", "grey iron", "gray iron", "gusseisen", "fonte", "ghisa", "铸铁")),
    ("steel", ("steel", "stahl", "acier", "acero", "acciaio", "钢", "сталь")),
    ("aluminium", ("aluminium", "aluminum", "alluminio", "aluminio", "铝")),
    ("copper", ("brass", "messing", "laiton", "latón", "ottone", "bronze", "copper", "kupfer", "cuivre", "铜")),
    ("titanium", ("titan", "钛")),
    ("plastic", ("plastic", "kunststoff", "plastique", "plástico", "nylon", "delrin", "acetal", "塑料")),
    ("rubber", ("rubber", "gummi", "caoutchouc", "橡胶")),
    ("wood", ("wood", "holz", "bois", "madera")),
)
"""Family -> words that name it; the first family whose word occurs wins."""

_CONDITION = re.compile(
    r"(?<=[\w)])(\+[A-Z]{1,3}\d{0,4}(?:\+[A-Z]{1,3}\d{0,4})?)(?!\w)|(?<=[\w\s-])(T\d{1,4}"
    r"|H\d{2,3})(?!\w)"
)
_TEMPERED = frozenset({"aluminium", "magnesium"})
_HARDNESS = re.compile(
    r"\d{1,4}(?: ?(?:[-+~…]|bis|to|±) ?\d{1,4})? ?(?:HRC|HRB|HRA|HBW|HBS|HB|HV)(?: ?\d{1,2}\b)?"
    r"|(?:HRC|HRB|HRA|HBW|HB|HV) ?\d{1,4}(?: ?[-+~…±] ?\d{1,4})?"
)
_STANDARD = re.compile(
    r"(?<!\w)(?:DIN EN ISO|DIN EN|EN ISO|UNI EN|NF EN|BS EN|DIN|EN|ISO|ASTM|JIS|GB/T|GB|ГОСТ"
    r"|GOST) ?[A-Z]?\d{2,6}(?:-\d{1,4})?"
)


def read_material(text: str, *, context: CalloutContext = _UNKNOWN) -> Material | None:
    """Read a material; None for a blank text.

    A text that names no known system keeps its words as the name, with a family where a word tells it.
    """
    name = " ".join(normalize(text, context.font).split())
    if not name.strip("-–. /"):
        return None
    number = _longest(name, lambda form: form.system == "W-Nr")
    named = _longest(name, lambda form: form.system != "W-Nr")
    best = named or number
    family = _family(name, named, number)
    return Material(
        raw=text,
        provenance=Provenance(method="material-designation"),
        name=name,
        designation=best[1] if best is not None else None,
        number=number[1] if number is not None else None,
        system=best[0].system if best is not None else None,
        family=family,
        condition=_condition(name, family),
        hardness=_matched(_HARDNESS, name),
        standard=_matched(_STANDARD, name),
    )


def _longest(name: str, wanted: Callable[[_Form], bool]) -> tuple[_Form, str] | None:
    standard = _STANDARD.search(name)
    blocked = standard.span() if standard is not None else (0, 0)
    best: tuple[_Form, str] | None = None
    for form in filter(wanted, _FORMS):
        found = form.pattern.search(name)
        if found is None or (blocked[0] < found.start() < blocked[1]):
            continue
        if best is None or len(found.group()) > len(best[1]):
            best = form, found.group().strip()
    return best


def _family(name: str, named: tuple[_Form, str] | None, number: tuple[_Form, str] | None) -> str | None:
    if named is not None and named[0].family is not None:
        return named[0].family
    if number is not None:
        return next((family for prefix, family in _FAMILY_BY_NUMBER if number[1].startswith(prefix)), None)
    folded = name.casefold()
    return next((family for family, names in _FAMILY_WORDS if any(word in folded for word in names)), None)


def _condition(name: str, family: str | None) -> str | None:
    for found in _CONDITION.finditer(name):
        if found.group(1) is not None:
            return found.group(1)
        if family in _TEMPERED:
            return found.group(2)
    return None


def _matched(pattern: re.Pattern[str], name: str) -> str | None:
    found = pattern.search(name)
    return found.group() if found is not None else None
