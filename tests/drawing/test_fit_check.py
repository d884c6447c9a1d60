"""A fit and the deviations printed behind it."""

from __future__ import annotations

import pytest

from pybase_extraction.drawing import CalloutContext, fit_contradiction, read_dimension


def contradiction(text: str, unit: str | None = "mm") -> str | None:
    dimension = read_dimension(text, context=CalloutContext(unit=unit))
    assert dimension is not None
    found = fit_contradiction(dimension)
    return None if found is None else found.code


# ISO 286-2: H7 at 18..30 mm is +21/0 µm, g6 is -7/-20 µm, js6 at 3..6 mm is ±4 µm
@pytest.mark.parametrize(
    "text", ["25 H7 (+0.021/0)", "25 H7 (+0.02/0)", "25 g6 (-0.007/-0.020)", "5 js6 ±0.004", "25 H7", "25 ±0.1", "25"]
)
@pytest.mark.parametrize("unit", ["mm", None])
def test_agreement_and_what_nobody_can_compare_are_no_issue(text: str, unit: str | None) -> None:
    assert contradiction(text, unit) is None


@pytest.mark.parametrize("text", ["25 H7 (+0.030/0)", "25 H7 (0/-0.021)", "25 g6 (+0.007/+0.020)", "5 js6 ±0.04"])
@pytest.mark.parametrize("unit", ["mm", None])
def test_contradiction_is_an_issue(text: str, unit: str | None) -> None:
    assert contradiction(text, unit) == "fit-contradicts-deviations"


def test_inches_are_compared_in_inches() -> None:
    # 1 in = 25.4 mm: H7 is +21 µm = +0.00083 in
    assert contradiction("1.000 H7 (+.0008/0)", "in") is None
    assert contradiction("1.000 H7 (+.0021/0)", "in") == "fit-contradicts-deviations"
