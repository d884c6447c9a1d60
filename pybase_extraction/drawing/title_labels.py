"""Labels of title blocks in the languages of the shops, and the forms of the values behind them.

Fields follow ISO 7200.  A label is matched as a whole, never inside another word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from pybase_extraction.drawing.title_words import FIELD_WORDS, HEADING_WORDS, OWN_WORDS, ROLE_WORDS

_ASCII_SPELLING = {code: " " for code in range(128) if not chr(code).isalnum()}


def fold(text: str) -> str:
    """Spell a label for comparison: lower case, no accents, single spaces in place of punctuation."""
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_SPELLING).split())
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss")).casefold()
    kept = "".join(" " if not char.isalnum() else char for char in plain if not unicodedata.combining(char))
    return " ".join(kept.split())


_LANGUAGE = re.compile(r"^\s*[a-z]{2}:", re.MULTILINE)


def _words_in(text: str) -> tuple[str, ...]:
    """The labels of a text of ``title_words``, folded."""
    return tuple(dict.fromkeys(filter(None, map(fold, _LANGUAGE.sub(";", text).split(";")))))


TITLE_LABELS: Mapping[str, tuple[str, ...]] = {field: _words_in(text) for field, text in FIELD_WORDS.items()}
"""Labels by field, as ``fold`` writes them: en, de, fr, es, it, pt, nl, pl, cs, sv (no, da), fi, ru, zh, ja."""
ROLE_LABELS: Mapping[str, tuple[str, ...]] = {role: _words_in(text) for role, text in ROLE_WORDS.items()}
CUSTOM_LABELS = frozenset(_words_in(OWN_WORDS))
FIELD_OF = {label: field for field, labels in reversed([*TITLE_LABELS.items()]) for label in labels}
ROLE_OF = {label: role for role, labels in reversed([*ROLE_LABELS.items()]) for label in labels}
_SQUASHED: Mapping[str, str] = {
    squashed: label
    for label in [*CUSTOM_LABELS, *ROLE_OF, *FIELD_OF]
    if " " in label and len(squashed := label.replace(" ", "")) > 5
}
"""Labels of several words as PDFs give them whose fonts have no space."""
_LONGEST = max(len(label) for label in [*FIELD_OF, *ROLE_OF])
_HEADINGS = frozenset(_words_in(HEADING_WORDS)) - set(FIELD_OF) - set(ROLE_OF)


@dataclass(frozen=True, slots=True)
class Label:
    """What a label names.

    Attributes:
        field: Field of ``TitleBlock``, or None for a role and for a field of the sheet's own.
        role: Role of a signature, or None for a field.
        text: The label as printed.
        rest: What follows it in the same text, for example the value behind a colon; empty when nothing does.
        is_date: Whether a role's label asks for the day and not for the name: "Date drawn".
    """

    field: str | None
    role: str | None
    text: str
    rest: str = ""
    is_date: bool = False


def match_label(text: str) -> Label | None:
    """Read a text that is a label, or a label and its value behind a colon; None for anything else."""
    return _matched(text) if len(text) <= _LONGEST_REMEMBERED else _match(text)


def _match(text: str) -> Label | None:
    head, colon, rest = text.partition(":")
    if len(head) > 2 * _LONGEST:
        return None
    rest = rest.strip() if colon else ""
    # a colon may stand on its own before the value, or at the end of a label in two languages
    label = _named(head.strip()) or _named_twice(head.strip()) or _numbered(head.strip(), rest)
    return replace(label, rest=rest) if label is not None else _label_before_value(text)


# the rules of a sheet ask for the same texts many times over
_matched = lru_cache(maxsize=2048)(_match)
_LONGEST_REMEMBERED = 200


def _named(text: str) -> Label | None:
    key = fold(text)
    key = _SQUASHED.get(key, key)
    field, role = FIELD_OF.get(key), ROLE_OF.get(key)
    if field is not None or role is not None or key in CUSTOM_LABELS:
        return Label(field, None if field else role, text)
    if (dated := _role_dated(key)) is not None:
        return Label(None, dated, text, is_date=True)
    bare = _UNIT_BEHIND.sub("", text)
    return None if bare == text else _named(bare)


def _role_dated(key: str) -> str | None:
    words = key.split()
    return (
        next((ROLE_OF[word] for word in words if word in ROLE_OF), None)
        if len(words) == 2 and _DAY & {*words}
        else None
    )


_DAY = frozenset({"date", "datum", "fecha", "data"})

_UNIT_BEHIND = re.compile(r"\s*[(\[][^()\[\]]{1,12}[)\]]\s*\Z")
"""A unit or a remark in brackets behind a label."""
_BETWEEN_LABELS = re.compile(r"\s*[/,|]\s*|\s+[-–]\s+")


def _named_twice(text: str) -> Label | None:
    """Read a label in two languages ("Maßstab / Scale"), or of a field and its supplement ("Title, Subtitle")."""
    parts = _BETWEEN_LABELS.split(text)
    if not 2 <= len(parts) <= _MOST_NAMES:
        return None
    labels = [label for part in parts if (label := _named(part)) is not None]
    return replace(labels[0], text=text) if len(labels) == len(parts) else None


_MOST_NAMES = 4


def _numbered(text: str, value: str) -> Label | None:
    """Read "Id: 2/5" of KiCad's frames, where other frames have an identification number behind this label."""
    return Label("sheet", None, text) if fold(text) == "id" and SHEET_OF.fullmatch(value) else None


def role_of(text: str) -> str | None:
    """The role that a text names where roles stand below each other, though it may name a field elsewhere."""
    return ROLE_OF.get(fold(text))


def _label_before_value(text: str) -> Label | None:
    """Read "SHEET 1 OF 2": a label without a colon, told by a value that only its field has."""
    for label in [*_beginnings(text), *_before_digits(text)]:
        # "and", "ed", "index" are words before they are labels of a revision
        is_typed = label.field in _TYPED and (label.field != "revision" or fold(label.text).startswith("rev"))
        if is_typed and _TYPED[label.field].fullmatch(" ".join(label.rest.split())):
            return label
    return None


def _before_digits(text: str) -> Iterator[Label]:
    """The label that a number follows without a space: "Лист2"."""
    found = _TOUCHING.fullmatch(text)
    label = _named(found[1]) if found else None
    if found is not None and label is not None:
        yield replace(label, rest=found[2])


_TOUCHING = re.compile(r"([^\W\d_]{3,20}\.?)(\d\S*)")


def _beginnings(text: str) -> Iterator[Label]:
    """Labels of up to three words that a text begins with, the shortest first."""
    words = text.split()
    for count in range(1, min(len(words), 4)):
        label = _named(" ".join(words[:count]))
        if label is not None:
            yield replace(label, rest=" ".join(words[count:]))


def label_in_cell(text: str) -> Label | None:
    """Read a label and its value in one line of a cell, which no colon parts: "DWG NO. A-104", "DRAWN BY J. Doe".

    General tolerances and fields of the sheet's own take the number of a standard: "Tolerierung ISO 8015".
    """
    for label in reversed([*_beginnings(text)]):
        words = label.rest.split()
        if label.field in {"drawing_number", "part_number"} and is_number(label.rest):
            return label
        if label.field in {None, "general_tolerance"} and label.role is None and is_norm(label.rest):
            return label
        is_name = len(words) <= 3 and words[0][0].isalpha() and not any(char.isdigit() for char in label.rest)
        if label.role is not None and len(label.text.split()) > 1 and is_name:
            return label
    return None


def is_heading(text: str) -> bool:
    """Whether a text belongs to the frame itself: a heading of columns or a standing phrase."""
    return fold(text) in _HEADINGS


_NUMBER = re.compile(r"(?=[^\d]*\d)[^\W_]{1,16}(?:[ ]?[-._/+][ ]?[^\W_]{1,16}|_[^\W_]{1,16}|[ ][^\W_]{1,16}){0,7}")


def is_number(text: str) -> bool:
    """Whether a text has the form of a drawing number: letters and digits in groups, few and short, with a digit."""
    words = [word for word in re.split(r"[\W_]+", text) if word] if " " in text else []
    prose = sum(len(word) > 3 and word.isalpha() and not word.isupper() for word in words)
    long = sum(len(word) > 4 and word.isalpha() for word in words)
    return _NUMBER.fullmatch(text) is not None and prose == 0 and long == 0 and len(text) >= 3


_MAY_BE_SIGNS = frozenset({"revision", "scale", None})
_NORM = re.compile(r"\b(?:ISO|DIN|EN|ASME|ANSI|JIS|GB)(?:/\w+)? ?\d{2,}")
"""Number of a standard, which a frame may ask for under the label of the person who checks them."""
_NORM_ALONE = re.compile(
    r"(?:(?:ISO|DIN|EN|ASME|ANSI|JIS|GB|BS|NF|UNI|GOST|ГОСТ|TGL|VDI)[ /-]?){1,3}(?:[A-Z] ?)?\d[\d.-]+(?::\d{4})?"
)
_FEWEST_OF_A_VALUE = 4
"""Words from which a text that reads as a label is a value."""


def is_norm(text: str) -> bool:
    """Whether a text is the number of a standard and nothing else: ``DIN EN ISO 5457``, ``ASME Y14.5-2018``."""
    return _NORM_ALONE.fullmatch(text.strip()) is not None


def fits(field: str | None, text: str) -> bool:
    """Whether a text can be the value of a field, by its form; labels, headings and sentences never are."""
    words = text.split()
    if field == "status" and role_of(text) is not None:
        return True
    if not words or words[-1].endswith(":") or is_heading(text):
        return False
    if field not in _MAY_BE_SIGNS and not any(char.isalnum() for char in text):
        return False  # dots to write on
    if ":" not in text and len(words) < _FEWEST_OF_A_VALUE and match_label(text) is not None:
        return False
    if field in _FORMS:
        return _FORMS[field].fullmatch(" ".join(words)) is not None
    if field in {"drawing_number", "part_number"}:
        return len(words) <= 8 and not text.rstrip().endswith(".")
    if field is None:  # the name of a person
        return len(words) <= 5 and not text.rstrip().endswith("!") and _NORM.search(text) is None
    return len(words) <= 20


def split_labels(text: str) -> list[str]:
    """Cut a line where a further label with its colon begins: "J. Doe DATE: 1.2.2026" is two texts."""
    cuts = [0]
    for colon in re.finditer(":", text):
        # a label begins no further back than the longest one is long
        begin = max(cuts[-1], colon.start() - 2 * _LONGEST)
        if _named_twice(text[begin : colon.start()].strip()) is not None:
            continue
        words = list(re.finditer(r"\S+", text[begin : colon.start()]))
        for word in words[-4:]:
            start = begin + word.start()
            key = fold(text[start : colon.start()])
            if key in FIELD_OF or key in ROLE_OF or key in CUSTOM_LABELS:
                cuts += [start] if start > cuts[-1] else []
                break
    return [text[start:end].strip() for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]


_OF = r"(?:/|of|von|de|di|sur|van|av|z|ze|od|od|из|от)"
SHEET_OF = re.compile(rf"([A-Z]{{0,2}}[-.]?\d{{1,4}})\s*(?:{_OF}\s*(\d{{1,4}})|\((\d{{1,4}})\))", re.IGNORECASE)
"""Number of a sheet and of all: "1 of 2", "1/2", and "1(2)" as Scandinavian frames write it."""
_RATIO = r"\d+(?:[.,]\d+)?\s*[:/∶]\s*\d+(?:[.,]\d+)?"
_MONTH = r"(?:[^\W\d_]{3,9}\.?)"
DATE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}([-./ ]) ?\d{1,2}\1 ?(?:\d{4}|\d{2})"
    rf"|\d{{1,2}}[-. ]?\s?{_MONTH}[-., ]?\s?\d{{2,4}}|{_MONTH} \d{{1,2}},? \d{{4}}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日",
    re.IGNORECASE,
)
"""A day as frames write it."""
_FORMS: Mapping[str | None, re.Pattern[str]] = {
    name: re.compile(form, re.IGNORECASE)
    for name, form in {
        "scale": rf"(?:m\s?)?{_RATIO}(?:\s*\([^()]{{1,20}}\))?|[\d./ ]+\"?\s*=\s*.{{1,16}}|n\.?t\.?s\.?|not to scale"
        r"|none|full( size)?|as (shown|noted)|-|~|без масштаба",
        "revision": r"(?:rev\.?\s*)?(?:[A-Z]{0,2}[-. ]?\d{0,4}(?:[.\-/]\d{1,3})*[A-Z]?|[A-ZА-Я]{1,2})|-|–",
        "sheet": rf"[A-Z]{{0,2}}[-.]?\d{{1,4}}(?:\s*(?:{_OF}\s*\d{{1,4}}|\(\d{{1,4}}\)))?",
        "sheets": r"\d{1,4}",
        "date": r"(?=.*\d).{4,25}",
        "mass": r"(?=.*\d).{1,24}",
        "format": r"(?:(?:DIN|ISO|ANSI|ARCH|JIS)\s*)?(?:[AB]\d\+?|[A-EJ])|\d+\s*[x×]\s*\d+(?:\s*mm)?",
    }.items()
}
"""What the values of a field look like, where that tells them from everything else on a sheet."""
_TYPED: Mapping[str | None, re.Pattern[str]] = {
    "scale": _FORMS["scale"],
    "sheet": re.compile(rf"[A-Z]{{0,2}}[-.]?\d{{1,4}}(?:\s*(?:{_OF}\s*\d{{1,4}}|\(\d{{1,4}}\)))?", re.IGNORECASE),
    "sheets": _FORMS["sheets"],
    "revision": _FORMS["revision"],
    "mass": re.compile(r"\d[\d.,]* ?(?:k?g|t|lbs?|oz|gram|кг)\.?", re.IGNORECASE),
    "format": re.compile(r"(?:(?:DIN|ISO|ANSI)\s*)?(?:A\d|[A-E])"),
    "date": DATE,
}
"""Forms that a value has behind a label without a colon."""
_SIZE = re.compile(r"((?:DIN\s*)?A[0-5])(?:\s+(?:drawing|sheet|format|landscape|portrait))?", re.IGNORECASE)


def sheet_size(text: str) -> str | None:
    """Read the name of a sheet size of ISO 216, which frames print without a label; None for anything else."""
    found = _SIZE.fullmatch(text.strip())
    return found[1] if found else None
