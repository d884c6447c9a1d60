"""Tables of many layouts with exact truths, set by Typst: made apart from the rules that read them.

``python -m tests.score.made_tables [seeds] [--keep FOLDER] [--wrong]``; needs the package ``typst``.

Every kind of table is set with fonts, sizes, spacings and rules drawn at random, between paragraphs.  The score is that
of :mod:`tests.score.pdf_tables`; *exact* counts the tables whose every cell has its row, column, spans and text.
"""

# ruff: noqa: PERF401 -- rows are added as they are read
from __future__ import annotations

import argparse
import random
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.score.pdf_precision import NAMES, WORDS, sentence
from tests.score.pdf_tables import f1, letters, score, tables_of

FONTS = ("Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono", "DejaVu Sans", "DejaVu Serif")
PLACES = ["Austria", "Belgium", "Czech Republic", "Denmark", "Estonia", "Finland", "France", "Germany", "Greece",
          "Hungary", "Ireland", "Italy", "Latvia", "Netherlands", "Poland", "Portugal", "Romania", "Spain",
          "Sweden", "United Kingdom"]  # fmt: skip
ITEMS = ["Revenue", "Cost of sales", "Gross profit", "Research and development", "Administrative expenses",
         "Other operating income", "Interest income", "Interest expense", "Income taxes", "Deferred taxes",
         "Trade receivables", "Inventories", "Property, plant and equipment", "Goodwill", "Share capital",
         "Retained earnings", "Provisions", "Cash and cash equivalents"]  # fmt: skip
PARTS = ["Hex bolt", "Washer", "Bearing bush", "Drive shaft", "Cover plate", "Seal ring", "Spring pin", "Gear wheel",
         "Housing", "Flange", "Key", "Adapter", "Motor mount", "Belt", "Pulley", "Set screw"]  # fmt: skip
MATERIALS = ["S235JR", "1.4301", "EN AW-6082", "C45E", "PA6", "42CrMo4", "CuSn8", "POM-C"]


@dataclass
class Set:
    """A cell to be set; ``truth`` is its text where it is set in pieces."""

    text: str
    columns: int = 1
    rows: int = 1
    align: str | None = None
    bold: bool = False
    indent: int = 0


@dataclass
class Made:
    """A table to be set.

    Attributes:
        rows: Cells of every row, None where a cell of a row above reaches down.
        aligns: Alignment of every column.
        headers: Number of header rows.
        rules: Level rules: boundary, first column, end column.
        joined: Columns that belong to the column right of them: signs of currency set apart.
    """

    rows: list[list[Set]]
    aligns: list[str]
    headers: int = 1
    rules: list[tuple[int, int, int]] = field(default_factory=list)
    upright: list[int] = field(default_factory=list)
    widths: list[str] = field(default_factory=list)
    joined: set[int] = field(default_factory=set)
    fill: bool = False
    spacings: tuple[float, ...] = (1.5, 2, 3, 4.5)

    def truth(self):
        """Cells as the scorer wants them."""
        taken, found = set(), []
        numbers = [sum(other not in self.joined for other in range(column)) for column in range(len(self.aligns) + 1)]
        signs = {}
        for row, cells in enumerate(self.rows):
            column = 0
            for cell in cells:
                while (row, column) in taken:
                    column += 1
                end = column + cell.columns
                taken |= {(r, c) for r in range(row, row + cell.rows) for c in range(column, end)}
                if cell.columns == 1 and column in self.joined:
                    signs[row, column + 1] = cell.text
                elif cell.text:
                    text = signs.get((row, column), "") + cell.text
                    found.append((row, row + cell.rows - 1, numbers[column], numbers[end] - 1, text))
                column = end
        return found

    def source(self, pick):
        inset = f"(x: {pick.choice([3, 4, 6, 8])}pt, y: {pick.choice(self.spacings)}pt)"
        lines = ["#table("]
        widths = self.widths or ["auto"] * len(self.aligns)
        lines.append(
            f"columns: ({', '.join(widths)}), align: ({', '.join(self.aligns)}), inset: {inset}, stroke: none,"
        )
        if self.fill:
            first = self.headers
            lines.append(f'fill: (x, y) => if y >= {first} and calc.odd(y) {{ rgb("#e4e8f0") }},')
        for boundary, start, end in self.rules:
            lines.append(f"table.hline(y: {boundary}, start: {start}, end: {end}, stroke: 0.5pt),")
        lines += [f"table.vline(x: {x}, stroke: 0.5pt)," for x in self.upright]
        for row in self.rows:
            for cell in row:
                text = quoted(cell.text)
                if cell.bold:
                    text = f"*{text}*" if cell.text else ""
                if cell.indent:
                    text = f"#h({cell.indent}em){text}"
                align = f", align: {cell.align}" if cell.align else ""
                lines.append(f"table.cell(colspan: {cell.columns}, rowspan: {cell.rows}{align})[{text}],")
        return "\n".join([*lines, ")"])


def comparable(tables):
    """Tables in which a text that stands alone in its row, at the left, is in the first column alone.

    Whether such a title of a section spans the columns beside it cannot be seen.
    """
    return [[as_title(cell, cells) for cell in cells] for cells in tables]


def as_title(cell, cells):
    top, bottom, left, _, text = cell
    row = [other for other in cells if other[0] <= top <= other[1] and other[4]]
    return (top, bottom, 0, 0, text) if left == 0 and top == bottom and len(row) == 1 else cell


def quoted(text):
    for sign in "\\#*_[]$<>@~`=+-/":
        text = text.replace(sign, "\\" + sign)
    return text


def money(pick, most=99_999):
    value = pick.randint(10, most)
    return f"({value:,})" if pick.random() < 0.15 else f"{value:,}"


def head(texts, *, bold=False, align=None):
    return [Set(text, bold=bold, align=align) for text in texts]


def full_rules(rows, columns):
    return [(row, 0, columns) for row in range(rows + 1)]


def booktabs(table):
    """Three rules: above, below the headers, below."""
    table.rules += [(at, 0, len(table.aligns)) for at in (0, table.headers, len(table.rows))]
    return table


def years(pick, count):
    last = pick.randint(2005, 2024)
    return [str(last - index) for index in range(count)]


def phrase(pick, least, most):
    return " ".join(pick.choice(WORDS) for _ in range(pick.randint(least, most))).capitalize()


def financial(pick):
    count = pick.randint(2, 4)
    rows = [head(["", *years(pick, count)], bold=pick.random() < 0.5)]
    for _ in range(pick.randint(2, 3)):
        items = pick.sample(ITEMS, pick.randint(2, 4))
        rows += [[Set(item, indent=pick.choice([0, 1])), *[Set(money(pick)) for _ in range(count)]] for item in items]
        rows.append([Set("Total " + pick.choice(["assets", "income", "expenses", "equity"]), bold=True),
                     *[Set(money(pick), bold=True) for _ in range(count)]])  # fmt: skip
    table = Made(rows, ["left", *["right"] * count])
    if pick.random() < 0.6:
        for index, row in enumerate(rows):
            if row[0].text.startswith("Total"):
                table.rules.append((index, 1, count + 1))
    return table


def financial_sections(pick):
    table = financial(pick)
    width = len(table.aligns)
    titles = pick.sample(["Current assets", "Liabilities", "Operating activities", "Equity"], 2)
    at = 2 + len(table.rows) // 2
    table.rules = []
    blank = [Set("") for _ in range(width - 1)]
    table.rows.insert(at, [Set(titles[1], bold=True), *blank])
    table.rows.insert(1, [Set(titles[0], bold=True), *blank])
    return table


def currency_apart(pick):
    count = pick.randint(2, 3)
    rows = [[Set(""), *[cell for year in years(pick, count) for cell in (Set(""), Set(year))]]]
    names = pick.sample(ITEMS, pick.randint(5, 9))
    for index, name in enumerate(names):
        sign = "$" if index in {0, len(names) - 1} else ""
        row = [Set(name)]
        for _ in range(count):
            row += [Set(sign), Set(f"{pick.randint(1000, 99_999):,}")]
        rows.append(row)
    table = Made(rows, ["left", *["left", "right"] * count], joined={1 + 2 * index for index in range(count)})
    return booktabs(table) if pick.random() < 0.5 else table


def statistics(pick):
    groups, inner = pick.randint(2, 3), pick.randint(2, 3)
    titles = pick.sample(["Men", "Women", "All persons", "Urban", "Rural", "2010", "Before treatment"], groups)
    names = pick.sample(["Number", "Share", "Mean", "Median", "Rate", "Change"], inner)
    rows = [
        [Set(pick.choice(["Country", "Region", ""])), *[Set(title, columns=inner, align="center") for title in titles]],
        [Set(""), *[Set(name) for _ in titles for name in names]],
    ]
    for place in pick.sample(PLACES, pick.randint(5, 12)):
        rows.append([Set(place), *[Set(f"{pick.uniform(0, 99):.1f}") for _ in range(groups * inner)]])
    table = booktabs(Made(rows, ["left", *["right"] * (groups * inner)], headers=2))
    table.rules += [(1, 1 + group * inner, 1 + (group + 1) * inner) for group in range(groups)]
    if pick.random() < 0.3:
        table.rules = []
    return table


def wrapped(pick):
    rows = [head(["Topic", "Description", "Owner"], bold=True)]
    for number in range(pick.randint(4, 6)):
        name = pick.choice(PARTS) + f" {number + 1}"
        rows.append([Set(name), Set(phrase(pick, 8, 18)), Set(pick.choice(NAMES))])
    # rows stand further apart than the lines in them
    table = Made(rows, ["left"] * 3, widths=["80pt", "220pt", "80pt"], spacings=(3, 4.5, 6))
    if pick.random() < 0.4:
        table.rules = full_rules(len(rows), 3)
        return table
    return booktabs(table)


def ruled_somehow(pick, table):
    """Rows told by rules, shades, white, upright rules in a box, or three rules."""
    width = len(table.aligns)
    style = pick.choice(["rows", "shades", "white", "upright", "three"])
    if style == "rows":
        table.rules = full_rules(len(table.rows), width)
    elif style == "shades":
        table.fill = True
    elif style == "upright":
        table.upright = list(range(width + 1))
        table.rules = [(at, 0, width) for at in (0, table.headers, len(table.rows))]
    elif style == "three":
        booktabs(table)
    return table


def wrapped_middle(pick):
    """Cells of several lines in some columns, the others in the middle of their rows."""
    names = ["Requirement", "Verification", "Responsible", "Limit", "State"]
    count = pick.randint(3, 5)
    rows = [head(names[:count], bold=pick.random() < 0.5)]
    for _ in range(pick.randint(4, 8)):
        cells = [phrase(pick, 3, 9), phrase(pick, 2, 12), pick.choice(NAMES), str(pick.randint(1, 900)), "open"]
        rows.append(head(cells[:count]))
    align = pick.choice(["left + horizon", "left + top"])
    widths = ["110pt", "140pt", "70pt", "50pt", "40pt"][:count]
    return ruled_somehow(pick, Made(rows, [align] * count, widths=widths, spacings=(3, 4.5, 6)))


def upright_box(pick):
    """Upright rules between the columns, a box around them, none between the rows."""
    table = pick.choice([parts, properties, words_only, financial])(pick)
    width = len(table.aligns)
    table.fill = False
    table.upright = list(range(width + 1))
    table.rules = [(at, 0, width) for at in (0, table.headers, len(table.rows))]
    return table


def groups(pick):
    """Groups of rows whose name stands once, in the middle or at the top of them."""
    rows = [head(["Group", "Part", "Load", "Life"])]
    for title in pick.sample(["Static", "Fatigue", "Impact", "Creep"], pick.randint(2, 4)):
        size = pick.randint(2, 4)
        for row in range(size):
            body = [Set(pick.choice(PARTS)), Set(f"{pick.uniform(1, 90):.1f}"), Set(str(pick.randint(100, 9000)))]
            rows.append([Set(title, rows=size), *body] if row == 0 else body)
    table = Made(rows, [pick.choice(["left + horizon", "left + top"]), "left", "right", "right"])
    starts = [index for index, row in enumerate(rows) if len(row) == 4]
    if pick.random() < 0.5:
        table.rules = [(at, 0, 4) for at in (*starts, len(rows))]
    return table


def numbers(pick):
    count = pick.randint(5, 9)
    rows = [head(["n", *[f"x{index}" for index in range(1, count)]])]
    for row in range(pick.randint(6, 14)):
        rows.append(
            [Set(str(row + 1)), *[Set(f"{pick.gauss(0, 40):.{pick.choice([1, 2])}f}") for _ in range(count - 1)]]
        )
    return booktabs(Made(rows, ["right"] * count))


def grid(pick):
    count = pick.randint(3, 5)
    rows = [head(["Part", "Material", "Qty", "Mass", "Remark"][:count], bold=True)]
    for _ in range(pick.randint(4, 9)):
        row = [pick.choice(PARTS), pick.choice(MATERIALS), str(pick.randint(1, 40)), f"{pick.uniform(0, 9):.2f}", ""]
        rows.append(head(row[:count]))
    table = Made(rows, ["left", "left", "right", "right", "left"][:count], rules=full_rules(len(rows), count))
    table.upright = list(range(count + 1))
    return table


def merged_grid(pick):
    rows = [
        [Set("Series", rows=2), Set("Dimensions", columns=3, align="center"), Set("Load", rows=2)],
        [Set("d"), Set("D"), Set("B")],
    ]
    for number in range(pick.randint(2, 4)):
        size = pick.randint(2, 3)
        for row in range(size):
            cells = [Set(f"6{number}0", rows=size)] if row == 0 else []
            rows.append([*cells, *[Set(str(pick.randint(3, 90))) for _ in range(3)], Set(f"{pick.uniform(1, 60):.1f}")])
    table = Made(rows, ["left", *["right"] * 4], headers=2)
    # rules that leave merged cells whole
    table.rules, table.upright = [], []
    table.source = lambda pick, table=table: Made.source(table, pick).replace("stroke: none", "stroke: 0.5pt")
    return table


def zebra(pick):
    table = grid(pick)
    table.rules, table.upright, table.fill = [], [], True
    return table


def upright_rules(pick):
    rows = [head(["Thread", "Pitch", "Core", "Drill", "Stress area"])]
    for size in pick.sample(range(3, 40), pick.randint(5, 10)):
        rows.append(head([f"M{size}", *[f"{pick.uniform(0, size):.2f}" for _ in range(4)]]))
    return Made(rows, ["left", *["right"] * 4], rules=[(1, 0, 5)], upright=[1, 2, 3, 4])


def section_rows(pick):
    count = pick.randint(2, 4)
    rows = [head(["Item", *[f"Test {index + 1}" for index in range(count)]])]
    for title in pick.sample(["Panel A. Static load", "Panel B. Fatigue", "Panel C. Impact"], 2):
        rows.append([Set(title, columns=count + 1, bold=pick.random() < 0.5)])
        for _ in range(pick.randint(3, 5)):
            rows.append([Set(pick.choice(PARTS)), *[Set(f"{pick.uniform(0, 500):.1f}") for _ in range(count)]])
    return booktabs(Made(rows, ["left", *["right"] * count]))


def long_headers(pick):
    names = ["Number of persons employed", "Average weekly earnings", "Share of total output (%)", "Change on year"]
    count = pick.randint(2, 4)
    rows = [head(["Industry", *names[:count]], align="center + bottom")]
    for name in pick.sample(["Mining", "Manufacturing", "Construction", "Trade", "Transport", "Finance"], 5):
        rows.append([Set(name), *[Set(f"{pick.randint(10, 99_999):,}") for _ in range(count)]])
    return booktabs(Made(rows, ["left", *["right"] * count], widths=["90pt", *["70pt"] * count]))


def sparse(pick):
    count = pick.randint(4, 6)
    rows = [head(["Variable", *[f"({index + 1})" for index in range(count)]])]
    for _ in range(pick.randint(6, 9)):
        row = [f"{pick.uniform(-2, 2):.3f}" if pick.random() < 0.55 else "" for _ in range(count)]
        rows.append(head([pick.choice(ITEMS), *row]))
    return booktabs(Made(rows, ["left", *["center"] * count]))


def regression(pick):
    """Standard errors in brackets below coefficients."""
    count = pick.randint(3, 5)
    rows = [head(["", *[f"Model {index + 1}" for index in range(count)]])]
    for name in pick.sample(ITEMS, pick.randint(4, 6)):
        rows.append(head([name, *[f"{pick.uniform(-2, 2):.3f}{pick.choice(['', '*', '**'])}" for _ in range(count)]]))
        rows.append(head(["", *[f"({pick.uniform(0, 1):.3f})" for _ in range(count)]]))
    rows.append(head(["Observations", *[str(pick.randint(100, 9999)) for _ in range(count)]]))
    return booktabs(Made(rows, ["left", *["center"] * count]))


def words_only(pick):
    rows = [head(["Function", "Tool", "Language"], bold=pick.random() < 0.5)]
    for _ in range(pick.randint(5, 10)):
        rows.append(head([phrase(pick, 1, 2), phrase(pick, 1, 2), pick.choice(["English", "French", "German"])]))
    table = Made(rows, ["left"] * 3)
    return booktabs(table) if pick.random() < 0.7 else table


def timetable(pick):
    count = pick.randint(5, 8)
    rows = [head(["Stop", *[str(100 + index) for index in range(count)]])]
    minute = 0
    for place in pick.sample(PLACES, pick.randint(6, 10)):
        minute += pick.randint(3, 12)
        row = [f"{6 + index + minute // 60:02d}:{minute % 60:02d}" for index in range(count)]
        rows.append(head([place, *row]))
    return Made(rows, ["left", *["center"] * count])


def properties(pick):
    rows = [head(["Property", "Symbol", "Value", "Unit"])]
    names = [("Tensile strength", "Rm", "MPa"), ("Yield strength", "Re", "MPa"), ("Elongation", "A", "%"),
             ("Density", "ρ", "kg/m³"), ("Young's modulus", "E", "GPa"), ("Hardness", "HB", "–")]  # fmt: skip
    for name, sign, unit in pick.sample(names, pick.randint(4, 6)):
        rows.append(head([name, sign, str(pick.randint(5, 900)), unit]))
    return booktabs(Made(rows, ["left", "center", "right", "left"]))


def small(pick):
    rows = [head(["Class", "A", "B"])]
    for name in pick.sample(["I", "II", "III"], pick.randint(2, 3)):
        rows.append(head([name, str(pick.randint(1, 99)), str(pick.randint(1, 99))]))
    table = Made(rows, ["left", "right", "right"])
    return booktabs(table) if pick.random() < 0.5 else grid_of(table)


def grid_of(table):
    table.rules = full_rules(len(table.rows), len(table.aligns))
    table.upright = list(range(len(table.aligns) + 1))
    return table


def parts(pick):
    rows = [head(["Pos", "Part number", "Description", "Qty", "Material"])]
    for number in range(pick.randint(5, 12)):
        rows.append(head([str(number + 1), f"{pick.choice('ABC')}-{pick.randint(1000, 9999)}", pick.choice(PARTS),
                          str(pick.randint(1, 12)), pick.choice(MATERIALS)]))  # fmt: skip
    table = Made(rows, ["right", "left", "left", "right", "left"])
    return pick.choice([booktabs, grid_of, lambda table: table])(table)


PLAIN = (
    financial, financial_sections, currency_apart, statistics, wrapped, numbers, grid, merged_grid, zebra,
    upright_rules, section_rows, long_headers, sparse, regression, words_only, timetable, properties, small, parts,
    wrapped_middle, upright_box, groups,
)  # fmt: skip


def prose(pick, sentences):
    return " ".join(quoted(sentence(pick, pick.randint(6, 14))) for _ in range(sentences))


def noted(pick, table):
    """A table with its caption and perhaps notes."""
    caption = f"Table {pick.randint(1, 9)}{pick.choice([':', '.'])} {phrase(pick, 3, 8)}"
    above = pick.random() < 0.7
    title = f"#align({pick.choice(['left', 'center'])})[{quoted(caption)}]"
    notes = pick.choice(["", f"#text(0.8em)[{quoted('Note: ' + sentence(pick, 8))}]",
                         f"#text(0.8em)[{quoted('Source: ' + phrase(pick, 2, 4))}]"])  # fmt: skip
    body = f"#{{\nset par(leading: {pick.choice(['0.4em', '0.5em'])})\n[{table.source(pick)}]\n}}"
    return "\n\n".join([title, body, notes] if above else [body, notes, title])


def on_page(pick, kind):
    table = kind(pick)
    text = f"{prose(pick, 5)}\n\n{noted(pick, table)}\n\n{prose(pick, 6)}"
    return text, [table]


def in_column(pick):
    """A table in one column of a paper of two."""
    table = pick.choice([small, properties, words_only, parts])(pick)
    table.rows = [row[:3] for row in table.rows]
    table.aligns, table.upright = table.aligns[:3], [x for x in table.upright if x < 4]
    table.rules = [(at, start, min(end, 3)) for at, start, end in table.rules if start < 3]
    left = f"{prose(pick, 14)}\n\n{noted(pick, table)}\n\n{prose(pick, 10)}"
    columns = ", ".join(f"[#set par(justify: true)\n{text}]" for text in (left, prose(pick, 40)))
    return f"#grid(columns: (1fr, 1fr), column-gutter: 16pt, {columns})", [table]


def side_by_side(pick):
    one, other = (pick.choice([small, grid, properties])(pick) for _ in range(2))
    text = f"#grid(columns: 2, column-gutter: 30pt, [{one.source(pick)}], [{other.source(pick)}])"
    return f"#set text(8pt)\n{prose(pick, 4)}\n\n{text}\n\n{prose(pick, 4)}", [one, other]


def one_below_other(pick):
    one, other = (pick.choice([numbers, properties, parts, financial])(pick) for _ in range(2))
    return f"{noted(pick, one)}\n\n{prose(pick, 3)}\n\n{noted(pick, other)}", [one, other]


def page_of(kind, pick):
    """Source of a page and the tables on it."""
    return on_page(pick, kind) if kind in PLAIN else kind(pick)


KINDS = (*PLAIN, in_column, side_by_side, one_below_other)


def document(seed):
    """Typst source of one page for every kind, and the tables of every page."""
    pages, truths = [], {}
    for number, kind in enumerate(KINDS, 1):
        pick = random.Random(f"{kind.__name__} {seed}")
        font, size = pick.choice(FONTS), pick.choice([7, 8, 9, 10, 11])
        text, tables = page_of(kind, pick)
        pages.append(
            f'#page(width: 595pt, height: auto, margin: 60pt)[\n#set text(font: "{font}", size: {size}pt)\n{text}\n]'
        )
        truths[number] = [table.truth() for table in tables]
    return "\n".join(pages), truths


def is_exact(truth, found):
    """Whether two tables have the same cells: place, spans and letters."""

    def key(cells):
        return sorted((*cell[:4], letters(cell[4])) for cell in cells if letters(cell[4]))

    return key(truth) == key(found)


def compare(seed, folder, reader):
    """Counts by kind, as ``counts_of`` gives them."""
    import typst

    source, truths = document(seed)
    path = Path(folder) / f"{seed}.pdf"
    path.with_suffix(".typ").write_text(source)
    typst.compile(str(path.with_suffix(".typ")), output=str(path))
    return counts_of(KINDS, truths, reader(path))


def counts_of(kinds, truths, found):
    """By kind, one a page: common, found, true relations, tables, exact ones, found tables."""
    rows = {}
    for number, kind in enumerate(kinds, 1):
        truth, mine = comparable(truths[number]), comparable(found.get(number, []))
        exact = sum(any(is_exact(one, other) for other in mine) for one in truth)
        rows[kind.__name__] = (*score({1: truth}, {1: mine}), len(truth), exact, len(mine))
    return rows


def choices(description, seeds):
    """What every comparison of made pages can be told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("seeds", type=int, nargs="?", default=seeds)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", default=None)
    parser.add_argument("--wrong", action="store_true")
    return parser


def report(arguments, compared):
    """Compare the documents of all seeds with ``compared(seed, folder)``, and print the counts by kind."""
    totals = defaultdict(lambda: [0] * 6)
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            for kind, counts in compared(seed, arguments.keep or scratch).items():
                totals[kind] = [one + other for one, other in zip(totals[kind], counts, strict=True)]
                if arguments.wrong and counts[3] != counts[4]:
                    print(f"  {seed} {kind}: F1 {f1(*counts[:3]):.3f}, {counts[5]} found")
    totals["all"] = [sum(column) for column in zip(*totals.values(), strict=True)]
    for kind, (common, found, true, tables, exact, count) in totals.items():
        print(f"{kind:20} F1 {f1(common, found, true):.3f}  exact {exact} of {tables}  found {count}")


def main():
    report(choices(__doc__, 6).parse_args(), lambda seed, folder: compare(seed, folder, tables_of))


if __name__ == "__main__":
    main()
