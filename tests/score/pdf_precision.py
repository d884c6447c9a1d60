"""Count the tables that are invented on pages without any: prose, lists, formulas, plots, minutes, code.

``python -m tests.score.pdf_precision [seeds]`` writes 20 pages for every seed and reads them.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.score.pdf_tables import tables_of

WORDS = [
    *[
        "the",
        "of",
        "and",
        "to",
        "a",
        "in",
        "bearing",
        "shaft",
        "is",
        "load",
        "that",
        "measured",
        "for",
        "with",
        "flange",
        "was",
        "surface",
        "on",
        "as",
        "by",
        "which",
        "at",
        "from",
    ],
    *[
        "this",
        "are",
        "temperature",
        "be",
        "an",
        "or",
        "it",
        "pressure",
        "can",
        "has",
        "have",
        "design",
        "were",
        "not",
        "each",
        "between",
        "more",
        "test",
        "under",
        "than",
    ],
    *[
        "these",
        "material",
        "when",
        "resulting",
        "tolerance",
        "during",
        "assembly",
        "where",
        "quality",
        "required",
        "strength",
        "valve",
        "into",
        "so",
        "all",
    ],
    *["engineering", "manufacturer", "however", "after", "before", "housing", "torque", "cycle", "approximately"],
]
NAMES = ["Keller", "Rossi", "Nguyen", "Smith", "Garcia", "Dubois", "Novak", "Jensen"]
WIDTH, HEIGHT = 595, 842
# advances of Helvetica in thousandths of its size (Adobe's metrics), for the letters used here
ADVANCES = dict(zip("abcdefghijklmnopqrstuvwxyz", (
    556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833,
    556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500,
), strict=True))  # fmt: skip


def width_of(text, size, font="F1"):
    if font == "F2":
        return len(text) * 0.6 * size
    return sum(ADVANCES.get(char, 278 if char in " .,:" else 600) for char in text) * size / 1000


class Leaf:
    """A page of text and strokes."""

    def __init__(self):
        self.operators = []

    def text(self, x, y, text, size=10, font="F1"):
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        self.operators.append(f"BT /{font} {size} Tf {x:.2f} {HEIGHT - y:.2f} Td ({escaped}) Tj ET")

    def line(self, x0, y0, x1, y1):
        self.operators.append(f"0.5 w {x0:.2f} {HEIGHT - y0:.2f} m {x1:.2f} {HEIGHT - y1:.2f} l S")


def sentence(pick, words):
    return " ".join(pick.choice(WORDS) for _ in range(words)).capitalize() + "."


def paragraph(leaf, pick, x, y, width, lines, size=10, *, justified=False):
    for _ in range(lines):
        words = []
        while sum(width_of(word, size) + 0.28 * size for word in words) < width - 40:
            words.append(pick.choice(WORDS))
        natural = sum(width_of(word, size) for word in words)
        gap = (width - natural) / max(len(words) - 1, 1) if justified else 0.278 * size
        here = x
        for word in words:
            leaf.text(here, y, word, size)
            here += width_of(word, size) + gap
        y += 1.2 * size
    return y


def prose(leaf, pick):
    y = 80
    while y < 720:
        y = paragraph(leaf, pick, 72, y, 450, pick.randint(4, 9)) + 10


def justified(leaf, pick):
    y = 80
    while y < 720:
        y = paragraph(leaf, pick, 72, y, 450, pick.randint(4, 9), justified=True) + 10


def two_columns(leaf, pick):
    for x in (60, 310):
        y = 80
        while y < 720:
            y = paragraph(leaf, pick, x, y, 230, pick.randint(5, 12), justified=True) + 10


def three_columns(leaf, pick):
    for x in (50, 220, 390):
        y = 80
        while y < 720:
            y = paragraph(leaf, pick, x, y, 155, pick.randint(5, 12), 8) + 8


def bullets(leaf, pick):
    for row in range(40):
        leaf.text(72, 80 + row * 16, "-")
        leaf.text(90, 80 + row * 16, sentence(pick, pick.randint(4, 11)))


def numbered(leaf, pick):
    y = 80
    for row in range(18):
        leaf.text(72, y, f"{row + 1}.")
        for _ in range(pick.randint(1, 3)):
            leaf.text(94, y, sentence(pick, 11))
            y += 13
        y += 6


def nested(leaf, pick):
    y = 80
    for row in range(12):
        leaf.text(72, y, f"{row + 1}")
        leaf.text(100, y, sentence(pick, 6))
        for number in range(pick.randint(1, 4)):
            y += 14
            leaf.text(100, y, f"{row + 1}.{number + 1}")
            leaf.text(135, y, sentence(pick, 8))
        y += 18


def formulas(leaf, pick):
    y = 90
    for number in range(12):
        y = paragraph(leaf, pick, 72, y, 450, 2) + 12
        leaf.text(220, y, f"F = m a + {pick.randint(2, 9)} k x", 11)
        leaf.text(262, y + 4, str(number), 6)
        leaf.text(500, y, f"({number + 1})")
        y += 24


def plot(leaf, pick):
    paragraph(leaf, pick, 72, 80, 450, 5)
    left, right, top, bottom = 110, 480, 200, 480
    for step in range(6):
        y = bottom - step * (bottom - top) / 5
        x = left + step * (right - left) / 5
        leaf.line(left - 4, y, left, y)
        leaf.line(x, bottom, x, bottom + 4)
        leaf.text(left - 28, y + 3, str(step * 20))
        leaf.text(x - 5, bottom + 16, str(step * 5))
    leaf.line(left, top, left, bottom)
    leaf.line(left, bottom, right, bottom)
    for row, name in enumerate(("measured", "computed", "limit")):
        leaf.text(400, 220 + row * 14, name)
        leaf.line(375, 217 + row * 14, 395, 217 + row * 14)
    leaf.text(200, 520, "Figure 1: " + sentence(pick, 6))
    paragraph(leaf, pick, 72, 560, 450, 10)


def grid_plot(leaf, pick):
    left, right, top, bottom = 110, 480, 200, 480
    for step in range(6):
        y = bottom - step * (bottom - top) / 5
        x = left + step * (right - left) / 5
        leaf.line(left, y, right, y)
        leaf.line(x, top, x, bottom)
        leaf.text(left - 28, y + 3, str(step * 20))
        leaf.text(x - 5, bottom + 16, str(step * 5))
    leaf.text(left + 20, top + 30, "measured")
    paragraph(leaf, pick, 72, 560, 450, 10)


def minutes(leaf, pick):
    y = 80
    for label in ("Date:", "Place:", "Chair:"):
        leaf.text(72, y, label)
        leaf.text(140, y, pick.choice(NAMES))
        y += 15
    y += 20
    for _ in range(14):
        leaf.text(72, y, pick.choice(NAMES) + ":")
        for _ in range(pick.randint(1, 3)):
            leaf.text(140, y, sentence(pick, pick.randint(7, 10)))
            y += 13
        y += 8


def code(leaf, pick):
    for row in range(52):
        indent = "    " * pick.randint(0, 3)
        text = f"{indent}{pick.choice(WORDS)}_{pick.choice(WORDS)} = {pick.choice(WORDS)}({pick.randint(0, 99)})"
        leaf.text(72, 70 + row * 12, text, 9, "F2")


def commented_code(leaf, pick):
    for row in range(52):
        text = f"{'    ' * pick.randint(0, 2)}{pick.choice(WORDS)}({pick.randint(0, 99)});"
        comment = f"// {pick.choice(WORDS)} {pick.choice(WORDS)}" if pick.random() < 0.3 else ""
        leaf.text(72, 70 + row * 12, f"{text:<34}{comment}", 9, "F2")


def letter(leaf, pick):
    for row, text in enumerate(("Example Works Ltd", "12 Mill Lane", "Springfield")):
        leaf.text(72, 80 + row * 13, text)
        leaf.text(400, 80 + row * 13, ("Phone 555 0100", "Fax 555 0101", "office")[row])
    y = 200
    for _ in range(4):
        y = paragraph(leaf, pick, 72, y, 450, 5) + 12
    leaf.text(72, y + 20, "Regards,")
    leaf.text(72, y + 60, pick.choice(NAMES))


def contents(leaf, pick):
    """A table of contents, its leaders dotted or blank."""
    leaf.text(72, 80, "Contents", 14)
    is_dotted, y, page = pick.random() < 0.6, 110, 1
    for chapter in range(1, pick.randint(5, 8)):
        for part in range(pick.randint(1, 5)):
            number = f"{chapter}.{part}" if part else str(chapter)
            title, page = sentence(pick, pick.randint(2, 6))[:-1], page + pick.randint(0, 6)
            x = 72 + (20 if part else 0)
            leaf.text(x, y, number)
            leaf.text(x + 28, y, title)
            end = x + 28 + width_of(title, 10) + 4
            if is_dotted:
                leaf.text(end, y, "." * int((500 - end) / 2.78))
            leaf.text(510, y, str(page))
            y += 14


def references(leaf, pick):
    y = 80
    for number in range(1, 16):
        leaf.text(72, y, f"[{number}]")
        authors = ", ".join(f"{pick.choice('ABCDEFG')}. {pick.choice(NAMES)}" for _ in range(pick.randint(1, 3)))
        leaf.text(98, y, f"{authors}: {sentence(pick, 4)}")
        leaf.text(98, y + 13, f"{sentence(pick, 4)} Vol. {pick.randint(1, 60)}, {pick.randint(1970, 2020)}, pp. 12-19.")
        y += 32


def form(leaf, pick):
    """Lines to be filled in."""
    y = 100
    for label in ("Name", "Street", "Place", "Country", "Telephone", "Date of birth", "Profession", "Signature"):
        leaf.text(72, y, label)
        leaf.line(170, y + 2, 480, y + 2)
        if pick.random() < 0.3:
            leaf.text(180, y, pick.choice(NAMES))
        y += pick.choice([22, 26, 30])
    paragraph(leaf, pick, 72, y + 30, 450, 5)


def index(leaf, pick):
    """Two columns of words and pages."""
    for x in (72, 310):
        for row in range(48):
            pages = ", ".join(str(pick.randint(1, 300)) for _ in range(pick.randint(1, 3)))
            leaf.text(x, 80 + 13 * row, f"{pick.choice(WORDS)} {pick.choice(WORDS)}, {pages}")


def dialogue(leaf, pick):
    y = 80
    for _ in range(24):
        leaf.text(72, y, pick.choice(NAMES) + ".")
        leaf.text(150, y, sentence(pick, pick.randint(4, 9)))
        y += 22


def headed_sections(leaf, pick):
    """Headings in the margin beside paragraphs."""
    y = 80
    for _ in range(5):
        leaf.text(60, y, sentence(pick, 2)[:-1])
        y = paragraph(leaf, pick, 180, y, 350, pick.randint(4, 8)) + 14


KINDS = (
    prose, justified, two_columns, three_columns, bullets, numbered, nested, formulas, plot, grid_plot, minutes, code,
    commented_code, letter, contents, references, form, index, dialogue, headed_sections,
)  # fmt: skip


def write(path, leaves):
    """Write pages as a PDF with the standard fonts."""
    count = len(leaves)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {count} /Kids [{' '.join(f'{5 + 2 * index} 0 R' for index in range(count))}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    for index, leaf in enumerate(leaves):
        stream = "\n".join(leaf.operators)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {6 + 2 * index} 0 R "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    data, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(data)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    data += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    Path(path).write_bytes(data.encode("latin-1"))


def invented(seeds):
    """Invented tables by kind of page, and the number of pages."""
    found = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(seeds):
            leaves = []
            for kind in KINDS:
                leaves.append(Leaf())
                kind(leaves[-1], random.Random(f"{kind.__name__} {seed}"))
            path = Path(folder) / f"{seed}.pdf"
            write(path, leaves)
            for number, tables in tables_of(path).items():
                found[KINDS[number - 1].__name__] += len(tables)
    return found, seeds * len(KINDS)


def main():
    found, pages = invented(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
    for kind, count in sorted(found.items()):
        print(f"{kind}: {count}")
    print(f"{found.total()} tables invented on {pages} pages without any")


if __name__ == "__main__":
    main()
