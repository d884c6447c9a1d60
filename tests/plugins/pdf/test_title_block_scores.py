"""Title blocks of real sheets against truths read by eye, and the scorer against itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.score.pdf_title_blocks import FIELDS, compare, plain, score, truths

pytestmark = pytest.mark.corpus


def test_every_truth_against_itself_is_right(corpus: Path) -> None:
    for path, truth in truths(corpus):
        found = {FIELDS.get(key, key): [value] for key, value in truth["title_block"].items()}
        text = plain("".join(map(str, truth["title_block"].values())))
        itself = compare(path.name, truth, found, text)
        assert (itself.right, itself.missed, itself.invented) == (len(truth["title_block"]), [], [])


def test_a_wrong_value_is_missed_and_invented(corpus: Path) -> None:
    path, truth = next(truths(corpus))
    text = plain("".join(map(str, truth["title_block"].values())))
    wrong = compare(path.name, truth, {"title": ["nothing that is printed"]}, text)
    assert wrong.right == 0
    assert len(wrong.invented) == 1


@pytest.mark.slow
def test_real_sheets_give_most_fields_and_invent_none(corpus: Path) -> None:
    scores = [score(path, truth) for path, truth in truths(corpus)]
    assert sum(each.right + each.kept for each in scores) >= 0.95 * sum(each.held for each in scores)
    assert [extra for each in scores for extra in each.invented] == []
