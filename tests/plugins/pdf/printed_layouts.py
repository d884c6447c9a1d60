"""Layouts of tables in HTML: official statistics, data sheets, reports, forms, lists; two sets of them.

The rules that read tables were mended while looking at set A.  Set B was written at the same time, and none of its
pages was looked at.
"""

# ruff: noqa: E501, PERF401 -- layouts are read line by line

from __future__ import annotations

import html
from dataclasses import dataclass, field

from tests.score.pdf_precision import NAMES, sentence

COUNTRIES = ["Austria", "Belgium", "Bulgaria", "Chile", "Croatia", "Denmark", "Finland", "Greece", "Iceland", "Israel",
             "Korea (Rep. of)", "Luxembourg", "New Zealand", "Republic of Moldova", "Türkiye", "United States"]  # fmt: skip
SECTORS = ["Agriculture, forestry and fishing", "Mining and quarrying", "Manufacturing", "of which: food products",
           "of which: machinery and equipment", "Electricity, gas and steam", "Water supply", "Construction",
           "Wholesale and retail trade", "Transportation and storage", "Information and communication",
           "Real estate activities", "Education", "Human health"]  # fmt: skip
ACCOUNTS = ["Net sales", "Cost of goods sold", "Gross margin", "Selling expenses", "Research costs", "Depreciation",
            "Other operating items, net", "Finance income", "Finance costs", "Income tax expense", "Minority interests",
            "Trade and other receivables", "Intangible assets", "Lease liabilities", "Deferred income"]  # fmt: skip
THINGS = ["Bracket, left", "Bracket, right", "Hex socket screw", "Plain washer", "O-ring", "Ball bearing", "Base plate",
          "Cover", "Shaft", "Spacer", "Motor", "Gearbox", "Cable gland", "Terminal block", "Proximity switch"]  # fmt: skip
STUFF = ["AlMgSi1", "1.4404", "S355J2", "POM", "NBR 70", "11SMn30", "PA66-GF30", "Brass", "DC01", "PTFE"]
ELECTRIC = [("Supply voltage", "VCC", "V"), ("Supply current", "ICC", "mA"), ("Input leakage current", "IIL", "µA"),
            ("Output voltage high", "VOH", "V"), ("Output voltage low", "VOL", "V"), ("Rise time", "tr", "ns"),
            ("Fall time", "tf", "ns"), ("Operating temperature", "TA", "°C"), ("Thermal resistance", "RthJA", "K/W"),
            ("Switching frequency", "fSW", "kHz")]  # fmt: skip
CONDITIONS = ["VIN = 12 V", "IOUT = 1 A", "TA = 25 °C", "no load", "f = 1 MHz", "VCC = 3.3 V, CL = 50 pF"]


@dataclass(frozen=True)
class Td:
    """A cell; ``shown`` is its HTML where that is more than its text."""

    text: str
    cols: int = 1
    rows: int = 1
    css: str = ""
    head: bool = False
    shown: str | None = None
    style: str = ""


@dataclass
class Grid:
    """A table: its cells row by row, those that a span from above covers left out."""

    rows: list[list[Td]]
    css: str = ""
    widths: list[str] = field(default_factory=list)

    def truth(self):
        taken, found = set(), []
        for row, cells in enumerate(self.rows):
            column = 0
            for cell in cells:
                while (row, column) in taken:
                    column += 1
                end = column + cell.cols
                taken |= {(r, c) for r in range(row, row + cell.rows) for c in range(column, end)}
                if cell.text:
                    found.append((row, row + cell.rows - 1, column, end - 1, cell.text))
                column = end
        return found

    def html(self):
        columns = "".join(f'<col style="width:{width}">' for width in self.widths)
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in self.rows)
        fixed = ' style="table-layout: fixed"' if self.widths else ""
        return f'<table class="{self.css}"{fixed}>{columns}{body}</table>'


def _cell(cell):
    name = "th" if cell.head else "td"
    span = (f" colspan={cell.cols}" if cell.cols > 1 else "") + (f" rowspan={cell.rows}" if cell.rows > 1 else "")
    css = f' class="{cell.css}"' if cell.css else ""
    style = f' style="{cell.style}"' if cell.style else ""
    return f"<{name}{span}{css}{style}>{html.escape(cell.text) if cell.shown is None else cell.shown}</{name}>"


@dataclass
class Page:
    """A page: its body, the tables on it, and how it is set."""

    body: str
    tables: list[Grid]
    css: list[str]
    wide: bool = False
    turned: bool = False
    size: float | None = None


def para(pick, count=4):
    return "<p>" + html.escape(" ".join(sentence(pick, pick.randint(8, 16)) for _ in range(count))) + "</p>"


def heads(texts, css=""):
    return [Td(text, head=True, css=css) for text in texts]


def figure(pick, most=9999, places=None):
    places = pick.choice([0, 1]) if places is None else places
    value = pick.uniform(1, most)
    return f"{value:,.{places}f}"


def right(texts):
    return [Td(text, css="r") for text in texts]


def padding(pick):
    inset = f"padding: {pick.choice([1, 1.5, 2, 3])}pt {pick.choice([3, 4, 6, 8])}pt"
    return [f"td {{ {inset} }}", f"th {{ {inset} }}"]


def grid_rules(width="0.5pt"):
    return [f"td {{ border: {width} solid black }}", f"th {{ border: {width} solid black }}"]


def titled(pick, grid, *, notes=True):
    """A table between text, with a caption, and perhaps a note."""
    caption = (
        f"<p><b>Table {pick.randint(1, 19)}.</b> {html.escape(sentence(pick, 6))}</p>" if pick.random() < 0.8 else ""
    )
    note = f"<p class=small>Note: {html.escape(sentence(pick, 9))}</p>" if notes and pick.random() < 0.5 else ""
    return f"{para(pick)}{caption}{grid.html()}{note}{para(pick, 3)}"


# ---------------------------------------------------------------- set A


def narrow_column(pick):
    """A paper of two columns, a table in the left one."""
    count = pick.randint(2, 3)
    rows = [heads(["Method", *pick.sample(["Precision", "Recall", "F1", "Time (s)", "Error"], count)])]
    for name in pick.sample(
        ["Baseline", "Random forest", "SVM (RBF)", "CNN", "Ours", "Ours + CRF", "LSTM"], pick.randint(4, 6)
    ):
        rows.append([Td(name), *[Td(figure(pick, 99, 1), css="c") for _ in range(count)]])
    grid = Grid(rows)
    css = [
        *padding(pick),
        "table { margin: auto; border-top: 1pt solid; border-bottom: 1pt solid }",
        "tr:first-child > * { border-bottom: 0.5pt solid }",
        ".two { height: 700pt }",
    ]
    left = f"{para(pick, 6)}<p><b>Table 1:</b> {html.escape(sentence(pick, 9))}</p>{grid.html()}{para(pick, 6)}{para(pick, 6)}"
    other = "".join(para(pick, 5) for _ in range(pick.randint(4, 6)))
    return Page(f'<div class=two>{left}<div style="break-before: column">{other}</div></div>', [grid], css, size=8)


def short_column(pick):
    """A table in one column, and little text beside it."""
    rows = [heads(["Nominal size", "Width across flats", "Torque (Nm)"])]
    for size in sorted(pick.sample(range(3, 40), pick.randint(6, 11))):
        rows.append([Td(f"M{size}"), Td(str(size + 3), css="c"), Td(figure(pick, 300, 1), css="r")])
    grid = Grid(rows)
    css = [*padding(pick), ".l { float: left; width: 240pt }", ".q { float: right; width: 220pt }"]
    css += pick.choice([grid_rules(), ["tr:first-child > * { border-bottom: 0.7pt solid }"], []])
    beside = "".join(para(pick, 3) for _ in range(pick.randint(1, 4)))
    pair = [f"<div class=l>{para(pick, 1)}{grid.html()}</div>", f"<div class=q>{beside}</div>"]
    return Page(f"{para(pick, 3)}<div>{''.join(pair)}</div>", [grid], css)


def two_tables_in_columns(pick):
    """Both columns of a page hold a table, at different heights."""
    grids = []
    for _ in range(2):
        rows = [heads(["Sample", "Mass (g)", "Yield (%)"])]
        rows += [
            [Td(f"{pick.choice('ABCD')}-{n}"), *right([figure(pick, 90, 2), figure(pick, 99, 1)])]
            for n in range(1, pick.randint(5, 9))
        ]
        grids.append(Grid(rows))
    css = [
        *padding(pick),
        "table { border-top: 1pt solid; border-bottom: 1pt solid }",
        "tr:first-child > * { border-bottom: 0.5pt solid }",
        ".two { height: 690pt }",
    ]
    left = f"{para(pick, 8)}{grids[0].html()}{para(pick, 5)}{para(pick, 5)}"
    other = f"{para(pick, 3)}{grids[1].html()}{para(pick, 5)}{para(pick, 5)}"
    body = f'<div class=two>{left}<div style="break-before: column">{other}</div></div>'
    return Page(body, grids, css, size=8)


def three_levels(pick):
    """Headers of three levels."""
    groups = pick.sample(["Men", "Women", "Total"], 2)
    inner = pick.sample(["2010", "2015", "2020", "2022"], 2)
    leaf = pick.choice([["Number", "%"], ["Rate", "SE"], ["Low", "High"]])
    width = len(groups) * len(inner) * len(leaf)
    rows = [
        [Td(pick.choice(["Country", "Area", "Industry"]), rows=3, head=True),
         *[Td(group, cols=len(inner) * len(leaf), head=True, css="c") for group in groups]],
        [Td(name, cols=len(leaf), head=True, css="c") for _ in groups for name in inner],
        [Td(name, head=True, css="c") for _ in groups for _ in inner for name in leaf],
    ]  # fmt: skip
    rows += [
        [Td(place), *right([figure(pick, 999, 1) for _ in range(width)])]
        for place in pick.sample(COUNTRIES, pick.randint(6, 10))
    ]
    grid = Grid(rows)
    style = pick.choice(["grid", "levels", "under"])
    css = [*padding(pick), "table { width: 100% }"]
    if style == "grid":
        css += grid_rules()
    else:
        css += [
            "table { border-top: 1pt solid; border-bottom: 1pt solid }",
            "tr:nth-child(3) > * { border-bottom: 0.5pt solid }",
            "tr:first-child > th:first-child { border-bottom: 0.5pt solid }",
        ]
        css += ["th[colspan] { border-bottom: 0.5pt solid }"] if style == "levels" else []
    return Page(titled(pick, grid), [grid], css, size=pick.choice([7, 8]))


def section_titles(pick):
    """Titles of sections that span the table."""
    count = pick.randint(2, 4)
    years = [str(2023 - n) for n in range(count)]
    rows = [[Td(pick.choice(["", "in thousands"]), head=True), *[Td(year, head=True, css="r") for year in years]]]
    align = pick.choice(["c", ""])
    for title in pick.sample(
        ["Assets", "Liabilities and equity", "Cash flow", "Segment A", "Off balance"], pick.randint(2, 3)
    ):
        rows.append([Td(title, cols=count + 1, css=f"{align} s")])
        rows += [
            [Td(name), *right([figure(pick) for _ in years])] for name in pick.sample(ACCOUNTS, pick.randint(3, 4))
        ]
    grid = Grid(rows)
    css = [*padding(pick), "table { width: 85% }", "td.s { font-style: italic; font-weight: bold }"]
    css += pick.choice([grid_rules(), ["tr > * { border-bottom: 0.4pt solid }"], ["td.s { background: #dde }"], []])
    return Page(titled(pick, grid), [grid], css)


def blank_remarks(pick):
    """A last column for remarks that is mostly blank."""
    rows = [heads(["No.", "Description", "Material", "Qty", "Remark"])]
    for n, thing in enumerate(pick.sample(THINGS, pick.randint(6, 11)), 1):
        remark = pick.choice(["spare part", "see note 2", "zinc plated"]) if pick.random() < 0.25 else ""
        rows.append([Td(str(n)), Td(thing), Td(pick.choice(STUFF)), Td(str(pick.randint(1, 12)), css="r"), Td(remark)])
    grid = Grid(rows)
    css = [*padding(pick), "table { width: 95% }"]
    css += pick.choice([grid_rules(), ["tr > * { border-bottom: 0.4pt solid }"],
                        ["tr:first-child > * { border-bottom: 0.7pt solid }"], []])  # fmt: skip
    return Page(titled(pick, grid), [grid], css)


def with_footnotes(pick):
    """Marks of footnotes in cells, footnotes in a last row or below."""
    count = pick.randint(3, 5)
    rows = [[Td("Country", head=True), *[Td(str(2018 + n), head=True, css="r") for n in range(count)]]]
    for place in pick.sample(COUNTRIES, pick.randint(7, 12)):
        mark = pick.choice("12a*") if pick.random() < 0.3 else ""
        cells = [Td(place + mark, shown=f"{html.escape(place)}<sup>{mark}</sup>" if mark else None)]
        for _ in range(count):
            text, flag = figure(pick, 99, 1), pick.choice("bep") if pick.random() < 0.15 else ""
            cells.append(Td(text + flag, css="r", shown=f"{text}<sup>{flag}</sup>" if flag else None))
        rows.append([cells[0], *[cell if pick.random() > 0.06 else Td("..", css="r") for cell in cells[1:]]])
    grid = Grid(rows)
    css = [
        *padding(pick),
        "table { width: 80%; border-top: 1pt solid; border-bottom: 1pt solid }",
        "tr:first-child > * { border-bottom: 0.5pt solid }",
    ]
    notes = "".join(f"<div class=small><sup>{sign}</sup> {html.escape(sentence(pick, 7))}</div>" for sign in "12a")
    return Page(f"{para(pick)}{grid.html()}{notes}{para(pick)}", [grid], css)


def wrapped_cells(pick):
    """Cells of several lines, rules between the rows or none."""
    rows = [heads(["Requirement", "Description", "Verification method", "Status"])]
    for _ in range(pick.randint(4, 6)):
        rows.append([Td(f"REQ-{pick.randint(100, 999)}"), Td(sentence(pick, pick.randint(9, 24))),
                     Td(pick.choice(["Inspection of drawings and certificates", "Test", "Analysis by finite elements", "Review"])),
                     Td(pick.choice(["open", "closed", "in work"]))])  # fmt: skip
    grid = Grid(rows, widths=["60pt", "220pt", "110pt", "60pt"])
    css = padding(pick)
    css += pick.choice([grid_rules(), ["tr > * { border-bottom: 0.4pt solid }"],
                        ["tr:first-child > * { border-bottom: 0.7pt solid }", "td { padding-top: 4pt; padding-bottom: 4pt }"]])  # fmt: skip
    if pick.random() < 0.4:
        grid.css = "m"
    return Page(titled(pick, grid), [grid], css)


def data_sheet(pick):
    """Electrical characteristics with conditions, in rows that share their parameter."""
    rows = [heads(["Parameter", "Symbol", "Conditions", "Min.", "Typ.", "Max.", "Unit"])]
    for name, sign, unit in pick.sample(ELECTRIC, pick.randint(5, 7)):
        lines = pick.choice([1, 1, 2])
        for line in range(lines):
            values = [figure(pick, 90, 1) if pick.random() < 0.65 else "" for _ in range(3)]
            lead = [Td(name, rows=lines), Td(sign, rows=lines)] if line == 0 else []
            tail = [Td(unit, rows=lines)] if line == 0 else []
            rows.append([*lead, Td(pick.choice(CONDITIONS)), *[Td(value, css="c") for value in values], *tail])
    grid = Grid(rows, css=pick.choice(["", "m"]))
    css = [*padding(pick), *pick.choice([grid_rules(), ["td { border-bottom: 0.4pt solid #888 }", "th { border-bottom: 1pt solid }"]]),
           "tr:first-child { background: #ccd }"]  # fmt: skip
    return Page(titled(pick, grid), [grid], css)


def dotted_rules(pick):
    """Rules made of dots or dashes."""
    kind = pick.choice(["dotted", "dashed"])
    rows = [heads(["Item", "Order no.", "Price (EUR)"])]
    rows += [[Td(thing), Td(f"{pick.randint(100, 999)}-{pick.randint(10, 99)}"), Td(figure(pick, 900, 2), css="r")]
             for thing in pick.sample(THINGS, pick.randint(5, 10))]  # fmt: skip
    grid = Grid(rows)
    css = [*padding(pick), "table { width: 70% }"]
    css += pick.choice(
        [
            [f"td {{ border: 0.7pt {kind} }}", f"th {{ border: 0.7pt {kind} }}"],
            [f"tr > * {{ border-bottom: 0.7pt {kind} }}"],
        ]
    )
    return Page(titled(pick, grid), [grid], css)


def turned_page(pick):
    """A wide table on a page whose content is stored lying."""
    count = pick.randint(8, 11)
    rows = [heads(["Region", *[f"{2010 + n}" for n in range(count)]])]
    rows += [
        [Td(place), *right([figure(pick, 9999, 0) for _ in range(count)])]
        for place in pick.sample(COUNTRIES, pick.randint(8, 13))
    ]
    grid = Grid(rows)
    css = [*padding(pick), "table { width: 100% }"]
    css += pick.choice([grid_rules(), ["tr:first-child > * { border-bottom: 0.7pt solid }"]])
    return Page(titled(pick, grid), [grid], css, wide=True, turned=True, size=8)


def dot_leaders(pick):
    """Official statistics: stubs that hang in, filled up with dots."""
    count = pick.randint(3, 5)
    rows = [
        [
            Td("Industry", head=True),
            *[
                Td(name, head=True, css="r")
                for name in pick.sample(["Jan.", "Feb.", "Mar.", "Apr.", "May", "June"], count)
            ],
        ]
    ]
    for name in pick.sample(SECTORS, pick.randint(7, 11)):
        dots = f"<span class=d><span class=t>{html.escape(name)}</span>{'.' * 90}</span>"
        rows.append([Td(name, shown=dots), *right([figure(pick, 9999, 1) for _ in range(count)])])
    grid = Grid(rows)
    css = [
        *padding(pick),
        ".d { display: block; width: 190pt; overflow: hidden; white-space: nowrap; height: 1.2em }",
        "table { border-top: 1pt solid; border-bottom: 1pt solid }",
        "tr:first-child > * { border-bottom: 0.5pt solid }",
    ]
    for row in grid.rows[1:]:
        # as many dots as fit are printed; none of them is a letter, so the truth is the name
        assert row[0].shown
    return Page(titled(pick, grid), [grid], css, size=8)


def upright_heads(pick):
    """Headers that run upwards."""
    names = pick.sample(
        ["Flatness", "Roundness", "Parallelism", "Roughness", "Hardness", "Coating", "Marking"], pick.randint(4, 6)
    )
    rows = [[Td("Part", head=True), *[Td(name, head=True, shown=f"<span class=v>{name}</span>") for name in names]]]
    rows += [
        [Td(thing), *[Td(pick.choice(["x", "–", "o"]), css="c") for _ in names]]
        for thing in pick.sample(THINGS, pick.randint(6, 9))
    ]
    grid = Grid(rows)
    css = [
        *padding(pick),
        *grid_rules(),
        ".v { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; height: 70pt }",
    ]
    return Page(titled(pick, grid), [grid], css)


def separate_cells(pick):
    """Cells in boxes of their own, as browsers draw them."""
    count = pick.randint(3, 5)
    rows = [heads(["Test", *[f"Run {n + 1}" for n in range(count)]])]
    rows += [
        [Td(thing), *right([figure(pick, 99, 2) for _ in range(count)])]
        for thing in pick.sample(THINGS, pick.randint(4, 8))
    ]
    grid = Grid(rows)
    gap = pick.choice([1, 2, 3])
    css = [
        f"table {{ border-collapse: separate; border-spacing: {gap}pt; border: 1pt outset }}",
        "td { border: 1pt inset; padding: 1.5pt 4pt }",
        "th { border: 1pt inset; padding: 1.5pt 4pt }",
    ]
    return Page(titled(pick, grid), [grid], css)


def annual_report(pick):
    """Accounts with a column of notes, sums ruled above, losses in brackets."""
    rows = [
        [
            Td("EUR million", head=True),
            Td("Note", head=True, css="c"),
            Td("2023", head=True, css="r"),
            Td("2022", head=True, css="r"),
        ]
    ]
    for _ in range(pick.randint(2, 3)):
        for name in pick.sample(ACCOUNTS, pick.randint(3, 4)):
            note = str(pick.randint(2, 31)) if pick.random() < 0.5 else ""
            amounts = [f"({figure(pick, 900, 1)})" if pick.random() < 0.3 else figure(pick, 900, 1) for _ in range(2)]
            rows.append([Td(name), Td(note, css="c"), *right(amounts)])
        total = pick.choice(["Operating profit", "Profit before tax", "Total assets", "Net income"])
        rows.append(
            [Td(total, style="font-weight: bold"), Td(""), *[Td(figure(pick, 9999, 1), css="r sum") for _ in range(2)]]
        )
    grid = Grid(rows)
    css = [
        *padding(pick),
        "table { width: 100% }",
        "td.sum { border-top: 0.5pt solid; border-bottom: 0.5pt solid; font-weight: bold }",
    ]
    return Page(titled(pick, grid), [grid], css)


def zebra(pick):
    """Shaded rows, white text on a dark header."""
    count = pick.randint(3, 5)
    rows = [heads(["Product", *pick.sample(["Width", "Height", "Depth", "Weight", "Power", "Flow"], count)])]
    rows += [[Td(f"{pick.choice(['AX', 'BT', 'KR'])} {pick.randint(10, 99)}0"), *[Td(figure(pick, 900, 0), css="c") for _ in range(count)]]
             for _ in range(pick.randint(6, 12))]  # fmt: skip
    grid = Grid(rows)
    css = [
        *padding(pick),
        "table { width: 100% }",
        "tr:nth-child(even) { background: #e6eef7 }",
        "tr:first-child { background: #235; color: white }",
    ]
    return Page(titled(pick, grid), [grid], css)


# ---------------------------------------------------------------- set B: none of its pages was looked at


def invoice(pick):
    """Positions of an invoice with sums at the right below."""
    rows = [heads(["Pos.", "Article", "Quantity", "Unit price", "Amount"])]
    for n, thing in enumerate(pick.sample(THINGS, pick.randint(4, 8)), 1):
        rows.append([Td(str(n * 10)), Td(f"{thing}, {pick.choice(STUFF)}"), Td(f"{pick.randint(1, 90)} pcs", css="r"),
                     *right([figure(pick, 90, 2), figure(pick, 900, 2)])])  # fmt: skip
    rows += [
        [Td(label, cols=4, css="r"), Td(figure(pick, 9000, 2), css="r")] for label in ("Subtotal", "VAT 19 %", "Total")
    ]
    grid = Grid(rows)
    css = [*padding(pick), "table { width: 100% }"]
    css += pick.choice(
        [
            grid_rules(),
            ["tr:first-child > * { border-bottom: 0.7pt solid }", "td[colspan] + td { border-top: 0.5pt solid }"],
        ]
    )
    return Page(titled(pick, grid), [grid], css)


def column_of_paper(pick):
    """A table at the top of the right column of a paper."""
    names = pick.sample(["Alloy", "Rm (MPa)", "A (%)", "HV", "ρ (g/cm³)"], 4)
    rows = [heads(names)]
    rows += [
        [Td(pick.choice(STUFF)), *[Td(figure(pick, 700, pick.choice([0, 1])), css="c") for _ in range(3)]]
        for _ in range(pick.randint(4, 8))
    ]
    grid = Grid(rows)
    css = [
        *padding(pick),
        ".two { height: 700pt }",
        "table { width: 100%; border-top: 0.8pt solid; border-bottom: 0.8pt solid }",
        *pick.choice([["tr:first-child > * { border-bottom: 0.5pt solid }"], grid_rules()]),
    ]
    left = "".join(para(pick, 5) for _ in range(6))
    other = f"<p><b>TABLE II</b><br>{html.escape(sentence(pick, 5))}</p>{grid.html()}{''.join(para(pick, 5) for _ in range(3))}"
    return Page(f'<div class=two>{left}<div style="break-before: column">{other}</div></div>', [grid], css, size=8)


def card_in_column(pick):
    """A short list of properties in a narrow column beside text."""
    rows = [heads(["Property", "Value"])] if pick.random() < 0.5 else []
    for name, _, unit in pick.sample(ELECTRIC, pick.randint(5, 8)):
        rows.append([Td(name), Td(f"{figure(pick, 90, 1)} {unit}")])
    grid = Grid(rows)
    css = [*padding(pick), ".l { float: right; width: 190pt }", ".q { width: 270pt }"]
    css += pick.choice([grid_rules(), ["tr > * { border-bottom: 0.3pt solid }"]])
    return Page(
        f"<div class=l>{grid.html()}</div><div class=q>{''.join(para(pick, 4) for _ in range(5))}</div>", [grid], css
    )


def survey(pick):
    """Results of a survey: n and share, groups whose members hang in."""
    rows = [[Td("Characteristic", rows=2, head=True), Td("Treatment (n = 84)", cols=2, head=True, css="c"), Td("Control (n = 81)", cols=2, head=True, css="c"),
             Td("P value", rows=2, head=True)], [Td(name, head=True, css="r") for name in ("n", "%", "n", "%")]]  # fmt: skip
    for title, members in pick.sample([("Sex", ["female", "male"]), ("Age group", ["under 40", "40 to 59", "60 and over"]), ("Smoking", ["never", "former", "current"]),
                                       ("Severity", ["mild", "severe"])], 3):  # fmt: skip
        rows.append([Td(title), *[Td("") for _ in range(4)], Td(f"0.{pick.randint(10, 99)}")])
        for member in members:
            rows.append(
                [
                    Td(member, style="padding-left: 14pt"),
                    *right(
                        [str(pick.randint(5, 60)), figure(pick, 90, 1), str(pick.randint(5, 60)), figure(pick, 90, 1)]
                    ),
                    Td(""),
                ]
            )
    grid = Grid(rows)
    css = [
        *padding(pick),
        "table { border-top: 1pt solid; border-bottom: 1pt solid; width: 90% }",
        "tr:nth-child(2) > * { border-bottom: 0.5pt solid }",
        "tr:first-child > th[rowspan] { border-bottom: 0.5pt solid }",
        *pick.choice([["th[colspan] { border-bottom: 0.4pt solid }"], []]),
    ]
    return Page(titled(pick, grid), [grid], css)


def levels_in_grid(pick):
    """Headers of three levels of unequal depth."""
    rows = [
        [
            Td("Type", rows=3, head=True),
            Td("Dimensions in mm", cols=4, head=True, css="c"),
            Td("Load rating", cols=2, head=True, css="c"),
            Td("Mass kg", rows=3, head=True),
        ],
        [
            Td("Shaft", cols=2, head=True, css="c"),
            Td("Housing", cols=2, head=True, css="c"),
            Td("dyn.", rows=2, head=True),
            Td("stat.", rows=2, head=True),
        ],
        [Td(name, head=True, css="c") for name in ("d", "tol.", "D", "tol.")],
    ]
    for _ in range(pick.randint(5, 10)):
        rows.append([Td(f"{pick.randint(60, 69)}{pick.randint(10, 99)}"), Td(str(pick.randint(10, 90)), css="r"), Td(pick.choice(["h6", "k5", "j6"])), Td(str(pick.randint(30, 190)), css="r"),
                     Td(pick.choice(["H7", "J7", "K6"])), *right([figure(pick, 90, 1), figure(pick, 90, 1), figure(pick, 9, 2)])])  # fmt: skip
    grid = Grid(rows)
    css = [*padding(pick), "table { width: 100% }"]
    css += pick.choice([grid_rules(), ["table { border-top: 1pt solid; border-bottom: 1pt solid }", "tr:nth-child(3) > * { border-bottom: 0.5pt solid }",
                                       "th[colspan] { border-bottom: 0.4pt solid }"]])  # fmt: skip
    return Page(titled(pick, grid), [grid], css)


def schedule(pick):
    """Days and hours with lessons that span."""
    rows = [heads(["Time", "Monday", "Tuesday", "Wednesday", "Thursday"])]
    covered = set()
    for hour in range(8, 8 + pick.randint(5, 7)):
        row = [Td(f"{hour}:00")]
        for day in range(4):
            if (hour, day) in covered:
                continue
            tall = 2 if pick.random() < 0.2 and hour < 11 else 1
            covered |= {(hour + n, day) for n in range(tall)}
            row.append(
                Td(
                    pick.choice(["Statics", "Design", "CAD", "Materials", "Physics"]) if pick.random() < 0.8 else "",
                    rows=tall,
                )
            )
        rows.append(row)
    grid = Grid(rows)
    return Page(titled(pick, grid), [grid], [*padding(pick), *grid_rules(), "table { width: 90% }"])


def price_list(pick):
    """Groups of articles below titles, prices in several columns, little white."""
    rows = [
        [
            Td("Article", head=True),
            *[Td(f"from {n}", head=True, css="r") for n in (1, 10, 100)],
            Td("Pack", head=True, css="r"),
        ]
    ]
    for title in pick.sample(["Fasteners", "Seals", "Drives", "Sensors"], 2):
        rows.append([Td(title, cols=5, css="s")])
        rows += [[Td(f"{thing} {pick.choice(STUFF)}"), *right([figure(pick, 90, 2) for _ in range(3)]), Td(str(pick.choice([1, 10, 50])), css="r")]
                 for thing in pick.sample(THINGS, pick.randint(3, 5))]  # fmt: skip
    grid = Grid(rows)
    css = [
        *padding(pick),
        "td.s { font-weight: bold }",
        *pick.choice([["tr > * { border-bottom: 0.3pt dotted }"], ["td.s { background: #eee }"], []]),
        "table { width: 75% }",
    ]
    return Page(titled(pick, grid), [grid], css)


def lab_report(pick):
    """Values with reference ranges and flags that are mostly blank."""
    rows = [heads(["Analyte", "Result", "Flag", "Unit", "Reference range"])]
    for name in pick.sample(
        ["Sodium", "Potassium", "Chloride", "Calcium", "Glucose", "Urea", "Creatinine", "Albumin", "Iron"],
        pick.randint(6, 9),
    ):
        rows.append([Td(name), Td(figure(pick, 150, 1), css="r"), Td("H" if pick.random() < 0.2 else ""), Td(pick.choice(["mmol/l", "g/l", "µmol/l"])),
                     Td(f"{pick.randint(1, 50)} – {pick.randint(51, 150)}")])  # fmt: skip
    grid = Grid(rows)
    css = [
        *padding(pick),
        "table { width: 80% }",
        *pick.choice([["tr:first-child > * { border-bottom: 0.7pt solid }"], grid_rules(), []]),
    ]
    return Page(titled(pick, grid), [grid], css)


def checks(pick):
    """Marks that compare products."""
    names = [f"{pick.choice(['Basic', 'Pro', 'Plus', 'Max'])} {n}" for n in range(1, pick.randint(3, 5))]
    rows = [[Td("Feature", head=True), *[Td(name, head=True, css="c") for name in names]]]
    rows += [[Td(text), *[Td(pick.choice(["yes", "no", "option"]), css="c") for _ in names]]
             for text in pick.sample(["Ethernet port", "Battery backup", "Outdoor housing", "Remote display", "Relay output", "Data logger", "USB"], pick.randint(4, 7))]  # fmt: skip
    grid = Grid(rows)
    css = [
        *padding(pick),
        "table { width: 90% }",
        *pick.choice([["tr > * { border-bottom: 0.4pt solid #aaa }"], ["tr:nth-child(odd) { background: #eee }"]]),
    ]
    return Page(titled(pick, grid), [grid], css)


def glossary(pick):
    """Terms and what they mean, wrapped, ruled between."""
    rows = [heads(["Term", "Meaning", "Source"])]
    rows += [[Td(pick.choice(["Backlash", "Clearance", "Preload", "Runout", "Stiffness", "Yield"]) + f" {n}"), Td(sentence(pick, pick.randint(8, 22))), Td(f"ISO {pick.randint(100, 9999)}")]
             for n in range(1, pick.randint(5, 7))]  # fmt: skip
    grid = Grid(rows, widths=["80pt", "270pt", "70pt"])
    css = [*padding(pick), *pick.choice([["tr > * { border-bottom: 0.4pt solid }"], ["td { border-left: 0.4pt solid; border-right: 0.4pt solid }",
           "table { border: 0.4pt solid }", "tr:first-child > * { border-bottom: 0.4pt solid }", "td { padding-top: 4pt }"]])]  # fmt: skip
    return Page(titled(pick, grid), [grid], css)


def turned_grid(pick):
    """A parts list on a page that is stored lying, with remarks that are mostly blank."""
    rows = [
        heads(["Item", "Part number", "Designation", "Standard", "Material", "Qty", "Weight", "Supplier", "Remarks"])
    ]
    for n, thing in enumerate(pick.sample(THINGS, pick.randint(7, 12)), 1):
        rows.append([Td(str(n)), Td(f"{pick.randint(1000, 9999)}.{pick.randint(10, 99)}"), Td(thing), Td(f"ISO {pick.randint(1000, 9999)}" if pick.random() < 0.5 else ""), Td(pick.choice(STUFF)),
                     Td(str(pick.randint(1, 20)), css="r"), Td(figure(pick, 9, 3), css="r"), Td(pick.choice(NAMES)), Td("see drawing" if pick.random() < 0.2 else "")])  # fmt: skip
    grid = Grid(rows)
    css = [
        *padding(pick),
        "table { width: 100% }",
        *pick.choice([grid_rules(), ["tr:first-child > * { border-bottom: 1pt solid }"]]),
    ]
    return Page(titled(pick, grid), [grid], css, wide=True, turned=True)


def wide_stub(pick):
    """Long names wrapped beside numbers that stand at the bottom of their row."""
    count = pick.randint(3, 4)
    rows = [[Td("Indicator", head=True), *[Td(f"Q{n + 1} {2024}", head=True, css="r") for n in range(count)]]]
    rows += [
        [
            Td(sentence(pick, pick.randint(4, 13))),
            *[Td(figure(pick, 999, 1), css="r", style="vertical-align: bottom") for _ in range(count)],
        ]
        for _ in range(pick.randint(5, 8))
    ]
    grid = Grid(rows, widths=["170pt", *["65pt"] * count])
    css = [
        *padding(pick),
        *pick.choice(
            [
                ["tr > * { border-bottom: 0.4pt solid }"],
                ["tr:first-child > * { border-bottom: 0.7pt solid }"],
                grid_rules(),
            ]
        ),
    ]
    return Page(titled(pick, grid), [grid], css)


def boxes_apart(pick):
    """Two tables beside each other, each with its title."""
    grids = []
    for _ in range(2):
        rows = [heads(["Grade", "C", "Mn", "Cr"])]
        rows += [
            [Td(pick.choice(STUFF)), *right([figure(pick, 2, 2) for _ in range(3)])] for _ in range(pick.randint(3, 7))
        ]
        grids.append(Grid(rows))
    css = [
        *padding(pick),
        ".f { display: flex; gap: 40pt; align-items: flex-start }",
        *pick.choice([grid_rules(), ["tr:first-child > * { border-bottom: 0.7pt solid }"]]),
    ]
    body = "".join(f"<div><b>Heat {n}</b>{grid.html()}</div>" for n, grid in enumerate(grids, 1))
    return Page(f"{para(pick)}<div class=f>{body}</div>{para(pick)}", grids, css)


def mixed_scale(pick):
    """A statistic with a row of units below the headers and sums at both ends."""
    rows = [
        heads(["Year", "Output", "Exports", "Employees", "Wages"]),
        [Td(""), *[Td(f"({unit})", css="c") for unit in ("1 000 t", "EUR m", "1 000", "EUR/h")]],
    ]
    for year in range(2010, 2010 + pick.randint(6, 12)):
        rows.append(
            [
                Td(str(year)),
                *right([figure(pick, 9999, 0), figure(pick, 999, 1), figure(pick, 99, 1), figure(pick, 40, 2)]),
            ]
        )
    grid = Grid(rows)
    css = [
        *padding(pick),
        "table { width: 85%; border-top: 1pt solid; border-bottom: 1pt solid }",
        "tr:nth-child(2) > * { border-bottom: 0.5pt solid }",
    ]
    return Page(titled(pick, grid), [grid], css)


SETS = {
    "A": (
        narrow_column, short_column, two_tables_in_columns, three_levels, section_titles, blank_remarks, with_footnotes,
        wrapped_cells, data_sheet, dotted_rules, turned_page, dot_leaders, upright_heads, separate_cells,
        annual_report, zebra,
    ),
    "B": (
        invoice, column_of_paper, card_in_column, survey, levels_in_grid, schedule, price_list, lab_report, checks,
        glossary, turned_grid, wide_stub, boxes_apart, mixed_scale,
    ),
}  # fmt: skip
