"""Documents that the tests damage themselves: a typed error, or pages with issues, and always an end."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from pybase_extraction.errors import CorruptedFileError, ExtractionError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.documents import document, write
from tests.samples.make_pdf import write_sample

EVERYTHING = PdfOptions(extract_title_block=True, extract_dimensions=True)


def outcome(path: Path) -> ExtractionResult | ExtractionError:
    start = time.process_time()
    try:
        found: ExtractionResult | ExtractionError = PdfExtractor().extract(
            Source.from_path(path), EVERYTHING, ExtractionContext()
        )
    except ExtractionError as exc:
        found = exc
    assert str(found)
    assert time.process_time() - start < 20
    return found


def test_a_reference_to_itself_ends(tmp_path: Path):
    path = tmp_path / "a.pdf"
    path.write_bytes(document((b"<</Type/Catalog/Pages 2 0 R>>", b"2 0 R")))
    assert isinstance(outcome(path), CorruptedFileError)


def test_arrays_inside_each_other_end(tmp_path: Path):
    result = outcome(write(tmp_path / "a.pdf", b"", page=b"/Annots" + b"[" * 3000 + b"]" * 3000))
    assert isinstance(result, ExtractionResult | CorruptedFileError)


def test_forms_that_double_at_every_level_are_stopped(tmp_path: Path):
    head = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>/Length 11>>stream\n"
    forms = tuple(head % (7 + level) + b"/X Do /X Do\nendstream" for level in range(20))
    result = outcome(write(tmp_path / "a.pdf", b"/X Do", objects=(*forms, b"<<>>")))
    # 2 to the 20th forms would be drawn: more than a page may have
    assert isinstance(result, ExtractionError)
    assert "forms" in str(result)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_document_ends(tmp_path: Path, share: float):
    whole = write_sample(tmp_path / "whole.pdf").read_bytes()
    path = tmp_path / "part.pdf"
    path.write_bytes(whole[: int(share * len(whole))])
    outcome(path)


@pytest.mark.parametrize("seed", range(12))
def test_a_document_with_wrong_bytes_ends(tmp_path: Path, seed: int):
    data = bytearray(write_sample(tmp_path / "whole.pdf").read_bytes())
    pick = random.Random(seed)
    for _ in range(60):
        data[pick.randrange(9, len(data))] = pick.randrange(256)
    path = tmp_path / "wrong.pdf"
    path.write_bytes(data)
    outcome(path)


def test_a_cross_reference_that_points_nowhere_is_rebuilt(tmp_path: Path):
    path = write(tmp_path / "a.pdf", b"BT /F 9 Tf 9 50 Td (kept) Tj ET")
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"startxref")] + b"startxref\n999999\n%%EOF")
    result = outcome(path)
    assert isinstance(result, ExtractionResult)
    assert [block.text for block in result.text_blocks] == ["kept"]


@pytest.mark.parametrize(("share", "words"), [((0, 0.5), "ends before its table of objects"), ((0.1, 1), "header")])
def test_damage_is_told_in_words_and_with_a_remedy(share: tuple[float, float], words: str, tmp_path: Path):
    whole = write_sample(tmp_path / "whole.pdf").read_bytes()
    path = tmp_path / "part.pdf"
    path.write_bytes(whole[int(share[0] * len(whole)) : int(share[1] * len(whole))])
    error = outcome(path)
    assert isinstance(error, CorruptedFileError)
    assert words in error.message
    assert error.remedy
