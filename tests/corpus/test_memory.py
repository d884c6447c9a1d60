"""What a reader may take of memory grows with the size of the file, within a stated budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.memory import BUDGETS, large, measure_apart


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BUDGETS))
def test_the_peak_of_memory_keeps_to_its_budget(name: str, tmp_path: Path) -> None:
    found = measure_apart(name, large(name, tmp_path, 12_000_000))
    assert found["per_megabyte"] <= BUDGETS[name]
    # the measure sees the file at all
    assert found["per_megabyte"] >= 1.0
