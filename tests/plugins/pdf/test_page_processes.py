"""Pages of large documents, read in several processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pybase_extraction.errors import ExtractionCancelledError
from pybase_extraction.extractor import MIB, ExtractionContext, Limits
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from pybase_extraction_pdf.page_processes import FEWEST_PAGES, processes_for
from tests.score import pdf_precision

PAGES = FEWEST_PAGES + 8


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Source:
    leaves = []
    for number in range(PAGES):
        leaves.append(pdf_precision.Leaf())
        leaves[-1].text(72, 100, f"Sheet {number + 1}")
    path = tmp_path_factory.mktemp("large") / "large.pdf"
    pdf_precision.write(path, leaves)
    return Source.from_path(path)


def read(source: Source, context: ExtractionContext | None = None, **options: object) -> ExtractionResult:
    return PdfExtractor().extract(source, PdfOptions(**options), context or ExtractionContext())


def facts(result: ExtractionResult) -> dict:
    return result.model_dump(exclude={"extractor"})


def children() -> list[int]:
    return [
        int(pid) for thread in Path("/proc/self/task").iterdir() for pid in (thread / "children").read_text().split()
    ]


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are told by /proc")


def test_two_processes_read_what_one_reads(large: Source):
    one, two = read(large, processes=1), read(large, processes=2)
    assert [page.number for page in two.pages] == list(range(1, PAGES + 1))
    assert facts(one) == facts(two)


@needs_proc
def test_pages_of_a_process_that_is_killed_are_read_by_this_one(large: Source):
    before, killed = set(children()), []

    def kill_workers(fraction: float | None, message: str | None) -> None:
        if not killed:
            killed.extend(pid for pid in children() if pid not in before)
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    result = read(large, ExtractionContext(on_progress=kill_workers), processes=2)
    assert len(killed) == 1
    assert [block.text for block in result.text_blocks] == [f"Sheet {number + 1}" for number in range(PAGES)]


@needs_proc
def test_a_cancelled_reading_leaves_no_process(large: Source):
    before = set(children())
    context = ExtractionContext(on_progress=lambda *_: context.cancelled.set())
    with pytest.raises(ExtractionCancelledError):
        read(large, context, processes=2)
    assert set(children()) <= before


def test_small_documents_and_little_memory_take_one_process():
    plain, limits = PdfOptions(processes=4), Limits(memory_bytes=4096 * MIB)
    assert processes_for(FEWEST_PAGES - 1, plain, limits) == 1
    assert processes_for(1000, plain, limits) == 4
    assert processes_for(FEWEST_PAGES, plain, limits) == 2  # 40 pages each at least
    assert processes_for(1000, plain, Limits(memory_bytes=600 * MIB)) == 2  # 256 MiB each at least
    assert processes_for(1000, PdfOptions(processes=1), limits) == 1
    assert processes_for(1000, PdfOptions(), Limits(processors=1)) == 1
    assert processes_for(1000, PdfOptions(), Limits(processors=3)) == 3
    assert processes_for(1000, plain, Limits(processors=1)) == 4  # the caller says it of this document
