"""The callouts of real sheets against truths read by eye, and the scorer against itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pybase_extraction_pdf.sheet_callouts import CONFIDENCE
from tests.score.pdf_callouts import SheetScore, calibration, facts_of_truth, match, score, truths


@pytest.mark.corpus
def test_every_truth_against_itself_is_right(corpus: Path) -> None:
    for path in sorted((corpus / "truth" / "drawings").glob("*.json")):
        facts = list(facts_of_truth(json.loads(path.read_text(encoding="utf-8"))))
        tally = match(facts, facts, numbers=None)
        assert (tally.right, tally.attributes, tally.missed, tally.invented) == (len(facts), len(facts), [], [])


@pytest.mark.corpus
def test_a_wrong_reading_loses_its_pair(corpus: Path) -> None:
    truth = json.loads((corpus / "truth" / "drawings" / "odri_motor_shaft.json").read_text(encoding="utf-8"))
    facts = list(facts_of_truth(truth))
    tally = match(facts, facts[1:], numbers=None)
    assert (tally.right, len(tally.missed)) == (len(facts) - 1, 1)


@pytest.fixture(scope="module")
def scores(corpus: Path) -> list[SheetScore]:
    return [score(path, truth) for path, truth in truths(corpus)]


@pytest.mark.corpus
@pytest.mark.slow
def test_callouts_of_real_sheets_reach_their_marks(scores: list[SheetScore]) -> None:
    tallies = [sheet.sections["dimensions"] for sheet in scores]
    held, right = sum(tally.held for tally in tallies), sum(tally.right for tally in tallies)
    listed = [sheet.sections["dimensions"] for sheet in scores if sheet.is_exhaustive]
    assert right / held >= 0.95
    assert sum(tally.right for tally in listed) / sum(tally.found for tally in listed) >= 0.95
    assert [line for tally in tallies for line in tally.differing] == []


@pytest.mark.corpus
@pytest.mark.slow
def test_no_rule_claims_more_than_was_measured(scores: list[SheetScore]) -> None:
    measured = {method: (right + 1) / (found + 2) for method, (right, found) in calibration(scores).items()}
    assert {method for method, value in CONFIDENCE.items() if value > measured.get(method, 0.5)} == set()
