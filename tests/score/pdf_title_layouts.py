"""Score title blocks of many norms, drawn by the tests: those that the rules were made with and those held out.

``python -m tests.score.pdf_title_layouts``

A field is right when it has exactly the printed text, white space and case apart; a text with its label in front
("Rev C") counts where the label is left out.  *Invented* are values that are printed in no cell of the block, and
values of fields that are printed blank.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pybase_extraction.results import TitleBlock, TitleField
from tests.plugins.pdf.title_layouts import HELD_OUT, SEEN, Layout
from tests.score.pdf_title_blocks import plain, read


@dataclass(slots=True)
class LayoutScore:
    """What became of one layout."""

    name: str
    printed: int = 0
    right: int = 0
    missed: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)


def found_in(blocks: Sequence[TitleBlock]) -> dict[str, list[str]]:
    """Values by field, each as read and as printed."""
    found: dict[str, list[str]] = {}

    def keep(name: str, value: TitleField | None) -> None:
        if value is not None:
            found.setdefault(name, []).extend([value.value, value.raw])

    for block in blocks:
        for name in type(block).model_fields:
            value = getattr(block, name)
            keep(name, value if isinstance(value, TitleField) else None)
        for role, signature in block.signatures.items():
            keep(role, signature.name)
            keep(f"{role}_date", signature.date)
        for value in block.custom_fields.values():
            keep("own", value)
    return found


def is_same(wanted: str, values: Sequence[str], sheets: Sequence[str]) -> bool:
    """Whether one of the values is the printed text, or that of a sheet with the count behind it."""
    wanted = plain(wanted).rstrip(".")
    texts = [plain(value).rstrip(".") for value in values]
    counted = [
        f"{text}{mark}{plain(count)}" for text in texts for mark in ("/", "of", "von", "di", "(") for count in sheets
    ]
    return wanted in texts or any(wanted.rstrip(")") == each.rstrip(")") for each in counted)


def compare(layout: Layout, blocks: Sequence[TitleBlock]) -> LayoutScore:
    """Compare what was found with what was drawn."""
    found, score = found_in(blocks), LayoutScore(layout.name)
    for name, wanted in layout.expected().items():
        score.printed += 1
        if is_same(wanted, found.get(name, []), found.get("sheets", [])) or _is_part(name, wanted, found):
            score.right += 1
        else:
            score.missed.append(f"{name} {wanted!r}, found {found.get(name)}")
    printed = [plain(f"{cell.label}{cell.value}") for cell in layout.cells]
    for name, values in found.items():
        for value in values[::2]:
            if not any(plain(value) in text for text in printed):
                score.invented.append(f"{name} {value!r}")
            elif name in layout.blank():
                score.invented.append(f"{name} {value!r}, which is blank")
    wrong = set(found) - set(layout.expected()) - {"own", "sheets"}
    score.invented += [f"{name} {found[name][0]!r}, which is none" for name in sorted(wrong - layout.blank())]
    return score


def _is_part(name: str, wanted: str, found: dict[str, list[str]]) -> bool:
    """Whether the field's own part of a text with further facts was read: the scale of "SCALE 1:2", 3 of "第 3 张"."""
    values = [plain(value) for value in found.get(name, [])]
    rest = plain(wanted)
    if name in {"scale", "sheet", "sheets", "material", "revision", "title", "format", "general_tolerance", "units"}:
        others = [plain(value) for key, each in found.items() if key != name for value in each]
        words = ("scale", "sheet", "material", "revision", "rev", "drawing", "generaltolerances", "dimensionsin")
        for value in values:
            left = rest.replace(value, "", 1) if value and value in rest else None
            if left is None:
                continue
            for text in sorted({*others, *words}, key=len, reverse=True):
                left = left.replace(text, "")
            if not left.strip("-:/of共第张 "):
                return True
    return False


def score(layouts: Sequence[Layout]) -> list[LayoutScore]:
    """Draw and read each layout."""
    with tempfile.TemporaryDirectory() as folder:
        return [compare(layout, read(layout.draw(Path(folder))).title_blocks) for layout in layouts]


def by_method(layouts: Sequence[Layout]) -> dict[str, list[int]]:
    """How many values of each rule were right, and how many there were: what confidence is taken from."""
    counts: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for layout in layouts:
            (block,) = read(layout.draw(Path(folder))).title_blocks or (None,)
            for name, value in _inferred(block) if block is not None else ():
                wanted = {key: text for key, text in layout.expected().items() if key == name}
                is_right = any(plain(value.value) in plain(text) for text in wanted.values())
                count = counts.setdefault(value.provenance.method or "", [0, 0])
                count[0] += is_right
                count[1] += 1
    return counts


def _inferred(block: TitleBlock) -> list[tuple[str, TitleField]]:
    fields = [(name, getattr(block, name)) for name in type(block).model_fields]
    found = [(name, value) for name, value in fields if isinstance(value, TitleField) and value.label is None]
    return found + [("own", value) for value in block.custom_fields.values() if value.label is None]


def main() -> None:
    names = sys.argv[1:] or ["seen", "held-out"]
    for name in names:
        scores = score(SEEN if name == "seen" else HELD_OUT)
        for each in scores:
            print(f"{each.name}: {each.right} of {each.printed}")
            for miss in each.missed:
                print(f"    missed: {miss}")
            for extra in each.invented:
                print(f"    invented: {extra}")
        right, printed = sum(each.right for each in scores), sum(each.printed for each in scores)
        invented = sum(len(each.invented) for each in scores)
        print(f"{name}: {right} of {printed} fields right ({right / printed:.1%}), {invented} invented\n")


if __name__ == "__main__":
    main()
