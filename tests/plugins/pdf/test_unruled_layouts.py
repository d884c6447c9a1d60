"""Layouts of unruled tables that columns of white alone do not tell, on words placed by hand."""

from __future__ import annotations

from collections import deque

import pytest

from pybase_extraction_pdf.borderless import unruled_tables
from pybase_extraction_pdf.primitives import PageContent, Stroke, Word
from pybase_extraction_pdf.ruled import shade_edges

HEIGHT = 10
LETTER = 6
"""Points a letter is wide; a blank is three."""
PITCH = 14


def text(line: str, x: float, top: float) -> list[Word]:
    """The words of a text that begins at x."""
    words = []
    for part in line.split(" "):
        words.append(Word(part, x, top, x + LETTER * len(part), top + HEIGHT, None, HEIGHT, True))
        x += LETTER * len(part) + 3
    return words


def ending(line: str, x1: float, top: float) -> list[Word]:
    """The words of a text that ends at x1."""
    return text(line, x1 - LETTER * len(line) + 3 * line.count(" "), top)


def grid(rows, columns=(72, 220, 340), top=100.0, pitch=PITCH):
    return [
        word
        for row, texts in enumerate(rows)
        for x, cell in zip(columns, texts, strict=False)
        if cell
        for word in text(cell, x, top + pitch * row)
    ]


def rows_of(words, rules=()):
    (table,) = unruled_tables(words, rules=rules)
    return table.rows


ROWS = (("Load", "Speed", "Life"), ("10 kN", "100", "5000"), ("20 kN", "80", "4100"), ("40 kN", "60", "1200"))


def test_a_cell_that_nearly_touches_the_next_is_cut_where_the_others_show_the_columns():
    # the longest label ends 5 points before the number, no more than half the height of the text
    label = "Property plant and equipment"
    start = 72 + LETTER * len(label) - 3 * 3 + 5
    rows = [("Item", "2011"), ("Revenue", "4,512"), (label, "3,977"), ("Inventories", "1,203"), ("Goodwill", "6,100")]
    found = rows_of(grid(rows, (72, start)))
    assert found == tuple(rows)


def test_headers_that_nearly_touch_each_other_are_the_headers():
    rows = [(f"M{size}", f"{size}.25", f"{size}.50", f"{size}.75") for size in (12, 16, 20, 24, 30)]
    places = (72, 72 + 6 * LETTER + 6, 72 + 12 * LETTER + 12, 72 + 18 * LETTER + 18)
    heads = ("Thread", "Pitch0", "Core00", "Drill0")  # 6 letters each, 6 points apart: one run of words
    assert rows_of(grid([heads, *rows], places)) == (heads, *rows)


def test_a_header_over_two_columns_leaves_them_two():
    words = [*text("Before treatment", 214, 86), *grid([("Item", "Mean", "Share"), *ROWS[1:]], (72, 220, 275))]
    rule = (210.0, 97.5, 320.0, 97.5)
    found = rows_of([*words, *text("Group", 72, 86)], [rule, (60.0, 112.0, 330.0, 112.0)])
    assert found[:2] == (("Group\nItem", "Before treatment", None), (None, "Mean", "Share"))


def test_headers_over_the_middle_of_equal_groups_span_them():
    heads = [("", "Rate", "Mean", "Rate", "Mean")]
    body = [(place, "12.5", "13.5", "14.5", "15.5") for place in ("Austria", "Belgium", "Denmark", "Finland")]
    words = grid([*heads, *body], (72, 200, 260, 320, 380))
    # the groups reach from 200 to 284 and from 320 to 404; their middles are 242 and 362
    words += [*text("Men", 242 - 9, 86), *text("Women", 362 - 15, 86)]
    assert rows_of(words)[:2] == (("", "Men", None, "Women", None), heads[0])


def test_rows_that_more_space_parts_hold_their_wrapped_lines():
    words = []
    for row, (name, first, second) in enumerate(
        (("Shaft", "turned from the bar", "Ground after"), ("Bush", "pressed in cold", "Reamed after"),
         ("Cover", "cast and painted", "Drilled after"), ("Flange", "forged and turned", "Drilled after")),
    ):  # fmt: skip
        top = 100 + 32 * row  # 12 points between the lines of a row, 20 between rows
        words += [*text(name, 72, top), *text(first, 160, top), *text("Rossi", 340, top), *text(second, 160, top + 12)]
    assert rows_of(words)[0] == ("Shaft", "turned from the bar\nGround after", "Rossi")
    assert len(rows_of(words)) == 4


def test_a_sign_of_currency_set_apart_belongs_to_its_number():
    rows = [("Revenue", "$", "4,512"), ("Costs", "", "3,977"), ("Taxes", "", "1,203"), ("Profit", "$", "6,100")]
    words = [*text("2011", 246, 86), *grid(rows, (72, 200, 240))]
    assert rows_of(words) == (
        ("", "2011"), ("Revenue", "$ 4,512"), ("Costs", "3,977"), ("Taxes", "1,203"), ("Profit", "$ 6,100"),
    )  # fmt: skip


def column_of_prose(x, lines, top=60.0, width=220):
    """Lines that fill the width with blanks of one size."""
    words = []
    for line in range(lines):
        parts = deque(["bearing", "of", "a", "surface", "or", "load", "tested"])
        parts.rotate(3 * line)
        gap = (width - LETTER * sum(map(len, parts))) / (len(parts) - 1)
        here = x
        for part in parts:
            words += text(part, here, top + 12 * line)
            here += LETTER * len(part) + gap
    return words


def test_a_table_in_one_column_of_a_page_is_read_without_the_other():
    left = [*column_of_prose(60, 8), *column_of_prose(60, 14, top=300)]
    table = grid(ROWS, (70, 150, 220), top=200)
    found = rows_of([*left, *table, *column_of_prose(310, 40)])
    assert found == ROWS


def test_two_tables_beside_each_other_on_lines_of_their_own_are_two():
    left, right = grid(ROWS, (72, 130, 190)), grid([*ROWS, ("80 kN", "40", "300")], (330, 390, 450), top=107)
    one, other = unruled_tables([*left, *right])
    assert (one.rows, other.rows) == (ROWS, (*ROWS, ("80 kN", "40", "300")))


@pytest.mark.parametrize("leader", [" ..........", ""])
def test_a_table_of_contents_is_no_table(leader):
    words = []
    for line, (number, title, page) in enumerate(
        (("1", "Scope", "1"), ("1.1", "Loads", "3"), ("1.2", "Bearings", "3"), ("2", "Tests", "8"), ("2.1", "Rig", "9"))
    ):
        words += [*text(number, 72, 100 + 14 * line), *text(title + leader, 110, 100 + 14 * line)]
        words += ending(page, 480, 100 + 14 * line)
    assert unruled_tables(words) == []


def test_cells_in_the_middle_of_rows_that_white_parts():
    words = []
    for row in range(5):
        top = 100 + 44 * row  # three lines of 12 points, then 10 points of white
        for line, part in enumerate((f"Turned from {row}", "bar and ground", "on centres")):
            words += text(part, 160, top + 12 * line)
        words += [*text(f"Shaft {row}", 72, top + 12), *text("10 May", 320, top + 6), *text("2024", 320, top + 18)]
    found = rows_of(words)
    assert found[1] == ("Shaft 1", "Turned from 1\nbar and ground\non centres", "10 May\n2024")
    assert len(found) == 5


def test_blank_lines_after_some_rows_join_none():
    words = grid([("Load", "Speed", "Life")])
    for section in range(4):
        body = [(f"{section}{row} kN", f"{row}5", f"{row}500") for row in range(3)]
        words += grid(body, top=120 + 56 * section)
    assert len(rows_of(words)) == 1 + 4 * 3


def test_a_name_of_a_group_between_rules_spans_its_rows():
    words, rules = grid([("Group", "Part", "Load")]), []
    for group, name in enumerate(("Static", "Fatigue", "Impact")):
        top = 120 + 48 * group
        rules.append((66.0, top - 4.0, 400.0, top - 4.0))
        words += grid([("", f"Shaft {row}", f"{row}.5") for row in range(3)], top=top)
        words += text(name, 72, top + PITCH)
    found = rows_of(words, rules)
    assert [row[0] for row in found] == ["Group", "Static", None, None, "Fatigue", None, None, "Impact", None, None]


def test_rows_that_are_shaded_in_turn_hold_their_wrapped_lines():
    page = PageContent(1, 595, 842, 0)
    words = []
    for row in range(6):
        top = 100.0 + 30 * row
        words += [*text(f"Shaft {row}", 72, top), *text("turned from the", 160, top), *text("Rossi", 340, top)]
        words += text("bar and ground", 160, top + 15)  # as far apart as rows: only the shades tell them
        if row % 2:
            page.rects.append(Stroke(60, top - 3, 400, top + 27, 0, is_filled=True))
    found = rows_of(words, shade_edges(page))
    assert found[1] == ("Shaft 1", "turned from the\nbar and ground", "Rossi")
    assert len(found) == 6


def test_a_short_column_of_text_beside_a_table_is_no_column_of_it():
    # pitch 12 beside a pitch of 14: the lines of the text have nothing to do with the rows
    beside = column_of_prose(320, 5, top=110)
    found = rows_of([*grid(ROWS, (72, 150, 220)), *beside])
    assert found == ROWS


def test_a_rule_that_ends_before_a_column_of_text_parts_it_from_the_table():
    # even at the heights of the rows: pitch 12 for both
    words = [*grid(ROWS, (72, 150, 220), top=100, pitch=12), *column_of_prose(320, 4, top=100)]
    assert rows_of(words, [(70.0, 111.0, 260.0, 111.0)]) == ROWS
    (whole,) = unruled_tables(words, rules=[(70.0, 111.0, 540.0, 111.0)])
    assert len(whole.rows[0]) == 4


def test_wrapped_remarks_beside_rows_stay_their_last_column():
    words = grid([("Item", "Qty", "Remark")], (72, 150, 220), top=86)
    for row in range(4):
        top = 110.0 + 50 * row
        words += [*text(f"Shaft {row}", 72, top), *text(f"{row + 2}", 150, top)]
        words += [word for line in range(3) for word in text("tested under load as the other", 220, top + 12 * line)]
    found = rows_of(words)
    assert [row[0] for row in found] == ["Item", "Shaft 0", "Shaft 1", "Shaft 2", "Shaft 3"]
    assert all(len(row) == 3 for row in found)


def test_headers_that_repeat_below_others_are_spanned_by_them():
    # three levels; the rules below the upper two touch, leave the first column out and tell no groups
    places = (72, 160, 240, 320, 400)
    words = [*text("Men", 200, 86), *text("All", 360, 86)]
    words += [*grid([("Area", "Rate", "Mean", "Rate", "Mean")], places, top=100)]
    rows = [(f"Town {row}", "1.5", "2.5", "3.5", "4.5") for row in range(4)]
    words += grid(rows, places, top=120)
    rules = [(150.0, 97.5, 440.0, 97.5), (66.0, 114.0, 440.0, 114.0)]
    (table,) = unruled_tables(words, rules=rules)
    assert table.rows[:2] == (("", "Men", None, "All", None), ("Area", "Rate", "Mean", "Rate", "Mean"))
    assert table.header_rows == 2


def test_a_title_in_the_middle_of_the_table_is_the_title_of_a_section():
    words = grid([*ROWS, (), *ROWS[1:]], (72, 150, 320))
    # the texts reach from 72 to 350, so the middle is 211: 16 letters and a blank are 99 points wide
    words += text("Second operation", 211 - 48, 100 + 4 * PITCH)
    found = rows_of(words)
    assert found[4] == ("Second operation", None, None)


def test_a_line_behind_a_raised_mark_is_a_footnote():
    words = grid([*ROWS, *ROWS[1:]])
    words += [Word("1", 72, 200, 75, 206, None, 6, True), *text("measured after two hours under load", 76, 200)]
    assert len(rows_of(words)) == 7


def test_rows_whose_white_differs_a_little_are_parted_all_alike():
    # 1.2 and 1.4 heights of white between rows, 0.2 within them
    words, top = [], 100.0
    for row, lines in enumerate((2, 2, 1, 2, 2)):
        words += [*text(f"Shaft {row}", 72, top), *text("Rossi", 340, top)]
        for line in range(lines):
            words += text("Turned from the" if line == 0 else "Bar and ground", 160, top + 12 * line)
        top += 12 * (lines - 1) + (22 if lines == 1 else 24)
    assert [row[0] for row in rows_of(words)] == [f"Shaft {row}" for row in range(5)]


def test_a_rule_between_two_cells_parts_them_where_a_name_stands_in_the_middle_beside():
    words = grid([("Part", "Condition", "Load")], (72, 200, 340), top=80)
    rules = [(66.0, 95.0, 400.0, 95.0)]
    for number, name in enumerate(("Shaft", "Cover", "Bearing")):
        top = 100.0 + 36 * number
        words += [*text(f"At {number} bar", 200, top), *text(f"{number}.5", 340, top)]
        words += [*text(name, 72, top + 7), *text("no load", 200, top + 14), *text(f"{number}.7", 340, top + 14)]
        rules += [(190.0, top + 12.0, 400.0, top + 12.0), (66.0, top + 30.0, 400.0, top + 30.0)]
    found = rows_of(words, rules)
    assert found[1:3] == (("Shaft", "At 0 bar", "0.5"), (None, "no load", "0.7"))


def test_rows_that_begin_in_lower_case_and_have_numbers_of_their_own_are_rows():
    rows = [("Group", "n", "Share"), ("Smoking", "", "0.47"), ("never", "49", ""), ("former", "37", ""),
            ("Sex", "", "0.10"), ("female", "52", ""), ("male", "34", "")]  # fmt: skip
    assert rows_of(grid(rows, (72, 200, 280))) == tuple(rows)


def test_headers_of_two_lines_beside_the_numbers_below_them_are_their_headers():
    words = grid([("Year", "Output", "Staff"), ("", "(tons)", "(all)")], (72, 150, 260))
    for row in range(5):
        top = 100 + PITCH * (row + 2)
        words += [*text(f"201{row}", 72, top), *ending("1.5", 235, top), *ending(f"2{row}.5", 350, top)]
    assert [row[1:] for row in rows_of(words)][-1] == ("1.5", "24.5")
