"""What the comparison of title blocks with truths counts."""

from __future__ import annotations

from tests.score.dxf_title_blocks import compare


def test_fields_are_right_kept_missed_or_invented() -> None:
    truth = {"title": "Flange", "scale": "1:1", "own: filename": "a.dxf", "date": "2017", "sheet": "1", "sheets": "2"}
    found = {
        "title": ["FLANGE"],
        "own: ratio": ["1 : 1"],
        "own: Filename": ["a.dxf"],
        "revision": ["B"],
        "sheet": ["1", "1 of 2"],
        "sheets": ["2"],
    }
    score = compare("one", truth, found)
    assert (score.held, score.right, score.kept) == (6, 4, 1)
    assert score.missed == ["date '2017'"]
    assert score.invented == ["revision 'B'"]
