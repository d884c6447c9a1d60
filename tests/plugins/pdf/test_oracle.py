"""The engine gives what pdfplumber gives with its default settings: word by word, cell by cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.pdf import is_near, ours, theirs
from tests.samples.make_pdf import write_sample

_PAGES = 2


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
        tables += sum(len(page[1]) for page in his)
        differences += [
            f"{path.name}, page {number}"
            for number, pages in enumerate(zip(mine, his, strict=True), 1)
            if not is_near(*pages)
        ]
    assert tables > 100
    assert differences == []
