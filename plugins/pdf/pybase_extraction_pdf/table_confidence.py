"""How sure a table is: the share of tables of its kind that were right, where truths are known.

A table counts as right when at least 95 % of its pairs of neighbouring filled cells are those of the truth.  Counted
by ``nox -s score-table-confidence`` on the documents of ICDAR 2013, on tables that Typst sets, on sheets full of
strokes and on pages without tables; ``docs/accuracy.md`` has the reliability by documents that were left out.
"""

from __future__ import annotations

from collections.abc import Sequence

_WELL_FILLED = 0.8
_COUNTED = {
    ("ruled-compat", True): (86, 86),
    ("ruled-compat", False): (1, 2),
    ("ruled-drawing", True): (76, 76),
    ("ruled-drawing", False): (9, 9),
    ("partly-ruled", True): (160, 175),
    ("partly-ruled", False): (25, 27),
    ("white-between-columns", True): (64, 69),
    ("white-between-columns", False): (0, 2),
}
"""Right tables and found ones, by method and whether most cells are filled."""


def kind_of(method: str | None, rows: Sequence[Sequence[str | None]]) -> tuple[str, bool]:
    """What the confidence of a table depends on: how it was told, and whether 80 % of its cells hold text."""
    texts = [text for row in rows for text in row if text is not None]
    return method or "", sum(map(bool, texts)) >= _WELL_FILLED * len(texts)


def confidence_of(method: str | None, rows: Sequence[Sequence[str | None]]) -> float | None:
    """Confidence of a table, (right + 1) / (found + 2) of its kind; None for kinds that were not counted."""
    counts = _COUNTED.get(kind_of(method, rows))
    return None if counts is None else round((counts[0] + 1) / (counts[1] + 2), 2)
