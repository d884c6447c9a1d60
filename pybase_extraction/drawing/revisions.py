"""Revision tables: which header names which column, and what the lines say (ISO 7200, ASME Y14.35).

Sheets list their revisions below a header or, as ASME Y14.35 and DIN 6771 draw them, above it.  In CAD drawings each
line may be an insert of one block, or numbered attributes of the title block (``REV1``, ``DATE1``, ``REV2``...).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from pybase_extraction.drawing.list_grid import lines_beside
from pybase_extraction.drawing.parts_list import is_header_row, match_header
from pybase_extraction.drawing.title_labels import fold, match_label
from pybase_extraction.results import Provenance, Revision

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "index": (
        "rev", "revision", "rev no", "rev nr", "revision no", "revision nr", "revision number", "rev index",
        "revisionsindex", "anderungsindex", "aenderungsindex", "indice de revision", "revisione", "版本", "版次",
        "更改标记", "标记",
    ),
    "description": (
        "description", "descr", "desc", "revision note", "revision notes", "note", "notes", "change", "changes",
        "nature of revision", "description of revision", "revision description", "description of change",
        "details of change", "modification", "modifications", "modificacion", "modifica", "modifiche", "anderung",
        "anderungen", "aenderung", "aenderungen", "art der anderung", "beschreibung", "bemerkung", "mitteilung",
        "objet", "nature de la modification", "descripcion", "descrizione", "更改内容", "说明",
    ),
    "date": ("date", "rev date", "revision date", "datum", "fecha", "data", "tag", "日期", "年月日", "年 月 日"),
    "author": (
        "by", "name", "drawn", "drawn by", "drn", "dwn", "dr", "rev by", "revised by", "author", "bearb", "bearbeiter",
        "gez", "nom", "par", "auteur", "dessine", "por", "autor", "nombre", "nome", "firma", "sign", "signature",
        "签名",
    ),
    "approved": (
        "approved", "approved by", "appr", "appd", "app d", "app", "appvd", "genehmigt", "freigegeben", "freigabe",
        "approuve", "aprobado", "approvato", "批准",
    ),
    "zone": ("zone", "zones", "feld", "planquadrat", "zona", "分区"),
}  # fmt: skip
"""Headers by column, as ``fold`` writes them: en, de, fr, es, it, zh."""

_FURTHER: Mapping[str, str] = {
    "index": """
        zm; zm nr;
        revisie; wijziging; wijz; revisão; rev nº; rewizja; nr zmiany; revize; změna č; ozn změny; utgåva; ändr nr;
        revisjon; muutos; muutos nro; ревизия; 版; 改訂; 改訂番号; revize no; rev letter; eco rev
    """,
    "description": """
        omschrijving; omschrijving wijziging; descrição; alteração; opis zmiany; opis; zmiana; popis změny; popis;
        změna; ändring; ändringen avser; ändringens art; beskrivning; beskrivelse; endring; muutoksen kuvaus; kuvaus;
        содержание изменения; описание; 変更内容; 改訂内容; 訂正内容; 内容; açıklama; reason for change;
        revision details; änderungsbeschreibung; änderungsgrund; descrizione modifica; descrizione della modifica;
        änderungsvermerk; description of changes; libellé; evolution;
        nature des modifications; désignation de la modification; désignation des modifications;
        módosítás; descriere; änderungstext; motivo; descripción de la modificación
    """,
    "date": "dátum; dato; dag; data zmiany; datum změny; pvm; päiväys; 日付; tarih; änderungsdatum",
    "author": """
        init; initialer; tegn; tegnet; établi; établi par; dessiné; dibujado; realizado; név; nume; întocmit;
        naam; paraaf; rubrica; feito por; podpis; nazwisko; jméno; provedl; ändrad av; infört av; sign; utført av;
        tekijä; nimi; фамилия; 担当; 変更者; yapan; geändert; änd durch; visa; revised; eng; initials
    """,
    "approved": """
        akkoord; goedgekeurd; aprovado; zatwierdził; zatw; schválil; godkänd; godk; godkjent; hyv; hyväksynyt; утв;
        承認; onay; chkd; checked; chk; gepr; geprüft; vérifié; approval
    """,
    "zone": "strefa; pole; ruutu; зона; 区分; zonen; feldnr",
}
"""Headers in Dutch, Portuguese, Polish, Czech, Swedish, Norwegian, Danish, Finnish, Russian, Japanese, parted by
semicolons.  Those of ГОСТ 2.104 stand above the signatures as well and are left out."""

_COLUMN_OF: Mapping[str, str] = {
    fold(header): column
    for column in reversed([*COLUMNS])
    for header in (*COLUMNS[column], *_FURTHER[column].split(";"))
}
_WEAK_INDEX = frozenset(
    {"index", "ind", "indice", "mark", "symbol", "sym", "issue", "iss", "ed", "edition", "ausgabe", "ausg", "zust",
     "zustand", "jel",
     "and", "aend", "nr", "no", "n", "ltr", "letter", "buchst", "ref"}
)  # fmt: skip
"""Words that name the column of indexes only beside a date: parts lists and indexes of drawings use them too."""
_TWICE = 2
_FEWEST_NAMED = 3
_NUMBER = re.compile(r"\d{1,2}")
_OF_REVISIONS = re.compile(r"\A(?:rev|revision|revisions|and|aend|ind) (?=.)")


def match_column(text: str) -> str | None:
    """Tell which column of a revision table a header names; None when it names none.

    Returns:
        A key of ``COLUMNS``; ``"index?"`` for a word that names indexes only beside a date.
    """
    key = fold(text)
    return _COLUMN_OF.get(key) or ("index?" if key in _WEAK_INDEX else None)


def find_columns(header: Sequence[str | None]) -> list[str | None] | None:
    """Columns that a row of headers names, left to right; None when it is no header of a revision table."""
    columns = [match_column(text) if text and text.strip() else None for text in header]
    named = set(columns)
    if "quantity" in {match_header(text) for text in header if text} or _lists_drawings(header):
        return None
    if "description" not in named and columns.count("index") == _TWICE:
        # "Rev." beside "Wijziging", which names the index where it stands alone
        columns[len(columns) - 1 - columns[::-1].index("index")] = "description"
    if "index" not in named and "index?" in named and "date" in named and named & {"description", "author"}:
        place = columns.index("index?")
        columns[place] = "index"
    columns = _with_description(columns, header)
    found = [None if column == "index?" else column for column in columns]
    return found if "index" in found and {"description", "date"} & set(found) else None


def _with_description(columns: list[str | None], header: Sequence[str | None]) -> list[str | None]:
    """The columns, with that of the descriptions where no header of the vocabulary names it.

    "No." before the word "Revision" is the index, and that says what was changed.  Else it is the one column without a
    name, or the one behind the index, in a table that has dates and one name more.
    """
    if "description" in columns or not {"index", "date"} <= {*columns}:
        return columns
    columns = list(columns)
    # a grid that the table shares with a title block has more columns than headers
    filled = [place for place, text in enumerate(header) if text and text.strip()]
    at = columns.index("index")
    before, after = filled[: filled.index(at)], filled[filled.index(at) + 1 :]
    if before and columns[before[-1]] == "index?" and fold(header[at] or "").startswith("revisi"):
        columns[before[-1]], columns[at] = "index", "description"
        return columns
    unnamed = [place for place in filled if columns[place] is None]
    if after and after[0] in unnamed:
        unnamed = after[:1]
    if len(unnamed) == 1 and unnamed[0] > at and len({*columns} - {None, "index?"}) >= _FEWEST_NAMED:
        columns[unnamed[0]] = "description"
    return columns


def _lists_drawings(header: Sequence[str | None]) -> bool:
    """Whether headers are those of an index of drawings, which has a column of revisions and one of dates too."""
    labels = (match_label(text) for text in header if text and match_column(text) is None)
    named = {label.field for label in labels if label is not None and not fold(label.text).startswith("doc")}
    return bool(named & {"drawing_number", "scale"})


def read_revisions(
    rows: Sequence[Sequence[str | None]], provenance: Provenance, places: Sequence[Provenance] | None = None
) -> tuple[Revision, ...]:
    """Read a table of revisions, the line beside its header first; empty when it is none.

    It ends where the next row of headers or labels begins: frames rule it together with their title block.

    Args:
        rows: Texts of the cells, top row first.
        provenance: Place of the table.
        places: Place of each row, or None.
    """
    headed = ((at, find_columns(row)) for at, row in enumerate(rows))
    at, columns = next(((at, columns) for at, columns in headed if columns is not None), (0, None))
    if columns is None:
        return ()
    chosen = lines_beside(
        rows,
        range(at, at + 1),
        [start for start, text in enumerate(rows[at]) if text is not None],
        # a table of forms is printed with empty lines: the side that is filled is the one that is read
        is_line=lambda row: _is_dated(_values(columns, row)),
        is_header=lambda row: find_columns(row) is not None or is_header_row(row),
    ).rows
    lines: list[Revision] = []
    for number in chosen:
        place = provenance if places is None else places[number]
        values = _values(columns, rows[number])
        if values and set(values) <= {"description"} and lines:
            lines[-1] = _continued(lines[-1], values["description"])
        elif _is_line(values):
            lines.append(_revision(values, rows[number], place))
    return tuple(lines)


def revisions_from_lines(lines: Iterable[tuple[Mapping[str, str | None], Provenance]]) -> tuple[Revision, ...]:
    """Read revisions of which each is one insert of a block with attributes.

    Args:
        lines: Values by attribute tag, and the place of the insert.
    """
    found = []
    for attributes, place in lines:
        columns = find_columns([tag.replace("_", " ") for tag in attributes])
        values = _values(columns or (), list(attributes.values()))
        if _is_line(values):
            found.append(_revision(values, list(attributes.values()), place))
    return tuple(found)


def revisions_from_attributes(attributes: Mapping[str, tuple[str, Provenance]]) -> tuple[Revision, ...]:
    """Read revisions from numbered attributes of a title block, by number: ``REV1``, ``REV_DATE_1``, ``R2_DESC``.

    Args:
        attributes: Value and place by tag.
    """
    groups: dict[int, dict[str, tuple[str, Provenance]]] = {}
    about: dict[int, bool] = {}
    for tag, (value, place) in attributes.items():
        number, column, names_revision = _numbered(tag)
        if number is not None and column is not None:
            groups.setdefault(number, {}).setdefault(column, (value, place))
            # DATE1 and DESC1 alone may belong to anything; one of the tags must speak of revisions
            about[number] = about.get(number, False) or names_revision
    found = []
    for number in sorted(groups):
        values = {column: " ".join(value.split()) for column, (value, _) in groups[number].items() if value.strip()}
        if about[number] and len(groups[number]) > 1 and _is_line(values):
            raw = [value for value, _ in groups[number].values()]
            found.append(_revision(values, raw, next(iter(groups[number].values()))[1]))
    return tuple(found)


@lru_cache(maxsize=4096)
def _numbered(tag: str) -> tuple[int | None, str | None, bool]:
    """The number in a tag where there is one, the column that the rest names, and whether it speaks of revisions."""
    numbers = _NUMBER.findall(tag)
    stem = fold(_NUMBER.sub(" ", tag))
    number = int(numbers[0]) if len(numbers) == 1 else None
    return number, _stem_column(stem), stem.startswith(("rev", "aend"))


def _stem_column(stem: str) -> str | None:
    bare = _OF_REVISIONS.sub("", stem)
    column = match_column(bare) or match_column(stem)
    return "index" if stem in {"rev", "r", "revision"} else None if column == "index?" else column


def _values(columns: Sequence[str | None], row: Sequence[str | None]) -> dict[str, str]:
    values: dict[str, str] = {}
    for column, text in zip(columns, row, strict=False):
        if column is not None and text and text.strip():
            values.setdefault(column, " ".join(text.split()))
    return values


def _is_dated(values: Mapping[str, str]) -> bool:
    """Whether a line can only be a revision: it has an index of a few characters or a date."""
    return len(values.get("index", "")) in range(1, 5) or any(map(str.isdigit, values.get("date", "")))


def _is_line(values: Mapping[str, str]) -> bool:
    return bool({"index", "description", "date"} & values.keys())


def _revision(values: Mapping[str, str], row: Sequence[str | None], place: Provenance) -> Revision:
    raw = " | ".join(" ".join(text.split()) for text in row if text and text.strip())
    return Revision(raw=raw, provenance=place, **values)


def _continued(revision: Revision, more: str) -> Revision:
    """A description that goes on in the next row."""
    text = f"{revision.description} {more}" if revision.description else more
    return revision.model_copy(update={"description": text, "raw": f"{revision.raw} | {more}"})
