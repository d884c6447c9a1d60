"""Headers of parts lists as CAD systems and shops of many languages print them."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing.parts_list import is_header_row, match_headers

LISTS = """
Teil=item;Anzahl=quantity;Artikelnummer=part_number;Benennung=description;Werkstoff=material
Part=item;Qty=quantity;Part number=part_number;Description=description
Rif.=item;Quantità=quantity;N. disegno=part_number;Denominazione=description;Materiale=material
Marca=item;Cantidad=quantity;Nº de plano=part_number;Denominación=description
Ref.=item;Cant.=quantity;Código=part_number;Descripción=description
ITEM NO.=item;PART NUMBER=part_number;DESCRIPTION=description;QTY.=quantity
ITEM=item;QTY=quantity;PART NUMBER=part_number;DESCRIPTION=description
OBJEKT=item;ANZAHL=quantity;BAUTEILNUMMER=part_number;BESCHREIBUNG=description
PC NO=item;PART NAME=description;QTY=quantity
Item Number=item;File Name (no extension)=part_number;Material=material;Quantity=quantity
Pos.=item;Menge=quantity;Benennung=description;Sachnummer/Norm-Kurzbezeichnung=part_number;Werkstoff=material;Bemerkung=remarks
Pos.=item;Stück=quantity;Benennung=description;Zeichn.-Nr.=part_number;Gewicht (kg)=mass
REP.=item;NB.=quantity;DÉSIGNATION=description;MATIÈRE=material;OBSERVATIONS=remarks
Rep=item;Nb=quantity;Désignation=description;Référence=part_number
MARCA=item;CANT.=quantity;DENOMINACIÓN=description;MATERIAL=material;N.º DE PLANO=part_number
N°=item;CANTIDAD=quantity;DESCRIPCIÓN=description;MATERIAL=material;OBSERVACIONES=remarks
POS.=item;Q.TÀ=quantity;DESCRIZIONE=description;MATERIALE=material;NOTE=remarks
N. PART.=item;DENOMINAZIONE=description;N. PEZZI=quantity;MATERIALE=material
序号=item;代号=part_number;名称=description;数量=quantity;材料=material;单重=mass;总重=mass_total;备注=remarks
品番=part_number;品名=description;材質=material;個数=quantity;備考=remarks
照合番号=item;品名=description;材料=material;個数=quantity;工程=;質量=mass;備考=remarks
Поз.=item;Обозначение=part_number;Наименование=description;Кол.=quantity;Примечание=remarks
Формат=;Зона=;Поз.=item;Обозначение=part_number;Наименование=description;Кол.=quantity;Масса=mass;Материал=material
Poz.=item;Nazwa części=description;Nr rysunku=part_number;Ilość=quantity;Materiał=material;Uwagi=remarks
Lp.=item;Nazwa=description;Sztuk=quantity;Norma=part_number;Masa=mass
Poz.=item;Název=description;Číslo výkresu=part_number;Ks=quantity;Materiál=material;Hmotnost=mass;Poznámka=remarks
Pos=item;Antal=quantity;Benämning=description;Material=material;Artikelnr=part_number;Anm.=remarks
Det.nr=item;Ant.=quantity;Benämning=description;Ritn.nr=part_number;Vikt=mass
Pos=item;Antall=quantity;Betegnelse=description;Tegningsnr=part_number;Vekt=mass
Osa=item;Kpl=quantity;Nimitys=description;Piirustusnro=part_number;Aine=material;Massa=mass;Huom.=remarks
Pos.=item;Aantal=quantity;Omschrijving=description;Artikelnummer=part_number;Materiaal=material;Opmerkingen=remarks
Item=item;Quant.=quantity;Denominação=description;Desenho nº=part_number;Material=material;Peso=mass;Observações=remarks
Pos.=item;Qtd.=quantity;Descrição=description;Código=part_number;Massa (kg)=mass
FIND NO.=item;QTY REQD=quantity;PART OR IDENTIFYING NO.=part_number;NOMENCLATURE OR DESCRIPTION=description
MARK=item;QTY=quantity;DESCRIPTION=description;LENGTH=;WEIGHT (LBS)=mass;REMARKS=remarks
Item=item;Component=description;Vendor=;Vendor P/N=part_number;Qty per Assy=quantity;UoM=unit
Pos=item;Bezeichnung=description;Artikel-Nr.=part_number;Anz.=quantity;Einheit=unit;Gesamtgewicht=mass_total
Sıra No=item;Parça Adı=description;Adet=quantity;Malzeme=material
Level=level;Item=item;Part No.=part_number;Rev=revision;Description=description;Qty=quantity
Unit Weight=mass;Total Weight=mass_total;Item=item;Qty=quantity;Description=description
Ítem=item;Cdad.=quantity;Denominación=description;Norma=part_number
"""
"""A list a line: headers with the columns that they name, nothing where they name none.

Of 207 headers, with those of the lists below, 136 named their column before the vocabulary was widened for them.
"""

MISSED = """
INDEX=item;PART NAME=description;QTY=quantity
Number=item;Part Number=part_number;Quantity=quantity;Nomenclature=description
Designator=item;Comment=description;Footprint=;Quantity=quantity
Reference=item;Value=description;Footprint=;Qty=quantity
"""
"""Headers that mean something else in most lists."""


def columns(line: str) -> tuple[list[str], list[str | None]]:
    """Headers and what they name."""
    pairs = [header.rpartition("=") for header in line.split(";")]
    return [pair[0] for pair in pairs], [pair[2] or None for pair in pairs]


@pytest.mark.parametrize("line", LISTS.strip().splitlines())
def test_headers_name_their_columns(line: str) -> None:
    headers, wanted = columns(line)
    assert match_headers(headers) == wanted
    assert is_header_row(headers)


@pytest.mark.parametrize("line", MISSED.strip().splitlines())
def test_a_known_miss_is_still_one(line: str) -> None:
    headers, wanted = columns(line)
    assert match_headers(headers) != wanted
