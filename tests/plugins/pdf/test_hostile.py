"""Documents that damage, encrypt, loop or bomb end in a typed error or in pages, in time and memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_TIMEOUT_S = 30
_READ = """
import logging, resource, sys
logging.disable(logging.CRITICAL)
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
from pybase_extraction.errors import ExtractionError
from pybase_extraction_pdf.document import failures_named
from pybase_extraction_pdf.engine import open_document
from pybase_extraction_pdf.ruled import ruled_tables

def read(document, number):
    with failures_named("file", f"page {number}"):
        page = document.page(number)
        page.words()
        ruled_tables(page)

try:
    with failures_named("file"):
        document = open_document(sys.argv[1])
    for number in range(1, min(len(document), 3) + 1):
        try:
            read(document, number)
        except ExtractionError as exc:
            assert str(exc)
except ExtractionError as exc:
    assert str(exc)
"""


def _complaint(path: Path) -> str | None:
    """What went wrong besides a typed error, or None."""
    command = [sys.executable, "-W", "ignore", "-c", _READ, str(path)]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"{path.name}: longer than {_TIMEOUT_S} s"
    if ended.returncode:
        last = ended.stderr.strip().splitlines()[-1:] or ["no message"]
        return f"{path.name}: {ended.returncode}, {last[0]}"
    return None


@pytest.mark.corpus
def test_hostile_documents_end_in_typed_errors_or_pages(corpus: Path):
    files = sorted((corpus / "pdf-hostile").rglob("*.pdf"))
    assert len(files) > 50
    assert [complaint for complaint in map(_complaint, files) if complaint] == []
