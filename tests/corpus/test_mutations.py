"""Damaged copies of CAD samples: none hangs, crashes its process, or ends in an error that nobody has thought of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.corpus.mutations import SAMPLES, write_copies
from tests.corpus.outcomes import Kind, extract_all
from tests.corpus.run import BAD

SEED = 5
COPIES = {"flange.dxf": 200, "house.ifc": 200, "bracket-assembly.step": 50}
"""Fewer of the model: OpenCASCADE starts anew after most damaged ones; ``nox -s mutations`` makes 200 of each."""


def outcomes_of(samples: list[Path], folder: Path, count: int) -> list[str]:
    copies = [copy for sample in samples for copy in write_copies(sample, folder, count, SEED)]
    outcomes = extract_all(copies)
    assert len(outcomes) == count * len(samples)
    # a copy that is refused costs nobody anything; most are still read in part
    assert any(item.kind in {Kind.COMPLETE, Kind.PARTIAL} for item in outcomes)
    return [f"{item.kind} {item.path.name}: {item.message}" for item in outcomes if item.kind in BAD]


def test_some_damaged_copies_end_in_a_result_or_a_typed_error(tmp_path: Path) -> None:
    assert outcomes_of([SAMPLES / name for name in COPIES], tmp_path, 3) == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count"), COPIES.items())
def test_many_damaged_copies_end_in_a_result_or_a_typed_error(name: str, count: int, tmp_path: Path) -> None:
    assert outcomes_of([SAMPLES / name], tmp_path, count) == []


@pytest.mark.slow
@pytest.mark.corpus
def test_many_damaged_copies_of_a_dwg_end_in_a_result_or_a_typed_error(corpus: Path, tmp_path: Path) -> None:
    sample = min((corpus / "dwg").rglob("*2000*.dwg"), key=os.path.getsize)
    assert outcomes_of([sample], tmp_path, 200) == []
