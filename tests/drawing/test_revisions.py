"""Revision tables: headers, lines above or below them, lines as attributes."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing.revisions import (
    find_columns,
    read_revisions,
    revisions_from_attributes,
    revisions_from_lines,
)
from pybase_extraction.results import Locator, Provenance

PLACE = Provenance(place=Locator(page=1))


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (["ZONE", "REV.", "DESCRIPTION", "DATE", "APPROVED"], ["zone", "index", "description", "date", "approved"]),
        (["Rev No", "Revision note", "Date", "Signature"], ["index", "description", "date", "author"]),
        (["Zust.", "Änderung", "Datum", "Name"], ["index", "description", "date", "author"]),
        (["Ind.", "Modification", "Date", "Nom"], ["index", "description", "date", "author"]),
        (["标记", "更改内容", "日期", "签名"], ["index", "description", "date", "author"]),
        (["No.", "Description", "Date", "By"], ["index", "description", "date", "author"]),
        (["Zm.", "Opis zmiany", "Data", "Podpis"], ["index", "description", "date", "author"]),
        (["Rev.", "Wijziging", "Datum", "Naam"], ["index", "description", "date", "author"]),
        # "Revision" behind a number says what was changed
        (["No.", "Revision", "Date", "By"], ["index", "description", "date", "author"]),
        (["No.", None, "Revision", "Date", "By"], ["index", None, "description", "date", "author"]),
        (["Nº", "Revisión", "Fecha", "Firma"], ["index", "description", "date", "author"]),
        # a description that no vocabulary has: the one behind the index, or the only one without a name
        (["Rev", "Hvad", "Dato", "Init"], ["index", "description", "date", "author"]),
        (["Rev", "By", "Date", "Whatever"], ["index", "author", "date", "description"]),
        (["Rev", "Date", "One", "Other", "By"], ["index", "date", None, None, "author"]),
    ],
)
def test_headers_of_many_frames_name_their_columns(header, columns):
    assert find_columns(header) == columns


@pytest.mark.parametrize(
    "header",
    [
        ["Pos.", "Qty", "Part number", "Description", "Rev"],
        ["No.", "Description", "Material"],
        ["Date", "Name"],
        ["REV", "B"],
        ["Index", "Description"],
        [],
        [None, ""],
    ],
)
def test_parts_lists_and_title_fields_are_no_revisions(header):
    assert find_columns(header) is None


def test_lines_stand_below_their_header_and_go_on_in_further_rows():
    rows = [
        ["REVISIONS", None, None, None],
        ["REV", "DESCRIPTION", "DATE", "APPROVED"],
        ["A", "First issue", "2026-01-05", "KM"],
        ["B", "Hole 12 was 10,", "2026-02-01", "KM"],
        ["", "bore deepened", "", ""],
        ["", "", "", ""],
    ]
    first, second = read_revisions(rows, PLACE)
    assert (first.index, first.description, first.date, first.approved) == ("A", "First issue", "2026-01-05", "KM")
    assert (second.index, second.description) == ("B", "Hole 12 was 10, bore deepened")
    assert first.author is None
    assert second.raw == "B | Hole 12 was 10, | 2026-02-01 | KM | bore deepened"


def test_lines_stand_above_a_header_at_the_bottom():
    rows = [["", "", ""], ["b", "Radius 5", "12.03.26"], ["a", "Neu", "01.02.26"], ["Zust.", "Änderung", "Datum"]]
    # without a name the weak word Zust. is proven by date and description
    assert [(line.index, line.date) for line in read_revisions(rows, PLACE)] == [("a", "01.02.26"), ("b", "12.03.26")]


def test_an_empty_table_has_no_revisions():
    assert read_revisions([["REV", "DESCRIPTION", "DATE"], ["", None, " "]], PLACE) == ()
    assert read_revisions([], PLACE) == ()


def test_numbered_attributes_are_lines():
    tags = {"REV1": "A", "DATE1": "2026-01-05", "DESC1": "First issue", "REV2": "B", "DATE2": "2026-02-01",
            "REV3": "", "DATE3": "", "DESC3": "", "SHEET1": "4", "TITLE": "Flange"}  # fmt: skip
    found = revisions_from_attributes({tag: (value, PLACE) for tag, value in tags.items()})
    assert [(line.index, line.date, line.description) for line in found] == [
        ("A", "2026-01-05", "First issue"),
        ("B", "2026-02-01", None),
    ]


@pytest.mark.parametrize(
    "tags",
    [
        {"DATE1": "x", "DESC1": "y"},
        {"REV1": "A"},
        {"TITLE1": "a", "TITLE2": "b", "REV": "C", "DATE": "d"},
    ],
)
def test_other_numbered_attributes_are_no_revisions(tags):
    assert revisions_from_attributes({tag: (value, PLACE) for tag, value in tags.items()}) == ()


def test_inserts_of_one_block_are_lines():
    lines = [({"REV": "A", "DESCRIPTION": "First", "DATE": "d1", "BY": "KM"}, PLACE), ({"REV": "", "DATE": ""}, PLACE)]
    (found,) = revisions_from_lines(lines)
    assert (found.index, found.description, found.date, found.author) == ("A", "First", "d1", "KM")
