"""Title blocks as frames of many norms and programs arrange them, each drawn on a sheet of its own.

A layout lists the cells of a block in millimetres from its top left corner, one a line::

    x y width height | label | field | value | where

``where`` says how label and value stand in the cell: ``below`` (the label at the top, the value under it), ``beside``
(on one level), ``colon`` (in one text), ``alone`` (no label), ``large`` (no label, in larger letters), ``over`` (no
label and no rules), ``within`` (as ``below``, without rules: one of several labels in a ruled cell).  A field that is
printed blank has no value; a cell without a field belongs to the frame itself.  The arrangements and the words are
those of public templates and of the norms; the values are made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.plugins.pdf.sheets import HEIGHT, WIDTH, DrawingSheet

MM = 72 / 25.4
MARGIN = 10 * MM
LETTERS = {"large": 14.0, "below": 9.0, "beside": 9.0, "colon": 8.0, "alone": 9.0, "over": 9.0, "within": 9.0}
LABEL = 6.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a block."""

    box: tuple[float, float, float, float]
    label: str
    field: str
    value: str
    where: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A title block.

    Attributes:
        name: Norm or program it is modelled on, and its language.
        cells: Its cells.
        is_ruled: Whether rules surround the cells.
        corner: Left and top edge on the sheet in millimetres; None for the lower right corner of the frame.
        filename: Name of the sheet's file without its ending.
    """

    name: str
    cells: tuple[Cell, ...]
    is_ruled: bool = True
    corner: tuple[float, float] | None = None
    filename: str = "sheet"

    def expected(self) -> dict[str, str]:
        """What each field says, blank ones left out."""
        return {cell.field: cell.value for cell in self.cells if cell.field and cell.value}

    def blank(self) -> set[str]:
        """Fields that are printed without a value."""
        return {cell.field for cell in self.cells if cell.field and not cell.value} - set(self.expected())

    def draw(self, folder: Path) -> Path:
        """Draw the block on a sheet with a frame and a view."""
        sheet = DrawingSheet()
        sheet.box(MARGIN, MARGIN, WIDTH - MARGIN, HEIGHT - MARGIN)
        _view(sheet)
        width = max(cell.box[0] + cell.box[2] for cell in self.cells) * MM
        height = max(cell.box[1] + cell.box[3] for cell in self.cells) * MM
        left, top = WIDTH - MARGIN - width, HEIGHT - MARGIN - height
        if self.corner is not None:
            left, top = self.corner[0] * MM, self.corner[1] * MM
        for cell in self.cells:
            _draw(sheet, cell, left, top, is_ruled=self.is_ruled)
        return sheet.write(folder / f"{self.filename}.pdf")


def _view(sheet: DrawingSheet) -> None:
    """A part with dimensions, a section and a detail, whose texts are nothing of the block."""
    sheet.box(150, 150, 450, 350)
    sheet.circle(300, 250, 60)
    sheet.text(280, 140, "300", 10)
    sheet.text(130, 260, "200", 10, 90)
    sheet.text(330, 200, "4X ⌀12 THRU", 10)
    sheet.text(560, 380, "SECTION A-A", 12)
    sheet.text(560, 396, "SCALE 4:1", 10)
    sheet.text(480, 120, "R5 TYP", 10)


def _draw(sheet: DrawingSheet, cell: Cell, left: float, top: float, *, is_ruled: bool) -> None:
    x, y, width, height = (value * MM for value in cell.box)
    x, y = x + left, y + top
    if is_ruled and cell.where not in {"over", "within"}:
        sheet.box(x, y, x + width, y + height)
    size = LETTERS[cell.where]
    if cell.where == "colon":
        sheet.text(x + 2, y + height / 2 + 3, f"{cell.label} {cell.value}".strip(), size)
    elif cell.where == "beside":
        sheet.text(x + 2, y + height / 2 + 2, cell.label, LABEL)
        sheet.text(x + 4 + max(len(cell.label) * 4, 24), y + height / 2 + 2, cell.value, size)
    elif cell.where in {"below", "within"}:
        sheet.text(x + 2, y + LABEL + 1, cell.label, LABEL)
        sheet.text(x + 4, y + max(height - 3, LABEL + size + 1), cell.value, size)
    else:
        sheet.text(x + 4, y + height / 2 + size / 3, cell.value, size)


def _cells(lines: str) -> Iterator[Cell]:
    for line in filter(str.strip, lines.splitlines()):
        place, label, field, value, where = (part.strip() for part in line.split("|"))
        x, y, width, height = map(float, place.split())
        yield Cell((x, y, width, height), label, field, value, where)


def _layout(
    name: str,
    lines: str,
    *,
    is_ruled: bool = True,
    corner: tuple[float, float] | None = None,
    filename: str = "sheet",
) -> Layout:
    return Layout(name, tuple(_cells(lines)), is_ruled, corner, filename)


FIRST = (
    _layout("ISO 7200, en", """
0 0 80 24 | Title, Supplementary title | title | Bearing housing | below
80 0 60 12 | Created by | drawn | A. Winter | below
140 0 40 24 | Legal owner | company | Kestrel Drives Ltd | below
80 12 60 12 | Approved by | approved | M. Okoye | below
0 24 80 12 | Document type | document_type | Part drawing | below
80 24 60 12 | Identification number | drawing_number | KD-20417-03 | below
140 24 40 12 | Responsible department | department | Gearboxes | below
0 36 80 12 | Document status | status | Released | below
80 36 20 12 | Lang. | language | en | below
100 36 40 12 | Date of issue | date | 2024-11-05 | below
140 36 20 12 | Rev. | revision | C | below
160 36 20 12 | Sheet | sheet | 1/2 | below
"""),
    _layout("DIN 6771, de", """
0 0 50 8 | Maßstab | scale | 1:5 | beside
50 0 60 8 | Werkstoff | material | 42CrMo4 | beside
110 0 70 8 | Gewicht | mass | 12,4 kg | beside
0 8 20 6 | | | | alone
20 8 20 6 | | | Datum | alone
40 8 30 6 | | | Name | alone
0 14 20 6 | Bearb. | | | beside
20 14 20 6 | | drawn_date | 03.02.2023 | alone
40 14 30 6 | | drawn | Lindner | alone
0 20 20 6 | Gepr. | | | beside
20 20 20 6 | | checked_date | 06.02.2023 | alone
40 20 30 6 | | checked | Vogt | alone
0 26 20 6 | Norm | | | beside
20 26 20 6 | | | | alone
40 26 30 6 | | released | | alone
70 8 110 12 | Benennung | title | Antriebswelle | below
70 20 80 12 | Zeichnungsnummer | drawing_number | 300.417.02 | below
150 20 30 6 | Blatt | sheet | 1 | beside
150 26 30 6 | Index | revision | b | beside
0 32 180 10 | | company | Hansa Getriebebau GmbH | large
"""),
    _layout("SolidWorks, ANSI B", """
0 0 40 28 | UNLESS OTHERWISE SPECIFIED: | | | below
40 0 20 7 | | | | alone
60 0 20 7 | | | NAME | alone
80 0 20 7 | | | DATE | alone
40 7 20 7 | DRAWN | | | beside
60 7 20 7 | | drawn | JPL | alone
80 7 20 7 | | drawn_date | 4/12/2021 | alone
40 14 20 7 | CHECKED | | | beside
60 14 20 7 | | checked | | alone
80 14 20 7 | | | | alone
40 21 20 7 | ENG APPR. | | | beside
60 21 20 7 | | approved | | alone
80 21 20 7 | | | | alone
0 28 40 12 | MATERIAL | material | 6061-T6 ALUMINUM | below
0 40 40 12 | FINISH | finish | BLACK ANODIZE | below
100 0 80 10 | | company | SUMMIT FIXTURE CO. | large
100 10 80 18 | TITLE: | title | CLAMP ARM | below
100 28 15 12 | SIZE | format | B | below
115 28 45 12 | DWG. NO. | drawing_number | SF-10442 | below
160 28 20 12 | REV | revision | 2 | below
100 40 30 6 | SCALE: | scale | 1:2 | colon
130 40 25 6 | WEIGHT: | mass | | colon
155 40 25 6 | SHEET | sheet | 1 OF 1 | colon
"""),
    _layout("ГОСТ 2.104, ru", """
0 0 7 5 | Изм. | | | beside
7 0 10 5 | Лист | | | beside
17 0 23 5 | № докум. | | | beside
40 0 15 5 | Подп. | | | beside
55 0 10 5 | Дата | | | beside
0 5 17 5 | Разраб. | | | beside
17 5 23 5 | | drawn | Иванова | alone
40 5 15 5 | | | | alone
55 5 10 5 | | drawn_date | 12.03.21 | alone
0 10 17 5 | Пров. | | | beside
17 10 23 5 | | checked | Соколов | alone
40 10 15 5 | | | | alone
55 10 10 5 | | | | alone
0 15 17 5 | Н.контр. | | | beside
17 15 23 5 | | | | alone
40 15 15 5 | | | | alone
55 15 10 5 | | | | alone
0 20 17 5 | Утв. | | | beside
17 20 23 5 | | approved | Гусев | alone
40 20 15 5 | | | | alone
55 20 10 5 | | | | alone
65 -15 120 15 | | drawing_number | АБВГ.715423.018 | large
65 0 70 25 | | title | Вал приводной | large
65 25 70 15 | | material | Сталь 45 ГОСТ 1050-2013 | alone
135 0 15 5 | Лит. | | | beside
150 0 17 5 | Масса | | | beside
167 0 18 5 | Масштаб | | | beside
135 5 15 15 | | | | alone
150 5 17 15 | | mass | 3,2 | alone
167 5 18 15 | | scale | 1:2 | alone
135 20 20 5 | Лист | sheet | 1 | beside
155 20 30 5 | Листов | sheets | 2 | beside
135 25 50 15 | | company | ООО «Механика» | alone
"""),
    _layout("lines of text in the corner, en", """
0 0 100 7 | | title | Idler Bracket | large
0 7 100 7 | | material | Aluminium 6082 | alone
0 14 100 7 | | scale | Scale 2:1 | alone
0 21 100 7 | | general_tolerance | General tolerances ±0.2 mm | alone
0 28 100 7 | | company | Polar Robotics Laboratory | alone
0 35 100 7 | | | https://polar-robotics.example.org | alone
""", is_ruled=False),
    _layout("ASME Y14.1 without labels, en", """
0 0 47 26 | | projection | THIRD ANGLE PROJECTION | alone
0 26 15 6 | Drawn: | | | beside
15 26 32 6 | | drawn | R. Alvarez | alone
0 32 15 6 | Checked: | | | beside
15 32 32 6 | | checked | T. Brandt | alone
0 38 15 6 | Approved: | | | beside
15 38 32 6 | | approved | | alone
47 0 100 12 | | company | Fairmount Instruments, Inc. | alone
47 12 100 20 | | title | Optical mount, lower | large
47 32 15 12 | | format | B | alone
62 32 60 12 | | drawing_number | FI-0093-2210 | alone
122 32 25 12 | | revision | D | alone
47 44 40 6 | | scale | SCALE 1:4 | alone
87 44 60 6 | | sheet | SHEET 2 OF 3 | alone
""", filename="FI-0093-2210_D"),
    _layout("GB/T 10609.1, zh", """
0 0 12 7 | 设计 | | | beside
12 0 28 7 | | designed | 李华 | alone
40 0 16 7 | 标准化 | | | beside
56 0 24 7 | | released | | alone
0 7 12 7 | 校对 | | | beside
12 7 28 7 | | checked | 王芳 | alone
40 7 16 7 | 批准 | | | beside
56 7 24 7 | | approved | 赵强 | alone
80 0 50 28 | | material | 45钢 | large
80 28 26 7 | 阶段标记 | | | beside
106 28 12 7 | 重量 | | | beside
118 28 12 7 | 比例 | | | beside
80 35 26 9 | | | | alone
106 35 12 9 | | mass | 2.6 | alone
118 35 12 9 | | scale | 1:1 | alone
80 44 25 8 | | sheets | 共 3 张 | alone
105 44 25 8 | | sheet | 第 1 张 | alone
130 0 50 18 | | company | 江南精密机械有限公司 | alone
130 18 50 16 | | title | 传动轴 | large
130 34 50 18 | | drawing_number | JN-205-011 | large
"""),
    _layout("m52, fr", """
0 0 40 10 | Dessiné par | drawn | L. Moreau | below
40 0 40 10 | Date | date | 14/06/2022 | below
80 0 60 20 | Titre | title | Support de palier | below
140 0 40 10 | Échelle | scale | 1:2 | below
0 10 40 10 | Vérifié par | checked | | below
40 10 40 10 | Matière | material | S235JR | below
140 10 40 10 | Feuille | sheet | 1/1 | below
0 20 80 10 | Tolérances générales | general_tolerance | ISO 2768-mK | below
80 20 70 10 | N° de plan | drawing_number | PL-4471 | below
150 20 30 10 | Indice | revision | A | below
0 30 180 8 | | company | Ateliers Moreau SARL | large
"""),
    _layout("header over the frame, en", """
0 -4 90 8 | | own | Test Rig Series 7 | large
155 262 110 8 | | title | Spindle Adapter Plate | large
350 264 40 6 | | revision | Rev C | alone
""", is_ruled=False, corner=(15, 8), filename="rig7_adapter_rc"),
    _layout("Inventor, DIN, de", """
0 0 45 10 | Erstellt durch | drawn | S. Krause | below
45 0 45 10 | Geprüft durch | checked | | below
90 0 45 10 | Genehmigt durch | approved | | below
135 0 25 10 | Datum | date | 17.05.2022 | below
160 0 25 10 | Format | format | A3 | below
0 10 90 20 | | company | Nordlicht Maschinenbau AG | large
90 10 95 20 | Bauteilname | title | Lagerdeckel | below
90 30 55 10 | Zeichnungsname | drawing_number | NL-7781 | below
145 30 20 10 | Ausgabe | revision | 3 | below
165 30 20 10 | Blatt | sheet | 1 / 4 | below
"""),
)  # fmt: skip
"""Layouts that the rules were made with."""

SECOND = (
    _layout("ISO 7200, pl", """
0 0 80 24 | Tytuł rysunku, podtytuł: | title | Obudowa łożyska | below
80 0 60 12 | Rysował: | drawn | K. Lis | below
140 0 40 24 | Właściciel: | company | Wisła Napędy Sp. z o.o. | below
80 12 60 12 | Zatwierdził: | approved | P. Wrona | below
0 24 80 12 | Rodzaj dokumentu: | document_type | Rysunek części | below
80 24 60 12 | Numer rysunku: | drawing_number | WN-310-07 | below
140 24 40 12 | Wydział odpowiedzialny: | department | Napędy | below
0 36 80 12 | Status dokumentu: | status | Wydany | below
80 36 20 12 | Język: | language | PL | below
100 36 40 12 | Data wydania: | date | 2023-09-14 | below
140 36 20 12 | Rewizja: | revision | B | below
160 36 20 12 | Arkusz: | sheet | 1 / 2 | below
0 -12 80 12 | Materiał: | material | Stal 1.4301 | below
80 -12 40 12 | Tolerancje ogólne: | general_tolerance | ISO 2768-m | below
120 -12 20 12 | Podziałka: | scale | 1 : 1 | below
"""),
    _layout("ISO 7200, cs", """
0 0 80 24 | Název, doplňkový název: | title | Těleso ventilu | below
80 0 60 12 | Zpracoval: | drawn | J. Dvořák | below
140 0 40 24 | Vlastník: | company | Morava Pumpy s.r.o. | below
80 12 60 12 | Schválil: | approved | | below
0 24 80 12 | Typ dokumentu: | document_type | Výkres součásti | below
80 24 60 12 | Číslo výkresu: | drawing_number | MP-1102-4 | below
0 36 80 12 | Stav dokumentu: | status | V přípravě | below
80 36 20 12 | Jazyk: | language | CS | below
100 36 40 12 | Datum vydání: | date | 2022-04-28 | below
140 36 20 12 | Revize: | revision | 1 | below
160 36 20 12 | List: | sheet | 2 / 2 | below
0 -12 80 12 | Materiál dílu: | material | Ocel 11 523 | below
80 -12 40 12 | Všeobecné tolerance: | general_tolerance | ISO 2768-mK | below
120 -12 20 12 | Měřítko: | scale | 2 : 1 | below
"""),
    _layout("SFS, fi", """
0 0 115 15 | NIMIKE | title | Kannatinlevy | below
115 0 30 15 | PIIRUSTUSNRO | drawing_number | KL-2207 | below
145 0 20 15 | REVISIO | revision | A | below
165 0 15 15 | SIVU | sheet | 1/1 | below
0 15 115 15 | PROJEKTI | project | Nosturi 12 | below
115 15 30 15 | MITTAKAAVA | scale | 1:10 | below
145 15 35 15 | KOKO | format | A3 | below
0 30 60 15 | SUUNNITTELIJA | designed | M. Virtanen | below
60 30 50 15 | TARKASTAJA | checked | | below
110 30 40 15 | HYVÄKSYJÄ | approved | E. Laine | below
150 30 30 15 | PÄIVÄYS | date | 2.5.2023 | below
0 45 110 12 | OMISTAJA | company | Pohjola Nostimet Oy | below
110 45 70 12 | MASSA | mass | 14,8 kg | below
"""),
    _layout("Inventor, ANSI", """
0 0 25 8 | DRAWN | drawn | K. Mason | below
25 0 20 8 | | drawn_date | 6/18/2020 | alone
0 8 25 8 | CHECKED | checked | | below
25 8 20 8 | | | | alone
0 16 25 8 | QA | | | below
25 16 20 8 | | | | alone
0 24 25 8 | MFG | | | below
25 24 20 8 | | | | alone
0 32 25 8 | APPROVED | approved | | below
25 32 20 8 | | | | alone
45 0 100 14 | | company | Redwood Hydraulics LLC | large
45 14 100 12 | TITLE | title | Manifold, 4 port | below
45 26 15 10 | SIZE | format | C | below
60 26 60 10 | DWG NO | drawing_number | RH4471-2 | below
120 26 25 10 | REV | revision | 5 | below
45 36 50 6 | SCALE | scale | 1 / 4 | beside
95 36 50 6 | SHEET | sheet | 1 OF 2 | colon
"""),
    _layout("IRAM 4504, es", """
0 0 26 60 | Tolerancias Generales | general_tolerance | ISO 2768-m | below
26 0 33 5 | Proyectó | | | beside
59 0 20 5 | | designed | Suárez | alone
79 0 20 5 | | designed_date | 11/03/2019 | alone
26 5 33 5 | Dibujó | | | beside
59 5 20 5 | | drawn | Paz | alone
79 5 20 5 | | drawn_date | 12/03/2019 | alone
26 10 33 5 | Revisó | | | beside
59 10 20 5 | | checked | | alone
79 10 20 5 | | | | alone
26 15 33 5 | Aprobó | | | beside
59 15 20 5 | | approved | Ibarra | alone
79 15 20 5 | | | | alone
26 20 20 20 | Escala | scale | 1:20 | below
46 20 74 40 | Denominación | title | Bastidor soldado | below
26 40 20 20 | Formato | format | A3 | below
120 0 55 20 | Cliente | own | Aceros del Plata S.A. | below
120 20 55 20 | | company | Talleres Rivadavia S.R.L. | large
120 40 45 20 | N° plano | drawing_number | TR-0508 | below
165 40 10 20 | Pág. | sheet | 3 | below
"""),
    _layout("KiCad, en", """
0 0 180 8 | | company | Lumen Circuits | large
0 8 180 6 | Sheet: | | /power/ | colon
0 14 180 6 | File: | own | power.kicad_sch | colon
0 20 180 10 | Title: | title | Power stage | colon
0 30 40 6 | Size: | format | A3 | colon
40 30 60 6 | Date: | date | 2024-01-19 | colon
100 30 80 6 | Rev: | revision | 1.2 | colon
0 36 100 6 | | | KiCad E.D.A. 8.0.1 | alone
100 36 80 6 | Id: | sheet | 2/5 | colon
"""),
    _layout("CATIA, en", """
0 0 40 10 | DESIGNED BY: | designed | hbe | below
40 0 30 10 | DATE: | date | 09/10/2018 | below
0 10 40 10 | CHECKED BY: | checked | XXX | below
0 20 20 12 | SIZE | format | A3 | below
70 0 110 20 | DRAWING TITLE | title | ROCKER ARM ASSY | below
20 20 20 12 | SCALE | scale | 1:1 | below
40 20 30 12 | WEIGHT (kg) | mass | 0.84 | below
70 20 80 12 | DRAWING NUMBER | drawing_number | 4421-RA-00 | below
150 20 30 12 | SHEET | sheet | 1/1 | below
0 32 180 8 | | | This drawing is our property; it can't be reproduced without our written agreement. | alone
"""),
    _layout("NX, en", """
0 0 180 12 | | company | AURORA PROPULSION CORPORATION | large
0 12 60 10 | FIRST ISSUED | date | 08-MAR-2017 | below
60 12 60 10 | DRAWN BY | drawn | W. Tran | below
120 12 60 10 | CHECKED BY | checked | | below
0 22 120 12 | TITLE | title | TURBINE CASE, AFT | below
120 22 60 12 | DRG NO. | drawing_number | AP-77-0031 | below
0 34 40 8 | SIZE | format | A1 | colon
40 34 50 8 | SCALE | scale | 1:2 | colon
90 34 90 8 | ALL DIMENSIONS IN | units | MM | colon
"""),
    _layout("JIS, ja", """
0 0 30 10 | 設計 | designed | 佐藤 | below
30 0 30 10 | 製図 | drawn | 鈴木 | below
60 0 30 10 | 検図 | checked | 田中 | below
90 0 30 10 | 承認 | approved | | below
120 0 30 10 | 尺度 | scale | 1:2 | below
150 0 30 10 | 投影法 | projection | 第三角法 | below
0 10 90 14 | 図名 | title | 軸受ハウジング | below
90 10 90 14 | 図番 | drawing_number | HB-3021 | below
0 24 60 12 | 材質 | material | S45C | below
60 24 60 12 | 日付 | date | 2021/08/30 | below
120 24 60 12 | | company | 東海精機株式会社 | alone
"""),
    _layout("ISO 7200, sv", """
0 0 90 20 | Benämning | title | Fästplatta | below
90 0 50 10 | Konstruerad av | designed | B. Ek | below
90 10 50 10 | Granskad av | checked | | below
140 0 40 20 | Ägare | company | Norrmaskin AB | below
0 20 60 12 | Ritningsnummer | drawing_number | NM 4410 | below
60 20 30 12 | Utgåva | revision | 2 | below
90 20 30 12 | Skala | scale | 1:1 | below
120 20 30 12 | Datum | date | 2020-02-11 | below
150 20 30 12 | Blad | sheet | 1(1) | below
0 32 90 10 | Material | material | SS 2541 | below
90 32 90 10 | Vikt | mass | 0,6 kg | below
"""),
    _layout("NEN, nl", """
0 0 60 10 | Getekend | drawn | De Wit | below
60 0 60 10 | Gecontroleerd | checked | | below
120 0 60 10 | Datum | date | 21-10-2019 | below
0 10 120 14 | Benaming | title | Tandwielkast deksel | below
120 10 60 14 | Schaal | scale | 1:2 | below
0 24 60 12 | Materiaal | material | EN AW-6060 | below
60 24 60 12 | Tekeningnummer | drawing_number | TK-3308 | below
120 24 30 12 | Wijziging | revision | A | below
150 24 30 12 | Blad | sheet | 1 | below
0 36 180 8 | | company | De Wit Aandrijvingen B.V. | large
"""),
    _layout("ABNT, pt", """
0 0 60 10 | Desenhado por | drawn | C. Lopes | below
60 0 60 10 | Verificado | checked | | below
120 0 60 10 | Aprovado | approved | R. Dias | below
0 10 120 14 | Título | title | Suporte do motor | below
120 10 60 14 | Escala | scale | 1:5 | below
0 24 60 12 | Material | material | SAE 1020 | below
60 24 60 12 | Desenho nº | drawing_number | SM-118 | below
120 24 30 12 | Folha | sheet | 1/1 | below
150 24 30 12 | Revisão | revision | 0 | below
0 36 90 8 | Massa | mass | 1,9 kg | below
90 36 90 8 | | company | Metalúrgica Lopes Ltda. | alone
"""),
    _layout("m52, it", """
0 0 60 10 | Disegnato da | drawn | G. Ferri | below
60 0 60 10 | Controllato | checked | | below
120 0 60 10 | Data | date | 30/01/2020 | below
0 10 120 14 | Denominazione | title | Coperchio flangiato | below
120 10 60 14 | Scala | scale | 1:1 | below
0 24 60 12 | Materiale | material | EN-GJL-250 | below
60 24 60 12 | Disegno n. | drawing_number | CF-77/2 | below
120 24 30 12 | Foglio | sheet | 1 di 2 | below
150 24 30 12 | Rev. | revision | A | below
0 36 180 8 | | company | Officine Ferri S.p.A. | large
"""),
    _layout("shop without labels, en", """
0 0 110 12 | | company | HARTWELL TOOL & DIE INC. | large
0 12 110 6 | | | 2210 Mill Road, Dayton, OH 45402 | alone
0 18 110 14 | | title | PUNCH RETAINER | large
0 32 50 8 | | drawing_number | HT-5519-B | alone
50 32 30 8 | | scale | SCALE: 1:1 | alone
80 32 30 8 | | sheet | SHEET 1 OF 1 | alone
0 40 60 8 | | material | MATERIAL: 4140 STEEL | alone
60 40 50 8 | | date | 02/17/2016 | alone
""", filename="HT-5519-B"),
    _layout("lines of text below the views, en", """
0 0 120 7 | | title | Sensor Clamp | large
0 -7 120 7 | | date | 3.5.2021 | alone
0 7 120 7 | | material | PETG | alone
0 14 120 7 | | scale | Scale 1:2 | alone
0 21 120 7 | | units | Dimensions in millimeters | alone
0 28 120 7 | | company | Institute for Soft Machines | alone
""", is_ruled=False, corner=(140, 230)),
    _layout("number up the side, en", """
150 266 120 8 | | title | Flow Sensor Body | large
345 268 40 6 | | revision | Revision 4 | alone
0 -5 100 8 | | own | Calibration Parts 2019 | large
""", is_ruled=False, corner=(14, 9), filename="flow_sensor_body_r4"),
    _layout("header over a labelled grid, en", """
0 -226 60 8 | | document_type | Assembly Drawing | over
60 -226 70 8 | | own | Printer Mark II | over
0 0 90 14 | name: | title | Belt tensioner | below
90 0 90 14 | part nr.: | part_number | 2204-C1A | below
0 14 90 14 | material: | material | POM | below
90 14 90 14 | weight: | mass | 41 gram | below
0 28 90 14 | document number: | drawing_number | D 2204-C1A | below
90 28 90 14 | rev.nr.: | revision | B | below
""", corner=(230, 230)),
    _layout("LibreCAD, de", """
0 0 60 8 | Projekt: | project | Förderband | colon
60 0 60 8 | Maßstab: | scale | 1:10 | colon
120 0 60 8 | Datum: | date | 05.08.2021 | colon
0 8 120 10 | Titel: | title | Umlenkrolle | colon
120 8 60 10 | Zeichner: | drawn | H. Roth | colon
0 18 60 8 | Zeichnungs-Nr.: | drawing_number | FB-12-03 | colon
60 18 60 8 | Blatt: | sheet | 3 von 9 | colon
120 18 60 8 | Änderung: | revision | | colon
"""),
    _layout("ÖNORM, de", """
0 0 45 10 | Verantwortl. Abtlg. | department | KB 2 | below
45 0 45 10 | Technische Referenz | own | F. Huber | below
90 0 45 10 | Erstellt durch | drawn | L. Moser | below
135 0 45 10 | Genehmigt von | approved | F. Huber | below
0 10 45 26 | | company | Alpen Hydraulik KG | alone
45 10 45 13 | Dokumentenart | document_type | Zusammenbauzeichnung | below
45 23 45 13 | Titel, Zusätzlicher Titel | title | Druckspeicher | below
90 10 90 13 | Dokumentenstatus | status | freigegeben | below
90 23 45 13 | Sachnummer | drawing_number | AH-90.114 | below
135 23 10 13 | Änd. | revision | A | below
145 23 24 13 | Ausgabedatum | date | 2019-06-03 | below
169 23 15 13 | Bl. | sheet | 1/3 | below
"""),
)  # fmt: skip
"""Layouts that were held out first: 163 of 172 fields were right before a rule was mended for them."""

THIRD = (
    _layout("several labels in a cell, en", """
0 0 60 32 | | | | alone
0 0 60 16 | AUTHOR NAME: | drawn | B. Quist | within
0 16 60 16 | DATE: | drawn_date | 2020-03-04 | within
60 0 120 32 | | title | Filter head | large
0 32 60 32 | | | | alone
0 32 60 16 | SUPERVISOR NAME: | checked | E. Falk | within
0 48 60 16 | DATE: | checked_date | 2020-03-09 | within
60 32 70 32 | | | | alone
60 32 70 16 | Part number: | part_number | FH-7 | within
60 48 70 16 | Drawing number: | drawing_number | DW-3310-7 | within
130 32 50 16 | SCALE: | scale | 1:2 | below
130 48 50 16 | SHEET: | sheet | 2 / 3 | below
"""),
    _layout("labels that are artwork, en", """
0 0 45 16 | | | | alone
0 0 45 8 | | drawn | J. Brandt | over
0 8 45 8 | | drawn_date | 2021-11-02 | over
0 16 45 16 | | | | alone
0 16 45 8 | | checked | P. Sand | over
0 24 45 8 | | checked_date | 2021-11-05 | over
45 0 120 32 | | title | Valve spindle | large
45 20 120 10 | | subtitle | for test rig | over
0 32 20 12 | | scale | 1:5 | alone
20 32 25 12 | | mass | 2.31 | alone
45 32 90 12 | | drawing_number | VS-1182-04 | alone
135 32 30 12 | | sheet | 1 / 2 | alone
"""),
    _layout("ГОСТ 2.104, form 2a, ru", """
0 5 7 5 | | | | alone
7 5 10 5 | | | | alone
17 5 23 5 | | | | alone
40 5 15 5 | | | | alone
55 5 10 5 | | | | alone
0 10 7 5 | Изм. | | | beside
7 10 10 5 | Лист | | | beside
17 10 23 5 | № докум. | | | beside
40 10 15 5 | Подп. | | | beside
55 10 10 5 | Дата | | | beside
65 0 110 15 | | drawing_number | ТПЖА.301261.004 | large
175 0 10 7 | Лист | | | beside
175 7 10 8 | | sheet | 3 | alone
"""),
)  # fmt: skip
"""Arrangements of public templates that the rules were mended with."""

SEEN = (*FIRST, *SECOND, *THIRD)
"""All layouts that rules were made or mended with."""

HELD_OUT = (
    _layout("two languages, de and en", """
0 0 60 10 | Maßstab / Scale | scale | 1:2,5 | below
60 0 60 10 | Gewicht / Weight | mass | 7.35 kg | below
120 0 60 10 | Werkstoff / Material | material | X5CrNi18-10 | below
0 10 60 10 | Erstellt / Created | drawn | Baum | below
60 10 60 10 | Geprüft / Checked | checked | | below
120 10 60 10 | Datum / Date | date | 11.09.2023 | below
0 20 120 16 | Benennung / Title | title | Flanschlager UCF 205 | below
120 20 60 16 | Zeichnungs-Nr. / Drawing No. | drawing_number | 81-2240-B | below
0 36 120 10 | | company | Rheintal Fördertechnik GmbH & Co. KG | large
120 36 30 10 | Index / Rev. | revision | B | below
150 36 30 10 | Blatt / Sheet | sheet | 2 / 3 | below
"""),
    _layout("Altium, en", """
0 0 40 8 | Title | title | Gate Driver Board | beside
0 8 40 8 | Size | format | A4 | beside
60 8 60 8 | Number | drawing_number | GD-0042 | beside
120 8 60 8 | Revision | revision | 1.0 | beside
0 16 60 8 | Date: | date | 2023-02-27 | beside
120 16 60 8 | Sheet | sheet | 1 of 4 | beside
0 24 60 8 | File: | own | driver.SchDoc | beside
120 24 60 8 | Drawn By: | drawn | P. Nagy | beside
"""),
    _layout("rules between rows only, en", """
0 0 180 8 | DRAWN BY: | drawn | T. Sato | colon
0 8 180 8 | DATE: | date | 2022-10-03 | colon
0 16 180 8 | PART NAME: | title | Vacuum flange KF40 | colon
0 24 180 8 | DWG NO.: | drawing_number | VF-40-118 | colon
0 32 180 8 | MATERIAL: | material | 316L | colon
0 40 180 8 | SCALE: | scale | 1:1 | colon
"""),
    _layout("no rules at all, en", """
0 0 90 6 | Title: | title | Encoder bracket | colon
90 0 60 6 | Rev: | revision | F | colon
0 6 90 6 | Drawing no: | drawing_number | EB-210 | colon
90 6 60 6 | Sheet: | sheet | 1/1 | colon
0 12 90 6 | Material: | material | EN AW-5754 | colon
90 12 60 6 | Scale: | scale | 1:1 | colon
0 18 90 6 | Author: | drawn | Ruiz | colon
90 18 60 6 | Date: | date | 2024-03-12 | colon
""", is_ruled=False),
    _layout("university, en", """
0 0 70 24 | | company | Department of Mechanical Engineering | alone
70 0 110 16 | | title | Reaction wheel hub | large
70 16 40 8 | STUDENT | own | N. Iyer | below
110 16 40 8 | DATE | date | 5 May 2021 | below
150 16 30 8 | SCALE | scale | 2:1 | below
0 24 90 8 | MATERIAL | material | Brass | beside
90 24 90 8 | DRAWING NO. | drawing_number | ME-310-07 | beside
"""),
    _layout("ЕСКД, second form, ru", """
0 0 20 5 | Изм | | | beside
20 0 20 5 | Лист | | | beside
40 0 25 5 | № докум. | | | beside
65 0 15 5 | Подпись | | | beside
80 0 15 5 | Дата | | | beside
0 5 20 5 | Разработал | | | beside
20 5 45 5 | | drawn | Кузнецова | alone
65 5 15 5 | | | | alone
80 5 15 5 | | drawn_date | 04.09.19 | alone
0 10 20 5 | Проверил | | | beside
20 10 45 5 | | checked | Орлов | alone
65 10 15 5 | | | | alone
80 10 15 5 | | | | alone
95 -14 90 14 | | drawing_number | ТПЖА.301261.004 СБ | large
95 0 50 20 | | title | Корпус подшипника | alone
145 0 20 5 | Масса | | | beside
165 0 20 5 | Масштаб | | | beside
145 5 20 15 | | mass | 11,8 | alone
165 5 20 15 | | scale | 1:4 | alone
95 20 25 5 | Лист | sheet | 2 | beside
120 20 25 5 | Листов | sheets | 5 | beside
145 20 40 15 | | company | АО «Станкосервис» | alone
"""),
    _layout("GB/T, simple, zh", """
0 0 60 16 | | title | 端盖 | large
60 0 20 8 | 比例 | | | beside
80 0 20 8 | | scale | 1:1 | alone
60 8 20 8 | 材料 | | | beside
80 8 20 8 | | material | HT200 | alone
100 0 40 16 | | drawing_number | DG-07-003 | alone
0 16 20 8 | 制图 | | | beside
20 16 20 8 | | drawn | 孙丽 | alone
40 16 20 8 | | drawn_date | 2020.6.1 | alone
0 24 20 8 | 审核 | | | beside
20 24 20 8 | | checked | 周明 | alone
40 24 20 8 | | | | alone
60 16 80 16 | | company | 华东理工大学 | alone
"""),
    _layout("Creo, en", """
0 0 30 8 | DRAWN | drawn | HJP | below
30 0 30 8 | ISSUED | date | 14-Jan-19 | below
0 8 30 8 | CHECKED | checked | | below
60 0 120 10 | | company | Alder Optics Ltd. | large
60 10 120 14 | TITLE | title | LENS CELL RETAINER | below
60 24 20 10 | SIZE | format | A3 | below
80 24 60 10 | DRAWING NO. | drawing_number | AO_LC_0117 | below
140 24 40 10 | SHEET | sheet | 1 of 1 | below
0 16 60 18 | ALL DIMENSIONS IN | units | MM | colon
"""),
    _layout("Onshape, en", """
0 0 60 10 | UNLESS OTHERWISE SPECIFIED DIMENSIONS ARE IN INCHES | | | below
60 0 120 12 | TITLE | title | Gearbox cover | below
60 12 15 10 | SIZE | format | B | below
75 12 60 10 | DWG. NO. | drawing_number | GC-2001 | below
135 12 45 10 | REV | revision | A | below
60 22 40 6 | SCALE | scale | 1:3 | colon
100 22 40 6 | WEIGHT | mass | 1.2 lb | colon
140 22 40 6 | SHEET | sheet | 1 of 1 | colon
0 10 60 9 | MATERIAL | material | AISI 304 | below
0 19 60 9 | FINISH | finish | Passivate | below
"""),
    _layout("along the right side, en", """
0 0 60 20 | | company | Meridian Cryogenics Inc. | alone
0 20 60 20 | Project | project | Dilution stage | below
0 40 60 20 | Title | title | Thermal link | below
0 60 60 10 | Drawn | drawn | V. Hale | below
0 70 60 10 | Date | date | 2023/08/01 | below
0 80 60 10 | Scale | scale | 5:1 | below
0 90 60 14 | Drawing no. | drawing_number | MC-L-033 | below
0 104 60 10 | Rev. | revision | 0 | below
"""),
    _layout("NF E, fr", """
0 0 45 18 | | company | Mécanique du Jura SAS | alone
45 0 90 18 | Désignation | title | Bride de serrage | below
135 0 45 9 | Format | format | A3 | below
135 9 45 9 | Ech. | scale | 1:2 | below
0 18 45 9 | Dessinateur | drawn | C. Petit | below
45 18 45 9 | Vérificateur | checked | B. Roy | below
90 18 45 9 | Matière | material | C45 | below
135 18 45 9 | Masse | mass | 0,42 kg | below
0 27 90 12 | Référence | drawing_number | BS-0117-A | below
90 27 45 12 | Indice | revision | A | below
135 27 45 12 | Folio | sheet | 1/1 | below
"""),
    _layout("shop, number in the file name, en", """
0 0 100 10 | | company | Okafor Precision Machining | large
0 10 100 14 | | title | GUIDE RAIL END STOP | large
0 24 30 8 | | format | A | alone
30 24 50 8 | | drawing_number | 10-4471 | alone
80 24 20 8 | | revision | C | alone
0 32 50 6 | | scale | 1:1 | alone
50 32 50 6 | | date | 2019-12-02 | alone
""", filename="10-4471"),
    _layout("Spanish, UNE", """
0 0 30 8 | | | | alone
30 0 30 8 | | | Fecha | alone
60 0 40 8 | | | Nombre | alone
0 8 30 8 | Dibujado | | | beside
30 8 30 8 | | drawn_date | 12-05-22 | alone
60 8 40 8 | | drawn | L. Gil | alone
0 16 30 8 | Comprobado | | | beside
30 16 30 8 | | checked_date | 13-05-22 | alone
60 16 40 8 | | checked | A. Mora | alone
100 0 80 16 | | company | Engranajes del Norte S.L. | large
0 24 30 16 | Escala | scale | 1:1 | below
30 24 100 16 | Denominación | title | Piñón cónico | below
130 24 50 16 | Nº plano | drawing_number | EN-3302 | below
"""),
)  # fmt: skip
"""Layouts that no rule was made with: their score is the honest one."""
