"""The engine gives what pdfplumber gives with its default settings: word by word, cell by cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.pdf import is_near, ours, theirs
from tests.samples.make_pdf import write_sample

_PAGES = 2
_DIFFERENT = {
    # its page tree names no types, which pdfplumber needs (ISO 32000-1, 7.7.3.2 requires them): it finds no page
    "1321-B2P-A.pdf": (1, 0),
}
"""Documents of which pdfplumber finds other pages: how many are found, and how many by pdfplumber."""


def test_a_made_drawing_reads_as_pdfplumber_reads_it(tmp_path: Path):
    sample = write_sample(tmp_path / "drawing.pdf")
    mine, his = ours(sample, _PAGES), theirs(sample, _PAGES)
    assert his[0][0], "the sample has words"
    assert is_near(mine, his)


@pytest.mark.corpus
@pytest.mark.filterwarnings("ignore")
def test_words_and_ruled_tables_of_the_corpus_are_those_of_pdfplumber(corpus: Path):
    differences, tables = [], 0
    for path in sorted((*corpus.glob("pdf-tables/**/*.pdf"), *corpus.glob("pdf-drawings/**/*.pdf"))):
        mine, his = ours(path, _PAGES), theirs(path, _PAGES)
        if len(mine) != len(his):
            assert (len(mine), len(his)) == _DIFFERENT.get(path.name), path.name
            continue
        tables += sum(len(page[1]) for page in his)
        differences += [
            f"{path.name}, page {number}"
            for number, pages in enumerate(zip(mine, his, strict=True), 1)
            if not is_near(*pages)
        ]
    assert tables > 100
    assert differences == []
