"""Score revision tables on sheets that are drawn for it: headers of many languages, ruled, ruled level and not at all.

``python -m tests.score.pdf_drawn_revisions [first|second]``

Every table is drawn three times for every kind of rules: at the upper right downwards, there upwards, and above the
title block, whose lower right corner is that of the sheet's frame.  The second set of headers was written down and
scored before anything was mended for it.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.sheets import DrawingSheet

FIRST = """
REV=i DESCRIPTION=d DATE=t APPROVED=n | REV.=i ECN=e DESCRIPTION=d BY=n DATE=t
ZONE=z REV=i DESCRIPTION=d DATE=t APPROVED=n
ISSUE=i CHANGE=d DATE=t SIGN=n | Änd.=i Änderung=d Datum=t Name=n | Index=i Beschreibung=d Datum=t Bearb.=n
Zust.=i Änderung=d Datum=t Name=n | Rev.=i Änderungsgrund=d Datum=t Gepr.=n | Ind.=i Modification=d Date=t Nom=n
Indice=i Désignation_de_la_modification=d Date=t Visa=n | Rev.=i Modificación=d Fecha=t Nombre=n
Ed.=i Descripción=d Fecha=t Firma=n | Rev.=i Modifica=d Data=t Firma=n | Ind.=i Descrizione_modifica=d Data=t Nome=n
Rev.=i Alteração=d Data=t Nome=n | Rev.=i Wijziging=d Datum=t Naam=n | Zm.=i Opis_zmiany=d Data=t Podpis=n
Index=i Změna=d Datum=t Podpis=n | Rev=i Ändring=d Datum=t Sign=n
"""
SECOND = """
LTR=i DESCRIPTION=d DATE=t BY=n | REV=i CHANGE_DESCRIPTION=d DATE=t DRAWN_BY=n | No.=i Revision=d Date=t Initials=n
REV=i ECO=e CHANGE=d DATE=t CHKD=n | Rev=i Ændring=d Dato=t Init=n | Rev.=i Endring=d Dato=t Tegn.=n
Muutos=i Kuvaus=d Pvm=t Nimi=n | Jel=i Módosítás=d Dátum=t Név=n | Rev.=i Descriere=d Data=t Nume=n
Rev.=i Açıklama=d Tarih=t Yapan=n | Ausg.=i Änderungstext=d Datum=t Name=n | Rev.=i Mitteilung=d Tag=t Name=n
Rév.=i Objet_de_la_modification=d Date=t Établi=n | Ind.=i Évolution=d Date=t Dessiné=n
Nº=i Revisión=d Fecha=t Dibujado=n
"""
CHANGES = ["HOLE MOVED 5 MM", "Material changed", "First issue", "RADIUS 3 WAS 5", "Thread M8 added", "Surface added"]
WIDTHS = {"i": 60, "d": 210, "t": 90, "n": 110, "e": 60, "z": 50}
PLACES = ("top", "top upwards", "block")
RULES = ("grid", "level", "none")
FRAME = (20, 20, 1150, 800)


def tables(listed: str) -> list[list[tuple[str, str]]]:
    """Headers of every table with what their columns hold."""
    parts = [part.split() for line in listed.strip().splitlines() for part in line.split(" | ")]
    return [
        [(head.replace("_", " "), kind) for head, _, kind in (cell.rpartition("=") for cell in part)] for part in parts
    ]


def lines_of(table: Sequence[tuple[str, str]], pick: random.Random) -> list[dict[str, str]]:
    """What the lines of a table say, by the kind of column."""
    first = ord(pick.choice("A01"))
    found = []
    for number in range(pick.randint(1, 4)):
        day, month, year = pick.randint(10, 28), pick.randint(1, 9), pick.randint(2010, 2025)
        said = {"i": chr(first + number), "d": pick.choice(CHANGES), "n": pick.choice(["Keller", "RS", "J. Novak"])}
        said |= {"t": pick.choice([f"{day}.0{month}.{year}", f"{year}-0{month}-{day}"]), "e": "117", "z": "C3"}
        found.append({kind: said[kind] for _, kind in table})
    return found


def draw(path: Path, rows: Sequence[Sequence[str]], widths: Sequence[int], rules: str, place: str) -> Path:
    """Draw a sheet: a view, a title block and the table, whose rows are given from top to bottom."""
    sheet = DrawingSheet()
    x0, top, x1, bottom = FRAME
    sheet.box(x0, top, x1, bottom)
    sheet.box(100, 250, 400, 500)
    sheet.text(220, 240, "120,5", 10)
    block = [
        ("TITLE: Gear unit", "SCALE: 1:2"),
        ("DRAWING NO: A-4711", "REV: B"),
        ("MATERIAL: S235JR", "DRAWN: Keller"),
    ]
    for row, texts in enumerate(block):
        for column, text in enumerate(texts):
            left, upper = x1 - 440 + 220 * column, bottom - 60 + 20 * row
            sheet.box(left, upper, left + 220, upper + 20)
            sheet.text(left + 5, upper + 14, text, 9)
    upper, right = (top if place != "block" else bottom - 60 - 18 * len(rows)), x1 - sum(widths)
    for row, texts in enumerate(rows):
        left, y = right, upper + 18 * row
        for text, width in zip(texts, widths, strict=True):
            if rules == "grid":
                sheet.box(left, y, left + width, y + 18)
            sheet.text(left + 4, y + 13, text, 8)
            left += width
        if rules == "level":
            sheet.line(right, y + 18, left, y + 18)
    return sheet.write(path)


def score(table: Sequence[tuple[str, str]], folder: Path) -> tuple[int, int, int]:
    """Lines right, drawn and found: right are those whose index, description and date are."""
    right = drawn = found = 0
    for rules in RULES:
        for place in PLACES:
            lines = lines_of(table, random.Random(f"{table} {rules} {place}"))
            rows = [[head for head, _ in table], *([said[kind] for _, kind in table] for said in lines)]
            widths = [WIDTHS[kind] for _, kind in table]
            path = draw(folder / "sheet.pdf", rows if place == "top" else rows[::-1], widths, rules, place)
            options = PdfOptions(extract_title_block=True, extract_text=False, ocr="never")
            result = PdfExtractor().extract(Source.from_path(path), options, ExtractionContext())
            read = [(line.index, line.description, line.date) for line in result.revisions]
            right += sum((said["i"], said["d"], said["t"]) in read for said in lines)
            drawn += len(lines)
            found += len(read)
    return right, drawn, found


def main() -> None:
    """Print the tables that are not read in full, and the sums."""
    wanted = sys.argv[1:] or ["first", "second"]
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            total = (0, 0, 0)
            for table in tables({"first": FIRST, "second": SECOND}[name]):
                counts = score(table, Path(folder))
                total = tuple(one + other for one, other in zip(total, counts, strict=True))
                if len({*counts}) > 1:
                    print(" ".join(head for head, _ in table), *counts)
            print(f"{name}: {total[0]} of {total[1]} lines right, {total[2]} found")


if __name__ == "__main__":
    main()
