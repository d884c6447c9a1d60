"""Words gathered into lines and blocks, with place, font, size and rotation."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Any

from pybase_extraction.results import Locator, Provenance, TextBlock
from pybase_extraction_pdf.drawing_sheet import Line

_LINE_GAP = 1.0
"""Blocks end where the gap between lines is larger than this share of the text's height."""


def words_of(page: Any) -> list[dict[str, Any]]:
    """Words of a page with font and size; vertical ones read in the direction that they are written in."""
    found: list[dict[str, Any]] = page.extract_words(
        keep_blank_chars=False,
        use_text_flow=False,
        # most vertical text of drawings is read from the right: bottom to top (ISO 129-1)
        char_dir_rotated="ttb" if _reads_downwards(page.chars) else "btt",
        line_dir_rotated="ltr",
        extra_attrs=["fontname", "upright"],
    )
    for word in found:
        # the size of a vertical character is its advance in pdfplumber, which differs from letter to letter
        word["size"] = word["bottom"] - word["top"] if word["upright"] else word["x1"] - word["x0"]
    return found


def _reads_downwards(chars: list[dict[str, Any]]) -> bool:
    turned = [char["matrix"][1] for char in chars if not char["upright"] and char.get("matrix")]
    return len([value for value in turned if value < 0]) > len(turned) / 2


def lines_of(words: Iterable[dict[str, Any]]) -> list[Line]:
    """Lines of a page: words that stand beside each other, horizontally or vertically."""
    return [
        Line(
            " ".join(word["text"] for word in line),
            (
                min(word["x0"] for word in line),
                min(word["top"] for word in line),
                max(word["x1"] for word in line),
                max(word["bottom"] for word in line),
            ),
            line[0]["fontname"],
        )
        for line in _lines(list(words))
    ]


def blocks_of(words: Iterable[dict[str, Any]], number: int) -> list[TextBlock]:
    """Blocks of a page in reading order: lines that stand close below each other and overlap sideways."""
    lines = _lines(list(words))
    blocks: list[list[list[dict[str, Any]]]] = []
    for line in lines:
        home = next((block for block in reversed(blocks[-40:]) if _continues(block[-1], line)), None)
        if home is None:
            blocks.append([line])
        else:
            home.append(line)
    return [_block(block, number) for block in blocks]


def _lines(words: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    lines: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=_reading_order):
        if lines and _is_beside(lines[-1][-1], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def _reading_order(word: dict[str, Any]) -> tuple[bool, float, float]:
    """Horizontal words line by line; vertical ones column by column, from the bottom up."""
    if word["upright"]:
        return False, round(word["bottom"], 1), word["x0"]
    return True, round(word["x1"], 1), -word["bottom"]


def _is_beside(left: dict[str, Any], right: dict[str, Any]) -> bool:
    if left["upright"] != right["upright"]:
        return False
    if not left["upright"]:
        width = max(left["x1"] - left["x0"], 1.0)
        gap = max(left["top"], right["top"]) - min(left["bottom"], right["bottom"])
        return bool(abs(left["x1"] - right["x1"]) < 0.3 * width and -0.5 * width < gap < width)
    height = max(left["bottom"] - left["top"], 1.0)
    return bool(
        abs(left["bottom"] - right["bottom"]) < 0.3 * height and -0.5 * height < right["x0"] - left["x1"] < 1.0 * height
    )


def _continues(above: list[dict[str, Any]], below: list[dict[str, Any]]) -> bool:
    first, last = above[0], below[0]
    if not first["upright"] or not last["upright"]:
        return False
    height = max(first["bottom"] - first["top"], 1.0)
    gap = last["top"] - max(word["bottom"] for word in above)
    overlaps = above[0]["x0"] < below[-1]["x1"] and below[0]["x0"] < above[-1]["x1"]
    return bool(-0.3 * height < gap < _LINE_GAP * height and overlaps and abs(first["size"] - last["size"]) < 0.5)


def _block(lines: list[list[dict[str, Any]]], number: int) -> TextBlock:
    words = [word for line in lines for word in line]
    text = "\n".join(" ".join(word["text"] for word in line) for line in lines)
    box = (
        min(word["x0"] for word in words),
        min(word["top"] for word in words),
        max(word["x1"] for word in words),
        max(word["bottom"] for word in words),
    )
    return TextBlock(
        text=text,
        raw=text,
        font=words[0]["fontname"],
        size=round(median(word["size"] for word in words), 2),
        rotation=0.0 if words[0]["upright"] else 90.0,
        provenance=Provenance(place=Locator(page=number, bbox=box), method="text-layer"),
    )
