"""No real file hangs, crashes its process or ends in an error that nobody has thought of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.outcomes import Kind, extract_all
from tests.corpus.run import BAD, input_files

pytestmark = [pytest.mark.corpus, pytest.mark.slow]


@pytest.mark.parametrize("folder", ["dwg", "dxf", "ifc", "images", "pdf-drawings", "pdf-hostile", "pdf-tables", "step"])
def test_every_file_ends_in_a_result_or_a_typed_error(corpus: Path, folder: str) -> None:
    files = input_files(corpus / folder)
    outcomes = extract_all(files)
    assert len(outcomes) == len(files) > 0
    bad = {str(item.path.relative_to(corpus)): (item.kind, item.message) for item in outcomes if item.kind in BAD}
    assert bad == {}


def test_files_of_formats_that_nobody_reads_are_refused_by_name(corpus: Path) -> None:
    truths = [*(corpus / "pdf-tables" / "icdar2013").glob("*.xml"), *(corpus / "pdf-tables" / "tabula").glob("*.csv")]
    outcomes = extract_all(truths)
    assert {item.kind for item in outcomes} == {Kind.REFUSED}
    assert {item.error for item in outcomes} == {"UnsupportedFormatError"}
    assert all(item.path.name in item.message for item in outcomes)
